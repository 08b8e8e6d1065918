"""A channel and a counter over the licence rooms' city: holders' calls without gRPC.

with open_counter(folder) as counter:
    code = counter.as_holder(person, create_presentation_code, counter.room, case, (), "")
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exchange.audit.indexer import Indexer
from exchange.audit.queries import AccessQueries
from exchange.call import Caller
from exchange.codes import uscc
from exchange.consents.room import ConsentRoom
from exchange.consents.store import PresentationStore
from exchange.entities.catalogue import FieldClass, Role
from exchange.entities.licence import Holder
from storage.records.interface import Records
from storage.records.memory_index import MemoryAccessIndex
from tests.fakes.licence_world import DEED_TYPE, HUB, World, department, open_world

CHANNEL = uscc("12990100MB0000016")
OTHER_CHANNEL = uscc("12990100MB0000017")


@dataclass
class Counter:
    """The city with two holders' channels."""

    world: World
    room: ConsentRoom
    index: MemoryAccessIndex

    def holder_caller(self, holder: Holder, channel: str = CHANNEL, age: int = 0) -> Caller:
        """A holder who logged in ``age`` seconds ago."""
        hub = self.world.hub
        caller = hub.caller(channel, None)
        return replace(caller, holder=replace(holder, name=""), assurance=2, login_time=hub.clock.seconds - age)

    def as_holder(self, holder: Holder, use_case: Any, *args: Any, **options: Any) -> Any:
        return self.world.hub.run(self.holder_caller(holder), use_case, self.room, *args, **options)

    def as_clerk(self, use_case: Any, *args: Any, **options: Any) -> Any:
        return self.world.as_clerk(use_case, self.room, *args, **options)

    def another_process(self) -> ConsentRoom:
        """The same records through caches of another process."""
        store = PresentationStore(self.world.hub.records, self.world.hub.vault, self.world.hub.blind)
        self.world.hub.caches.extend([store.presentations, store.codes, store.fallbacks])
        return replace(self.room, store=store)

    def publish_deed(self, field_class: FieldClass) -> None:
        """All fields of the deed, which the food case needs by consent, become of this class."""
        fields = tuple(replace(each, field_class=field_class) for each in DEED_TYPE.fields)
        self.world.hub.publish(replace(DEED_TYPE, fields=fields))

    def indexed(self) -> None:
        Indexer(self.world.hub.records, self.index).run_once()


@contextmanager
def open_counter(folder: Path, records: Records | None = None, keys: Any = None) -> Iterator[Counter]:
    with open_world(folder, records=records, keys=keys) as world:
        yield counter_over(world)


def counter_over(world: World) -> Counter:
    """Put two holders' channels in force in a world that is open already."""
    hub = world.hub
    hub.publish(department(CHANNEL, Role.HOLDER_CHANNEL), department(OTHER_CHANNEL, Role.HOLDER_CHANNEL))
    store = PresentationStore(hub.records, hub.vault, hub.blind)
    hub.caches.extend([store.presentations, store.codes, store.fallbacks])
    index = MemoryAccessIndex()
    room = ConsentRoom(
        HUB, world.case_room, store, AccessQueries(hub.records, index), lambda: world.keys.signer("receipts")
    )
    return Counter(world, room, index)
