"""What is Redis's own: addresses, types, times to live, and servers that answer nonsense."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import LimitExceededError, StorageError, StorageUnavailableError
from storage.fast.breaker import Breaker
from storage.fast.interface import Add, AddMember, AtLeast
from storage.fast.redis import RedisFast
from storage.fast.redis_address import RedisAddress
from tests.fakes.scripted_server import ScriptedServer
from tests.real_valkey import fresh_prefix, shared_cluster, shared_valkey, valkey_address

ENGINES = ("valkey", "valkey-cluster")


@pytest.fixture(params=ENGINES)
def fast(request):
    opened = RedisFast(valkey_address(request.param))
    yield opened
    opened.close()


def test_an_address_is_read():
    address = RedisAddress("rediss://hub%2Fone@[::1]:7000,redis-2.example,10.0.0.3:7002/0", "pass-word", cluster=True)
    assert address.hosts == (("::1", 7000), ("redis-2.example", 6379), ("10.0.0.3", 7002))
    assert (address.username, address.tls, address.database) == ("hub/one", True, 0)
    plain = RedisAddress("redis://localhost/3")
    assert (plain.hosts, plain.username, plain.tls, plain.database) == ((("localhost", 6379),), "", False, 3)
    assert RedisAddress("redis://h:1").database == 0
    assert "pass-word" not in repr(address)


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("redis://hub:pass-word@h:1/0", {}, "holds a password"),
        ("redis://:pass-word@h:1/0", {}, "holds a password"),
        ("rediss://hub:pass@word@h:1/0", {}, "holds a password"),
        ("http://h:1/0", {}, "redis:// or rediss://"),
        ("redis-pass-word", {}, "redis:// or rediss://"),
        ("redis:///0", {}, "HOST:PORT"),
        ("redis://h:pass-word/0", {}, "HOST:PORT"),
        ("redis://h:99999/0", {}, "HOST:PORT"),
        ("redis://h:1?password=pass-word", {}, "HOST:PORT"),
        ("redis://h:1/0?password=pass-word", {}, "/NUMBER"),
        ("redis://h:1/x", {}, "/NUMBER"),
        ("redis://h:1,i:1/0", {}, "are a cluster"),
        ("redis://h:1,/0", {"cluster": True}, "HOST:PORT"),
        ("redis://h:1/1", {"cluster": True}, "only database 0"),
        ("redis://" + ",".join("h" * 33) + "/0", {"cluster": True}, "more than 32"),
        ("redis://h:1/0", {"tls_ca": Path("ca.pem")}, "not rediss://"),
        ("redis://h:1/0", {"timeout_seconds": 0}, "time-out"),
        ("redis://h:1/0", {"timeout_seconds": 11}, "time-out"),
        ("redis://h:1/0", {"prefix": ""}, "prefix"),
        ("redis://h:1/0", {"prefix": "x" * 101}, "prefix"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url, options, said):
    with pytest.raises(StorageError, match=said) as caught:
        RedisAddress(url, **options)
    assert "pass" not in str(caught.value).replace("password", "")


@given(st.text(alphabet="redis:/@,[]?#%0123456789.abc \\", max_size=40), st.booleans())
def test_any_address_is_read_or_refused(text, cluster):
    for url in (text, "redis://" + text):
        try:
            address = RedisAddress(url, cluster=cluster)
        except StorageError:
            continue
        assert address.hosts
        assert all(host and 0 < port < 65_536 for host, port in address.hosts)


def test_a_key_of_another_type_is_refused_and_kept(fast):
    fast.put("k", b"", 10)
    fast.add("c", 1, 10)
    fast.add_member("s", b"1", 10)
    for attempt in (
        lambda: fast.get("c"),
        lambda: fast.get("s"),
        lambda: fast.take("c"),
        lambda: fast.take("s"),
        lambda: fast.add("k", 1, 10),
        lambda: fast.add("s", 1, 10),
        lambda: fast.count("k"),
        lambda: fast.add_member("c", b"", 10),
        lambda: fast.add_member("k", b"", 10),
        lambda: fast.has_member("k", b""),
        lambda: fast.look(["k"], ()),
        lambda: fast.look((), [("c", b"")]),
    ):
        with pytest.raises(StorageError, match="the key holds") as caught:
            attempt()
        assert type(caught.value) is StorageError
    assert (fast.get("k"), fast.count("c"), fast.count("s")) == (b"", 1, 1)
    assert fast.put_if_absent("c", b"", 10) is False
    fast.put("s", b"2", 10)
    assert fast.take("s") == b"2"


@pytest.mark.parametrize("engine", ENGINES)
def test_every_key_has_its_time_to_live_from_the_first_step(engine):
    address = valkey_address(engine)
    fast = RedisFast(address)
    fast.put("p", b"", 1_000)
    fast.put_if_absent("q", b"", 1_000)
    for _ in range(2):
        fast.add("a", 1, 1_000)
        fast.add_member("m", b"", 1_000)
        fast.charge([Add("b", 1_000), AddMember("n", 1_000, b""), AtLeast("l", 1_000, 1), AtLeast("l", 9_000, 2)])
    left = {}
    for node in [shared_valkey()] if engine == "valkey" else shared_cluster().nodes[:3]:
        with node.client() as client:
            for key in client.scan_iter(f"{address.prefix}*"):
                left[key.decode().removeprefix(address.prefix)] = client.pttl(key)
    assert set(left) == set("pqambnl")
    assert all(0 < time <= 1_000_000 for time in left.values())
    fast.put("p", b"", 1)
    until = 2_000
    while fast.get("p") is not None and until:
        until -= 1
    fast.close()


def test_prefixes_keep_hubs_apart(fast):
    other = RedisFast(valkey_address("valkey"))
    here = RedisFast(valkey_address("valkey"))
    here.add("c", 1, 60)
    assert (here.count("c"), other.count("c")) == (1, 0)
    here.close()
    other.close()


def test_scripts_that_the_server_forgot_are_sent_again(fast):
    steps = [Add("c", 60), AtLeast("c", 60, 5), Add("c", 60), AddMember("s", 60, b"a")]
    for answers in ([1, 5, 6, 1], [7, 7, 8, 1]):
        for node in [shared_valkey(), *shared_cluster().nodes]:
            with node.client() as client:
                client.execute_command("SCRIPT", "FLUSH")
        assert fast.charge(steps) == answers
    for node in [shared_valkey(), *shared_cluster().nodes]:
        with node.client() as client:
            client.execute_command("SCRIPT", "FLUSH")
    assert (fast.add("c", 1, 60), fast.count("c")) == (9, 9)


OPERATIONS = (
    lambda fast: fast.put("k", b"v", 10),
    lambda fast: fast.put_if_absent("k", b"v", 10),
    lambda fast: fast.get("k"),
    lambda fast: fast.take("k"),
    lambda fast: fast.add("k", 1, 10),
    lambda fast: fast.count("k"),
    lambda fast: fast.add_member("k", b"m", 10),
    lambda fast: fast.has_member("k", b"m"),
    lambda fast: fast.delete("k"),
    lambda fast: fast.look(["k"], [("k", b"m")]),
    lambda fast: fast.charge([Add("k", 10), Add("l", 10)]),
)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"-LOADING the data set\r\n", "still loading"),
        (b"-CLUSTERDOWN The cluster is down\r\n", "cluster is down"),
        (b"-MASTERDOWN Link with MASTER is down\r\n", "cluster is down"),
        (b"-MOVED 1 127.0.0.1:1\r\n", "send each other's keys on"),
        (b"-ASK 1 127.0.0.1:1\r\n", "makes no sense"),
        (b"-TRYAGAIN later\r\n", "send each other's keys on"),
        (b"-NOAUTH Authentication required.\r\n", "user and password"),
        (b"-READONLY You can't write\r\n", "read-only"),
        (b"-OOM command not allowed\r\n", "out of memory"),
        (b"-MISCONF no disk\r\n", "refused an operation"),
        (b"-NOREPLICAS not enough\r\n", "refused an operation"),
        (b"-ERR max number of clients reached\r\n", "cannot be reached"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "makes no sense"),
        (b"", "cannot be reached"),
    ],
)
def test_what_a_server_says_is_told_in_a_sentence(reply, said):
    with ScriptedServer(reply) as server:
        for operation in OPERATIONS[:-1]:
            fast = RedisFast(RedisAddress(f"redis://127.0.0.1:{server.port}/0", timeout_seconds=10))
            with pytest.raises(StorageUnavailableError, match=said):
                operation(fast)
            fast.close()


def test_a_storm_of_redirections_ends():
    with ScriptedServer(b"-MOVED 1 127.0.0.1:1\r\n") as server:
        fast = RedisFast(RedisAddress(f"redis://127.0.0.1:{server.port}/0", timeout_seconds=10))
        with pytest.raises(StorageUnavailableError):
            fast.take("k")
        assert server.commands == 3
        fast.close()


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.binary(max_size=40),
        st.builds(
            lambda kind, rest: kind + rest + b"\r\n", st.sampled_from([b"+", b"-", b":", b"$", b"*"]), st.binary()
        ),
        st.sampled_from(
            [b"-MOVED x\r\n", b"-ASK 1 a:b\r\n", b"$-7\r\n", b":1e9\r\n", b"*-1\r\n", b"+OK\r\n", b":5\r\n"]
        ),
    ),
    st.integers(0, len(OPERATIONS) - 1),
)
def test_nonsense_raises_errors_of_storage_alone(reply, number):
    with ScriptedServer(reply) as server:
        fast = RedisFast(RedisAddress(f"redis://127.0.0.1:{server.port}/0", timeout_seconds=0.05))
        try:
            answer = OPERATIONS[number](fast)
        except StorageError:
            answer = None
        assert answer is None or isinstance(answer, bool | bytes | int | list | tuple)
        fast.close()


def test_a_breaker_lets_one_call_through_now_and_then():
    now = [0.0]
    breaker = Breaker(0.5, lambda: now[0])
    assert [breaker.allows(), breaker.allows(), breaker.open] == [True, True, False]
    breaker.failed(0.0)
    assert [breaker.allows(), breaker.allows(), breaker.open] == [False, False, True]
    now[0] = 0.5
    assert [breaker.allows(), breaker.allows()] == [True, False]
    now[0] = 1.0
    assert breaker.allows()
    now[0] = 1.5
    breaker.failed(1.0)  # it took half a second, so the next one may wait three times as long
    now[0] = 2.9
    assert not breaker.allows()
    now[0] = 3.0
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows(), breaker.open] == [True, True, False]


def test_amounts_beyond_64_bits_are_refused_before_they_are_sent():
    with ScriptedServer(b":1\r\n") as server:
        fast = RedisFast(RedisAddress(f"redis://127.0.0.1:{server.port}/0"))
        for attempt in (lambda: fast.add("c", 1 << 63, 10), lambda: fast.add("", 1, 10), lambda: fast.count("k" * 201)):
            with pytest.raises(LimitExceededError):
                attempt()
        assert server.commands == 0
        fast.close()
    assert fresh_prefix() != fresh_prefix()
