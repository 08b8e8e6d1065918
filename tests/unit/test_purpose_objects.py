"""SUPERVISION, ASSISTANCE, CORRECTION and EMERGENCY: allowed calls with one thing changed."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.entities.catalogue import Purpose, Role, Sharing
from exchange.purpose.decision import Allow, Deny, decide, reasons_shown
from exchange.purpose.facts import Facts
from exchange.purpose.object_facts import DisputeFacts, IncidentFacts, LetterFacts, TaskFacts
from exchange.reasons import Reason
from tests.fakes.purpose_facts import (
    ASSISTANCE,
    CORRECTION,
    EMERGENCY,
    NONE,
    NOW,
    OBJECTS,
    OTHER,
    SERVICE,
    SUPERVISION,
    changed,
    some,
)

R = Reason
KEPT = ("mark_purpose", "notify_holder", "receipt")
MASKED = ("mark_purpose", "mask:code", "notify_holder", "receipt")


def test_purpose_objects_allow_their_profile_with_their_obligations() -> None:
    assert decide(SUPERVISION) == Allow(("code", "name"), MASKED)
    assert decide(ASSISTANCE) == Allow(("address", "name"), KEPT)
    assert decide(CORRECTION) == Allow(("name",), KEPT)
    assert decide(EMERGENCY) == Allow(("code", "name"), ("alert", *MASKED, "review"))


ISSUER = changed(
    CORRECTION,
    caller__department=OTHER,
    caller__department_roles=some(Role.ISSUER),
    caller__operator_roles=some(Role.ISSUER),
    caller__required_role=Role.ISSUER,
)


@pytest.mark.parametrize(
    ("facts", "changes"),
    [
        (SUPERVISION, {"request__fields": some("code")}),
        (SUPERVISION, {"task__fields": some("name", "scope"), "request__fields": some("name")}),
        (SUPERVISION, {"task__from_time": NOW}),
        (ASSISTANCE, {"letter__from_time": NOW, "letter__until_time": NOW + 1}),
        (ISSUER, {}),
        (EMERGENCY, {"incident__seconded": False, "incident__alerted": True}),
        (EMERGENCY, {"incident__from_time": NOW, "incident__until_time": NOW + 1_800}),
    ],
)
def test_purpose_object_allows(facts: Facts, changes: dict[str, Any]) -> None:
    assert isinstance(decide(changed(facts, **changes)), Allow)


DENIED: list[tuple[Facts, dict[str, Any], set[Reason]]] = [
    *(
        (facts, {"holder": ""}, {scope})
        for facts, scope in zip(OBJECTS, (R.TASK_SCOPE, R.LETTER_SCOPE, R.DISPUTE_SCOPE, R.INCIDENT_SCOPE), strict=True)
    ),
    *(
        (facts, {"licence_type__code": code}, {scope})
        for code in ("", "another")
        for facts, scope in zip(OBJECTS, (R.TASK_SCOPE, R.LETTER_SCOPE, R.DISPUTE_SCOPE, R.INCIDENT_SCOPE), strict=True)
    ),
    *((facts, {"caller__department": "another"}, {R.EVIDENCE_OBJECT_UNKNOWN}) for facts in OBJECTS),
    *((facts, {"request__fields": some("name", "phone")}, {R.FIELD_NOT_ALLOWED}) for facts in OBJECTS),
    *((facts, {"restricted": some(facts.purpose)}, {R.PROHIBITED}) for facts in OBJECTS),
    *((facts, {"standing__locked": True}, {R.LOCKED_OUT}) for facts in OBJECTS),
    *(
        (facts, {"caller__department_roles": some(Role.AUDITOR)}, {R.ROLE_MISSING, R.PURPOSE_NOT_ALLOWED})
        for facts in OBJECTS
    ),
    *(
        (facts, {"licence_type__sharing": Sharing.NONE}, {R.SHARING_FORBIDDEN})
        for facts in (SUPERVISION, ASSISTANCE, EMERGENCY)
    ),
    (SUPERVISION, {"task__supervisor": OTHER}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (SUPERVISION, {"task__id": ""}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (SUPERVISION, {"task__open": False}, {R.TASK_NOT_OPEN}),
    (SUPERVISION, {"task__from_time": NOW + 1}, {R.TASK_NOT_OPEN}),
    (SUPERVISION, {"task__until_time": NOW}, {R.TASK_NOT_OPEN}),
    (SUPERVISION, {"task__supervised": False}, {R.TASK_SCOPE}),
    (SUPERVISION, {"task__matter": ""}, {R.TASK_SCOPE}),
    (SUPERVISION, {"task__uses_left": 0}, {R.TASK_EXHAUSTED}),
    (SUPERVISION, {"task__fields": NONE}, {R.FIELD_NOT_ALLOWED}),
    (SUPERVISION, {"task__fields": some("scope")}, {R.PROHIBITED}),
    (ASSISTANCE, {"letter__requester": OTHER}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (ASSISTANCE, {"letter__id": ""}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (ASSISTANCE, {"letter__approved": False}, {R.LETTER_NOT_APPROVED}),
    (ASSISTANCE, {"letter__from_time": NOW + 1}, {R.LETTER_EXPIRED}),
    (ASSISTANCE, {"letter__until_time": NOW}, {R.LETTER_EXPIRED}),
    (ASSISTANCE, {"letter__legal_reference": ""}, {R.BASIS_MISSING}),
    (ASSISTANCE, {"letter__uses_left": 0}, {R.LETTER_EXHAUSTED}),
    (CORRECTION, {"dispute__id": ""}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (CORRECTION, {"dispute__issuer": ""}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (ISSUER, {"dispute__disputant": ""}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (CORRECTION, {"dispute__open": False}, {R.DISPUTE_NOT_OPEN}),
    (CORRECTION, {"dispute__from_time": NOW + 1}, {R.DISPUTE_NOT_OPEN}),
    (CORRECTION, {"dispute__until_time": NOW}, {R.DISPUTE_NOT_OPEN}),
    (EMERGENCY, {"incident__id": ""}, {R.EVIDENCE_OBJECT_UNKNOWN}),
    (EMERGENCY, {"incident__ended": True}, {R.INCIDENT_NOT_RUNNING}),
    (EMERGENCY, {"incident__until_time": NOW}, {R.INCIDENT_NOT_RUNNING}),
    (EMERGENCY, {"incident__from_time": NOW + 1}, {R.INCIDENT_NOT_RUNNING}),
    (EMERGENCY, {"incident__from_time": NOW - 61}, {R.INCIDENT_NOT_RUNNING}),
    (EMERGENCY, {"incident__seconded": False}, {R.INCIDENT_UNCONFIRMED}),
    (EMERGENCY, {"incident__review_overdue": True}, {R.REVIEW_OVERDUE}),
]


@pytest.mark.parametrize(("facts", "changes", "reasons"), DENIED)
def test_purpose_object_denies(facts: Facts, changes: dict[str, Any], reasons: set[Reason]) -> None:
    decision = decide(changed(facts, **changes))
    assert isinstance(decision, Deny)
    assert set(decision.reasons) == reasons


def test_purpose_incident_waives_neither_identity_nor_prohibitions() -> None:
    unbound = changed(EMERGENCY, caller__token_bound=False, incident__fields=some("scope"))
    assert decide(unbound) == Deny((R.TOKEN_UNBOUND, R.PROHIBITED))


@pytest.mark.parametrize("facts", OBJECTS)
def test_purpose_object_of_another_department_looks_like_none(facts: Facts) -> None:
    none = replace(facts, task=TaskFacts(), letter=LetterFacts(), dispute=DisputeFacts(), incident=IncidentFacts())
    unknown = decide(replace(none, holder=None, licence_type=SERVICE.licence_type))
    foreign = decide(changed(facts, caller__department="another", restricted=some(*Purpose)))
    assert isinstance(unknown, Deny)
    assert isinstance(foreign, Deny)
    assert reasons_shown(unknown.reasons) == reasons_shown(foreign.reasons) == (R.EVIDENCE_OBJECT_UNKNOWN,)
