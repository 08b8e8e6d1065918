"""A presentation code's way: made by the holder, redeemed at the counter, confirmed by the holder.

Rules:
1. One record a code: each step replaces it at the version that it read, so a race has one winner on any machine.
2. An unknown code, one that has ended and one of somebody who is no party of the case answer alike, whoever asks: only
   while a code is good is anybody told that it is another's.
3. A code that was redeemed is good for that department, case and operator only.
4. Fields of class 3 and 4 are covered only once the holder has confirmed the very notice that is in force.
5. The applicant's code proves the applicant's presence: the case's assurance becomes C2. Another party's does not.
"""

from dataclasses import dataclass, field, replace

from exchange.audit.entry import ItemDraft, Outcome, key_epoch
from exchange.call import Call
from exchange.cases.consent import add_consents
from exchange.cases.open_step import take_case
from exchange.cases.room import is_id, new_id
from exchange.cases.store import owner_party
from exchange.clocks.due import put, taken
from exchange.consents.codes import (
    MAX_TRIES,
    code_tag,
    digits_tag,
    is_code,
    is_digits,
    matching,
    new_code,
    new_digits,
)
from exchange.consents.notice import (
    CONSENT_DAYS,
    LANGUAGES,
    ZH,
    CoveredLine,
    Notice,
    covered_lines,
    needs_confirmation,
    notice,
    uses_of,
)
from exchange.consents.presentation import Fallback, Presentation, PresentationState
from exchange.consents.room import ConsentRoom, caller_holder, check_login, reachable_case, roles_of
from exchange.consents.store import PRESENTATION
from exchange.entities.case import CLOSED, Case, Consent
from exchange.entities.catalogue import CaseAssurance
from exchange.entities.event import Event, EventType
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.purpose.limits import for_code, for_refusal
from exchange.reasons import Reason
from storage.errors import ErasedError

MAX_TYPES = 40
MAX_WAITING = 10
"""Eight-digit codes of one case at a time; the oldest give way."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class PresentationView:
    """A presentation as holder and counter see it; ``case`` None: nobody has redeemed it, so it covers nothing yet."""

    presentation: Presentation
    state: PresentationState
    case: Case | None
    lines: tuple[CoveredLine, ...]
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to show, once; ``digits`` empty: the code is bound to no case, or the case's fallback has ended."""

    text: str = field(repr=False)
    digits: str = field(repr=False)
    view: PresentationView


def create_presentation_code(
    call: Call, room: ConsentRoom, case_id: str, licence_types: tuple[str, ...], language: str
) -> NewCode:
    """Make a code for the calling holder; ``case_id`` empty: good for any case that the holder is a party of.

    Raises ``InvalidError``, ``NotFoundError(CASE_UNKNOWN)`` and ``RefusedError`` with ASSURANCE_LOW or, when the call
    commits, RATE_LIMITED.
    """
    # 1 The holder, and what the code is limited to
    holder = caller_holder(call, room)
    check_login(call)
    _check_scope(call, licence_types, language)
    if case_id:
        reachable_case(call, room, case_id)
    # 2 The code; records get its tags
    text, digits = new_code(room.cases.random), ""
    presentation = Presentation(
        id=new_id(room.cases, call.now_us),
        holder=holder,
        channel=call.caller.department.uscc,
        case=case_id,
        licence_types=tuple(sorted(set(licence_types))),
        language=language or ZH,
        created_time=call.now,
        code=code_tag(room.store.blind, text),
    )
    call.change(room.store.write(presentation, call.data_key(room.owner(holder)), 0))
    call.change(room.store.point(presentation.code, presentation.id), put(presentation.sweep))
    call.charge(for_code(room.cases.limits, _tag(call, room, holder).hex()))
    # 3 Eight digits where a case is named
    if case_id:
        digits = _wait_for_digits(call, room, case_id, presentation)
    return NewCode(text, digits, _view(call, room, presentation, None))


