"""A restriction on a holder: purposes that may not be served from their licences, looks that are shown to them later.

Rule: what a restriction conceals is shown at ``conceal_until`` at the latest, which is never after ``until_time``.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder

CONCEALED: Final = frozenset({Purpose.SUPERVISION, Purpose.ASSISTANCE})
"""The purposes of an inspection or an investigation: what a concealing restriction keeps from its holder for a time."""


class RestrictionState(StrEnum):
    """How far a restriction is. It binds while it is IN_FORCE, and only then."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    LIFTED = "lifted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Restriction:
    """``forbids``: purposes, sorted, each once. ``conceal_until`` 0: it conceals nothing.

    ``proposed_by``, ``approved_by`` and ``lifted_by`` are ``uscc/operator id``; empty: nobody yet. Times: seconds since
    1970 (UTC), 0: not yet. ``until_time``: the first second in which it does not bind any more.
    """

    id: str
    department: str
    holder: Holder = field(repr=False)
    forbids: tuple[Purpose, ...]
    legal_reference: str
    reason: str = field(repr=False)
    proposed_by: str
    proposed_time: int
    until_time: int
    conceal_until: int = 0
    approved_by: str = ""
    approved_time: int = 0
    lifted_by: str = ""
    lifted_time: int = 0

    def state(self, now: int) -> RestrictionState:
        """How far it is at ``now``; lifted stays lifted when its time is over."""
        if self.lifted_time:
            return RestrictionState.LIFTED
        if now >= self.until_time:
            return RestrictionState.EXPIRED
        return RestrictionState.IN_FORCE if self.approved_time else RestrictionState.PROPOSED

    def is_shown_to_holder(self, now: int) -> bool:
        """Whether its holder may know of it at ``now``: it came into force once, and conceals nothing any more."""
        return bool(self.approved_time) and (bool(self.lifted_time) or now >= self.conceal_until)

    @property
    def effect(self) -> "Effect":
        """What decisions are told of it."""
        return Effect(self.id, self.forbids, self.approved_time, self.until_time, self.conceal_until)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a restriction that was not lifted does: ``from_time`` 0: it is not in force yet. Members as above."""

    id: str
    forbids: tuple[Purpose, ...]
    from_time: int
    until_time: int
    conceal_until: int

    def binds(self, now: int) -> bool:
        """Whether it is in force at ``now``."""
        return 0 < self.from_time <= now < self.until_time

    def conceals(self, now: int) -> bool:
        """Whether it still keeps something from its holder at ``now``; a proposal keeps itself."""
        return now < self.conceal_until


@dataclass(frozen=True, slots=True)
class HolderRestrictions:
    """Everything that restrictions which were neither lifted nor over, when it was written, do to one holder.

    ``effects`` has no default: a record without it is no record of nobody's restrictions, and does not decode.
    """

    effects: tuple[Effect, ...]
