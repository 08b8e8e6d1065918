"""Somebody between a hub and its S3 server: forwards every call to the real server, and spoils answers on request."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your rate</Message></Error>"


@dataclass(frozen=True)
class Answer:
    """What the real server said; ``announced`` is the length told to the client."""

    status: int
    headers: dict[str, str]
    body: bytes
    announced: int

    def altered(self, body: bytes) -> "Answer":
        return replace(self, body=body, announced=len(body))


def slow_down(_answer: Answer) -> Answer:
    return Answer(503, {"Content-Type": "application/xml"}, SLOW_DOWN, len(SLOW_DOWN))


@dataclass
class InBetween:
    """A context manager; ``spoil`` is what the next ``times`` calls of ``methods`` go through."""

    server_url: str
    spoil: Callable[[Answer], Answer] = lambda answer: answer
    times: int = 0
    methods: tuple[str, ...] = ("GET", "HEAD", "PUT", "DELETE")
    reaches_server: bool = True
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"between": self}))
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._listener.server_port}"
        return self

    def __exit__(self, *_):
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    def spoil_next(self, times, spoil, *methods, reaches_server=True):
        self.spoil, self.times, self.reaches_server = spoil, times, reaches_server
        self.methods = methods or ("GET", "HEAD", "PUT", "DELETE")
        self.asked.clear()

    def answer(self, handler: BaseHTTPRequestHandler) -> Answer:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self.asked.append(handler.command)
            spoiled = self.times > 0 and handler.command in self.methods
            self.times -= spoiled
        if spoiled and not self.reaches_server:
            return self.spoil(Answer(0, {}, b"", 0))
        answer = self._forward(handler, body)
        return self.spoil(answer) if spoiled else answer

    def _forward(self, handler, body):
        connection = HTTPConnection(urlsplit(self.server_url).netloc, timeout=30)
        try:
            connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                connection.putheader(name, value)  # with the Host that was signed
            connection.endheaders(body or None)
            answer = connection.getresponse()
            headers = dict(answer.getheaders())
            body = answer.read()
            return Answer(answer.status, headers, body, int(headers.pop("Content-Length", len(body))))
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    between: InBetween
    protocol_version = "HTTP/1.1"

    def _any(self):
        answer = self.between.answer(self)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(answer.announced))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_DELETE = _any  # noqa: N815 - the library's names

    def log_message(self, *_):
        """Silent."""
