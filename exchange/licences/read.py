"""Reading one's own licences: an authority sees what it issued, and nothing else."""

from exchange.call import Call
from exchange.entities.catalogue import EntityKind
from exchange.entities.page import Page
from exchange.errors import InvalidError, Violation
from exchange.licences.lifecycle import own_licence
from exchange.licences.periods import LATEST_TIME
from exchange.licences.room import LicenceRoom, LicenceView, view_of
from exchange.licences.validity import Validity, validity_at

__all__ = ["Validity", "get_licence", "list_licences"]


def get_licence(
    call: Call, room: LicenceRoom, type_code: str, identifier: str, at_time: int
) -> tuple[LicenceView, Validity]:
    """A licence of the caller's department, and whether it was valid at ``at_time`` (0: now).

    Raises ``NotFoundError`` for any licence that is not the department's own, and ``InvalidError``.
    """
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    if not 0 <= at_time <= LATEST_TIME:
        raise InvalidError((Violation("at_time", "must lie between 1970 and 9999", "应在1970年至9999年之间"),))
    licence, version = own_licence(call, room, type_code, identifier)
    return view_of(licence, version), validity_at(licence, at_time or call.now)


def list_licences(call: Call, room: LicenceRoom, type_code: str, *, after: str, limit: int) -> Page[LicenceView]:
    """A page of the caller's department's licences of a type, in the order of their identifiers, after a key."""
    call.draft.resource = f"{EntityKind.LICENCE_TYPE}/{type_code}"
    rows, next_key = room.store.listed(call.caller.department.uscc, type_code, after=after, limit=limit)
    return Page(tuple(view_of(licence, version) for licence, version in rows), next_key)
