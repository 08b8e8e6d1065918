"""Fetching and prefilling for an application: decided for every line, handed out once, bound to all it serves."""

from dataclasses import replace

import pytest

from exchange.audit import journal
from exchange.audit.indexer import terms
from exchange.cases.application_consent import record_application_consent
from exchange.cases.consent import NewConsent
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import Purpose, Status
from exchange.errors import HubError, InvalidError
from exchange.licences.bundle_fetch import MAX_BUNDLE_LINES, fetch_bundle, prefill_application, prefill_case
from exchange.licences.exchange_room import Extract
from exchange.licences.fetch import MAX_LINES, fetch_evidence
from exchange.licences.gathering import uses_counter
from exchange.licences.receipts import ReceiptKeys
from exchange.reasons import Reason
from signer import receipt as receipts
from tests.fakes.bundle_world import (
    GUIDES,
    MATTERS,
    NAMES,
    SHOP,
    SURVEY,
    TITLE,
    delegating,
    department_of,
    open_bundle_world,
)
from tests.fakes.licence_world import DEED, IDENTITY, LAND, MARKET, line, matter
from tests.fakes.restriction_world import prepare, restrict


@pytest.fixture
def town(tmp_path, keys):
    with open_bundle_world(tmp_path, keys) as town:
        yield town


@pytest.fixture
def shop(town):
    """An application of someone with an identity card and a deed, who has consented."""
    person = town.world.person()
    town.world.issue(person)
    town.world.issue_deed(person)
    found = town.open(person)
    until = town.world.hub.clock.seconds + 3600
    consent = NewConsent("applicant", frozenset({"deed"}), frozenset(), 0, until, 2, "ab" * 32)
    town.as_counter(record_application_consent, town.room, found.application.id, consent)
    return found


def refused_with(use, *args):
    with pytest.raises(HubError) as caught:
        use(*args)
    return caught.value.reasons


def by_lines(fetched):
    return {tuple((line.matter, line.requirement) for line in one.lines): one.outcome for one in fetched.results}


def test_a_licence_is_handed_out_once_for_all_that_may_read_the_same_of_it(town, shop):
    fetched = town.fetch(shop)
    results = by_lines(fetched)
    assert set(results) == {
        ((SHOP, "identity"), (TITLE, "holder_card")),
        ((SHOP, "deed"), (TITLE, "deed")),
        ((SURVEY, "identity"),),
        ((SURVEY, "seller"),),
    }
    shared, own = results[(SHOP, "identity"), (TITLE, "holder_card")], results[((SURVEY, "identity"),)]
    assert set(shared.fields) == {"name", "born"}
    assert set(own.fields) == {"name"}
    assert results[((SURVEY, "seller"),)].reasons == (Reason.EVIDENCE_NOT_REQUIRED,)
    assert len(town.world.records()[-1].items) == 6


def test_what_is_restricted_for_the_applicant_is_refused_in_every_line(town, shop):
    prepare(town.world)
    restrict(town.world, shop.cases[0].case.parties[0].holder, Purpose.SERVICE)
    results = by_lines(town.fetch(shop))
    told = {one.reasons for lines, one in results.items() if lines != ((SURVEY, "seller"),)}
    assert told == {(Reason.PROHIBITED,)}


def test_a_receipt_names_every_case_that_its_extract_serves(town, shop):
    fetched = town.fetch(shop)
    known = ReceiptKeys(town.world.keys).current()
    ids = [each.case.id for each in shop.cases]
    results = by_lines(fetched)
    deed = receipts.verify(results[(SHOP, "deed"), (TITLE, "deed")].receipt, known, at=None)
    assert (deed.case, deed.cases, deed.matters) == (ids[0], tuple(ids[:2]), (SHOP, TITLE))
    assert len(set(deed.consents)) == 2
    assert deed.consents[0] == deed.consent
    assert deed.guides == ("1", "1")
    alone = receipts.verify(results[((SURVEY, "identity"),)].receipt, known, at=None)
    assert (alone.case, alone.cases) == (ids[2], ())
    assert {deed.commitment, alone.commitment} == {fetched.position.commitment}


def test_every_line_spends_a_use_of_its_own_case_and_of_its_consent(town, shop):
    town.fetch(shop)
    ids = [each.case.id for each in shop.cases]
    counter = town.world.hub.records.counter
    assert counter(uses_counter(ids[0], SHOP, "identity")) == 1
    assert counter(uses_counter(ids[1], TITLE, "holder_card")) == 1
    assert counter(uses_counter(ids[2], SURVEY, "identity")) == 1
    town.fetch(shop)
    third = by_lines(town.fetch(shop))
    assert third[((SHOP, "deed"),)].reasons == (Reason.CONSENT_EXHAUSTED,)
    assert isinstance(third[(SHOP, "identity"), (TITLE, "holder_card")], Extract)
    assert {one.outcome.reasons for one in town.fetch(shop, "identity", "holder_card").results} == {
        (Reason.USES_EXHAUSTED,)
    }


def test_the_log_finds_the_access_under_each_case(town, shop):
    town.fetch(shop)
    length = town.world.hub.records.journal_length()
    (last,) = journal.read(town.world.hub.records, length - 1, length)
    _, found = terms(last.entry)
    tagged = {value for name, value in found if name == "case"}
    epoch = 2026
    assert tagged == {town.world.tagger.case(each.case.id, epoch) for each in shop.cases}


def test_a_department_suspended_in_the_middle_loses_its_part_alone(town, shop):
    town.world.hub.publish(replace(delegating(department_of(LAND), TITLE, SURVEY), status=Status.SUSPENDED))
    results = by_lines(town.fetch(shop))
    assert isinstance(results[((SHOP, "identity"),)], Extract)
    for key, outcome in results.items():
        if key[0][0] != SHOP:
            assert outcome.reasons == (Reason.CASE_UNKNOWN,), key


