"""Step 9 of the fetch walk: what a release uses up, its record, and the extracts and receipts that the record covers.

Rules:
1. A receipt carries the commitment of the record that is about to be committed; nobody sees it unless that succeeds.
2. Uses of a line and of a consent are durable conditions of the unit, so of two calls for the last one only one wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from exchange.audit.entry import ItemDraft, Outcome
from exchange.call import Call, Position, Prepared
from exchange.entities.catalogue import Basis, Purpose
from exchange.entities.licence import FieldValue
from exchange.errors import RefusedError, StaleError
from exchange.licences.codec import HeldLicence
from exchange.licences.exchange_room import ExchangeRoom, Extract, RefusedLine
from exchange.licences.gathering import CaseContext, Line, consent_counter
from exchange.licences.presenting import Presentation
from exchange.licences.receipts import receipt_number
from exchange.purpose import limits as purpose_limits
from exchange.purpose.decision import reasons_shown
from exchange.purpose.fields import lawful_basis
from exchange.reasons import Reason
from signer.receipt import Act, Receipt
from storage.records.changes import Spend


@dataclass(frozen=True, slots=True)
class Released:
    """A line that is allowed: what leaves, the record's item for it, and when the licence's version was issued."""

    line: Line
    held: HeldLicence
    presentation: Presentation
    item: ItemDraft
    issue_time: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not: every reason, as recorded."""

    requirement: str
    matter: str
    reasons: tuple[Reason, ...]


def charge(call: Call, room: ExchangeRoom, released: tuple[Released, ...], refused: tuple[Refused, ...] = ()) -> None:
    """Step 9: what the release uses up: the line's uses, the consent's, the operator's and the agreement's limits.

    A repeat of a call that was committed before spends no use that the first has spent; the limits in time count it. A
    call that releases nothing is a refusal, and counts as one.
    """
    gathering = room.gathering
    operator = call.draft.operator_tag.hex()
    if not released:
        reasons = [reason for one in refused for reason in one.reasons]
        call.charge(purpose_limits.for_refusal(gathering.limits, operator, reasons, call.now))
        return
    holders = [one.line.holder_tag.hex() for one in released]
    call.charge(purpose_limits.for_fetch(gathering.limits, operator, holders, call.now))
    spend_uses(call, released)


def spend_uses(call: Call, released: tuple[Released, ...]) -> None:
    """Step 9: the uses of each line, its consent and its agreement, whatever bounds the operator.

    The consent's use comes right after its line's: ``remembered_uses`` tells by that what was spent together.
    """
    for one in released:
        line = one.line
        if line.agreement is not None:
            call.charge(purpose_limits.for_agreement(line.agreement.id, line.agreement.daily_cap, call.now))
        requirement = line.plan.requirement
        assert requirement is not None
        if not call.used_before(line.uses_counter):
            call.spend(Spend(line.uses_counter, 1, requirement.max_uses), Reason.USES_EXHAUSTED)
        if line.consent is not None and lawful_basis(line.facts) is Basis.CONSENT:
            counter = consent_counter(line.consent.id)
            if not call.used_before(counter, line=line.uses_counter):
                call.spend(Spend(counter, 1, line.consent.max_uses), Reason.CONSENT_EXHAUSTED)


def prepare_all(call: Call, released: tuple[Released, ...], refused: tuple[Refused, ...]) -> Prepared:
    """Step 9: finish the record of a call with several lines; its response digest covers every presentation."""
    reasons = tuple(dict.fromkeys(reason.value for one in refused for reason in one.reasons))
    digest = sha256(b"".join(one.presentation.digest for one in released)).digest() if released else b""
    if not refused:
        return call.prepare(Outcome.ALLOWED, (), digest)
    return call.prepare(Outcome.PARTIAL if released else Outcome.REFUSED, reasons, digest)


