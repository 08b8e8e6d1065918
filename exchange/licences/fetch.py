"""Fetching: the walk from a requirement line of a case to an extract, or to reasons why not.

The numbers are those of ``docs/fetch-walk.md``. Rules:
1. Callers never name a holder: the case does.
2. What needs no licence is decided before any licence is looked for; a missing licence and one of another holder answer
   alike.
3. Nothing leaves before the unit is durable: access record, uses, consent and limits in one transaction.
"""

from dataclasses import dataclass

from exchange.audit.entry import ItemDraft, Outcome, key_epoch
from exchange.call import Call
from exchange.entities.case import PinnedMatter
from exchange.entities.catalogue import Basis, Purpose
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.arrivals import note_arrivals
from exchange.licences.codec import HeldLicence
from exchange.licences.exchange_room import ExchangeRoom, Fetched, FetchedEvidence, FetchRequest
from exchange.licences.finding import chosen, licence_facts
from exchange.licences.form import form_of
from exchange.licences.gathering import CaseContext, Line, consent_counter, seen_by_caller
from exchange.licences.lines import lines_of
from exchange.licences.opening import NotOpened, OpenCredential
from exchange.licences.presenting import PREFIX
from exchange.licences.releasing import (
    Refused,
    Released,
    charge,
    commit_all,
    extract_of,
    prepare_all,
    refusal_of,
)
from exchange.purpose.codec import to_bytes
from exchange.purpose.decision import Allow, decide, reasons_shown, release_answers
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.fields import lawful_basis
from exchange.reasons import Reason
from storage.errors import ErasedError

MAX_LINES = 40
MAX_FIELDS = 300
MAX_NAME = 100
"""Of what a caller names: more than any guide has, and little enough that every refusal fits into its record."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line to walk: ``pinned`` None: the case has no such line. ``fields`` empty: all that are allowed."""

    pinned: PinnedMatter | None
    requirement: str
    fields: tuple[str, ...] = ()


def fetch_licence(call: Call, room: ExchangeRoom, request: FetchRequest) -> Fetched:
    """Fetch one requirement line of a case.

    Raises ``RefusedError`` with every reason that may be told (the record's item, which names all of them, is left in
    the draft for the pipeline to commit), ``InvalidError`` if the requirement is ambiguous, and what ``Call.commit``
    raises. Not checked here: authentication, the method's role, the bounds of the request.
    """
    # 1 Caller, case, requirement.
    check_names("requirement", (request.requirement,), request.fields)
    context = open_case(call, room, request.case)
    wanted = wanted_line(call, room, context, request)
    # 2 to 8 The walk over the line.
    outcome = walk(call, room, context, wanted)
    if isinstance(outcome, Refused):
        raise RefusedError(*reasons_shown(outcome.reasons), subject=request.requirement)
    # 9 Commit the unit: access record, uses, consent, limits.
    charge(call, room, (outcome,))
    note_arrivals(call, room, context, (outcome,))
    prepared = call.prepare(Outcome.ALLOWED, (), outcome.presentation.digest)
    extract = extract_of(call, room, context, outcome, prepared)
    position = call.commit(prepared)
    # 10 Return.
    return Fetched(extract, position)


