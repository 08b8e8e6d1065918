"""Objects in an S3 bucket: the engine of the scaled form, through the ``minio`` library.

Rules:
1. Create-once is a put with ``If-None-Match: *`` (RFC 9110, section 13.1.2), so the server chooses one winner. The
   library's put cannot send that header, so puts are signed by the library and sent through its own pool here.
2. The SHA-256 of a body goes with every put, for the server to check, and stays with the object; a body read back must
   have it. An ETag proves nothing: it is an MD5 sum at best.
3. Listings go folder by folder and are put in order here. SeaweedFS pages a flat listing in another order than bytes,
   and starts after a name in yet another.
4. Names that ``locked`` picks get a retention of ``lock_days`` at create; the server then refuses to remove that
   version. ``delete`` still hides it behind a marker: a reader finds nothing, but the bytes stay as a version.
5. ``~`` is in no object's name; what has one in the bucket is not an object.

Not checked here: that a body is the one once written. Whoever can write past the hub can also change the digest beside
it; readers compare with digests of their own.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import quote, urlsplit

from minio import Minio
from minio import time as amz_time
from minio.credentials.credentials import Credentials
from minio.error import S3Error
from minio.signer import sign_v4_s3
from urllib3 import BaseHTTPResponse

from storage.errors import (
    CorruptError,
    LimitExceededError,
    ObjectExistsError,
    ObjectNotFoundError,
    StorageUnavailableError,
)
from storage.objects.names import MAX_PAGE, check_listing, check_object, is_name, parts_of
from storage.objects.s3_address import S3Address
from storage.objects.s3_errors import TakenError, explained, missing_bucket
from storage.objects.s3_facts import S3Facts, described
from storage.objects.s3_pool import BoundedPool
from storage.objects.walking import names_below

MAX_PRESIGNED_SECONDS: Final = 3_600
MAX_FOLDER: Final = 100_000
"""Most entries of one folder: what ``names`` and ``walk`` may hold in memory for each folder on a path."""

_DIGEST: Final = "x-amz-meta-sha256"
_CREATE_ATTEMPTS: Final = 3
_MAX_DOWNLOAD_NAME: Final = 200


class S3Objects:
    """``Objects`` and ``Presigning`` in a bucket; many processes may share it. Asks nothing until it is used.

    ``locked`` tells which names are never to change for ``address.lock_days``; ``clock`` is in seconds since 1970.
    Every method raises ``StorageUnavailableError`` if the server is away, slow, or refuses. Threads may share it;
    processes may not: make one after a fork.
    """

    def __init__(
        self, address: S3Address, *, locked: Callable[[str], bool], clock: Callable[[], float] = time.time
    ) -> None:
        self._address = address
        self._locked = locked
        self._clock = clock
        self._pool = BoundedPool(address)
        self._client = Minio(
            endpoint=address.endpoint,
            access_key=address.access_key,
            secret_key=address.secret_key,
            secure=address.secure,
            region=address.region,
            http_client=self._pool,
        )

    def create(self, name: str, body: bytes) -> None:
        """See ``Objects.create``."""
        key = self._key(name)
        check_object(body)
        for _ in range(_CREATE_ATTEMPTS):
            try:
                self._put(key, body, {"If-None-Match": "*"} | self._retention(name))
            except TakenError:
                try:
                    present = self.get(name)
                except ObjectNotFoundError:
                    continue  # removed meanwhile, or the put that was under way failed
                if present != body:
                    raise ObjectExistsError("that name exists with other bytes") from None
            return
        raise StorageUnavailableError("others create and remove that name at the same time: try again")

    def replace(self, name: str, body: bytes) -> None:
        """See ``Objects.replace``."""
        key = self._key(name)
        check_object(body)
        try:
            self._put(key, body, {})
        except TakenError as error:
            raise StorageUnavailableError("others put that name at the same time: try again") from error

    def get(self, name: str) -> bytes:
        """See ``Objects.get``. Raises ``CorruptError`` if the body is not the one whose digest was put with it."""
        key = self._key(name)
        with explained(self._address):
            response = self._client.get_object(self._address.bucket, key)
            body = response.read()
        digest = response.headers.get(_DIGEST)
        if digest is not None and digest != hashlib.sha256(body).hexdigest():
            raise CorruptError(
                "an object's bytes do not have the digest that was put with them: restore the version before"
            )
        return body

    def exists(self, name: str) -> bool:
        """See ``Objects.exists``."""
        key = self._key(name)
        try:
            with explained(self._address):
                self._client.stat_object(self._address.bucket, key)
        except ObjectNotFoundError:
            self._require_bucket()  # the answer to HEAD has no body to tell a missing bucket from a missing object
            return False
        return True

    def names(self, prefix: str = "", *, after: str = "", limit: int = MAX_PAGE) -> list[str]:
        """See ``Objects.names``."""
        check_listing(prefix, after, limit)
        return list(islice(self._below(prefix, after), limit))

    def walk(self, prefix: str = "") -> Iterator[str]:
        """See ``Objects.walk``; names that appear or vanish meanwhile may or may not be told."""
        check_listing(prefix)
        return self._below(prefix, "")

    def delete(self, name: str) -> None:
        """See ``Objects.delete``; in a bucket with versions those before stay, hidden."""
        key = self._key(name)
        try:
            with explained(self._address):
                self._client.remove_object(self._address.bucket, key)
        except ObjectNotFoundError:
            return

    def presigned(self, name: str, seconds: int, *, download_name: str | None) -> str:
        """See ``Presigning.presigned``. The server is not asked."""
        key = self._key(name)
        if not 1 <= seconds <= MAX_PRESIGNED_SECONDS:
            raise LimitExceededError(f"presigned: {seconds} seconds; 1 to {MAX_PRESIGNED_SECONDS} are allowed")
        answers: dict[str, str | list[str] | tuple[str]] = {"response-content-type": "application/octet-stream"}
        if download_name is not None:
            if not 1 <= len(download_name) <= _MAX_DOWNLOAD_NAME or not download_name.isprintable():
                raise LimitExceededError(f"download_name: 1 to {_MAX_DOWNLOAD_NAME} characters that can be printed")
            answers["response-content-disposition"] = f"attachment; filename*=UTF-8''{quote(download_name, safe='')}"
        return self._client.presigned_get_object(
            self._address.bucket, key, expires=timedelta(seconds=seconds), response_headers=answers
        )

    def describe(self) -> S3Facts:
        """What the bucket and its server can do, tried with a probe that is removed again."""
        return described(self._address, self._client, self._put)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _key(self, name: str) -> str:
        parts_of(name)
        return self._address.prefix + name

    def _put(self, key: str, body: bytes, headers: dict[str, str]) -> BaseHTTPResponse:
        """Put a body with its digest. Raises ``TakenError`` where a condition among the headers does not hold."""
        digest = hashlib.sha256(body)
        date = amz_time.utcnow()
        url = urlsplit(self._address.key_url(key))
        unsigned: dict[str, str | list[str] | tuple[str]] = {
            "Host": url.netloc,
            "Content-Type": "application/octet-stream",
            "x-amz-date": amz_time.to_amz_date(date),
            "x-amz-content-sha256": digest.hexdigest(),
            "x-amz-checksum-sha256": base64.b64encode(digest.digest()).decode(),
            _DIGEST: digest.hexdigest(),
            **headers,
        }
        signed = sign_v4_s3(
            method="PUT",
            url=url,
            region=self._address.region,
            headers=unsigned,
            credentials=Credentials(self._address.access_key, self._address.secret_key),
            content_sha256=digest.hexdigest(),
            date=date,
        )
        with explained(self._address):
            response = self._pool.urlopen("PUT", url.geturl(), body=body, headers=signed)
            if response.status != 200:
                raise S3Error.fromxml(response)
        return response

    def _retention(self, name: str) -> dict[str, str]:
        days = self._address.lock_days
        if not days or not self._locked(name):
            return {}
        until = datetime.fromtimestamp(self._clock(), UTC) + timedelta(days=days)
        return {
            "x-amz-object-lock-mode": self._address.lock_mode,
            "x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _below(self, prefix: str, after: str) -> Iterator[str]:
        return names_below(self._entries, prefix[: prefix.rfind("/") + 1], prefix, after)

    def _entries(self, folder: str) -> list[str]:
        """What a folder holds, see ``names_below``; each entry once, whatever the server pages."""
        above = self._address.prefix + folder
        found = set()
        with explained(self._address):
            for item in self._client.list_objects(self._address.bucket, prefix=above, recursive=False):
                key = item.object_name or ""
                entry = key.removeprefix(above)
                if key.startswith(above) and is_name(folder + entry.removesuffix("/")):
                    found.add(entry)
                if len(found) > MAX_FOLDER:
                    raise LimitExceededError(f"a folder of the bucket holds more than {MAX_FOLDER} names")
        return sorted(found)

    def _require_bucket(self) -> None:
        with explained(self._address):
            if self._client.bucket_exists(self._address.bucket):
                return
        raise missing_bucket(self._address)
