"""The runner of what is due: each once, recorded, and none held up by another."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from onceonly.v1 import access_record_pb2 as log
from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.cache import RecordCache
from exchange.call import Call
from exchange.catalogue.source import RegisterSource
from exchange.clocks.due import DUE, Due, DueKind, due_now, put, taken
from exchange.clocks.metrics import DueMetrics
from exchange.clocks.runner import DueTask
from exchange.errors import NotFoundError, RefusedError, UnavailableError
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from storage.errors import ErasedError
from storage.records.changes import Insert, Replace
from tests.fakes.edge_world import SwitchedRecorder
from tests.fakes.licence_world import department
from tests.fakes.rooms import START, Hub, open_hub

KIND = DueKind.CASE_CLOCK


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with open_hub(tmp_path) as hub:
        yield hub


class Machine:
    """A machine with a runner; ``done`` are the subjects that its handler finished, ``work`` is what it does first."""

    def __init__(self, hub: Hub) -> None:
        self.recorder = SwitchedRecorder(hub.recorder)
        self.done: list[str] = []
        self.registry = CollectorRegistry()
        self.work: Callable[[Call, str], None] = lambda call, subject: None
        self.notes: RecordCache[bytes] = RecordCache(hub.records, "note", lambda record: record.body, 100)
        registers = RegisterSource(hub.catalogue)
        attempts = Attempts(
            registers=registers,
            recorder=self.recorder,
            vault=hub.vault,
            tagger=hub.tagger,
            limits=Limits(),
            caches=(self.notes,),
            clock_us=lambda: hub.clock.us,
        )
        self.task = DueTask(
            records=hub.records,
            attempts=attempts,
            registers=registers,
            handlers={KIND: self._handle},
            metrics=DueMetrics(self.registry),
            clock_us=lambda: hub.clock.us,
        )

    def _handle(self, call: Call, subject: str, due: Due) -> None:
        assert due.subject == subject
        self.work(call, subject)
        call.change(Insert("done", subject, b"1"))
        self.done.append(subject)


@pytest.fixture
def machine(hub: Hub) -> Machine:
    return Machine(hub)


def due(subject: str, time: int = START) -> Due:
    return Due(time, KIND, subject)


def entries(hub: Hub) -> list[log.AccessEntry]:
    items = [item.entry for item in read(hub.records, 0, hub.records.journal_length())]
    return [parse(entry) for entry in items if entry != b"test"]


def is_done(hub: Hub, subject: str) -> bool:
    return hub.records.get("done", subject) is not None


def test_what_is_due_is_done_once_in_order_and_recorded(hub: Hub, machine: Machine) -> None:
    hub.write(put(due("later", START + 60)), put(due("second", START)), put(due("first", START - 5)))
    machine.task.run_once()
    machine.task.run_once()
    assert machine.done == ["first", "second"]
    hub.clock.advance(60)
    machine.task.run_once()
    assert machine.done == ["first", "second", "later"]
    assert due_now(hub.records, 10**11) == []
    for entry in entries(hub):
        assert (entry.method, entry.outcome) == ("onceonly.clocks/case-clock", log.OUTCOME_ALLOWED)
        assert (entry.department, entry.operator_tag, entry.purpose, entry.system) == ("", b"", "", "hub")
    assert len(entries(hub)) == 3


def test_a_page_of_the_list_is_not_all_of_it(hub: Hub, machine: Machine) -> None:
    hub.write(*(put(due(f"s{number:03d}")) for number in range(205)))
    machine.task.run_once()
    assert len(machine.done) == 205


@pytest.mark.parametrize("error", [NotFoundError(Reason.CASE_UNKNOWN, "case", "cases/x"), ErasedError("erased")])
def test_where_the_subject_is_gone_the_due_record_goes_too(hub: Hub, machine: Machine, error: Exception) -> None:
    def fails(call: Call, subject: str) -> None:
        call.change(Insert("half", subject, b"1"))
        if subject == "a":
            raise error

    machine.work = fails
    hub.write(put(due("a")), put(due("b")))
    machine.task.run_once()
    assert due_now(hub.records, START) == []
    assert hub.records.get("half", "a") is None
    assert is_done(hub, "b")
    refused, allowed = entries(hub)
    assert refused.outcome == log.OUTCOME_REFUSED
    assert allowed.outcome == log.OUTCOME_ALLOWED


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RefusedError(Reason.CASE_STATE), log.OUTCOME_REFUSED),
        (UnavailableError(Reason.SIGNER_UNAVAILABLE), log.OUTCOME_FAILED),
        (ZeroDivisionError(), log.OUTCOME_FAILED),
    ],
)
def test_what_fails_stays_due_and_is_tried_less_and_less_often(
    hub: Hub, machine: Machine, error: Exception, outcome: int
) -> None:
    tried: list[int] = []

    def fails(call: Call, subject: str) -> None:
        if subject == "bad":
            tried.append(hub.clock.seconds - START)
            raise error

    machine.work = fails
    hub.write(put(due("bad")), put(due("good", START)))
    for _ in range(3 * 60):
        machine.task.run_once()
        hub.clock.advance(60)
    assert tried == [0, 60, 180, 420, 900, 1860, 3780, 7380]
    assert machine.done == ["good"]
    assert [each.subject for each in due_now(hub.records, START)] == ["bad"]
    assert {entry.outcome for entry in entries(hub) if entry.outcome != log.OUTCOME_ALLOWED} == {outcome}
    machine.work = lambda call, subject: None
    hub.clock.advance(3600)
    machine.task.run_once()
    assert machine.done == ["good", "bad"]
    counted = [
        machine.registry.get_sample_value("onceonly_due_runs_total", {"kind": "case-clock", "outcome": outcome})
        for outcome in ("done", "put_off")
    ]
    assert counted == [2, 8]


def test_many_that_fail_hold_up_none_behind_them(hub: Hub, machine: Machine) -> None:
    def fails(call: Call, subject: str) -> None:
        if subject.startswith("bad"):
            raise RefusedError(Reason.CASE_STATE)

    machine.work = fails
    hub.write(*(put(due(f"bad{number:03d}", START - 9)) for number in range(120)), put(due("good")))
    machine.task.run_once()
    assert machine.done == ["good"]


def test_a_key_that_this_version_cannot_read_holds_up_nothing(hub: Hub, machine: Machine) -> None:
    hub.write(Insert(DUE, "000000000001/of-another-version/s", b"1"), put(due("good")))
    machine.task.run_once()
    assert machine.done == ["good"]
    assert hub.records.get(DUE, "000000000001/of-another-version/s") is not None


def test_a_kind_that_nothing_handles_is_left_alone(hub: Hub) -> None:
    machine = Machine(hub)
    machine.task._handlers = {}
    hub.write(put(due("a")))
    machine.task.run_once()
    assert due_now(hub.records, START) == [due("a")]


def test_of_two_machines_at_once_one_wins(hub: Hub, machine: Machine) -> None:
    other = Machine(hub)
    machine.work = lambda call, subject: other.task.run_once()  # in the midst of the first machine's handler
    hub.write(put(due("a")))
    machine.task.run_once()
    assert (len(entries(hub)), is_done(hub, "a")) == (1, True)
    assert due_now(hub.records, START) == []


def test_a_deadline_that_is_ended_meanwhile_is_not_handled(hub: Hub, machine: Machine) -> None:
    machine.work = lambda call, subject: hub.write(taken(due("a")))
    hub.write(put(due("a")))
    machine.task.run_once()
    assert not is_done(hub, "a")
    assert entries(hub) == []


def test_what_was_read_and_changed_meanwhile_is_read_anew(hub: Hub, machine: Machine) -> None:
    hub.write(Insert("note", "n", b"old"), put(due("a")))
    seen: list[bytes | None] = []

    def reads(call: Call, subject: str) -> None:
        seen.append(call.read(machine.notes, "n").value)
        if len(seen) == 1:
            hub.write(Replace("note", "n", 1, b"new"))

    machine.work = reads
    machine.task.run_once()
    assert seen == [b"old", b"new"]
    assert is_done(hub, "a")


def test_a_register_that_changed_meanwhile_is_read_anew(hub: Hub, machine: Machine) -> None:
    epochs: list[int] = []

    def publishes(call: Call, subject: str) -> None:
        epochs.append(call.register.epoch)
        if len(epochs) == 1:
            hub.publish(department("911100000000000000"))

    machine.work = publishes
    hub.write(put(due("a")))
    machine.task.run_once()
    assert epochs[1] == epochs[0] + 1
    assert is_done(hub, "a")


def test_while_nothing_can_be_recorded_nothing_is_done_and_later_all(hub: Hub, machine: Machine) -> None:
    hub.write(put(due("a")), put(due("b")))
    machine.recorder.away = True
    with pytest.raises(UnavailableError):
        machine.task.run_once()
    assert machine.done == ["a"]  # tried, and not kept
    assert not is_done(hub, "a")
    machine.recorder.away = False
    machine.task.run_once()
    assert is_done(hub, "a")
    assert is_done(hub, "b")


def test_a_crash_between_two_due_records_does_neither_twice(hub: Hub, machine: Machine) -> None:
    hub.write(put(due("a")), put(due("b")))
    machine.recorder.lose_answers = 1  # the first is committed, and the machine does not live to hear of it
    with pytest.raises(UnavailableError):
        machine.task.run_once()
    assert is_done(hub, "a")
    assert not is_done(hub, "b")
    successor = Machine(hub)
    successor.task.run_once()
    assert successor.done == ["b"]
    assert len(entries(hub)) == 2


def test_a_unit_takes_a_due_record_away_once_however_often_it_is_said(hub: Hub, machine: Machine) -> None:
    machine.work = lambda call, subject: call.change(taken(due("a")))
    hub.write(put(due("a")))
    machine.task.run_once()
    assert is_done(hub, "a")