def fetch_evidence(call: Call, room: ExchangeRoom, case: str, requirements: tuple[str, ...]) -> FetchedEvidence:
    """Fetch several lines of a case (none named: every line that applies) with an outcome for each.

    One unit and one access record with an item a line. A case that is not the caller's refuses the call as a whole
    (``RefusedError``); otherwise each line has its own outcome, also where none is released.
    """
    # 1 Caller, case, requirements.
    if len(requirements) > MAX_LINES:
        raise InvalidError((Violation("requirements", f"must be at most {MAX_LINES}", f"不得超过{MAX_LINES}项"),))
    check_names("requirements", requirements)
    context = open_case(call, room, case)
    wanted = wanted_lines(call, room, context, requirements)
    if not 0 < len(wanted) <= MAX_LINES:
        check_own(call, room, context)
    if len(wanted) > MAX_LINES:
        en = f"must name at most {MAX_LINES} lines of the {len(wanted)} that apply: fetch them by several calls"
        zh = f"适用的材料共{len(wanted)}项，每次最多{MAX_LINES}项，请指明并分次调用"
        raise InvalidError((Violation("requirements", en, zh),))
    # 2 to 8 The walk over each line.
    outcomes = [walk(call, room, context, line) for line in wanted]
    for outcome in outcomes:
        if isinstance(outcome, Refused) and Reason.CASE_UNKNOWN in reasons_shown(outcome.reasons):
            raise RefusedError(*reasons_shown(outcome.reasons))
    # 9 Commit the unit: one access record, uses, consents, limits.
    released = tuple(outcome for outcome in outcomes if isinstance(outcome, Released))
    refused = tuple(outcome for outcome in outcomes if isinstance(outcome, Refused))
    charge(call, room, released, refused)
    note_arrivals(call, room, context, released)
    prepared = prepare_all(call, released, refused)
    results = tuple(
        extract_of(call, room, context, one, prepared)
        if isinstance(one, Released)
        else refusal_of(call, room, context, one, prepared)
        for one in outcomes
    )
    position = commit_all(call, prepared)
    # 10 Return.
    return FetchedEvidence(results, position, form_of([(context, one) for one in released]))


def walk(call: Call, room: ExchangeRoom, context: CaseContext, wanted: Wanted) -> Released | Refused:
    """Steps 2 to 8 for one line; leaves an item in the access record either way."""
    # 2 Facts for the decision.
    line = gather(call, room, context, wanted)
    if not isinstance(line, Line):
        return refuse(call, room, wanted, line, None, deny_unknown(line))
    return walk_line(call, room, wanted, line)


def walk_line(call: Call, room: ExchangeRoom, wanted: Wanted, line: Line) -> Released | Refused:
    """Steps 3 to 8 for a line whose facts are gathered, whatever purpose they are of; leaves its item in the record."""
    # 3 Decide phase one: everything that needs no licence.
    decision = decide(line.facts)
    if not isinstance(decision, Allow):
        return refuse(call, room, wanted, line, None, decision.reasons)
    # 4 Find the licence.
    held = find(call, room, line)
    # 5 Decide phase two: the licence's holder, state and period.
    seen = licence_facts(line, held)
    reasons = release_reasons(line.facts, seen)
    if held is None or reasons:
        return refuse(call, room, wanted, line, held, reasons, seen)
    # 6 Read the credential, compare its digest. 7 Verify the issuer's signature at its signing time.
    assert line.holder is not None
    opened = room.opener.open(held.digest, held.identifier, held.issuer, line.holder)
    if not isinstance(opened, OpenCredential) or not is_kept(call, opened.owner):
        seen = unopened_facts(line, held, opened)
        return refuse(call, room, wanted, line, held, release_reasons(line.facts, seen), seen)
    # 8 Disclose only the allowed fields.
    presentation = room.presenter.present(opened, decision.fields, masks(line, decision))
    item = note(call, room, line, held, seen)
    item.fields_released = tuple(presentation.fields)
    item.response_digest = presentation.digest
    if line.uses_counter:
        call.claim(line.uses_counter)
    if line.consent is not None and lawful_basis(line.facts) is Basis.CONSENT:
        call.claim(consent_counter(line.consent.id), line=line.uses_counter)
    return Released(line, held, presentation, item, opened.issue_time)


def check_names(member: str, names: tuple[str, ...], fields: tuple[str, ...] = ()) -> None:
    """Step 1: bound what the caller names before any case is looked at, so that the answer says nothing of one.

    ``member``: where ``names`` stand in the request. Raises ``InvalidError``.
    """
    found = []
    if any(len(name) > MAX_NAME for name in names):
        found.append(Violation(member, f"has over {MAX_NAME} characters", f"不得超过{MAX_NAME}个字符"))
    if len(fields) > MAX_FIELDS:
        found.append(Violation("fields", f"must be at most {MAX_FIELDS}", f"不得超过{MAX_FIELDS}项"))
    if any(len(field) > MAX_NAME for field in fields):
        found.append(Violation("fields", f"has one of over {MAX_NAME} characters", f"单项不得超过{MAX_NAME}个字符"))
    if found:
        raise InvalidError(tuple(found))


