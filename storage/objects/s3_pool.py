"""Bounded HTTP to one S3 server: how many calls at once, how long, how large, how often again.

Rules:
1. At most ``connections`` calls at once; one more waits for half of its time, then ``BusyError``. A slow server holds
   no more threads than that.
2. A call ends within its seconds, retries and waiting for a place included; each 8 MiB of a body allow one second more.
3. A call is tried up to five times: after 429, 500, 502, 503, 504 and after a broken connection. All calls made here
   may be repeated: reading, deleting, and putting the same bytes.
4. Answers are read whole, raw and up to 64 MiB (errors: 64 KiB); a shorter one than announced is a broken connection.
5. No redirect is followed: keys and bodies go to the server that was named.

Not bounded: a server that sends its headers a byte at a time within the read timeout holds one place for longer.
"""

import ssl
import threading
import time
from io import BytesIO
from random import SystemRandom
from typing import Any, Final

from urllib3 import BaseHTTPResponse, HTTPHeaderDict, HTTPResponse, PoolManager, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError

from storage.errors import StorageUnavailableError
from storage.objects.names import MAX_BODY
from storage.objects.s3_address import S3Address

_ATTEMPTS: Final = 5
_FIRST_PAUSE_SECONDS: Final = 0.05
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_RETRIED: Final = (NewConnectionError, ConnectTimeoutError, ProtocolError)
_BYTES_PER_SECOND: Final = 8 << 20
_MAX_ERROR: Final = 64 << 10
_CHUNK: Final = 1 << 20
_LEAST_SECONDS: Final = 0.001


class BusyError(HTTPError):
    """All places were taken for as long as the call could wait."""


class TooLateError(HTTPError):
    """The answer came so slowly that its time was over."""


class TooLargeError(HTTPError):
    """The answer is longer than any object may be."""


class BoundedPool(PoolManager):
    """The connections to the server at ``address``. Raises ``StorageUnavailableError`` if ``tls_ca`` cannot be used."""

    def __init__(self, address: S3Address) -> None:
        trust = _trust(address) if address.secure else None
        super().__init__(num_pools=1, maxsize=address.connections, ssl_context=trust)
        self._places = threading.BoundedSemaphore(address.connections)
        self._seconds = address.timeout_seconds
        self._random = SystemRandom()

    def urlopen(self, method: str, url: str, redirect: bool = False, **options: Any) -> BaseHTTPResponse:  # type: ignore[override]  # noqa: FBT001, FBT002, ARG002 - the library's signature
        """Ask within the bounds; ``redirect`` and all options but ``body``, ``headers`` and ``preload_content`` are
        not heeded. Raises ``urllib3.exceptions.HTTPError``."""
        body: bytes = options.get("body") or b""
        until = time.monotonic() + self._seconds + len(body) / _BYTES_PER_SECOND
        if not self._places.acquire(timeout=self._seconds / 2):
            raise BusyError("no place")
        try:
            answer = self._asked(method, url, body, options.get("headers"), until)
        finally:
            self._places.release()
        answer_body, status, headers = answer
        return HTTPResponse(
            BytesIO(answer_body),
            headers=headers,
            status=status,
            preload_content=options.get("preload_content", True),
            request_method=method,
        )

    def _asked(
        self, method: str, url: str, body: bytes, headers: Any, until: float
    ) -> tuple[bytes, int, HTTPHeaderDict]:
        """Ask, and again while that may help and there is time."""
        pause = _FIRST_PAUSE_SECONDS
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS or time.monotonic() + pause >= until
            try:
                answer = self._asked_once(method, url, body, headers, until)
            except _RETRIED:
                if last:
                    raise
            else:
                if last or answer[1] not in _AGAIN:
                    return answer
            time.sleep(pause * self._random.uniform(0.5, 1.0))
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _asked_once(
        self, method: str, url: str, body: bytes, headers: Any, until: float
    ) -> tuple[bytes, int, HTTPHeaderDict]:
        left = max(until - time.monotonic(), _LEAST_SECONDS)
        response = super().urlopen(
            method,
            url,
            redirect=False,
            body=body if method == "PUT" else None,
            headers=headers,
            timeout=Timeout(connect=left, read=left),
            retries=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            content = _content(response, method, until)
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        kept = HTTPHeaderDict(response.headers)
        for encoding in ("content-encoding", "transfer-encoding"):
            kept.pop(encoding, None)  # nothing is unpacked: the bytes are the object's, or they fail their digest
        return content, response.status, kept


def _content(response: BaseHTTPResponse, method: str, until: float) -> bytes:
    most = MAX_BODY if response.status in (200, 206) else _MAX_ERROR
    chunks = []
    size = 0
    while chunk := response.read1(_CHUNK, decode_content=False):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise TooLargeError("too large")
        if time.monotonic() > until + size / _BYTES_PER_SECOND:
            raise TooLateError("too late")
    announced = response.headers.get("content-length")
    if method != "HEAD" and announced is not None and announced != str(size) and response.status not in (204, 304):
        raise ProtocolError("the answer is shorter than announced")
    return b"".join(chunks)


def _trust(address: S3Address) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=address.tls_ca)
    except (OSError, ssl.SSLError) as error:
        raise StorageUnavailableError(
            "the file of tls_ca cannot be read as PEM certificates: check its path"
        ) from error
