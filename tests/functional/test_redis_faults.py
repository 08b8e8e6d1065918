"""What goes wrong with a fast store on other machines: never two winners, never a key or password in a message."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
import trustme

from exchange.demo.ports import free_ports
from servers.valkey import ValkeyCluster, ValkeyServer
from storage.errors import StorageError, StorageUnavailableError
from storage.fast.interface import Add, AtLeast
from storage.fast.redis import RedisFast
from storage.fast.redis_address import RedisAddress
from tests.fakes.tls_front import tls_front

SECRET_KEY = "a-key-that-nobody-may-read"
WAIT_SECONDS = 60

OPERATIONS = {
    "put": lambda fast: fast.put(SECRET_KEY, b"1", 60),
    "put_if_absent": lambda fast: fast.put_if_absent(SECRET_KEY, b"1", 60),
    "get": lambda fast: fast.get(SECRET_KEY),
    "take": lambda fast: fast.take(SECRET_KEY),
    "add": lambda fast: fast.add(SECRET_KEY, 1, 60),
    "count": lambda fast: fast.count(SECRET_KEY),
    "add_member": lambda fast: fast.add_member(SECRET_KEY, b"1", 60),
    "has_member": lambda fast: fast.has_member(SECRET_KEY, b"1"),
    "delete": lambda fast: fast.delete(SECRET_KEY),
    "look": lambda fast: fast.look([SECRET_KEY], [(SECRET_KEY, b"1")]),
    "charge": lambda fast: _raised(fast.charge([Add(SECRET_KEY, 60), AtLeast(SECRET_KEY, 60, 1)])),
}


def _raised(answers):
    raise answers[0]


def refused(fast, said, operations=OPERATIONS):
    """Every operation says that the store is away, and neither the message nor what caused it holds more than that."""
    for name in operations:
        with pytest.raises(StorageUnavailableError) as caught:
            OPERATIONS[name](fast)
        error = caught.value
        text = f"{error!r}{error.__cause__!r}"
        assert said in str(error) or "a moment ago" in str(error), (name, text)
        assert SECRET_KEY not in text
        assert "pass-word" not in text


def eventually(work):
    """The first answer of ``work`` that is not an error of the store."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return work()
        except StorageUnavailableError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


@contextmanager
def opened(url, password="", **options):
    fast = RedisFast(RedisAddress(url, password, **options))
    yield fast
    fast.close()


@pytest.fixture
def server(tmp_path):
    with ValkeyServer(tmp_path / "own") as started:
        yield started


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with ValkeyCluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def test_nobody_there():
    [port] = free_ports(1)
    with opened(f"redis://127.0.0.1:{port}/0") as fast:
        refused(fast, "cannot be reached")
    with opened(f"redis://127.0.0.1:{port},127.0.0.1:{port + 1}/0", cluster=True) as fast:
        refused(fast, "no server of the fast store's cluster answers")


def test_the_wrong_password_and_none(tmp_path):
    with ValkeyServer(tmp_path / "locked", password="right-pass-word") as server:
        with opened(server.url, "wrong-pass-word") as fast:
            refused(fast, "check its user and password")
        with opened(server.url.replace("hub@", "")) as fast:
            refused(fast, "check its user and password")
        with opened(server.url, "right-pass-word") as fast:
            assert fast.add("c", 1, 60) == 1
        assert "pass-word" not in repr(RedisAddress(server.url, "right-pass-word"))


def test_a_user_who_may_not(server):
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">pass-word", "~onceonly:*", "+@read", "+@scripting")
    with opened(server.url.replace("127", "reader@127"), "pass-word") as fast:
        assert fast.count(SECRET_KEY) == 0
        refused(fast, "permissions", ("add", "add_member", "charge"))
        refused(fast, "give it its keys and commands", ("put", "put_if_absent", "delete"))
    with opened(server.url.replace("127", "reader@127"), "pass-word", prefix="other:") as fast:
        refused(fast, "give it its keys and commands")


