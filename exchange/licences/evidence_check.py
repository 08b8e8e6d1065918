"""What a case still needs (一次性告知): for each line whether the hub has it, and what the counter should do if not.

Rules:
1. A check never tells more than a fetch would: phase one is decided first, line by line, and only where it allows is a
   licence looked for.
2. Nothing is released and nothing is used up: there are no field values here, and no licence is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from exchange.audit.entry import Outcome
from exchange.call import Call
from exchange.entities.catalogue import EvidenceRequirement, Label, Necessity
from exchange.errors import RefusedError
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.fetch import Wanted, check_own, deny_unknown, find, gather, note, open_case, release_reasons
from exchange.licences.finding import licence_facts
from exchange.licences.gathering import Line
from exchange.licences.lines import lines_of
from exchange.purpose.decision import Allow, decide, reasons_shown
from exchange.purpose.fields import guide_fields
from exchange.purpose.limits import for_check
from exchange.reasons import TEXTS, Reason

MAX_LINES = 100


class Availability(StrEnum):
    """What to do about a line."""

    AVAILABLE = "available"
    CONSENT_NEEDED = "consent_needed"
    DEFERRABLE = "deferrable"
    REPLACEABLE = "replaceable"
    HAND_IN = "hand_in"
    NOT_NEEDED = "not_needed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """The state of one line. ``fields``: what the guide lets the caller read; ``uses_left``: fetches that are left."""

    requirement: str
    matter: str
    label: Label
    licence_type: str
    party: str
    availability: Availability
    reasons: tuple[Reason, ...]
    fields: tuple[str, ...]
    uses_left: int
    advice: Label


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


def check_evidence(call: Call, room: ExchangeRoom, case_id: str) -> tuple[EvidenceCheck, ...]:
    """Say for every line that applies to the case what is available, in the guides' order (at most 100 lines).

    It tells whether there is a licence, so it is limited as a fetch is. Raises ``RefusedError`` if the case is not the
    caller's, in the same words as if there were none.
    """
    context = open_case(call, room, case_id)
    if context.case is None:
        raise RefusedError(*reasons_shown(deny_unknown(room.gathering.unknown(call, context, "", ()))))
    lines = lines_of(room.gathering.plans, context.case)[:MAX_LINES]
    if not lines:
        check_own(call, room, context)
    call.charge(for_check(room.gathering.limits, call.draft.operator_tag.hex(), call.now))
    checks = []
    for pinned, requirement in lines:
        line = gather(call, room, context, Wanted(pinned, requirement.id))
        assert isinstance(line, Line)
        checks.append(_check(call, room, line, requirement))
    return tuple(checks)


def _check(call: Call, room: ExchangeRoom, line: Line, requirement: EvidenceRequirement) -> EvidenceCheck:
    decision = decide(line.facts)
    if isinstance(decision, Allow):
        return _looked_up(call, room, line, requirement)
    shown = reasons_shown(decision.reasons)
    if Reason.CASE_UNKNOWN in shown:
        raise RefusedError(*shown)
    item = note(call, room, line, None, None)
    item.outcome, item.reasons, item.facts = Outcome.REFUSED, tuple(one.value for one in decision.reasons), b""
    if _CONSENT.issuperset(decision.reasons):
        return _answer(line, requirement, Availability.CONSENT_NEEDED, shown)
    return _answer(line, requirement, Availability.REFUSED, shown)


def _looked_up(call: Call, room: ExchangeRoom, line: Line, requirement: EvidenceRequirement) -> EvidenceCheck:
    """Phase one allows: whether there is a licence, and whether it is in force."""
    held = find(call, room, line)
    reasons = release_reasons(line.facts, licence_facts(line, held))
    item = note(call, room, line, held, None)
    item.facts = b""  # nothing was released on them
    if not reasons:
        return _answer(line, requirement, Availability.AVAILABLE, ())
    item.outcome, item.reasons = Outcome.REFUSED, tuple(reason.value for reason in reasons)
    return _answer(line, requirement, _WITHOUT[requirement.necessity], reasons)


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
