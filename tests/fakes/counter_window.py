"""Windows of a counter: worker processes, each with caches and a register of its own, that answer one request each.

A window runs the servicers through the hub's own recording, over a recorder that may lose its answer. Every answer is
held against the journal: one entry for each call, and it says what was answered.
"""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import Message
from onceonly.v1 import access_record_pb2 as log
from prometheus_client import CollectorRegistry

from exchange.attempts import Attempts
from exchange.audit import journal
from exchange.audit.entry import key_epoch, parse
from exchange.audit.unit import Answer, Committed, Recorder, Unit
from exchange.call import Caller
from exchange.cases.application_store import ApplicationStore
from exchange.cases.applications import ApplicationRoom
from exchange.cases.room import CaseRoom
from exchange.cases.store import CaseStore
from exchange.catalogue.source import RegisterSource
from exchange.catalogue.store import CatalogueStore
from exchange.clocks.due import Due, DueKind, put
from exchange.clocks.metrics import DueMetrics
from exchange.clocks.runner import DueTask
from exchange.disputes.room import DisputeRoom
from exchange.due_work import due_handlers
from exchange.edge.methods import METHODS, Access
from exchange.edge.paging import PageTokens
from exchange.edge.recording import Recording, Request
from exchange.edge.servicers.application import ApplicationServicer
from exchange.edge.servicers.case import CaseServicer
from exchange.edge.servicers.dispute import DisputeServicer
from exchange.edge.servicers.exchange import ExchangeServicer
from exchange.edge.servicers.issuance import IssuanceServicer
from exchange.edge.servicers.supervision import SupervisionServicer
from exchange.entities.catalogue import EntityKind, Matter
from exchange.errors import HubError, UnavailableError
from exchange.imports.room import ImportRoom
from exchange.imports.store import ImportStore
from exchange.known_errors import outward
from exchange.licences.exchange_room import ExchangeRoom
from exchange.licences.gathering import Gathering, StandingCache
from exchange.licences.lines import LinePlans
from exchange.licences.opening import CredentialOpener
from exchange.licences.presenting import Presenter
from exchange.licences.store import LicenceStore
from exchange.licences.supervised import licence_finder
from exchange.purpose.decision import policy_digest
from exchange.purpose.limits import Limits
from exchange.ratings.room import RatingRoom, RatingStore
from exchange.reasons import TEXTS, Reason
from exchange.results.room import ResultRoom, ResultStore
from exchange.supervision.room import SupervisionRoom, SupervisionStore
from exchange.warrants.room import WarrantRoom
from storage.records.interface import Records
from storage.vault import Vault
from tests.fakes.counter_bounds import ModelBounds
from tests.fakes.counter_city import HASTY
from tests.fakes.licence_world import World
from tests.fakes.rooms import NO_SCOPE, AesWrapper

MANY = Limits(fetches_per_hour=10**6, checks_per_hour=10**6, cases_per_day=10**6, refusals=10**6, trawl_extra=10**6)
"""Of all but the hasty clerk: narrow limits would hide everything else that the model is about."""
_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


class LossyRecorder:
    """A recorder that commits; its next answer may be lost on the way, and something may happen just before it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.lose_next = False
        self.meanwhile: Callable[[], None] | None = None

    def commit(self, unit: Unit, timeout: float) -> Answer:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        answer = self._recorder.commit(unit, max(timeout, 30.0))
        if self.lose_next and isinstance(answer, Committed):
            self.lose_next = False
            raise UnavailableError(Reason.AUDIT_UNAVAILABLE)
        return answer

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        return self._recorder.standing(keys, max(timeout, 30.0))

    def healthy(self) -> bool:
        return self._recorder.healthy()


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a department's system sends it: ``method`` is ``CaseService/AcceptCase``."""

    method: str
    message: Message
    department: str
    operator: str = "clerk"

    @property
    def request_id(self) -> str:
        return str(getattr(self.message, "request_id", ""))

    @property
    def access(self) -> Access:
        return METHODS[f"onceonly.v1.{self.method}"].access


@dataclass(frozen=True, slots=True)
class Told:
    """What a call came to: an answer (None if it was lost), or the reasons of a refusal as the caller sees them.

    ``bounds``: the limits of time that its operator had reached when it was committed.
    """

    answer: Any = None
    reasons: frozenset[str] = frozenset()
    bounds: frozenset[str] = frozenset()


