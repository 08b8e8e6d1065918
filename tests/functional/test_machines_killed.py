"""Three machines on one PostgreSQL, their processes killed again and again: one log, whole, in order, nothing lost.

How long is ``ONCEONLY_CRASH_SECONDS`` (default 25): ``make crash`` takes minutes and prints the same figures.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from onceonly.v1 import access_record_pb2 as log
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey

from exchange.audit import journal
from exchange.audit.entry import parse
from exchange.audit.log_export import export_log
from exchange.audit.offline import verify_log
from exchange.audit.proofs import PublishedLog, log_key
from exchange.licences.gathering import uses_counter
from exchange.stores import open_objects, open_records
from signer.commitment import commitment
from storage.records.interface import Records
from tests.fakes.busy_town import Clerk, Write, at_once, busy
from tests.fakes.machines import MACHINES, Machines, running_machines
from tests.fakes.town import LINE, until

SECONDS = float(os.environ.get("ONCEONLY_CRASH_SECONDS", "25"))
CLERKS = 4
ROLES = ("recorder", "recorder", "worker-0", "worker-1", "integrator", "machine")
SEED = 20_261
LEAST_KILLED = 6
"""Whatever a slow machine makes of the seconds."""


class Crashes:
    """What was killed, and what the clerks did meanwhile."""

    def __init__(self) -> None:
        self.killed: Counter[str] = Counter()
        self.people: list[Clerk] = []

    @property
    def writes(self) -> list[Write]:
        return [write for person in self.people for write in person.done]


@pytest.fixture(scope="module")
def machines(postgres_template: Path) -> Iterator[Machines]:
    limits = {"fetches_per_hour": 100_000, "cases_per_day": 1_000_000}
    with running_machines(postgres_template, limits=limits) as machines:
        yield machines


@pytest.fixture(scope="module")
def crashes(machines: Machines) -> Crashes:
    """Clerks at work on all machines while processes of random machines are killed, or all of one at once."""
    crashes, choice = Crashes(), random.Random(SEED)

    def disturb(_wait_for: Callable[[int], None]) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or crashes.killed.total() < LEAST_KILLED:
            time.sleep(choice.uniform(0.2, 1.5))
            machine, role = machines.machine(choice.randrange(MACHINES)), choice.choice(ROLES)
            if role == "machine":
                machine.crash()
                machine.start()
            else:
                machine.kill(role)
            crashes.killed[role] += 1

    crashes.people = busy(machines.town, 0, CLERKS, disturb)
    return crashes


@pytest.fixture(scope="module")
def records(machines: Machines, crashes: Crashes) -> Iterator[Records]:
    with closing(open_records(machines.city.config, read_only=True)) as records:
        yield records


@pytest.fixture(scope="module")
def exported(machines: Machines, records: Records, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The whole log in a folder, once all that the journal holds now is published, and its public key."""
    folder = tmp_path_factory.mktemp("exported") / "log"
    with closing(open_objects(machines.city.config)) as objects:
        published = PublishedLog(objects, log_key(objects))
        length = records.journal_length()
        until(lambda: published.checkpoint()[0].size >= length, "the tree to come up to date")
        export_log(folder, published, objects, records)
        return folder, published.verifier_key


def test_callers_saw_unavailable_at_worst(crashes: Crashes) -> None:
    assert [surprise for person in crashes.people for surprise in person.surprises] == []
    answered = sum(write.answer is not None for write in crashes.writes)
    assert answered > len(crashes.writes) / 2
    assert crashes.killed.total() >= LEAST_KILLED


def test_a_retry_on_any_machine_learns_what_became_of_a_write(crashes: Crashes) -> None:
    def retry(person: Clerk) -> None:
        for write in person.done:
            before = write.answer
            if before is None or write.method != "FetchLicence":
                answer = person.send(write)
                assert answer is not None
                assert before is None or answer == before

    at_once(crashes.people, retry)
    assert [surprise for person in crashes.people for surprise in person.surprises] == []


def test_every_acknowledged_entry_is_in_the_journal_once_and_in_order(crashes: Crashes, records: Records) -> None:
    entries = list(journal.read(records))
    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert [entry.time_us for entry in entries] == sorted(entry.time_us for entry in entries)
    commitments = [commitment(entry.salt, entry.entry) for entry in entries]
    told = [position for write in crashes.writes for position in write.positions]
    assert len({index for index, _ in told}) == len(told)
    assert [commitments[index] for index, _ in told] == [known for _, known in told]


def test_nothing_was_done_twice(machines: Machines, crashes: Crashes, records: Records) -> None:
    matter = machines.city.matter("food-new").code
    fetched = Counter(
        write.request.case.removeprefix("cases/")
        for write in crashes.writes
        if write.method == "FetchLicence" and write.answer is not None
    )
    assert {case: records.counter(uses_counter(case, matter, LINE)) for case in fetched} == dict(fetched)
    issued = Counter(write.answer.licence.name for write in crashes.writes if write.method == "IssueLicence")
    assert set(issued.values()) == {1}
    allowed: Counter[str] = Counter()
    for item in journal.read(records):
        entry = parse(item.entry)
        allowed[entry.request_id] += entry.outcome == log.OUTCOME_ALLOWED
    assert all(allowed[write.request.request_id] >= 1 for write in crashes.writes if write.answer is not None)


def test_the_published_log_is_whole_for_us_and_for_others(
    crashes: Crashes, records: Records, exported: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, vkey = exported
    report = verify_log(folder, vkey)
    assert report.ok, report.first
    reader = TilesReader(LocalBackend(folder))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(vkey))
    assert checkpoint.root_hash == reader.calculate_root_hash()
    told = [position for write in crashes.writes for position in write.positions]
    for index, known in told:
        assert reader.get_entry(index) == known
    with capsys.disabled():
        killed = ", ".join(f"{count} × {role}" for role, count in sorted(crashes.killed.items()))
        print(
            f"\n{MACHINES} machines, {SECONDS:.0f} s, killed: {killed}; {len(crashes.writes)} writes, {len(told)} "
            f"answers, each in the tree once and in order; {report.size} entries, verified by two programs"
        )
