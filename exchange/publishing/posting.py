"""Posting a few bytes to a configured address, and never waiting or reading without bound.

Rules:
1. Addresses come from the configuration alone. They are https, or http to this machine.
2. No redirect is followed, no proxy of the environment is used, no cookie is kept.
3. The whole exchange ends after ``seconds``, however slowly the other side speaks; its answer is read up to a bound.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from exchange.publishing.errors import PostError


@dataclass(frozen=True, slots=True)
class PostReply:
    """Status and body of an answer."""

    status: int
    body: bytes


class Poster:
    """Posts over HTTP/1.1; ``tls_ca``: PEM of the only authorities trusted, None: the system's. For several threads."""

    def __init__(self, tls_ca: Path | None, seconds: float) -> None:
        self._trust = ssl.create_default_context(cafile=tls_ca)
        self._seconds = seconds

    def post(self, url: str, body: bytes, content_type: str, most: int) -> PostReply:
        """Post and return the answer, whatever its status, of at most ``most`` bytes. Raises ``PostError``."""
        address = urlsplit(url)
        path = address.path or "/"
        with closing(self._connection(address.scheme, address.hostname or "", address.port)) as connection:
            try:
                connection.connect()
                with self._ends(connection.sock):
                    connection.request("POST", path, body, {"Content-Type": content_type})
                    response = connection.getresponse()
                    content = response.read(most + 1)
            except (OSError, HTTPException, ValueError) as error:
                raise PostError(f"no answer: {type(error).__name__}") from error
        if len(content) > most:
            raise PostError(f"an answer of more than {most} bytes")
        return PostReply(response.status, content)

    def _connection(self, scheme: str, host: str, port: int | None) -> HTTPConnection:
        if scheme == "https":
            return HTTPSConnection(host, port, timeout=self._seconds, context=self._trust)
        return HTTPConnection(host, port, timeout=self._seconds)

    @contextmanager
    def _ends(self, connection: socket.socket) -> Iterator[None]:
        """Cut the connection when the time is over: a timeout of the socket alone begins anew with every byte."""
        timer = threading.Timer(self._seconds, _cut, (connection,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
