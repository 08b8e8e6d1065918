"""Applications: one opening, a case for each matter, and what becomes of each of them."""

import threading
from dataclasses import replace

import pytest

from exchange.cases.application_consent import record_application_consent
from exchange.cases.applications import get_application
from exchange.cases.consent import NewConsent
from exchange.cases.lifecycle import accept_case, decide_case
from exchange.cases.new_case import NewCase
from exchange.cases.open import open_case
from exchange.cases.open_application import open_application
from exchange.cases.room import case_etag
from exchange.entities.case import CaseParty, CaseState, Representation
from exchange.entities.catalogue import Status
from exchange.errors import HubError, InvalidError, NotFoundError, RefusedError
from exchange.reasons import Reason
from tests.fakes.bundle_world import MATTERS, SHOP, SURVEY, TITLE, delegating, department_of, open_bundle_world
from tests.fakes.licence_world import LAND, MARKET, POLICE, SERVICE_CENTRE, open_keys


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def town(tmp_path, keys):
    with open_bundle_world(tmp_path, keys) as town:
        yield town


def reasons(use, *args, **options):
    with pytest.raises(HubError) as caught:
        use(*args, **options)
    return caught.value.reasons


def test_every_matter_has_a_case_of_its_own_department(town):
    found = town.open(town.world.person(), number="N-7")
    cases = [each.case for each in found.cases]
    assert [case.number for case in cases] == ["N-7-1", "N-7-2", "N-7-3"]
    assert [case.handling_department for case in cases] == [MARKET, LAND, LAND]
    assert [case.matters[0].code for case in cases] == list(MATTERS)
    assert {case.collecting_department for case in cases} == {SERVICE_CENTRE}
    record = town.world.records()[-1]
    assert [event.type for event in record.events] == ["application.opened", *["case.opened"] * 3]
    assert list(record.events[0].audience) == sorted({MARKET, LAND, SERVICE_CENTRE})
    assert record.case_tag
    assert record.sealed_owner


def test_partial_results_are_told_to_whoever_has_a_part(town):
    found = town.open(town.world.person())
    name, second = found.application.id, found.cases[1].case
    accepted = town.as_land(accept_case, town.world.case_room, second.id, case_etag(second.id, 1))
    town.as_land(decide_case, town.world.case_room, second.id, accepted.etag, approved=True, note="")
    for look in (town.as_counter, town.as_land):
        read = look(get_application, town.room, name)
        states = [each.case.state for each in read.cases]
        assert states == [CaseState.OPEN, CaseState.APPROVED, CaseState.OPEN]
    hub = town.world.hub
    for caller in (hub.caller(POLICE, "issuer"),):
        assert reasons(hub.run, caller, get_application, town.room, name) == (Reason.APPLICATION_UNKNOWN,)
    for unknown in ("0" * 32, "x"):
        with pytest.raises(NotFoundError):
            town.as_counter(get_application, town.room, unknown)


def test_a_department_without_a_delegation_is_told_for_which_matters(town):
    hub = town.world.hub
    hub.publish(delegating(department_of(LAND), TITLE))
    with pytest.raises(RefusedError) as caught:
        town.open(town.world.person())
    assert caught.value.reasons == (Reason.NOT_IMPLEMENTER,)
    assert caught.value.subject == f"matters/{SURVEY}"
    hub.publish(replace(delegating(department_of(LAND), TITLE, SURVEY), status=Status.SUSPENDED))
    with pytest.raises(RefusedError) as caught:
        town.open(town.world.person())
    assert caught.value.subject == f"matters/{TITLE}, matters/{SURVEY}"


def test_an_implementer_needs_the_delegation_of_the_others(town):
    hub = town.world.hub
    new = town.new(town.world.person())
    clerk = hub.caller(MARKET, "clerk")
    assert reasons(hub.run, clerk, open_application, town.room, new) == (Reason.NOT_IMPLEMENTER,)
    hub.publish(delegating(department_of(LAND), TITLE, SURVEY, counter=MARKET))
    found = hub.run(hub.caller(MARKET, "clerk"), open_application, town.room, new)
    assert [each.case.handling_department for each in found.cases] == [MARKET, LAND, LAND]


def test_a_token_must_allow_every_matter_and_new_cases(town):
    hub, new = town.world.hub, town.new(town.world.person())
    none = frozenset()
    for scope in ((frozenset({SHOP}), none, none), (none, frozenset({"a"}), none)):
        caller = hub.caller(SERVICE_CENTRE, "clerk", scope=scope)
        assert reasons(hub.run, caller, open_application, town.room, new) == (Reason.TOKEN_EXCEEDED,)
    found = town.open(town.world.person())
    for scope in ((frozenset({SHOP}), none, none), (none, frozenset({found.cases[0].case.id}), none)):
        caller = hub.caller(SERVICE_CENTRE, "clerk", scope=scope)
        name = found.application.id
        assert reasons(hub.run, caller, get_application, town.room, name) == (Reason.TOKEN_EXCEEDED,)


