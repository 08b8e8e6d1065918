"""Which fields a call may have: the guide's line, cut by agreement and consent, cut by what was asked for.

Rules:
1. Allowed = pinned line ∩ line in force (except in the transition period) ∩ agreement ∩ consent; outside a case, the
   profile of the task, letter, dispute or incident.
2. A request narrows; it never widens. A missing fact allows nothing.
"""

from exchange.entities.catalogue import Basis, Purpose, Sharing
from exchange.purpose.facts import Facts, LineFacts

_NONE: frozenset[str] = frozenset()


def in_window(time: int | None, start: int | None, end: int | None) -> bool:
    """Whether ``start <= time < end``; false if any of them is missing."""
    return time is not None and start is not None and end is not None and start <= time < end


def in_transition(facts: Facts) -> bool:
    """Whether the pinned revision may still be used by itself."""
    return in_window(facts.time, 0, facts.guide.transition_end_time)


def binding_lines(facts: Facts) -> tuple[LineFacts, ...]:
    """The statements of the line that must all allow the call: the pinned one and, after a transition, the current."""
    if facts.current is facts.pinned or in_transition(facts):
        return (facts.pinned,)
    return (facts.pinned, facts.current)


def guide_fields(facts: Facts) -> frozenset[str]:
    """The fields that every binding statement of the line asks for."""
    fields = facts.pinned.fields or _NONE
    for line in binding_lines(facts):
        fields &= line.fields or _NONE
    return fields


def lawful_basis(facts: Facts) -> Basis | None:
    """Statutory duty if every binding statement names it, else consent if every one does, else none."""
    bases = facts.pinned.bases or frozenset()
    for line in binding_lines(facts):
        bases &= line.bases or frozenset()
    if Basis.DUTY in bases:
        return Basis.DUTY
    return Basis.CONSENT if Basis.CONSENT in bases else None


def prohibited_fields(facts: Facts) -> frozenset[str]:
    """The type's fields that must not serve this purpose. Raises ``TypeError`` if the prohibitions are missing."""
    prohibitions = facts.licence_type.prohibitions
    if prohibitions is None:
        raise TypeError("the licence type's prohibitions are missing")
    return frozenset(field for field, purposes in prohibitions if facts.purpose in purposes) if prohibitions else _NONE


def profile_fields(facts: Facts) -> frozenset[str]:
    """What the evidence object of the purpose is registered for; none for a purpose whose object has no profile."""
    profiles = {
        Purpose.SUPERVISION: facts.task.fields,
        Purpose.ASSISTANCE: facts.letter.fields,
        Purpose.CORRECTION: facts.dispute.fields,
        Purpose.EMERGENCY: facts.incident.fields,
    }
    return (profiles.get(facts.purpose) if facts.purpose else None) or _NONE


def allowed_fields(facts: Facts) -> frozenset[str]:
    """Rule 1; for SELF all of the type's fields but the prohibited ones; for OVERSIGHT none."""
    if facts.purpose is Purpose.SERVICE:
        fields = guide_fields(facts)
        if facts.licence_type.sharing is not Sharing.UNCONDITIONAL:
            fields &= facts.agreement.fields or _NONE
        if lawful_basis(facts) is not Basis.DUTY and facts.consent.fields != _NONE:
            fields &= facts.consent.fields or _NONE
        return fields
    if facts.purpose is Purpose.SELF:
        return (facts.licence_type.fields or _NONE) - prohibited_fields(facts)
    return profile_fields(facts)


def released_fields(facts: Facts) -> frozenset[str]:
    """Rule 2: what is asked for and allowed; everything allowed if the request names no fields."""
    asked = facts.request.fields
    if asked is None:
        return _NONE
    return allowed_fields(facts) & asked if asked else allowed_fields(facts)
