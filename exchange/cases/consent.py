"""Consents that holders give at the counter, and take back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from exchange.audit.entry import ItemDraft, key_epoch
from exchange.call import Call
from exchange.cases.open_step import take_case
from exchange.cases.room import CaseRoom, check_lines, find_case, is_id, new_id
from exchange.cases.store import CONSENT, owner_party, point_to_case
from exchange.entities.case import CLOSED, Case, Consent
from exchange.entities.catalogue import Basis, EntityKind, EvidenceRequirement, Matter
from exchange.entities.event import Event, EventType
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.reasons import Reason
from storage.errors import CorruptError, ErasedError

MAX_CONSENTS = 100
"""Consents of one case, revoked ones included: their record stays well below 1 MiB."""
MAX_USES = 100

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class NewConsent:
    """A consent to record: ``valid_from_time`` 0 means from now on; ``fields`` empty: every field of those lines."""

    party: str
    requirements: frozenset[str]
    fields: frozenset[str]
    valid_from_time: int
    valid_until_time: int
    max_uses: int
    statement_digest: str


def record_consent(call: Call, room: CaseRoom, case_id: str, new: NewConsent) -> Consent:
    """Record what a party of an open case agreed to.

    Raises what ``take_case`` raises, ``RefusedError`` with TOKEN_EXCEEDED (the token is for other lines), CASE_NOT_OPEN
    or CASE_EXPIRED, and ``InvalidError`` with every bad field. Not checked: the notice itself, of which the hub keeps
    the digest only.
    """
    # 1. The case, open and in its window
    case = take_case(call, room, case_id).case
    check_lines(call, case_id, new.requirements)
    if case.state in CLOSED:
        raise RefusedError(Reason.CASE_NOT_OPEN, subject=f"cases/{case_id}")
    if call.now >= case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case_id}")
    # 2. The consent against the guides that the case pins
    lines = tuple(line for _, line in pinned_lines(room, case, new.party))
    known = call.read(room.store.consents, case_id)
    consents = known.value or ()
    problems = [*_scope_problems(case, new, lines), *_use_problems(call.now, case, new)]
    if len(consents) >= MAX_CONSENTS:
        en, zh = f"the case has {MAX_CONSENTS} consents already", f"本办件已有{MAX_CONSENTS}条授权"
        problems.append(Violation("consent", en, zh))
    if problems:
        raise InvalidError(tuple(problems))
    # 3. All consents of the case are one record, so that a fetch under way notices
    consent = Consent(
        id=new_id(room, call.now_us),
        case=case_id,
        party=new.party,
        requirements=new.requirements,
        fields=new.fields,
        valid_from_time=new.valid_from_time or call.now,
        valid_until_time=new.valid_until_time,
        max_uses=new.max_uses,
        statement_digest=new.statement_digest,
        recorded_by=call.caller.name,
        revoked_time=0,
    )
    add_consents(call, room, case, (consent,))
    return consent


def add_consents(call: Call, room: CaseRoom, case: Case, given: tuple[Consent, ...]) -> None:
    """Keep what parties of the case gave, and say so. Raises ``InvalidError`` if the case has too many consents.

    Not checked: their scope.
    """
    known = call.read(room.store.consents, case.id)
    consents = known.value or ()
    if len(consents) + len(given) > MAX_CONSENTS:
        en, zh = f"the case has {MAX_CONSENTS} consents already", f"本办件已有{MAX_CONSENTS}条授权"
        raise InvalidError((Violation("consent", en, zh),))
    owner = room.store.owner(owner_party(case))
    key = call.data_key(owner)
    call.change(room.store.write_consents(case.id, (*consents, *given), key, known.version))
    for consent in given:
        holder = next(party.holder for party in case.parties if party.role == consent.party)
        call.change(point_to_case(consent, room.store.owner(holder)))
        _draft(call, room, case, consent)
        _announce(call, EventType.CONSENT_GIVEN, case, consent, owner)


def end_consent(call: Call, room: CaseRoom, case: Case, consent: Consent) -> Consent:
    """Take a consent of the case back from now on, and say so; one that was taken back before stays as it is."""
    if not consent.revoked_time:
        known = call.read(room.store.consents, case.id)
        revoked = replace(consent, revoked_time=call.now)
        kept = tuple(revoked if each.id == consent.id else each for each in known.value or ())
        owner = room.store.owner(owner_party(case))
        call.change(room.store.write_consents(case.id, kept, call.data_key(owner), known.version))
        _announce(call, EventType.CONSENT_REVOKED, case, revoked, owner)
        consent = revoked
    _draft(call, room, case, consent)
    return consent


def revoke_consent(call: Call, room: CaseRoom, consent_id: str) -> Consent:
    """Take a consent back: for the future and at once, whatever the state of its case. Doing it again changes nothing.

    Raises ``NotFoundError(CONSENT_NOT_FOUND)`` if there is none, or its case is not the caller's to see, and
    ``RefusedError(TOKEN_EXCEEDED)``.
    """
    unknown = NotFoundError(Reason.CONSENT_NOT_FOUND, CONSENT, f"consents/{consent_id}")
    if not is_id(consent_id):
        raise unknown
    case_id = call.read(room.store.consent_cases, consent_id).value
    if case_id is None:
        raise unknown
    try:
        case = find_case(call, room, case_id).case
        known = call.read(room.store.consents, case_id)
    except (NotFoundError, ErasedError) as error:
        raise unknown from error
    consents = known.value or ()
    consent = next((each for each in consents if each.id == consent_id), None)
    if consent is None:
        raise unknown
    return end_consent(call, room, case, consent)


def pinned_lines(room: CaseRoom, case: Case, party: str) -> Iterator[tuple[str, EvidenceRequirement]]:
    """(matter, line) of the pinned guides that rest on this party's consent and apply in the case's situations."""
    for pinned in case.matters:
        revision = room.catalogue.revision(EntityKind.MATTER, pinned.code, pinned.revision)
        if revision is None or not isinstance(revision.entity, Matter):
            raise CorruptError(f"matters/{pinned.code}/revisions/{pinned.revision} is pinned by a case and missing")
        for line in revision.entity.evidence:
            applies = not line.situations or not line.situations.isdisjoint(case.situations)
            if line.party == party and Basis.CONSENT in line.bases and applies and not line.withdrawn:
                yield pinned.code, line


def _scope_problems(case: Case, new: NewConsent, lines: tuple[EvidenceRequirement, ...]) -> list[Violation]:
    """Party, requirements and fields: nothing that the guides do not ask of the party by consent."""
    found: list[Violation] = []
    if new.party not in {party.role for party in case.parties}:
        return [Violation("consent.party", "is no party of the case", "不是本办件的当事人")]
    if not new.requirements:
        found.append(Violation("consent.requirements", "must not be empty", "不得为空"))
    if not new.requirements <= {line.id for line in lines}:
        en, zh = "names evidence that the case does not need by consent of this party", "含有无需该当事人授权的材料"
        found.append(Violation("consent.requirements", en, zh))
    fields = {field for line in lines if line.id in new.requirements for field in line.fields}
    if not new.fields <= fields:
        en, zh = "names a field that these lines do not ask for", "含有所列材料未要求的字段"
        found.append(Violation("consent.fields", en, zh))
    return found


def _use_problems(now: int, case: Case, new: NewConsent) -> list[Violation]:
    """Window, uses and the notice's digest."""
    found: list[Violation] = []
    if new.valid_from_time and not case.opened_time <= new.valid_from_time < case.expires_time:
        found.append(Violation("consent.valid_from_time", "is outside the case's window", "超出办件有效期"))
    if not max(now, new.valid_from_time) < new.valid_until_time <= case.expires_time:
        en, zh = (
            "must be after the beginning and at most the end of the case's window",
            "应晚于开始时间且不超过办件有效期",
        )
        found.append(Violation("consent.valid_until_time", en, zh))
    if not 1 <= new.max_uses <= MAX_USES:
        found.append(Violation("consent.max_uses", f"must be 1 to {MAX_USES}", f"应为1至{MAX_USES}"))
    if len(new.statement_digest) != 64 or _DIGEST.fullmatch(new.statement_digest) is None:
        en, zh = (
            "must be the hex SHA-256 of the notice, 64 lower-case characters",
            "应为告知书的SHA-256，64位小写十六进制",
        )
        found.append(Violation("consent.statement_digest", en, zh))
    return found


def _announce(call: Call, kind: EventType, case: Case, consent: Consent, owner: str) -> None:
    departments = frozenset({case.handling_department, case.collecting_department} - {""})
    details = {"party": consent.party, "valid_until_time": str(consent.valid_until_time)}
    matter = case.matters[0].code
    call.draft.event(Event(kind, f"consents/{consent.id}", departments, matter, details=details, owner=owner))


def _draft(call: Call, room: CaseRoom, case: Case, consent: Consent) -> None:
    """One item per requirement that the consent covers."""
    holder = next(party.holder for party in case.parties if party.role == consent.party)
    tag = room.tagger.holder(holder.id_type, holder.id_number, key_epoch(call.now_us))
    for requirement in sorted(consent.requirements):
        call.draft.item(
            ItemDraft(
                requirement=requirement,
                holder_tag=tag,
                legal_basis=Basis.CONSENT.value,
                consent=consent.id,
                fields_requested=tuple(sorted(consent.fields)),
            )
        )
