"""How a case's parties are shown in answers: enough to recognise who is standing at the counter, not to copy."""

from dataclasses import replace

from exchange.entities.case import Case, Representation
from exchange.entities.licence import Holder

_STAR = "*"
_MAX_STARS = 16


def masked_holder(holder: Holder) -> Holder:
    """The holder with the first character of the name and the first and last two of the number; the rest is hidden.

    A number of fewer than eight characters is hidden whole, and a name of one character too. At most 16 stars stand
    for what is hidden, so that long values do not tell their length.
    """
    name, number = holder.name, holder.id_number
    shown_name = name[0] + _stars(len(name) - 1) if len(name) > 1 else _STAR
    shown_number = number[:2] + _stars(len(number) - 4) + number[-2:] if len(number) >= 8 else _stars(len(number))
    return Holder(holder.id_type, shown_number, shown_name)


def masked_representation(given: Representation) -> Representation:
    """The representation with its people masked."""
    sender = given.authorised_by
    return replace(
        given,
        agent=masked_holder(given.agent),
        authorised_by=None if sender is None else masked_holder(sender),
    )


def without_people(case: Case) -> Case:
    """The case without its parties and those who act for them, as lists show it."""
    return replace(case, parties=(), representations=())


def _stars(count: int) -> str:
    return _STAR * min(max(count, 1), _MAX_STARS)
