"""Who acts for a party of a case: agents, legal representatives, handlers and guardians, and what ends their power."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.cases.lifecycle import withdraw_case
from exchange.cases.representing import end_representation, record_representation, revoke_representation
from exchange.cases.room import case_etag
from exchange.codes import citizen_id, licence_type_code, matter_code, uscc
from exchange.entities.case import CaseParty, Representation, RepresentationKind
from exchange.entities.catalogue import HolderCategory, Level, Party
from exchange.entities.event import EventType
from exchange.entities.licence import Holder, RevocationCause
from exchange.errors import InvalidError, NotFoundError, RefusedError, StaleError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.fetch import fetch_evidence
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.lifecycle import Amendment, Transition, amend_licence, revoke_licence
from exchange.reasons import Reason
from tests.fakes.licence_world import (
    IDENTITY,
    LAND,
    MARKET,
    NATION,
    POLICE,
    field,
    label,
    licence_type,
    line,
    matter,
    open_keys,
    open_world,
)

DAY = 86_400
BUSINESS = licence_type_code(NATION, 11)
BIRTH = licence_type_code(NATION, 12)
SHOP = matter_code(MARKET, Level.CITY, "990101000011")
SALE = matter_code(MARKET, Level.CITY, "990101000012")
COMPANY = Holder("001", uscc("91990100MA0000011"), "测试餐饮有限公司")
PAPER = "ab" * 32
Kind = RepresentationKind

TYPES = (
    licence_type(
        BUSINESS,
        field("unified_code", required=True),
        field("legal_representative", required=True),
        field("legal_representative_id", required=True),
        issuers=(MARKET,),
        holder_category=HolderCategory.ORGANISATION,
    ),
    licence_type(
        BIRTH,
        field("newborn_name", required=True),
        field("birth_date", required=True),
        field("mother_id", required=True),
        field("father_id"),
        issuers=(POLICE,),
        co_holders=True,
    ),
    matter(
        SHOP,
        line("licence", BUSINESS, "unified_code"),
        line("seat", BUSINESS, "legal_representative"),
        applicant=HolderCategory.EITHER,
        parties=(
            Party("applicant", label("applicant"), HolderCategory.EITHER, required=True),
            Party("seller", label("seller"), HolderCategory.PERSON, required=False),
        ),
    ),
    matter(
        SALE,
        line("card", IDENTITY, "name", max_uses=9),
        line("seller_card", IDENTITY, "name", party="seller", max_uses=9),
        parties=(
            Party("applicant", label("applicant"), HolderCategory.PERSON, required=True),
            Party("seller", label("seller"), HolderCategory.PERSON, required=True),
        ),
    ),
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


def person(name, born=date(1990, 1, 1), number=500):
    return Holder("111", citizen_id("990100", born, number), name)


HEAD, NEXT_HEAD, HANDLER = person("李一", number=501), person("王二", number=502), person("赵三", number=503)


def register(world, head=HEAD):
    """The business licence of the company, in force."""
    fields = {
        "unified_code": COMPANY.id_number,
        "legal_representative": head.name,
        "legal_representative_id": head.id_number,
    }
    new = NewLicence("B-1", (COMPANY,), fields, 0, 0, 0, "")
    return world.as_issuer(MARKET, issue_licence, BUSINESS, new, validate_only=False).view


def office(world, agent=HEAD, **changes):
    return replace(
        Representation("applicant", agent, frozenset(), 0, 0, Kind.LEGAL_REPRESENTATIVE),
        **changes,
    )


def sent(world, agent=HANDLER, by=HEAD, **changes):
    until = world.hub.clock.seconds + 10 * DAY
    return replace(
        Representation("applicant", agent, frozenset(), 0, until, Kind.HANDLER, by, PAPER),
        **changes,
    )


def agent(world, party, person, **changes):
    until = world.hub.clock.seconds + DAY
    return replace(Representation(party, person, frozenset(), 0, until), **changes)


def open_shop(world, given=None, applicant=COMPANY):
    acting = () if given is None else (given,)
    return world.open_case(applicant, matters=(SHOP,), representations=acting)


def reasons(world, use_case, *args):
    with pytest.raises(RefusedError) as refused:
        world.as_clerk(use_case, *args)
    return set(refused.value.reasons)


def fetch_reasons(world, case):
    with pytest.raises(RefusedError) as refused:
        world.fetch(case, "licence")
    return set(refused.value.reasons)


def check_reasons(world, case):
    checks = world.as_clerk(check_evidence, world.exchange_room, case)
    return {reason for check in checks for reason in check.reasons}


def record(world, case, given, etag=None):
    version = world.case_room.store.cases.fresh(case).version
    return world.as_clerk(record_representation, world.case_room, case, etag or case_etag(case, version), given)


def revoke(world, case, party="applicant"):
    version = world.case_room.store.cases.fresh(case).version
    return world.as_clerk(revoke_representation, world.case_room, case, case_etag(case, version), party)


def end(world, case, party="applicant"):
    version = world.case_room.store.cases.fresh(case).version
    return world.as_clerk(end_representation, world.case_room, case, case_etag(case, version), party)


def amend(world, view, head):
    """The company's next legal representative is registered."""
    fields = {"legal_representative": head.name, "legal_representative_id": head.id_number}
    name = view.licence.identifier
    world.as_issuer(
        MARKET, amend_licence, BUSINESS, name, view.etag, Amendment(fields, None), reason="new head", legal_reference=""
    )


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


def born(world, ward_birthday, *parents, name="周小小"):
    fields = {"newborn_name": name, "birth_date": ward_birthday.isoformat(), "mother_id": parents[0].id_number}
    new = NewLicence("N-1", parents, fields, 0, 0, 0, "")
    return world.as_issuer(POLICE, issue_licence, BIRTH, new, validate_only=False)


def guardian(agent, **changes):
    return replace(Representation("applicant", agent, frozenset(), 0, 0, Kind.GUARDIAN), **changes)


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


def two_parties(world, *given):
    """A case of two people, each with a card, in which these act."""
    one, other = world.person(), world.person()
    world.issue(one)
    world.issue(other)
    parties = (CaseParty("applicant", one), CaseParty("seller", other))
    return world.open_case(one, matters=(SALE,), parties=parties, representations=given)


def read(world, case):
    """What became of each line of the two parties: its reasons, none where it is read."""
    results = world.as_clerk(fetch_evidence, world.exchange_room, case, ()).results
    return {each.requirement: getattr(each, "reasons", ()) for each in results}


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
