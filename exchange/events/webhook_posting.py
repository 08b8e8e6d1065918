"""Posting an event to a receiver that the hub does not trust: one request, bounded in time and in what is read.

Rules:
1. The connection goes to an address that was looked at, under the name in the URL: its certificate must be for that.
2. No redirect is followed, no proxy of the environment is used, no cookie is kept, no connection is kept.
3. All of it (after the name is resolved) ends after ``seconds``, however slowly the receiver speaks. Of its answer the
   status is used and the body is not read.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from exchange.events.webhook_address import AddressRefusedError, AllowedHosts, host_and_port

_ADDRESSES: Final = 4
_GONE: Final = 410
_PERMANENT: Final = frozenset({400, 413, 415, 422})
"""The receiver says that it will never take these bytes."""


class Outcome(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    GONE = "gone"
    ADDRESS_REFUSED = "address_refused"


class WebhookPoster:
    """``tls_ca``: PEM of the only authorities trusted, None: the system's. For several threads."""

    def __init__(self, hosts: AllowedHosts, tls_ca: Path | None, seconds: float) -> None:
        self._hosts = hosts
        self._trust = ssl.create_default_context(cafile=tls_ca)
        self._seconds = seconds

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post once, and say what came of it; raises nothing that a receiver could cause."""
        try:
            addresses = self._hosts.addresses(url)[:_ADDRESSES]
        except AddressRefusedError:
            return Outcome.ADDRESS_REFUSED
        except OSError:
            return Outcome.FAILED
        until = time.monotonic() + self._seconds
        for address in addresses:
            try:
                return _judged(self._posted(url, address, body, headers, until))
            except ConnectionRefusedError:
                continue  # nobody heard it: the next address of the same name is tried
            except (OSError, HTTPException, ValueError):
                return Outcome.FAILED
        return Outcome.FAILED

    def _posted(self, url: str, address: str, body: bytes, headers: Mapping[str, str], until: float) -> int:
        host, port = host_and_port(url)
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        raw = socket.create_connection((address, port), timeout=max(0.001, until - time.monotonic()))
        with closing(self._trust.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)) as stream:
            with _ends(stream, until):
                stream.do_handshake()
                connection = HTTPConnection(host, port)
                connection.sock = stream
                connection.request("POST", path, body, dict(headers))
                response = connection.getresponse()
                status = response.status
                response.close()
            return status


@contextmanager
def _ends(stream: ssl.SSLSocket, until: float) -> Iterator[None]:
    """Cut the connection when the time is over: a timeout of the socket alone begins anew with every byte."""

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(stream, socket.SHUT_RDWR)  # below TLS, which another thread is using

    timer = threading.Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _judged(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == _GONE:
        return Outcome.GONE
    return Outcome.REFUSED if status in _PERMANENT else Outcome.FAILED
