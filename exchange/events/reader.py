"""Reading events out of the log: decoded, and opened as far as whom they are about was not erased.

Rules:
1. A read is bounded in entries, and says how far it came: whoever lags goes on from there.
2. What cannot be opened any more is told without subject and details: nothing is skipped.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from onceonly.v1 import access_record_pb2 as pb

from exchange.audit import journal
from exchange.audit.entry import event_context, parse
from exchange.audit.errors import JournalError
from exchange.audit.journal import JournalEntry
from exchange.events.cursor import Place
from signer.errors import SignerError
from signer.strict_json import loads
from storage.errors import CorruptError, ErasedError
from storage.records.interface import Records
from storage.vault import Vault

_CONTENT_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it can be told: where it stands, and what it says (see ``Event``); ``department`` made the call."""

    place: Place
    type: str
    time_us: int
    department: str
    audience: frozenset[str]
    matter: str
    licence_type: str
    subject: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a part of the log held: its events in order, and the place that it ends at."""

    events: tuple[Told, ...]
    reached: Place
    at_end: bool


class EventReader:
    """Reads events from the journal of ``records``. Safe for threads."""

    def __init__(self, records: Records, vault: Vault) -> None:
        self._records = records
        self._vault = vault

    def end(self) -> Place:
        """The place after everything that has happened."""
        return Place.before(self._records.journal_length())

    def read(self, after: Place, entries: int) -> Stretch:
        """The events after a place, from at most ``entries`` log entries.

        Raises ``StorageError``, and ``JournalError`` for a journal that does not hang together.
        """
        length = self._records.journal_length()
        first = after.next_entry
        stop = min(length, first + entries)
        if first >= stop:
            return Stretch((), after, at_end=True)
        items = journal.read(self._records, first, stop)
        found = itertools.chain.from_iterable(self._events(item) for item in items)
        events = tuple(told for told in found if told.place > after)
        return Stretch(events, max(after, Place.before(stop)), stop == length)

    def _events(self, item: JournalEntry) -> list[Told]:
        try:
            entry = parse(item.entry)
        except JournalError:
            return []  # an entry that cannot be read tells nothing; the integrator and auditors meet it as well
        return [self._told(item.index, entry, number, event) for number, event in enumerate(entry.events)]

    def _told(self, index: int, entry: pb.AccessEntry, number: int, event: pb.LoggedEvent) -> Told:
        content = self._opened(event, event_context(entry.request_id, entry.time_us, number))
        details = content.get("details") if content else None
        return Told(
            place=Place(index, number),
            type=event.type,
            time_us=entry.time_us,
            department=entry.department,
            audience=frozenset(event.audience),
            matter=event.matter,
            licence_type=event.licence_type,
            subject=str(content.get("subject", "")) if content else "",
            details={str(name): str(value) for name, value in details.items()} if isinstance(details, dict) else {},
            erased=content is None,
        )

    def _opened(self, event: pb.LoggedEvent, context: bytes) -> Mapping[str, object] | None:
        """Subject and details; None if they are gone."""
        try:
            content = loads(
                self._vault.data_key(event.sealed_owner).open(event.sealed, context), max_bytes=_CONTENT_BYTES
            )
        except (ErasedError, CorruptError, SignerError):
            return None
        return content if isinstance(content, dict) else None