def test_two_windows_on_one_number_have_one_winner(town):
    people = [town.world.person(), town.world.person()]
    outcomes = []

    def window(person):
        try:
            outcomes.append(town.open(person, number="RACE"))
        except RefusedError as error:
            outcomes.append(error.reasons)

    windows = [threading.Thread(target=window, args=(person,)) for person in people]
    for each in windows:
        each.start()
    for each in windows:
        each.join()
    lost = [each for each in outcomes if isinstance(each, tuple)]
    assert lost == [(Reason.APPLICATION_EXISTS,)]
    assert len(outcomes) == 2


def test_a_number_that_a_case_has_taken_opens_nothing(town):
    person = town.world.person()
    new = NewCase("T-2", (TITLE,), "", "", (CaseParty("applicant", person),), (), frozenset(), "counter")
    town.as_counter(open_case, town.world.case_room, new)
    assert reasons(town.open, person, number="T") == (Reason.CASE_EXISTS,)
    hub = town.world.hub
    assert hub.records.get("application_number", town.room.store.number_key(SERVICE_CENTRE, "T")) is None
    first = town.world.case_room.store.number_key(MARKET, "T-1")
    assert hub.records.get("case_number", first) is None


def test_every_bad_field_is_told_at_once(town):
    with pytest.raises(InvalidError) as caught:
        town.open(town.world.person(), number="x" * 48, channel="post")
    assert {each.field for each in caught.value.violations} == {"application.number", "application.channel"}
    with pytest.raises(InvalidError) as caught:
        town.open(town.world.person(), parties=(), situations=frozenset({"moon"}))
    assert {each.field for each in caught.value.violations} == {"application.parties", "application.situations"}
    assert reasons(town.open, town.world.person(), bundle="none") == (Reason.MATTER_NOT_IN_FORCE,)
    with pytest.raises(InvalidError):
        town.open(town.world.person(), bundle="")


def test_the_clerk_is_never_the_agent_and_an_agents_authority_never_widens(town):
    person, other = town.world.person(), town.world.person()
    until = town.world.hub.clock.seconds + 3600
    agent = Representation("applicant", other, frozenset({"holder_card"}), 0, until)
    found = town.open(person, representations=(agent,))
    assert {each.case.representations[0].requirements for each in found.cases} == {frozenset({"holder_card"})}
    assert [result.outcome.reasons for result in town.fetch(found, "identity").results] == [
        (Reason.REPRESENTATION_SCOPE,),
        (Reason.REPRESENTATION_SCOPE,),
    ]
    hub = town.world.hub
    centre = department_of(SERVICE_CENTRE)
    hub.publish(replace(centre, operators=(replace(centre.operators[0], id=other.id_number),)))
    clerk = hub.caller(SERVICE_CENTRE, other.id_number)
    asked = town.new(person, representations=(agent,))
    assert reasons(hub.run, clerk, open_application, town.room, asked) == (Reason.CLERK_IS_AGENT,)


def test_each_case_has_who_acts_for_its_parties_and_learns_of_nobody_else(town):
    person, seller, one, other = (town.world.person() for _ in range(4))
    until = town.world.hub.clock.seconds + 3600
    parties = (CaseParty("applicant", person), CaseParty("seller", seller))
    acting = (
        Representation("seller", other, frozenset(), 0, until),
        Representation("applicant", one, frozenset(), 0, until),
    )
    found = town.open(person, parties=parties, representations=acting)
    for each in found.cases:
        roles = sorted(party.role for party in each.case.parties)
        assert [given.party for given in each.case.representations] == roles
    tags = {bytes(item.holder_tag) for item in town.world.records()[-1].items}
    assert len(tags) == 4
    with pytest.raises(InvalidError) as caught:
        town.open(person, representations=(acting[1], acting[1]))
    assert [each.field for each in caught.value.violations] == ["application.representations"]


def test_one_consent_serves_every_case_that_needs_it_and_no_other(town):
    found = town.open(town.world.person())
    until = town.world.hub.clock.seconds + 400 * 86_400
    new = NewConsent("applicant", frozenset({"deed"}), frozenset({"unit_number"}), 0, until, 2, "ab" * 32)
    given = town.as_counter(record_application_consent, town.room, found.application.id, new)
    assert [each.case for each in given] == [each.case.id for each in found.cases[:2]]
    assert {each.fields for each in given} == {frozenset({"unit_number"})}
    assert [each.valid_until_time for each in given] == [each.case.expires_time for each in found.cases[:2]]
    items = town.world.records()[-1].items
    assert len({item.case_tag for item in items}) == 2
    assert all(item.case_tag for item in items)
    for bad in ({"requirements": frozenset({"identity"})}, {"fields": frozenset({"name"})}, {"party": "seller"}):
        with pytest.raises(InvalidError):
            town.as_counter(record_application_consent, town.room, found.application.id, replace(new, **bad))
    town.world.hub.clock.advance(401 * 86_400)
    call = (town.as_counter, record_application_consent, town.room, found.application.id, new)
    assert reasons(*call) == (Reason.CASE_NOT_OPEN,)


def test_an_application_goes_with_its_applicants_data(town):
    found = town.open(town.world.person())
    hub = town.world.hub
    owner = town.world.case_room.store.owner(found.cases[0].case.parties[0].holder)
    hub.write(hub.vault.destroy(owner))
    assert reasons(town.as_counter, get_application, town.room, found.application.id) == (Reason.APPLICATION_UNKNOWN,)
