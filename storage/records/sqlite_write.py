"""The write transaction on SQLite: units as savepoints, changes as conditional statements.

Rules:
1. A savepoint is begun only when a unit makes its first real change; a unit of expectations costs no statement.
2. What the version cache says of a record is dropped when the unit that changed it is undone.
3. After an error of the engine itself the transaction can only be rolled back, whatever the caller does next.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from storage.errors import Cause, ConditionFailedError, LimitExceededError, StorageError, StorageUnavailableError
from storage.records.changes import Change, Delete, Expect, IndexEntry, Insert, Remember, Replace, Spend
from storage.records.interface import Batch, LogEnd
from storage.records.limits import (
    MAX_INTEGER,
    check_batch,
    check_body,
    check_name,
    check_number,
    check_remember,
    check_spend,
)
from storage.records.sqlite_connection import translate
from storage.records.statements import RecordStatements
from storage.records.version_cache import Name, VersionCache


class SqliteUnit:
    """The context manager of one unit; a transaction uses one for all its units, since they do not nest."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: "SqliteTransaction") -> None:
        self._transaction = transaction

    def __enter__(self) -> None:
        self._transaction.begin_unit()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transaction.end_unit(failed=error is not None)


class SqliteTransaction:
    """A ``WriteTransaction`` on a connection that has begun one."""

    def __init__(self, connection: sqlite3.Connection, statements: RecordStatements, versions: VersionCache) -> None:
        self._cursor = connection.cursor()
        self._sql = statements
        self._versions = versions
        self._unit = SqliteUnit(self)
        self._in_unit = False
        self._in_savepoint = False
        self._changed: list[Name] = []
        self._failure: StorageError | None = None
        self._broken = False
        self._apply_one: dict[type[Change], Any] = {
            Insert: self._insert,
            Replace: self._replace,
            Delete: self._delete,
            Expect: self._expect,
            Spend: self._spend,
            Remember: self._remember,
        }

    def unit(self) -> SqliteUnit:
        """See ``WriteTransaction.unit``."""
        return self._unit

    def preload(self, changes: Iterable[Change]) -> None:
        """See ``WriteTransaction.preload``; nothing to do, since each look-up is a step away."""

    def apply(self, changes: Sequence[Change]) -> None:
        """See ``WriteTransaction.apply``."""
        if not self._in_unit:
            with self._unit:
                self.apply(changes)
            return
        apply_one = self._apply_one
        try:
            for position, change in enumerate(changes):
                apply_one[type(change)](change, position)
        except StorageError as error:
            self._failure = error
            raise
        except sqlite3.Error as error:
            raise self._break(error) from error

    def log_end(self) -> LogEnd:
        """See ``WriteTransaction.log_end``."""
        self.require_usable()
        try:
            row = self._cursor.execute(self._sql.batch, {"position": MAX_INTEGER}).fetchone()
        except sqlite3.Error as error:
            raise self._break(error) from error
        return LogEnd(Batch(*row).time_us if row else 0, None)

    def append(self, count: int, time_us: int, body: bytes) -> int:
        """See ``WriteTransaction.append``."""
        check_batch(count, time_us, body)
        self.require_usable()
        try:
            if self._in_unit:
                self._savepoint()
            cursor = self._cursor
            (first,) = cursor.execute(self._sql.length, {}).fetchone()
            if first > MAX_INTEGER - count:
                raise LimitExceededError("the journal is full: no position is left")
            cursor.execute(self._sql.advance, {"count": count})
            cursor.execute(self._sql.append, {"first": first, "count": count, "time_us": time_us, "body": body})
        except sqlite3.Error as error:
            raise self._break(error) from error
        assert isinstance(first, int)
        return first

    def begin_unit(self) -> None:
        """Enter a unit; only ``SqliteUnit`` calls this."""
        self.require_usable()
        if self._in_unit:
            raise StorageError("units do not nest: leave the first one before the next")
        self._in_unit = True
        self._failure = None

    def end_unit(self, *, failed: bool) -> None:
        """Leave a unit, keeping or undoing it; only ``SqliteUnit`` calls this.

        A failure that the caller caught inside the unit is raised again: half a unit must not be kept in silence.
        """
        self._in_unit = False
        failure = self._failure
        try:
            if self._in_savepoint and not self._broken:
                if failed or failure is not None:
                    self._cursor.execute("ROLLBACK TO unit")
                self._cursor.execute("RELEASE unit")
        except sqlite3.Error as error:
            raise self._break(error) from error
        finally:
            self._in_savepoint = False
            if failed or failure is not None:
                for name in self._changed:
                    self._versions.forget(name)
            self._changed.clear()
        if failure is not None and not failed:
            raise failure

    def require_usable(self) -> None:
        """Raise ``StorageUnavailableError`` if the engine failed in this transaction, which then must not commit."""
        if self._broken:
            raise StorageUnavailableError("the transaction failed and is rolled back: begin another")

    def _break(self, error: sqlite3.Error) -> StorageError:
        self._broken = True
        self._failure = translate(error)
        return self._failure

    def _savepoint(self) -> None:
        if not self._in_savepoint:
            self.require_usable()
            self._cursor.execute("SAVEPOINT unit")
            self._in_savepoint = True

    def _version(self, kind: str, key: str) -> int:
        name = (kind, key)
        version = self._versions.get(name)
        if version is None:
            check_name(kind, key)
            self.require_usable()
            row = self._cursor.execute(self._sql.version, {"kind": kind, "key": key}).fetchone()
            version = row[0] if row else 0
            assert isinstance(version, int)
            self._versions.put(name, version)
        return version

    def _expect(self, change: Expect, position: int) -> None:
        if self._version(change.kind, change.key) != change.version:
            raise ConditionFailedError(Cause.VERSION, position, f"expect {change.kind}")

    def _insert(self, change: Insert, position: int) -> None:
        kind, key = change.kind, change.key
        check_name(kind, key)
        check_body(change.body, change.indexes)
        self._savepoint()
        row = {"kind": kind, "key": key, "version": 1, "body": change.body}
        if self._cursor.execute(self._sql.insert, row).rowcount != 1:
            raise ConditionFailedError(Cause.EXISTS, position, f"insert {kind}")
        self._note(kind, key, 1)
        for entry in dict.fromkeys(change.indexes):
            self._entry(self._sql.add_entry, kind, key, entry)

    def _replace(self, change: Replace, position: int) -> None:
        kind, key = change.kind, change.key
        check_name(kind, key)
        check_number("version", change.version)
        check_body(change.body, change.indexes)
        self._savepoint()
        row = {
            "at_kind": kind,
            "at_key": key,
            "at_version": change.version,
            "new_version": change.version + 1,
            "new_body": change.body,
        }
        if self._cursor.execute(self._sql.replace, row).rowcount != 1:
            raise self._stale(change, position)
        self._note(kind, key, change.version + 1)
        self._set_entries(kind, key, set(change.indexes))

    def _delete(self, change: Delete, position: int) -> None:
        kind, key = change.kind, change.key
        check_name(kind, key)
        check_number("version", change.version)
        self._savepoint()
        row = {"kind": kind, "key": key, "version": change.version}
        if self._cursor.execute(self._sql.delete, row).rowcount != 1:
            raise self._stale(change, position)
        self._note(kind, key, 0)
        self._set_entries(kind, key, set())

    def _spend(self, change: Spend, position: int) -> None:
        check_spend(change)
        self._savepoint()
        ceiling = change.limit - change.amount
        row = {"name": change.counter, "value": change.amount, "ceiling": ceiling}
        if ceiling < 0 or self._cursor.execute(self._sql.spend, row).rowcount != 1:
            raise ConditionFailedError(Cause.SPENT, position, "spend")

    def _remember(self, change: Remember, position: int) -> None:
        check_remember(change)
        self._savepoint()
        row = {
            "request": change.request,
            "body_digest": change.body_digest,
            "answer": change.answer,
            "time_us": change.time_us,
        }
        if self._cursor.execute(self._sql.remember, row).rowcount != 1:
            (digest, _, _) = self._cursor.execute(self._sql.remembered, {"request": change.request}).fetchone()
            same = digest == change.body_digest
            raise ConditionFailedError(Cause.REMEMBERED, position, "remember", same=same)

    def _stale(self, change: Replace | Delete, position: int) -> ConditionFailedError:
        self._versions.forget((change.kind, change.key))
        cause = Cause.VERSION if self._version(change.kind, change.key) else Cause.MISSING
        return ConditionFailedError(cause, position, f"{type(change).__name__.lower()} {change.kind}")

    def _note(self, kind: str, key: str, version: int) -> None:
        name = (kind, key)
        self._changed.append(name)
        self._versions.put(name, version)

    def _set_entries(self, kind: str, key: str, wanted: set[IndexEntry]) -> None:
        present = set(self._cursor.execute(self._sql.entries, {"kind": kind, "key": key}).fetchall())
        for entry in present - wanted:
            self._entry(self._sql.drop_entry, kind, key, entry)
        for entry in wanted - present:
            self._entry(self._sql.add_entry, kind, key, entry)

    def _entry(self, sql: str, kind: str, key: str, entry: IndexEntry) -> None:
        self._cursor.execute(sql, {"kind": kind, "name": entry[0], "value": entry[1], "key": key})