def test_tls_is_required(server, tmp_path):
    """A server behind TLS is reached over TLS alone, and only if its certificate is for it."""
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger.cert_pem.write_to_path(tmp_path / "stranger.pem")
    with tls_front(tmp_path / "front", server.port, authority.issue_cert("127.0.0.1")) as port:
        url = f"rediss://127.0.0.1:{port}/0"
        with opened(url, tls_ca=tmp_path / "ca.pem", timeout_seconds=10) as fast:
            assert [fast.add("c", 1, 60), fast.add("c", 1, 60)] == [1, 2]
        for bad in (
            {"url": url, "tls_ca": tmp_path / "stranger.pem"},
            {"url": url},
            {"url": url.replace("127.0.0.1", "localhost"), "tls_ca": tmp_path / "ca.pem"},
            {"url": url.replace("rediss", "redis")},
            {"url": server.url.replace("redis", "rediss"), "tls_ca": tmp_path / "ca.pem"},
            {"url": url, "tls_ca": tmp_path / "not-there.pem"},
        ):
            with opened(**bad) as fast:
                refused(fast, "the network" if bad["url"].endswith(f"{server.port}/0") else "its address and TLS")
        with server.client() as client:
            assert client.keys() == [b"onceonly:c"]


def test_a_stopped_server_costs_one_time_out_and_is_found_again(server):
    with opened(server.url) as fast:
        fast.put("code", b"1", 600)
        fast.add("c", 1, 600)
        server.pause()
        started = time.monotonic()
        answers = fast.charge([Add(f"c/{number}", 600) for number in range(5_000)])
        assert all(isinstance(answer, StorageUnavailableError) for answer in answers)
        for _ in range(200):  # without a breaker 100 seconds
            refused(fast, "in time", ("count",))
        assert time.monotonic() - started < 50
        server.resume()
        assert eventually(lambda: fast.get("code")) == b"1"
        assert fast.add("c", 1, 600) == 2


@pytest.mark.parametrize("operation", ["take", "put_if_absent", "add"])
def test_a_lost_answer_makes_no_second_winner_and_counts_once(server, operation):
    """The server runs what it was sent once it goes on; whoever waited has long been told that it failed."""
    with opened(server.url) as fast, opened(server.url, timeout_seconds=10) as patient:
        if operation == "take":
            patient.put("k", b"1", 600)
        fast.add("other", 1, 600)  # the server knows the scripts by now
        fast.take("none")
        server.pause()
        for _ in range(3):
            with pytest.raises(StorageUnavailableError):
                OPERATIONS_ON_K[operation](fast)
        server.resume()
        won = [eventually(lambda: OPERATIONS_ON_K[operation](patient)) for _ in range(3)]
        if operation == "add":
            assert 3 <= patient.count("k") <= 4  # what was lost may have arrived, once
        else:
            assert sum(winner in {True, b"1"} for winner in won) <= 1


OPERATIONS_ON_K = {
    "take": lambda fast: fast.take("k"),
    "put_if_absent": lambda fast: fast.put_if_absent("k", b"1", 600),
    "add": lambda fast: fast.add("k", 1, 600),
}


def test_out_of_memory_reads_go_on(server):
    with opened(server.url) as fast, server.client() as client:
        fast.add("c", 7, 600)
        fast.put("v", b"1", 600)
        client.config_set("maxmemory", 1)
        refused(fast, "out of memory", ("put", "put_if_absent", "add", "add_member", "charge"))
        assert (fast.count("c"), fast.get("v")) == (7, b"1")
        assert fast.take("v") == b"1"
        client.config_set("maxmemory", 0)
        assert fast.add("c", 1, 600) == 8


def test_a_replica_is_not_written(server, tmp_path):
    with server.client() as client:
        client.config_set("repl-diskless-sync-delay", 0)
    options = ("--replicaof", "127.0.0.1", str(server.port))
    with opened(server.url) as fast, ValkeyServer(tmp_path / "replica", options=options) as replica:
        fast.add("c", 7, 600)
        with opened(replica.url) as reader:
            until = time.monotonic() + WAIT_SECONDS
            while eventually(lambda: reader.count("c")) != 7:
                assert time.monotonic() < until
                time.sleep(0.02)
            refused(reader, "read-only replica", ("put", "put_if_absent", "add", "add_member", "delete", "charge"))
            assert reader.count("c") == 7


def test_a_server_that_was_killed_is_used_again_and_is_empty(server):
    with opened(server.url) as fast:
        fast.put("code", b"1", 600)
        server.kill()
        refused(fast, "cannot be reached")
        server.start()
        assert eventually(lambda: fast.take("code")) is None
        assert fast.add("c", 1, 600) == 1
        server.restart()  # between two calls: the connection kept for the next one is dead, and nothing is lost
        assert eventually(lambda: fast.add("c", 1, 600)) == 1


