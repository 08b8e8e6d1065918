"""Consents: no wider than the guide, one record per case, revocable at once."""

from dataclasses import replace

import pytest

from exchange.cases.consent import MAX_CONSENTS, NewConsent, record_consent, revoke_consent
from exchange.cases.lifecycle import withdraw_case
from exchange.cases.open import NewCase, open_case
from exchange.cases.read import get_case
from exchange.cases.room import CaseRoom
from exchange.cases.store import CONSENTS, CaseStore
from exchange.catalogue.store import CatalogueStore
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import EntityKind
from exchange.errors import InvalidError, NotFoundError, RefusedError, StaleError
from exchange.reasons import Reason
from storage.errors import CorruptError
from storage.records.changes import Delete, Replace
from tests.fakes.rooms import START, open_hub
from tests.fakes.small_catalogue import (
    CLERK,
    FOOD,
    HEALTH,
    MARKET,
    RESTAURANT,
    SERVICE,
    food,
    organisation,
    person,
    small_catalogue,
)

DAY = 86_400
FOOD_CASE = NewCase(
    number="1",
    matters=(FOOD,),
    bundle="",
    handling_department="",
    parties=(CaseParty("applicant", organisation()), CaseParty("manager", person(1))),
    representations=(),
    situations=frozenset(),
    channel="counter",
)
CONSENT = NewConsent(
    party="manager",
    requirements=frozenset({"identity"}),
    fields=frozenset({"name"}),
    valid_from_time=0,
    valid_until_time=START + DAY,
    max_uses=1,
    statement_digest="0a" * 32,
)


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def room(hub):
    store = CaseStore(hub.records, hub.vault, hub.blind)
    hub.caches += [store.cases, store.clocks, store.consents, store.consent_cases, store.numbers]
    return CaseRoom(store, hub.catalogue, hub.tagger)


@pytest.fixture
def case(hub, room):
    return hub.run(hub.caller(MARKET, CLERK), open_case, room, FOOD_CASE).case


def record(hub, room, case, new=CONSENT, department=MARKET):
    return hub.run(hub.caller(department, CLERK), record_consent, room, case.id, new)


def revoke(hub, room, consent_id, department=MARKET, **options):
    return hub.run(hub.caller(department, CLERK, **options), revoke_consent, room, consent_id)


def fields(hub, room, case, **changes):
    with pytest.raises(InvalidError) as invalid:
        record(hub, room, case, replace(CONSENT, **changes))
    return [violation.field.removeprefix("consent.") for violation in invalid.value.violations]


def test_consent_is_found_with_its_case_in_one_read(hub, room, case):
    first = record(hub, room, case)
    second = record(hub, room, case, replace(CONSENT, fields=frozenset(), max_uses=100))
    assert first.valid_from_time == START
    assert first.recorded_by == f"{MARKET}/{CLERK}"
    assert (first.case, first.revoked_time) == (case.id, 0)
    assert room.store.consents.fresh(case.id).value == (first, second)
    assert first.id != second.id


