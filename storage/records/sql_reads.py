"""The reads of the records interface, alike on every SQL database: bounds first, then one statement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from storage.errors import CorruptError, LimitExceededError
from storage.records.interface import Batch, Record, Remembered
from storage.records.limits import (
    DIGEST,
    MAX_KEY,
    MAX_KIND,
    MAX_PAGE,
    check_name,
    check_number,
    check_page,
    check_term,
    check_text,
)
from storage.records.statements import RecordStatements


class Readers(Protocol):
    """Runs one statement in a read transaction of its own."""

    def rows(self, sql: str, parameters: Mapping[str, Any], /) -> list[Any]:
        """All rows."""
        ...

    def row(self, sql: str, parameters: Mapping[str, Any], /) -> Any:
        """The first row, or None."""
        ...


class SqlReads:
    """The reading half of ``Records``; raises what ``readers`` raise."""

    def __init__(self, readers: Readers, statements: RecordStatements) -> None:
        self._read = readers
        self._sql = statements

    def get(self, kind: str, key: str) -> Record | None:
        """See ``Records.get``."""
        check_name(kind, key)
        row = self._read.row(self._sql.get, {"kind": kind, "key": key})
        return Record(kind, key, row[0], row[1]) if row else None

    def scan(self, kind: str, *, after: str = "", limit: int = 100) -> list[Record]:
        """See ``Records.scan``."""
        check_text("kind", kind, MAX_KIND)
        check_page(after, limit)
        rows = self._read.rows(self._sql.scan, {"kind": kind, "after": after, "limit": limit})
        return [Record(kind, key, version, body) for key, version, body in rows]

    def find(self, kind: str, index: str, value: bytes, *, after: str = "", limit: int = 100) -> list[Record]:
        """See ``Records.find``."""
        check_text("kind", kind, MAX_KIND)
        check_term(index, value)
        check_page(after, limit)
        rows = self._read.rows(
            self._sql.find, {"kind": kind, "name": index, "value": value, "after": after, "limit": limit}
        )
        return [Record(kind, key, version, body) for key, version, body in rows]

    def counter(self, name: str) -> int:
        """See ``Records.counter``."""
        check_text("counter", name, MAX_KEY)
        row = self._read.row(self._sql.counter, {"name": name})
        return int(row[0]) if row else 0

    def remembered(self, request: bytes) -> Remembered | None:
        """See ``Records.remembered``."""
        if len(request) != DIGEST:
            raise LimitExceededError(f"request: {DIGEST} bytes")
        row = self._read.row(self._sql.remembered, {"request": request})
        return Remembered(*row) if row else None

    def journal_length(self) -> int:
        """See ``Records.journal_length``."""
        row = self._read.row(self._sql.length, {})
        if row is None:
            raise CorruptError("the journal's state row is missing: restore the database from a backup")
        return int(row[0])

    def journal(self, first: int = 0) -> Iterator[Batch]:
        """See ``Records.journal``; raises ``CorruptError`` where batches are not contiguous."""
        check_number("first", first)
        return self._batches(first, self.journal_length())

    def _batches(self, position: int, end: int) -> Iterator[Batch]:
        while position < end:
            row = self._read.row(self._sql.batch, {"position": position})
            if row is None or row[0] + row[1] <= position:
                raise CorruptError(f"the journal lacks the batch of position {position}: restore it from a backup")
            batch = Batch(*row)
            yield batch
            position = batch.first + batch.count


def check_keys(kind: str, keys: Sequence[str]) -> None:
    """Bound the names of one ``get_many``."""
    if len(keys) > MAX_PAGE:
        raise LimitExceededError(f"keys: {len(keys)}; at most {MAX_PAGE} are allowed")
    for key in keys:
        check_name(kind, key)
