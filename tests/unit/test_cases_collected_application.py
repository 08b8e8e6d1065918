"""Applications that a counter collects for another region: all of their matters or none, handed over case by case."""

from dataclasses import replace

import pytest

from exchange.cases.application_consent import record_application_consent
from exchange.cases.applications import get_application
from exchange.cases.collecting import hand_over_case
from exchange.cases.consent import NewConsent
from exchange.cases.open_application import open_application
from exchange.cases.read import get_case
from exchange.cases.room import case_etag
from exchange.codes import uscc
from exchange.entities.case import Representation
from exchange.entities.catalogue import CROSS_REGION, CaseAssurance, Role
from exchange.entities.collection import CHECKED
from exchange.entities.delegation import CounterDelegation, DelegatedDuty
from exchange.errors import HubError, InvalidError, RefusedError
from exchange.licences.bundle_fetch import fetch_bundle
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_line import Availability
from exchange.licences.exchange_room import Extract
from exchange.reasons import Reason
from tests.fakes.bundle_world import GUIDES, MATTERS, SHOP, SURVEY, TITLE, department_of, open_bundle_world
from tests.fakes.licence_world import IDENTITY, LAND, MARKET, SERVICE_CENTRE, department
from tests.fakes.licence_world import operator as person_at

FAR = uscc("12991100MB0000021")
YEAR = 400 * 86_400


@pytest.fixture
def town(tmp_path, keys):
    with open_bundle_world(tmp_path, keys) as town:
        counter = department(FAR, Role.REQUESTER, operators=(person_at("clerk", Role.REQUESTER),))
        offered = [replace(guide, channels=frozenset({"counter", CROSS_REGION})) for guide in GUIDES]
        town.world.hub.publish(replace(counter, region="991100"), *offered)
        delegate(town, MARKET, collects(SHOP))
        delegate(town, LAND, collects(TITLE, SURVEY))
        yield town


def collects(*matters, duty=DelegatedDuty.COLLECT):
    return CounterDelegation(FAR, frozenset(matters), "2025-01-01", "2035-01-01", duty)


def delegate(town, implementer, *delegations):
    town.world.hub.publish(replace(department_of(implementer), delegations=delegations))


def far(town, use_case, *args, scope=None):
    hub = town.world.hub
    return hub.run(hub.caller(FAR, "clerk", **({} if scope is None else {"scope": scope})), use_case, *args)


def collected(town, holder, **changes):
    return far(town, open_application, town.room, town.new(holder, channel=CROSS_REGION, **changes))


def hand_over(town, case):
    etag = far(town, get_case, town.world.case_room, case.id).etag
    return far(town, hand_over_case, town.world.case_room, case.id, etag, CHECKED)


def refused(town, holder, **changes):
    with pytest.raises(RefusedError) as caught:
        collected(town, holder, **changes)
    return caught.value.reasons, caught.value.subject


def fetched(town, look, application):
    results = look(fetch_bundle, town.world.exchange_room, town.room, application.application.id, ()).results
    return [each.outcome for each in results]


def test_each_case_is_its_implementers_and_was_collected(town):
    found = collected(town, town.world.person())
    cases = [each.case for each in found.cases]
    assert [case.handling_department for case in cases] == [MARKET, LAND, LAND]
    assert {(case.collecting_department, case.channel, case.assurance) for case in cases} == {
        (FAR, CROSS_REGION, CaseAssurance.C1)
    }
    record = town.world.records()[-1]
    assert [event.type for event in record.events] == ["application.opened", *["case.opened", "case.collected"] * 3]
    told = [event for event in record.events if event.type == "case.collected"]
    missing = [{FAR, case.handling_department} - set(each.audience) for each, case in zip(told, cases, strict=True)]
    assert missing == [set()] * 3
    for case in cases:
        view = far(town, get_case, town.world.case_room, case.id)
        assert (view.collection.collecting_department, view.collection.handed_over_time) == (FAR, 0)


def test_a_matter_that_is_not_delegated_refuses_the_whole_and_is_named(town):
    delegate(town, LAND, collects(TITLE))
    holder = town.world.person()
    assert refused(town, holder, number="N") == ((Reason.NOT_IMPLEMENTER,), f"matters/{SURVEY}")
    key = town.room.store.number_key(FAR, "N")
    assert town.world.hub.records.get("application_number", key) is None


def test_a_mix_of_own_and_collected_matters_is_refused_and_names_the_own(town):
    delegate(town, LAND, collects(TITLE), collects(SURVEY, duty=DelegatedDuty.HANDLE))
    assert refused(town, town.world.person()) == ((Reason.COLLECTION_MIXED,), f"matters/{SURVEY}")
    delegate(town, LAND, collects(SURVEY, duty=DelegatedDuty.HANDLE))
    assert refused(town, town.world.person()) == (
        (Reason.NOT_IMPLEMENTER, Reason.COLLECTION_MIXED),
        f"matters/{TITLE}, matters/{SURVEY}",
    )