def test_consents_lie_sealed(hub, room, case):
    consent = record(hub, room, case)
    body = hub.records.get(CONSENTS, case.id).body
    assert consent.statement_digest.encode() not in body
    assert body[:16].hex() == room.store.owner(organisation())
    hub.write(Replace(CONSENTS, case.id, 1, body[:-1] + bytes([body[-1] ^ 1])))
    room.store.consents.forget(case.id)
    with pytest.raises(CorruptError):
        revoke(hub, room, consent.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"party": "partner"}, "party"),
        ({"requirements": frozenset(), "fields": frozenset()}, "requirements"),
        ({"requirements": frozenset({"identity", "licence"})}, "requirements"),
        ({"requirements": frozenset({"unknown"}), "fields": frozenset()}, "requirements"),
        ({"requirements": frozenset({"chain_identity"}), "fields": frozenset()}, "requirements"),
        ({"party": "applicant", "fields": frozenset()}, "requirements"),
        ({"party": "applicant", "requirements": frozenset({"licence"}), "fields": frozenset()}, "requirements"),
        ({"fields": frozenset({"name", "address"})}, "fields"),
        ({"valid_from_time": START - 1}, "valid_from_time"),
        ({"valid_from_time": START + 10 * DAY}, "valid_until_time"),
        ({"valid_until_time": 0}, "valid_until_time"),
        ({"valid_until_time": START}, "valid_until_time"),
        ({"valid_until_time": START + 56 * DAY + 1}, "valid_until_time"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": 101}, "max_uses"),
        ({"statement_digest": ""}, "statement_digest"),
        ({"statement_digest": "0A" * 32}, "statement_digest"),
        ({"statement_digest": "0a" * 31 + "0\n"}, "statement_digest"),
    ],
)
def test_each_bad_field_is_named_and_nothing_is_stored(hub, room, case, changes, field):
    assert fields(hub, room, case, **changes) == [field]
    assert hub.records.get(CONSENTS, case.id) is None


def test_everything_wrong_is_said_at_once(hub, room, case):
    found = fields(
        hub,
        room,
        case,
        requirements=frozenset(),
        fields=frozenset({"x"}),
        max_uses=0,
        statement_digest="",
        valid_until_time=0,
    )
    assert found == ["requirements", "fields", "valid_until_time", "max_uses", "statement_digest"]


def test_consent_may_last_as_long_as_its_case_and_begin_later(hub, room, case):
    new = replace(CONSENT, valid_from_time=START + DAY, valid_until_time=case.expires_time)
    assert record(hub, room, case, new).valid_from_time == START + DAY
    too_late = replace(CONSENT, valid_from_time=case.expires_time, valid_until_time=case.expires_time)
    with pytest.raises(InvalidError):
        record(hub, room, case, too_late)


def test_line_of_a_chosen_situation_can_be_consented_to(hub, room):
    new = replace(FOOD_CASE, situations=frozenset({"chain"}))
    case = hub.run(hub.caller(MARKET, CLERK), open_case, room, new).case
    both = replace(
        CONSENT, requirements=frozenset({"identity", "chain_identity"}), fields=frozenset({"name", "address"})
    )
    assert record(hub, room, case, both).fields == {"name", "address"}


def test_lines_are_those_of_the_pinned_guide(hub, room, case):
    hub.publish(replace(food(), evidence=food().evidence[:1]))
    assert record(hub, room, case).requirements == {"identity"}


def test_withdrawn_line_is_not_consented_to(hub, room):
    licence, identity, chain = food().evidence
    hub.publish(replace(food(), evidence=(licence, replace(identity, withdrawn=True), chain)))
    case = hub.run(hub.caller(MARKET, CLERK), open_case, room, FOOD_CASE).case
    assert "requirements" in fields(hub, room, case)


def test_bundle_consents_by_the_lines_of_all_its_guides(hub, room):
    bundle = replace(FOOD_CASE, matters=(), bundle=RESTAURANT)
    case = hub.run(hub.caller(SERVICE, CLERK), open_case, room, bundle).case
    assert record(hub, room, case, department=SERVICE).party == "manager"


def test_closed_or_expired_case_takes_no_consent(hub, room, case):
    other = hub.run(hub.caller(MARKET, CLERK), open_case, room, replace(FOOD_CASE, number="2")).case
    view = hub.run(hub.caller(MARKET, CLERK), get_case, room, other.id)
    hub.run(hub.caller(MARKET, CLERK), withdraw_case, room, other.id, view.etag, "")
    with pytest.raises(RefusedError) as refused:
        record(hub, room, other)
    assert set(refused.value.reasons) == {Reason.CASE_NOT_OPEN}
    hub.clock.us = case.expires_time * 1_000_000
    with pytest.raises(RefusedError) as refused:
        record(hub, room, case)
    assert set(refused.value.reasons) == {Reason.CASE_EXPIRED}


