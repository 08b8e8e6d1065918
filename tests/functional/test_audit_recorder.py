"""The recorder and its clients in one process: limits over many threads, overload, restarts, a hub without sockets."""

import socket
import threading
import time

import pytest

from exchange.audit import wire
from exchange.audit.errors import FrameError
from exchange.audit.recorder import RecorderLimits, RecorderServer
from exchange.audit.recorder_client import RemoteFast
from exchange.audit.unit import Bar, Committed, Limit, LimitReached, Tally, Unit
from exchange.errors import RefusedError, UnavailableError
from exchange.reasons import Reason
from storage.errors import LimitExceededError, StorageUnavailableError
from storage.records.changes import Insert
from tests.fakes.audit_world import START_US, disk_world, entry, memory_world, unit
from tests.fakes.serving_recorder import SlowRecords, serving


@pytest.fixture
def world():
    with memory_world() as made:
        yield made


def commit_all(client, units, threads=8):
    """Commit the units from several threads; answers in the units' order."""
    answers = [None] * len(units)

    def work(lane):
        for at in range(lane, len(units), threads):
            answers[at] = client.commit(units[at], 5)

    running = [threading.Thread(target=work, args=(lane,)) for lane in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


def test_sixty_an_hour_are_sixty_over_many_threads(tmp_path):
    with disk_world(tmp_path) as world, serving(world, path=tmp_path / "run" / "r.sock") as (_, client):
        assert client.wait_connected(5)
        rate = Limit("rate/operator", 3600, 60, Reason.RATE_LIMITED)
        answers = commit_all(client, [unit(number, charges=(rate,)) for number in range(100)])
        assert sum(isinstance(answer, Committed) for answer in answers) == 60
        assert sum(answer == LimitReached(Reason.RATE_LIMITED, 60) for answer in answers) == 40
        assert sorted(answer.index for answer in answers if isinstance(answer, Committed)) == list(range(60))
        assert client.standing(("rate/operator", "none"), 5) == (60, 0)
        assert (tmp_path / "run" / "r.sock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_ten_refusals_lock_the_operator(world):
    with serving(world) as (_, client):
        refusal = Tally("refusals", 600, 10, "lock", 600)
        for number in range(10):
            assert client.commit(unit(number, charges=(Bar("lock", Reason.LOCKED_OUT), refusal)), 5) == Committed(
                number
            )
        assert client.commit(unit(10, charges=(Bar("lock", Reason.LOCKED_OUT),)), 5).reason is Reason.LOCKED_OUT
        assert client.standing(("refusals", "lock"), 5) == (10, 1)
        world.clock.us += 601_000_000
        assert client.commit(unit(10, charges=(Bar("lock", Reason.LOCKED_OUT),)), 5) == Committed(10)


class SeenFast:
    """A fast store whose looks that were answered can be counted."""

    def __init__(self, fast):
        self._fast = fast
        self.looks = 0

    def __getattr__(self, name):
        return getattr(self._fast, name)

    def look(self, keys, members):
        answer = self._fast.look(keys, members)
        self.looks += 1
        return answer


def test_standing_comes_out_of_the_look_that_the_batch_needs(world):
    world.fast = SeenFast(world.fast)
    world.fast.add("rate/operator", 7, 60)
    with serving(world) as (server, _):
        ours, theirs = socket.socketpair()
        server.attach(theirs)
        limit = Limit("rate/operator", 3600, 10, Reason.RATE_LIMITED)
        ours.sendall(
            wire.encode_commit(1, unit(0, charges=(limit,)))
            + wire.encode_standing(2, ("rate/operator", "none"))
            + wire.encode_standing(3, ("k" * 201,))
            + wire.encode_standing(4, ("none",))
        )
        reader, replies = wire.FrameReader(), {}
        while len(replies) < 4:
            replies.update(wire.decode_reply(body) for body in reader.feed(ours.recv(65_536)))
        ours.close()
    assert list(replies) == [2, 3, 4, 1]
    assert replies[1] == Committed(0)
    assert replies[2] == wire.Value((7, 0))
    assert isinstance(replies[3], wire.OutOfBounds)
    assert replies[4] == wire.Value((0,))
    assert world.fast.looks == 1


def test_the_fast_store_over_the_socket(world):
    with serving(world) as (_, client):
        fast = RemoteFast(client)
        fast.put("k", b"v", 60)
        assert fast.get("k") == b"v"
        assert not fast.put_if_absent("k", b"w", 60)
        assert fast.put_if_absent("new", b"w", 60)
        assert fast.take("k") == b"v"
        assert fast.take("k") is None
        assert fast.add("n", 2, 60) == 2
        assert fast.count("n") == 2
        assert fast.add_member("s", b"m", 60) == 1
        assert fast.has_member("s", b"m")
        assert not fast.has_member("s", b"x")
        fast.delete("n")
        assert fast.count("n") == 0
        with pytest.raises(LimitExceededError):
            fast.put("k" * 201, b"v", 60)
        with pytest.raises(StorageUnavailableError, match="fast store"):
            fast.add("new", 1, 60)  # it holds a value
        fast.close()
        client.close()
        with pytest.raises(StorageUnavailableError, match="does not answer"):
            fast.get("k")


def test_a_unit_outside_the_bounds_is_told_and_alone(world):
    with serving(world) as (_, client):
        with pytest.raises(LimitExceededError, match="key"):
            client.commit(unit(0, Insert("case", "k" * 300, b"")), 5)
        with pytest.raises(FrameError):
            client.commit(Unit(entry(0), b"s" * 32, (Insert("case", "k", b"x" * 1_100_000),)), 5)
        assert client.commit(unit(0), 5) == Committed(0)


def test_an_untrusted_clock_makes_it_unwell(world):
    with serving(world) as (_, client):
        assert client.commit(unit(0), 5) == Committed(0)
        assert client.healthy()
        world.clock.us = START_US - 2_000_000
        assert not client.healthy()
        with pytest.raises(UnavailableError) as caught:
            client.commit(unit(1), 5)
        assert caught.value.reasons == (Reason.CLOCK_UNTRUSTED,)


def test_a_full_queue_turns_units_away(world):
    slow = world.records = SlowRecords(world.records)
    with serving(world, limits=RecorderLimits(queue=5, batch=3)) as (_, client):
        answers, refusals = [], []

        def work(number):
            try:
                answers.append(client.commit(unit(number), 10))
            except RefusedError as error:
                refusals.append(error)

        first = threading.Thread(target=work, args=(0,))
        first.start()
        assert slow.reached.wait(5)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 21)]
        for thread in threads:
            thread.start()
        while len(client._calls) < 21 or client._sending:  # all wait in the socket while the first is committed
            time.sleep(0.001)
        slow.go.set()
        for thread in [first, *threads]:
            thread.join()
        assert len(answers) == 1 + 5
        assert len(refusals) == 15
        assert {error.reasons for error in refusals} == {(Reason.OVERLOADED,)}
        assert max(units for units, _ in world.watcher.batches) == 3


