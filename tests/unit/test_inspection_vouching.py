"""What the doctor says of witnesses that do not follow the log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.audit.proofs import COSIGNED, LOG_VKEY
from exchange.cli.inspection import CHECKS, Installation, Level
from exchange.config import load
from exchange.licences.store import LicenceStore
from signer.cosignature import WitnessKey, cosign
from storage.blind import BlindIndex
from storage.vault import Vault
from tests.fakes.audit_world import START_US, World, memory_world
from tests.fakes.signing import Pair
from tests.unit.test_config import NAMED, written

PAIR = Pair("EdDSA")
WITNESS = WitnessKey("witness.example/w1", PAIR.public)
START = datetime.fromtimestamp(START_US / 1e6, UTC)


class Closed:
    """Opens no licence: this check needs none."""

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        raise AssertionError

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        raise AssertionError


def said(world: World, place: Path, after: timedelta) -> tuple[Level, str]:
    """What is found so long after the log's first entry."""
    witness = f'{{vkey = "{WITNESS.vkey}", url = "https://witness.example"}}'
    config = load(written(place, f"{NAMED}[witnesses]\ncosigners = [{witness}]\nquorum = 1\n"))
    licences = LicenceStore(world.records, world.objects, Vault(world.records, Closed()), BlindIndex(b"b" * 32))
    hub = Installation(config, world.records, world.index, world.objects, licences, START + after)
    (found,) = dict(CHECKS)["vouching"](hub)
    return found.level, found.text


def test_a_log_that_its_witnesses_do_not_follow_is_not_told_as_well(tmp_path: Path) -> None:
    with memory_world() as world:
        world.objects.replace(LOG_VKEY, world.key.vkey.encode())
        world.fill(3)
        world.integrator().run_once()
        _, note = world.log.checkpoint()
        line = cosign(note.rpartition("\n\n")[0] + "\n", WITNESS, 1, PAIR.sign)
        world.objects.replace(COSIGNED, (note + line).encode())
        assert said(world, tmp_path, timedelta(days=9)) == (Level.OK, "witnesses cover 3 entries")
        world.fill(1, first=3)
        assert said(world, tmp_path, timedelta(seconds=50))[0] is Level.OK
        level, text = said(world, tmp_path, timedelta(seconds=90))
        assert level is Level.NOTICE
        assert text.startswith("witnesses cover 3 entries, and the next has waited for 90 s: ")
        assert said(world, tmp_path, timedelta(hours=5))[0] is Level.PROBLEM
