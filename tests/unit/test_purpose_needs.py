"""What each guard of phase one needs: without one of these facts it refuses, by itself and for its own reason.

The decision refuses too if a guard raises. That is the second line of defence, so a guard must not rest on it.
"""

from dataclasses import is_dataclass
from types import ModuleType

import pytest

from exchange.entities.case import RepresentationKind
from exchange.entities.catalogue import Purpose
from exchange.purpose import decision, explanation, facts, guards, limits, object_facts
from exchange.purpose.decision import guards_for, reasons_shown
from exchange.purpose.evidence_guards import session_is_the_holders
from exchange.purpose.facts import Facts
from exchange.purpose.fields import in_transition
from exchange.purpose.guards import PHASE_ONE, Guard
from exchange.purpose.object_guards import fields_are_in_profile
from exchange.purpose.sharing_guards import ward_is_a_minor
from exchange.reasons import Reason
from tests.fakes.purpose_facts import BASELINES, OBJECTS, SELF, WARD, changed, leaves

NEEDS = {
    "certificate_is_registered": "caller__certificate_registered",
    "certificate_is_not_revoked": "caller__certificate_revoked",
    "token_is_valid": "caller__token_valid",
    "token_is_bound": "caller__token_bound",
    "department_is_active": "caller__department caller__department_status",
    "department_has_role": "caller__department_roles caller__required_role",
    "operator_is_active": "caller__operator_status",
    "operator_has_role": "caller__operator_roles caller__required_role",
    "login_is_strong": "caller__operator_assurance caller__required_assurance",
    "request_is_fresh": "request__fresh",
    "request_is_within_token": (
        "request__token_matters request__token_cases request__token_requirements request__requirement "
        "case__tag guide__matter"
    ),
    "purpose_is_open_to_department": "policy purpose caller__department_roles",
    "purpose_is_open_to_operator": "purpose caller__operator_roles",
    "case_exists": "case__exists case__tag",
    "case_is_open": "case__state",
    "case_is_in_its_window": "time case__expires_time",
    "case_is_handled_by_caller": (
        "caller__department case__handling_department case__delegated case__collecting case__shared"
    ),
    "caller_does_more_than_collect": "case__collecting",
    "case_was_handed_over": "case__handed_over",
    "case_is_assured": "case__assurance pinned__min_assurance current__min_assurance",
    "catalogue_is_current": (
        "guide__pinned_revision guide__pinned_digest guide__current_revision guide__current_digest guide__verified"
    ),
    "guide_is_in_force": "guide__matter guide__pinned_revision guide__current_revision guide__transition_end_time",
    "department_implements": "caller__department guide__implementer",
    "evidence_is_required": (
        "holder request__requirement pinned__licence_type pinned__party pinned__fields pinned__situations "
        "licence_type__code"
    ),
    "situation_needs_evidence": "case__situations pinned__situations current__situations",
    "evidence_is_outstanding": "case__outstanding",
    "requirement_is_not_withdrawn": (
        "pinned__licence_type pinned__party pinned__withdrawn current__licence_type current__party "
        "current__fields current__withdrawn"
    ),
    "fields_are_in_guide": "request__fields pinned__fields current__fields licence_type__masked",
    "fields_are_not_prohibited": "licence_type__prohibitions",
    "holder_is_not_restricted": "restricted",
    "type_is_shared": "licence_type__sharing",
    "agreement_exists": "agreement__id",
    "agreement_covers_call": (
        "time guide__matter licence_type__code agreement__requester agreement__licence_types "
        "agreement__matters agreement__from_time agreement__until_time agreement__daily_cap "
        "agreement__used_today"
    ),
    "agreement_covers_fields": "request__fields pinned__fields current__fields agreement__fields",
    "basis_is_lawful": "pinned__bases current__bases",
    "consent_exists": "consent__id",
    "consent_covers_call": (
        "time request__requirement case__tag pinned__party consent__case consent__party consent__requirements "
        "consent__from_time consent__until_time"
    ),
    "consent_covers_fields": "request__fields pinned__fields current__fields consent__fields",
    "consent_is_not_revoked": "consent__revoked",
    "consent_has_uses": "consent__uses_left",
    "agent_is_authorised": "representation__agent_present pinned__party representation__party",
    "agent_may_use_evidence": "request__requirement representation__requirements",
    "agent_authority_is_in_its_window": (
        "time representation__from_time representation__until_time representation__kind"
    ),
    "agent_authority_is_not_revoked": "representation__revoked",
    "agent_authority_is_shown": "representation__kind representation__shown",
    "ward_is_a_minor": "time representation__majority_time",
    "clerk_is_not_agent": "representation__agent_is_clerk",
    "caller_is_not_locked_out": "standing__locked",
    "hourly_limit_is_not_reached": "standing__fetches standing__fetches_limit",
    "uses_are_left": "pinned__max_uses current__max_uses standing__uses",
    "holders_match_cases": "standing__holders standing__cases standing__extra_holders",
    "session_is_the_holders": "time holder session__holder session__expires_time",
    "session_is_strong": "session__level session__required_level",
    "fields_are_of_type": (
        "purpose request__fields licence_type__code licence_type__prohibitions licence_type__fields"
    ),
    "mandate_is_the_callers": (
        "time caller__department mandate__id mandate__auditor mandate__from_time mandate__until_time"
    ),
    "mandate_covers_departments": "mandate__departments mandate__asked",
    "no_field_is_asked": "request__fields",
    "task_is_the_callers": "caller__department task__id task__supervisor",
    "task_is_open": "time task__from_time task__until_time task__open",
    "task_matter_is_supervised": "task__matter task__supervised",
    "task_covers_type": "holder licence_type__code task__licence_type",
    "fields_are_in_profile": (
        "purpose request__fields licence_type__masked task__fields letter__fields dispute__fields incident__fields"
    ),
    "task_has_uses": "task__uses_left",
    "letter_is_the_callers": "caller__department letter__id letter__requester",
    "letter_is_approved": "letter__approved",
    "letter_is_in_its_window": "time letter__from_time letter__until_time",
    "letter_covers_type": "holder licence_type__code letter__licence_types",
    "letter_cites_law": "letter__legal_reference",
    "letter_has_uses": "letter__uses_left",
    "dispute_is_the_callers": "caller__department dispute__id dispute__issuer dispute__disputant",
    "dispute_is_open": "time dispute__from_time dispute__until_time dispute__open",
    "dispute_covers_type": "holder licence_type__code dispute__licence_type",
    "incident_is_the_callers": "caller__department incident__id incident__department",
    "incident_is_running": "time incident__from_time incident__until_time incident__ended",
    "incident_is_watched": "incident__seconded",
    "reviews_are_not_overdue": "incident__review_overdue",
    "incident_covers_type": "holder licence_type__code incident__licence_types",
    "incident_has_reason": "incident__reason",
}
BY_RAISING = ("fields_are_of_type", "licence_type__prohibitions")
"""Without prohibitions there are no allowed fields to speak of."""
GUARDS = {guard.rule.__name__: guard for guards in PHASE_ONE.values() for guard in guards}