def test_a_matter_that_is_not_offered_across_regions_is_named(town):
    town.world.hub.publish(GUIDES[1])
    assert refused(town, town.world.person()) == ((Reason.NOT_IMPLEMENTER,), f"matters/{TITLE}")


def test_a_counter_for_all_of_the_matters_does_not_collect_them(town):
    handles = DelegatedDuty.HANDLE
    delegate(town, MARKET, replace(collects(SHOP, duty=handles), counter=SERVICE_CENTRE))
    delegate(town, LAND, replace(collects(TITLE, SURVEY, duty=handles), counter=SERVICE_CENTRE))
    with pytest.raises(InvalidError) as caught:
        town.open(town.world.person(), channel=CROSS_REGION)
    assert [each.field for each in caught.value.violations] == ["application.channel"]


def test_a_duty_to_collect_opens_nothing_at_the_own_counter(town):
    with pytest.raises(RefusedError) as caught:
        far(town, open_application, town.room, town.new(town.world.person()))
    assert caught.value.reasons == (Reason.NOT_IMPLEMENTER,)
    assert caught.value.subject == ", ".join(f"matters/{code}" for code in MATTERS)


def test_a_token_for_some_of_the_matters_collects_none(town):
    none = frozenset()
    new = town.new(town.world.person(), channel=CROSS_REGION)
    with pytest.raises(RefusedError) as caught:
        far(town, open_application, town.room, new, scope=(frozenset({SHOP}), none, none))
    assert caught.value.reasons == (Reason.TOKEN_EXCEEDED,)


def test_who_collects_is_told_what_is_there_and_reads_no_field_of_any_case(town):
    holder = town.world.person()
    town.world.issue(holder)
    found = collected(town, holder)
    for each in found.cases:
        for check in far(town, check_evidence, town.world.exchange_room, each.case.id):
            there = check.availability is Availability.AVAILABLE
            assert there is (check.licence_type == IDENTITY and check.party == "applicant")
            assert not there or (check.fields, check.uses_left) == ((), 0)
    outcomes = fetched(town, lambda *args: far(town, *args), found)
    assert {Reason.COLLECTS_ONLY in outcome.reasons for outcome in outcomes} == {True}


def test_each_department_fetches_its_own_once_it_was_handed_over(town):
    holder = town.world.person()
    town.world.issue(holder)
    town.world.issue_deed(holder)
    found = collected(town, holder)
    until = town.world.hub.clock.seconds + YEAR
    consent = NewConsent("applicant", frozenset({"deed"}), frozenset(), 0, until, 2, "ab" * 32)
    given = far(town, record_application_consent, town.room, found.application.id, consent)
    assert [each.case for each in given] == [each.case.id for each in found.cases[:2]]
    handed = hand_over(town, found.cases[1].case)
    assert handed.collection.handed_over_time == town.world.hub.clock.seconds
    assert town.world.records()[-1].events[0].type == "case.handed_over"
    states = [
        town.as_land(get_case, town.world.case_room, each.case.id).collection.handed_over_time > 0
        for each in found.cases[1:]
    ]
    assert states == [True, False]
    outcomes = fetched(town, town.as_land, found)
    assert [each.requirement for each in outcomes if isinstance(each, Extract)] == ["holder_card", "deed"]
    early = [each.reasons for each in outcomes if not isinstance(each, Extract)]
    assert early
    assert {reasons[0] for reasons in early} == {Reason.CASE_NOT_HANDED_OVER}
    assert not [each for each in fetched(town, lambda *args: far(town, *args), found) if isinstance(each, Extract)]


def test_who_acts_for_a_party_is_known_to_the_cases_of_that_party(town):
    holder, agent = town.world.person(), town.world.person()
    until = town.world.hub.clock.seconds + 3600
    acting = Representation("applicant", agent, frozenset({"deed"}), 0, until)
    found = collected(town, holder, representations=(acting,))
    assert {each.case.representations[0].requirements for each in found.cases} == {frozenset({"deed"})}
    hub = town.world.hub
    counter = department(FAR, Role.REQUESTER, operators=(person_at(agent.id_number, Role.REQUESTER),))
    hub.publish(replace(counter, region="991100"))
    new = town.new(holder, channel=CROSS_REGION, representations=(acting,))
    with pytest.raises(HubError) as caught:
        hub.run(hub.caller(FAR, agent.id_number), open_application, town.room, new)
    assert caught.value.reasons == (Reason.CLERK_IS_AGENT,)


def test_a_duty_that_ended_hands_nothing_over(town):
    found = collected(town, town.world.person())
    delegate(town, LAND)
    case = found.cases[1].case
    with pytest.raises(RefusedError) as caught:
        far(town, hand_over_case, town.world.case_room, case.id, case_etag(case.id, 1), CHECKED)
    assert caught.value.reasons == (Reason.NOT_IMPLEMENTER,)
    assert hand_over(town, found.cases[0].case).collection.handed_over_time
    assert far(town, get_application, town.room, found.application.id).application == found.application
