"""Several recorders on one Valkey: limits hold for all of them together, and come back when it loses everything."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from exchange.audit.committer import Committer
from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient
from exchange.audit.recount import LEASE, MARKS
from exchange.audit.unit import Committed, Limit, LimitReached
from exchange.audit.wire import Unable
from exchange.errors import UnavailableError
from exchange.reasons import Reason
from servers.valkey import ValkeyServer
from storage.errors import StorageUnavailableError
from storage.fast.redis import RedisFast
from storage.fast.redis_address import RedisAddress
from tests.fakes.audit_world import Watcher, memory_world, unit
from tests.real_valkey import valkey_address

RATE = Limit("rate", 3600, 10, Reason.RATE_LIMITED)
WAIT_SECONDS = 60


def charges_of(entries):
    return (RATE for _ in entries)


@pytest.fixture
def world():
    with memory_world() as made:
        yield made


@contextmanager
def hubs(count, address):
    with ExitStack() as stack:
        made = [RedisFast(address) for _ in range(count)]
        for fast in made:
            stack.callback(fast.close)
        yield made


@contextmanager
def recording(world, fast):
    """A recorder as it runs on one machine, and a client of it."""
    server = RecorderServer(world.records, fast, world.clock, Watcher(), rebuild=charges_of)
    ours, theirs = socket.socketpair()
    server.attach(theirs)
    thread = threading.Thread(target=server.run)
    thread.start()
    client = RecorderClient(ours)
    yield client
    client.close()
    server.stop()
    thread.join()


def wait_until(condition):
    until = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("engine", ["valkey", "valkey-cluster"])
def test_two_committers_count_together(world, engine):
    with hubs(2, valkey_address(engine)) as (here, there):
        committers = [Committer(world.records, fast, world.clock, time.monotonic, Watcher()) for fast in (here, there)]
        replies = []
        for number in range(6):
            replies += committers[number % 2].commit([unit(2 * number, charges=(RATE,)), unit(2 * number + 1)])
            replies += committers[1 - number % 2].commit([unit(100 + number, charges=(RATE,))])
        refused = [reply for reply in replies if not isinstance(reply, Committed)]
        assert refused == [LimitReached(Reason.RATE_LIMITED, 360)] * 2
        assert there.count("rate") == 10


def test_recorders_that_start_one_after_the_other_count_once(world):
    world.fill(7)
    address = valkey_address("valkey")
    with hubs(3, address) as (one, two, outside):
        with recording(world, one) as first, recording(world, two) as second:
            assert first.standing(("rate",), 10) == second.standing(("rate",), 10)
            wait_until(lambda: all(outside.look(MARKS, ())[0]))
            assert outside.count("rate") == 7
            assert first.commit(unit(50, charges=(RATE,)), 10) == Committed(7)
        with recording(world, one) as again:
            assert again.standing(("rate",), 10) == (8,)
        assert outside.get(LEASE) is None


def test_a_server_that_lost_everything_is_filled_again_while_hubs_run(world, tmp_path):
    world.fill(7)
    with (
        ValkeyServer(tmp_path / "own") as server,
        hubs(3, RedisAddress(server.url)) as (one, two, outside),
        recording(world, one) as first,
        recording(world, two) as second,
    ):
        wait_until(lambda: all(outside.look(MARKS, ())[0]))
        server.kill()
        with pytest.raises(UnavailableError):
            first.commit(unit(50, charges=(RATE,)), 10)
        assert second.commit(unit(51), 10) == Committed(7)  # without a limit nothing is missing
        server.start()
        wait_until(lambda: _marked(outside))
        assert outside.count("rate") == 8
        for number in range(2):
            assert isinstance(first.commit(unit(60 + number, charges=(RATE,)), 10), Committed)
        assert second.commit(unit(70, charges=(RATE,)), 10) == LimitReached(Reason.RATE_LIMITED, 360)


def test_a_dead_store_stalls_no_unit_without_limits(world, tmp_path):
    with ValkeyServer(tmp_path / "own") as server, hubs(1, RedisAddress(server.url)) as (fast,):
        watcher = Watcher()
        committer = Committer(world.records, fast, world.clock, time.monotonic, watcher)
        server.pause()
        started = time.monotonic()
        for number in range(100):
            limited = [unit(200 + 10 * number + each, charges=(RATE,) * 8) for each in range(9)]
            replies = committer.commit([*limited, unit(number)])
            assert replies == [Unable(Reason.STORAGE_UNAVAILABLE)] * 9 + [Committed(number)]
        assert time.monotonic() - started < 100  # one time-out for each charge would be an hour
        server.resume()


def _marked(fast):
    try:
        return all(fast.look(MARKS, ())[0])
    except StorageUnavailableError:
        return False
