"""Fetching many lines of a case: an outcome each, one record, never all or nothing."""

from dataclasses import replace

import pytest

from exchange.audit.indexer import terms
from exchange.entities.catalogue import Basis
from exchange.errors import InvalidError, RefusedError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.exchange_room import Extract, FetchRequest
from exchange.licences.fetch import MAX_LINES, fetch_evidence, fetch_licence
from exchange.licences.receipts import ReceiptKeys
from exchange.reasons import Reason
from signer import receipt as receipts
from signer.receipt import Act
from tests.fakes.licence_world import CITY, DEED, FOOD, IDENTITY, LAND, MARKET, line, matter
from tests.fakes.meddling import Meddler


def test_every_line_of_a_case_has_its_own_outcome_in_one_record(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    fetched = world.as_clerk(fetch_evidence, world.exchange_room, case, ())
    kinds = {result.requirement: result for result in fetched.results}
    assert list(kinds) == ["identity", "deed", "tax"]
    assert isinstance(kinds["identity"], Extract)
    assert kinds["deed"].reasons == (Reason.CONSENT_MISSING,)
    assert kinds["tax"].reasons == (Reason.AGREEMENT_MISSING,)
    record = world.records()[-1]
    assert [item.requirement for item in record.items] == ["identity", "deed", "tax"]
    assert record.outcome == 3
    keys = ReceiptKeys(world.keys).current()
    refusal = receipts.verify(kinds["deed"].receipt, keys, at=None)
    assert (refusal.act, refusal.reasons) == (Act.REFUSED, ("CONSENT_MISSING",))
    assert refusal.commitment == fetched.position.commitment


def test_lines_that_are_named_alone_are_fetched(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    one = world.as_clerk(fetch_evidence, world.exchange_room, case, ("identity",))
    assert [type(result) for result in one.results] == [Extract]
    assert world.records()[-1].outcome == 1
    none = world.as_clerk(fetch_evidence, world.exchange_room, case, ("deed", "nothing"))
    assert [result.requirement for result in none.results] == ["deed", "nothing"]
    assert world.records()[-1].outcome == 2


def test_of_another_departments_case_no_line_tells_anything(world):
    case = world.open_case(world.person())
    for name, department in ((case, LAND), ("0" * 32, MARKET)):
        operator = "issuer" if department == LAND else "clerk"
        with pytest.raises(RefusedError) as caught:
            world.hub.run(world.hub.caller(department, operator), fetch_evidence, world.exchange_room, name, ())
        assert caught.value.reasons == (Reason.CASE_UNKNOWN,)
    with pytest.raises(InvalidError):
        world.as_clerk(fetch_evidence, world.exchange_room, case, ("x",) * (MAX_LINES + 1))


def test_lines_are_decided_anew_when_a_use_was_taken_meanwhile(world):
    holder = world.person()
    world.issue(holder)
    case = world.open_case(holder)
    world.fetch(case)
    world.fetch(case)
    real = world.hub.recorder
    world.hub.recorder = Meddler(real, lambda: world.fetch(case))
    fetched = world.as_clerk(fetch_evidence, world.exchange_room, case, ("identity",))
    assert fetched.results[0].reasons == (Reason.USES_EXHAUSTED,)


def test_the_last_use_of_a_consent_serves_one_line_of_a_call(world):
    consent = frozenset({Basis.CONSENT})
    world.hub.publish(
        matter(FOOD, line("deed", DEED, "unit_number", bases=consent), line("place", DEED, "address", bases=consent))
    )
    holder = world.person()
    world.issue_deed(holder)
    case = world.open_case(holder)
    world.consent(case, "deed", "place", max_uses=1)
    first, second = world.as_clerk(fetch_evidence, world.exchange_room, case, ()).results
    assert isinstance(first, Extract)
    assert second.reasons == (Reason.CONSENT_EXHAUSTED,)


def test_a_case_of_which_no_line_applies_is_told_to_nobody_else(world):
    abroad = line("identity", IDENTITY, "name", situations=frozenset({"abroad"}))
    world.hub.publish(replace(CITY[-1], evidence=(abroad,)))
    case = world.open_case(world.person())
    for use_case, extra in ((fetch_evidence, ((),)), (check_evidence, ())):
        for name in (case, "0" * 32):
            with pytest.raises(RefusedError) as caught:
                world.hub.run(world.hub.caller(LAND, "issuer"), use_case, world.exchange_room, name, *extra)
            assert caught.value.reasons == (Reason.CASE_UNKNOWN,)
    assert world.as_clerk(fetch_evidence, world.exchange_room, case, ()).results == ()
    assert world.as_clerk(check_evidence, world.exchange_room, case) == ()
    assert not world.records()[-1].items


@pytest.mark.parametrize(("requirement", "fields"), [("x" * 101, ()), ("identity", ("x",) * 301), ("a", ("x" * 101,))])
def test_names_beyond_all_bounds_tell_nothing_of_any_case(world, requirement, fields):
    case = world.open_case(world.person())
    caller = world.hub.caller(LAND, "issuer")
    for name in (case, "0" * 32):
        with pytest.raises(InvalidError):
            world.hub.run(caller, fetch_licence, world.exchange_room, FetchRequest(name, requirement, fields, ""))
    if not fields:
        with pytest.raises(InvalidError) as caught:
            world.as_clerk(fetch_evidence, world.exchange_room, case, (requirement,))
        assert [violation.field for violation in caught.value.violations] == ["requirements"]


def test_auditors_find_a_call_by_every_matter_that_it_read_for(world):
    second = matter(FOOD[:-1] + "1", line("more", IDENTITY, "born"))
    world.hub.publish(second)
    case = world.open_case(world.person(), matters=(FOOD, second.code))
    world.as_clerk(fetch_evidence, world.exchange_room, case, ())
    _, found = terms(world.records()[-1].SerializeToString())
    assert {value.decode() for name, value in found if name == "matter"} == {FOOD, second.code}