def test_a_late_recorder_leaves_the_outcome_unknown(world):
    slow = world.records = SlowRecords(world.records)
    with serving(world) as (_, client):
        with pytest.raises(UnavailableError):
            client.commit(unit(0), 0.05)
        assert not client.healthy()
        slow.go.set()
        assert client.commit(unit(1), 5) == Committed(1)  # the first was committed after all


def test_more_calls_than_the_client_holds_are_turned_away_at_home(world, monkeypatch):
    monkeypatch.setattr("exchange.audit.recorder_client._MAX_PENDING", 0)
    with serving(world) as (_, client):
        with pytest.raises(RefusedError) as caught:
            client.commit(unit(0), 5)
        assert caught.value.reasons == (Reason.OVERLOADED,)
        assert not client.healthy()


def test_a_folder_open_to_others_is_refused(world, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    server = RecorderServer(world.records, world.fast, world.clock, world.watcher)
    with pytest.raises(PermissionError, match="chmod 700"):
        server.listen(folder / "r.sock")
    server.stop()
    server.run()


def test_old_requests_are_forgotten_now_and_then(world):
    class Stopwatch:
        now = 0.0

        def __call__(self):
            return self.now

    asked = []

    class Records:
        def __getattr__(self, name):
            return getattr(kept, name)

        def forget_requests(self, before_us, limit):
            asked.append(before_us)
            if len(asked) == 2:
                raise StorageUnavailableError("away")
            return 0

    kept, world.records, watch = world.records, Records(), Stopwatch()
    with serving(world, stopwatch=watch, limits=RecorderLimits(retention_seconds=100)) as (_, client):
        for number in range(3):
            watch.now += 61
            assert client.commit(unit(number), 5) == Committed(number)
    assert asked[0] == START_US - 100_000_000
    assert (0, Reason.STORAGE_UNAVAILABLE) in world.watcher.failures


def test_limits_are_counted_again_after_a_restart(world):
    world.fill(30)
    with serving(world, rebuild=lambda entries: (Tally("seen", 60) for _ in entries)) as (_, client):
        assert client.standing(("seen",), 5) == (30,)


def test_a_socket_attached_after_the_end_is_closed(world):
    server = RecorderServer(world.records, world.fast, world.clock, world.watcher)
    ours, theirs = socket.socketpair()
    server.stop()
    server.attach(theirs)
    server.run()
    assert ours.recv(1) == b""
    ours.close()
