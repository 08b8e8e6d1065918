"""What the use cases on consents need, and how a holder comes to a case.

Rules:
1. A holder sees a case only as one of its parties; any other case and one that does not exist answer alike.
2. Whoever changes something as a holder has logged in within the last 15 minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from exchange.audit.entry import key_epoch
from exchange.audit.queries import AccessQueries
from exchange.call import Call
from exchange.cases.case_now import shown_now
from exchange.cases.room import CaseRoom, SeenCase, case_etag, check_scope, draft_matter, find_case, is_id
from exchange.cases.store import CASE, owner_party
from exchange.consents.store import PresentationStore
from exchange.entities.case import Case
from exchange.entities.licence import Holder
from exchange.errors import NotFoundError, RefusedError
from exchange.reasons import Reason
from signer.keys.backend import Signer
from storage.errors import ErasedError

LOGIN_SECONDS: Final = 900
"""How old a holder's login may be for a change."""


@dataclass(frozen=True, slots=True)
class ConsentRoom:
    """``signer`` gives the newest version of the key that signs consent records, ``hub`` is this hub's name."""

    hub: str
    cases: CaseRoom
    store: PresentationStore
    accesses: AccessQueries
    signer: Callable[[], Signer]

    def owner(self, holder: Holder) -> str:
        """The holder's tag in hex: owner of the data key."""
        return self.cases.store.owner(holder)


def caller_holder(call: Call, room: ConsentRoom) -> Holder:
    """The holder whose own call this is; names the holder as the owner of the access record's sealed part."""
    holder = call.caller.holder
    assert holder is not None, "the method table lets only a holder's own call come here"
    call.draft.sealed_owner = room.owner(holder)
    return holder


def check_login(call: Call) -> None:
    """Raises ``RefusedError(ASSURANCE_LOW)`` if the holder's login is too old for a change."""
    if call.now - call.caller.login_time > LOGIN_SECONDS:
        raise RefusedError(Reason.ASSURANCE_LOW)


def reachable_case(call: Call, room: ConsentRoom, case_id: str) -> SeenCase:
    """The case for whoever calls: its department or counter, or a holder who is a party of it.

    Raises what ``find_case`` raises.
    """
    if call.caller.holder is None:
        return find_case(call, room.cases, case_id)
    holder = caller_holder(call, room)
    unknown = NotFoundError(Reason.CASE_UNKNOWN, CASE, f"cases/{case_id}")
    if not is_id(case_id):
        raise unknown
    try:
        found = call.read(room.cases.store.cases, case_id)
        if found.value is not None:
            call.data_key(room.owner(owner_party(found.value)))  # a case in memory may have been erased meanwhile
    except ErasedError as error:
        raise unknown from error
    if found.value is None or not roles_of(found.value, holder):
        raise unknown
    check_scope(call, found.value)
    call.draft.case_tag = room.cases.tagger.case(case_id, key_epoch(call.now_us))
    draft_matter(call, found.value)
    now = shown_now(call, room.cases.store.evidence, room.cases.catalogue, found.value)
    return SeenCase(now, case_etag(case_id, found.version))


def roles_of(case: Case, holder: Holder) -> frozenset[str]:
    """The parties of the case that the holder is, by the number of the identity document."""
    return frozenset(
        party.role
        for party in case.parties
        if (party.holder.id_type, party.holder.id_number) == (holder.id_type, holder.id_number)
    )
