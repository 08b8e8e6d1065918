"""A hub without gRPC for tests of the use cases: real records, vault and recorder, a clock that the test sets.

    with open_hub() as hub:
        hub.publish(*sample_entities())
        view = hub.run(hub.caller(MARKET, "clerk"), open_case, room, new_case)

``run`` does what the pipeline does around a use case: it makes the call, runs the use case, commits, and starts over
when something read was stale. ``call`` and ``commit`` are there for tests that look at one attempt.
"""

import hashlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange.audit.entry import RecordDraft, Tagger, finish, key_epoch, new_salt
from exchange.audit.recorder import RecorderServer
from exchange.audit.recorder_client import RecorderClient
from exchange.audit.unit import Committed, Unit
from exchange.cache import RecordCache
from exchange.call import Call, Caller, Position
from exchange.catalogue.codec import code_of, digest, kind_of
from exchange.catalogue.store import (
    CatalogueStore,
    EntryHead,
    bump_epoch,
    write_head,
    write_revision,
)
from exchange.entities.catalogue import Entity
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import HubError, StaleError, UnavailableError
from exchange.reasons import Reason
from storage.blind import BlindIndex
from storage.fast.interface import Fast
from storage.fast.memory import MemoryFast
from storage.records.changes import Change
from storage.records.interface import Records
from storage.records.memory import MemoryRecords
from storage.records.sqlite import SqliteRecords
from storage.vault import KIND as DATA_KEY
from storage.vault import Vault
from tests.fakes.made_databases import make

START = 1_767_225_600  # 2026-01-01T00:00:00Z
NO_SCOPE: tuple[frozenset[str], frozenset[str], frozenset[str]] = (frozenset(), frozenset(), frozenset())


class AesWrapper:
    """Wraps data keys with one AES-256-GCM key, as a key backend does."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._cipher.decrypt(wrapped[:12], wrapped[12:], context)


@dataclass(slots=True)
class Clock:
    """Microseconds since 1970 (UTC), as the test sets them."""

    us: int = START * 1_000_000

    def advance(self, seconds: float) -> None:
        self.us += int(seconds * 1_000_000)

    @property
    def seconds(self) -> int:
        return self.us // 1_000_000


class QuietObserver:
    """Keeps what the recorder reported, so that a test can look."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def committed(self, units: int, kept: int, seconds: float) -> None:
        return

    def failed(self, units: int, reason: Reason, error: Exception | None) -> None:
        if error is not None:
            self.errors.append(error)

    def counts_lost(self, error: Exception) -> None:
        self.errors.append(error)

    def dropped(self, error: Exception) -> None:
        self.errors.append(error)