def test_a_full_pool_is_told_and_does_not_open_the_breaker(server):
    with opened(server.url) as fast, ThreadPoolExecutor(128) as pool:
        server.pause()
        answers = [pool.submit(lambda: fast.count("c")) for _ in range(128)]
        assert all(isinstance(answer.exception(), StorageUnavailableError) for answer in answers)
        server.resume()
        assert eventually(lambda: fast.count("c")) == 0
        with server.client() as client:
            assert client.info("clients")["connected_clients"] < 80


def test_one_node_of_a_cluster_addressed_alone(cluster):
    with opened(cluster.nodes[0].url) as fast:
        for answers in (
            fast.charge([Add(f"c/{number}", 60) for number in range(200)]),
            [fast.charge([Add(f"c/{number}", 60)])[0] for number in range(200)],
        ):
            assert all(answer == 1 or "say that it is one" in str(answer) for answer in answers)
            assert any(isinstance(answer, StorageUnavailableError) for answer in answers)
        assert 1 in answers


def test_keys_on_their_way_to_another_node_are_followed(cluster):
    with opened(cluster.url, cluster=True, timeout_seconds=10) as fast:
        fast.add("there", 1, 600)
        source = cluster.primary_of(b"onceonly:moving")
        target = next(node for node in cluster.nodes[:3] if node is not source)
        with source.client() as here, target.client() as there:
            slot = here.execute_command("CLUSTER KEYSLOT", b"onceonly:moving")
            there.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", here.execute_command("CLUSTER MYID"))
            here.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", there.execute_command("CLUSTER MYID"))
            assert [fast.add("moving", 1, 600), fast.add("moving", 1, 600)] == [1, 2]
            name = there.execute_command("CLUSTER MYID")
            there.execute_command("CLUSTER SETSLOT", slot, "NODE", name)
            here.execute_command("CLUSTER SETSLOT", slot, "NODE", name)
        assert fast.charge([Add("moving", 600), Add("there", 600)]) == [3, 2]  # moved for good


def test_a_dead_primary_is_replaced_and_there_is_one_winner_still(cluster):
    with opened(cluster.url, cluster=True) as fast:
        keys = [f"code/{number}" for number in range(60)]
        for key in keys:
            eventually(partial(fast.put, key, b"1", 600))
        cluster.wait_whole()
        victim = cluster.primary_of(b"onceonly:code/0")
        alive = next(key for key in keys if cluster.primary_of(f"onceonly:{key}".encode()) is not victim)
        start = threading.Barrier(9)

        def take_all(_):
            start.wait()
            return [key for key in keys if eventually(partial(fast.take, key)) is not None]

        with ThreadPoolExecutor(8) as pool:
            takers = [pool.submit(take_all, number) for number in range(8)]
            start.wait()
            victim.kill()
            taken = [key for taker in takers for key in taker.result()]
        assert len(taken) == len(set(taken))  # nobody twice; what was lost with the node, or an answer, nobody
        assert alive in taken
        assert eventually(lambda: fast.put_if_absent("code/0", b"2", 600)) is True
        assert cluster.primary_of(b"onceonly:code/0") is not victim
        assert fast.look([f"unused/{number}" for number in range(100)], ()) == ([0] * 100, [])
        victim.start()
        cluster.wait_whole()


def test_while_one_node_is_dead_the_others_keys_are_served(cluster):
    keys = [f"part/{number}" for number in range(60)]
    with opened(cluster.url, cluster=True) as fast:
        for key in keys:
            eventually(partial(fast.add, key, 1, 600))
        victim = cluster.primary_of(b"onceonly:part/0")
        theirs = [key for key in keys if cluster.primary_of(f"onceonly:{key}".encode()) is not victim]
        victim.pause()
        answers = fast.charge([Add(key, 600) for key in keys])
        assert {answer for key, answer in zip(keys, answers, strict=True) if key in theirs} == {2}
        assert all(isinstance(answer, StorageError | int) for answer in answers)
        assert isinstance(answers[0], StorageUnavailableError)
        assert eventually(lambda: fast.add("part/0", 1, 600)) >= 1  # its replica took over
        victim.resume()
        cluster.wait_whole()
