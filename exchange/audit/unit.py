"""A unit: what the recorder commits in one piece: an access record, the changes it records and the limits it uses.

Rules:
1. All of a unit or none of it is kept. A unit that fails leaves no entry: whoever sent it records the refusal as a unit
   of its own, or reads again and retries, before anything is answered.
2. Limits are counted in the fast store when the unit commits; durable conditions (uses of a consent, of a requirement)
   are changes, not limits.
3. ``entry`` is never parsed or re-encoded between here and the journal.
4. A note is what the hub keeps for itself without an entry: when it tries again what nobody asked about meanwhile. Its
   kinds of records are listed here, and nothing that is told, shown or decided about anybody is among them.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from exchange.reasons import Reason
from storage.errors import Cause
from storage.records.changes import Change, Delete, Insert, Replace

WEBHOOK_DELAY: Final = "webhook_delay"
NOTED_KINDS: Final = frozenset({WEBHOOK_DELAY})
"""Kinds of records that change by notes (rule 4)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``limit`` (plus 6/5 of the count under ``per``) within ``ttl`` seconds of the first.

    With a ``member``, distinct members are counted, else calls. Beyond it the unit fails with ``reason``.
    """

    key: str
    ttl: int
    limit: int
    reason: Reason
    member: bytes = b""
    per: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Count something that happened.

    Reaching ``threshold`` (0: never) within ``ttl`` sets ``bar`` for ``bar_ttl`` seconds.
    """

    key: str
    ttl: int
    threshold: int = 0
    bar: str = ""
    bar_ttl: int = 0
    member: bytes = b""


@dataclass(frozen=True, slots=True)
class Bar:
    """The unit fails with ``reason`` while ``key`` is set."""

    key: str
    reason: Reason


Charge = Limit | Tally | Bar


@dataclass(frozen=True, slots=True)
class Unit:
    """``entry``: serialised AccessEntry, at most 256 KiB; ``salt``: 32 random bytes of its commitment."""

    entry: bytes
    salt: bytes
    changes: tuple[Change, ...] = ()
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Changes without an entry, all or none; raises ``ValueError`` for one of a kind that is not of ``NOTED_KINDS``."""

    changes: tuple[Insert | Replace | Delete, ...]
    entry: ClassVar[bytes] = b""
    charges: ClassVar[tuple[Charge, ...]] = ()

    def __post_init__(self) -> None:
        if any(change.kind not in NOTED_KINDS for change in self.changes):
            raise ValueError("what a note changes is not of a kind that changes without an entry")


@dataclass(frozen=True, slots=True)
class Committed:
    """The unit is durable at this log position."""

    index: int


@dataclass(frozen=True, slots=True)
class ConditionFailed:
    """A change's condition did not hold; nothing was kept. ``position`` is the change's place in the unit."""

    cause: Cause
    position: int
    same: bool


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit or bar refused the unit; nothing was kept. ``retry_seconds`` is a hint, at least 1."""

    reason: Reason
    retry_seconds: int


Answer = Committed | ConditionFailed | LimitReached


class Notebook(Protocol):
    """Where notes are kept: the recorder, as whoever notes something knows it."""

    def note(self, note: Note, timeout: float) -> bool:
        """Keep a note durably; False: a condition of it did not hold, and nothing was kept.

        ``timeout`` in seconds. Raises as ``Recorder.commit``.
        """
        ...


class Recorder(Protocol):
    """What the rest of the hub knows of the recorder."""

    def commit(self, unit: Unit, timeout: float) -> Answer:
        """Commit durably and answer; ``timeout`` in seconds.

        Raises ``UnavailableError(AUDIT_UNAVAILABLE)`` if the recorder is away or late (what became of the unit is then
        unknown), ``RefusedError(OVERLOADED)`` if its queue is full, ``UnavailableError(CLOCK_UNTRUSTED)`` if the clock
        stepped back.
        """
        ...

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        """Counts of limits' keys and bars (1 if set) in the fast store, in the order asked; at most 64 keys."""
        ...

    def healthy(self) -> bool:
        """Whether the recorder answered lately."""
        ...
