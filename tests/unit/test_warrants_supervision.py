"""A supervisor reads what its inspection task is for, of whom it is about, until the inspection is reported."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic_core import to_json

from exchange.entities.catalogue import Purpose, Sharing
from exchange.entities.licence import Holder
from exchange.entities.supervision import InspectionTask, SupervisionOutcome
from exchange.errors import HubError, InvalidError
from exchange.oversight.questions import explain_entry
from exchange.reasons import Reason
from exchange.supervision.results import report_on_case, report_on_licence
from exchange.supervision.tasks import NewTask, list_tasks, open_case_task, open_licence_task
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import DEED, IDENTITY, IDENTITY_TYPE, field, line, matter, open_keys
from tests.fakes.restriction_world import prepare, restrict
from tests.fakes.result_world import (
    OTHER_SUPERVISOR,
    PERMIT,
    PERMIT_MATTER,
    PROVINCE,
    ResultWorld,
    open_result_world,
)
from tests.fakes.warrant_world import fetch_under, last_entry

ARTICLE = "《示例条例》第五十条"
PASSED = SupervisionOutcome.PASSED


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[ResultWorld]:
    """The permit's guide asks for the applicant's identity and, of either party, for a deed."""
    with open_result_world(tmp_path, keys=keys) as world:
        guide = matter(
            PERMIT_MATTER,
            line("identity", IDENTITY, "name", "citizen_id", "faith"),
            line("seller_deed", DEED, "unit_number", party="seller"),
            line("deed", DEED, "unit_number"),
            result_type=PERMIT,
            supervising_department=PROVINCE,
        )
        secret = field("faith", prohibited_purposes=frozenset({Purpose.SUPERVISION}))
        fields = tuple(secret if each.name == "faith" else each for each in IDENTITY_TYPE.fields)
        world.hub.publish(guide, replace(IDENTITY_TYPE, fields=fields))
        yield world


@pytest.fixture
def approved(world: ResultWorld) -> tuple[str, Holder]:
    """An approved case whose applicant has an identity card."""
    case = world.accepted(PERMIT_MATTER)
    world.decide(case, world.approval(world.permit("P-9")))
    found = world.case_room.store.cases.fresh(case).value
    assert found is not None
    holder = found.parties[0].holder
    world.issue(holder)
    return case, holder


def new(world: ResultWorld, *fields: str, **changes: Any) -> NewTask:
    return replace(NewTask(fields, ARTICLE, world.hub.clock.seconds + 86_400, 5), **changes)


def opened(world: ResultWorld, case: str, *fields: str, **changes: Any) -> InspectionTask:
    task: InspectionTask = world.watch(open_case_task, case, IDENTITY, "", new(world, *fields, **changes))
    return task


def read(world: ResultWorld, task: InspectionTask, *fields: str, department: str = PROVINCE, **options: Any) -> Any:
    return fetch_under(world, department, "watch", f"inspectionTasks/{task.id}", *fields, **options).extract


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def bad(run: Callable[..., Any], *args: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args)
    return {violation.field for violation in caught.value.violations}


def test_the_supervisor_reads_what_the_guide_asks_for(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    case, holder = approved
    task = opened(world, case)
    assert (task.fields, task.matter, task.licence_type) == (("citizen_id", "name"), PERMIT_MATTER, IDENTITY)
    assert holder.id_number not in repr(task)
    record = world.records()[-1]
    assert (record.evidence_object, record.purpose) == (f"inspectionTasks/{task.id}", "supervision")
    assert record.events[0].type == "supervision.task_opened"
    extract = read(world, task)
    assert extract.fields["name"] == holder.name
    assert "*" in str(extract.fields["citizen_id"])
    entry = last_entry(world)
    assert (entry.purpose, list(entry.items[0].fields_released)) == ("supervision", ["citizen_id", "name"])


def test_a_task_about_a_licence_reads_that_licence(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    del approved
    held = world.approved_permit("P-2").result.licences[0].rpartition("/")[2]
    task = world.watch(open_licence_task, PERMIT, held, new(world, "shop"))
    assert read(world, task).identifier == held
    assert set(read(world, task).fields) == {"shop"}
    assert reasons(read, world, task, "opened") == (Reason.FIELD_NOT_ALLOWED,)
    world.watch(report_on_licence, PERMIT, held, PASSED, (), task.id)
    assert reasons(read, world, task) == (Reason.TASK_NOT_OPEN,)


def test_another_supervisor_sees_no_task_and_no_case(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0])
    assert reasons(read, world, task, department=OTHER_SUPERVISOR) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    unknown = replace(task, id="0" * 32)
    assert reasons(read, world, unknown, department=OTHER_SUPERVISOR) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)

    def elsewhere(*args: Any) -> Any:
        return world.watch(*args, department=OTHER_SUPERVISOR)

    assert reasons(elsewhere, open_case_task, approved[0], IDENTITY, "", new(world)) == (Reason.CASE_UNKNOWN,)
    report = (report_on_case, approved[0], PASSED, (), task.id)
    assert reasons(elsewhere, *report) == (Reason.CASE_UNKNOWN,)


def test_a_report_ends_the_task_once(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0])
    result = world.watch(report_on_case, approved[0], PASSED, (), task.id)
    assert reasons(read, world, task) == (Reason.TASK_NOT_OPEN,)
    assert reasons(world.watch, report_on_case, approved[0], PASSED, (), task.id) == (Reason.TASK_NOT_OPEN,)
    (listed,) = world.watch(lambda call, room: list_tasks(call, room, after="", limit=10)).items
    assert (listed.result, listed.closed_time) == (result.id, world.hub.clock.seconds)
    assert world.watch(report_on_case, approved[0], PASSED, ()).id


def test_a_report_ends_no_task_about_something_else(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0])
    other = world.accepted(PERMIT_MATTER)
    world.decide(other, world.approval(world.permit("P-3")))
    told = reasons(world.watch, report_on_case, other, PASSED, (), task.id)
    assert told == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    assert reasons(world.watch, report_on_case, other, PASSED, (), "x") == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    assert read(world, task)


def test_it_is_read_as_often_as_was_asked_for(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task, other = opened(world, approved[0], max_uses=2), opened(world, approved[0])
    assert read(world, task, "name")
    assert reasons(read, world, task, "born") == (Reason.FIELD_NOT_ALLOWED,)  # what is refused spends none
    assert read(world, task)
    assert reasons(read, world, task) == (Reason.TASK_EXHAUSTED,)
    assert last_entry(world).evidence_object == f"inspectionTasks/{task.id}"
    assert reasons(read, world, task, department=OTHER_SUPERVISOR) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    assert read(world, other)  # each task counts for itself


def test_of_many_calls_for_the_last_use_one_wins(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0], max_uses=1)

    def outcome(_: int) -> tuple[Reason, ...]:
        try:
            read(world, task)
        except HubError as error:
            return tuple(error.reasons)
        return ()

    before = len(world.records())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(outcome, range(16)))
    assert sorted(found) == [(), *[(Reason.TASK_EXHAUSTED,)] * 15]
    explained = [each for record in world.records()[before:] for each in explain_entry(record.SerializeToString())]
    assert len(explained) == 16
    assert all(each.explanation.agrees for each in explained)


def test_a_task_of_before_uses_were_counted_has_the_most(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    asked = opened(world, approved[0], max_uses=1)
    plain = json.loads(to_json(asked))
    del plain["max_uses"]
    assert TypeAdapter(InspectionTask).validate_python(plain).max_uses == 20


def test_a_task_ends_by_itself(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0])
    world.hub.clock.us = task.until_time * 1_000_000
    assert reasons(read, world, task) == (Reason.TASK_NOT_OPEN,)


def test_a_supervisor_that_no_longer_is_reads_nothing(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0])
    guide = world.hub.register.matters[PERMIT_MATTER]
    world.hub.publish(replace(guide, supervising_department=OTHER_SUPERVISOR))
    assert reasons(read, world, task) == (Reason.TASK_SCOPE,)


def test_a_type_that_is_not_shared_is_not_read(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0])
    held = world.hub.register.licence_types[IDENTITY]
    world.hub.publish(replace(held, sharing=Sharing.CONDITIONAL))
    assert read(world, task)
    world.hub.publish(replace(held, sharing=Sharing.NONE))
    assert reasons(read, world, task) == (Reason.SHARING_FORBIDDEN,)


def test_nothing_else_is_read_under_it(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    task = opened(world, approved[0], "name")
    assert set(read(world, task).fields) == {"name"}
    assert reasons(read, world, task, "citizen_id") == (Reason.FIELD_NOT_ALLOWED,)
    assert Reason.TASK_SCOPE in reasons(read, world, task, licence_type=PERMIT)


def test_a_task_needs_its_law_its_end_and_fields_it_may_have(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    case, now = approved[0], world.hub.clock.seconds
    wrong = new(world, "faith", legal_reference="", until_time=now, max_uses=0)
    everything = {"task.fields", "task.legal_reference", "task.max_uses", "task.until_time"}
    assert bad(world.watch, open_case_task, case, IDENTITY, "", wrong) == everything
    assert bad(world.watch, open_case_task, case, IDENTITY, "", new(world, max_uses=21)) == {"task.max_uses"}
    late = new(world, until_time=now + 90 * 86_400 + 1)
    assert bad(world.watch, open_case_task, case, IDENTITY, "", late) == {"task.until_time"}
    assert bad(world.watch, open_case_task, case, IDENTITY, "", new(world, "born")) == {"task.fields"}
    held = world.approved_permit("P-4").result.licences[0].rpartition("/")[2]
    assert bad(world.watch, open_licence_task, PERMIT, held, new(world, "faith")) == {"task.fields"}


def test_only_what_the_guide_asks_of_a_party_that_is_there(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    case = approved[0]
    task = world.watch(open_case_task, case, DEED, "", new(world))
    assert task.holder == approved[1]  # the case has no seller, so only one party can be meant
    told = reasons(world.watch, open_case_task, case, DEED, "seller", new(world))
    assert told == (Reason.EVIDENCE_NOT_REQUIRED,)
    assert reasons(world.watch, open_case_task, case, PERMIT, "", new(world)) == (Reason.EVIDENCE_NOT_REQUIRED,)
    assert reasons(read, world, task) == (Reason.LICENCE_NOT_FOUND,)
    waiting = world.accepted(PERMIT_MATTER)
    assert reasons(world.watch, open_case_task, waiting, IDENTITY, "", new(world)) == (Reason.CASE_STATE,)


def test_a_restriction_on_the_holder_forbids_it(world: ResultWorld, approved: tuple[str, Holder]) -> None:
    prepare(world)
    task = opened(world, approved[0])
    restrict(world, approved[1], Purpose.SERVICE)
    assert read(world, task)
    restrict(world, approved[1], Purpose.SUPERVISION)
    assert reasons(read, world, task) == (Reason.PROHIBITED,)
    assert last_entry(world).evidence_object == f"inspectionTasks/{task.id}"
