"""What a bucket and its server can do, really tried: the start refuses a bucket that cannot keep the hub's promises."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from minio import Minio
from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from storage.objects.s3_address import S3Address
from storage.objects.s3_errors import TakenError, explained

Put = Callable[[str, bytes, dict[str, str]], BaseHTTPResponse]
PROBE: Final = "~probe/"
"""Where probes are put: no object's name reaches there."""

_NO_LOCK: Final = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})


@dataclass(frozen=True, slots=True)
class S3Facts:
    """What ``S3Objects.describe`` found.

    ``versioning``: what is overwritten or removed stays as a version. ``object_lock``: a version may be locked.
    ``conditional_put``: a second create of a name was refused; without it two creators both win.
    ``clock_ahead_seconds``: the server's clock less this machine's, to a second; ``None`` if the server does not tell.
    """

    versioning: bool
    object_lock: bool
    conditional_put: bool
    clock_ahead_seconds: float | None


def described(address: S3Address, client: Minio, put: Put) -> S3Facts:
    """Ask for the bucket's settings and create a probe twice. Raises ``StorageUnavailableError``."""
    with explained(address):
        versioning = client.get_bucket_versioning(address.bucket).status == "Enabled"
        object_lock = _object_lock(address, client)
    refused, clock = _probe(address, client, put)
    return S3Facts(versioning, object_lock, refused, clock)


def _object_lock(address: S3Address, client: Minio) -> bool:
    try:
        client.get_object_lock_config(address.bucket)
    except S3Error as error:
        if error.code in _NO_LOCK:
            return False
        raise
    return True


def _probe(address: S3Address, client: Minio, put: Put) -> tuple[bool, float | None]:
    """Whether a second put of one name was refused, and how far ahead the server's clock is."""
    key = f"{address.prefix}{PROBE}{secrets.token_hex(16)}"
    condition = {"If-None-Match": "*"}
    answers = [put(key, b"1", condition)]
    clock = _clock_ahead(answers[0])
    try:
        answers.append(put(key, b"2", condition))
    except TakenError:
        pass
    finally:
        with (
            explained(address),
            suppress(S3Error),
        ):  # a bucket that locks whatever it holds keeps its probes for a while
            for answer in answers:
                client.remove_object(address.bucket, key, version_id=answer.headers.get("x-amz-version-id"))
    return len(answers) == 1, clock


def _clock_ahead(answer: BaseHTTPResponse) -> float | None:
    told = answer.headers.get("date")
    if told is None:
        return None
    try:
        return (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