def test_consents_of_a_case_are_bounded(hub, room, case):
    for _ in range(MAX_CONSENTS):
        record(hub, room, case)
    assert fields(hub, room, case) == ["consent"]


def test_missing_guide_revision_is_corruption_not_an_empty_guide(hub, room, case):
    hub.write(Delete("revision", f"{EntityKind.MATTER}/{FOOD}/000001", 1))
    anew = replace(room, catalogue=CatalogueStore(hub.records))  # a revision never changes, and so is kept
    with pytest.raises(CorruptError):
        record(hub, anew, case)


def test_revocation_holds_at_once_and_twice_is_once(hub, room, case):
    consent, other = record(hub, room, case), record(hub, room, case)
    hub.clock.advance(60)
    revoked = revoke(hub, room, consent.id)
    assert revoked == replace(consent, revoked_time=START + 60)
    assert room.store.consents.fresh(case.id).value == (revoked, other)
    version = room.store.consents.fresh(case.id).version
    hub.clock.advance(60)
    assert revoke(hub, room, consent.id) == revoked
    assert room.store.consents.fresh(case.id).version == version


def test_whoever_read_the_consents_before_a_revocation_commits_nothing(hub, room, case):
    consent = record(hub, room, case)
    room.store.consents.forget(case.id)
    fetch = hub.call(hub.caller(MARKET, CLERK))
    assert fetch.read(room.store.consents, case.id).value == (consent,)
    revoke(hub, room, consent.id)
    with pytest.raises(StaleError) as stale:
        hub.commit(fetch)
    assert stale.value.subjects == ((CONSENTS, case.id),)


def test_whoever_found_no_consent_before_one_was_recorded_commits_nothing(hub, room, case):
    fetch = hub.call(hub.caller(MARKET, CLERK))
    assert fetch.read(room.store.consents, case.id).value is None
    record(hub, room, case)
    with pytest.raises(StaleError):
        hub.commit(fetch)


def test_consent_of_a_closed_case_can_still_be_revoked(hub, room, case):
    consent = record(hub, room, case)
    view = hub.run(hub.caller(MARKET, CLERK), get_case, room, case.id)
    hub.run(hub.caller(MARKET, CLERK), withdraw_case, room, case.id, view.etag, "")
    assert revoke(hub, room, consent.id).revoked_time == START


@pytest.mark.parametrize("consent_id", ["", "x", "0" * 32, "Z" * 32, "0" * 50_000])
def test_unknown_consent_is_not_found(hub, room, case, consent_id):
    with pytest.raises(NotFoundError) as missing:
        revoke(hub, room, consent_id)
    assert missing.value.reasons == (Reason.CONSENT_NOT_FOUND,)


def test_consent_of_another_departments_case_looks_unknown(hub, room, case):
    consent = record(hub, room, case)
    with pytest.raises(NotFoundError) as missing:
        revoke(hub, room, consent.id, HEALTH)
    assert missing.value.reasons == (Reason.CONSENT_NOT_FOUND,)
    with pytest.raises(NotFoundError):
        record(hub, room, case, department=HEALTH)
    assert room.store.consents.fresh(case.id).value == (consent,)


def test_consent_whose_case_lost_it_is_not_found(hub, room, case):
    consent = record(hub, room, case)
    hub.write(Delete(CONSENTS, case.id, 1))
    room.store.consents.forget(case.id)
    with pytest.raises(NotFoundError):
        revoke(hub, room, consent.id)


def test_record_names_each_requirement_the_consent_and_the_holders_tag(hub, room, case):
    call = hub.call(hub.caller(MARKET, CLERK))
    consent = record_consent(call, room, case.id, CONSENT)
    (item,) = call.draft.items
    assert (item.requirement, item.legal_basis, item.consent) == ("identity", "consent", consent.id)
    assert item.fields_requested == ("name",)
    assert item.holder_tag == hub.tagger.holder(person(1).id_type, person(1).id_number, 2026)
    assert call.draft.matter == FOOD