def commit_all(call: Call, prepared: Prepared) -> Position:
    """Step 9: commit; if a use was taken by another call meanwhile, the lines are decided anew on the counts of now."""
    try:
        return call.commit(prepared)
    except RefusedError as error:
        if {Reason.USES_EXHAUSTED, Reason.CONSENT_EXHAUSTED}.isdisjoint(error.reasons):
            raise
        raise StaleError from error


def extract_of(call: Call, room: ExchangeRoom, context: CaseContext, released: Released, prepared: Prepared) -> Extract:
    """Step 9: the extract and its receipt, which carries the commitment of the record that is about to be committed."""
    return bound_extract_of(call, room, [(context, released)], prepared)


def bound_extract_of(
    call: Call, room: ExchangeRoom, served: Sequence[tuple[CaseContext, Released]], prepared: Prepared
) -> Extract:
    """Step 9: one extract for all lines in ``served``, each of which allows the same fields of the same licence.

    Its receipt names the case, matter, guide and consent of the first, and of several lines those of each in lists; it
    ends with the first of the cases to end.
    """
    first = served[0][1]
    line, held, presentation = first.line, first.held, first.presentation
    requirement = line.plan.requirement
    assert requirement is not None
    basis = lawful_basis(line.facts)
    cases = [context.case for context, _ in served if context.case is not None]
    consents = [one.line.consent.id for _, one in served if one.line.consent is not None and basis is Basis.CONSENT]
    several = len(served) > 1
    receipt = Receipt(
        identifier=receipt_number(),
        hub=room.receipts.hub,
        audience=call.caller.department.uscc,
        system=call.caller.system,
        act=Act.RELEASED,
        issue_time=call.now,
        expire_time=room.receipts.expiry(call, min(case.expires_time for case in cases)),
        purpose=Purpose.SERVICE,
        matter=line.plan.matter,
        guide_revision=str(line.plan.guide.pinned_revision),
        case=served[0][0].case_id,
        legal_basis=basis,
        consent=consents[0] if consents else None,
        fields=tuple(presentation.fields),
        sd_hash=presentation.sd_hash,
        licence=held.identifier,
        licence_version=held.version,
        commitment=prepared.commitment,
        cases=tuple(context.case_id for context, _ in served) if several else (),
        matters=tuple(one.line.plan.matter for _, one in served) if several else (),
        guides=tuple(str(one.line.plan.guide.pinned_revision) for _, one in served) if several else (),
        consents=tuple(consents) if several else (),
    )
    return Extract(
        requirement=requirement.id,
        licence_type=requirement.licence_type,
        identifier=held.identifier,
        presentation=presentation.text,
        receipt=room.receipts.sign(receipt),
        fields=presentation.fields,
        prefill=prefill(line, presentation),
        second_signature=presentation.second_signature,
    )


def prefill(line: Line, presentation: Presentation) -> dict[str, FieldValue]:
    """The form fields that the released values fill; a masked value fills none."""
    requirement = line.plan.requirement
    assert requirement is not None
    return {
        target: presentation.fields[source]
        for source, target in requirement.prefills
        if source in presentation.fields and source not in presentation.masked
    }


def refusal_of(
    call: Call, room: ExchangeRoom, context: CaseContext, refused: Refused, prepared: Prepared
) -> RefusedLine:
    """Step 9: a refused line's reasons, as far as the caller may know them, and a receipt of the refusal."""
    shown = reasons_shown(refused.reasons)
    receipt = Receipt(
        identifier=receipt_number(),
        hub=room.receipts.hub,
        audience=call.caller.department.uscc,
        system=call.caller.system,
        act=Act.REFUSED,
        issue_time=call.now,
        expire_time=room.receipts.expiry(call, 0),
        purpose=Purpose.SERVICE,
        matter=refused.matter or None,
        case=context.case_id,
        commitment=prepared.commitment,
        reasons=tuple(reason.value for reason in shown),
    )
    return RefusedLine(refused.requirement, shown, room.receipts.sign(receipt))
