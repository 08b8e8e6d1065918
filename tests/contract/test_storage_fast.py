"""The fast store: what every engine must do."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from storage_engines import FAST, Clock, open_fast

from storage.errors import LimitExceededError, StorageError
from storage.fast.interface import Add, AddMember, AtLeast


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=FAST)
def fast(request, clock):
    opened = open_fast(request.param, clock)
    yield opened
    opened.close()


def race(work):
    start = threading.Barrier(16)

    def run(number):
        start.wait()
        return work(number)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(run, range(16)))


def test_values_live_their_time(fast, clock):
    fast.put("码", b"1", 10)
    fast.put("k" * 200, b"\x00" * 4096, 400 * 86_400)
    clock.now += 9.5
    assert fast.get("码") == b"1"
    assert (fast.get("absent"), fast.get("K" * 200)) == (None, None)
    clock.now += 0.5
    assert fast.get("码") is None
    assert fast.get("k" * 200) == b"\x00" * 4096


def test_putting_again_starts_the_time_again(fast, clock):
    fast.put("k", b"1", 10)
    clock.now += 9
    fast.put("k", b"2", 10)
    clock.now += 9
    assert fast.get("k") == b"2"


def test_put_if_absent_has_one_winner_until_it_expires(fast, clock):
    assert race(lambda n: fast.put_if_absent("k", b"%d" % n, 10)).count(True) == 1
    assert fast.put_if_absent("k", b"x", 10) is False
    clock.now += 10
    assert fast.put_if_absent("k", b"x", 10) is True
    assert fast.get("k") == b"x"


def test_take_has_one_winner(fast, clock):
    fast.put("k", b"1", 10)
    taken = race(lambda _: fast.take("k"))
    assert (taken.count(b"1"), taken.count(None)) == (1, 15)
    assert fast.get("k") is None
    fast.put("k", b"1", 10)
    clock.now += 10
    assert fast.take("k") is None


def test_counters_add_up_and_end(fast, clock):
    race(lambda _: [fast.add("c", 2, 10) for _ in range(20)])
    assert fast.count("c") == 640
    clock.now += 9
    assert fast.add("c", -40, 10) == 600
    clock.now += 1
    assert (fast.count("c"), fast.add("c", 1, 10)) == (0, 1)


def test_sets_count_distinct_members(fast, clock):
    assert [fast.add_member("s", member, 10) for member in (b"a", b"b", b"a", b"")] == [1, 2, 2, 3]
    assert (fast.count("s"), fast.has_member("s", b"b"), fast.has_member("s", b"c")) == (3, True, False)
    assert (fast.count("none"), fast.has_member("none", b"b")) == (0, False)
    clock.now += 9
    fast.add_member("s", b"d", 10)
    clock.now += 1
    assert (fast.count("s"), fast.has_member("s", b"d")) == (0, False)


def test_delete_removes_whatever_it_is(fast):
    fast.put("k", b"1", 10)
    fast.add("c", 1, 10)
    fast.add_member("s", b"a", 10)
    for key in ("k", "c", "s", "none"):
        fast.delete(key)
    assert (fast.get("k"), fast.count("c"), fast.count("s")) == (None, 0, 0)


def test_everything_is_bounded(fast):
    for attempt in (
        lambda: fast.get(""),
        lambda: fast.take("k" * 201),
        lambda: fast.count(""),
        lambda: fast.delete(""),
        lambda: fast.put("k", b"x" * 4097, 1),
        lambda: fast.put("k", b"x", 0),
        lambda: fast.put_if_absent("k", b"x", 400 * 86_400 + 1),
        lambda: fast.add("c", 1, 0),
        lambda: fast.add("c", 1 << 63, 1),
        lambda: fast.add_member("s", b"x" * 4097, 1),
        lambda: fast.has_member("s", b"x" * 4097),
    ):
        with pytest.raises(LimitExceededError):
            attempt()


def test_a_look_tells_many_counts_and_members_at_once(fast, clock):
    assert fast.look((), ()) == ([], [])
    fast.add("c", 5, 10)
    fast.add_member("s", b"a", 20)
    fast.add_member("s", b"", 20)
    keys = [f"none/{number}" for number in range(1_500)]
    counts, members = fast.look(["c", "s", *keys, "c"], [("s", b"a"), ("s", b"b"), ("none", b"a"), ("s", b"")])
    assert counts == [5, 2, *[0] * 1_500, 5]
    assert members == [True, False, False, True]
    clock.now += 10
    assert fast.look(["c", "s"], [("s", b"a")]) == ([0, 2], [True])


def test_a_charge_takes_many_steps_in_order(fast, clock):
    steps = [Add("c", 10), Add("c", 10, 4), AddMember("s", 10, b"a"), AddMember("s", 10, b"a"), AtLeast("l", 10, 3)]
    assert fast.charge([*steps, AtLeast("l", 10, 2), AtLeast("c", 10, 7), Add("l", 10)]) == [1, 5, 1, 1, 3, 3, 7, 4]
    clock.now += 9
    assert fast.charge([Add("c", 10), AddMember("s", 10, b"b"), AtLeast("l", 10, 9)]) == [8, 2, 9]
    clock.now += 1
    assert fast.look(["c", "s", "l"], ()) == ([0, 0, 0], [])
    assert fast.charge([Add(f"many/{number % 3}", 10) for number in range(1_500)])[-3:] == [500, 500, 500]
    assert fast.charge([]) == []


def test_a_step_that_cannot_be_taken_stops_no_other(fast):
    most = (1 << 63) - 1
    fast.put("v", b"1", 10)
    answers = fast.charge(
        [
            Add("k" * 201, 10),
            Add("c", 10),
            AddMember("s", 10, b"x" * 4097),
            AtLeast("c", 0, 5),
            AtLeast("c", 10, most + 1),
            Add("v", 10),
            AtLeast("v", 10, 1),
            AddMember("v", 10, b"a"),
            Add("c", 10),
        ]
    )
    assert [answers[1], answers[8]] == [1, 2]
    assert all(isinstance(answer, LimitExceededError) for answer in (answers[0], *answers[2:5]))
    assert all(type(answer) is StorageError for answer in answers[5:8])
    assert fast.get("v") == b"1"
    for attempt in (
        lambda: fast.look(["k" * 201], ()),
        lambda: fast.look(["c"], [("s", b"x" * 4097)]),
        lambda: fast.look(["c", ""], ()),
    ):
        with pytest.raises(LimitExceededError):
            attempt()


def test_counters_end_at_64_bits_and_keep_what_they_were(fast):
    most = (1 << 63) - 1
    assert (fast.add("c", most, 10), fast.add("d", -most, 10)) == (most, -most)
    for attempt in (lambda: fast.add("c", 1, 10), lambda: fast.add("d", -1, 10), lambda: fast.add("e", most + 1, 10)):
        with pytest.raises(LimitExceededError):
            attempt()
    assert fast.look(["c", "d", "e"], ()) == ([most, -most, 0], [])
    assert fast.add("c", -most, 10) == 0
    assert fast.add("f", (1 << 53) + 1, 10) == fast.count("f") == (1 << 53) + 1


def test_what_is_stored_is_what_comes_back(fast):
    for key in ("{a}", "a b\r\n", "键" * 200, "\x00", "\udc80", "*"):
        for value in (b"", b"=", b"12", b"-1", b"\r\n$5\r\n", bytes(range(256))):
            fast.put(key, value, 10)
            assert fast.get(key) == value
        assert fast.take(key) == value
        assert fast.get(key) is None
