"""Reading restrictions: the department sees those that it placed, a holder those on them that conceal nothing any more.

Rule: what is still concealed leaves no trace in a holder's list: no short page, and no page more.
"""

from typing import Final

from exchange.call import Call
from exchange.entities.catalogue import Purpose
from exchange.entities.page import Page
from exchange.entities.restriction import Restriction
from exchange.restrictions.room import DEPARTMENT, HOLDER, RestrictionRoom, placed_restriction

_BATCH: Final = 100


def get_restriction(call: Call, room: RestrictionRoom, restriction_id: str) -> Restriction:
    """A restriction of the caller's department. Raises ``NotFoundError(RESTRICTION_NOT_FOUND)``."""
    return placed_restriction(call, room, restriction_id).value


def list_restrictions(call: Call, room: RestrictionRoom, *, after: str, limit: int) -> Page[Restriction]:
    """A page of what the caller's department placed, oldest first, those that are over among them."""
    call.draft.purpose = Purpose.SUPERVISION.value
    return room.store.restrictions.page(DEPARTMENT, call.caller.department.uscc, after=after, limit=limit)


def list_restrictions_on_me(call: Call, room: RestrictionRoom, *, after: str, limit: int) -> Page[Restriction]:
    """A page of the restrictions on the calling holder that may be shown to them now, oldest first."""
    holder = call.caller.holder
    assert holder is not None, "the method table lets only a holder's own call come here"
    owner = room.cases.store.owner(holder)
    call.draft.sealed_owner = owner
    shown: list[Restriction] = []
    key, more = after, True
    while more and len(shown) <= limit:
        page = room.store.restrictions.page(HOLDER, owner, after=key, limit=_BATCH)
        shown += [each for each in page.items if each.is_shown_to_holder(call.now)]
        key, more = page.next_key, bool(page.next_key)
    return Page(tuple(shown[:limit]), shown[limit - 1].id if len(shown) > limit else "")
