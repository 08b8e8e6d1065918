"""A process's line to the recorder: many threads, one connection, each call answered on its own.

Rules:
1. A thread that has a frame to send and finds no one sending sends all that is pending, its own and others'.
2. One reader thread hands out answers; a caller waits on a lock of its own.
3. When the connection drops, every call under way fails at once: what became of it is unknown to the caller, who
   retries with the same request id. A connection to a path is made again, first after 10 ms, later once a second.
"""

import itertools
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from exchange.audit import wire
from exchange.audit.errors import FrameError
from exchange.audit.unit import Answer, Committed, ConditionFailed, LimitReached, Note, Unit
from exchange.errors import RefusedError, UnavailableError
from exchange.reasons import Reason
from storage.errors import LimitExceededError, StorageUnavailableError

_READ_BYTES = 256 * 1024
_MAX_PENDING = 4096
_FAST_SECONDS = 2.0
_HEALTH_SECONDS = 1.0
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 1.0

_AWAY = wire.Unable(Reason.AUDIT_UNAVAILABLE)


class _Call:
    """One call under way: ``done`` is held until ``reply`` is there."""

    __slots__ = ("done", "reply")

    def __init__(self) -> None:
        self.done = threading.Lock()
        self.done.acquire()
        self.reply: wire.Reply = _AWAY


