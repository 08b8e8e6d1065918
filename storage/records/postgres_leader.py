"""Which machine does the work that only one may do: whoever holds an advisory lock of PostgreSQL.

Rules:
1. The lock belongs to a session and ends with it: a leader that dies, or whose connection is cut, leads no more.
2. A leader that stands still loses the lock too: it must ask ``leads`` within ``silence_seconds`` again and again.
3. A lock is no fence: between two looks the lead may be lost. What a leader writes must compare what it replaces, as
   the access index does.
"""

import hashlib
from typing import Final

import psycopg

from storage.errors import StorageUnavailableError
from storage.records.postgres_address import PostgresAddress
from storage.records.postgres_connection import PostgresConnection, connect, leading
from storage.records.postgres_errors import translate

SILENCE_SECONDS: Final = 30.0
_TRY: Final = "SELECT pg_try_advisory_lock(%(key)s)"
_HELD: Final = """
SELECT count(*) FROM pg_locks
 WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND objsubid = 1
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (classid::int8 << 32) | objid::int8 = %(key)s
"""


class Leader:
    """A candidate for the work called ``name``. One thread owns it."""

    def __init__(self, address: PostgresAddress, name: str, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._address = address
        self._settings = leading(address, silence_seconds)
        self._key = {"key": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
        self._connection: PostgresConnection | None = None
        self._closed = False

    def try_lead(self) -> bool:
        """Lead if nobody else does, without waiting; True too if this one leads already.

        Raises ``StorageUnavailableError`` if the database cannot be asked; then nobody leads from here.
        """
        if self._closed:
            raise StorageUnavailableError("the candidate was closed")
        if self.leads():
            return True
        if self._connection is None:
            self._connection = connect(self._address, self._settings, "read-write", self._address.answer_seconds)
        return self._ask(self._connection, _TRY)

    def leads(self) -> bool:
        """Whether the lock is still held: asked of the database, so a cut connection is noticed. Never raises."""
        if self._connection is None:
            return False
        try:
            return self._ask(self._connection, _HELD)
        except StorageUnavailableError:
            return False

    def close(self) -> None:
        """Lead no more, so that another can at once."""
        self._closed = True
        self._drop()

    def _ask(self, connection: PostgresConnection, statement: str) -> bool:
        try:
            row = connection.execute(statement, self._key).fetchone()
        except psycopg.Error as error:
            self._drop()
            failure = translate(error)
            if isinstance(failure, StorageUnavailableError):
                raise failure from error
            raise StorageUnavailableError("the database cannot say who leads: see its log") from error
        return bool(row and row[0])

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