def check_own(call: Call, room: ExchangeRoom, context: CaseContext) -> None:
    """Step 1: a case of which no line applies is still told to nobody else; raises ``RefusedError`` as a line would."""
    assert context.case is not None
    outcome = walk(call, room, context, Wanted(context.case.matters[0], ""))
    if isinstance(outcome, Refused) and Reason.CASE_UNKNOWN in reasons_shown(outcome.reasons):
        raise RefusedError(*reasons_shown(outcome.reasons))
    call.draft.items.clear()  # of one's own case nothing was asked


def open_case(call: Call, room: ExchangeRoom, case: str) -> CaseContext:
    """Step 1: the case, read once for all lines, and the head of the access record."""
    context = room.gathering.context(call, case, key_epoch(call.now_us))
    draft = call.draft
    draft.purpose = Purpose.SERVICE
    draft.case_tag = bytes.fromhex(context.tag)
    draft.policy_digest = room.policy_digest
    draft.raw["case"] = case
    return context


def wanted_line(call: Call, room: ExchangeRoom, context: CaseContext, request: FetchRequest) -> Wanted:
    """Step 1: the matter of the case whose pinned guide has the requirement.

    Raises ``InvalidError`` if two have and the request names none; of another department's case this is not told.
    """
    case = context.case
    if case is None:
        return Wanted(None, request.requirement, request.fields)
    named = [pinned for pinned in case.matters if request.matter in {"", pinned.code}]
    if len(named) > 1:
        having = [pinned for pinned in named if _has_line(room, pinned, request.requirement)]
        if len(having) > 1 and seen_by_caller(call, case) is not None:
            en, zh = "is needed: several matters of the case have this requirement", "多个事项含有该材料，请指明事项"
            raise InvalidError((Violation("matter", en, zh),))
        named = having or named
    return Wanted(named[0] if named else None, request.requirement, request.fields)


def wanted_lines(call: Call, room: ExchangeRoom, context: CaseContext, requirements: tuple[str, ...]) -> list[Wanted]:
    """Step 1: the lines named, or every line that applies, in the guide's order.

    What is named and not in the guides keeps a place at the end, to be refused as such.
    """
    case = context.case
    if case is None:
        return [Wanted(None, requirement) for requirement in dict.fromkeys(requirements or ("",))]
    lines = lines_of(room.gathering.plans, call.register, case)
    wanted = [Wanted(pinned, line.id) for pinned, line in lines if not requirements or line.id in requirements]
    known = {line.requirement for line in wanted}
    first = case.matters[0]
    wanted += [Wanted(first, requirement) for requirement in dict.fromkeys(requirements) if requirement not in known]
    return wanted


def gather(call: Call, room: ExchangeRoom, context: CaseContext, wanted: Wanted) -> Line | Facts:
    """Step 2: the line's facts; bare facts if the case or its matter does not exist."""
    if context.case is None or wanted.pinned is None:
        return room.gathering.unknown(call, context, wanted.requirement, wanted.fields)
    line = room.gathering.line(call, context, wanted.pinned, wanted.requirement, wanted.fields)
    draft = call.draft
    draft.matter = line.plan.matter
    draft.matter_revision = wanted.pinned.revision
    draft.guide_digest = line.plan.guide_digest
    return line


def deny_unknown(facts: Facts) -> tuple[Reason, ...]:
    """Step 3 for a line without case or matter: never allowed, whatever the guards say."""
    decision = decide(facts)
    return (Reason.EVIDENCE_NOT_REQUIRED,) if isinstance(decision, Allow) else decision.reasons


