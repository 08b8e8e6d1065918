"""A licence that is missing or wrong is put to its issuer, with a clock, and its answer comes back to the case."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.clocks.due import Due, DueKind, due_now, taken
from exchange.consents.accesses import list_accesses_to_my_data
from exchange.disputes.answering import answer_dispute, check_dispute
from exchange.disputes.opening import NewDispute, open_dispute
from exchange.disputes.overdue import report_overdue
from exchange.disputes.reading import get_dispute, get_received, list_asked, list_received
from exchange.disputes.room import DisputeRoom, DisputeView
from exchange.due_work import due_handlers
from exchange.entities.dispute import DisputeKind, DisputeState
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.lifecycle import Amendment, amend_licence
from exchange.licences.read import get_licence
from exchange.licences.room import view_of
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.consent_world import open_counter
from tests.fakes.licence_world import DEED, FOOD, IDENTITY, LAND, MARKET, POLICE, World, open_keys, open_world
from tests.fakes.missing_world import Counter, prepare

MISSING = NewDispute("", FOOD, "deed", DisputeKind.MISSING, "", "", ())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


@pytest.fixture
def room(world: World) -> DisputeRoom:
    return DisputeRoom(world.case_room, world.store)


@pytest.fixture
def counter(world: World) -> Counter:
    """A case whose applicant's identity card was fetched."""
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    world.fetch(counter.case)
    return counter


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> set[Reason]:
    with pytest.raises((RefusedError, NotFoundError)) as caught:
        run(*args, **options)
    return set(caught.value.reasons)


def bad(run: Callable[..., Any], *args: Any, **options: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args, **options)
    return {violation.field for violation in caught.value.violations}


def opened(world: World, room: DisputeRoom, case: str, **changes: Any) -> DisputeView:
    view: DisputeView = world.as_clerk(open_dispute, room, replace(MISSING, case=case, **changes))
    return view


def wrong(counter: Counter, **changes: Any) -> dict[str, Any]:
    """The changes that make it a dispute about the applicant's identity card."""
    holder = counter.view().case.parties[0].holder
    held = counter.world.store.holdings.fresh(counter.world.store.holding_key(IDENTITY, holder)).value
    assert held is not None
    changes = {"licence": held.licences[0].identifier, "fields": ("citizen_id", "name"), **changes}
    return {"requirement": "identity", "kind": DisputeKind.WRONG, **changes}


def issuer(world: World, department: str, use_case: Any, *args: Any, **options: Any) -> Any:
    return world.hub.run(world.hub.caller(department, "issuer"), use_case, *args, **options)


def state_seen(counter: Counter, requirement: str) -> tuple[str, str]:
    checks = counter.world.as_clerk(check_evidence, counter.world.exchange_room, counter.case)
    return next((one.dispute, one.dispute_state) for one in checks if one.requirement == requirement)


def test_a_missing_licence_is_checked_issued_and_seen(world: World, room: DisputeRoom, counter: Counter) -> None:
    view = opened(world, room, counter.case)
    dispute = view.dispute
    assert (dispute.issuer, dispute.state, dispute.asking_department) == (LAND, DisputeState.OPEN, MARKET)
    assert world.hub.clock.seconds < dispute.check_deadline < dispute.answer_deadline
    assert state_seen(counter, "deed") == (dispute.id, "open")
    received = issuer(world, LAND, get_received, room, dispute.id)
    assert received.dispute.holder == counter.view().case.parties[0].holder
    assert received.dispute.case == ""
    checked = issuer(world, LAND, check_dispute, room, dispute.id, received.etag)
    assert checked.dispute.state is DisputeState.CHECKED
    world.hub.clock.advance(60)
    deed = world.issue_deed(dispute.holder).view.licence.identifier
    answer = (answer_dispute, room, dispute.id, checked.etag)
    answered = issuer(world, LAND, *answer, corrected_licence=deed, reason="")
    assert answered.dispute.state is DisputeState.CORRECTED
    assert state_seen(counter, "deed") == (dispute.id, "corrected")
    asked = world.as_clerk(get_dispute, room, dispute.id).dispute
    assert (asked.corrected_licence, asked.case) == (deed, counter.case)
    assert "*" in asked.holder.id_number
    assert "*" in issuer(world, LAND, get_received, room, dispute.id).dispute.holder.id_number
    assert waiting(world, 10**10) == []
    assert [each for each in counter.events() if each.startswith("dispute")] == [
        "dispute.opened",
        "dispute.checked",
        "dispute.answered",
    ]


def test_wrong_fields_are_amended(world: World, room: DisputeRoom, counter: Counter) -> None:
    changes = wrong(counter)
    view = opened(world, room, counter.case, **changes)
    assert (view.dispute.issuer, view.dispute.fields) == (POLICE, ("citizen_id", "name"))
    answer = (answer_dispute, room, view.dispute.id, view.etag)
    old = {"corrected_licence": changes["licence"], "reason": ""}
    assert bad(issuer, world, POLICE, *answer, **old) == {"corrected_licence"}
    licence = world.store.licences.fresh(changes["licence"])
    assert licence.value is not None
    etag = view_of(licence.value, licence.version).etag
    amendment = Amendment({"nation": "汉族"}, None)
    world.hub.clock.advance(5)
    why = {"reason": "更正", "legal_reference": ""}
    amended = world.as_issuer(POLICE, amend_licence, IDENTITY, changes["licence"], etag, amendment, **why)
    corrected = issuer(world, POLICE, *answer, corrected_licence=amended.view.licence.identifier, reason="")
    assert corrected.dispute.state is DisputeState.CORRECTED


