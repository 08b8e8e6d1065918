"""Connections of the public server: uvicorn's HTTP/1.1, with bounds on number and on time.

Rules:
1. A connection waits for a request, or is given its answer; each may last for so many seconds, however slowly bytes
   trickle. Then it is cut.
2. When all places are taken, a newcomer gets that of whoever has waited longest without having asked for anything. So
   those who only hold connections keep nobody out. If everybody is being answered, the newcomer is cut.
3. A TLS handshake has its own time, and holds no place.
"""

import asyncio
import socket
from dataclasses import dataclass
from typing import Any, Final

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_HANDSHAKE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """``connections`` at the same time; seconds to wait for a whole request head, and to answer it."""

    connections: int
    request_seconds: float
    answer_seconds: float


class BoundedConnection(H11Protocol):
    """One connection; ``waiting`` are all that wait for a request, longest first."""

    def __init__(
        self, config: Config, state: ServerState, bounds: ConnectionBounds, waiting: "dict[BoundedConnection, None]"
    ) -> None:
        super().__init__(config, state, {})
        self._bounds = bounds
        self._waiting = waiting
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Take a place: see rule 2."""
        full = len(self.connections) >= self._bounds.connections
        super().connection_made(transport)
        if full:
            next(iter(self._waiting), self).cut()
        if not transport.is_closing():
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Bytes came: with the last of a request head the answer's time begins."""
        super().data_received(data)
        if self in self._waiting and self._is_answering():
            self._answer()

    def on_response_complete(self) -> None:
        """The answer is written: wait for another request, or answer the one that came meanwhile."""
        super().on_response_complete()
        if self._is_answering():
            self._answer()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._waiting.pop(self, None)
        self._restart_timer(None)
        super().connection_lost(exc)

    def cut(self) -> None:
        """End the connection now, whatever is still to be written."""
        self._waiting.pop(self, None)
        self.connections.discard(self)
        self.transport.abort()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._waiting[self] = None
        self._restart_timer(self._bounds.request_seconds)

    def _answer(self) -> None:
        self._waiting.pop(self, None)
        self._restart_timer(self._bounds.answer_seconds)

    def _restart_timer(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self.cut) if seconds is not None else None


class BoundedServer(Server):
    """uvicorn's server with bounded connections on one listening socket; run it in any thread but the main one."""

    def __init__(self, config: Config, bounds: ConnectionBounds) -> None:
        super().__init__(config)
        self._bounds = bounds
        self._waiting: dict[BoundedConnection, None] = {}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on ``sockets``."""
        await self.lifespan.startup()
        loop = asyncio.get_running_loop()
        encrypted: dict[str, Any] = {}
        if self.config.ssl is not None:
            encrypted = {
                "ssl": self.config.ssl,
                "ssl_handshake_timeout": _HANDSHAKE_SECONDS,
                "ssl_shutdown_timeout": _HANDSHAKE_SECONDS,
            }
        self.servers = [
            await loop.create_server(self._connection, sock=each, backlog=self.config.backlog, **encrypted)
            for each in sockets or []
        ]
        self.started = True

    def _connection(self) -> BoundedConnection:
        return BoundedConnection(self.config, self.server_state, self._bounds, self._waiting)
