"""The recorder and bad peers: nonsense, late readers, those who leave; and a client whose recorder is no better."""

import contextlib
import socket
import threading
import time

import pytest

from exchange.audit import wire
from exchange.audit.errors import FrameError
from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient, RemoteFast
from exchange.audit.unit import Committed, Unit
from exchange.errors import UnavailableError
from storage.errors import StorageUnavailableError
from storage.records.changes import Insert
from tests.fakes.audit_world import entry, memory_world, unit
from tests.fakes.serving_recorder import SlowRecords, serving


@pytest.fixture
def world():
    with memory_world() as made:
        yield made


def raw_peer(path):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(str(path))
    peer.settimeout(5)
    return peer


def test_a_peer_that_sends_nonsense_is_disconnected_alone(world, tmp_path):
    path = tmp_path / "run" / "r.sock"
    with serving(world, path=path) as (_, client):
        assert client.wait_connected(5)
        for junk in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1"):
            with raw_peer(path) as peer:
                peer.sendall(junk)
                assert peer.recv(1) == b""
        assert client.commit(unit(0), 5) == Committed(0)
        assert len(world.watcher.drops) == 2


def test_a_peer_that_leaves_has_its_unit_committed_all_the_same(world, tmp_path):
    path = tmp_path / "run" / "r.sock"
    with serving(world, path=path) as (_, client):
        assert client.wait_connected(5)
        with raw_peer(path) as peer:
            peer.sendall(wire.encode_commit(1, unit(0)))
        while world.records.journal_length() < 1:
            time.sleep(0.001)
        assert client.commit(unit(1), 5) == Committed(1)


def test_a_peer_that_does_not_read_is_disconnected(world, tmp_path, monkeypatch):
    monkeypatch.setattr("exchange.audit.recorder._MAX_UNREAD_ANSWERS", 100_000)
    path = tmp_path / "run" / "r.sock"
    with serving(world, path=path) as (_, client):
        assert client.wait_connected(5)
        world.fast.put("large", b"x" * 4096, 3600)
        questions = b"".join(wire.encode_fast(number, "get", ("large",)) for number in range(10_000))
        with raw_peer(path) as peer, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            peer.sendall(questions)
            while peer.recv(65_536):
                pass
        assert client.healthy()
        assert ["does not read" in str(error) for error in world.watcher.drops] == [True]


def test_a_peer_that_reads_late_gets_everything(world, tmp_path):
    path = tmp_path / "run" / "r.sock"
    with serving(world, path=path) as (_, client):
        assert client.wait_connected(5)
        world.fast.put("large", b"x" * 4096, 3600)
        with raw_peer(path) as peer:
            for number in range(400):
                peer.sendall(wire.encode_fast(number, "get", ("large",)))
            assert client.healthy()
            frames, found = wire.FrameReader(), []
            while len(found) < 400:
                found += frames.feed(peer.recv(65_536))
        assert [wire.decode_reply(body)[0] for body in found] == list(range(400))


class FakeRecorder:
    """A peer on a socket pair that answers as the test says."""

    def __init__(self):
        self.ours, theirs = socket.socketpair()
        self.client = RecorderClient(theirs, send_seconds=0.2)

    def answer(self, frame):
        def work():
            self.ours.recv(65_536)
            self.ours.sendall(frame)

        threading.Thread(target=work).start()

    def close(self):
        self.ours.close()
        self.client.close()


@pytest.fixture
def fake():
    made = FakeRecorder()
    yield made
    made.close()


def test_an_answer_of_another_kind_is_refused(fake):
    fake.answer(wire.encode_reply(1, wire.Value(5)))
    with pytest.raises(FrameError, match="another kind"):
        fake.client.commit(unit(0), 5)
    fake.answer(wire.encode_reply(2, Committed(5)))
    with pytest.raises(FrameError, match="another kind"):
        fake.client.standing(("k",), 5)
    fast = RemoteFast(fake.client)
    fake.answer(wire.encode_reply(3, wire.Value(5)))
    with pytest.raises(StorageUnavailableError, match="another kind"):
        fast.get("k")
    fake.answer(wire.encode_reply(4, wire.Value(b"v")))
    with pytest.raises(StorageUnavailableError, match="another kind"):
        fast.count("k")


def test_calls_under_way_fail_at_once_when_the_line_drops(fake):
    fake.answer(wire.encode_reply(99, Committed(5)) + b"\x00\x00\x00\x01\xc1")
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        fake.client.commit(unit(0), 60)
    assert time.monotonic() - started < 30
    with pytest.raises(UnavailableError):
        fake.client.commit(unit(1), 60)
    assert not fake.client.wait_connected(0)


def test_a_recorder_that_takes_nothing_is_given_up(fake):
    large = Unit(entry(0), b"s" * 32, (Insert("case", "k", b"x" * 900_000),))
    with pytest.raises(UnavailableError):
        fake.client.commit(large, 20)


def test_no_recorder_no_answer(tmp_path):
    client = RecorderClient(tmp_path / "nobody.sock")
    with pytest.raises(UnavailableError):
        client.commit(unit(0), 1)
    with pytest.raises(UnavailableError):
        client.standing(("k",), 1)
    assert not client.healthy()
    client.close()
    client.close()


def test_stopping_waits_for_a_peer_that_reads_late(world, tmp_path):
    path = tmp_path / "run" / "r.sock"
    server = RecorderServer(world.records, world.fast, world.clock, world.watcher)
    server.listen(path)
    thread = threading.Thread(target=server.run)
    thread.start()
    world.fast.put("large", b"x" * 4096, 3600)
    with raw_peer(path) as peer:
        peer.sendall(b"".join(wire.encode_fast(number, "get", ("large",)) for number in range(400)))
        peer.sendall(wire.encode_commit(400, unit(0)))
        while world.records.journal_length() < 1:
            time.sleep(0.001)
        server.stop()
        frames, found = wire.FrameReader(), []
        while data := peer.recv(65_536):
            found += frames.feed(data)
    thread.join()
    assert wire.decode_reply(found[-1]) == (400, Committed(0))
    server.stop()  # once more does no harm


def test_a_peer_gone_before_its_answer_is_let_go(world):
    slow = world.records = SlowRecords(world.records)
    with serving(world) as (server, client):
        ours, theirs = socket.socketpair()
        server.attach(theirs)
        ours.sendall(wire.encode_commit(1, unit(0)))
        assert slow.reached.wait(5)
        ours.close()
        slow.go.set()
        assert client.commit(unit(1), 5) == Committed(1)
        assert client.healthy()