def redeem_presentation_code(call: Call, room: ConsentRoom, case_id: str, code: str) -> PresentationView:
    """Redeem a code, or a case's eight digits, for a case at the counter; doing it again changes nothing.

    Raises what ``take_case`` raises, ``InvalidError``, and ``RefusedError`` with CASE_NOT_OPEN, CASE_EXPIRED,
    CODE_INVALID or CODE_AUDIENCE. A wrong try with digits is counted even so.
    """
    # 1 The case, open and in its window
    found = take_case(call, room.cases, case_id)
    _check_open(call, found.case)
    # 2 Which presentation it is
    presentation, version = _presented(call, room, case_id, code)
    # 3 For whom: the holder is a party, and the code was redeemed by nobody else
    roles = roles_of(found.case, presentation.holder)
    if not roles:
        raise RefusedError(Reason.CODE_INVALID, subject=f"cases/{case_id}")
    redeemer = (case_id, call.caller.department.uscc, call.caller.name)
    wrong = _refused(presentation, redeemer, call.now)
    if wrong is not None:
        raise RefusedError(wrong, subject=f"cases/{case_id}")
    _draft_holder(call, room, presentation)
    if presentation.redeemed_time:
        return _view(call, room, presentation, found.case)
    # 4 Redeemed: the applicant was there
    case = found.case
    _, department, operator = redeemer
    presentation = replace(
        presentation, redeemed_case=case_id, department=department, operator=operator, redeemed_time=call.now
    )
    if _is_applicant(case, presentation) and case.assurance is not CaseAssurance.C2:
        case = replace(case, assurance=CaseAssurance.C2)
        key = call.data_key(room.owner(owner_party(case)))
        call.change(room.cases.store.write_case(case, key, found.version))
    # 5 Nothing personal: the code makes the consent at once
    lines = covered_lines(call, room, case, roles, presentation.licence_types)
    if not needs_confirmation(lines):
        presentation = _consented(call, room, presentation, case, lines)
    call.change(room.store.write(presentation, call.data_key(room.owner(presentation.holder)), version))
    if presentation.code:
        call.change(taken(presentation.sweep))
    _announce(call, room, presentation, case)
    return _view(call, room, presentation, case)


def confirm_consent(call: Call, room: ConsentRoom, presentation_id: str, statement_digest: str) -> PresentationView:
    """Agree, as the holder, to what the counter asks by a redeemed code; doing it again changes nothing.

    Raises ``NotFoundError(EVIDENCE_OBJECT_UNKNOWN)`` where it is not the holder's, ``RefusedError`` with CODE_INVALID
    (not redeemed, or too late), ASSURANCE_LOW, CASE_NOT_OPEN or CASE_EXPIRED, and ``InvalidError`` if the notice is
    another by now: read it again.
    """
    # 1 The holder's own presentation, redeemed and in time
    caller_holder(call, room)
    check_login(call)
    presentation, version = _own(call, room, presentation_id)
    case = reachable_case(call, room, presentation.redeemed_case).case if presentation.redeemed_case else None
    if presentation.confirmed_time:
        return _view(call, room, presentation, case)
    if case is None or presentation.state(call.now) is not PresentationState.REDEEMED:
        raise RefusedError(Reason.CODE_INVALID, subject=f"presentations/{presentation_id}")
    _check_open(call, case)
    # 2 The very notice that is in force
    lines = covered_lines(call, room, case, roles_of(case, presentation.holder), presentation.licence_types)
    if statement_digest != notice(call.register, case, lines).digest(presentation.language):
        en, zh = "is not the digest of the notice as it is now: read it again", "与当前告知书不符，请重新阅读"
        raise InvalidError((Violation("statement_digest", en, zh),))
    # 3 The consent
    presentation = _consented(call, room, presentation, case, lines)
    call.change(room.store.write(presentation, call.data_key(room.owner(presentation.holder)), version))
    return _view(call, room, presentation, case)


