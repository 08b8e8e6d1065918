"""The decision: ``decide(facts)`` before any licence is read, ``decide_release(facts, licence)`` before one leaves.

Rules:
1. Pure: no I/O, no clock but the facts' time, no state. The same facts give the same answer.
2. Every guard is asked, and every failure is answered. A guard that raises has failed.
3. No exception leads to ``Allow``.
"""

from dataclasses import dataclass
from hashlib import sha256

from exchange.entities.catalogue import Basis, Purpose
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.fields import lawful_basis, released_fields
from exchange.purpose.guards import (
    EVERY_CALL,
    NEEDS_CASE,
    NO_LICENCE,
    NO_LINE,
    PHASE_ONE,
    PHASE_TWO,
    TELLS_OF_CASE,
    TELLS_OF_LINE,
    TELLS_OF_OBJECT,
    Guard,
    ReleaseGuard,
)
from exchange.reasons import Reason

POLICY = "onceonly-purpose/4"
"""Name and version of these rules; access records name it. Any change of a rule changes it."""


@dataclass(frozen=True, slots=True)
class Allow:
    """``fields``: what may be released, sorted. ``obligations``: what must happen with the release, sorted.

    Obligations: ``alert``, ``mark_purpose``, ``mask:<field>``, ``metadata_only``, ``notify_holder``, ``receipt``,
    ``review``, ``spend_consent:<consent id>``.
    """

    fields: tuple[str, ...]
    obligations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    """Every reason, in the order of the steps, each once. For the record; callers are told ``reasons_shown``."""

    reasons: tuple[Reason, ...]


Decision = Allow | Deny


def decide(facts: Facts) -> Decision:
    """Phase one. Never raises; facts that break a guard, or break this function, are denied.

    ``Allow`` here permits the hub to look for the licence, not yet to release it.
    """
    try:
        reasons = [reason for reason in answers(facts) if reason is not None]
        return Deny(_settled(reasons)) if reasons else _allow(facts)
    except Exception:  # noqa: BLE001 - whatever broke, and however, the answer must be no
        return Deny((Reason.INTERNAL,))


def decide_release(facts: Facts, licence: LicenceFacts) -> Decision:
    """Phase two: phase one again and, if that allows, the licence (step 14). Never raises."""
    decision = decide(facts)
    if isinstance(decision, Deny):
        return decision
    reasons = [reason for reason in release_answers(facts, licence) if reason is not None]
    return Deny(_settled(reasons)) if reasons else decision


def answers(facts: Facts) -> list[Reason | None]:
    """What each of ``guards_for(facts)`` answers, in their order."""
    found: list[Reason | None] = []
    for guard in guards_for(facts):
        try:
            found.append(guard.rule(facts))
        except Exception:  # noqa: BLE001 - a guard that cannot answer has failed
            found.append(guard.reason)
    return found


def release_answers(facts: Facts, licence: LicenceFacts) -> list[Reason | None]:
    """What each of ``release_guards_for(facts)`` answers, in their order."""
    found: list[Reason | None] = []
    for guard in release_guards_for(facts):
        try:
            found.append(guard.rule(facts, licence))
        except Exception:  # noqa: BLE001 - a guard that cannot answer has failed
            found.append(guard.reason)
    return found


def guards_for(facts: Facts) -> tuple[Guard, ...]:
    """The guards of phase one that these facts are asked."""
    return PHASE_ONE.get(facts.purpose, EVERY_CALL) if facts.purpose else EVERY_CALL


def release_guards_for(facts: Facts) -> tuple[ReleaseGuard, ...]:
    """The guards of phase two that these facts are asked."""
    return PHASE_TWO.get(facts.purpose, NO_LICENCE) if facts.purpose else NO_LICENCE


def reasons_shown(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """What the caller sees: the evidence object of another department looks like one that is not there, and of a line
    that no guide has it is told that nobody asks for it, and not what else such a line lacks."""
    if Reason.EVIDENCE_OBJECT_UNKNOWN in reasons:
        return tuple(reason for reason in reasons if reason not in TELLS_OF_OBJECT)
    if Reason.CASE_NOT_YOURS in reasons or Reason.CASE_UNKNOWN in reasons:
        return (*(reason for reason in reasons if reason not in TELLS_OF_CASE), Reason.CASE_UNKNOWN)
    if NO_LINE.issubset(reasons):
        return tuple(reason for reason in reasons if reason not in TELLS_OF_LINE)
    return reasons


def policy_digest() -> bytes:
    """SHA-256, 32 bytes, over the policy's name and the names of all guards in their order, one to a line."""
    lines = [POLICY]
    for purpose in Purpose:
        lines.append(f"{purpose}:")
        lines += [guard.rule.__name__ for guard in PHASE_ONE.get(purpose, EVERY_CALL)]
        lines += [guard.rule.__name__ for guard in PHASE_TWO.get(purpose, NO_LICENCE)]
    return sha256("\n".join(lines).encode()).digest()


def _settled(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Each reason once; of a case that does not exist, only what can be told without it."""
    if Reason.CASE_UNKNOWN in reasons:
        reasons = [reason for reason in reasons if reason not in NEEDS_CASE]
    return tuple(dict.fromkeys(reasons))


def _allow(facts: Facts) -> Decision:
    if facts.purpose is Purpose.OVERSIGHT:
        return Allow((), ("metadata_only",))
    fields = tuple(sorted(released_fields(facts)))
    if not fields:  # each of guide, agreement and consent leaves some, but not all three together
        return Deny((Reason.FIELD_NOT_ALLOWED,))
    if facts.purpose is Purpose.SELF:
        return Allow(fields, ("mark_purpose", "receipt"))
    masked = facts.licence_type.masked or ()
    obligations = [f"mask:{field}" for field in fields if field in masked]
    obligations = ["mark_purpose", *obligations, "notify_holder", "receipt"]
    if facts.purpose is Purpose.EMERGENCY:
        return Allow(fields, ("alert", *obligations, "review"))
    if facts.purpose is not Purpose.SERVICE:
        return Allow(fields, tuple(obligations))
    if lawful_basis(facts) is Basis.CONSENT:
        obligations.append(f"spend_consent:{facts.consent.id}")
    return Allow(fields, tuple(obligations))
