"""How long the log has waited to be vouched for, and how the recorder waits with it."""

import time

import pytest

from exchange.audit.committer import Committer
from exchange.audit.proofs import COSIGNED
from exchange.audit.unit import Committed
from exchange.audit.wire import Unable
from exchange.publishing.lag import LagWatch, Voucher, WitnessCoverage
from exchange.reasons import Reason
from signer.cosignature import WitnessKey, cosign
from storage.errors import StorageUnavailableError
from tests.fakes.audit_world import START_US, memory_world, unit
from tests.fakes.signing import Pair

SECOND = 1_000_000
PAIRS = [Pair("EdDSA"), Pair("EdDSA")]
WITNESSES = [WitnessKey(f"witness.example/{at}", pair.public) for at, pair in enumerate(PAIRS)]


class Told:
    """Remembers the last lag that was told, and what was not seen."""

    def __init__(self):
        self.last = None
        self.errors = []

    def lagged(self, voucher, covered, seconds, *, alarming):
        self.last = (voucher, covered, seconds, alarming)

    def blind(self, error):
        self.errors.append(error)


@pytest.fixture
def world():
    with memory_world() as made:
        made.told = Told()
        yield made


def watch_of(world, *, quorum=2, alarm=60.0, stop=14_400.0, coverage=None):
    coverage = coverage or WitnessCoverage(world.objects, lambda: world.key, WITNESSES, quorum)
    return LagWatch(world.records, [Voucher("witnesses", coverage, alarm, stop)], world.told, world.clock, every=3600)


def started(world, **options):
    watch = watch_of(world, **options)
    watch.start()
    watch.stop()
    return watch


def cosign_now(world, by=2):
    world.integrator().run_once()
    checkpoint, note = world.log.checkpoint()
    text = note.rpartition("\n\n")[0] + "\n"
    lines = [cosign(text, WITNESSES[at], 1, PAIRS[at].sign) for at in range(by)]
    world.objects.replace(COSIGNED, (note + "".join(lines)).encode())
    return checkpoint.size


def test_nothing_waits_in_an_empty_log_nor_in_one_that_is_covered(world):
    watch = started(world)
    assert world.told.last == ("witnesses", 0, 0.0, False)
    world.fill(10)
    cosign_now(world)
    watch.look()
    assert world.told.last == ("witnesses", 10, 0.0, False)
    world.clock.us += 30 * SECOND
    assert watch.seconds("witnesses") == 0.0


def test_the_lag_is_the_age_of_the_oldest_entry_not_covered(world):
    world.fill(10)
    cosign_now(world)
    world.clock.us += 3600 * SECOND  # a quiet hour is no lag
    watch = started(world)
    assert watch.seconds("witnesses") == 0.0
    world.fill(1, first=10)
    world.clock.us += 61 * SECOND
    world.fill(1, first=11)
    watch.look()
    assert world.told.last == ("witnesses", 10, 61.0, True)
    world.clock.us += SECOND
    assert watch.seconds("witnesses") == 62.0
    again = started(world)  # a restart forgets nothing
    assert again.seconds("witnesses") == 62.0


def test_fewer_witnesses_than_the_quorum_cover_nothing(world):
    world.fill(3)
    cosign_now(world, by=1)
    assert WitnessCoverage(world.objects, lambda: world.key, WITNESSES, 2).covered() == 0
    assert WitnessCoverage(world.objects, lambda: world.key, WITNESSES, 1).covered() == 3
    world.objects.replace(COSIGNED, b"nonsense")
    assert WitnessCoverage(world.objects, lambda: world.key, WITNESSES, 1).covered() == 0


def test_a_log_that_nobody_vouched_for_yet_is_waited_for_from_the_start(world):
    world.fill(10)
    world.clock.us += 100_000 * SECOND
    watch = started(world)
    assert watch.seconds("witnesses") == 0.0
    assert watch.reason() is None
    world.clock.us += 14_401 * SECOND
    assert watch.reason() is Reason.LOG_UNWITNESSED


def test_beyond_the_limit_nothing_is_committed_until_the_lag_is_gone(world):
    world.fill(10)
    cosign_now(world)
    watch = started(world)
    committer = Committer(world.records, world.fast, world.clock, time.monotonic, world.watcher, watch.reason)
    assert isinstance(committer.commit([unit(10)])[0], Committed)
    world.clock.us += 14_400 * SECOND
    watch.look()
    assert committer.well()
    world.clock.us += SECOND
    assert committer.commit([unit(11)]) == [Unable(Reason.LOG_UNWITNESSED)]
    assert committer.trouble() is Reason.LOG_UNWITNESSED
    assert not committer.well()
    assert world.records.journal_length() == 11
    assert world.watcher.failures[-1] == (1, Reason.LOG_UNWITNESSED)
    cosign_now(world)
    watch.look()
    assert committer.well()
    assert isinstance(committer.commit([unit(11)])[0], Committed)


def test_zero_never_stops(world):
    world.fill(1)
    watch = started(world, stop=0)
    world.clock.us += 10**6 * SECOND
    watch.look()
    assert watch.reason() is None
    assert world.told.last[3]


def test_while_nothing_can_be_seen_the_time_since_then_counts(world):
    class Broken:
        def covered(self):
            raise StorageUnavailableError("away")

    watch = started(world, coverage=Broken())
    assert len(world.told.errors) == 1
    world.clock.us = START_US + 60 * SECOND
    assert watch.seconds("witnesses") == 0.0
    world.clock.us = START_US + 14_401 * SECOND
    watch.look()
    assert watch.seconds("witnesses") == 14_401.0
    assert watch.reason() is Reason.LOG_UNWITNESSED


def test_it_goes_on_looking_by_itself(world):
    coverage = WitnessCoverage(world.objects, lambda: world.key, WITNESSES, 2)
    closed = []
    watch = LagWatch(
        world.records,
        [Voucher("witnesses", coverage, 60, 0)],
        world.told,
        world.clock,
        (lambda: closed.append(True),),
        every=0.01,
    )
    watch.start()
    world.fill(5)
    cosign_now(world)
    until = time.monotonic() + 60
    while world.told.last[1] != 5 and time.monotonic() < until:
        time.sleep(0.01)
    assert world.told.last[1] == 5
    watch.stop()
    assert closed == [True]
