"""Consents that were given: listed, taken back, exported as a record, and the notice before one is given."""

from dataclasses import dataclass

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.consent import end_consent, revoke_consent
from exchange.cases.room import is_id, is_within_token
from exchange.cases.store import CONSENT
from exchange.consents.notice import CoveredLine, Notice, covered_lines, notice
from exchange.consents.record import consent_record
from exchange.consents.room import (
    ConsentRoom,
    caller_holder,
    check_login,
    reachable_case,
    roles_of,
)
from exchange.entities.case import Case, Consent
from exchange.entities.page import Page
from exchange.errors import InvalidError, NotFoundError, Violation
from exchange.reasons import Reason
from storage.errors import ErasedError


@dataclass(frozen=True, slots=True)
class FoundConsent:
    """A consent and its case."""

    case: Case
    consent: Consent


def get_consent_notice(
    call: Call, room: ConsentRoom, case_id: str, party: str, licence_types: tuple[str, ...]
) -> tuple[Notice, tuple[CoveredLine, ...]]:
    """What a party of a case is asked to agree to. Raises what ``reachable_case`` raises and ``InvalidError``."""
    case = reachable_case(call, room, case_id).case
    holder = call.caller.holder
    allowed = {each.role for each in case.parties} if holder is None else roles_of(case, holder)
    if party not in allowed:
        raise InvalidError(
            (Violation("party", "is no party of the case that you may ask about", "不是可查询的当事人"),)
        )
    lines = covered_lines(call, room, case, (party,), licence_types)
    return notice(call.register, case, lines), lines


def list_own_consents(call: Call, room: ConsentRoom, *, after: str, limit: int) -> Page[Consent]:
    """A page of the calling holder's consents, oldest first.

    Those of an erased case are left out, and those of cases that the token is not for, so that a page may be shorter
    than ``limit`` and not be the last.
    """
    owner = room.owner(caller_holder(call, room))
    found = room.cases.store.given(owner, after=after, limit=limit + 1)
    items = []
    for consent_id, case_id in found[:limit]:
        try:
            case = call.read(room.cases.store.cases, case_id).value
            known = call.read(room.cases.store.consents, case_id).value or ()
        except ErasedError:
            continue
        if case is None or not is_within_token(call, case):
            continue
        items += [consent for consent in known if consent.id == consent_id]
    return Page(tuple(items), found[limit - 1][0] if len(found) > limit else "")


def list_case_consents(call: Call, room: ConsentRoom, case_id: str) -> Page[Consent]:
    """The consents of a case (at most 100), oldest first: all of them for its counter, for a holder their own.

    Raises what ``reachable_case`` raises.
    """
    case = reachable_case(call, room, case_id).case
    consents = call.read(room.cases.store.consents, case.id).value or ()
    return Page(tuple(consent for consent in consents if _is_shown(call, case, consent)), "")


def revoke_own_consent(call: Call, room: ConsentRoom, consent_id: str) -> Consent:
    """Take a consent back, as the holder who gave it or as the counter: for the future and at once.

    Raises ``NotFoundError(CONSENT_NOT_FOUND)`` and ``RefusedError(ASSURANCE_LOW)``.
    """
    if call.caller.holder is None:
        return revoke_consent(call, room.cases, consent_id)
    check_login(call)
    found = _found(call, room, consent_id)
    return end_consent(call, room.cases, found.case, found.consent)


def export_consent_record(call: Call, room: ConsentRoom, consent_id: str) -> str:
    """The consent's record as a JWS by the hub. Raises ``NotFoundError(CONSENT_NOT_FOUND)``."""
    found = _found(call, room, consent_id)
    holder = next(party.holder for party in found.case.parties if party.role == found.consent.party)
    tag = room.cases.tagger.holder(holder.id_type, holder.id_number, key_epoch(call.now_us))
    call.draft.item(ItemDraft(holder_tag=tag, consent=consent_id))
    lines = covered_lines(call, room, found.case, (found.consent.party,), ())
    asked = tuple(line for line in lines if line.requirement.id in found.consent.requirements)
    return consent_record(room, call, found.case, found.consent, asked, room.owner(holder))


def _found(call: Call, room: ConsentRoom, consent_id: str) -> FoundConsent:
    unknown = NotFoundError(Reason.CONSENT_NOT_FOUND, CONSENT, f"consents/{consent_id}")
    case_id = call.read(room.cases.store.consent_cases, consent_id).value if is_id(consent_id) else None
    if case_id is None:
        raise unknown
    try:
        case = reachable_case(call, room, case_id).case
        consents = call.read(room.cases.store.consents, case_id).value or ()
    except (NotFoundError, ErasedError) as error:
        raise unknown from error
    for consent in consents:
        if consent.id == consent_id and _is_shown(call, case, consent):
            return FoundConsent(case, consent)
    raise unknown


def _is_shown(call: Call, case: Case, consent: Consent) -> bool:
    """A holder is shown what they gave themselves, not what the other parties of the case gave."""
    holder = call.caller.holder
    return holder is None or consent.party in roles_of(case, holder)