class Hub:
    """The dependencies of every room. ``caches``: those a retry forgets; rooms' caches are added by the test."""

    def __init__(self, records: Records, recorder: RecorderClient, fast: Fast, clock: Clock) -> None:
        self.records = records
        self.recorder = recorder
        self.fast = fast
        self.clock = clock
        self.blind = BlindIndex(b"b" * 32)
        self.vault = Vault(records, AesWrapper(b"w" * 32))
        self.tagger = Tagger(self.blind)
        self.catalogue = CatalogueStore(records)
        self.caches: list[RecordCache[Any]] = []

    @property
    def register(self) -> Register:
        return self.catalogue.load_register()

    def publish(self, *entities: Entity, author: str = "author", publisher: str = "publisher") -> None:
        """Put entities in force at once, as if two people had published them."""
        for entity in entities:
            kind, code = kind_of(entity), code_of(entity)
            head, version = self.catalogue.head(kind, code)
            changes: list[Change] = []
            if head.in_force:
                old = self.catalogue.stored(kind, code, head.in_force)
                assert old is not None
                superseded = replace(old.revision, state=RevisionState.SUPERSEDED, superseded_time=self.clock.seconds)
                changes.append(write_revision(superseded, old.version))
            revision = Revision(
                kind=kind,
                code=code,
                number=head.latest + 1,
                state=RevisionState.PUBLISHED,
                entity=entity,
                digest=digest(entity),
                author=author,
                publisher=publisher,
                proposed_time=self.clock.seconds,
                published_time=self.clock.seconds,
                superseded_time=0,
                note="",
            )
            new_head = EntryHead(latest=revision.number, in_force=revision.number, waiting=head.waiting)
            changes += [write_revision(revision, 0), write_head(kind, code, new_head, version)]
            changes.append(bump_epoch(self.catalogue.epoch(), self.clock.seconds))
            self.write(*changes)

    def write(self, *changes: Change) -> None:
        """Commit changes outside any call."""
        answer = self.recorder.commit(Unit(b"test", new_salt(), changes), 5)
        assert isinstance(answer, Committed), answer

    def caller(
        self,
        department: str,
        operator: str | None,
        *,
        assurance: int = 2,
        scope: tuple[frozenset[str], frozenset[str], frozenset[str]] = NO_SCOPE,
    ) -> Caller:
        """A registered operator of a department in force, as authentication would find them."""
        register = self.register
        person = register.operators[department, operator] if operator is not None else None
        return Caller(register.departments[department], person, "test-system", assurance, scope)

    def call(
        self, caller: Caller, *, register: Register | None = None, used_before: frozenset[bytes] = frozenset()
    ) -> Call:
        """One attempt at a call of ``caller`` on the catalogue in force."""
        draft = RecordDraft(
            method="onceonly.v1.TestService/Call",
            request_id=str(uuid.uuid4()),
            department=caller.department.uscc,
            system=caller.system,
            region=caller.department.region,
            sealed_owner=f"hub-{key_epoch(self.clock.us)}",
        )
        if caller.operator is not None:
            epoch = key_epoch(self.clock.us)
            draft.operator_tag = self.tagger.operator(caller.department.uscc, caller.operator.id, epoch)
        return Call(
            caller=caller,
            register=register or self.register,
            draft=draft,
            recorder=self.recorder,
            vault=self.vault,
            finish=self._finish,
            now_us=self.clock.us,
            deadline=time.monotonic() + 30,
            used_before=used_before,
        )

    def commit(self, call: Call, outcome: str = "allowed") -> Position:
        """Commit a call as the pipeline does."""
        return call.commit(call.prepare(outcome))

    def run(self, caller: Caller, use_case: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """The answer of a use case after its call was committed (by itself or here)."""
        for _ in range(5):
            call = self.call(caller)
            try:
                answer = use_case(call, *args, **options)
                if call.committed is None:
                    self.commit(call)
            except StaleError as error:
                self.refresh(error)
                continue
            except HubError as error:
                if call.committed is not None or isinstance(error, UnavailableError):
                    raise
                if self.record_refusal(call, error):
                    raise
                continue
            return answer
        raise AssertionError("stale five times running")

    def record_refusal(self, call: Call, error: HubError) -> bool:
        """Commit a refusal's record as the pipeline does; false if it rested on stale reads, which are forgotten."""
        call.drop_changes()
        call.drop_charges()
        call.draft.events.clear()
        try:
            call.commit(call.prepare("refused", tuple(error.reasons)))
        except StaleError as stale:
            self.refresh(stale)
            return False
        return True

    def refresh(self, stale: StaleError) -> None:
        for kind, key in stale.subjects:
            if kind == DATA_KEY:
                self.vault.forget(key)
            self.forget(kind, key)

    def forget(self, kind: str, key: str) -> None:
        for cache in self.caches:
            if cache.kind == kind:
                cache.forget(key)

    def _finish(
        self, call: Call, outcome: str, reasons: tuple[str, ...], response_digest: bytes
    ) -> tuple[bytes, bytes]:
        entry = finish(
            call.draft,
            time_us=call.now_us,
            outcome=outcome,
            reasons=reasons,
            response_digest=response_digest,
            request_digest=hashlib.sha256(call.draft.request_id.encode()).digest(),
            seal=lambda owner, plaintext, context: call.data_key(owner).seal(plaintext, context),
        )
        return entry, new_salt()


@contextmanager
def open_hub(folder: Path | None = None, records: Records | None = None, fast: Fast | None = None) -> Iterator[Hub]:
    """A hub on an SQLite file in ``folder`` (None: in memory), its recorder in a thread of its own.

    With ``records`` of the test's own the recorder's clock is the real one, as a server that has a clock demands.
    ``fast`` None: in memory; one of the test's own is closed by the test.
    """
    clock = Clock()
    commit_clock = (lambda: clock.us) if records is None else (lambda: time.time_ns() // 1000)
    if records is None:
        records = MemoryRecords() if folder is None else _sqlite(folder / "records.sqlite")
    fast = fast or MemoryFast(lambda: clock.us / 1_000_000, 100_000)
    observer = QuietObserver()
    server = RecorderServer(records, fast, commit_clock, observer)
    ours, theirs = socket.socketpair()
    server.attach(theirs)
    thread = threading.Thread(target=server.run, name="test-recorder")
    thread.start()
    client = RecorderClient(ours)
    try:
        yield Hub(records, client, fast, clock)
    finally:
        client.close()
        server.stop()
        thread.join()
        records.close()


def _sqlite(path: Path) -> Records:
    make(path)
    return SqliteRecords(path, read_only=False)
