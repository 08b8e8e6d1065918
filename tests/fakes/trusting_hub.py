"""A hub with a catalogue, seals, keys and a log's key, whose operators publish trust lists; a clock that tests set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from exchange.audit.proofs import LOG_VKEY
from exchange.certification import create_hub_authority, create_seal
from exchange.trust.building import Sources, Vouchers
from exchange.trust.publishing import prospect, publish
from signer.keys.files import FileKeyBackend
from signer.note import NoteKey
from signer.trust_list import TrustList
from storage.objects.files import FileObjects
from tests.fakes.licence_world import CITY, HUB, LAND, POLICE
from tests.fakes.rooms import Hub, open_hub

SUITES = {
    "hub-ca": "ES256",
    "receipts": "ES256",
    "status-lists": "ES256",
    "trust-list": "ES256",
    "log": "EdDSA",
}
ORIGIN = "hub.qinghe.example/log"


class TrustingHub:
    """What operators have before them: ``publish`` is ``onceonly trust publish --yes``."""

    def __init__(self, hub: Hub, keys: FileKeyBackend, objects: FileObjects) -> None:
        self.hub = hub
        self.keys = keys
        self.objects = objects
        for key_id, suite in SUITES.items():
            keys.generate(key_id, suite)
        create_hub_authority(keys, objects, "hub.qinghe.example", self.now)
        objects.create(LOG_VKEY, f"{NoteKey(ORIGIN, keys.public_key('log')).vkey}\n".encode())
        self.sources = Sources(HUB, hub.catalogue, objects, keys)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.hub.clock.seconds, UTC)

    def seal(self, authority: str = POLICE) -> None:
        create_seal(self.keys, self.objects, authority, "局", self.now)

    def vouched(self, vouchers: Vouchers) -> None:
        self.sources = replace(self.sources, vouchers=vouchers)

    def prospect(self):
        return prospect(self.sources, self.hub.clock.seconds)

    def publish(self) -> TrustList:
        return publish(self.objects, self.prospect())

    def said(self) -> list[str]:
        """What would change, in words."""
        return [f"{each.kind} {each.entry}" for each in self.prospect().changes]


@contextmanager
def open_trusting_hub(folder: Path) -> Iterator[TrustingHub]:
    objects = FileObjects(folder / "objects")
    with open_hub() as hub:
        hub.publish(*CITY)
        made = TrustingHub(hub, FileKeyBackend(folder / "keys", b"a passphrase for tests"), objects)
        made.seal(POLICE)
        made.seal(LAND)
        yield made
    objects.close()
