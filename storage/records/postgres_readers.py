"""The read-only connections of a process, lent to one thread at a time.

Rules:
1. At most ``connections`` exist. A thread beyond that waits ``ACQUIRE_SECONDS``, and threads beyond four times that are
   refused at once: a slow database never holds every thread of a worker.
2. A connection is opened by the thread that needs it. After a failure the next attempt is ``PAUSE_SECONDS`` later, and
   whoever needs one meanwhile is told at once: a database that is away costs its callers nothing.
3. A connection that turns out to be dead is given up, and what it was to read is read over another.

``psycopg_pool`` is not used: while no connection comes about it keeps every caller that gave up in its queue, and with
a bounded queue it then refuses everybody for good, also once the database is back.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import psycopg
from psycopg.rows import TupleRow

from storage.errors import StorageError, StorageUnavailableError
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import NoAnswerError, PostgresConnection, connect, reading
from storage.records.postgres_errors import LOST, translate

ACQUIRE_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.3
_WAITING_PER_CONNECTION: Final = 4
_BUSY: Final = "every connection to the database is busy: it is slow, or `connections` is too low; try again"

_Answer = TypeVar("_Answer")


class PostgresReaders:
    """Lends connections to the primary.

    Raises ``StorageUnavailableError`` and ``SchemaError`` if the database cannot be reached or used now; later it comes
    back by itself.
    """

    def __init__(self, address: PostgresAddress, connections: int) -> None:
        self._address = address
        self._settings = reading(address)
        self._idle: deque[PostgresConnection] = deque()
        self._lent = threading.BoundedSemaphore(connections)
        self._asking = threading.BoundedSemaphore(connections * (1 + _WAITING_PER_CONNECTION))
        self._attempts = connections + 1
        self._closed = False
        self._closing = threading.Lock()
        self._failed: tuple[float, StorageError] | None = None
        self._idle.append(self._open())

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[TupleRow]:
        """Run one statement in a read transaction of its own."""
        return self.run(lambda connection: _cursor(connection, statement, parameters).fetchall())

    def row(self, statement: str, parameters: Mapping[str, object]) -> TupleRow | None:
        """The first row, or None."""
        return self.run(lambda connection: _cursor(connection, statement, parameters).fetchone())

    def run(self, work: Callable[[PostgresConnection], _Answer]) -> _Answer:
        """Lend a connection to ``work``, which only reads and leaves no transaction open."""
        if not self._asking.acquire(blocking=False):
            raise StorageUnavailableError(_BUSY)
        try:
            if not self._lent.acquire(timeout=ACQUIRE_SECONDS):
                raise StorageUnavailableError(_BUSY)
            try:
                return self._work(work)
            finally:
                self._lent.release()
        finally:
            self._asking.release()

    def _work(self, work: Callable[[PostgresConnection], _Answer]) -> _Answer:
        for _ in range(self._attempts):
            connection = self._take()
            try:
                return work(connection)
            except psycopg.Error as error:
                if not connection.closed or isinstance(error, NoAnswerError):
                    raise translate(error) from error
            finally:
                self._give_back(connection)
        raise StorageUnavailableError(LOST)

    def _take(self) -> PostgresConnection:
        if self._closed:
            raise StorageUnavailableError("the database was closed")
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> PostgresConnection:
        failed = self._failed
        if failed is not None and time.monotonic() < failed[0]:
            raise type(failed[1])(*failed[1].args)
        try:
            connection = connect(self._address, self._settings, "primary", self._address.answer_seconds)
        except StorageError as error:
            self._failed = time.monotonic() + PAUSE_SECONDS, error
            raise
        self._failed = None
        return connection

    def _give_back(self, connection: PostgresConnection) -> None:
        if not connection.closed:
            self._idle.append(connection)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close every idle connection; one that is lent closes when it comes back."""
        with self._closing:
            self._closed = True
            while self._idle:
                self._idle.pop().close()


def _cursor(
    connection: PostgresConnection, statement: str, parameters: Mapping[str, object]
) -> psycopg.Cursor[TupleRow]:
    return connection.cursor(binary=True).execute(statement, parameters, prepare=True)
