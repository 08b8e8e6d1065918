"""What is read outside a case, and in bulk, on PostgreSQL: each kind of object from its beginning to its end."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from exchange.assistance.answering import approve_letter, list_received_letters
from exchange.assistance.requesting import NewLetter, list_letters, request_letter
from exchange.entities.catalogue import Mandate, Purpose, Role
from exchange.entities.incident import IncidentReason, IncidentReview
from exchange.entities.licence import Holder
from exchange.entities.manifest import ManifestItem, ManifestState
from exchange.entities.supervision import SupervisionOutcome
from exchange.errors import HubError
from exchange.incidents.declaring import NewIncident, close_incident, confirm_incident, open_incident
from exchange.incidents.reviewing import list_waiting, review_incident
from exchange.licences.exchange_room import Extract
from exchange.manifests.fetching import fetch_manifest
from exchange.manifests.proposing import approve_manifest, propose_manifest, withdraw_manifest
from exchange.manifests.reading import list_manifests
from exchange.manifests.room import ManifestRoom
from exchange.reasons import Reason
from exchange.restrictions.placing import lift_restriction
from exchange.restrictions.reading import list_restrictions
from exchange.supervision.results import report_on_licence
from exchange.supervision.tasks import NewTask, list_tasks, open_licence_task
from storage.records.postgres import PostgresRecords
from tests.fakes import restriction_world as restrictions
from tests.fakes.licence_world import AUDIT, IDENTITY, IDENTITY_TYPE, MARKET, POLICE, department, operator
from tests.fakes.result_world import PERMIT, PROVINCE, ResultWorld, open_result_world
from tests.fakes.warrant_world import fetch_under, incident_room, last_entry, letter_room
from tests.real_servers import PostgresDatabases

LAW = "《示例条例》第九条"
HOUR = 3_600
MANDATE = "mandates/all"


@pytest.fixture(scope="module")
def world(postgres_databases: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ResultWorld]:
    """The city with a second clerk, responders of the police, an audit office, and a card that incidents open."""
    address = postgres_databases.fresh()
    records = PostgresRecords(address, read_only=False, lock_seconds=30.0)
    with open_result_world(tmp_path_factory.mktemp("world"), records=records) as world:
        market = world.hub.register.departments[MARKET]
        rescuers = tuple(operator(name, Role.RESPONDER) for name in ("guard", "second"))
        world.hub.publish(
            replace(market, operators=(*market.operators, operator("second", Role.REQUESTER))),
            department(POLICE, Role.ISSUER, Role.RESPONDER, operators=(*rescuers, operator("issuer", Role.ISSUER))),
            department(AUDIT, Role.AUDITOR, operators=(operator("auditor", Role.AUDITOR),)),
            Mandate("all", AUDIT, frozenset(), "审计通知书", "2025-01-01", "2026-12-31"),
            replace(IDENTITY_TYPE, emergency_profile=frozenset({"name", "born"})),
        )
        yield world
    postgres_databases.drop(address)


@pytest.fixture
def holder(world: ResultWorld) -> Holder:
    """Somebody with an identity card."""
    holder = world.person()
    world.issue(holder)
    return holder


def by(world: ResultWorld, department: str, who: str, use_case: Any, *args: Any, **options: Any) -> Any:
    return world.hub.run(world.hub.caller(department, who), use_case, *args, **options)


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def won(read: Callable[[], Any], calls: int) -> list[tuple[Reason, ...]]:
    """What many calls at once were answered: nothing for those that read, else why not."""

    def outcome(_: int) -> tuple[Reason, ...]:
        try:
            read()
        except HubError as error:
            return tuple(error.reasons)
        return ()

    with ThreadPoolExecutor(calls) as pool:
        return sorted(pool.map(outcome, range(calls)))


def test_an_incident_is_declared_read_confirmed_ended_and_reviewed(world: ResultWorld, holder: Holder) -> None:
    room = incident_room(world)
    new = NewIncident(IncidentReason.LIFE_AT_RISK, holder, (IDENTITY,), "伤者昏迷，需联系家属")
    incident = by(world, POLICE, "guard", open_incident, room, new)
    name = f"incidents/{incident.id}"
    assert fetch_under(world, POLICE, "guard", name).extract.fields["name"] == holder.name
    assert last_entry(world).evidence_object == name
    assert by(world, POLICE, "second", confirm_incident, room, incident.id).confirmed_time
    assert by(world, POLICE, "guard", close_incident, room, incident.id).closed_time
    assert reasons(fetch_under, world, POLICE, "guard", name) == (Reason.INCIDENT_NOT_RUNNING,)
    waiting = by(world, AUDIT, "auditor", list_waiting, room, MANDATE, after="", limit=10)
    assert [each.id for each in waiting.items] == [incident.id]
    review = (review_incident, room, incident.id, MANDATE, IncidentReview.JUSTIFIED, "有据")
    assert by(world, AUDIT, "auditor", *review).reviewed_time
    assert by(world, AUDIT, "auditor", list_waiting, room, MANDATE, after="", limit=10).items == ()


def test_a_letter_is_agreed_to_and_its_last_use_has_one_winner(world: ResultWorld, holder: Holder) -> None:
    room = letter_room(world)
    until = world.hub.clock.seconds + HOUR
    new = NewLetter(POLICE, holder, {IDENTITY: ("name",)}, LAW, "核实当事人身份", until, 2)
    letter = by(world, MARKET, "clerk", request_letter, room, new)
    name = f"letters/{letter.id}"
    assert reasons(fetch_under, world, MARKET, "clerk", name) == (Reason.LETTER_NOT_APPROVED,)
    by(world, POLICE, "issuer", approve_letter, room, letter.id)
    assert fetch_under(world, MARKET, "clerk", name).extract.fields == {"name": holder.name}
    found = won(lambda: fetch_under(world, MARKET, "second", name), 4)
    assert found == [(), *[(Reason.LETTER_EXHAUSTED,)] * 3]
    for side, who, listing in ((MARKET, "clerk", list_letters), (POLICE, "issuer", list_received_letters)):
        assert [each.id for each in by(world, side, who, listing, room, after="", limit=10).items] == [letter.id]


def test_a_manifest_is_agreed_on_fetched_listed_and_taken_back(world: ResultWorld, holder: Holder) -> None:
    room = ManifestRoom(world.hub.records, world.case_room, world.exchange_room)
    cases = [world.open_case(holder, clerk="second") for _ in range(2)]
    items = tuple(ManifestItem(case, "", "identity") for case in cases)
    until = world.hub.clock.seconds + HOUR
    proposed = by(world, MARKET, "clerk", propose_manifest, room, items, "年度集中核验", until)
    by(world, MARKET, "second", approve_manifest, room, proposed.id)
    fetched = by(world, MARKET, "clerk", fetch_manifest, room, proposed.id, 1)
    assert [type(one.outcome) for one in fetched.results] == [Extract, Extract]
    by(world, MARKET, "second", withdraw_manifest, room, proposed.id)
    told = reasons(by, world, MARKET, "clerk", fetch_manifest, room, proposed.id, 1)
    assert told == (Reason.MANIFEST_NOT_OPEN,)
    other = by(world, MARKET, "clerk", propose_manifest, room, items[:1], "年度集中核验", until)
    first = by(world, MARKET, "clerk", list_manifests, room, after="", limit=1)
    second = by(world, MARKET, "clerk", list_manifests, room, after=first.next_key, limit=1)
    states = {each.id: each.state(world.hub.clock.seconds) for each in (*first.items, *second.items)}
    assert states == {proposed.id: ManifestState.WITHDRAWN, other.id: ManifestState.PROPOSED}


def test_an_inspection_task_is_read_under_so_often_and_ended_by_its_report(world: ResultWorld) -> None:
    held = world.approved_permit("P-1").result.licences[0].rpartition("/")[2]
    new = NewTask((), LAW, world.hub.clock.seconds + HOUR, 2)
    task = world.watch(open_licence_task, PERMIT, held, new)
    name = f"inspectionTasks/{task.id}"
    assert fetch_under(world, PROVINCE, "watch", name).extract.fields == {"shop": "清河小馆"}
    found = won(lambda: fetch_under(world, PROVINCE, "watch", name), 4)
    assert found == [(), *[(Reason.TASK_EXHAUSTED,)] * 3]
    result = world.watch(report_on_licence, PERMIT, held, SupervisionOutcome.PASSED, (), task.id)
    assert Reason.TASK_NOT_OPEN in reasons(fetch_under, world, PROVINCE, "watch", name)
    (listed,) = world.watch(lambda call, room: list_tasks(call, room, after="", limit=10)).items
    assert (listed.id, listed.result, listed.max_uses) == (task.id, result.id, 2)


def test_a_restriction_is_placed_met_listed_and_lifted(world: ResultWorld, holder: Holder) -> None:
    restrictions.prepare(world)
    case = world.open_case(holder)
    placed = restrictions.restrict(world, holder, Purpose.SERVICE)
    assert reasons(world.fetch, case) == (Reason.PROHIBITED,)
    assert last_entry(world).outcome
    other = restrictions.proposed(world, holder, Purpose.EMERGENCY)
    first = restrictions.by(world, "watch", list_restrictions, after="", limit=1)
    second = restrictions.by(world, "watch", list_restrictions, after=first.next_key, limit=1)
    assert {each.id for each in (*first.items, *second.items)} == {placed.id, other.id}
    found = won(lambda: restrictions.by(world, "second", lift_restriction, placed.id), 4)
    assert found == [()] * 4  # lifting it again changes nothing
    assert world.fetch(case).extract.fields["name"] == holder.name
