"""The access index: what every engine must find, count and refuse."""

import pytest
from storage_engines import INDEXES, LASTING_INDEXES, open_index

from storage.errors import Cause, ConditionFailedError, LimitExceededError

EVER = {"start": 0, "end": 1 << 61}
TAX, POLICE = ("department", b"tax"), ("department", b"police")
FETCH, ISSUE = ("method", b"fetch"), ("method", b"issue")


@pytest.fixture(params=INDEXES)
def index(request, tmp_path):
    opened = open_index(request.param, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def filled(index):
    """Positions 0 to 7; the times of 3 and 4 lie below those before them."""
    index.add(0, [(100, [TAX, FETCH]), (110, [TAX, ISSUE]), (120, [POLICE, FETCH])])
    index.add(3, [(105, [TAX, FETCH, FETCH, ("reason", b"a"), ("reason", b"b")]), (119, [POLICE])])
    index.add(5, [(130, [TAX, FETCH, ("case", b"\x00")]), (130, [POLICE, FETCH]), (140, [])])
    return index


def find(index, *terms, before=None, limit=100, **times):
    return index.find(terms, before=before, limit=limit, **{**EVER, **times})


def summarise(index, name, *terms, limit=100, **times):
    return index.summarise(name, terms, limit=limit, **{**EVER, **times})


def test_an_empty_index_finds_nothing(index):
    assert index.indexed_through() == 0
    assert find(index) == find(index, TAX) == summarise(index, "department") == []
    index.add(0, [])
    assert index.indexed_through() == 0


def test_terms_are_intersected_newest_first(filled):
    assert filled.indexed_through() == 8
    assert find(filled) == [7, 6, 5, 4, 3, 2, 1, 0]
    assert find(filled, TAX) == [5, 3, 1, 0]
    assert find(filled, TAX, FETCH) == find(filled, FETCH, TAX, FETCH) == [5, 3, 0]
    assert find(filled, ("reason", b"a"), ("reason", b"b"), TAX) == [3]
    assert find(filled, ("case", b"\x00")) == [5]
    assert (
        find(filled, TAX, POLICE) == find(filled, ("Department", b"tax")) == find(filled, ("case", b"\x00\x00")) == []
    )


def test_times_bound_exactly_though_they_may_step_back(filled):
    assert find(filled, start=105, end=120) == [4, 3, 1]
    assert find(filled, start=100, end=101) == [0]
    assert find(filled, start=120) == [7, 6, 5, 2]
    assert find(filled, end=106) == [3, 0]
    assert find(filled, FETCH, start=101, end=130) == [3, 2]
    assert find(filled, start=141) == find(filled, start=120, end=120) == find(filled, end=100) == []
    assert find(filled, start=-5, end=101) == [0]


def test_pages_continue_before_a_position(filled):
    assert find(filled, limit=3) == [7, 6, 5]
    assert find(filled, before=5, limit=3) == [4, 3, 2]
    assert find(filled, FETCH, before=3) == [2, 0]
    assert find(filled, before=0) == []


def test_summaries_count_values_largest_first(filled):
    assert summarise(filled, "department") == [(b"tax", 4), (b"police", 3)]
    assert summarise(filled, "method") == [(b"fetch", 5), (b"issue", 1)]
    assert summarise(filled, "method", TAX) == [(b"fetch", 3), (b"issue", 1)]
    assert summarise(filled, "reason", TAX, FETCH) == [(b"a", 1), (b"b", 1)]
    assert summarise(filled, "department", FETCH, start=101, end=131) == [(b"police", 2), (b"tax", 2)]
    assert summarise(filled, "department", limit=1) == [(b"tax", 4)]
    assert summarise(filled, "nothing") == summarise(filled, "method", ("case", b"none")) == []
    assert summarise(filled, "method", start=200, end=300) == []


def test_entries_join_only_at_the_end(filled):
    for first in (0, 7, 9):
        with pytest.raises(ConditionFailedError) as caught:
            filled.add(first, [(150, [TAX])])
        assert caught.value.cause is Cause.VERSION
    assert find(filled, TAX) == [5, 3, 1, 0]


def test_named_values_change_by_compare_and_swap(index):
    assert index.state("tree") is None
    with pytest.raises(ConditionFailedError):
        index.set_state("tree", b"1", b"2")
    index.set_state("tree", None, b"1")
    with pytest.raises(ConditionFailedError):
        index.set_state("tree", None, b"2")
    index.set_state("tree", b"1", b"2")
    assert (index.state("tree"), index.state("Tree")) == (b"2", None)


def test_clearing_keeps_named_values_and_starts_anew(filled):
    filled.set_state("tree", None, b"1")
    filled.clear()
    assert (filled.indexed_through(), find(filled), find(filled, TAX)) == (0, [], [])
    assert filled.state("tree") == b"1"
    filled.add(0, [(50, [POLICE])])
    assert find(filled, POLICE, end=60) == [0]


def test_what_is_asked_and_given_is_bounded(index):
    bad = [
        lambda: find(index, ("", b"v")),
        lambda: find(index, ("n" * 41, b"v")),
        lambda: find(index, ("n", b"")),
        lambda: find(index, ("n", b"v" * 201)),
        lambda: find(index, *[("n", b"%d" % n) for n in range(17)]),
        lambda: find(index, limit=0),
        lambda: find(index, limit=1_001),
        lambda: summarise(index, ""),
        lambda: summarise(index, "n", limit=1_001),
        lambda: index.add(-1, []),
        lambda: index.add(0, [(-1, [])]),
        lambda: index.add(0, [(1 << 63, [])]),
        lambda: index.add(0, [(1, [TAX]), (1, [("n", b"")])]),
        lambda: index.state("s" * 201),
        lambda: index.set_state("s", None, b"x" * ((1 << 20) + 1)),
    ]
    for attempt in bad:
        with pytest.raises(LimitExceededError):
            attempt()
    assert index.indexed_through() == 0
    assert find(index, *[("n", b"%d" % n) for n in range(16)]) == []


@pytest.mark.parametrize("engine", LASTING_INDEXES)
def test_what_was_indexed_is_there_after_reopening(engine, tmp_path):
    index = open_index(engine, tmp_path)
    index.add(0, [(100, [TAX])])
    index.set_state("tree", None, b"1")
    index.close()
    again = open_index(engine, tmp_path)
    assert (again.indexed_through(), again.state("tree"), find(again, TAX)) == (1, b"1", [0])
    again.close()