class RecorderClient:
    """The ``Recorder`` that the hub's threads call, over a Unix socket (a path) or one end of a socket pair.

    A recorder that takes no frame for ``send_seconds`` is as good as gone, and its connection is dropped.
    """

    def __init__(self, address: Path | socket.socket, *, send_seconds: float = 2.0) -> None:
        self._send_limit = struct.pack("@ll", int(send_seconds), int(send_seconds % 1 * 1_000_000))
        self._path = address if isinstance(address, Path) else None
        self._lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._calls: dict[int, _Call] = {}
        self._outbox: list[bytes] = []
        self._sending = False
        self._ids = itertools.count(1)  # next() of it is one step, whichever thread asks
        self._socket: socket.socket | None = None
        self._closed = threading.Event()
        self._connected = threading.Event()
        if isinstance(address, socket.socket):
            self._use(address)
        self._reader = threading.Thread(target=self._read_on, name="recorder-answers", daemon=True)
        self._reader.start()

    def commit(self, unit: Unit, timeout: float) -> Answer:
        """Commit durably and answer: see ``Recorder``.

        Raises beside what is said there ``LimitExceededError`` or ``FrameError`` for a unit that no store would take.
        """
        reply = self._call(lambda request_id: wire.encode_commit(request_id, unit), timeout)
        if isinstance(reply, Committed | ConditionFailed | LimitReached):
            return reply
        raise _error(reply)

    def note(self, note: Note, timeout: float) -> bool:
        """Keep a note durably: see ``Notebook``. Raises beside what is said there as ``commit``."""
        reply = self._call(lambda request_id: wire.encode_note(request_id, note), timeout)
        if isinstance(reply, ConditionFailed):
            return False
        if isinstance(reply, wire.Value) and reply.value is True:
            return True
        raise _error(reply)

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        """Counts of limits' keys and bars: see ``Recorder``."""
        reply = self._call(lambda request_id: wire.encode_standing(request_id, keys), timeout)
        if isinstance(reply, wire.Value) and isinstance(reply.value, tuple):
            return reply.value
        raise _error(reply)

    def healthy(self) -> bool:
        """Whether the recorder answers within a second that it could commit now."""
        return self.trouble() is None

    def trouble(self) -> Reason | None:
        """Why the recorder could not commit now, as it says itself within a second; None: it could."""
        try:
            reply = self._call(wire.encode_health, _HEALTH_SECONDS)
        except (UnavailableError, RefusedError):
            return Reason.AUDIT_UNAVAILABLE
        if isinstance(reply, wire.Value) and reply.value is True:
            return None
        return reply.reason if isinstance(reply, wire.Unable) else Reason.AUDIT_UNAVAILABLE

    def wait_connected(self, timeout: float) -> bool:
        """Wait until a connection stands; False if none does after ``timeout`` seconds."""
        return self._connected.wait(timeout)

    def fast(self, operation: str, *arguments: str | bytes | int) -> wire.FastValue:
        """One operation of the fast store that the recorder holds.

        Raises ``StorageUnavailableError`` if the recorder is away, ``LimitExceededError`` as the store does.
        """
        try:
            reply = self._call(lambda request_id: wire.encode_fast(request_id, operation, arguments), _FAST_SECONDS)
        except (UnavailableError, RefusedError) as error:
            raise StorageUnavailableError("the recorder that holds the fast store does not answer") from error
        if isinstance(reply, wire.Value) and not isinstance(reply.value, tuple):
            return reply.value
        if isinstance(reply, wire.OutOfBounds):
            raise LimitExceededError(reply.message)
        raise StorageUnavailableError("the recorder cannot reach the fast store")

    def close(self) -> None:
        """Close the connection; calls under way fail. May be called twice."""
        self._closed.set()
        self._hang_up(self._socket)
        self._reader.join()

    def _call(self, encode: Callable[[int], bytes], timeout: float) -> wire.Reply:
        call = _Call()
        request_id = next(self._ids)
        frame = encode(request_id)
        with self._lock:
            if self._socket is None:
                raise UnavailableError(Reason.AUDIT_UNAVAILABLE)
            if len(self._calls) >= _MAX_PENDING:
                raise RefusedError(Reason.OVERLOADED, retry_seconds=1)
            self._calls[request_id] = call
            self._outbox.append(frame)
            first = not self._sending
            self._sending = True
        if first:
            self._send_pending()
        if not call.done.acquire(timeout=max(0.0, timeout)):
            with self._lock:
                self._calls.pop(request_id, None)
            raise UnavailableError(Reason.AUDIT_UNAVAILABLE)
        return call.reply

    def _send_pending(self) -> None:
        while True:
            with self._lock:
                frames, connection = self._outbox, self._socket
                self._outbox = []
                if not frames or connection is None:
                    self._sending = False
                    return
            try:
                with self._send_lock:
                    connection.sendall(b"".join(frames) if len(frames) > 1 else frames[0])
            except OSError:
                # A frame may have gone out in part, so nothing more can go over this connection.
                self._hang_up(connection)

    def _read_on(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closed.is_set():
            connection = self._socket or self._connect()
            if connection is None:
                if self._path is None:
                    return
                self._closed.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            self._read(connection)
            self._fail_all(connection)

    def _connect(self) -> socket.socket | None:
        if self._path is None:
            return None
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            return None
        self._use(connection)
        return connection

    def _use(self, connection: socket.socket) -> None:
        # Only sending is limited: the reader waits for answers as long as it takes.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, self._send_limit)
        with self._lock:
            self._socket = connection
        self._connected.set()

    def _read(self, connection: socket.socket) -> None:
        """Hand out answers until the connection ends."""
        frames = wire.FrameReader()
        while True:
            try:
                data = connection.recv(_READ_BYTES)
                replies = [wire.decode_reply(body) for body in frames.feed(data)]
            except (OSError, FrameError):
                return
            if not data:
                return
            with self._lock:
                calls = [(self._calls.pop(request_id, None), reply) for request_id, reply in replies]
            for call, reply in calls:
                if call is not None:  # else it gave up waiting
                    call.reply = reply
                    call.done.release()

    def _fail_all(self, connection: socket.socket) -> None:
        with self._lock:
            self._socket = None
            self._connected.clear()
            calls = list(self._calls.values())
            self._calls.clear()
            self._outbox.clear()
        self._hang_up(connection)
        with self._send_lock:  # a thread that still sends has been cut off, and must be out before the number is free
            connection.close()
        for call in calls:
            call.done.release()

    def _hang_up(self, connection: socket.socket | None) -> None:
        """End the connection so that the reader notices; it alone closes it."""
        if connection is None:
            return
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended already


class RemoteFast:
    """The fast store that the recorder holds, reached over its socket."""

    def __init__(self, client: RecorderClient) -> None:
        self._client = client

    def put(self, key: str, value: bytes, ttl: int) -> None:
        self._client.fast("put", key, value, ttl)

    def put_if_absent(self, key: str, value: bytes, ttl: int) -> bool:
        return self._client.fast("put_if_absent", key, value, ttl) is True

    def get(self, key: str) -> bytes | None:
        return _bytes(self._client.fast("get", key))

    def take(self, key: str) -> bytes | None:
        return _bytes(self._client.fast("take", key))

    def add(self, key: str, amount: int, ttl: int) -> int:
        return _integer(self._client.fast("add", key, amount, ttl))

    def count(self, key: str) -> int:
        return _integer(self._client.fast("count", key))

    def add_member(self, key: str, member: bytes, ttl: int) -> int:
        return _integer(self._client.fast("add_member", key, member, ttl))

    def has_member(self, key: str, member: bytes) -> bool:
        return self._client.fast("has_member", key, member) is True

    def delete(self, key: str) -> None:
        self._client.fast("delete", key)

    def close(self) -> None:
        """Nothing of its own to close: the client is shared."""


def _bytes(value: wire.FastValue) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    raise StorageUnavailableError("the recorder answered a fast operation with another kind of value")


def _integer(value: wire.FastValue) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise StorageUnavailableError("the recorder answered a fast operation with another kind of value")


def _error(reply: wire.Reply) -> Exception:
    if isinstance(reply, wire.Unable):
        if reply.reason is Reason.OVERLOADED:
            return RefusedError(reply.reason, retry_seconds=reply.retry_seconds)
        return UnavailableError(reply.reason, reply.retry_seconds)
    if isinstance(reply, wire.OutOfBounds):
        return LimitExceededError(reply.message)
    return FrameError("the recorder answered with another kind of answer than was asked for")
