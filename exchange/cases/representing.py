"""Who acts for a party of a case (代办): recording it, ending it and taking it back, by party.

Rules:
1. A party has at most one representation; what is recorded takes the place of what the party had before, and of no
   other party's. Ended: the party acts itself from now on.
2. The clerk at the window is never the one who acts.
3. Both sides are named in the record, so that each finds it among the accesses to its data, and the departments of the
   case are told by an event.
"""

from dataclasses import replace

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.new_case import representation_problems_of, settled
from exchange.cases.open_step import find_open
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag, check_representations, check_whole
from exchange.cases.store import owner_party
from exchange.cases.telling import pinned_matters, say
from exchange.entities.case import Case, Representation
from exchange.entities.event import EventType
from exchange.errors import InvalidError, RefusedError
from exchange.reasons import Reason


def record_representation(call: Call, room: CaseRoom, case_id: str, etag: str, given: Representation) -> CaseView:
    """Record who acts for a party from now on, in place of who acted for that party before.

    Raises ``InvalidError`` (representation), what ``find_open`` raises, and ``RefusedError`` with ETAG_MISMATCH,
    CLERK_IS_AGENT, REPRESENTATION_NOT_SHOWN or WARD_OF_AGE. Not checked: the paper of which the digest is named.
    """
    found = _found(call, room, case_id, etag)
    case = found.case
    matters = tuple(matter for _, matter in pinned_matters(room, case))
    problems = representation_problems_of(given, case.parties, matters, call.now, "representation")
    if problems:
        raise InvalidError(tuple(problems))
    others = [each for each in case.representations if each.party != given.party]
    acting = settled([*others, given], call.now, case.expires_time)
    changed = replace(case, representations=acting)
    check_representations(call, room, changed, [each for each in acting if each.party == given.party])
    return _store(call, room, found, changed, given.party, EventType.REPRESENTATION_RECORDED)


def end_representation(call: Call, room: CaseRoom, case_id: str, etag: str, party: str) -> CaseView:
    """Nobody acts for the party any more: it acts itself from now on.

    Raises what ``find_open`` raises, and ``RefusedError`` with ETAG_MISMATCH or REPRESENTATION_MISSING (nobody does).
    """
    found = _found(call, room, case_id, etag)
    _given(found.case, party)
    others = tuple(each for each in found.case.representations if each.party != party)
    changed = replace(found.case, representations=others)
    return _store(call, room, found, changed, party, EventType.REPRESENTATION_REVOKED)


def revoke_representation(call: Call, room: CaseRoom, case_id: str, etag: str, party: str) -> CaseView:
    """Take the authority back: nothing of that party is read until somebody is recorded anew, or the party itself.

    Raises what ``find_open`` raises, and ``RefusedError`` with ETAG_MISMATCH, REPRESENTATION_MISSING (nobody acts for
    the party) or REPRESENTATION_REVOKED (before).
    """
    found = _found(call, room, case_id, etag)
    given = _given(found.case, party)
    if given.revoked_time:
        raise RefusedError(Reason.REPRESENTATION_REVOKED, subject=f"cases/{case_id}")
    revoked = replace(given, revoked_time=call.now)
    acting = tuple(revoked if each.party == party else each for each in found.case.representations)
    changed = replace(found.case, representations=acting)
    return _store(call, room, found, changed, party, EventType.REPRESENTATION_REVOKED)


def _given(case: Case, party: str) -> Representation:
    given = case.representation_of(party)
    if given is None:
        raise RefusedError(Reason.REPRESENTATION_MISSING, subject=f"cases/{case.id}")
    return given


def _found(call: Call, room: CaseRoom, case_id: str, etag: str) -> FoundCase:
    found, _ = find_open(call, room, case_id)
    check_whole(call, found.case)
    if etag != found.etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=f"cases/{case_id}")
    return found


def _store(call: Call, room: CaseRoom, found: FoundCase, changed: Case, party: str, what: EventType) -> CaseView:
    """Store the case; who acts for the party now, beside those whom ``find_open`` has named, is in the record too."""
    given, before = changed.representation_of(party), found.case.representation_of(party)
    if given is not None and given != before and given.revoked_time == 0:
        epoch = key_epoch(call.now_us)
        for holder in (given.agent, given.authorised_by):
            if holder is not None:
                tag = room.tagger.holder(holder.id_type, holder.id_number, epoch)
                call.draft.item(ItemDraft(holder_tag=tag))
    told = given or before
    details = {} if told is None else {"kind": told.kind.value, "party": told.party}
    call.change(room.store.write_case(changed, call.data_key(room.store.owner(owner_party(changed))), found.version))
    say(call, room, changed, what, details)
    return CaseView(changed, case_etag(changed.id, found.version + 1))
