"""A published log read over HTTP, as a hub's public pages or any tlog-tiles mirror serve it.

Rules:
1. HTTPS with a certificate that the system trusts; plain HTTP only from this machine itself.
2. No redirect is followed, no file is longer than a MiB, and every wait is bounded.
3. Only 404 means that a file is not there: whatever else the site says ends the reading.
"""

import http.client
import ssl
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

_MAX_FILE: Final = 1 << 20
_SECONDS: Final = 20.0
_ATTEMPTS: Final = 2
"""A kept connection may have been closed by the site meanwhile."""


class SiteError(OSError):
    """The site cannot be read; the message is a sentence."""


class SiteFiles:
    """A ``LogFiles`` of the log whose prefix is ``url``, such as ``https://hub.example.gov/log``; a context manager.

    Raises ``SiteError`` for an address that is none or is not safe to read from, and where the site does not answer.
    Not known: which files there are, so partial tiles of earlier checkpoints are not looked at.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise SiteError("that is no address of a log.") from None
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
            raise SiteError("a log's address is https://host/path, without a query or a user.")
        if parts.scheme == "http" and not _is_this_machine(host):
            raise SiteError("a log on another machine is read over https: anybody in between could change it.")
        self._path = parts.path.rstrip("/")
        self._connection = (
            http.client.HTTPConnection(host, port, timeout=_SECONDS)
            if parts.scheme == "http"
            else http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=ssl.create_default_context())
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, name: str) -> bytes | None:
        """See ``LogFiles.get``."""
        for attempt in range(_ATTEMPTS):
            try:
                return self._asked(name)
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if isinstance(error, SiteError | ssl.SSLError) or attempt == _ATTEMPTS - 1:
                    raise _explained(error) from error
        raise AssertionError  # the loop returns or raises

    def names(self) -> Iterator[str]:
        """See ``LogFiles.names``: a site does not tell."""
        return iter(())

    def lines(self, name: str) -> Iterable[bytes] | None:
        """See ``LogFiles.lines``: entries themselves are never published."""
        del name
        return None

    def _asked(self, name: str) -> bytes | None:
        self._connection.request("GET", f"{self._path}/{name}", headers={"Accept-Encoding": "identity"})
        answer = self._connection.getresponse()
        content = answer.read(_MAX_FILE + 1)
        if answer.status == http.HTTPStatus.NOT_FOUND:
            return None
        if answer.status != http.HTTPStatus.OK:
            raise SiteError(f"the site answers {answer.status} where a file of the log should be.")
        if len(content) > _MAX_FILE:
            raise SiteError("a file of the log is longer than a MiB.")
        return content


def _explained(error: Exception) -> SiteError:
    if isinstance(error, SiteError):
        return error
    if isinstance(error, ssl.SSLError):
        return SiteError("the site's certificate is not one that this machine trusts.")
    return SiteError("the site does not answer, or not in HTTP.")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