def find(call: Call, room: ExchangeRoom, line: Line) -> HeldLicence | None:
    """Step 4: the holder's licence of the line's type that serves best, or None.

    A holder whose data key was destroyed has no licences any more. Raw identifiers of the
    first holder go into the record's sealed part, under that holder's key; of others there are tags only.
    """
    holder, licence_type = line.holder, line.plan.type_facts.code
    assert holder is not None
    assert licence_type is not None
    owner = room.store.owner(holder)
    held = chosen(line, call.read(room.store.holdings, f"{licence_type}/{owner}").value, call.now)
    if not is_kept(call, owner):
        return None
    if "holder" not in call.draft.raw:
        call.draft.sealed_owner = owner
        call.draft.raw["holder"] = f"{holder.id_type}:{holder.id_number}"
    if held is not None and call.draft.sealed_owner == owner:  # nobody's identifiers under another's key
        call.draft.raw[f"licence/{line.facts.request.requirement or ''}"] = held.identifier
    return held


def is_kept(call: Call, owner: str) -> bool:
    """Whether the owner's data were not erased; expected to stay so until the commit."""
    try:
        call.data_key(owner)
    except ErasedError:
        return False
    return True


def unopened_facts(line: Line, held: HeldLicence, opened: OpenCredential | NotOpened) -> LicenceFacts:
    """Steps 6 and 7: what phase two is told of a credential that cannot be used; an erased one is not found."""
    if isinstance(opened, OpenCredential) or not opened.found:
        return licence_facts(line, None)
    return licence_facts(line, held, intact=opened.intact, signed=opened.signed)


def release_reasons(facts: Facts, seen: LicenceFacts) -> tuple[Reason, ...]:
    """Step 5: why phase two refuses; phase one has allowed the same facts."""
    return tuple(dict.fromkeys(reason for reason in release_answers(facts, seen) if reason is not None))


def masks(line: Line, decision: Allow) -> tuple[tuple[str, str], ...]:
    """Step 8: (field, rule) of each field that the decision obliges to mask."""
    return tuple(pair for pair in line.plan.masks if PREFIX + pair[0] in decision.obligations)


def note(call: Call, room: ExchangeRoom, line: Line, held: HeldLicence | None, seen: LicenceFacts | None) -> ItemDraft:
    """The record's item for a line: tags, basis, fields and the facts that decided it."""
    item = ItemDraft(
        requirement=line.facts.request.requirement or "",
        licence_type=line.plan.type_facts.code or "",
        holder_tag=line.holder_tag,
        legal_basis=lawful_basis(line.facts) or "",
        consent=line.consent.id if line.consent else "",
        agreement=line.agreement.id if line.agreement else "",
        fields_requested=line.asked,
        facts=to_bytes(line.facts, seen),
        matter=line.plan.matter,
    )
    if held is not None:
        item.issuer = held.issuer
        epoch = key_epoch(call.now_us)
        item.licence_tag = room.gathering.tagger.licence(item.licence_type, held.identifier, epoch)
        item.licence_version = held.version
    return call.draft.item(item)


def refuse(
    call: Call,
    room: ExchangeRoom,
    wanted: Wanted,
    line: Line | Facts,
    held: HeldLicence | None,
    reasons: tuple[Reason, ...],
    seen: LicenceFacts | None = None,
) -> Refused:
    """Leave the refused line's item in the record, with every reason and the facts."""
    if isinstance(line, Line):
        item = note(call, room, line, held, seen)
        matter = line.plan.matter
    else:
        item = call.draft.item(ItemDraft(requirement=wanted.requirement, fields_requested=wanted.fields))
        item.facts = to_bytes(line)
        matter = ""
    item.outcome = Outcome.REFUSED
    item.reasons = tuple(reason.value for reason in reasons)
    return Refused(wanted.requirement, matter, reasons)


def _has_line(room: ExchangeRoom, pinned: PinnedMatter, requirement: str) -> bool:
    guide = room.gathering.plans.guide(pinned)
    return guide is not None and any(line.id == requirement for line in guide.evidence)
