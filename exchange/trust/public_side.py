"""Reading what a hub publishes, over HTTP or from a folder that mirrors it. Nothing that comes back is believed here.

Rules:
1. https, or http to this machine; no redirection is followed and no proxy asked: the address is the one that was given.
2. Size and time of each answer are bounded.
"""

import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
SECONDS: Final = 30.0
"""For one answer, from the first byte asked to the last one received."""

_WAIT_SECONDS: Final = 10.0
_CHUNK: Final = 64 * 1024
_OK: Final = 200
_NOT_FOUND: Final = 404


class FetchError(Exception):
    """Something could not be fetched; the message names it and says why."""


class PublicSide(Protocol):
    """What a hub shows everybody."""

    def get(self, path: str, most: int) -> bytes | None:
        """At most ``most`` bytes under a path such as ``/trust/list``; None if there are none. Raises FetchError."""
        ...


class HttpSide:
    """A hub's public side at an address such as ``https://hub.example``, of which a path may be a part."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """``tls``: which authorities are trusted, None: the system's. Raises FetchError for another kind of address."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
            raise FetchError(f"{url} is no address such as https://hub.example")
        if parts.scheme == "http" and host not in LOOPBACK:
            raise FetchError(f"{url} is not https: only this machine may be asked in the clear")
        try:
            self._port = parts.port
        except ValueError:
            raise FetchError(f"{url} has no port that there could be") from None
        self._host = host
        self._base = parts.path.rstrip("/")
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None

    def get(self, path: str, most: int) -> bytes | None:
        """See ``PublicSide``."""
        connection = self._connection()
        try:
            connection.request("GET", self._base + path, headers={"Accept-Encoding": "identity"})
            answer = connection.getresponse()
            if answer.status == _NOT_FOUND:
                return None
            if answer.status != _OK:
                raise FetchError(f"{path} at {self._host}: answer {answer.status}")
            return _bounded(answer, path, most)
        except (OSError, HTTPException) as error:
            raise FetchError(f"{path} at {self._host}: {_why(error)}") from error
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=_WAIT_SECONDS)
        return HTTPSConnection(self._host, self._port, timeout=_WAIT_SECONDS, context=self._tls)


def _why(error: OSError | HTTPException) -> str:
    """What to look at. Nothing of the answer is repeated."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}): --tls-ca names other authorities"
    if isinstance(error, ssl.SSLError):
        return "it does not answer in TLS: is the address https, and the port that of the public pages?"
    return getattr(error, "strerror", None) or type(error).__name__


class FolderSide:
    """A folder that mirrors a public side: by the paths of its addresses, or as a hub's object store names things."""

    def __init__(self, folder: Path) -> None:
        """Raises FetchError for what is no folder."""
        if not folder.is_dir():
            raise FetchError(f"{folder} is no folder")
        self._folder = folder

    def get(self, path: str, most: int) -> bytes | None:
        """See ``PublicSide``."""
        parent, _, last = path.lstrip("/").rpartition("/")
        stored = f"{last:0>10}.jwt" if parent == "trust/lists" else last
        for name in (last, f"{last}.jwt", f"{last}.json", stored):
            try:
                with (self._folder / parent / name).open("rb") as file:
                    body = file.read(most + 1)
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                continue
            except OSError as error:
                raise FetchError(f"{path} in {self._folder}: {error.strerror}") from error
            if len(body) > most:
                raise FetchError(f"{path} in {self._folder} has more than {most} bytes")
            return body
        return None


def _bounded(answer: HTTPResponse, path: str, most: int) -> bytes:
    end = time.monotonic() + SECONDS
    body = bytearray()
    while chunk := answer.read(min(_CHUNK, most + 1 - len(body))):
        body += chunk
        if len(body) > most:
            raise FetchError(f"{path} has more than {most} bytes")
        if time.monotonic() > end:
            raise FetchError(f"{path} took more than {SECONDS:.0f} s")
    return bytes(body)
