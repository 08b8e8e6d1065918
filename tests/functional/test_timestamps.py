"""The hub's task that has checkpoints stamped, against a real authority (``openssl ts``) behind HTTP."""

import time

import pytest

from exchange.audit.errors import LogForkError
from exchange.audit.proofs import COSIGNED, PublishedLog
from exchange.audit.stamped import LATEST, latest_size, note_name, read_stamped, response_name
from exchange.publishing.errors import PostError, StampError
from exchange.publishing.lag import StampCoverage
from exchange.publishing.posting import Poster
from exchange.publishing.timestamps import TimestampTask
from signer.timestamp import check_response
from tests.fakes.audit_world import disk_world, memory_world
from tests.fakes.time_stamps import NO_OPENSSL, OPENSSL, StampAuthority, StampServer

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=NO_OPENSSL)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return StampAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(authority):
    with StampServer(authority) as made:
        yield made


@pytest.fixture
def world():
    with memory_world() as made:
        yield made


def task_of(world, server, roots, *, cosigned_only=False, clock=time.time):
    log = PublishedLog(world.objects, world.key)
    poster = Poster(None, 60)
    return TimestampTask(log, world.objects, server.url, roots, poster, clock, 60.0, cosigned_only=cosigned_only)


def grow(world, count):
    world.fill(count, first=world.records.journal_length())
    world.integrator().run_once()


def test_what_is_kept_verifies_with_openssl_and_with_us(tmp_path, authority, server):
    with disk_world(tmp_path) as world:
        task = task_of(world, server, [authority.root_der])
        task.run_once()  # nothing is published yet
        for size in (10, 300):
            grow(world, size - world.records.journal_length())
            task.run_once()
            kept = read_stamped(world.objects, size)
            assert kept.note.decode() == world.log.note()
            assert authority.verifies(kept.note, kept.response)
            assert abs(check_response(kept.response, kept.note, [authority.root_der]) - time.time()) < 3600
            assert latest_size(world.objects) == size
        assert server.requests == 2
        task.run_once()
        assert server.requests == 2  # it has not grown: nothing is asked
        assert StampCoverage(world.objects, lambda: world.key, [authority.root_der]).covered() == 300
        stranger = StampAuthority(tmp_path / "stranger")
        assert StampCoverage(world.objects, lambda: world.key, [stranger.root_der]).covered() == 0


def test_where_witnesses_are_configured_only_a_cosigned_checkpoint_is_stamped(world, authority, server):
    task = task_of(world, server, [authority.root_der], cosigned_only=True)
    grow(world, 10)
    task.run_once()
    assert latest_size(world.objects) == 0
    world.objects.replace(COSIGNED, world.log.note().encode())
    grow(world, 10)
    task.run_once()
    assert latest_size(world.objects) == 10


def test_an_authority_out_of_order_is_asked_again(world, authority, server):
    task = task_of(world, server, [authority.root_der])
    grow(world, 10)
    server.broken = True
    with pytest.raises(StampError, match="503"):
        task.run_once()
    assert not world.objects.exists(response_name(10))
    server.broken = False
    task.run_once()
    assert latest_size(world.objects) == 10


def test_a_stamp_that_does_not_hold_is_not_kept(world, tmp_path, server):
    grow(world, 10)
    stranger = StampAuthority(tmp_path / "stranger")
    with pytest.raises(StampError, match="does not hold"):
        task_of(world, server, [stranger.root_der]).run_once()
    assert not world.objects.exists(response_name(10))
    assert not world.objects.exists(LATEST)


def test_clocks_that_are_minutes_apart_are_not_believed(world, authority, server):
    grow(world, 10)
    with pytest.raises(StampError, match="apart"):
        task_of(world, server, [authority.root_der], clock=lambda: time.time() - 1000).run_once()


def test_an_interrupted_run_is_finished_over_the_note_that_was_kept(world, authority, server):
    grow(world, 10)
    task = task_of(world, server, [authority.root_der])
    earlier = world.log.note()
    world.objects.create(note_name(10), earlier.encode())
    world.objects.replace("log/checkpoint", (earlier + "— witness.example AAAAAAAA\n").encode())
    task.run_once()
    kept = read_stamped(world.objects, 10)
    assert kept.note == earlier.encode()
    assert authority.verifies(kept.note, kept.response)
    world.objects.delete(LATEST)
    task.run_once()  # the pair is there: its name alone is written again
    assert latest_size(world.objects) == 10
    assert read_stamped(world.objects, 10) == kept


def test_a_kept_note_of_another_tree_is_a_fork(world, authority, server):
    grow(world, 10)
    with memory_world() as other:
        other.fill(10, first=100)
        other.integrator().run_once()
        world.objects.create(note_name(10), other.log.note().encode())
    with pytest.raises(LogForkError, match="another tree"):
        task_of(world, server, [authority.root_der]).run_once()
    world.objects.replace(note_name(10), b"nonsense")
    with pytest.raises(LogForkError, match="not the log's own"):
        task_of(world, server, [authority.root_der]).run_once()


def test_nobody_at_the_address(world, authority, server):
    grow(world, 10)
    server.url = "http://127.0.0.1:9/"
    with pytest.raises(PostError):
        task_of(world, server, [authority.root_der]).run_once()