def test_a_refusal_needs_a_reason_and_an_answer_is_one_of_two(
    world: World, room: DisputeRoom, counter: Counter
) -> None:
    view = opened(world, room, counter.case)
    answer = (answer_dispute, room, view.dispute.id, view.etag)
    for both in ({"corrected_licence": "", "reason": ""}, {"corrected_licence": "x", "reason": "y"}):
        assert bad(issuer, world, LAND, *answer, **both) == {"corrected_licence"}
    assert bad(issuer, world, LAND, *answer, corrected_licence="x", reason="") == {"corrected_licence"}
    others = world.issue_deed(world.person()).view.licence.identifier
    assert bad(issuer, world, LAND, *answer, corrected_licence=others, reason="") == {"corrected_licence"}
    assert bad(issuer, world, LAND, *answer, corrected_licence="", reason="a\u202eb") == {"reason"}
    refused = issuer(world, LAND, *answer, corrected_licence="", reason="登记簿无此记录")
    assert (refused.dispute.state, refused.dispute.checked_time) == (DisputeState.REFUSED, world.hub.clock.seconds)
    assert reasons(issuer, world, LAND, *answer, corrected_licence="", reason="x") == {Reason.ETAG_MISMATCH}
    again = (answer_dispute, room, view.dispute.id, refused.etag)
    assert reasons(issuer, world, LAND, *again, corrected_licence="", reason="x") == {Reason.DISPUTE_STATE}
    assert reasons(issuer, world, LAND, check_dispute, room, view.dispute.id, refused.etag) == {Reason.DISPUTE_STATE}
    opened(world, room, counter.case)


def test_every_bad_field_of_a_dispute_is_told(world: World, room: DisputeRoom, counter: Counter) -> None:
    case = counter.case
    assert bad(opened, world, room, case, kind=None, fields=("x",)) == {"dispute.kind", "dispute.fields"}
    assert bad(opened, world, room, case, **wrong(counter, licence="", fields=("faith",), issuer=POLICE)) == {
        "dispute.licence",
        "dispute.fields",
        "dispute.issuer",
    }
    named = f"licenceTypes/{IDENTITY}/licences/{wrong(counter)['licence']}"  # as the extract says it
    assert bad(opened, world, room, case, **wrong(counter, licence=named)) == {"dispute.licence"}
    assert bad(opened, world, room, case, requirement="tax") == {"dispute.issuer"}
    assert bad(opened, world, room, case, issuer=POLICE) == {"dispute.issuer"}
    opened(world, room, case, requirement="tax", issuer=MARKET)


def test_only_what_was_released_to_the_case_is_said_to_be_wrong(
    world: World, room: DisputeRoom, counter: Counter
) -> None:
    fresh = Counter(world, world.open_case(counter.view().case.parties[0].holder))
    assert reasons(opened, world, room, fresh.case, **wrong(counter)) == {Reason.LICENCE_NOT_FOUND}
    stranger = world.issue(world.person()).view.licence.identifier
    deed = world.issue_deed(counter.view().case.parties[0].holder).view.licence.identifier
    for licence in (stranger, deed, "1.2.156.3005.2.x"):
        changes = wrong(counter, licence=licence)
        assert reasons(opened, world, room, counter.case, **changes) == {Reason.LICENCE_NOT_FOUND}


def test_one_unanswered_dispute_of_a_line_at_a_time(world: World, room: DisputeRoom, counter: Counter) -> None:
    opened(world, room, counter.case)
    assert reasons(opened, world, room, counter.case) == {Reason.DISPUTE_EXISTS}
    assert reasons(opened, world, room, counter.case, requirement="nothing") == {Reason.EVIDENCE_NOT_REQUIRED}


def test_each_side_sees_its_own(world: World, room: DisputeRoom, counter: Counter) -> None:
    view = opened(world, room, counter.case)
    name = view.dispute.id
    for department, read in ((POLICE, get_received), (MARKET, get_received), (LAND, get_dispute)):
        assert reasons(issuer, world, department, read, room, name) == {Reason.DISPUTE_NOT_FOUND}
    for unknown in ("0" * 32, "rubbish"):
        assert reasons(issuer, world, LAND, get_received, room, unknown) == {Reason.DISPUTE_NOT_FOUND}
    world.hub.clock.advance(1)
    other = Counter(world)
    opened(world, room, other.case)
    page = world.as_clerk(list_asked, room, after="", limit=1)
    rest = world.as_clerk(list_asked, room, after=page.next_key, limit=1)
    assert [one.dispute.case for one in (*page.items, *rest.items)] == [counter.case, other.case]
    received = issuer(world, LAND, list_received, room, after="", limit=10)
    assert [(one.dispute.case, one.dispute.holder.id_number) for one in received.items] == [("", ""), ("", "")]
    assert issuer(world, POLICE, list_received, room, after="", limit=10).items == ()


