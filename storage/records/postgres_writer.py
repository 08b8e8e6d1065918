"""The writing connection to PostgreSQL: who may use it when, how a transaction begins and ends.

Rules:
1. A transaction takes its lock as the first thing that it does on the server, together with what it first reads: one
   round trip. What it changes travels with the COMMIT: one more. In between it stands open, for moments.
2. A connection found dead before anything was read is opened again; later a loss fails the transaction.
3. What became of a COMMIT whose answer did not come is unknown: callers repeat their request under the same id.
4. A transaction cannot outlive its connection: once the server has ended a session, nothing sent on it counts. That is
   all the fencing that a recorder needs which was held up and comes back late.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from storage.errors import CorruptError, StorageError, StorageUnavailableError
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import connect, writing
from storage.records.postgres_errors import translate
from storage.records.postgres_statements import BEGIN, COMMIT
from storage.records.postgres_trips import NOTHING, RoundTrips, Rows, Step

_UNKNOWN: Final = (
    "the connection to the database was lost during the commit, so what became of it is unknown: send the same request "
    "again, under the same id"
)


class PostgresSession:
    """One transaction on a connection. It begins with the first question."""

    def __init__(self, writer: "PostgresWriter") -> None:
        self._writer = writer
        self._trips: RoundTrips | None = None
        self._broken = False

    def begin(self, lock: str, steps: Sequence[Step]) -> tuple[TupleRow, list[Rows]]:
        """Begin, take the row that ``lock`` selects, then read; the locked row, and the rows of each step."""
        begun = [(BEGIN, NOTHING), (lock, NOTHING), *steps]
        self._trips = self._writer.connected()
        try:
            answers = self._trips.run(begun)
        except psycopg.Error as error:
            if not self._trips.found_dead(error):
                raise self._failed(error) from error
            self._trips = self._writer.connected()
            answers = self._run(self._trips, begun)
        if not answers[1]:
            self._broken = True
            raise CorruptError("the database lost the row that writers lock: restore it from a backup")
        return answers[1][0], answers[2:]

    def ask(self, steps: Sequence[Step]) -> list[Rows]:
        """Run statements inside the transaction, in one round trip."""
        self.require_usable()
        if self._trips is None:
            raise StorageError("the transaction has not begun")
        return self._run(self._trips, steps)

    def commit(self, steps: Sequence[Step]) -> None:
        """Run statements and commit, in one round trip; nothing if the transaction never began.

        Raises ``StorageUnavailableError``, also where the outcome is unknown.
        """
        self.require_usable()
        trips = self._trips
        if trips is None:
            return
        try:
            trips.run([*steps, (COMMIT, NOTHING)])
        except psycopg.Error as error:
            failure = self._failed(error)
            if trips.lost:
                raise StorageUnavailableError(_UNKNOWN) from error
            raise failure from error
        self._trips = None
        if trips.warned:
            # It is how a server says that it stopped waiting for its standby: committed there, perhaps nowhere else.
            trips.close()
            raise StorageUnavailableError(_UNKNOWN)

    def require_usable(self) -> None:
        """Raise ``StorageUnavailableError`` if the engine failed in this transaction, which then must not commit."""
        if self._broken:
            raise StorageUnavailableError("the transaction failed and is rolled back: begin another")

    def roll_back(self) -> None:
        """End the transaction if it is still open, and its connection with it."""
        if self._trips is not None:
            self._trips.close()
            self._trips = None

    def _run(self, trips: RoundTrips, steps: Sequence[Step]) -> list[Rows]:
        try:
            return trips.run(steps)
        except psycopg.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: psycopg.Error) -> StorageError:
        self._broken = True
        return translate(error)


class PostgresWriter:
    """A writing connection that one thread holds at a time; it is opened when first needed, and again when lost."""

    def __init__(self, address: PostgresAddress, *, lock_seconds: float) -> None:
        self._address = address
        self._settings = writing(address, lock_seconds)
        self._answer_seconds = address.answer_seconds + lock_seconds
        self._lock = threading.Lock()
        self._lock_seconds = lock_seconds
        self._holder: int | None = None
        self._trips: RoundTrips | None = None
        self._closed = False

    @contextmanager
    def hold(self) -> Iterator[PostgresSession]:
        """One transaction, to be committed by its user; it is rolled back if it was not.

        Raises ``StorageUnavailableError`` if another thread holds the connection for too long.
        """
        if self._holder == threading.get_ident():
            raise StorageError("this thread is already writing: transactions do not nest")
        if not self._lock.acquire(timeout=self._lock_seconds):
            raise StorageUnavailableError("another thread holds the write transaction: try again")
        self._holder = threading.get_ident()
        session = PostgresSession(self)
        try:
            if self._closed:
                raise StorageUnavailableError("the database was closed")
            yield session
        finally:
            session.roll_back()
            self._holder = None
            self._lock.release()

    def connected(self) -> RoundTrips:
        """A connection that was not seen to be lost; only who holds the writer calls this."""
        if self._trips is None or self._trips.closed:
            self._trips = RoundTrips(connect(self._address, self._settings, "read-write", self._answer_seconds))
        return self._trips

    def run(self, step: Step) -> Rows:
        """Run one statement in a transaction of its own, durably."""
        with self.hold():
            trips = self.connected()
            try:
                return trips.run([step])[0]
            except psycopg.Error as error:
                if not trips.found_dead(error):
                    raise translate(error) from error
            try:
                return self.connected().run([step])[0]
            except psycopg.Error as error:
                raise translate(error) from error

    def close(self) -> None:
        """Close, after a transaction in another thread has ended."""
        with self._lock:
            self._closed = True
            if self._trips is not None:
                self._trips.close()