def get_presentation(call: Call, room: ConsentRoom, presentation_id: str) -> PresentationView:
    """A presentation for its holder, or for the operator's department that redeemed it.

    Raises ``NotFoundError(EVIDENCE_OBJECT_UNKNOWN)`` for everybody else.
    """
    if call.caller.holder is not None:
        caller_holder(call, room)
    presentation, _ = _own(call, room, presentation_id)
    case = reachable_case(call, room, presentation.redeemed_case).case if presentation.redeemed_case else None
    return _view(call, room, presentation, case)


def _refused(presentation: Presentation, redeemer: tuple[str, str, str], now: int) -> Reason | None:
    """Why (case, department, operator) may not redeem it; the order is rule 2's."""
    mine = redeemer == (presentation.redeemed_case, presentation.department, presentation.operator)
    if mine:
        return Reason.CODE_INVALID if presentation.state(now) is PresentationState.EXPIRED else None
    if now >= presentation.expire_time:
        return Reason.CODE_INVALID
    other = presentation.redeemed_time != 0 or presentation.case not in {"", redeemer[0]}
    return Reason.CODE_AUDIENCE if other else None


def _check_scope(call: Call, licence_types: tuple[str, ...], language: str) -> None:
    found = []
    if len(licence_types) > MAX_TYPES or any(each not in call.register.licence_types for each in licence_types):
        en, zh = f"must be at most {MAX_TYPES} licence types in force", f"应为不超过{MAX_TYPES}个有效的证照类型"
        found.append(Violation("licence_types", en, zh))
    if language and language not in LANGUAGES:
        found.append(Violation("language", "must be zh-CN or en", "应为 zh-CN 或 en"))
    if found:
        raise InvalidError(tuple(found))


def _check_open(call: Call, case: Case) -> None:
    if case.state in CLOSED:
        raise RefusedError(Reason.CASE_NOT_OPEN, subject=f"cases/{case.id}")
    if call.now >= case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case.id}")


def _wait_for_digits(call: Call, room: ConsentRoom, case_id: str, presentation: Presentation) -> str:
    known = call.read(room.store.fallbacks, case_id)
    fallback = known.value or Fallback()
    if len(fallback.tries) >= MAX_TRIES:
        return ""
    digits = new_digits()
    waiting = [each for each in fallback.waiting if each[2] > call.now][1 - MAX_WAITING :]
    waiting.append((digits_tag(room.store.blind, case_id, digits), presentation.id, presentation.expire_time))
    call.change(room.store.write_fallback(case_id, replace(fallback, waiting=tuple(waiting)), known.version))
    return digits


def _presented(call: Call, room: ConsentRoom, case_id: str, code: str) -> tuple[Presentation, int]:
    """The presentation that a code or digits stand for, and the version of its record."""
    if is_digits(code):
        presentation_id = _by_digits(call, room, case_id, code)
    elif is_code(code):
        presentation_id = call.read(room.store.codes, code_tag(room.store.blind, code)).value or ""
    else:
        en, zh = "must be the text of the QR code or eight digits", "应为二维码文本或八位数字"
        raise InvalidError((Violation("code", en, zh),))
    try:
        found = call.read(room.store.presentations, presentation_id) if presentation_id else None
    except ErasedError:
        found = None
    if found is None or found.value is None:
        raise RefusedError(Reason.CODE_INVALID, subject=f"cases/{case_id}")
    return found.value, found.version


def _by_digits(call: Call, room: ConsentRoom, case_id: str, digits: str) -> str:
    """The presentation that the digits stand for. A wrong try commits its refusal together with its counts: the case's
    and the operator's.

    The same wrong digits again tell nothing new and count once, so that a repeated request does not cost two tries.
    """
    known = call.read(room.store.fallbacks, case_id)
    fallback = known.value or Fallback()
    tag = digits_tag(room.store.blind, case_id, digits)
    alive = len(fallback.tries) < MAX_TRIES
    pairs = [(each, id_) for each, id_, _ in fallback.waiting]
    presentation_id = matching(tag, pairs)
    if presentation_id and alive:
        return presentation_id
    if alive and tag not in fallback.tries:
        tried = replace(fallback, tries=(*fallback.tries, tag))
        call.change(room.store.write_fallback(case_id, tried, known.version))
        operator = call.draft.operator_tag.hex()
        call.charge(for_refusal(room.cases.limits, operator, (Reason.CODE_INVALID,), call.now))
        call.commit(call.prepare(Outcome.REFUSED, (Reason.CODE_INVALID.value,)))
    raise RefusedError(Reason.CODE_INVALID, subject=f"cases/{case_id}")