def test_whose_wrong_licence_it_is_the_issuer_finds_by_its_identifier(
    world: World, room: DisputeRoom, counter: Counter
) -> None:
    view = opened(world, room, counter.case, **wrong(counter))
    holder = view.dispute.holder
    received = issuer(world, POLICE, get_received, room, view.dispute.id)
    assert (received.dispute.licence, received.dispute.case) == (view.dispute.licence, "")
    assert "*" in received.dispute.holder.id_number
    assert holder.id_number not in repr(received)
    assert list(world.records()[-1].items[0].fields_released) == []
    found, _ = world.as_issuer(POLICE, get_licence, IDENTITY, received.dispute.licence, 0)
    assert [each.id_number for each in found.licence.holders] == [holder.id_number]


def test_the_holder_sees_each_look_at_whose_licence_is_missing(tmp_path: Path, keys: FileKeyBackend) -> None:
    with open_counter(tmp_path, keys=keys) as counter:
        world = counter.world
        prepare(world)
        room = DisputeRoom(world.case_room, world.store)
        holder = world.person()
        view = opened(world, room, world.open_case(holder))
        for _ in range(2):
            assert issuer(world, LAND, get_received, room, view.dispute.id).dispute.holder == holder
        checked = issuer(world, LAND, check_dispute, room, view.dispute.id, view.etag)
        answer = (answer_dispute, room, view.dispute.id, checked.etag)
        issuer(world, LAND, *answer, corrected_licence="", reason="无记录")
        assert "*" in issuer(world, LAND, get_received, room, view.dispute.id).dispute.holder.id_number
        counter.indexed()
        page = counter.as_holder(holder, list_accesses_to_my_data, 0, before=None, limit=50)
        seen = [(each.purpose, each.fields) for each in page.accesses if each.department == LAND]
        full = ("holder_id_number", "holder_id_type", "holder_name")
        assert seen == [("correction", ()), ("correction", ()), ("correction", ()), *[("correction", full)] * 2]
        assert all(each.licence_types == (DEED,) for each in page.accesses if each.department == LAND)


def waiting(world: World, time: int) -> list[Due]:
    return [due for due in due_now(world.hub.records, time) if due.kind is DueKind.DISPUTE_CLOCK]


def run_due(world: World, room: DisputeRoom) -> None:
    while due := waiting(world, world.hub.clock.seconds):

        def handle(call: Any, first: Due = due[0]) -> None:
            call.change(taken(first))
            due_handlers(room.cases, world.hub.records, world.hub.vault)[first.kind](call, first.subject, first)

        world.as_clerk(handle)


def test_a_late_issuer_is_reported_once_for_each_deadline(world: World, room: DisputeRoom, counter: Counter) -> None:
    view = opened(world, room, counter.case)
    world.hub.clock.us = view.dispute.check_deadline * 1_000_000
    assert issuer(world, LAND, get_received, room, view.dispute.id).overdue
    run_due(world, room)
    checked = issuer(world, LAND, check_dispute, room, view.dispute.id, world_etag(world, room, view))
    assert not checked.overdue
    world.hub.clock.us = view.dispute.answer_deadline * 1_000_000
    run_due(world, room)
    assert counter.events().count("dispute.overdue") == 2
    etag = world_etag(world, room, view)
    late = issuer(world, LAND, answer_dispute, room, view.dispute.id, etag, corrected_licence="", reason="无记录")
    assert late.dispute.state is DisputeState.REFUSED
    assert waiting(world, 10**10) == []
    world.as_clerk(report_overdue, room.cases, view.dispute.id)
    world.as_clerk(report_overdue, room.cases, "rubbish")


def world_etag(world: World, room: DisputeRoom, view: DisputeView) -> str:
    return str(issuer(world, LAND, get_received, room, view.dispute.id).etag)


def test_a_checked_dispute_is_late_only_with_its_answer(world: World, room: DisputeRoom, counter: Counter) -> None:
    view = opened(world, room, counter.case)
    issuer(world, LAND, check_dispute, room, view.dispute.id, view.etag)
    world.hub.clock.us = view.dispute.check_deadline * 1_000_000
    run_due(world, room)
    assert "dispute.overdue" not in counter.events()
    assert not issuer(world, LAND, get_received, room, view.dispute.id).overdue


def test_the_dispute_stands_in_the_log_by_tag_and_never_by_name(
    world: World, room: DisputeRoom, counter: Counter
) -> None:
    view = opened(world, room, counter.case)
    record = world.records()[-1]
    assert (record.purpose, record.evidence_object) == ("correction", f"disputes/{view.dispute.id}")
    assert view.dispute.holder.id_number.encode() not in record.SerializeToString()
    assert DEED in {item.licence_type for item in record.items}
