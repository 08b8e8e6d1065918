"""The decision on allowed baselines with one thing changed, for every guard that purpose.md's steps name."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.entities.case import CaseState, RepresentationKind
from exchange.entities.catalogue import Basis, CaseAssurance, Purpose, Role, Sharing, Status
from exchange.purpose.decision import Allow, Deny, decide, reasons_shown
from exchange.purpose.facts import Facts, LineFacts, TypeFacts
from exchange.purpose.fields import allowed_fields
from exchange.purpose.guards import NO_LINE
from exchange.reasons import Reason
from tests.fakes.purpose_facts import (
    CASE,
    DAY,
    DEPARTMENT,
    FULL,
    HOLDER,
    LINE,
    MATTER,
    NONE,
    NOW,
    OTHER,
    OVERSIGHT,
    SELF,
    SERVICE,
    changed,
    some,
)

R = Reason
NEWER = changed(SERVICE, guide__current_revision=4, guide__current_digest="4" * 64)
DELEGATED = changed(SERVICE, caller__department=OTHER, case__delegated=True)
COLLECTING = changed(SERVICE, caller__department=OTHER, case__collecting=True)
SHARED = changed(SERVICE, caller__department=OTHER, case__shared=True)
LEADER = changed(
    FULL,
    representation__kind=RepresentationKind.LEGAL_REPRESENTATIVE,
    representation__shown=True,
    representation__until_time=NOW + 300 * DAY,
)
HANDLER = changed(FULL, representation__kind=RepresentationKind.HANDLER, representation__shown=True)
GUARDIAN = changed(LEADER, representation__kind=RepresentationKind.GUARDIAN, representation__majority_time=NOW + 1)
WAITING = changed(SERVICE, case__state=CaseState.AWAITING_EVIDENCE)


def test_purpose_baselines_are_allowed() -> None:
    service = ("mark_purpose", "mask:code", "notify_holder", "receipt")
    assert decide(SERVICE) == Allow(("address", "code", "name", "scope"), service)
    assert decide(FULL) == Allow(("code", "name"), (*service, "spend_consent:consent-1"))
    assert decide(SELF) == Allow(("code", "name"), ("mark_purpose", "receipt"))
    assert decide(OVERSIGHT) == Allow((), ("metadata_only",))


ALLOWED: dict[str, tuple[Facts, dict[str, Any]]] = {
    "a delegated counter": (DELEGATED, {}),
    "a delegated counter under its principal's agreement": (
        FULL,
        {"caller__department": OTHER, "case__delegated": True},
    ),
    "a department of another region with which the files are shared": (SHARED, {}),
    "a legal representative for as long as the case": (LEADER, {}),
    "a handler whom the legal representative has sent": (HANDLER, {}),
    "a guardian in the last second": (GUARDIAN, {}),
    "an agent whose authority no licence shows": (FULL, {"representation__shown": False}),
    "a case without deadline": (SERVICE, {"case__expires_time": 0}),
    "a case that awaits this very line": (WAITING, {}),
    "a department that implements another's matter by delegation": (
        SERVICE,
        {"guide__implementer": OTHER, "case__delegated": True},
    ),
    "a line left out in the transition period": (
        NEWER,
        {"guide__transition_end_time": NOW + 1, "current": LineFacts()},
    ),
    "an agreement without a cap": (FULL, {"agreement__daily_cap": 0}),
    "a consent that begins this second": (FULL, {"consent__from_time": NOW}),
    "a consent to all fields": (FULL, {"consent__fields": NONE}),
    "an agent for all evidence": (FULL, {"representation__requirements": NONE}),
    "exactly as many holders as cases allow": (SERVICE, {"standing__holders": 14}),
    "a duty beside a spent consent": (FULL, {"current__bases": some(Basis.DUTY), "consent__uses_left": 0}),
    "a mandate for all departments": (OVERSIGHT, {"mandate__departments": NONE, "mandate__asked": NONE}),
    "a mandate for just the departments asked about": (OVERSIGHT, {"mandate__asked": some(DEPARTMENT, OTHER)}),
    "a holder who asks for all fields": (
        SELF,
        {"licence_type__prohibitions": (), "request__fields": some("name", "code", "scope")},
    ),
    "authority for exactly 30 days": (
        FULL,
        {"representation__from_time": NOW - DAY, "representation__until_time": NOW + 29 * DAY},
    ),
    "a party that acts itself beside an expired agent": (
        FULL,
        {
            "representation__agent_present": False,
            "representation__until_time": NOW,
            "representation__requirements": some("another"),
        },
    ),
    "a duty beside a revoked consent to something else": (
        FULL,
        {
            "pinned__bases": some(Basis.DUTY),
            "current__bases": some(Basis.DUTY),
            "consent__revoked": True,
            "consent__case": "ef" * 16,
            "consent__fields": some("else"),
        },
    ),
    "an unconditionally shared type beside an agreement on something else": (
        FULL,
        {
            "licence_type__sharing": Sharing.UNCONDITIONAL,
            "agreement__matters": NONE,
            "agreement__fields": NONE,
        },
    ),
    "a prohibited field that is not asked for": (
        SERVICE,
        {"licence_type__prohibitions": (("scope", some(Purpose.SERVICE)),), "request__fields": some("name")},
    ),
}


@pytest.mark.parametrize(("facts", "changes"), ALLOWED.values(), ids=ALLOWED.keys())
def test_purpose_allows(facts: Facts, changes: dict[str, Any]) -> None:
    assert isinstance(decide(changed(facts, **changes)), Allow)


DENIED: list[tuple[Facts, dict[str, Any], set[Reason]]] = [
    # Steps 1 to 5
    (SERVICE, {"caller__certificate_registered": False}, {R.CERTIFICATE_UNKNOWN}),
    (SERVICE, {"caller__certificate_revoked": True}, {R.CERTIFICATE_REVOKED}),
    (SERVICE, {"caller__token_valid": False}, {R.TOKEN_INVALID}),
    (SERVICE, {"caller__token_bound": False}, {R.TOKEN_UNBOUND}),
    (SERVICE, {"caller__department_status": Status.SUSPENDED}, {R.OPERATOR_UNKNOWN}),
    (SERVICE, {"caller__operator_status": Status.SUSPENDED}, {R.OPERATOR_UNKNOWN}),
    (SERVICE, {"caller__required_role": Role.ISSUER}, {R.ROLE_MISSING}),
    (SERVICE, {"caller__operator_roles": NONE}, {R.ROLE_MISSING, R.PURPOSE_NOT_ALLOWED}),
    (SERVICE, {"caller__department_roles": some(Role.ISSUER)}, {R.ROLE_MISSING, R.PURPOSE_NOT_ALLOWED}),
    (SERVICE, {"caller__operator_assurance": 1}, {R.ASSURANCE_LOW}),
    (SERVICE, {"request__fresh": False}, {R.REQUEST_REPLAYED}),
    (SERVICE, {"request__token_matters": some("another")}, {R.TOKEN_EXCEEDED}),
    (SERVICE, {"request__token_cases": some("another")}, {R.TOKEN_EXCEEDED}),
    (SERVICE, {"request__token_requirements": some("another")}, {R.TOKEN_EXCEEDED}),
    (SELF, {"request__token_matters": some(MATTER)}, {R.TOKEN_EXCEEDED}),
    (SERVICE, {"policy": ""}, {R.PURPOSE_NOT_ALLOWED}),
    (
        SERVICE,
        {"caller__required_role": Role.ISSUER, "caller__operator_roles": some(Role.ISSUER)},
        {R.PURPOSE_NOT_ALLOWED},
    ),
    (SERVICE, {"purpose": None}, {R.PURPOSE_NOT_ALLOWED}),
    # Step 6
    (SERVICE, {"case__exists": False}, {R.CASE_UNKNOWN}),
    *(
        (SERVICE, {"case__state": state}, {R.CASE_NOT_OPEN})
        for state in (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.LAPSED)
    ),
    (SERVICE, {"case__expires_time": NOW}, {R.CASE_EXPIRED}),
    (SERVICE, {"case__handling_department": OTHER}, {R.CASE_NOT_YOURS}),
    (SERVICE, {"case__handling_department": OTHER, "case__delegated": True}, {R.CASE_NOT_YOURS}),
    (SERVICE, {"caller__department": OTHER}, {R.CASE_NOT_YOURS, R.NOT_IMPLEMENTER}),
    (SERVICE, {"case__collecting": True}, {R.COLLECTS_ONLY}),
    (COLLECTING, {}, {R.COLLECTS_ONLY}),
    (COLLECTING, {"case__handed_over": False}, {R.COLLECTS_ONLY}),
    (SERVICE, {"case__handed_over": False}, {R.CASE_NOT_HANDED_OVER}),
    (DELEGATED, {"case__handed_over": False}, {R.CASE_NOT_HANDED_OVER}),
    (
        DELEGATED,
        {"case__handed_over": False, "case__delegated": False},
        {R.CASE_NOT_HANDED_OVER, R.CASE_NOT_YOURS, R.NOT_IMPLEMENTER},
    ),
    (COLLECTING, {"guide__implementer": "third"}, {R.CASE_NOT_YOURS, R.COLLECTS_ONLY}),
    (SHARED, {"guide__implementer": "third"}, {R.CASE_NOT_YOURS}),
    (SHARED, {"case__shared": False}, {R.CASE_NOT_YOURS, R.NOT_IMPLEMENTER}),
    (SHARED, {"case__outstanding": False}, {R.EVIDENCE_NOT_REQUIRED}),
    (SERVICE, {"case__assurance": CaseAssurance.C0}, {R.CASE_ASSURANCE_LOW}),
    (FULL, {"current__min_assurance": CaseAssurance.C2}, {R.CASE_ASSURANCE_LOW}),
    (SELF, {"session__holder": "ef" * 16}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (SELF, {"session__holder": None, "holder": None}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (SELF, {"session__expires_time": NOW}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (SELF, {"session__level": 1}, {R.ASSURANCE_LOW}),
    (OVERSIGHT, {"mandate__auditor": OTHER}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (OVERSIGHT, {"mandate__until_time": NOW}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (OVERSIGHT, {"mandate__from_time": NOW + 1}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (OVERSIGHT, {"mandate__asked": NONE}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (OVERSIGHT, {"mandate__asked": some("another", OTHER)}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    # Step 7
    (SERVICE, {"guide__verified": False}, {R.CATALOGUE_STALE}),
    (SERVICE, {"guide__current_revision": 2}, {R.CATALOGUE_STALE}),
    (SERVICE, {"guide__current_digest": "5" * 64}, {R.CATALOGUE_STALE}),
    (SERVICE, {"guide__current_revision": 0}, {R.MATTER_NOT_IN_FORCE}),
    (NEWER, {"guide__pinned_revision": 0}, {R.MATTER_NOT_IN_FORCE}),
    (SERVICE, {"guide__implementer": OTHER}, {R.NOT_IMPLEMENTER}),
    (DELEGATED, {"guide__implementer": None}, {R.CASE_NOT_YOURS, R.NOT_IMPLEMENTER}),
    # Step 8
    (
        SERVICE,
        {"pinned": LineFacts(), "current": LINE},
        {
            R.EVIDENCE_NOT_REQUIRED,
            R.REQUIREMENT_WITHDRAWN,
            R.FIELD_NOT_ALLOWED,
            R.CASE_ASSURANCE_LOW,
            R.BASIS_MISSING,
            R.USES_EXHAUSTED,
        },
    ),
    (FULL, {"case__situations": some("renewal")}, {R.EVIDENCE_NOT_REQUIRED}),
    (SERVICE, {"licence_type__code": "another"}, {R.EVIDENCE_NOT_REQUIRED}),
    (SERVICE, {"holder": ""}, {R.EVIDENCE_NOT_REQUIRED}),
    (WAITING, {"case__outstanding": False}, {R.EVIDENCE_NOT_REQUIRED}),
    (NEWER, {"current__withdrawn": True}, {R.REQUIREMENT_WITHDRAWN}),
    (NEWER, {"current__withdrawn": True, "guide__transition_end_time": NOW + 1}, {R.REQUIREMENT_WITHDRAWN}),
    (NEWER, {"current__party": "seller"}, {R.REQUIREMENT_WITHDRAWN}),
    (NEWER, {"current__licence_type": "another"}, {R.REQUIREMENT_WITHDRAWN}),
    (SERVICE, {"request__fields": some("name", "phone")}, {R.FIELD_NOT_ALLOWED}),
    (FULL, {"request__fields": some("phone")}, {R.FIELD_NOT_ALLOWED, R.AGREEMENT_SCOPE, R.CONSENT_SCOPE}),
    (NEWER, {"current__fields": some("phone")}, {R.FIELD_NOT_ALLOWED}),
    (SELF, {"request__fields": some("phone")}, {R.FIELD_NOT_ALLOWED}),
    (SELF, {"request__fields": some("name", "phone")}, {R.FIELD_NOT_ALLOWED}),
    (SELF, {"licence_type__fields": some("scope")}, {R.FIELD_NOT_ALLOWED}),
    (OVERSIGHT, {"request__fields": some("name")}, {R.FIELD_NOT_ALLOWED}),
    # Step 9
    (SERVICE, {"licence_type__prohibitions": (("scope", some(Purpose.SERVICE)),)}, {R.PROHIBITED}),
    (SELF, {"request__fields": some("scope")}, {R.PROHIBITED}),
    (SERVICE, {"restricted": some(Purpose.SERVICE)}, {R.PROHIBITED}),
    # Step 10
    (
        SERVICE,
        {"licence_type__sharing": Sharing.NONE},
        {
            R.SHARING_FORBIDDEN,
        },
    ),
    (SERVICE, {"licence_type__sharing": Sharing.CONDITIONAL}, {R.AGREEMENT_MISSING}),
    (FULL, {"agreement__requester": OTHER}, {R.AGREEMENT_SCOPE}),
    (FULL, {"agreement__licence_types": NONE}, {R.AGREEMENT_SCOPE}),
    (FULL, {"agreement__matters": some("another")}, {R.AGREEMENT_SCOPE}),
    (FULL, {"agreement__until_time": NOW}, {R.AGREEMENT_SCOPE}),
    (FULL, {"agreement__used_today": 100}, {R.AGREEMENT_SCOPE}),
    (FULL, {"agreement__fields": some("name")}, {R.AGREEMENT_SCOPE}),
    (FULL, {"agreement__fields": some("else"), "request__fields": NONE}, {R.AGREEMENT_SCOPE}),
    # Step 11
    (SERVICE, {"pinned__bases": NONE}, {R.BASIS_MISSING}),
    (NEWER, {"current__bases": some(Basis.CONSENT)}, {R.BASIS_MISSING}),
    (NEWER, {"pinned__bases": some(Basis.CONSENT), "current__bases": some(Basis.CONSENT)}, {R.CONSENT_MISSING}),
    (FULL, {"consent__case": "ef" * 16}, {R.CONSENT_SCOPE}),
    (FULL, {"consent__party": "seller"}, {R.CONSENT_SCOPE}),
    (FULL, {"consent__requirements": NONE}, {R.CONSENT_SCOPE}),
    (FULL, {"consent__until_time": NOW}, {R.CONSENT_SCOPE}),
    (FULL, {"consent__fields": some("name")}, {R.CONSENT_SCOPE}),
    (FULL, {"consent__fields": some("else"), "request__fields": NONE}, {R.CONSENT_SCOPE}),
    (FULL, {"consent__revoked": True}, {R.CONSENT_REVOKED}),
    (FULL, {"consent__uses_left": 0}, {R.CONSENT_EXHAUSTED}),
    # Step 12
    (SERVICE, {"representation__agent_present": True}, {R.REPRESENTATION_MISSING, R.CLERK_IS_AGENT}),
    (FULL, {"representation__party": "seller"}, {R.REPRESENTATION_MISSING}),
    (FULL, {"representation__requirements": some("another")}, {R.REPRESENTATION_SCOPE}),
    (FULL, {"representation__until_time": NOW}, {R.REPRESENTATION_EXPIRED}),
    (FULL, {"representation__from_time": NOW - 30 * DAY}, {R.REPRESENTATION_EXPIRED}),
    (
        FULL,
        {"representation__from_time": NOW - DAY, "representation__until_time": NOW + 29 * DAY + 1},
        {R.REPRESENTATION_EXPIRED},
    ),
    (FULL, {"representation__agent_is_clerk": True}, {R.CLERK_IS_AGENT}),
    (FULL, {"representation__revoked": True}, {R.REPRESENTATION_REVOKED}),
    (LEADER, {"representation__revoked": True}, {R.REPRESENTATION_REVOKED}),
    (FULL, {"representation__kind": None}, {R.REPRESENTATION_NOT_SHOWN}),
    *(
        (facts, {"representation__shown": shown}, {R.REPRESENTATION_NOT_SHOWN})
        for facts in (LEADER, HANDLER, GUARDIAN)
        for shown in (False, None)
    ),
    (LEADER, {"representation__until_time": NOW}, {R.REPRESENTATION_EXPIRED}),
    (HANDLER, {"representation__until_time": NOW + 29 * DAY + 1}, {R.REPRESENTATION_EXPIRED}),
    (GUARDIAN, {"representation__majority_time": NOW}, {R.WARD_OF_AGE}),
    (GUARDIAN, {"representation__majority_time": None}, {R.WARD_OF_AGE}),
    # Step 13
    (SERVICE, {"standing__locked": True}, {R.LOCKED_OUT}),
    (SERVICE, {"standing__fetches": 60}, {R.RATE_LIMITED}),
    (SERVICE, {"standing__uses": 3}, {R.USES_EXHAUSTED}),
    (FULL, {"standing__uses": 1, "current__max_uses": 1}, {R.USES_EXHAUSTED}),
    (SERVICE, {"standing__holders": 15}, {R.TRAWL_SUSPECTED}),
]


@pytest.mark.parametrize(("facts", "changes", "reasons"), DENIED)
def test_purpose_denies(facts: Facts, changes: dict[str, Any], reasons: set[Reason]) -> None:
    decision = decide(changed(facts, **changes))
    assert isinstance(decision, Deny)
    assert set(decision.reasons) == reasons
    assert len(decision.reasons) == len(reasons)


def test_purpose_collects_every_reason_in_the_order_of_the_steps() -> None:
    facts = changed(FULL, standing__locked=True, caller__token_bound=False, consent__revoked=True, case__expires_time=1)
    assert decide(facts) == Deny((R.TOKEN_UNBOUND, R.CASE_EXPIRED, R.CONSENT_REVOKED, R.LOCKED_OUT))


def test_purpose_fields_are_cut_by_guide_agreement_and_consent() -> None:
    all_fields = changed(FULL, request__fields=NONE)
    assert decide(all_fields).fields == ("code", "name")
    assert decide(changed(all_fields, consent__fields=some("name"))).fields == ("name",)
    assert decide(changed(all_fields, agreement__fields=some("code"))).fields == ("code",)
    apart = changed(all_fields, agreement__fields=some("code"), consent__fields=some("name"))
    assert decide(apart) == Deny((R.FIELD_NOT_ALLOWED,))


def test_purpose_transition_period_keeps_the_pinned_line() -> None:
    newer = changed(NEWER, current__fields=some("name"), current__max_uses=0)
    assert decide(newer) == Deny((R.USES_EXHAUSTED,))
    assert decide(changed(newer, guide__transition_end_time=NOW)) == Deny((R.USES_EXHAUSTED,))
    assert decide(changed(newer, guide__transition_end_time=NOW + 1)) == decide(SERVICE)


def test_purpose_case_of_another_department_looks_like_none() -> None:
    unknown = replace(
        Facts(),
        policy=SERVICE.policy,
        purpose=Purpose.SERVICE,
        time=NOW,
        caller=SERVICE.caller,
        request=FULL.request,
        standing=SERVICE.standing,
    )
    foreign = changed(FULL, caller__department=OTHER, case__state=CaseState.APPROVED, consent__revoked=True)
    seen_unknown, seen_foreign = decide(unknown), decide(foreign)
    assert isinstance(seen_unknown, Deny)
    assert isinstance(seen_foreign, Deny)
    assert R.CASE_UNKNOWN in seen_unknown.reasons
    assert R.CASE_NOT_YOURS in seen_foreign.reasons
    assert reasons_shown(seen_unknown.reasons) == reasons_shown(seen_foreign.reasons) == (R.CASE_UNKNOWN,)
    assert reasons_shown((R.CASE_EXPIRED,)) == (R.CASE_EXPIRED,)
    assert reasons_shown((R.ROLE_MISSING, R.CASE_NOT_YOURS)) == (R.ROLE_MISSING, R.CASE_UNKNOWN)
    assert HOLDER not in str(seen_foreign)
    assert CASE not in str(seen_foreign)
    assert DEPARTMENT not in str(seen_foreign)


def test_purpose_of_a_line_that_no_guide_has_nothing_else_is_told() -> None:
    nowhere = changed(
        FULL,
        pinned=LineFacts(),
        current=LineFacts(),
        licence_type=TypeFacts(),
        case__state=CaseState.APPROVED,
        case__collecting=True,
        standing__locked=True,
        standing__holders=1_000,
        representation__agent_is_clerk=True,
    )
    denied = decide(nowhere)
    assert isinstance(denied, Deny)
    assert {R.FIELD_NOT_ALLOWED, R.BASIS_MISSING, R.USES_EXHAUSTED, R.SHARING_FORBIDDEN} < set(denied.reasons)
    assert reasons_shown(denied.reasons) == (
        R.CASE_NOT_OPEN,
        R.COLLECTS_ONLY,
        R.EVIDENCE_NOT_REQUIRED,
        R.CLERK_IS_AGENT,
        R.LOCKED_OUT,
        R.TRAWL_SUSPECTED,
    )
    without = decide(changed(SERVICE, pinned=LineFacts(), current=LineFacts(), licence_type=TypeFacts(), holder=None))
    assert isinstance(without, Deny)
    assert set(without.reasons) == NO_LINE
    assert reasons_shown(without.reasons) == (R.EVIDENCE_NOT_REQUIRED,)
    dropped = tuple(reason for reason in without.reasons if reason is not R.SHARING_FORBIDDEN)
    assert reasons_shown(dropped) == dropped


def test_purpose_fields_of_a_purpose_without_licences_are_none() -> None:
    assert allowed_fields(FULL) == some("name", "code")
    assert allowed_fields(OVERSIGHT) == NONE
    assert allowed_fields(changed(FULL, purpose=Purpose.EMERGENCY)) == NONE
