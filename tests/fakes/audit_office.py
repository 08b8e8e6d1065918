"""The audit office over a city's log: mandates, tree, index, and the questions of an auditor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from onceonly.v1 import audit_service_pb2 as pb

from exchange.audit import journal
from exchange.audit.export import ManifestKey
from exchange.audit.indexer import Indexer
from exchange.audit.integrator import Integrator
from exchange.audit.proofs import PublishedLog
from exchange.audit.queries import AccessQueries
from exchange.call import Caller
from exchange.edge.paging import PageTokens
from exchange.edge.servicers.audit import AuditServicer
from exchange.entities.catalogue import Mandate, Operator, Role, Status
from exchange.errors import HubError, RefusedError
from exchange.oversight.mandate import MandateDesk
from exchange.oversight.questions import OversightRoom
from exchange.purpose.limits import Limits
from signer.algorithms import SUITES
from signer.keys.files import FileKeyBackend
from storage.objects.memory import MemoryObjects
from storage.records.memory_index import MemoryAccessIndex
from tests.fakes.audit_world import log_key
from tests.fakes.licence_world import MARKET, POLICE, World, department, open_world

AUDIT = "11990100MB0000115X"
ALL, ONE, PAST, OTHERS = "mandates/all", "mandates/market", "mandates/past", "mandates/others"


def mandate(name: str, *departments: str, auditor: str = AUDIT, until: str = "2026-12-31") -> Mandate:
    return Mandate(
        name.removeprefix("mandates/"), auditor, frozenset(departments), "审计通知书第1号", "2026-01-01", until
    )


@dataclass
class Office:
    """The audit office over a city's log."""

    world: World
    room: OversightRoom
    integrator: Integrator
    indexer: Indexer
    key: ec.EllipticCurvePrivateKey
    case: str = ""

    def __post_init__(self) -> None:
        self.servicer = AuditServicer(self.room, PageTokens(b"p" * 32), lambda: self.world.hub.clock.seconds)

    def publish(self) -> None:
        """Bring tree and index up to date."""
        self.integrator.run_once()
        self.indexer.run_once()

    def caller(self, operator: str = "auditor-1") -> Caller:
        return self.world.hub.caller(AUDIT, operator)

    def ask(self, name: str, request: Any, *, caller: Caller | None = None) -> Any:
        use_case = getattr(self.servicer, name)
        return self.world.hub.run(caller or self.caller(), lambda call: use_case(call, request))

    def refusal(self, name: str, request: Any, *, caller: Caller | None = None) -> HubError:
        with pytest.raises(HubError) as caught:
            self.ask(name, request, caller=caller)
        return caught.value

    def listed(self, **filters: Any) -> list[Any]:
        request = pb.ListAccessRecordsRequest(filter=pb.AccessFilter(**{"mandate": ALL} | filters))
        return [each for each in self.ask("list_access_records", request).records if each.HasField("entry")]

    @property
    def first(self) -> int:
        """The position after what the fakes wrote into the journal to set the world up, which are no entries."""
        items = list(journal.read(self.world.hub.records, 0, self.world.hub.records.journal_length()))
        return max(item.index for item in items if item.entry == b"test") + 1


@contextmanager
def open_office(folder: Path, keys: FileKeyBackend) -> Iterator[Office]:
    """A log with issues, a case, a fetch and a refusal; tests only ask, and may add more."""
    with open_world(folder, keys=keys) as world:
        auditors = tuple(Operator(f"auditor-{n}", frozenset({Role.AUDITOR}), 2, Status.ACTIVE) for n in (1, 2))
        world.hub.publish(
            department(AUDIT, Role.AUDITOR, operators=auditors),
            mandate(ALL),
            mandate(ONE, MARKET),
            mandate(PAST, until="2025-12-31"),
            mandate(OTHERS, auditor=POLICE),
        )
        objects, index, (note_key, private) = MemoryObjects(), MemoryAccessIndex(), log_key()
        manifest = ec.generate_private_key(ec.SECP256R1())
        room = OversightRoom(
            desk=MandateDesk(world.hub.recorder, Limits(), world.tagger),
            records=world.hub.records,
            queries=AccessQueries(world.hub.records, index),
            log=PublishedLog(objects, note_key),
            tagger=world.tagger,
            manifest_key=ManifestKey("m", "ES256", lambda data: SUITES["ES256"].sign(manifest, data)),
        )
        records = world.hub.records
        office = Office(
            world, room, Integrator(records, index, objects, note_key, private.sign), Indexer(records, index), manifest
        )
        holder = world.person()
        world.issue(holder)
        office.case = world.open_case(holder)
        world.fetch(office.case)
        with pytest.raises(RefusedError):
            world.fetch(office.case, "deed")
        office.publish()
        yield office
