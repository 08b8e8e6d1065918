"""Why a recorded access was allowed or refused: the decision made again from the recorded facts, guard by guard.

Rules:
1. Nothing is read but the record. To ask what today's rules would say of today's catalogue, gather facts anew.
2. Some refusals come after the decision, when the call commits or is answered; the facts cannot show these. A record
   that has only such reasons agrees with a decision that allows.
3. Of a time when no rule asked whether a case was handed over, no record says it: it is taken as handed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from exchange.entities.catalogue import Label
from exchange.purpose.decision import (
    POLICY,
    Allow,
    Decision,
    answers,
    decide,
    decide_release,
    guards_for,
    release_answers,
    release_guards_for,
)
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.guards import NEEDS_CASE
from exchange.purpose.titles import TITLES
from exchange.reasons import TEXTS, Reason

AFTER_DECISION: frozenset[Reason] = frozenset(
    {
        Reason.AGREEMENT_SCOPE,
        Reason.AUDIT_UNAVAILABLE,
        Reason.CLOCK_UNTRUSTED,
        Reason.CONSENT_EXHAUSTED,
        Reason.CONSENT_REVOKED,
        Reason.DEADLINE_TOO_SHORT,
        Reason.INTERNAL,
        Reason.LETTER_EXHAUSTED,
        Reason.LOCKED_OUT,
        Reason.LOG_UNWITNESSED,
        Reason.OVERLOADED,
        Reason.RATE_LIMITED,
        Reason.RECORD_CORRUPT,
        Reason.REQUEST_REPLAYED,
        Reason.SIGNATURE_FAILED,
        Reason.SIGNER_UNAVAILABLE,
        Reason.STORAGE_UNAVAILABLE,
        Reason.TASK_EXHAUSTED,
        Reason.TRAWL_SUSPECTED,
        Reason.USES_EXHAUSTED,
    }
)
"""Reasons that a call may still end with after ``decide`` allowed it: its conditions are judged again as it commits."""


_BEFORE_HAND_OVER = frozenset(f"onceonly-purpose/{number}" for number in range(1, 4))


class RecordedOutcome(StrEnum):
    """How the access record says that the line ended."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One guard's answer: ``reason`` is ``None`` if it held. ``text`` says what held, or why it refused."""

    step: int
    guard: str
    reason: Reason | None
    text: Label

    @property
    def held(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Explanation:
    """``findings``: every guard that applies, in order; phase two's if phase one allowed and the licence was looked up.

    ``same_policy``: the facts were gathered for the rules that ran here. ``agrees``: the decision made again leads to
    what the record says. If it does not and the policy is the same, the record or the hub is wrong.
    """

    findings: tuple[Finding, ...]
    decision: Decision
    same_policy: bool
    agrees: bool


def explain(
    facts: Facts,
    licence: LicenceFacts | None,
    recorded_outcome: RecordedOutcome,
    recorded_reasons: Sequence[Reason],
    recorded_fields: Sequence[str],
) -> Explanation:
    """Decide again and compare with the record. ``licence`` is ``None`` if phase two was not reached.

    Does not check that the facts belong to the record: the access log's digests do.
    """
    if facts.policy in _BEFORE_HAND_OVER and facts.case.exists is True:
        facts = replace(facts, case=replace(facts.case, handed_over=True))
    reasons = answers(facts)
    without_case = Reason.CASE_UNKNOWN in reasons
    findings = [
        _finding(guard.step, guard.rule.__name__, reason)
        for guard, reason in zip(guards_for(facts), reasons, strict=True)
        if not (without_case and guard.reason in NEEDS_CASE)
    ]
    decision = decide(facts)
    if licence is not None and isinstance(decision, Allow):
        findings += [
            _finding(guard.step, guard.rule.__name__, reason)
            for guard, reason in zip(release_guards_for(facts), release_answers(facts, licence), strict=True)
        ]
        decision = decide_release(facts, licence)
    return Explanation(
        findings=tuple(findings),
        decision=decision,
        same_policy=facts.policy == POLICY,
        agrees=_agrees(decision, recorded_outcome, frozenset(recorded_reasons), frozenset(recorded_fields)),
    )


def _finding(step: int, guard: str, reason: Reason | None) -> Finding:
    text = TITLES[guard] if reason is None else Label(TEXTS[reason].zh, TEXTS[reason].en)
    return Finding(step, guard, reason, text)


def _agrees(decision: Decision, outcome: RecordedOutcome, reasons: frozenset[Reason], released: frozenset[str]) -> bool:
    if outcome is RecordedOutcome.ALLOWED:
        # A field that the licence has no value for is allowed and yet not released.
        return isinstance(decision, Allow) and not reasons and released <= frozenset(decision.fields)
    if released or not reasons:
        return False
    if isinstance(decision, Allow):
        return reasons <= AFTER_DECISION
    return outcome is RecordedOutcome.REFUSED and reasons == frozenset(decision.reasons)