class Window:
    """One worker process, which reads ``records`` and writes through the hub's recorder."""

    def __init__(self, world: World, records: Records, limits: Limits = MANY) -> None:
        hub = world.hub
        self.recorder = LossyRecorder(hub.recorder)
        self.registers = RegisterSource(CatalogueStore(records))
        vault = Vault(records, AesWrapper(b"w" * 32))
        cases = CaseStore(records, vault, hub.blind)
        licences = LicenceStore(records, world.objects, vault, hub.blind)
        applications = ApplicationStore(records, vault, hub.blind)
        self.caches: tuple[Any, ...] = (
            *(applications.applications, applications.numbers, licences.licences, licences.holdings, licences.numbers),
            *(cases.cases, cases.clocks, cases.consents, cases.consent_cases, cases.numbers),
            *(cases.evidence.lines, cases.evidence.exclusions, cases.disputes.disputes),
        )
        shared: dict[str, Any] = {
            "registers": self.registers,
            "recorder": self.recorder,
            "vault": vault,
            "tagger": world.tagger,
            "limits": limits,
            "caches": self.caches,
            "clock_us": lambda: hub.clock.us,
        }
        self.recording = Recording(records=records, **shared)
        case_room = CaseRoom(cases, CatalogueStore(records), world.tagger, limits)
        self.servicers = _servicers(world, records, case_room, licences, applications, self.recorder, vault)
        self.due_task = DueTask(
            records=records,
            attempts=Attempts(**shared),
            registers=self.registers,
            handlers=due_handlers(case_room, records, vault),
            metrics=DueMetrics(CollectorRegistry()),
            clock_us=lambda: hub.clock.us,
        )

    def answer(self, ask: Ask, *, lost: bool = False, meanwhile: Callable[[], None] | None = None) -> Told:
        """What the caller sees; nothing at all if the answer is ``lost`` on its way.

        ``meanwhile`` happens when the call has been decided, and before it is committed.
        """
        self.recorder.lose_next, self.recorder.meanwhile = lost, meanwhile
        try:
            body = self.recording.answer(self._request(ask), lambda call: self._run(ask, call)).body
        except UnavailableError as error:
            if lost and error.reasons == (Reason.AUDIT_UNAVAILABLE,):
                return Told()
            raise
        except HubError as error:
            return Told(reasons=frozenset(outward(error.reasons)))
        finally:
            assert not (lost and self.recorder.lose_next), "nothing was committed"
            self.recorder.lose_next = False
        name = ask.method.partition("/")[2]
        response = getattr(sys.modules[type(ask.message).__module__], f"{name}Response")
        return Told(response.FromString(body))

    def _run(self, ask: Ask, call: Any) -> Message:
        service, _, name = ask.method.partition("/")
        method = getattr(self.servicers[service], _WORDS.sub("_", name).lower())
        answer: Message = method(call, ask.message)
        return answer

    def _request(self, ask: Ask) -> Request:
        name = f"onceonly.v1.{ask.method}"
        register = self.registers.current()
        department, operator = register.departments[ask.department], register.operators[ask.department, ask.operator]
        return Request(
            method=name,
            rule=METHODS[name],
            caller=Caller(department, operator, "window", 2, NO_SCOPE),
            request_id=ask.request_id,
            raw=ask.message.SerializeToString(deterministic=True),
            deadline=time.monotonic() + 60,
            validate_only=getattr(ask.message, "validate_only", False),
        )


