"""TLS before a PostgreSQL that is built without it: it answers the wire's request for TLS and passes the rest on.

Whoever asks for TLS reaches the server's Unix socket behind it; whoever does not reaches the server's port, where a
server with ``tls_alone`` turns it away in its own words (PostgreSQL, "Frontend/Backend Protocol", SSL Session
Encryption).
"""

import asyncio
import contextlib
import ssl
import threading
from pathlib import Path
from typing import Final, Self

from exchange.demo.ports import free_ports
from servers.postgres import USER, PostgresServer

_REQUEST: Final = (8).to_bytes(4) + (80_877_103).to_bytes(4)
_CHUNK: Final = 65_536
_HANDSHAKE_SECONDS: Final = 5.0


class TlsFront:
    """A context manager that serves from a thread of its own; ``certificate`` and ``key`` are PEM files."""

    def __init__(self, server: PostgresServer, certificate: Path, key: Path) -> None:
        self.port = free_ports(1)[0]
        self._server = server
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tls-front", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._listener = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        ending = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        with contextlib.suppress(TimeoutError):  # a connection that does not end must not hold its test up
            ending.result(4 * _HANDSHAKE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_HANDSHAKE_SECONDS)
        if not self._thread.is_alive():
            self._loop.close()

    def database(self, name: str = "postgres", host: str = "127.0.0.1") -> str:
        """The URL of one of the server's databases, through here."""
        return f"postgresql://{USER}@{host}:{self.port}/{name}"

    async def _end(self) -> None:
        self._listener.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:  # one whose client gave up amid its handshake may not heed the cancel until that is over
            await asyncio.wait(tasks, timeout=2 * _HANDSHAKE_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._join(reader, writer)
        writer.close()
        self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(len(_REQUEST))
        if first == _REQUEST:
            writer.write(b"S")
            await writer.start_tls(self._context, ssl_handshake_timeout=_HANDSHAKE_SECONDS)
            behind, out = await asyncio.open_unix_connection(self._server.socket)
        else:
            behind, out = await asyncio.open_connection("127.0.0.1", self._server.port)
            out.write(first)
        try:
            passing = [asyncio.create_task(_pass(reader, out)), asyncio.create_task(_pass(behind, writer))]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            for one in passing:
                one.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
        finally:
            out.close()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()
