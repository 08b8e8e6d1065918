"""The clock of a case: until when it is to be decided, and what stands in between."""

from dataclasses import dataclass
from enum import StrEnum


class ClockState(StrEnum):
    """RUNNING ⇄ STOPPED (a special procedure is under way) → ENDED (the case is closed)."""

    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


class Notice(StrEnum):
    """What is told when its time comes."""

    NEAR = "near"
    OVERDUE = "overdue"
    OVERDUE_STATUTORY = "overdue_statutory"
    OVERDUE_PROCEDURE = "overdue_procedure"


@dataclass(frozen=True, slots=True)
class Mark:
    """A notice that is to be given at ``time``, in seconds since 1970."""

    time: int
    notice: Notice


@dataclass(frozen=True, slots=True)
class Stop:
    """A special procedure: since when, how long it may take, and until when it did (0: it is under way).

    ``counts``: its days count into the case's limits, so that the deadlines stay as they are.
    """

    procedure: str
    since_time: int
    limit_time: int
    until_time: int
    counts: bool


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Times are seconds since 1970 (UTC), 0: none; a deadline is missed from its time on.

    ``provisional``: the calendar of a year that it rests on is not final. ``marks``: what is still to be told, earliest
    first. ``told``: what was told of being late. ``due_time``: that of its due record.
    """

    case: str
    started_time: int
    promised_time: int
    statutory_time: int
    provisional: bool
    marks: tuple[Mark, ...]
    stops: tuple[Stop, ...]
    told: frozenset[Notice]
    due_time: int
    ended_time: int

    @property
    def stop(self) -> Stop | None:
        """The special procedure that is under way."""
        return self.stops[-1] if self.stops and not self.stops[-1].until_time else None

    @property
    def state(self) -> ClockState:
        """What the clock does."""
        if self.ended_time:
            return ClockState.ENDED
        return ClockState.RUNNING if self.stop is None else ClockState.STOPPED
