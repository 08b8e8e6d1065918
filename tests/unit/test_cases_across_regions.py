"""Cases across regions: collected in one and handled in another, and files shared with others by rule."""

from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.cases.collecting import hand_over_case
from exchange.cases.deferring import NewDeferral, defer_evidence
from exchange.cases.handing_in import get_material, submit_evidence
from exchange.cases.lifecycle import accept_case, withdraw_case
from exchange.cases.materials import Upload
from exchange.cases.new_case import NewCase
from exchange.cases.open import open_case
from exchange.cases.read import get_case
from exchange.cases.representing import record_representation
from exchange.cases.room import case_etag
from exchange.cases.signing import NewPromise
from exchange.codes import matter_code, uscc
from exchange.entities.case import CaseParty, CaseState, Representation
from exchange.entities.catalogue import CROSS_REGION, CaseAssurance, Level, Necessity, Role
from exchange.entities.collection import CHECKED
from exchange.entities.delegation import CounterDelegation, DelegatedDuty
from exchange.entities.event import EventType
from exchange.entities.evidence import EvidenceForm, MediaType
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.licences.availability import availability
from exchange.licences.bundle_fetch import prefill_case
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_line import Availability
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.reasons import Reason
from tests.fakes.licence_world import (
    CITY,
    DEED,
    FOOD,
    IDENTITY,
    LAND,
    MARKET,
    department,
    line,
    matter,
    open_keys,
    open_world,
)
from tests.fakes.licence_world import operator as person_at

FAR = uscc("12991100MB0000021")
FARTHER = uscc("12991200MB0000031")
DAY = 86_400
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
OTHER_PDF = b"%PDF-1.7\n2 0 obj\n<<>>\nendobj\n%%EOF\n"
OWN = matter_code(MARKET, Level.CITY, "990101000077")
SCAN = Upload(MediaType.PDF, PDF, sha256(PDF).hexdigest())

MATTER = matter(
    FOOD,
    line("identity", IDENTITY, "name", "citizen_id"),
    line("deed", DEED, "unit_number"),
    channels=frozenset({"counter", CROSS_REGION}),
)


def other(code, region):
    return replace(department(code, Role.REQUESTER, operators=(person_at("clerk", Role.REQUESTER),)), region=region)


def market(*delegations):
    found = next(each for each in CITY if getattr(each, "uscc", "") == MARKET)
    return replace(found, delegations=delegations)


def delegation(counter, duty, until="2026-12-31"):
    return CounterDelegation(counter, frozenset({FOOD}), "2025-01-01", until, duty)


COLLECTS = delegation(FAR, DelegatedDuty.COLLECT)
SHARES = delegation(FARTHER, DelegatedDuty.SHARE)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("regions") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as opened:
        opened.hub.publish(other(FAR, "991100"), other(FARTHER, "991200"), MATTER)
        opened.hub.publish(market(COLLECTS, SHARES))
        yield opened


def at(world, where, use_case, *args, **options):
    return world.hub.run(world.hub.caller(where, "clerk"), use_case, *args, **options)


def new_case(applicant, number="F-1", channel=CROSS_REGION, **changes):
    party = (CaseParty("applicant", applicant),)
    return replace(NewCase(number, (FOOD,), "", "", party, (), frozenset(), channel), **changes)


def collect(world, applicant, **changes):
    """The id of a case that the far counter has opened for the market department."""
    return at(world, FAR, open_case, world.case_room, new_case(applicant, **changes)).case.id


def etag(world, case):
    return case_etag(case, world.case_room.store.cases.fresh(case).version)


def hand_over(world, case, checked=CHECKED, where=FAR):
    return at(world, where, hand_over_case, world.case_room, case, etag(world, case), checked)


def reasons(world, where, use_case, *args):
    with pytest.raises((RefusedError, NotFoundError)) as refused:
        at(world, where, use_case, *args)
    return set(refused.value.reasons)


def fetch_reasons(world, where, case, requirement="identity"):
    return reasons(world, where, fetch_licence, world.exchange_room, FetchRequest(case, requirement, (), ""))


def checks(world, where, case):
    return {one.requirement: one for one in at(world, where, check_evidence, world.exchange_room, case)}


def fetch(world, where, case, requirement="identity"):
    return at(world, where, fetch_licence, world.exchange_room, FetchRequest(case, requirement, (), ""))


def accepted(world, holder):
    """A case that was collected, handed over, fetched for and accepted."""
    world.issue(holder)
    world.issue_deed(holder)
    case = collect(world, holder)
    hand_over(world, case)
    fetch(world, MARKET, case)
    fetch(world, MARKET, case, "deed")
    at(world, MARKET, accept_case, world.case_room, case, etag(world, case))
    return case


