"""The recorder: one thread that takes units from its sockets, commits them in batches and answers.

Rules:
1. It commits whatever is queued as soon as it has read what had come in: no timer waits for a larger batch.
2. An answer leaves after its batch is durable, never before.
3. More than ``queue`` waiting units are turned away as overloaded; a peer that sends nonsense or does not read its
   answers is disconnected.
4. Whoever asks how limits stand is answered before the batch is committed, out of the one look at the fast store that
   the batch needs anyway.
5. Stopping commits and answers what had come in, then closes.
"""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from exchange.audit import wire
from exchange.audit.charges import ChargeBook, standing
from exchange.audit.committer import PROBE_SECONDS, CommitObserver, Committer
from exchange.audit.errors import FrameError
from exchange.audit.recount import CountsWatch, Rebuild
from exchange.audit.unit import Note, Unit
from exchange.reasons import Reason
from storage.errors import LimitExceededError, StorageError
from storage.fast.interface import Fast
from storage.records.interface import Records

_READ_BYTES = 256 * 1024
_MAX_UNREAD_ANSWERS = 16 << 20
_MAX_BATCH_BYTES = 16 << 20
_HOUSEKEEPING_SECONDS = 60
_GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class RecorderLimits:
    """``batch``: units in one transaction; ``queue``: units waiting; ``rebuild``: entries read again for lost counts;
    ``retention_seconds``: how long answered requests are remembered."""

    batch: int = 512
    queue: int = 4096
    rebuild: int = 500_000
    retention_seconds: int = 7 * 86_400


@dataclass(slots=True, eq=False)
class _Peer:
    """One connection: what is cut from it, and what it has still to read."""

    socket: socket.socket
    reader: wire.FrameReader = field(default_factory=wire.FrameReader)
    unsent: bytearray = field(default_factory=bytearray)
    open: bool = True
    behind: bool = False


class Hold(Protocol):
    """What may keep the recorder from committing: asked before every batch, so it answers from memory."""

    def start(self) -> None: ...

    def reason(self) -> Reason | None:
        """Why nothing may be committed now; None: it may."""
        ...

    def stop(self) -> None: ...


class _NoHold:
    """Nothing holds the recorder back."""

    def start(self) -> None:
        """Nothing to start."""

    def reason(self) -> Reason | None:
        """It may always commit."""
        return None

    def stop(self) -> None:
        """Nothing to stop."""


