"""Auditors' questions: filters, scope, paging, summaries, and an index that can be made again."""

import threading

import pytest

from exchange.audit.entry import Outcome
from exchange.audit.errors import JournalError
from exchange.audit.indexer import DIMENSIONS, UNREADABLE, IndexProgress, terms
from exchange.audit.queries import AccessFilter, AccessQueries
from exchange.audit.unit import Unit
from signer.commitment import commitment
from storage.errors import LimitExceededError, StorageUnavailableError
from tests.fakes.audit_world import (
    DEPARTMENT,
    MATTER,
    OTHER_DEPARTMENT,
    START_US,
    World,
    disk_world,
    entry,
    memory_world,
    salt,
    unit,
)

EVERYWHERE = frozenset()


def made(number):
    """Every third entry is of another department, every fifth is refused."""
    outcome = Outcome.REFUSED if number % 5 == 0 else Outcome.ALLOWED
    return entry(number, department=OTHER_DEPARTMENT if number % 3 == 0 else DEPARTMENT, outcome=outcome)


@pytest.fixture(params=["memory", "disk"])
def world(request, tmp_path):
    with memory_world() if request.param == "memory" else disk_world(tmp_path) as world:
        for start in range(0, 30, 7):
            world.commit(*[Unit(made(number), salt(number)) for number in range(start, min(start + 7, 30))])
        assert world.indexer().run_once() == IndexProgress(30, 30, 0)
        yield world


@pytest.fixture
def queries(world):
    return AccessQueries(world.records, world.index)


def indexes(page):
    return [record.index for record in page.records]


def test_lists_newest_first_by_page(queries):
    page = queries.list(AccessFilter(), EVERYWHERE, limit=20)
    assert indexes(page) == list(range(29, 9, -1))
    assert page.indexed_through == 30
    last = queries.list(AccessFilter(), EVERYWHERE, before=page.next_before, limit=20)
    assert indexes(last) == list(range(9, -1, -1))
    assert last.next_before is None


def test_a_record_carries_its_entry_and_commitment(queries, world):
    record = queries.list(AccessFilter(), EVERYWHERE, limit=1).records[0]
    assert record.entry == made(29)
    assert record.commitment == commitment(salt(29), made(29))
    assert record.time_us == world.clock.us
    assert queries.get(29, EVERYWHERE) == record
    assert queries.get(30, EVERYWHERE) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([("outcome", b"refused")], [25, 20, 15, 10, 5, 0]),
        ([("reason", b"CASE_NOT_OPEN"), ("department", DEPARTMENT.encode())], [25, 20, 10, 5]),
        ([("operator", b"operator" + (1).to_bytes(8))], list(range(28, 0, -3))),
        ([("holder", b"a-holder" + (2).to_bytes(8))], [27, 22, 17, 12, 7, 2]),
        ([("licence", b"alicence" + (7).to_bytes(8))], [7]),
        ([("case", b"the-case" + (8).to_bytes(8))], [8]),
        ([("matter", b"other")], []),
        ([("matter", MATTER.encode()), ("purpose", b"service"), ("region", b"310000")], list(range(29, -1, -1))),
        (
            [("licence_type", b"1" * 21), ("method", b"onceonly.v1.ExchangeService/FetchLicence")],
            list(range(29, -1, -1)),
        ),
    ],
)
def test_filters_hold_together(queries, asked, expected):
    assert indexes(queries.list(AccessFilter(tuple(asked)), EVERYWHERE)) == expected


def test_a_time_window_bounds_the_answer(queries):
    asked = AccessFilter(start_us=START_US + 4, end_us=START_US + 7)
    assert indexes(queries.list(asked, EVERYWHERE)) == [6, 5, 4]
    assert queries.summarise("outcome", asked, EVERYWHERE).counts == ((b"allowed", 2), (b"refused", 1))


def test_the_scope_hides_other_departments(queries):
    scope = frozenset({OTHER_DEPARTMENT})
    assert indexes(queries.list(AccessFilter(), scope)) == list(range(27, -1, -3))
    foreign = AccessFilter((("department", DEPARTMENT.encode()),))
    assert queries.list(foreign, scope).records == ()
    assert queries.summarise("outcome", foreign, scope).counts == ()
    assert queries.get(1, scope) is None
    assert queries.get(3, scope) is not None
    own = AccessFilter((("department", OTHER_DEPARTMENT.encode()),))
    assert indexes(queries.list(own, scope)) == list(range(27, -1, -3))


