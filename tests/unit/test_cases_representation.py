"""What the power to act for a party rests on: registers of that moment, and what ends it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.entities.licence import Holder, RevocationCause
from exchange.errors import RefusedError, StaleError
from exchange.licences.lifecycle import Transition, revoke_licence
from exchange.reasons import Reason
from tests.fakes.licence_world import (
    MARKET,
    open_keys,
    open_world,
)
from tests.fakes.representing_world import (
    BUSINESS,
    DAY,
    HEAD,
    NEXT_HEAD,
    PAPER,
    TYPES,
    amend,
    born,
    check_reasons,
    fetch_reasons,
    guardian,
    office,
    open_shop,
    person,
    record,
    register,
    sent,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("representation") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as opened:
        opened.hub.publish(*TYPES)
        opened.case_room = replace(opened.case_room, find_ground=opened.exchange_room.gathering.ground)
        yield opened


def test_a_legal_representative_acts_as_long_as_the_licence_names_them(world):
    licence = register(world)
    case = open_shop(world, office(world))
    assert world.fetch(case, "licence").extract.fields
    stored = world.case_room.store.cases.fresh(case).value
    assert stored.representations[0].valid_until_time == stored.expires_time
    amend(world, licence, NEXT_HEAD)
    assert fetch_reasons(world, case) == check_reasons(world, case) == {Reason.REPRESENTATION_NOT_SHOWN}
    record(world, case, office(world, NEXT_HEAD))
    assert world.fetch(case, "licence").extract.fields


def test_what_was_looked_up_is_expected_unchanged_at_commit(world):
    licence = register(world)
    case = open_shop(world, office(world))
    stored = world.case_room.store.cases.fresh(case).value
    call = world.hub.call(world.hub.caller(MARKET, "clerk"))
    assert world.case_room.find_ground(call, stored, stored.representations[0]).shown
    amend(world, licence, NEXT_HEAD)
    with pytest.raises(StaleError):
        world.hub.commit(call)


def test_a_handler_ends_with_who_sent_them(world):
    licence = register(world)
    case = open_shop(world, sent(world))
    assert world.fetch(case, "licence").extract.fields
    amend(world, licence, NEXT_HEAD)
    assert fetch_reasons(world, case) == {Reason.REPRESENTATION_NOT_SHOWN}


def test_a_handler_ends_with_their_paper_too(world):
    register(world)
    case = open_shop(world, sent(world))
    world.hub.clock.advance(11 * DAY)
    assert fetch_reasons(world, case) == check_reasons(world, case) == {Reason.REPRESENTATION_EXPIRED}


def test_a_revoked_business_licence_shows_nobody(world):
    licence = register(world)
    case = open_shop(world, office(world))
    penalty = Transition("because", "Article 2", 0, RevocationCause.PENALTY)
    world.as_issuer(MARKET, revoke_licence, BUSINESS, licence.licence.identifier, licence.etag, penalty)
    assert fetch_reasons(world, case) == {Reason.REPRESENTATION_NOT_SHOWN}


@pytest.mark.parametrize("other", [NEXT_HEAD, replace(HEAD, name="李二"), replace(HEAD, id_number=NEXT_HEAD.id_number)])
def test_somebody_else_than_the_licence_names_opens_no_case(world, other):
    register(world)
    with pytest.raises(RefusedError) as refused:
        open_shop(world, office(world, other))
    assert refused.value.reasons == (Reason.REPRESENTATION_NOT_SHOWN,)
    with pytest.raises(RefusedError) as refused:
        open_shop(world, sent(world, by=other))
    assert refused.value.reasons == (Reason.REPRESENTATION_NOT_SHOWN,)


def test_an_organisation_without_a_licence_has_no_legal_representative(world):
    with pytest.raises(RefusedError) as refused:
        open_shop(world, office(world))
    assert refused.value.reasons == (Reason.REPRESENTATION_NOT_SHOWN,)


def test_a_parent_acts_until_the_child_is_eighteen(world):
    birthday = date(2008, 1, 11)  # the clock begins on 2026-01-01
    mother, child = person("周大", number=601), person("周小小", birthday, 602)
    born(world, birthday, mother)
    case = open_shop(world, guardian(mother), child)
    assert check_reasons(world, case) == {Reason.LICENCE_NOT_FOUND}
    world.hub.clock.advance(10 * DAY - 8 * 3_600 - 1)  # midnight in China is 16:00 UTC of the day before
    assert fetch_reasons(world, case) == {Reason.LICENCE_NOT_FOUND}
    world.hub.clock.advance(1)
    assert fetch_reasons(world, case) == check_reasons(world, case) == {Reason.WARD_OF_AGE}


def test_who_was_born_on_a_leap_day_is_of_age_on_the_first_of_march(world):
    mother, child = person("周大", number=601), person("周小小", date(2008, 2, 29), 602)
    case = open_shop(world, guardian(mother, document_digest=PAPER), child)
    world.hub.clock.us = int(datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
    assert Reason.WARD_OF_AGE not in fetch_reasons(world, case)
    world.hub.clock.advance(1)
    assert Reason.WARD_OF_AGE in fetch_reasons(world, case)


def test_a_child_without_a_number_is_known_by_the_birth_certificate(world):
    mother, child = person("周大", number=601), Holder("414", "E00000001", "周小小")
    with pytest.raises(RefusedError) as refused:
        open_shop(world, guardian(mother, document_digest=PAPER), child)
    assert refused.value.reasons == (Reason.WARD_OF_AGE,)
    born(world, date(2020, 5, 1), mother)
    case = open_shop(world, guardian(mother), child)
    assert check_reasons(world, case) == {Reason.LICENCE_NOT_FOUND}


@pytest.mark.parametrize(("birthday", "name"), [(date(2015, 5, 2), "周小小"), (date(2015, 5, 1), "周大大")])
def test_the_birth_certificate_of_another_child_shows_no_parent(world, birthday, name):
    mother, child = person("周大", number=601), person("周小小", date(2015, 5, 1), 602)
    born(world, birthday, mother, name=name)
    with pytest.raises(RefusedError) as refused:
        open_shop(world, guardian(mother), child)
    assert refused.value.reasons == (Reason.REPRESENTATION_NOT_SHOWN,)
    assert open_shop(world, guardian(mother, document_digest=PAPER), child)


def test_the_holder_of_a_birth_certificate_who_is_no_parent_is_no_guardian(world):
    mother, other, child = (
        person("周大", number=601),
        person("周叔", number=603),
        person("周小小", date(2015, 5, 1), 602),
    )
    born(world, date(2015, 5, 1), mother, other)
    with pytest.raises(RefusedError) as refused:
        open_shop(world, guardian(other), child)
    assert refused.value.reasons == (Reason.REPRESENTATION_NOT_SHOWN,)
