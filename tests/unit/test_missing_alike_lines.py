"""A line that two matters of a case state alike: asked for as long as one of them asks for it. And too many lines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.cases.requirements import lines_asked
from exchange.clocks.due import Due, DueKind, put
from exchange.codes import matter_code
from exchange.entities.case import CaseState
from exchange.entities.catalogue import Acceptance, Level
from exchange.entities.evidence import Standing
from exchange.entities.licence import Holder
from exchange.errors import InvalidError, RefusedError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.evidence_line import EvidenceCheck
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.licences.issue import issue_licence
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import (
    DEED,
    FOOD,
    IDENTITY,
    LAND,
    MARKET,
    TAX,
    World,
    line,
    matter,
    open_world,
)
from tests.fakes.missing_world import DEFERRABLE, Counter, guide, prepare

SECOND = matter_code(MARKET, Level.CITY, "990102000000")


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        publish_second(world, withdrawn=False)
        yield world


def publish_first(world: World, *names: str) -> None:
    """The food guide, with these lines withdrawn."""
    lines = [replace(one, withdrawn=one.id in names) for one in guide().evidence]
    world.hub.publish(replace(guide(), evidence=tuple(lines)))


def publish_second(world: World, *, withdrawn: bool) -> None:
    tax = line("tax", TAX, "voucher", necessity=DEFERRABLE, withdrawn=withdrawn)
    world.hub.publish(matter(SECOND, tax, acceptance=Acceptance.COMPLETE))


def waiting(world: World) -> Counter:
    """A case of both matters that awaits the voucher."""
    counter = Counter(world, matters=(FOOD, SECOND))
    counter.submit("identity")
    counter.submit("deed")
    counter.commit("seat")
    counter.defer("tax")
    counter.accept()
    return counter


def tax_of(counter: Counter) -> EvidenceCheck:
    checks = counter.world.as_clerk(check_evidence, counter.world.exchange_room, counter.case)
    return next(check for check in checks if check.requirement == "tax")


def issue_tax(world: World, holder: Holder) -> None:
    tax = replace(world.deed(holder, number="T-1"), fields={"voucher": "V-1"})
    world.as_issuer(LAND, issue_licence, TAX, tax, validate_only=False)


def test_a_line_that_another_matter_still_asks_for_is_waited_for(world: World) -> None:
    counter = waiting(world)
    publish_first(world, "tax")
    assert counter.view().case.state is CaseState.AWAITING_EVIDENCE
    told = tax_of(counter)
    assert (told.matter, told.standing) == (SECOND, Standing.DEFERRED)
    issue_tax(world, counter.view().case.parties[0].holder)
    assert world.as_clerk(fetch_licence, world.exchange_room, FetchRequest(counter.case, "tax", (), SECOND))
    assert counter.view_case().state is CaseState.ACCEPTED
    assert counter.due() == []


def test_it_is_handed_in_under_either_name(world: World) -> None:
    for name in (FOOD, SECOND):
        counter = waiting(world)
        publish_first(world, "tax")
        assert counter.submit("tax", matter=name).case.state is CaseState.ACCEPTED
        publish_first(world)


def test_its_deadline_lets_the_case_lapse(world: World) -> None:
    counter = waiting(world)
    publish_first(world, "tax")
    deferral = counter.line("tax").deferral
    assert deferral is not None
    world.hub.clock.us = deferral.deadline * 1_000_000
    assert counter.view().case.state is CaseState.LAPSED
    counter.run_due()
    assert counter.view_case().state is CaseState.LAPSED


def test_once_the_last_matter_has_withdrawn_it_the_case_goes_on(world: World) -> None:
    counter = waiting(world)
    publish_first(world, "tax")
    publish_second(world, withdrawn=True)
    assert counter.view().case.state is CaseState.ACCEPTED
    world.hub.write(put(Due(world.hub.clock.seconds, DueKind.GUIDE_WITHDRAWAL, f"{SECOND}/2")))
    counter.run_due()
    assert counter.view_case().state is CaseState.ACCEPTED


def test_what_came_in_for_the_first_matter_counts_for_the_second(world: World) -> None:
    holder = world.person()
    issue_tax(world, holder)
    fetched = Counter(world, world.open_case(holder, matters=(FOOD, SECOND)))
    handed_in = Counter(world, matters=(FOOD, SECOND))
    world.as_clerk(fetch_licence, world.exchange_room, FetchRequest(fetched.case, "tax", (), FOOD))
    handed_in.submit("tax", matter=FOOD)
    publish_first(world, "tax")
    for counter in (fetched, handed_in):
        for name in ("identity", "deed"):
            counter.submit(name)
        counter.commit("seat")
        assert tax_of(counter).standing in {Standing.FETCHED, Standing.HANDED_IN}
        assert counter.accept().case.state is CaseState.ACCEPTED


def test_what_was_kept_for_the_second_matter_is_found_again(world: World) -> None:
    """Earlier versions kept it for the first matter that asked for the line at that time."""
    counter = Counter(world, matters=(FOOD, SECOND))
    store = counter.room.store
    counter.submit("tax")
    known = store.evidence.lines.fresh(counter.case)
    assert known.value is not None
    moved = tuple(replace(one, matter=SECOND) for one in known.value)
    key = world.hub.vault.data_key(store.owner(counter.view_case().parties[0].holder))
    world.hub.write(store.evidence.write_lines(counter.case, moved, frozenset(), key, known.version))
    store.evidence.lines.forget(counter.case)
    assert tax_of(counter).standing is Standing.HANDED_IN


def test_a_case_of_more_lines_than_can_be_told_is_not_opened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world.hub.register.matters[FOOD], world.hub.register.matters[SECOND]
    abroad = line("abroad", IDENTITY, "name", situations=frozenset({"abroad"}))
    assert lines_asked((first, second), frozenset()) == 6
    assert lines_asked((matter(SECOND, abroad),), frozenset()) == 0
    assert lines_asked((matter(SECOND, abroad),), frozenset({"abroad"})) == 1
    monkeypatch.setattr("exchange.cases.new_case.MAX_EVIDENCE", 5)
    with pytest.raises(InvalidError) as caught:
        world.open_case(world.person(), matters=(FOOD, SECOND))
    assert [each.field for each in caught.value.violations] == ["case.matters"]


def test_lines_that_are_too_many_to_be_told_are_refused_and_not_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    abroad = line("abroad", DEED, "address", situations=frozenset({"abroad"}))
    home = line("home", IDENTITY, "name", situations=frozenset({"home"}))
    world.hub.publish(matter(SECOND, abroad, home))
    case = world.open_case(world.person(), matters=(SECOND,), situations=frozenset({"abroad"}))
    both = world.open_case(world.person())
    monkeypatch.setattr("exchange.licences.evidence_check.MAX_EVIDENCE", 1)
    monkeypatch.setattr("exchange.licences.fetch.MAX_LINES", 1)
    assert len(world.as_clerk(check_evidence, world.exchange_room, case)) == 1
    with pytest.raises(RefusedError) as refused:
        world.as_clerk(check_evidence, world.exchange_room, both)
    assert refused.value.reasons == (Reason.TOO_MANY_LINES,)
    with pytest.raises(InvalidError) as caught:
        world.as_clerk(fetch_evidence, world.exchange_room, both, ())
    assert [each.field for each in caught.value.violations] == ["requirements"]
    for use_case, options in ((check_evidence, ()), (fetch_evidence, ((),))):
        with pytest.raises(RefusedError) as unknown:
            world.hub.run(world.hub.caller(LAND, "issuer"), use_case, world.exchange_room, both, *options)
        assert unknown.value.reasons == (Reason.CASE_UNKNOWN,)
