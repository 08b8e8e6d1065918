"""Missing evidence at its edges: who only collected a case, bundles, exclusions, damaged and erased records."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange.cases.deferring import NewDeferral, defer_evidence
from exchange.cases.dispute_store import DISPUTE
from exchange.cases.evidence_codec import decode_evidence
from exchange.cases.evidence_store import EVIDENCE, EXCLUSION
from exchange.cases.exclusion import lift_exclusion
from exchange.cases.handing_in import get_material
from exchange.cases.material_store import object_name
from exchange.cases.requirements import case_lines
from exchange.clocks.due import DueKind, taken
from exchange.clocks.working_days import department_deadline
from exchange.codes import matter_code
from exchange.config import load
from exchange.configured import evidence_terms
from exchange.disputes.opening import NewDispute, open_dispute
from exchange.disputes.overdue import report_overdue
from exchange.disputes.reading import get_dispute, list_asked
from exchange.disputes.room import DisputeRoom
from exchange.entities.case import CaseState, PinnedMatter
from exchange.entities.catalogue import Acceptance, Calendar, CalendarYear, Label, Level
from exchange.entities.dispute import DisputeKind
from exchange.entities.event import EventType
from exchange.entities.evidence import EvidenceForm
from exchange.errors import NotFoundError, RefusedError
from exchange.licences.availability import availability
from exchange.licences.evidence_check import Availability, check_evidence
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.licences.issue import issue_licence
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from storage.errors import CorruptError
from storage.records.changes import Insert, Replace
from tests.fakes.licence_world import (
    DEED,
    FOOD,
    LAND,
    MARKET,
    SERVICE_CENTRE,
    TAX,
    World,
    line,
    matter,
    open_keys,
    open_world,
)
from tests.fakes.missing_world import NOTHING, Counter, guide, prepare

MISSING = NewDispute("", FOOD, "deed", DisputeKind.MISSING, "", "", ())
SECOND = matter_code(MARKET, Level.CITY, "990102000000")
SATURDAY = 1_767_369_600  # 2026-01-03T00:00:00+08:00


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> set[Reason]:
    with pytest.raises((RefusedError, NotFoundError)) as caught:
        run(*args, **options)
    return set(caught.value.reasons)


def collected(world: World, counter: Counter) -> None:
    """Let the service centre, which handles nothing, have collected the case."""
    store = world.case_room.store
    found = store.cases.fresh(counter.case)
    assert found.value is not None
    key = world.hub.vault.data_key(store.owner(found.value.parties[0].holder))
    changed = replace(found.value, collecting_department=SERVICE_CENTRE)
    world.hub.write(store.write_case(changed, key, found.version))
    store.cases.forget(counter.case)


def test_who_only_collected_a_case_hands_in_and_nothing_else(world: World) -> None:
    counter = Counter(world)
    collected(world, counter)
    counter.submit("tax", department=SERVICE_CENTRE)
    caller = world.hub.caller(SERVICE_CENTRE, "clerk")
    room, etag, digest = world.case_room, counter.view().etag, counter.line("tax").materials[0].digest
    new = NewDeferral((("", "deed"),), EvidenceForm.COPY, 0, NOTHING)
    find = availability(world.exchange_room)
    calls: list[tuple[Any, ...]] = [
        (lift_exclusion, room, counter.case, "x"),
        (get_material, room, world.materials, counter.case, digest),
        (open_dispute, DisputeRoom(room, world.store), replace(MISSING, case=counter.case)),
    ]
    for call in calls:
        assert reasons(world.hub.run, caller, *call) == {Reason.NOT_IMPLEMENTER}
    deferring = (defer_evidence, room, world.materials, find, counter.case, etag, new)
    assert reasons(world.hub.run, caller, *deferring, validate_only=True) == {Reason.NOT_IMPLEMENTER}


def test_after_the_cases_window_nothing_is_taken(world: World) -> None:
    counter = Counter(world)
    world.hub.clock.us = counter.view().case.expires_time * 1_000_000
    assert reasons(counter.submit, "tax") == {Reason.CASE_EXPIRED}
    assert reasons(counter.deferring, "tax") == {Reason.CASE_EXPIRED}


def test_what_was_deferred_and_fetched_before_acceptance_is_not_waited_for(world: World) -> None:
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    world.fetch(counter.case)
    counter.commit("seat")
    counter.defer("tax", "deed")
    world.issue_deed(holder)
    world.fetch(counter.case, "deed")
    tax = replace(world.deed(holder, number="T-1"), fields={"voucher": "V-1"})
    world.as_issuer(LAND, issue_licence, TAX, tax, validate_only=False)
    world.fetch(counter.case, "tax")
    assert counter.accept().case.state is CaseState.ACCEPTED
    assert counter.due() == []


def test_what_was_deferred_and_fetched_reminds_of_nothing_and_lapses_never(world: World) -> None:
    holder = world.person()
    counter = Counter(world, world.open_case(holder))
    deadline = counter.defer("deed").deadline
    world.issue_deed(holder)
    world.fetch(counter.case, "deed")
    for time in (deadline - 1, deadline):
        world.hub.clock.us = time * 1_000_000
        counter.run_due()
    assert not {EventType.DEFERRAL_REMINDER, EventType.DEFERRAL_LAPSED} & set(counter.events())
    assert not any(line.deferral and line.deferral.lapsed for line in counter.view().evidence)
    assert not counter.due()


def test_a_line_that_two_matters_state_alike_is_one(world: World) -> None:
    second = matter(SECOND, line("tax", TAX, "voucher"), line("other", DEED, "address"))
    world.hub.publish(replace(second, acceptance=Acceptance.DEPARTMENT))
    counter = Counter(world, matters=(FOOD, SECOND))
    lines = case_lines(world.hub.catalogue, world.hub.register, counter.view().case)
    assert [one.matters for one in lines if one.requirement.id == "tax"] == [(FOOD, SECOND)]
    assert {one.name: one.covered_by for one in lines}[FOOD, "seat"] is None  # "other" is no one's to insist on
    counter.submit("tax", matter=SECOND)
    assert counter.line("tax").matter == FOOD
    counter.submit("other", matter="")
    again = Counter(world, matters=(FOOD, SECOND))
    again.submit("identity")
    again.commit("seat")
    again.defer("tax", "deed")
    again.submit("deed")
    assert again.accept().case.state is CaseState.AWAITING_EVIDENCE
    tax = replace(world.deed(again.view().case.parties[0].holder, number="T-9"), fields={"voucher": "V-9"})
    world.as_issuer(LAND, issue_licence, TAX, tax, validate_only=False)
    asked = FetchRequest(again.case, "tax", (), SECOND)
    assert world.as_clerk(fetch_licence, world.exchange_room, asked).extract.fields == {"voucher": "V-9"}
    assert again.view().case.state is CaseState.ACCEPTED
    pinned = replace(counter.view().case, matters=(PinnedMatter(FOOD, 99, "00"),))
    with pytest.raises(CorruptError):
        case_lines(world.hub.catalogue, world.hub.register, pinned)


def test_an_excluded_applicant_is_told_to_hand_in(world: World) -> None:
    holder = world.person()
    world.issue(holder)
    first = Counter(world, world.open_case(holder))
    world.fetch(first.case)
    first.commit("seat")
    deadline = first.defer("tax", "deed").deadline
    first.accept()
    world.hub.clock.us = deadline * 1_000_000
    first.run_due()
    again = Counter(world, world.open_case(holder))
    checks = {one.requirement: one for one in world.as_clerk(check_evidence, world.exchange_room, again.case)}
    assert (checks["tax"].availability, checks["tax"].deferrable_until) == (Availability.DEFERRABLE, 0)
    assert checks["tax"].sentence.en == "tax: hand it in."


def test_a_withdrawn_line_is_shown_and_not_asked_for(world: World) -> None:
    counter = Counter(world)
    lines = [replace(one, withdrawn=one.id == "tax") for one in guide().evidence]
    world.hub.publish(replace(guide(), evidence=tuple(lines)))
    tax = next(
        one for one in world.as_clerk(check_evidence, world.exchange_room, counter.case) if one.requirement == "tax"
    )
    assert Reason.REQUIREMENT_WITHDRAWN in tax.reasons
    assert tax.sentence.zh
    assert reasons(counter.submit, "tax") == {Reason.EVIDENCE_NOT_REQUIRED}


def withdraw(world: World, *names: str) -> None:
    lines = [replace(one, withdrawn=one.id in names) for one in guide().evidence]
    world.hub.publish(replace(guide(), evidence=tuple(lines)))


def waiting(world: World) -> Counter:
    counter = Counter(world)
    counter.submit("identity")
    counter.commit("seat")
    counter.defer("tax", "deed")
    counter.accept()
    return counter


def test_a_line_that_is_withdrawn_while_it_is_awaited_lets_no_case_lapse(world: World) -> None:
    late, early = waiting(world), waiting(world)
    deferral = late.line("deed").deferral
    assert deferral is not None
    withdraw(world, "tax")
    assert early.submit("deed").case.state is CaseState.ACCEPTED
    assert [due for due in early.due() if due.subject.startswith(early.case)] == []
    withdraw(world, "tax", "deed")
    world.hub.clock.us = deferral.deadline * 1_000_000
    assert late.view().case.state is CaseState.ACCEPTED
    assert late.view_case().state is CaseState.AWAITING_EVIDENCE  # not noted yet
    shown = late.line("deed").deferral
    assert shown is not None
    assert not shown.lapsed
    late.run_due()
    assert late.view_case().state is CaseState.ACCEPTED
    assert late.due() == []
    assert "deferral.lapsed" not in late.events()


def test_a_line_that_is_withdrawn_before_acceptance_is_not_waited_for(world: World) -> None:
    counter = Counter(world)
    counter.submit("identity")
    counter.commit("seat")
    counter.defer("tax", "deed")
    withdraw(world, "tax", "deed")
    assert counter.accept().case.state is CaseState.ACCEPTED
    assert counter.due() == []


def test_damaged_records_are_told_and_never_guessed(world: World) -> None:
    counter = Counter(world)
    counter.submit("tax")
    store = world.case_room.store
    with pytest.raises(CorruptError):
        decode_evidence(b'[{"matter": "x"}]')
    record = world.hub.records.get(EVIDENCE, counter.case)
    assert record is not None
    for body in (record.body[:8], record.body[:-1] + bytes([record.body[-1] ^ 1])):
        current = world.hub.records.get(EVIDENCE, counter.case)
        assert current is not None
        world.hub.write(Replace(EVIDENCE, counter.case, current.version, body))
        with pytest.raises(CorruptError):
            store.evidence.lines.fresh(counter.case)
    key = world.hub.vault.data_key(store.owner(counter.view_case().parties[0].holder))
    for kind, cache in ((EXCLUSION, store.evidence.exclusions), (DISPUTE, store.disputes.disputes)):
        name = "a" * 32
        sealed = bytes.fromhex(key.owner) + key.seal(b'["x"]', f"{kind}/{name}".encode())
        world.hub.write(Insert(kind, name, sealed), Insert(kind, "short", b"x"))
        for bad in (name, "short"):
            with pytest.raises(CorruptError):
                cache.fresh(bad)
    digest = "ab" * 32
    world.objects.replace(object_name(counter.case, digest), b"cut")
    tax = decode_evidence_of(record, key)[0].materials[0]
    with pytest.raises(CorruptError):
        world.materials.content(counter.case, replace(tax, digest=digest))
    moved = object_name(counter.case, digest)
    world.objects.replace(moved, bytes.fromhex(key.owner) + key.seal(b"other bytes", moved.encode()))
    with pytest.raises(CorruptError):
        world.materials.content(counter.case, replace(tax, digest=digest))


def decode_evidence_of(record: Any, key: Any) -> Any:
    return decode_evidence(key.open(record.body[16:], f"{record.kind}/{record.key}".encode()))


def test_a_dispute_goes_with_its_holders_data(world: World) -> None:
    room = DisputeRoom(world.case_room, world.store)
    case = world.case_room.store
    counter = Counter(world)
    dispute = world.as_clerk(open_dispute, room, replace(MISSING, case=counter.case)).dispute
    due = next(each for each in counter.due() if each.kind is DueKind.DISPUTE_CLOCK)

    def early(call: Any) -> None:
        call.change(taken(due))
        report_overdue(call, world.case_room, dispute.id)

    world.as_clerk(early)
    assert due in counter.due()
    world.hub.write(world.hub.vault.destroy(case.owner(dispute.holder)))
    case.disputes.disputes.forget(dispute.id)
    assert reasons(world.as_clerk, get_dispute, room, dispute.id) == {Reason.DISPUTE_NOT_FOUND}
    assert world.as_clerk(list_asked, room, after="", limit=10).items == ()
    world.as_clerk(report_overdue, world.case_room, dispute.id)


def test_the_terms_are_as_configured(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    text = '[hub]\nname = "https://hub.qinghe.example"\n[evidence]\ndeferral_days = 3\nreminder_days = 1\n'
    path.write_text(text, encoding="utf-8")
    terms = evidence_terms(load(path))
    assert (terms.deferral_days, terms.reminder_seconds, terms.exclusion_seconds) == (3, 86_400, 365 * 86_400)


def test_limits_end_at_midnight_by_the_calendar_of_the_department(world: World) -> None:
    day, register = 86_400, world.hub.register
    assert (
        department_deadline(register, MARKET, SATURDAY, 1) == SATURDAY + 3 * day
    )  # Monday is over at Tuesday's midnight
    assert department_deadline(register, "nobody", SATURDAY + 2 * day - 1, 1) == SATURDAY + 3 * day
    assert department_deadline(register, MARKET, SATURDAY + 2 * day, 5) == SATURDAY + 10 * day
    rest = date(2026, 1, 5).isoformat()  # that Monday
    years = (CalendarYear(2026, frozenset({rest}), frozenset(), provisional=False),)
    calendar = Calendar("990100", Label("清河", "Qinghe"), frozenset({6, 7}), years)
    own = replace(register, calendars={calendar.code: calendar})
    assert department_deadline(own, MARKET, SATURDAY, 1) == SATURDAY + 4 * day
    assert department_deadline(own, "nobody", SATURDAY, 1) == SATURDAY + 3 * day
