"""The page that monitoring reads, over plain HTTP: ``/metrics`` (Prometheus) and ``/healthz`` (200 or 503).

One answer stands for all processes: their values are files that are added up here.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET, AF_INET6, socket
from typing import Any, Final, Self

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from exchange.config import ConfigError
from exchange.options import split_address

_REQUEST_SECONDS: Final = 5
_MOST_AT_ONCE: Final = 8
_WAIT_SECONDS: Final = 1


def collect_from(folder: Path) -> CollectorRegistry:
    """A registry that adds up the values that all processes keep in ``folder``; others may register there too."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]  # the library has no types here
    return registry


class MonitoringPage:
    """Serves ``registry`` and whether the hub is healthy at ``address``. At most 8 requests at once, 5 seconds each.

    One more waits a second for a place, then is hung up on. It takes the address when it is made (``ConfigError`` if it
    cannot) and answers, from a thread, from ``serve`` on.
    """

    def __init__(self, address: str, registry: CollectorRegistry) -> None:
        host, port = split_address(address)
        try:
            self._server = _Server(host, port, registry)
        except OSError as error:
            raise ConfigError([f"[metrics] address: cannot listen on {address}: {error.strerror}."]) from error
        shown = f"[{host}]" if ":" in host else host
        self.address = f"{shown}:{self._server.server_port}"
        self._thread: threading.Thread | None = None

    @property
    def serves(self) -> bool:
        """Whether it answers."""
        return self._thread is not None

    def serve(self, healthy: Callable[[], bool]) -> None:
        """Answer from now on; ``healthy`` is asked for each look at ``/healthz``. Call it once."""
        self._server.healthy = healthy
        self._thread = threading.Thread(target=self._server.serve_forever, name="monitoring", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    healthy: Callable[[], bool]

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        self.address_family = AF_INET6 if ":" in host else AF_INET
        self.registry = registry
        self._free = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__((host, port), _Handler)

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        if self._free.acquire(timeout=_WAIT_SECONDS):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """A client that hung up is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _REQUEST_SECONDS
    server_version = "onceonly"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
        elif self.path == "/healthz" and self.server.healthy():
            self._answer(HTTPStatus.OK, "text/plain", b"SERVING\n")
        elif self.path == "/healthz":
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"NOT_SERVING\n")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics or /healthz\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        """Being read every few seconds is no event either."""

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