def test_a_collected_case_is_the_implementers(world):
    case = at(world, FAR, open_case, world.case_room, new_case(world.person())).case
    assert (case.handling_department, case.collecting_department) == (MARKET, FAR)
    assert case.assurance is CaseAssurance.C1


def test_the_collecting_department_is_told_what_is_there_and_reads_no_field(world):
    holder = world.person()
    world.issue(holder)
    case = collect(world, holder)
    found = checks(world, FAR, case)
    assert found["identity"].availability is Availability.AVAILABLE
    assert found["deed"].availability is Availability.HAND_IN
    assert all(one.fields == () and one.uses_left == 0 for one in found.values())
    assert fetch_reasons(world, FAR, case) == {Reason.COLLECTS_ONLY}
    results = at(world, FAR, fetch_evidence, world.exchange_room, case, ()).results
    assert [one.reasons for one in results] == [(Reason.COLLECTS_ONLY,)] * 2
    hand_over(world, case)
    assert fetch(world, MARKET, case).extract.fields
    assert fetch_reasons(world, FAR, case) == {Reason.COLLECTS_ONLY}


def test_nothing_is_read_for_a_case_before_it_was_handed_over(world):
    holder = world.person()
    world.issue(holder)
    case = collect(world, holder)
    at(world, FAR, submit_evidence, world.case_room, world.materials, case, ("", "deed"), SCAN)
    early = {Reason.CASE_NOT_HANDED_OVER}
    assert fetch_reasons(world, MARKET, case) == early
    assert {one.reasons for one in checks(world, MARKET, case).values()} == {(Reason.CASE_NOT_HANDED_OVER,)}
    assert at(world, MARKET, prefill_case, world.exchange_room, case).form == ()
    args = (get_material, world.case_room, world.materials, case, SCAN.sha256)
    assert reasons(world, MARKET, *args) == early
    hand_over(world, case)
    assert fetch(world, MARKET, case).extract.fields
    assert at(world, MARKET, *args)[1] == PDF


def test_a_case_is_accepted_after_it_was_handed_over(world):
    holder = world.person()
    world.issue(holder)
    world.issue_deed(holder)
    case = collect(world, holder)
    assert reasons(world, MARKET, accept_case, world.case_room, case, etag(world, case)) == {
        Reason.CASE_NOT_HANDED_OVER
    }
    handed = hand_over(world, case)
    assert handed.collection.handed_over_time == world.hub.clock.seconds
    fetch(world, MARKET, case)
    fetch(world, MARKET, case, "deed")
    view = at(world, FAR, get_case, world.case_room, case)
    assert view.collection.handed_over_time == world.hub.clock.seconds
    assert view.collection.handed_over_by == f"{FAR}/clerk"
    assert reasons(world, FAR, hand_over_case, world.case_room, case, etag(world, case), CHECKED) == {Reason.CASE_STATE}
    accepting = at(world, MARKET, accept_case, world.case_room, case, etag(world, case))
    assert accepting.case.state is CaseState.ACCEPTED


def test_nothing_is_deferred_before_the_hub_could_be_asked_for_it(world):
    deed = line("deed", DEED, "unit_number", necessity=Necessity.DEFERRABLE)
    world.hub.publish(replace(MATTER, evidence=(MATTER.evidence[0], deed)))
    holder = world.person()
    world.issue_deed(holder)
    case = collect(world, holder)
    find_available = availability(world.exchange_room)
    new = NewDeferral((("", "deed"),), EvidenceForm.COPY, 0, NewPromise("", None, None, None))
    args = (defer_evidence, world.case_room, world.materials, find_available, case)

    def refusal():
        with pytest.raises(RefusedError) as refused:
            at(world, MARKET, *args, etag(world, case), new, validate_only=True)
        return set(refused.value.reasons)

    assert refusal() == {Reason.CASE_NOT_HANDED_OVER}
    hand_over(world, case)
    assert refusal() == {Reason.EVIDENCE_AVAILABLE}


@pytest.mark.parametrize(
    "checked", [(), ("check_identity",), ("check_form",), ("check_form", "check_identity", "decide")]
)
def test_what_was_not_checked_is_not_handed_over(world, checked):
    case = collect(world, world.person())
    with pytest.raises(InvalidError) as invalid:
        hand_over(world, case, frozenset(checked))
    assert [one.field for one in invalid.value.violations] == ["checked"]


def test_only_who_collects_hands_over(world):
    case = collect(world, world.person())
    args = (hand_over_case, world.case_room, case, etag(world, case), CHECKED)
    assert reasons(world, MARKET, *args) == {Reason.NOT_IMPLEMENTER}
    assert reasons(world, FARTHER, *args) == {Reason.CASE_NOT_YOURS}
    ordinary = world.open_case(world.person())
    args = (hand_over_case, world.case_room, ordinary, etag(world, ordinary), CHECKED)
    assert reasons(world, MARKET, *args) == {Reason.NOT_IMPLEMENTER}


