"""What is the memory engine's own: its bound, and what a key of another type does."""

import pytest

from storage.errors import StorageError, StorageUnavailableError
from storage.fast.memory import MemoryFast


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_live_keys_are_never_evicted(clock):
    fast = MemoryFast(clock, 3)
    fast.put("a", b"1", 10)
    fast.add("c", 1, 20)
    fast.add_member("s", b"1", 30)
    for attempt in (
        lambda: fast.put("b", b"", 10),
        lambda: fast.put_if_absent("b", b"", 10),
        lambda: fast.add("d", 1, 10),
        lambda: fast.add_member("s", b"2", 10),
        lambda: fast.add_member("t", b"1", 10),
    ):
        with pytest.raises(StorageUnavailableError, match="full"):
            attempt()
    fast.put("a", b"2", 10)
    fast.add("c", 1, 20)
    fast.add_member("s", b"1", 30)
    assert (fast.get("a"), fast.count("c"), fast.count("s")) == (b"2", 2, 1)
    clock.now = 10
    assert fast.add_member("s", b"2", 10) == 2
    with pytest.raises(StorageUnavailableError):
        fast.put("b", b"", 10)
    clock.now = 30
    fast.put("b", b"", 10)
    assert (fast.count("c"), fast.count("s"), fast._taken) == (0, 0, 1)
    fast.close()
    assert fast.get("b") is None


def test_places_come_back_when_keys_go(clock):
    fast = MemoryFast(clock, 2)
    for _ in range(10):
        fast.put("a", b"", 10)
        fast.add_member("s", b"1", 10)
        fast.take("a")
        fast.delete("s")
    assert fast._taken == 0


def test_keys_put_again_and_again_leave_no_trail(clock):
    fast = MemoryFast(clock, 10)
    for number in range(5_000):
        fast.put("a", b"%d" % number, 100)
    assert len(fast._deadlines) < 1_100
    clock.now = 99.0
    fast.put("b", b"", 10)
    assert fast.get("a") == b"4999"


def test_a_key_of_another_type_is_refused(clock):
    fast = MemoryFast(clock, 10)
    fast.put("k", b"", 10)
    fast.add("c", 1, 10)
    fast.add_member("s", b"1", 10)
    for attempt in (
        lambda: fast.get("c"),
        lambda: fast.take("s"),
        lambda: fast.add("k", 1, 10),
        lambda: fast.add("s", 1, 10),
        lambda: fast.count("k"),
        lambda: fast.add_member("c", b"", 10),
        lambda: fast.has_member("k", b""),
    ):
        with pytest.raises(StorageError, match="the key holds"):
            attempt()
