"""The indexer: turns the journal's entries into terms that auditors' questions find. Rebuildable, never the truth."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from exchange.audit import journal
from exchange.audit.entry import OUTCOME_NAMES, parse
from exchange.audit.errors import AuditError, JournalError
from exchange.audit.journal import JournalEntry
from storage.errors import StorageError
from storage.records.interface import AccessIndex, Records

DIMENSIONS = (
    "department",
    "operator",
    "holder",
    "licence",
    "case",
    "matter",
    "purpose",
    "outcome",
    "reason",
    "method",
    "region",
    "licence_type",
)
"""Names of terms, as filters and summaries use them; operator, holder, licence and case hold tags."""

TAGS = frozenset({"operator", "holder", "licence", "case"})
UNREADABLE = ("outcome", b"unreadable")
"""The one term of an entry whose bytes do not parse: it stays findable, and does not stop the index."""

_MAX_VALUE = 200
_STEP = 1_000

Term = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """``through``: log positions indexed; ``added`` by this run; ``unreadable`` among those."""

    through: int
    added: int
    unreadable: int


def terms(entry: bytes) -> tuple[int, list[Term]]:
    """The decision's time in microseconds and the terms of an entry. Raises ``JournalError`` for broken bytes."""
    message = parse(entry)
    found: set[tuple[str, bytes | str]] = {
        ("department", message.department),
        ("operator", message.operator_tag),
        ("case", message.case_tag),
        ("matter", message.matter),
        ("purpose", message.purpose),
        ("outcome", OUTCOME_NAMES.get(message.outcome, "unspecified")),
        ("method", message.method),
        ("region", message.region),
    }
    found.update(("reason", reason) for reason in message.reasons)
    for item in message.items:
        found.add(("case", item.case_tag))
        found.add(("matter", item.matter))
        found.add(("holder", item.holder_tag))
        found.add(("licence", item.licence_tag))
        found.add(("licence_type", item.licence_type))
        found.update(("reason", reason) for reason in item.reasons)
    encoded = {(name, value.encode() if isinstance(value, str) else value) for name, value in found}
    return max(0, message.time_us), sorted((name, value[:_MAX_VALUE]) for name, value in encoded if value)


class Indexer:
    """Keeps ``index`` up with the journal of ``records``; one thread owns it."""

    def __init__(self, records: Records, index: AccessIndex) -> None:
        self._records = records
        self._index = index

    def run_once(self) -> IndexProgress:
        """Index everything that the journal holds beyond the index.

        Raises ``StorageError`` or ``JournalError``; what was indexed before stays.
        """
        start = self._index.indexed_through()
        length = self._records.journal_length()
        unreadable = 0
        pending: list[tuple[int, list[Term]]] = []
        at = start
        for item in journal.read(self._records, start, length):
            moment, broken = _moment(item)
            unreadable += broken
            pending.append(moment)
            if len(pending) == _STEP:
                self._index.add(at, pending)
                at += len(pending)
                pending = []
        if pending:
            self._index.add(at, pending)
            at += len(pending)
        return IndexProgress(at, at - start, unreadable)

    def rebuild(self) -> IndexProgress:
        """Drop the index and make it again from the whole journal. Raises as ``run_once``."""
        self._index.clear()
        return self.run_once()

    def run(
        self,
        stop: threading.Event,
        interval: float,
        report: Callable[[IndexProgress | AuditError | StorageError], None],
    ) -> None:
        """Run every ``interval`` seconds until ``stop``; every outcome is reported."""
        while not stop.is_set():
            try:
                report(self.run_once())
            except (AuditError, StorageError) as error:
                report(error)
            stop.wait(interval)


def _moment(item: JournalEntry) -> tuple[tuple[int, list[Term]], bool]:
    try:
        return terms(item.entry), False
    except JournalError:
        return (item.time_us, [UNREADABLE]), True