def _own(call: Call, room: ConsentRoom, presentation_id: str) -> tuple[Presentation, int]:
    unknown = NotFoundError(Reason.EVIDENCE_OBJECT_UNKNOWN, PRESENTATION, f"presentations/{presentation_id}")
    if not is_id(presentation_id):
        raise unknown
    try:
        found = call.read(room.store.presentations, presentation_id)
    except ErasedError as error:
        raise unknown from error
    presentation, caller = found.value, call.caller
    if presentation is None:
        raise unknown
    if caller.holder is None:
        mine = presentation.department == caller.department.uscc
    else:
        mine = (caller.holder == presentation.holder) and caller.department.uscc == presentation.channel
    if not mine:
        raise unknown
    return presentation, found.version


def _is_applicant(case: Case, presentation: Presentation) -> bool:
    applicant, holder = owner_party(case), presentation.holder
    return (applicant.id_type, applicant.id_number) == (holder.id_type, holder.id_number)


def _consented(
    call: Call, room: ConsentRoom, presentation: Presentation, case: Case, lines: tuple[CoveredLine, ...]
) -> Presentation:
    """The presentation with its consents given: one for each party that the holder is and of whom lines ask one."""
    digest = notice(call.register, case, lines).digest(presentation.language)
    given = []
    for party in sorted({line.requirement.party for line in lines}):
        asked = [line for line in lines if line.requirement.party == party]
        consent = Consent(
            id=new_id(room.cases, call.now_us),
            case=case.id,
            party=party,
            requirements=frozenset(line.requirement.id for line in asked),
            fields=frozenset(field for line in asked for field in line.requirement.fields),
            valid_from_time=call.now,
            valid_until_time=min(case.expires_time, call.now + CONSENT_DAYS * _DAY),
            max_uses=uses_of(asked),
            statement_digest=digest,
            recorded_by=f"presentations/{presentation.id}",
            revoked_time=0,
            language=presentation.language,
        )
        given.append(consent)
    if given:
        add_consents(call, room.cases, case, tuple(given))
    return replace(presentation, confirmed_time=call.now, consents=tuple(consent.id for consent in given))


def _draft_holder(call: Call, room: ConsentRoom, presentation: Presentation) -> None:
    call.draft.item(ItemDraft(holder_tag=_tag(call, room, presentation.holder)))


def _tag(call: Call, room: ConsentRoom, holder: Holder) -> bytes:
    return room.cases.tagger.holder(holder.id_type, holder.id_number, key_epoch(call.now_us))


def _announce(call: Call, room: ConsentRoom, presentation: Presentation, case: Case) -> None:
    audience = frozenset({case.handling_department, case.collecting_department, presentation.channel} - {""})
    details = {"state": presentation.state(call.now).value}
    owner = room.owner(presentation.holder)
    name, matter = f"presentations/{presentation.id}", case.matters[0].code
    call.draft.event(Event(EventType.PRESENTATION_REDEEMED, name, audience, matter, details=details, owner=owner))


def _view(call: Call, room: ConsentRoom, presentation: Presentation, case: Case | None) -> PresentationView:
    state = presentation.state(call.now)
    if case is None:
        return PresentationView(presentation, state, None, (), None)
    lines = covered_lines(call, room, case, roles_of(case, presentation.holder), presentation.licence_types)
    return PresentationView(presentation, state, case, lines, notice(call.register, case, lines))