class RecorderServer:
    """``clock`` gives microseconds since 1970 (UTC); ``rebuild`` counts limits again from the journal if they are lost;
    ``hold`` is started and stopped with it.

    The thread that calls ``run`` is the one writer of ``records`` and the owner of ``fast``; what it ends with is
    ``closing``.
    """

    def __init__(
        self,
        records: Records,
        fast: Fast,
        clock: Callable[[], int],
        observer: CommitObserver,
        *,
        rebuild: Rebuild | None = None,
        hold: Hold | None = None,
        limits: RecorderLimits | None = None,
        stopwatch: Callable[[], float] = time.monotonic,
        closing: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._closing = closing
        self._limits = limits or RecorderLimits()
        self._fast = fast
        self._observer = observer
        self._stopwatch = stopwatch
        self._hold = hold or _NoHold()
        self._committer = Committer(records, fast, clock, stopwatch, observer, self._hold.reason)
        self._counts = None if rebuild is None else self._watch(rebuild)
        self._selector = selectors.DefaultSelector()
        self._queue: deque[tuple[_Peer, int, Unit | Note]] = deque()
        self._asked: list[tuple[_Peer, wire.StandingRequest]] = []
        self._peers: set[_Peer] = set()
        self._listener: tuple[socket.socket, Path] | None = None
        self._waiting: deque[socket.socket] = deque()
        self._stopping = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._woken.settimeout(0)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._next_housekeeping = stopwatch() + _HOUSEKEEPING_SECONDS
        self._next_probe = stopwatch() + PROBE_SECONDS

    def listen(self, path: Path) -> None:
        """Listen on a Unix socket (mode 0600) in a folder that only this user may enter; a stale socket is replaced.

        Raises ``PermissionError`` if the folder lets others in, ``OSError`` if the socket cannot be made.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_mode & 0o077:
            raise PermissionError(f"{path.parent} lets other users in: chmod 700 it, it holds the recorder's socket")
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(64)
        listener.settimeout(0)
        self._selector.register(listener, selectors.EVENT_READ, None)
        self._listener = listener, path

    def attach(self, connection: socket.socket) -> None:
        """Serve a connected socket too (one end of a socket pair). May be called from any thread."""
        self._waiting.append(connection)
        self._wake()

    def stop(self) -> None:
        """Ask ``run`` to finish what came in and return. May be called from any thread or a signal handler."""
        self._stopping.set()
        self._wake()

    def run(self) -> None:
        """Serve until ``stop``.

        Raises ``StorageError`` or ``JournalError`` if the journal cannot be read at the start.
        """
        try:
            self._hold.start()
            if self._counts is not None:
                self._counts.start()
            while not self._stopping.is_set():
                self._read(None if not self._queue else 0)
                self._commit()
                self._keep_house()
            self._finish()
        finally:
            self._close()

    def _read(self, timeout: float | None) -> None:
        """Take in what every ready socket holds; with ``timeout`` None, wait for the first or for housekeeping."""
        if timeout is None:
            timeout = max(0.0, min(self._next_housekeeping, self._next_probe) - self._stopwatch())
            if self._counts is not None:
                timeout = min(timeout, self._counts.wait())
        for key, events in self._selector.select(timeout):
            peer = key.data
            if isinstance(peer, _Peer):
                if events & selectors.EVENT_WRITE:
                    self._send(peer)
                if events & selectors.EVENT_READ and peer.open:
                    self._receive(peer)
            elif key.fileobj is self._woken:
                self._adopt()
            else:
                self._accept()

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0", socket.MSG_DONTWAIT)
        except (BlockingIOError, OSError):
            return  # it is awake already, or gone

    def _adopt(self) -> None:
        self._woken.recv(4096)
        while self._waiting:
            self._welcome(self._waiting.popleft())

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            connection, _ = self._listener[0].accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        peer = _Peer(connection)
        self._peers.add(peer)
        self._selector.register(connection, selectors.EVENT_READ, peer)

    def _receive(self, peer: _Peer) -> None:
        try:
            data = peer.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._drop(peer, error)
            return
        if not data:
            self._drop(peer, None)
            return
        try:
            for body in peer.reader.feed(data):
                if not peer.open:
                    return
                self._take(peer, wire.decode_request(body))
        except FrameError as error:
            self._drop(peer, error)
        if peer.unsent:
            self._send(peer)

    def _take(self, peer: _Peer, request: wire.Request) -> None:
        if isinstance(request, wire.CommitRequest):
            if len(self._queue) >= self._limits.queue:
                self._observer.failed(1, Reason.OVERLOADED, None)
                self._answer(peer, request.id, wire.Unable(Reason.OVERLOADED))
            else:
                self._queue.append((peer, request.id, request.unit))
        elif isinstance(request, wire.StandingRequest):
            self._asked.append((peer, request))
        else:
            self._answer(peer, request.id, self._value(request))

    def _value(self, request: wire.StandingRequest | wire.FastRequest | wire.HealthRequest) -> wire.Reply:
        try:
            match request:
                case wire.StandingRequest():
                    return wire.Value(standing(self._fast, request.keys))
                case wire.FastRequest():
                    return wire.Value(getattr(self._fast, request.operation)(*request.arguments))
                case wire.HealthRequest():
                    trouble = self._committer.trouble()
                    return wire.Value(value=True) if trouble is None else wire.Unable(trouble)
        except LimitExceededError as error:
            return wire.OutOfBounds(str(error))
        except StorageError:
            return wire.Unable(Reason.STORAGE_UNAVAILABLE)

    def _commit(self) -> None:
        """Answer who asked how limits stand, commit one batch of what is queued, and answer."""
        batch = self._next_batch()
        if not batch and not self._asked:
            return
        book = ChargeBook(self._fast)
        book.load(
            (charge for _, _, unit in batch for charge in unit.charges),
            (key for _, request in self._asked for key in request.keys),
        )
        self._tell_standing(book)
        if not batch:
            return
        replies = self._committer.commit([unit for _, _, unit in batch], book)
        answered: dict[_Peer, None] = {}
        for (peer, request_id, _), reply in zip(batch, replies, strict=True):
            self._answer(peer, request_id, reply)
            answered[peer] = None
        for peer in answered:
            self._send(peer)

    def _next_batch(self) -> list[tuple[_Peer, int, Unit | Note]]:
        batch: list[tuple[_Peer, int, Unit | Note]] = []
        size = 0
        while self._queue and len(batch) < self._limits.batch and size < _MAX_BATCH_BYTES:
            batch.append(self._queue.popleft())
            size += len(batch[-1][2].entry)
        return batch

    def _tell_standing(self, book: ChargeBook) -> None:
        asked, self._asked = self._asked, []
        for peer, request in asked:
            counts = book.loaded(request.keys)
            self._answer(peer, request.id, self._value(request) if counts is None else wire.Value(counts))
            self._send(peer)

    def _answer(self, peer: _Peer, request_id: int, reply: wire.Reply) -> None:
        peer.unsent += wire.encode_reply(request_id, reply)
        if len(peer.unsent) > _MAX_UNREAD_ANSWERS:
            self._drop(peer, FrameError("the peer does not read its answers"))

    def _send(self, peer: _Peer) -> None:
        """Send what the peer takes now; the rest waits until it reads."""
        if not peer.open:
            return
        try:
            sent = peer.socket.send(peer.unsent)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._drop(peer, error)
            return
        del peer.unsent[:sent]
        if bool(peer.unsent) != peer.behind:
            peer.behind = not peer.behind
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.behind else 0)
            self._selector.modify(peer.socket, events, peer)

    def _drop(self, peer: _Peer, error: Exception | None) -> None:
        """Close a connection. Units that it had sent whole are still committed; their answers have nowhere to go."""
        if not peer.open:
            return
        peer.open = False
        self._peers.discard(peer)
        self._selector.unregister(peer.socket)
        peer.socket.close()
        if error is not None:
            self._observer.dropped(error)

    def _watch(self, rebuild: Rebuild) -> CountsWatch:
        return CountsWatch(
            self._fast,
            lambda: self._committer.recount(rebuild, self._limits.rebuild),
            lost=self._observer.counts_lost,
            unread=lambda error: self._observer.failed(0, Reason.STORAGE_UNAVAILABLE, error),
            stopwatch=self._stopwatch,
        )

    def _keep_house(self) -> None:
        if self._counts is not None:
            self._counts.tick()
        if self._stopwatch() >= self._next_probe:
            self._committer.probe()
            self._next_probe = self._stopwatch() + PROBE_SECONDS
        if self._stopwatch() < self._next_housekeeping:
            return
        self._next_housekeeping = self._stopwatch() + _HOUSEKEEPING_SECONDS
        try:
            self._committer.forget_requests(self._limits.retention_seconds)
        except StorageError as error:
            self._observer.failed(0, Reason.STORAGE_UNAVAILABLE, error)

    def _finish(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener[0])
        self._read(0)
        while self._queue or self._asked:
            self._commit()
        until = self._stopwatch() + _GOODBYE_SECONDS
        while any(peer.unsent for peer in self._peers) and self._stopwatch() < until:
            for key, events in self._selector.select(0.1):
                if isinstance(key.data, _Peer) and events & selectors.EVENT_WRITE:
                    self._send(key.data)

    def _close(self) -> None:
        for peer in list(self._peers):
            self._drop(peer, None)
        if self._listener is not None:
            self._listener[0].close()
            self._listener[1].unlink(missing_ok=True)
        while self._waiting:
            self._waiting.popleft().close()
        self._selector.close()
        self._woken.close()
        self._waker.close()
        self._hold.stop()
        for close in self._closing:
            close()