def test_who_collects_neither_accepts_nor_withdraws(world):
    case = collect(world, world.person())
    hand_over(world, case)
    assert reasons(world, FAR, accept_case, world.case_room, case, etag(world, case)) == {Reason.NOT_IMPLEMENTER}
    assert reasons(world, FAR, withdraw_case, world.case_room, case, etag(world, case), "") == {Reason.NOT_IMPLEMENTER}


def test_who_collects_records_who_acts_and_hands_in(world):
    holder, agent = world.person(), world.person("王五")
    case = collect(world, holder)
    given = Representation("applicant", agent, frozenset(), 0, world.hub.clock.seconds + DAY)
    at(world, FAR, record_representation, world.case_room, case, etag(world, case), given)
    view = at(world, FAR, submit_evidence, world.case_room, world.materials, case, ("", "deed"), SCAN)
    digest = view.evidence[0].materials[0].digest
    assert reasons(world, FAR, get_material, world.case_room, world.materials, case, digest) == {Reason.NOT_IMPLEMENTER}
    hand_over(world, case)
    assert at(world, MARKET, get_material, world.case_room, world.materials, case, digest)[1] == PDF


def test_a_collecting_department_whose_duty_ended_sees_no_evidence(world):
    holder = world.person()
    world.issue(holder)
    case = collect(world, holder)
    world.hub.publish(market(SHARES))
    assert reasons(world, FAR, check_evidence, world.exchange_room, case) == {Reason.CASE_UNKNOWN}
    assert fetch_reasons(world, FAR, case) == {Reason.CASE_UNKNOWN}
    assert reasons(world, FAR, hand_over_case, world.case_room, case, etag(world, case), CHECKED) == {
        Reason.NOT_IMPLEMENTER
    }
    assert reasons(world, FAR, open_case, world.case_room, new_case(holder, "F-2")) == {Reason.NOT_IMPLEMENTER}


def test_a_duty_to_collect_is_not_one_to_handle(world):
    assert reasons(world, FAR, open_case, world.case_room, new_case(world.person(), channel="counter")) == {
        Reason.NOT_IMPLEMENTER
    }
    assert reasons(world, FARTHER, open_case, world.case_room, new_case(world.person())) == {Reason.NOT_IMPLEMENTER}


@pytest.mark.parametrize("where", [FAR, MARKET])
def test_a_case_is_collected_for_its_implementer_by_others(world, where):
    with pytest.raises(InvalidError) as invalid:
        at(world, where, open_case, world.case_room, new_case(world.person(), handling_department=where))
    expected = "case.handling_department" if where == FAR else "case.channel"
    assert [one.field for one in invalid.value.violations] == [expected]


def test_nobody_collects_what_is_not_offered_across_regions(world):
    world.hub.publish(replace(MATTER, channels=frozenset({"counter"})))
    assert reasons(world, FAR, open_case, world.case_room, new_case(world.person())) == {Reason.NOT_IMPLEMENTER}


def test_nobody_collects_in_the_implementers_own_region(world):
    world.hub.publish(other(FAR, "990100"))
    assert reasons(world, FAR, open_case, world.case_room, new_case(world.person())) == {Reason.NOT_IMPLEMENTER}


def test_both_departments_are_told_their_duties(world):
    def events_of(call):
        open_case(call, world.case_room, new_case(world.person()))
        return {event.type: event for event in call.draft.events}

    told = at(world, FAR, events_of)[EventType.CASE_COLLECTED]
    assert {FAR, MARKET} <= told.audience
    assert told.details["collecting_duties"] == "check_identity,check_form,forward_papers,hand_over"
    assert told.details["handling_duties"] == "fetch,accept,decide,answer"


def test_files_of_an_accepted_case_are_shared_by_rule(world):
    case = accepted(world, world.person())
    view = at(world, FARTHER, get_case, world.case_room, case)
    assert view.shared_with == (FARTHER,)
    for _ in range(3):  # its own uses of the line
        assert fetch(world, FARTHER, case).extract.fields
    assert fetch_reasons(world, FARTHER, case) == {Reason.USES_EXHAUSTED}
    assert fetch(world, MARKET, case).extract.fields
    assert fetch_reasons(world, FAR, case) == {Reason.COLLECTS_ONLY}


def test_nothing_is_shared_before_acceptance(world):
    holder = world.person()
    world.issue(holder)
    case = collect(world, holder)
    hand_over(world, case)
    fetch(world, MARKET, case)
    assert fetch_reasons(world, FARTHER, case) == {Reason.CASE_UNKNOWN}
    assert reasons(world, FARTHER, get_case, world.case_room, case) == {Reason.CASE_NOT_YOURS}


