"""Reading disputes: by the department that asks and by the issuer that is asked.

Rules:
1. The holder stands in full in one answer only: what the issuer reads of a licence that is said to be missing, until it
   has answered, since there is no licence to find the holder by. The record of such a look says that number and name
   were shown, under the holder's tag.
2. A licence that is said to be wrong is found by its identifier, so its holder is masked, as for the asking department.
3. No list shows a holder.
"""

from dataclasses import replace
from typing import Final

from exchange.call import Call
from exchange.cases.dispute_store import ASKING, ISSUER
from exchange.cases.masking import masked_holder
from exchange.disputes.room import DisputeRoom, DisputeView, find_asked, find_received, view_of
from exchange.entities.dispute import ANSWERED, Dispute, DisputeKind
from exchange.entities.licence import Holder
from exchange.entities.page import Page
from exchange.licences.fields import HOLDER_FIELDS
from storage.errors import ErasedError

_NOBODY: Final = Holder("", "", "")


def get_dispute(call: Call, room: DisputeRoom, dispute_id: str) -> DisputeView:
    """A dispute that the caller's department asked. Raises ``NotFoundError(DISPUTE_NOT_FOUND)``."""
    found = find_asked(call, room, dispute_id)
    return view_of(call, masked(found.dispute), found.version)


def get_received(call: Call, room: DisputeRoom, dispute_id: str) -> DisputeView:
    """A dispute that is put to the caller's department, with whom to look up (rule 1).

    Raises ``NotFoundError(DISPUTE_NOT_FOUND)``.
    """
    found = find_received(call, room, dispute_id)
    dispute, shown = found.dispute, for_issuer(found.dispute)
    if dispute.kind is DisputeKind.MISSING and dispute.state not in ANSWERED:
        shown = replace(shown, holder=dispute.holder)
        call.draft.items[-1].fields_released = HOLDER_FIELDS
    return view_of(call, shown, found.version)


def list_asked(call: Call, room: DisputeRoom, *, after: str, limit: int) -> Page[DisputeView]:
    """A page of the disputes that the caller's department asked, newest last; ``after``: the id to read on after."""
    return _listed(call, room, ASKING, after, limit)


def list_received(call: Call, room: DisputeRoom, *, after: str, limit: int) -> Page[DisputeView]:
    """A page of the disputes that are put to the caller's department, newest last."""
    return _listed(call, room, ISSUER, after, limit)


def masked(dispute: Dispute) -> Dispute:
    """As the asking department sees it."""
    return replace(dispute, holder=masked_holder(dispute.holder))


def for_issuer(dispute: Dispute) -> Dispute:
    """As the issuer sees it: of the holder enough to recognise, of the case nothing."""
    return masked(replace(dispute, case=""))


def _listed(call: Call, room: DisputeRoom, side: str, after: str, limit: int) -> Page[DisputeView]:
    """Disputes of holders whose data were erased are left out, so a page may be shorter than ``limit``."""
    records = room.cases.store.disputes.listed(side, call.caller.department.uscc, after=after, limit=limit + 1)
    items = []
    for record in records[:limit]:
        try:
            dispute = room.cases.store.disputes.decoded(record)
        except ErasedError:
            continue
        shown = for_issuer(dispute) if side == ISSUER else dispute
        items.append(view_of(call, replace(shown, holder=_NOBODY), record.version))
    return Page(tuple(items), records[limit - 1].key if len(records) > limit else "")
