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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from storage.errors import CorruptError, StorageError, StorageUnavailableError
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import NoAnswerError, PostgresConnection, connect, writing
from storage.records.postgres_errors import translate
from storage.records.postgres_statements import BEGIN, COMMIT

Step = tuple[str, Mapping[str, object]]
"""One statement with its parameters."""
Rows = list[TupleRow]

_NOTHING: Final[Mapping[str, object]] = {}
_UNKNOWN: Final = (
    "the connection to the database was lost during the commit, so what became of it is unknown: send the same request "
    "again, under the same id"
)


class PostgresSession:
    """One transaction on a connection. It begins with the first question, and must end before the next begins."""

    def __init__(self, writer: "PostgresWriter") -> None:
        self._writer = writer
        self._connection: PostgresConnection | None = None
        self._broken = False

    def begin(self, lock: str, steps: Sequence[Step]) -> tuple[TupleRow, list[Rows]]:
        """Begin, take the lock that ``lock`` selects, then read; the locked row, and the rows of each step."""
        begun = [(BEGIN, _NOTHING), (lock, _NOTHING), *steps]
        self._connection = self._writer.connection()
        try:
            answers = _trip(self._connection, begun)
        except psycopg.Error as error:
            if not found_dead(self._connection, error):
                raise self._failed(error) from error
            self._connection = self._writer.connection()
            answers = self._answered(self._connection, begun)
        if not answers[1]:
            self._broken = True
            raise CorruptError("the database lost the row that writers lock: restore it from a backup")
        return answers[1][0], answers[2:]

    def ask(self, steps: Sequence[Step]) -> list[Rows]:
        """Run statements inside the transaction, in one round trip."""
        self.require_usable()
        return self._answered(self._begun(), steps)

    def commit(self, steps: Sequence[Step]) -> None:
        """Run statements and commit, in one round trip; nothing if the transaction never began.

        Raises ``StorageUnavailableError``, also where the outcome is unknown.
        """
        self.require_usable()
        if self._connection is None:
            return
        connection = self._connection
        told: list[str | None] = []

        def listen(notice: psycopg.errors.Diagnostic) -> None:
            told.append(notice.severity_nonlocalized)

        connection.add_notice_handler(listen)
        try:
            _trip(connection, [*steps, (COMMIT, _NOTHING)])
        except psycopg.Error as error:
            failure = self._failed(error)
            if connection.closed:
                raise StorageUnavailableError(_UNKNOWN) from error
            raise failure from error
        finally:
            connection.remove_notice_handler(listen)
        self._connection = None
        if "WARNING" in told:
            # It is how a server says that it stopped waiting for its standby: committed here, perhaps nowhere else.
            connection.close()
            raise StorageUnavailableError(_UNKNOWN)

    @property
    def connection(self) -> PostgresConnection:
        """The connection inside the transaction, for COPY."""
        self.require_usable()
        return self._begun()

    def fail(self, error: psycopg.Error) -> StorageError:
        """Note that the engine failed in this transaction, which can then only be rolled back."""
        return self._failed(error)

    def require_usable(self) -> None:
        """Raise ``StorageUnavailableError`` if the engine failed in this transaction, which then must not commit."""
        if self._broken:
            raise StorageUnavailableError("the transaction failed and is rolled back: begin another")

    def roll_back(self) -> None:
        """End the transaction if it is still open; a connection on which that fails is closed."""
        connection, self._connection = self._connection, None
        if connection is None or connection.closed:
            return
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()

    def _begun(self) -> PostgresConnection:
        if self._connection is None:
            raise StorageError("the transaction has not begun")
        return self._connection

    def _answered(self, connection: PostgresConnection, steps: Sequence[Step]) -> list[Rows]:
        try:
            return _trip(connection, steps)
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
        self._connection: PostgresConnection | None = None
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

    def connection(self) -> PostgresConnection:
        """A connection that was not seen to be lost. Only a session calls this."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._address, self._settings, "read-write", self._answer_seconds)
        return self._connection

    def execute(self, statement: str, parameters: Mapping[str, object]) -> int:
        """Run one statement in a transaction of its own, durably; returns how many rows it changed."""
        with self.hold():
            connection = self.connection()
            try:
                return connection.execute(statement, parameters).rowcount
            except psycopg.Error as error:
                if not found_dead(connection, error):
                    raise translate(error) from error
            try:
                return self.connection().execute(statement, parameters).rowcount
            except psycopg.Error as error:
                raise translate(error) from error

    def close(self) -> None:
        """Close, after a transaction in another thread has ended."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()


def found_dead(connection: PostgresConnection, error: psycopg.Error) -> bool:
    """Whether a connection broke at its first use since it was last idle, as after a restart of the server."""
    return connection.closed and not isinstance(error, NoAnswerError)


def _trip(connection: PostgresConnection, steps: Sequence[Step]) -> list[Rows]:
    """Send all statements at once and read all answers: one round trip. A failed one stops those after it."""
    cursors = []
    with connection.pipeline():
        for statement, parameters in steps:
            cursor = connection.cursor(binary=True)
            cursors.append(cursor)
            if parameters:
                cursor.execute(statement, parameters, prepare=True)
            else:
                cursor.execute(statement)
    last = cursors[-1]
    if steps[-1][0] == COMMIT and last.statusmessage != COMMIT:
        raise psycopg.errors.InFailedSqlTransaction("the database rolled back instead of committing")
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