def test_what_was_not_fetched_for_the_case_is_not_shared(world):
    holder = world.person()
    world.issue(holder)
    case = collect(world, holder)
    view = at(world, FAR, submit_evidence, world.case_room, world.materials, case, ("", "deed"), SCAN)
    hand_over(world, case)
    fetch(world, MARKET, case)
    at(world, MARKET, accept_case, world.case_room, case, etag(world, case))
    world.issue_deed(holder)
    assert fetch_reasons(world, FARTHER, case, "deed") == {Reason.EVIDENCE_NOT_REQUIRED}
    digest = view.evidence[0].materials[0].digest
    assert at(world, FARTHER, get_material, world.case_room, world.materials, case, digest)[1] == PDF


def test_files_of_a_matter_that_is_not_shared_stay_with_who_handles_it(world):
    world.hub.publish(matter(OWN, line("plan", DEED, "unit_number")))
    holder = world.person()
    world.issue(holder)
    world.issue_deed(holder)
    two = new_case(holder, "F-2", "counter", matters=(FOOD, OWN))
    case = at(world, MARKET, open_case, world.case_room, two).case.id
    digests = []
    for name, content in ((FOOD, "deed"), PDF), ((OWN, "plan"), OTHER_PDF):
        scan = Upload(MediaType.PDF, content, sha256(content).hexdigest())
        at(world, MARKET, submit_evidence, world.case_room, world.materials, case, name, scan)
        digests.append(scan.sha256)
    fetch(world, MARKET, case)
    at(world, MARKET, accept_case, world.case_room, case, etag(world, case))
    args = (get_material, world.case_room, world.materials, case)
    assert at(world, FARTHER, *args, digests[0])[1] == PDF
    assert reasons(world, FARTHER, *args, digests[1]) == {Reason.MATERIAL_NOT_FOUND}
    assert at(world, MARKET, *args, digests[1])[1] == OTHER_PDF


def test_an_implementer_shares_no_case_that_another_department_handles(world):
    plot = matter_code(LAND, Level.CITY, "990101000078")
    world.hub.publish(matter(plot, line("plan", DEED, "unit_number"), channels=MATTER.channels))
    duties = (DelegatedDuty.HANDLE, MARKET), (DelegatedDuty.SHARE, FARTHER)
    delegations = tuple(replace(delegation(to, duty), matters=frozenset({plot})) for duty, to in duties)
    land = next(each for each in CITY if getattr(each, "uscc", "") == LAND)
    world.hub.publish(replace(land, delegations=delegations), market())
    new = new_case(world.person(), "F-3", "counter", matters=(FOOD, plot), handling_department=MARKET)
    case = at(world, MARKET, open_case, world.case_room, new).case.id
    at(world, MARKET, submit_evidence, world.case_room, world.materials, case, (plot, "plan"), SCAN)
    at(world, MARKET, accept_case, world.case_room, case, etag(world, case))
    assert at(world, MARKET, get_case, world.case_room, case).shared_with == ()
    assert reasons(world, FARTHER, get_case, world.case_room, case) == {Reason.CASE_NOT_YOURS}
    args = (get_material, world.case_room, world.materials, case, SCAN.sha256)
    assert reasons(world, FARTHER, *args) == {Reason.CASE_NOT_YOURS}


def test_who_reads_shared_files_changes_nothing(world):
    case = accepted(world, world.person())
    given = Representation("applicant", world.person(), frozenset(), 0, world.hub.clock.seconds + DAY)
    unknown = {Reason.CASE_NOT_YOURS}
    args = (record_representation, world.case_room, case, etag(world, case), given)
    assert reasons(world, FARTHER, *args) == unknown
    assert reasons(world, FARTHER, withdraw_case, world.case_room, case, etag(world, case), "") == unknown
    args = (submit_evidence, world.case_room, world.materials, case, ("", "deed"), SCAN)
    assert reasons(world, FARTHER, *args) == unknown


def test_sharing_ends_with_its_rule(world):
    case = accepted(world, world.person())
    assert fetch(world, FARTHER, case).extract.fields
    world.hub.publish(market(COLLECTS))
    assert fetch_reasons(world, FARTHER, case) == {Reason.CASE_UNKNOWN}
    assert reasons(world, FARTHER, get_case, world.case_room, case) == {Reason.CASE_NOT_YOURS}


def test_those_with_whom_files_are_shared_are_told_at_acceptance(world):
    holder = world.person()
    world.issue(holder)
    world.issue_deed(holder)
    case = collect(world, holder)
    hand_over(world, case)
    fetch(world, MARKET, case)
    fetch(world, MARKET, case, "deed")

    def events_of(call):
        accept_case(call, world.case_room, case, etag(world, case))
        return {event.type: event for event in call.draft.events}

    told = at(world, MARKET, events_of)[EventType.CASE_SHARED]
    assert told.audience == {FARTHER, MARKET}
