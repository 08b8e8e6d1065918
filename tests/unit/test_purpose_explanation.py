"""Explanations: what held, what failed, and whether the record agrees."""

from dataclasses import replace

import pytest

from exchange.purpose.codec import read, to_bytes
from exchange.purpose.decision import Allow, Deny
from exchange.purpose.explanation import AFTER_DECISION, RecordedOutcome, explain
from exchange.purpose.facts import Facts
from exchange.reasons import TEXTS, Reason
from tests.fakes.purpose_facts import FULL, LICENCE, OTHER, OVERSIGHT, SELF, SERVICE, changed

ALLOWED, REFUSED, FAILED = RecordedOutcome.ALLOWED, RecordedOutcome.REFUSED, RecordedOutcome.FAILED


def test_purpose_explanation_of_a_release() -> None:
    facts, licence = read(to_bytes(FULL, LICENCE))
    explanation = explain(facts, licence, ALLOWED, (), ["name", "code"])
    assert explanation.agrees
    assert explanation.same_policy
    assert isinstance(explanation.decision, Allow)
    assert all(finding.held for finding in explanation.findings)
    assert [finding.step for finding in explanation.findings] == sorted(
        finding.step for finding in explanation.findings
    )
    assert {finding.step for finding in explanation.findings} == set(range(1, 15))
    signed = explanation.findings[-1]
    assert (signed.guard, signed.text.en) == ("signature_verifies", "The credential's signature verifies.")


def test_purpose_explanation_of_a_refusal_names_the_failed_guards_in_both_languages() -> None:
    explanation = explain(
        changed(SERVICE, caller__department=OTHER), None, REFUSED, [Reason.NOT_IMPLEMENTER, Reason.CASE_NOT_YOURS], ()
    )
    assert explanation.agrees
    failed = [finding for finding in explanation.findings if not finding.held]
    assert [finding.guard for finding in failed] == ["case_is_handled_by_caller", "department_implements"]
    assert (failed[1].text.zh, failed[1].text.en) == (
        TEXTS[Reason.NOT_IMPLEMENTER].zh,
        TEXTS[Reason.NOT_IMPLEMENTER].en,
    )


def test_purpose_explanation_without_a_case_leaves_out_what_hangs_on_it() -> None:
    unknown = Facts(
        SERVICE.policy,
        SERVICE.purpose,
        SERVICE.time,
        caller=SERVICE.caller,
        standing=SERVICE.standing,
        request=SERVICE.request,
    )
    explanation = explain(unknown, None, REFUSED, [Reason.CASE_UNKNOWN, Reason.TRAWL_SUSPECTED], ())
    assert explanation.decision == Deny((Reason.CASE_UNKNOWN,))
    assert not explanation.agrees
    assert {finding.step for finding in explanation.findings} == {1, 2, 3, 4, 5, 6, 13}


def test_purpose_explanation_of_a_licence_that_was_not_released() -> None:
    explanation = explain(SERVICE, replace(LICENCE, found=False), REFUSED, [Reason.LICENCE_NOT_FOUND], ())
    assert explanation.agrees
    assert explanation.findings[-5].reason is Reason.LICENCE_NOT_FOUND
    refused = explain(changed(SERVICE, standing__locked=True), LICENCE, REFUSED, [Reason.LOCKED_OUT], ())
    assert refused.agrees
    assert max(finding.step for finding in refused.findings) == 13


@pytest.mark.parametrize("facts", [SELF, OVERSIGHT])
def test_purpose_explanation_of_other_purposes(facts: Facts) -> None:
    explanation = explain(facts, None, ALLOWED, (), explained_fields(facts))
    assert explanation.agrees


def explained_fields(facts: Facts) -> tuple[str, ...]:
    return ("name", "code") if facts is SELF else ()


@pytest.mark.parametrize(
    ("facts", "outcome", "reasons", "released", "agrees"),
    [
        (SERVICE, ALLOWED, (), ("name",), True),
        (SERVICE, ALLOWED, (), ("name", "birth_date"), False),
        (SERVICE, ALLOWED, (Reason.RATE_LIMITED,), ("address", "code", "name", "scope"), False),
        (SERVICE, REFUSED, (Reason.RATE_LIMITED,), (), True),
        (SERVICE, REFUSED, (Reason.RATE_LIMITED,), ("name",), False),
        (SERVICE, REFUSED, (Reason.RATE_LIMITED, Reason.CASE_EXPIRED), (), False),
        (SERVICE, REFUSED, (), (), False),
        (SERVICE, FAILED, (Reason.AUDIT_UNAVAILABLE,), (), True),
        (SERVICE, FAILED, (Reason.CASE_EXPIRED,), (), False),
        (changed(SERVICE, time=None), ALLOWED, (), (), False),
        (changed(SERVICE, request__fresh=False), REFUSED, (Reason.REQUEST_REPLAYED,), (), True),
        (changed(SERVICE, request__fresh=False), REFUSED, (Reason.RATE_LIMITED,), (), False),
        (changed(SERVICE, request__fresh=False), FAILED, (Reason.REQUEST_REPLAYED,), (), False),
    ],
)
def test_purpose_explanation_compares_with_the_record(
    facts: Facts, outcome: RecordedOutcome, reasons: tuple[Reason, ...], released: tuple[str, ...], agrees: bool
) -> None:
    assert explain(facts, None, outcome, reasons, released).agrees is agrees


def test_purpose_explanation_tells_facts_of_other_rules() -> None:
    explanation = explain(changed(SERVICE, policy="onceonly-purpose/0"), None, REFUSED, sorted(AFTER_DECISION), ())
    assert not explanation.same_policy
    assert explanation.agrees


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_was_read_before_anybody_asked_for_a_hand_over_is_explained_as_it_was_decided(number: int) -> None:
    old = changed(SERVICE, policy=f"onceonly-purpose/{number}", case__handed_over=None)
    explanation = explain(old, None, ALLOWED, (), ("name",))
    assert explanation.agrees
    assert not explanation.same_policy
    today = explain(changed(SERVICE, case__handed_over=None), None, ALLOWED, (), ("name",))
    assert not today.agrees