def test_several_departments_are_merged_in_order_and_paged(queries):
    scope = frozenset({OTHER_DEPARTMENT, DEPARTMENT, "11310000MB2F300480"})
    page = queries.list(AccessFilter(), scope, limit=7)
    assert indexes(page) == list(range(29, 22, -1))
    assert indexes(queries.list(AccessFilter(), scope, before=page.next_before, limit=3)) == [22, 21, 20]
    assert queries.summarise("department", AccessFilter(), scope).counts == (
        (DEPARTMENT.encode(), 20),
        (OTHER_DEPARTMENT.encode(), 10),
    )
    assert queries.summarise("outcome", AccessFilter(), scope, limit=1).counts == ((b"allowed", 24),)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_dimension_can_be_counted(queries, by):
    counts = queries.summarise(by, AccessFilter(), EVERYWHERE, limit=1_000).counts
    assert sum(count for _, count in counts) == (6 if by == "reason" else 30)


def test_bounds_are_refused(queries):
    for limit in (0, 201):
        with pytest.raises(LimitExceededError):
            queries.list(AccessFilter(), EVERYWHERE, limit=limit)
    for limit in (0, 1_001):
        with pytest.raises(LimitExceededError):
            queries.summarise("outcome", AccessFilter(), EVERYWHERE, limit=limit)
    with pytest.raises(LimitExceededError, match="summary by colour"):
        queries.summarise("colour", AccessFilter(), EVERYWHERE)
    with pytest.raises(LimitExceededError, match="filter by colour"):
        queries.list(AccessFilter((("colour", b"red"),)), EVERYWHERE)
    with pytest.raises(LimitExceededError, match="1001 departments"):
        queries.list(AccessFilter(), frozenset(str(number) for number in range(1_001)))


def test_the_index_is_made_again_from_the_journal(world, queries):
    before = queries.list(AccessFilter((("outcome", b"refused"),)), EVERYWHERE)
    assert world.indexer().rebuild() == IndexProgress(30, 30, 0)
    assert queries.list(AccessFilter((("outcome", b"refused"),)), EVERYWHERE) == before
    assert queries.indexed_through() == 30


def test_the_index_is_taken_up_where_it_stands(world, monkeypatch):
    monkeypatch.setattr("exchange.audit.indexer._STEP", 4)
    world.fill(9, first=30)
    assert world.indexer().run_once() == IndexProgress(39, 9, 0)
    assert world.indexer().run_once() == IndexProgress(39, 0, 0)


def test_a_broken_entry_stays_findable(world, queries):
    world.commit(Unit(b"\xff\xff", salt(30)), unit(31))
    assert world.indexer().run_once() == IndexProgress(32, 2, 1)
    assert indexes(queries.list(AccessFilter((UNREADABLE,)), EVERYWHERE)) == [30]
    assert queries.get(30, EVERYWHERE).entry == b"\xff\xff"
    assert queries.get(30, frozenset({DEPARTMENT})) is None


def test_an_index_ahead_of_its_journal_is_told(world):
    with memory_world() as shorter:
        shorter.fill(3)
        with pytest.raises(JournalError, match="no position 29"):
            AccessQueries(shorter.records, world.index).list(AccessFilter(), EVERYWHERE)


def test_terms_leave_out_what_is_empty_and_repeated():
    time_us, found = terms(entry(0))
    assert time_us == START_US
    assert len(found) == len(set(found))
    assert all(value for _, value in found)
    assert not any(name == "reason" for name, _ in found)


def test_the_indexer_runs_until_stopped_and_reports():
    with memory_world() as world:
        world.fill(3)
        stop, told = threading.Event(), []

        class Failing:
            def __getattr__(self, name):
                if name == "journal_length" and told:
                    raise StorageUnavailableError("away")
                return getattr(world.records, name)

        def report(outcome):
            told.append(outcome)
            if len(told) == 2:
                stop.set()

        World(Failing(), world.index, world.objects).indexer().run(stop, 0, report)
        assert told[0] == IndexProgress(3, 3, 0)
        assert isinstance(told[1], StorageUnavailableError)
