"""A small access log to test with: real stores, a clock that tests move, and a way to put entries in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.audit.committer import Committer
from exchange.audit.entry import ItemDraft, Outcome, RecordDraft, finish
from exchange.audit.indexer import Indexer
from exchange.audit.integrator import Integrator
from exchange.audit.proofs import PublishedLog
from exchange.audit.unit import Charge, Unit
from exchange.audit.wire import Reply
from exchange.reasons import Reason
from signer.note import NoteKey
from storage.fast.memory import MemoryFast
from storage.objects.files import FileObjects
from storage.objects.interface import Objects
from storage.objects.memory import MemoryObjects
from storage.records.changes import Change
from storage.records.interface import AccessIndex, Records
from storage.records.memory import MemoryRecords
from storage.records.memory_index import MemoryAccessIndex
from storage.records.migrate import Database
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_index import SqliteAccessIndex
from tests.fakes.made_databases import make

START_US = 1_790_000_000_000_000
LOG_SEED = bytes(range(32))
DEPARTMENT = "11310000MB2F30046T"
OTHER_DEPARTMENT = "11310000MB2F30047R"
MATTER = "1131000000245218X400013500100001"[:31]


@dataclass
class Clock:
    """Microseconds since 1970, moved by the test."""

    us: int = START_US

    def __call__(self) -> int:
        return self.us


@dataclass
class Watcher:
    """Remembers what the recorder tells its observer."""

    batches: list[tuple[int, int]] = field(default_factory=list)
    failures: list[tuple[int, Reason]] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)
    drops: list[Exception] = field(default_factory=list)

    def committed(self, units: int, kept: int, seconds: float) -> None:
        assert seconds >= 0
        self.batches.append((units, kept))

    def failed(self, units: int, reason: Reason, error: Exception | None) -> None:
        self.failures.append((units, reason))

    def counts_lost(self, error: Exception) -> None:
        self.lost.append(error)

    def dropped(self, error: Exception) -> None:
        self.drops.append(error)


def log_key() -> tuple[NoteKey, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.from_private_bytes(LOG_SEED)
    return NoteKey("log.onceonly.example", private.public_key()), private


def entry(
    number: int, *, department: str = DEPARTMENT, outcome: str = Outcome.ALLOWED, time_us: int | None = None
) -> bytes:
    """A plausible entry; its holder and operator follow from ``number``."""
    draft = RecordDraft(
        method="onceonly.v1.ExchangeService/FetchLicence",
        request_id=f"00000000-0000-4000-8000-{number:012d}",
        department=department,
        system="counter-1",
        region="310000",
        operator_tag=b"operator" + (number % 3).to_bytes(8),
        purpose="service",
        matter=MATTER,
        matter_revision=1,
        case_tag=b"the-case" + number.to_bytes(8),
    )
    draft.item(
        ItemDraft(
            requirement="identity",
            licence_type="1" * 21,
            holder_tag=b"a-holder" + (number % 5).to_bytes(8),
            licence_tag=b"alicence" + number.to_bytes(8),
            outcome=outcome,
            fields_requested=("name",),
            fields_released=("name",) if outcome == Outcome.ALLOWED else (),
        )
    )
    return finish(
        draft,
        time_us=START_US + number if time_us is None else time_us,
        outcome=outcome,
        reasons=() if outcome == Outcome.ALLOWED else (Reason.CASE_NOT_OPEN,),
        response_digest=b"r" * 32,
        request_digest=b"q" * 32,
        seal=lambda owner, plaintext, context: plaintext,
    )


def salt(number: int) -> bytes:
    return number.to_bytes(32)


def unit(number: int, *changes: Change, charges: tuple[Charge, ...] = ()) -> Unit:
    return Unit(entry(number), salt(number), changes, charges)


@dataclass
class World:
    """One log: the journal's records, the index, the objects, and what works on them."""

    records: Records
    index: AccessIndex
    objects: Objects
    clock: Clock = field(default_factory=Clock)
    watcher: Watcher = field(default_factory=Watcher)

    def __post_init__(self) -> None:
        self.fast = MemoryFast(lambda: self.clock.us / 1e6, 10_000)
        self.key, self.private = log_key()
        self.log = PublishedLog(self.objects, self.key)

    def committer(self) -> Committer:
        return Committer(self.records, self.fast, self.clock, time.monotonic, self.watcher)

    def commit(self, *units: Unit) -> list[Reply]:
        return self.committer().commit(units)

    def fill(self, count: int, *, first: int = 0, batch: int = 100) -> None:
        """Put plain entries into the journal."""
        committer = self.committer()
        for start in range(first, first + count, batch):
            committer.commit([unit(number) for number in range(start, min(start + batch, first + count))])

    def integrator(self) -> Integrator:
        return Integrator(self.records, self.index, self.objects, self.key, self.private.sign)

    def indexer(self) -> Indexer:
        return Indexer(self.records, self.index)

    def close(self) -> None:
        self.records.close()
        self.index.close()
        self.objects.close()


@contextmanager
def memory_world() -> Iterator[World]:
    world = World(MemoryRecords(), MemoryAccessIndex(), MemoryObjects())
    yield world
    world.close()


def new_records(folder: Path) -> SqliteRecords:
    make(folder / "records.db")
    return SqliteRecords(folder / "records.db", read_only=False)


@contextmanager
def disk_world(folder: Path) -> Iterator[World]:
    make(folder / "index.db", Database.INDEX)
    world = World(new_records(folder), SqliteAccessIndex(folder / "index.db"), FileObjects(folder / "objects"))
    yield world
    world.close()