def refusals(guard: Guard) -> set[str]:
    """The facts without which the guard refuses somewhere."""
    found = set()
    for allowed in BASELINES:
        if guard not in guards_for(allowed):
            continue
        assert guard.rule(allowed) is None
        for path in leaves(allowed):
            if (guard.rule.__name__, path) == BY_RAISING:
                with pytest.raises(TypeError):
                    guard.rule(changed(allowed, **{path: None}))
                found.add(path)
                continue
            answer = guard.rule(changed(allowed, **{path: None}))
            assert answer in {None, guard.reason}
            if answer is not None:
                found.add(path)
    return found


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_purpose_guard_answers_without_what_it_needs(name: str) -> None:
    assert refusals(GUARDS[name]) == set(NEEDS[name].split())


def test_purpose_every_guard_is_in_the_table() -> None:
    assert sorted(NEEDS) == sorted(GUARDS)


@pytest.mark.parametrize(
    "room", [decision, explanation, facts, guards, limits, object_facts], ids=lambda room: room.__name__
)
def test_purpose_what_is_decided_on_and_what_is_decided_cannot_be_changed(room: ModuleType) -> None:
    found = [each for each in vars(room).values() if is_dataclass(each) and each.__module__ == room.__name__]
    assert found
    for each in found:
        assert each.__hash__ is not None  # as only a frozen one is that compares by its content
        assert "__slots__" in vars(each)


def test_purpose_windows_begin_with_the_first_second() -> None:
    assert session_is_the_holders(changed(SELF, time=0, session__expires_time=1)) is None
    assert in_transition(changed(SELF, time=0, guide__transition_end_time=1))
    ward = changed(WARD, time=0, representation__kind=RepresentationKind.GUARDIAN, representation__majority_time=1)
    assert ward_is_a_minor(ward) is None


@pytest.mark.parametrize("allowed", OBJECTS, ids=lambda allowed: str(allowed.purpose))
def test_purpose_all_of_a_profile_may_be_asked_for(allowed: Facts) -> None:
    profile = {
        Purpose.SUPERVISION: allowed.task,
        Purpose.ASSISTANCE: allowed.letter,
        Purpose.CORRECTION: allowed.dispute,
        Purpose.EMERGENCY: allowed.incident,
    }[allowed.purpose]
    assert fields_are_in_profile(changed(allowed, request__fields=profile.fields)) is None
    assert (
        fields_are_in_profile(changed(allowed, request__fields=profile.fields | {"another"}))
        is Reason.FIELD_NOT_ALLOWED
    )


def test_purpose_trawling_is_told_without_a_case_too() -> None:
    shown = reasons_shown((Reason.CASE_UNKNOWN, Reason.TRAWL_SUSPECTED, Reason.USES_EXHAUSTED))
    assert set(shown) == {Reason.CASE_UNKNOWN, Reason.TRAWL_SUSPECTED}