def test_a_guide_changed_in_the_middle_narrows_its_own_line(town, shop):
    narrower = replace(GUIDES[1], evidence=(line("holder_card", IDENTITY, "name"),))
    town.world.hub.publish(narrower)
    results = by_lines(town.fetch(shop))
    assert set(results[((SHOP, "identity"),)].fields) == {"name", "born"}
    assert set(results[(TITLE, "holder_card"), (SURVEY, "identity")].fields) == {"name"}
    assert results[((TITLE, "deed"),)].reasons[-1] is not Reason.CASE_UNKNOWN
    assert Reason.EVIDENCE_NOT_REQUIRED in results[((TITLE, "deed"),)].reasons


def test_a_handling_department_fetches_for_its_own_cases_only(town, shop):
    fetched = town.as_land(fetch_bundle, town.world.exchange_room, town.room, shop.application.id, ())
    assert {line.matter for one in fetched.results for line in one.lines} == {TITLE, SURVEY}
    clerk = town.world.hub.caller(MARKET, "clerk")
    one = town.world.hub.run(clerk, fetch_bundle, town.world.exchange_room, town.room, shop.application.id, ())
    assert {line.matter for each in one.results for line in each.lines} == {SHOP}


def test_a_counter_that_may_handle_none_of_it_any_more_is_told_nothing(town, shop):
    town.world.hub.publish(department_of(LAND), department_of(MARKET))
    assert refused_with(town.fetch, shop) == (Reason.CASE_UNKNOWN,)


def test_names_and_sizes_are_bounded(town, shop):
    for names in (("x",) * (MAX_LINES + 1), ("x" * 101,)):
        with pytest.raises(InvalidError):
            town.fetch(shop, *names)
    unknown = town.fetch(shop, "identity", "nothing").results[-1]
    assert unknown.lines[0].requirement == "nothing"
    assert unknown.outcome.reasons == (Reason.EVIDENCE_NOT_REQUIRED,)
    many = tuple(line(f"card_{number}", IDENTITY, "name") for number in range(MAX_BUNDLE_LINES // 2))
    town.world.hub.publish(*(matter(code, *many) for code in MATTERS))
    with pytest.raises(InvalidError):
        town.fetch(town.open(town.world.person()))


def test_the_form_tells_where_each_value_comes_from(town, shop):
    form = {field.name: field for field in town.fetch(shop).form}
    assert form["born"].value == "1990-01-01"
    sources = form["owner"].sources
    assert [(source.line.matter, source.line.requirement) for source in sources] == [
        (SHOP, "identity"),
        (TITLE, "holder_card"),
    ]
    assert {(source.licence_type, source.version, source.issue_time) for source in sources} == {
        (IDENTITY, 1, town.world.hub.clock.seconds)
    }


def test_two_licences_that_differ_leave_the_field_empty(town):
    both = matter(
        SHOP,
        line("identity", IDENTITY, "name", "citizen_id", "born", prefills=(("name", "owner"), ("born", "born"))),
        line("deed", DEED, "unit_number", "address", prefills=(("unit_number", "owner"), ("address", "place"))),
    )
    town.world.hub.publish(both)
    person = town.world.person()
    town.world.issue(person)
    town.world.issue_deed(person)
    case = town.world.open_case(person, matters=(SHOP,))
    form = {field.name: field for field in town.world.as_clerk(fetch_evidence, town.world.exchange_room, case, ()).form}
    assert set(form) == {"owner", "born", "place"}
    assert form["owner"].value is None
    assert [source.value for source in form["owner"].sources] == [person.name, "990100-1"]
    assert form["born"].value == "1990-01-01"


def test_a_prefill_reads_only_what_fills_the_form_and_counts_as_a_fetch(town, shop):
    filled = town.as_counter(prefill_application, town.world.exchange_room, town.room, shop.application.id)
    assert {field.name: field.value for field in filled.form} == {"born": "1990-01-01", "owner": "张三"}
    record = town.world.records()[-1]
    assert {tuple(item.fields_released) for item in record.items} == {("born", "name")}
    assert [item.requirement for item in record.items] == ["identity", "holder_card"]
    assert len(filled.receipts) == 1
    assert filled.refusals == ()
    assert town.world.hub.records.counter(uses_counter(shop.cases[0].case.id, SHOP, "identity")) == 1


def test_a_prefill_of_a_case_is_as_closed_as_a_fetch(town, shop):
    room, case = town.world.exchange_room, shop.cases[0].case.id
    filled = town.world.as_clerk(prefill_case, room, case)
    assert {field.name for field in filled.form} == {"born", "owner"}
    for name in (case, "0" * 32):
        assert refused_with(town.as_land, prefill_case, room, name) == (Reason.CASE_UNKNOWN,)
    empty = town.as_land(prefill_case, room, shop.cases[2].case.id)
    assert (empty.form, empty.refusals) == ((), ())
    without = town.open(town.world.person())
    refused = town.as_counter(prefill_case, room, without.cases[0].case.id)
    assert [one.outcome.reasons for one in refused.refusals] == [(Reason.LICENCE_NOT_FOUND,)]


def test_a_line_of_another_partys_licence_is_never_merged(town):
    applicant, seller = town.world.person(), town.world.person("李四")
    town.world.issue(applicant)
    town.world.issue(seller)
    parties = (CaseParty("applicant", applicant), CaseParty("seller", seller))
    results = by_lines(town.fetch(town.open(applicant, parties=parties), "identity", "seller", "holder_card"))
    assert results[((SURVEY, "seller"),)].fields["name"] == "李四"
    assert results[((SURVEY, "identity"),)].fields["name"] == "张三"
    assert NAMES
