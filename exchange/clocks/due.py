"""What is due when: the hub's own list of things to do by itself.

Rules:
1. Whoever sets, moves or ends a deadline puts and takes away its due record in the same unit, so none is forgotten and
   none is left over.
2. Keys sort by time: what is due first is read first, and a look at the list costs the same however long it is.
3. A due record says what and when, never whose: the handler reads the subject anew and decides by what it finds then.
4. Nothing may depend on a due record being handled on time: who reads a deadline compares it with the clock itself.
"""

from dataclasses import dataclass
from enum import StrEnum

from storage.errors import CorruptError
from storage.records.changes import Delete, Insert
from storage.records.interface import Records

DUE = "due"
MAX_SUBJECT = 150
_TIME_DIGITS = 12


class DueKind(StrEnum):
    """What is to be done; each has one handler."""

    CASE_CLOCK = "case-clock"
    CASE_COMPLETION = "case-completion"
    DEFERRAL_LAPSE = "deferral-lapse"
    DEFERRAL_REMINDER = "deferral-reminder"
    DISPUTE_CLOCK = "dispute-clock"
    CASE_WINDOW = "case-window"
    GUIDE_WITHDRAWAL = "guide-withdrawal"
    INCIDENT_REVIEW = "incident-review"
    ISSUANCE = "issuance"
    PENALTY = "penalty"
    PRESENTATION_CODE = "presentation-code"
    RECTIFICATION = "rectification"


@dataclass(frozen=True, slots=True)
class Due:
    """``time``: seconds since 1970 (UTC) from which it is to be done; ``subject``: an id that the handler knows."""

    time: int
    kind: DueKind
    subject: str

    @property
    def key(self) -> str:
        """The record's key. Raises ``ValueError`` for a time before 1970 or a subject of over 150 characters."""
        if self.time < 0 or len(self.subject) > MAX_SUBJECT:
            raise ValueError(f"not to be kept: due at {self.time}, subject of {len(self.subject)} characters")
        return f"{self.time:0{_TIME_DIGITS}d}/{self.kind}/{self.subject}"


def put(due: Due) -> Insert:
    """The change that notes it."""
    return Insert(DUE, due.key, b"1")


def taken(due: Due) -> Delete:
    """The change that takes it away: done, or not wanted any more. Its unit fails if it is not there."""
    return Delete(DUE, due.key, 1)


def withdrawn(records: Records, due: Due) -> tuple[Delete, ...]:
    """The change that takes it away, or none if it is not there: for what was put before hubs kept such a list."""
    return (taken(due),) if records.get(DUE, due.key) is not None else ()


def noted(records: Records, due: Due) -> tuple[Insert, ...]:
    """The change that notes it, or none if it is noted: for what several reasons may lead to in the same second."""
    return (put(due),) if records.get(DUE, due.key) is None else ()


def due_now(records: Records, now: int, *, limit: int = 100) -> list[Due]:
    """What is due at ``now`` (seconds since 1970), earliest first, at most ``limit`` (1 to 1,000).

    Raises ``CorruptError`` for a key that ``put`` did not make.
    """
    found = [_read(record.key) for record in records.scan(DUE, limit=limit)]
    return [due for due in found if due.time <= now]


@dataclass(frozen=True, slots=True)
class DuePage:
    """A part of the list: ``strange`` are keys that this version cannot read, ``after`` is where to read on.

    ``after`` is empty where nothing more is due.
    """

    dues: tuple[Due, ...]
    strange: tuple[str, ...]
    after: str


def due_page(records: Records, now: int, *, after: str, limit: int = 100) -> DuePage:
    """What is due at ``now`` beyond the key ``after``, as ``due_now``, but what cannot be read blocks nothing."""
    dues: list[Due] = []
    strange: list[str] = []
    found = records.scan(DUE, after=after, limit=limit)
    for record in found:
        try:
            due = _read(record.key)
        except CorruptError:
            strange.append(record.key)
            continue
        if due.time > now:
            return DuePage(tuple(dues), tuple(strange), "")
        dues.append(due)
    return DuePage(tuple(dues), tuple(strange), found[-1].key if len(found) == limit else "")


def _read(key: str) -> Due:
    time, kind, subject = (*key.split("/", 2), "", "")[:3]
    try:
        due = Due(int(time), DueKind(kind), subject)
    except ValueError as error:
        raise CorruptError("a due record has a key that is none") from error
    if due.key != key:
        raise CorruptError("a due record has a key that is none")
    return due
