"""The steps by which somebody acts for a party: recorded, ended, taken back, by party; and what is told of it."""

from dataclasses import replace

import pytest

from exchange.cases.lifecycle import withdraw_case
from exchange.cases.representing import record_representation
from exchange.cases.room import case_etag
from exchange.codes import uscc
from exchange.entities.case import Representation
from exchange.entities.event import EventType
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.reasons import Reason
from tests.fakes.licence_world import (
    LAND,
    MARKET,
    open_keys,
    open_world,
)
from tests.fakes.representing_world import (
    COMPANY,
    DAY,
    HANDLER,
    HEAD,
    PAPER,
    TYPES,
    Kind,
    agent,
    check_reasons,
    end,
    fetch_reasons,
    guardian,
    office,
    open_shop,
    person,
    read,
    record,
    register,
    revoke,
    sent,
    two_parties,
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


def test_an_agent_is_recorded_later_and_taken_back(world):
    holder, agent = world.person(), world.person("王五")
    world.issue(holder)
    case = world.open_case(holder)
    until = world.hub.clock.seconds + DAY
    view = record(world, case, Representation("applicant", agent, frozenset(), 0, until))
    assert view.case.representations[0].valid_from_time == world.hub.clock.seconds
    assert world.fetch(case).extract.fields
    revoke(world, case)
    with pytest.raises(RefusedError) as refused:
        world.fetch(case)
    assert refused.value.reasons == (Reason.REPRESENTATION_REVOKED,)
    with pytest.raises(RefusedError) as refused:
        revoke(world, case)
    assert refused.value.reasons == (Reason.REPRESENTATION_REVOKED,)
    end(world, case)  # the holder has come in person
    with pytest.raises(RefusedError) as refused:
        end(world, case)
    assert refused.value.reasons == (Reason.REPRESENTATION_MISSING,)
    assert world.fetch(case).extract.fields
    with pytest.raises(RefusedError) as refused:
        revoke(world, case)
    assert refused.value.reasons == (Reason.REPRESENTATION_MISSING,)


def test_of_two_windows_one_records(world):
    holder = world.person()
    case = world.open_case(holder)
    until = world.hub.clock.seconds + DAY
    first = case_etag(case, 1)
    record(world, case, Representation("applicant", world.person(), frozenset(), 0, until), first)
    with pytest.raises(RefusedError) as refused:
        record(world, case, Representation("applicant", world.person(), frozenset(), 0, until), first)
    assert refused.value.reasons == (Reason.ETAG_MISMATCH,)


def test_a_closed_case_and_one_of_others_take_nobody(world):
    holder = world.person()
    case = world.open_case(holder)
    until = world.hub.clock.seconds + DAY
    given = Representation("applicant", world.person(), frozenset(), 0, until)
    with pytest.raises(NotFoundError) as unknown:
        world.hub.run(
            world.hub.caller(LAND, "issuer"), record_representation, world.case_room, case, case_etag(case, 1), given
        )
    assert unknown.value.reasons == (Reason.CASE_NOT_YOURS,)
    world.as_clerk(withdraw_case, world.case_room, case, case_etag(case, 1), "")
    with pytest.raises(RefusedError) as refused:
        record(world, case, given)
    assert refused.value.reasons == (Reason.CASE_NOT_OPEN,)


def test_the_clerk_is_recorded_for_nobody(world):
    holder = world.person()
    case = world.open_case(holder)
    clerk = Holder("414", "CLERK", "窗口")
    given = Representation("applicant", clerk, frozenset(), 0, world.hub.clock.seconds + DAY)
    with pytest.raises(RefusedError) as refused:
        record(world, case, given)
    assert refused.value.reasons == (Reason.CLERK_IS_AGENT,)


def test_both_sides_are_in_the_record_and_the_departments_are_told(world):
    register(world)
    case = open_shop(world)
    record(world, case, sent(world))
    entry = world.records()[-1]
    epoch = entry.key_epoch
    tags = {bytes(item.holder_tag) for item in entry.items}
    assert tags == {world.tagger.holder(one.id_type, one.id_number, epoch) for one in (COMPANY, HANDLER, HEAD)}


WRONG = {
    "kind": [
        lambda world: agent(world, "applicant", HANDLER),
        lambda world: guardian(HEAD, document_digest=PAPER),
        lambda world: sent(world, authorised_by=None, kind=Kind.GUARDIAN),
    ],
    "agent.id_type": [lambda world: office(world, Holder("001", uscc("91990100MA0000012"), "另一公司"))],
    "authorised_by": [
        lambda world: sent(world, by=None),
        lambda world: office(world, authorised_by=HEAD),
    ],
    "authorised_by.id_number": [lambda world: sent(world, by=replace(HEAD, id_number="1"))],
    "document_digest": [
        lambda world: sent(world, document_digest=""),
        lambda world: sent(world, document_digest="AB" * 32),
        lambda world: office(world, document_digest="x"),
    ],
    "valid_until_time": [
        lambda world: sent(world, valid_until_time=0),
        lambda world: sent(world, valid_until_time=world.hub.clock.seconds + 30 * DAY + 1),
        lambda world: office(world, valid_until_time=world.hub.clock.seconds),
    ],
}


@pytest.mark.parametrize(("path", "make"), [(path, make) for path, makes in WRONG.items() for make in makes])
def test_what_does_not_fit_is_said_by_its_field(world, path, make):
    register(world)
    case = open_shop(world)
    with pytest.raises(InvalidError) as invalid:
        record(world, case, make(world))
    assert [violation.field for violation in invalid.value.violations] == [f"representation.{path}"]


def test_a_legal_representative_for_a_person_is_refused(world):
    with pytest.raises(InvalidError) as invalid:
        open_shop(world, office(world), world.person())
    assert [violation.field for violation in invalid.value.violations] == ["case.representations[0].kind"]


def test_events_name_kind_and_party_alone(world):
    register(world)
    case = open_shop(world)

    def event_of(call):
        record_representation(call, world.case_room, case, case_etag(case, 1), sent(world))
        return call.draft.events[-1]

    event = world.as_clerk(event_of)
    assert MARKET in event.audience
    assert event.type is EventType.REPRESENTATION_RECORDED
    assert dict(event.details) == {"kind": "handler", "party": "applicant"}


def test_one_person_acts_for_two_parties_or_two_for_one_each(world):
    elder, son = person("周奶奶", number=701), person("周大", number=702)
    for_both = [agent(world, role, elder) for role in ("seller", "applicant")]
    case = two_parties(world, *for_both)
    stored = world.case_room.store.cases.fresh(case).value
    assert [each.party for each in stored.representations] == ["applicant", "seller"]
    assert read(world, case) == {"card": (), "seller_card": ()}
    record(world, case, agent(world, "seller", son))
    stored = world.case_room.store.cases.fresh(case).value
    assert [each.agent for each in stored.representations] == [elder, son]
    assert read(world, case) == {"card": (), "seller_card": ()}


def test_what_ends_for_one_party_ends_for_no_other(world):
    elder, son = person("周奶奶", number=701), person("周大", number=702)
    case = two_parties(
        world,
        agent(world, "applicant", elder),
        agent(world, "seller", son, valid_until_time=world.hub.clock.seconds + 60),
    )
    revoke(world, case, "applicant")
    assert read(world, case) == {"card": (Reason.REPRESENTATION_REVOKED,), "seller_card": ()}
    world.hub.clock.advance(61)
    ended = {"card": (Reason.REPRESENTATION_REVOKED,), "seller_card": (Reason.REPRESENTATION_EXPIRED,)}
    assert read(world, case) == ended
    end(world, case, "applicant")
    assert read(world, case) == {**ended, "card": ()}
    with pytest.raises(RefusedError) as refused:
        revoke(world, case, "applicant")
    assert refused.value.reasons == (Reason.REPRESENTATION_MISSING,)


def test_an_agent_for_an_organisation_in_an_older_record_reads_nothing(world):
    register(world)
    case = open_shop(world)
    store = world.case_room.store
    kept = store.cases.fresh(case)
    older = agent(world, "applicant", HANDLER, valid_from_time=world.hub.clock.seconds)
    key = world.hub.vault.data_key(store.owner(COMPANY))
    world.hub.write(store.write_case(replace(kept.value, representations=(older,)), key, kept.version))
    store.cases.forget(case)
    assert fetch_reasons(world, case) == check_reasons(world, case) == {Reason.REPRESENTATION_NOT_SHOWN}