class Counter:
    """Windows over one hub, and the journal that every one of their calls must be in."""

    def __init__(self, world: World, reader: Callable[[], Records], narrow: Limits) -> None:
        self.world = world
        self.windows = (Window(world, reader()), Window(world, reader()))
        self.narrow = (Window(world, reader(), narrow), Window(world, reader(), narrow))
        self.bounds = ModelBounds(narrow)
        self.hub_itself = Window(world, reader())
        self.expected_length = world.hub.records.journal_length()
        self.told_of: set[str] = set()
        """Ids of requests whose events the journal has."""

    def deliver(
        self, ask: Ask, window: int, *, lost: bool = False, meanwhile: Callable[[], None] | None = None
    ) -> Told:
        """Send a request to a window, and hold its answer against the one entry that it left."""
        hasty = ask.operator == HASTY
        told = (self.narrow if hasty else self.windows)[window].answer(ask, lost=lost, meanwhile=meanwhile)
        (entry,) = self.new_entries()
        assert (entry.method, entry.request_id) == (f"onceonly.v1.{ask.method}", ask.request_id)
        assert entry.department == ask.department
        refused = entry.outcome == log.OUTCOME_REFUSED
        assert bool(entry.reasons) == (entry.outcome != log.OUTCOME_ALLOWED)
        assert all(TEXTS[Reason(reason)].en and TEXTS[Reason(reason)].zh for reason in entry.reasons)
        recorded = frozenset(outward([Reason(reason) for reason in entry.reasons]) if refused else ())
        if lost:
            told = Told(reasons=recorded)
        elif ask.access is not Access.FETCH:  # which may answer that every line is refused
            assert told.reasons == recorded
        if hasty:
            told = replace(told, bounds=self.bound(ask, entry))
        if entry.events:
            assert ask.request_id not in self.told_of, "a repeat says that it happened again"
            self.told_of.add(ask.request_id)
        return told

    def bound(self, ask: Ask, entry: Any) -> frozenset[str]:
        """What bounded the operator before this entry, which is counted from now on."""
        clock = self.world.hub.clock
        who, now = f"{ask.department} {ask.operator} {key_epoch(clock.us)}", clock.seconds
        before = self.bounds.in_the_way(ask.method, who, now)
        self.bounds.note(ask.method, who, entry.outcome, entry.reasons, now)
        return before

    def run_due(self) -> list[str]:
        """Run what is due, as the hub does by itself: an entry of its own for each; the types of what it tells."""
        for _ in range(2):  # what the first run puts is due then
            self.hub_itself.due_task.run_once()
        entries = self.new_entries()
        for entry in entries:
            assert entry.method.startswith("onceonly.clocks/")
            assert entry.outcome == log.OUTCOME_ALLOWED
        return [event.type for entry in entries for event in entry.events]

    def publish(self, *entities: Any) -> None:
        """Put a revision in force while windows are open, as ``publish_entry`` does: they have not heard of it."""
        hub = self.world.hub
        hub.publish(*entities)
        for entity in entities:
            if isinstance(entity, Matter) and any(line.withdrawn for line in entity.evidence):
                revision = hub.register.revisions[EntityKind.MATTER, entity.code].number
                hub.write(put(Due(hub.clock.seconds, DueKind.GUIDE_WITHDRAWAL, f"{entity.code}/{revision}")))
        self.expected_length = self.world.hub.records.journal_length()

    def new_entries(self) -> list[Any]:
        """What the journal got since it was looked at last."""
        records = self.world.hub.records
        first, self.expected_length = self.expected_length, records.journal_length()
        return [parse(item.entry) for item in journal.read(records, first, self.expected_length)]


def _servicers(
    world: World,
    records: Records,
    case_room: CaseRoom,
    licences: LicenceStore,
    applications: ApplicationStore,
    recorder: Recorder,
    vault: Vault,
) -> dict[str, Any]:
    hub = world.hub
    gathering = Gathering(
        cases=case_room.store,
        plans=LinePlans(case_room.catalogue),
        records=records,
        standing=StandingCache(recorder, lambda: hub.clock.us / 1e6),
        tagger=world.tagger,
        limits=case_room.limits,
    )
    opener = CredentialOpener(licences, world.trust, world.seconds.demands)
    exchange_room = ExchangeRoom(licences, gathering, opener, Presenter(), world.receipts, policy_digest())
    licence_room = replace(world.room, records=records, store=licences)
    supervision = SupervisionRoom(SupervisionStore.over(records, vault), case_room, licence_finder(licence_room))
    ratings = RatingRoom(RatingStore.over(records, vault), case_room, hub.blind)
    result_room = ResultRoom(ResultStore.over(records, vault), case_room, licence_room, ratings, supervision)
    imports = ImportStore(records, vault, hub.blind, licences)
    import_room = ImportRoom(licence_room, imports, lambda: world.keys.signer("receipts"), result_room)
    tokens = PageTokens(b"p" * 32)
    application_room = ApplicationRoom(case_room, applications)
    return {
        "ApplicationService": ApplicationServicer(application_room),
        "CaseService": CaseServicer(case_room, exchange_room, tokens, world.materials, result_room),
        "DisputeService": DisputeServicer(DisputeRoom(case_room, licences), tokens),
        "ExchangeService": ExchangeServicer(exchange_room, application_room, WarrantRoom(exchange_room, {})),
        "IssuanceService": IssuanceServicer(licence_room, tokens, result_room, import_room),
        "SupervisionService": SupervisionServicer(supervision, tokens),
    }
