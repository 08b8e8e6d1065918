"""Who acts for a party of a case (代办): recording it and taking it back, by case.

Rules:
1. A case has at most one representation; what is recorded takes the place of what was before. None: the party acts
   itself from now on.
2. The clerk at the window is never the one who acts.
3. Both sides are named in the record, so that each finds it among the accesses to its data, and the departments of the
   case are told by an event.
"""

from dataclasses import replace

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.new_case import representation_problems_of, settled
from exchange.cases.open_step import find_open
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag, check_representation
from exchange.cases.store import owner_party
from exchange.cases.telling import pinned_matters, say
from exchange.entities.case import Case, Representation
from exchange.entities.event import EventType
from exchange.errors import InvalidError, RefusedError
from exchange.reasons import Reason


def record_representation(
    call: Call, room: CaseRoom, case_id: str, etag: str, given: Representation | None
) -> CaseView:
    """Record who acts for a party from now on; ``None``: nobody does any more, and every party acts itself.

    Raises ``InvalidError`` (representation), what ``find_open`` raises, and ``RefusedError`` with ETAG_MISMATCH,
    CLERK_IS_AGENT, REPRESENTATION_NOT_SHOWN, WARD_OF_AGE or, to end what there is not, REPRESENTATION_MISSING. Not
    checked: the paper of which the digest is named.
    """
    found = _found(call, room, case_id, etag)
    case = found.case
    if given is None:
        if case.representation is None:
            raise RefusedError(Reason.REPRESENTATION_MISSING, subject=f"cases/{case_id}")
        return _store(call, room, found, replace(case, representation=None), EventType.REPRESENTATION_REVOKED)
    matters = tuple(matter for _, matter in pinned_matters(room, case))
    problems = representation_problems_of(given, case.parties, matters, call.now)
    if problems:
        raise InvalidError(tuple(replace(one, field=one.field.removeprefix("case.")) for one in problems))
    changed = replace(case, representation=settled(given, call.now, case.expires_time))
    check_representation(call, room, changed)
    return _store(call, room, found, changed, EventType.REPRESENTATION_RECORDED)


def revoke_representation(call: Call, room: CaseRoom, case_id: str, etag: str) -> CaseView:
    """Take the authority back: nothing of that party is read until somebody is recorded anew, or the party itself.

    Raises what ``find_open`` raises, and ``RefusedError`` with ETAG_MISMATCH, REPRESENTATION_MISSING (nobody acts in
    the case) or REPRESENTATION_REVOKED (before).
    """
    found = _found(call, room, case_id, etag)
    given = found.case.representation
    if given is None or given.revoked_time:
        reason = Reason.REPRESENTATION_MISSING if given is None else Reason.REPRESENTATION_REVOKED
        raise RefusedError(reason, subject=f"cases/{case_id}")
    changed = replace(found.case, representation=replace(given, revoked_time=call.now))
    return _store(call, room, found, changed, EventType.REPRESENTATION_REVOKED)


def _found(call: Call, room: CaseRoom, case_id: str, etag: str) -> FoundCase:
    found, _ = find_open(call, room, case_id)
    if etag != case_etag(case_id, found.version):
        raise RefusedError(Reason.ETAG_MISMATCH, subject=f"cases/{case_id}")
    return found


def _store(call: Call, room: CaseRoom, found: FoundCase, changed: Case, what: EventType) -> CaseView:
    """Store the case; those who act in it now, beside those whom ``find_open`` has named, are in the record too."""
    given = changed.representation
    if given is not None and given != found.case.representation and given.revoked_time == 0:
        epoch = key_epoch(call.now_us)
        for holder in (given.agent, given.authorised_by):
            if holder is not None:
                tag = room.tagger.holder(holder.id_type, holder.id_number, epoch)
                call.draft.item(ItemDraft(holder_tag=tag))
    told = given or found.case.representation
    details = {} if told is None else {"kind": told.kind.value, "party": told.party}
    call.change(room.store.write_case(changed, call.data_key(room.store.owner(owner_party(changed))), found.version))
    say(call, room, changed, what, details)
    return CaseView(changed, case_etag(changed.id, found.version + 1))
