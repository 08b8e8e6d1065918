"""What a case still needs (一次性告知): for each line whether the hub has it, and what the counter should do if not.

Rules:
1. A check never tells more than a fetch would: phase one is decided first, line by line, and only where it allows is a
   licence looked for.
2. Nothing is released and nothing is used up: there are no field values here, and no credential is opened.
3. Who collects a case for another region is told whether a licence is there, as who handles it is. The names of fields
   are told only where something is in the way of the line: a holder must know to what fields a consent is.
4. Each line is told with every way to deal with it, so that the applicant need not ask twice (``evidence_rest``).
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from exchange.audit.entry import Outcome
from exchange.call import Call, is_within_lines
from exchange.cases.requirements import case_lines
from exchange.catalogue.checks.matters import MAX_EVIDENCE
from exchange.entities.catalogue import EvidenceRequirement, Label, Necessity
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.codec import HeldLicence
from exchange.licences.evidence_line import Availability, EvidenceCheck
from exchange.licences.evidence_rest import completed, read_rest
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.fetch import Wanted, check_own, deny_unknown, find, gather, note, open_case, release_reasons
from exchange.licences.finding import licence_facts
from exchange.licences.gathering import Line
from exchange.licences.lines import lines_of
from exchange.purpose.decision import Allow, decide, reasons_shown
from exchange.purpose.fields import guide_fields
from exchange.purpose.limits import for_check
from exchange.reasons import TEXTS, Reason
from storage.errors import ErasedError

_CONSENT = frozenset({Reason.CONSENT_MISSING, Reason.CONSENT_SCOPE, Reason.CONSENT_REVOKED, Reason.CONSENT_EXHAUSTED})
_WITHOUT: Mapping[Necessity, Availability] = MappingProxyType(
    {
        Necessity.REQUIRED: Availability.HAND_IN,
        Necessity.OPTIONAL: Availability.NOT_NEEDED,
        Necessity.DEFERRABLE: Availability.DEFERRABLE,
        Necessity.REPLACEABLE: Availability.REPLACEABLE,
    }
)
"""What a line without a licence means, by the guide."""

_ADVICE: Mapping[Availability, Label] = MappingProxyType(
    {
        Availability.AVAILABLE: Label(
            zh="系统已有该证照，可直接调用，请勿要求申请人提交。",
            en="The hub holds it: fetch it, and ask the applicant for nothing.",
        ),
        Availability.CONSENT_NEEDED: Label(
            zh="须先取得持证主体授权：请告知用途后登记授权，再行调用。",
            en="The holder must consent first: explain the purpose, record the consent, then fetch it.",
        ),
        Availability.DEFERRABLE: Label(
            zh="暂无可用证照，可先行受理，容缺后补。",
            en="There is none to use: accept the case, and let it follow within the deadline.",
        ),
        Availability.REPLACEABLE: Label(
            zh="暂无可用证照，可由申请人书面承诺代替。",
            en="There is none to use: a written commitment may take its place.",
        ),
        Availability.HAND_IN: Label(
            zh="暂无可用证照，请申请人提交材料，或请颁发机构补充归集。",
            en="There is none to use: the applicant must hand it in, or its issuer must add it.",
        ),
        Availability.NOT_NEEDED: Label(
            zh="暂无可用证照，该材料非必需，可不提交。",
            en="There is none to use, and it is not needed.",
        ),
    }
)


def check_evidence(
    call: Call, room: ExchangeRoom, case_id: str, situations: frozenset[str] = frozenset()
) -> tuple[EvidenceCheck, ...]:
    """Say for every line that applies to the case what is available, in the guides' order.

    ``situations`` not empty: only lines of these situations of the case, and those that always apply. A token that is
    limited to some lines is told of those. It tells whether there is a licence, so it is limited as a fetch is. Raises
    ``RefusedError`` if the case is not the caller's, in the same words as if there were none, or with TOO_MANY_LINES if
    there are over 100: never are some of them left out. Raises ``InvalidError`` for a situation that the case does not
    have.
    """
    context = open_case(call, room, case_id)
    # Of whatever case: a limit must not tell another department's case from one that does not exist.
    call.charge(for_check(room.gathering.limits, call.draft.operator_tag.hex(), call.now))
    if context.case is None:
        raise RefusedError(*reasons_shown(deny_unknown(room.gathering.unknown(call, context, "", ()))))
    if situations - context.case.situations:
        check_own(call, room, context)
        # A misspelt one would leave out lines, and the applicant is told once.
        en, zh = "must be situations that were chosen when the case was opened", "应为开办件时所选的情形"
        raise InvalidError((Violation("situations", en, zh),))
    applying = lines_of(room.gathering.plans, call.register, context.case)
    lines = [
        (pinned, line)
        for pinned, line in applying
        if (not (situations and line.situations) or not situations.isdisjoint(line.situations))
        and is_within_lines(call, line.id)
    ]
    if not 0 < len(lines) <= MAX_EVIDENCE:
        check_own(call, room, context)
    if len(lines) > MAX_EVIDENCE:
        raise RefusedError(Reason.TOO_MANY_LINES, subject=f"cases/{case_id}")
    checks = []
    for pinned, requirement in lines:
        line = gather(call, room, context, Wanted(pinned, requirement.id))
        assert isinstance(line, Line)
        checks.append(_check(call, room, line, requirement))
    rest = read_rest(call, room, context.case, case_lines(room.gathering.plans.store, call.register, context.case))
    return tuple(completed(call, room, rest, check) for check in checks)


def _check(call: Call, room: ExchangeRoom, line: Line, requirement: EvidenceRequirement) -> EvidenceCheck:
    decision = decide(line.facts)
    if isinstance(decision, Allow):
        return _looked_up(call, room, line, requirement)
    if decision.reasons == (Reason.COLLECTS_ONLY,):
        return replace(_looked_up(call, room, line, requirement), fields=(), uses_left=0)
    shown = reasons_shown(decision.reasons)
    if Reason.CASE_UNKNOWN in shown:
        raise RefusedError(*shown)
    item = note(call, room, line, None, None)
    item.outcome, item.reasons, item.facts = Outcome.REFUSED, tuple(one.value for one in decision.reasons), b""
    if _CONSENT.issuperset(set(decision.reasons) - {Reason.COLLECTS_ONLY}):
        return _answer(line, requirement, Availability.CONSENT_NEEDED, shown)
    return _answer(line, requirement, Availability.REFUSED, shown)


def _looked_up(call: Call, room: ExchangeRoom, line: Line, requirement: EvidenceRequirement) -> EvidenceCheck:
    """Phase one allows: whether there is a licence, and whether it is in force."""
    held = find(call, room, line)
    reasons = release_reasons(line.facts, licence_facts(line, held))
    item = note(call, room, line, held, None)
    item.facts = b""  # nothing was released on them
    if not reasons:
        assert held is not None
        answer = _answer(line, requirement, Availability.AVAILABLE, ())
        return replace(answer, issued_time=_issued_time(call, room, held), status_time=call.now)
    item.outcome, item.reasons = Outcome.REFUSED, tuple(reason.value for reason in reasons)
    return _answer(line, requirement, _WITHOUT[requirement.necessity], reasons)


def _issued_time(call: Call, room: ExchangeRoom, held: HeldLicence) -> int:
    """When the licence was issued, from its register record; 0 if it was co-held and the first holder was erased."""
    try:
        licence = call.read(room.store.licences, held.identifier).value
    except ErasedError:
        return 0
    return licence.issued_time if licence is not None else 0


def _answer(
    line: Line, requirement: EvidenceRequirement, availability: Availability, reasons: tuple[Reason, ...]
) -> EvidenceCheck:
    uses = line.facts.standing.uses or 0
    return EvidenceCheck(
        requirement=requirement.id,
        matter=line.plan.matter,
        label=requirement.name,
        licence_type=requirement.licence_type,
        party=requirement.party,
        availability=availability,
        reasons=reasons,
        fields=tuple(sorted(guide_fields(line.facts))),
        uses_left=max(requirement.max_uses - uses, 0),
        advice=_advice(availability, reasons),
    )


def _advice(availability: Availability, reasons: tuple[Reason, ...]) -> Label:
    if availability is not Availability.REFUSED:
        return _ADVICE[availability]
    texts = [TEXTS[reason] for reason in reasons]
    return Label(zh="".join(text.zh for text in texts), en=" ".join(text.en for text in texts))
