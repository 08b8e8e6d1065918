"""Recording over the licence rooms' city: what a worker does between a servicer and the recorder, without gRPC.

with open_world(folder) as world:
    desk = Desk(world)
    desk.answer(desk.request("ExchangeService/FetchLicence", message), use_case)
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.message import Message
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import case_service_pb2, exchange_service_pb2

from exchange.audit.recorder_client import RecorderClient
from exchange.audit.unit import Answer, Note, Unit
from exchange.call import Call, Caller
from exchange.cases.application_store import ApplicationStore
from exchange.cases.applications import ApplicationRoom
from exchange.catalogue.source import RegisterSource
from exchange.edge.methods import METHODS
from exchange.edge.paging import PageTokens
from exchange.edge.recording import Recorded, Recording, Request
from exchange.edge.servicers.case import CaseServicer
from exchange.edge.servicers.exchange import ExchangeServicer
from exchange.errors import InvalidError, NotFoundError, RefusedError, UnavailableError
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from exchange.warrants.room import WarrantRoom
from tests.fakes.licence_world import MARKET, World


def new_id() -> str:
    return str(uuid.uuid4())


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    """Why a call that must not succeed did not."""
    with pytest.raises((RefusedError, NotFoundError, InvalidError, UnavailableError)) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def last(world: World) -> log.AccessEntry:
    """The newest entry of the log."""
    return world.records()[-1]


class SwitchedRecorder:
    """A recorder that tests switch off: it is away, or it commits and its answer is lost."""

    def __init__(self, recorder: RecorderClient) -> None:
        self._recorder = recorder
        self.away = False
        self.lose_answers = 0
        self.units: list[Unit] = []
        self.notes: list[Note] = []
        self.timeouts: list[float] = []
        self.before: Callable[[], None] = lambda: None

    def commit(self, unit: Unit, timeout: float) -> Answer:
        self.timeouts.append(timeout)
        self.before()
        if self.away:
            raise UnavailableError(Reason.AUDIT_UNAVAILABLE)
        answer = self._recorder.commit(unit, timeout)
        self.units.append(unit)
        if self.lose_answers:
            self.lose_answers -= 1
            raise UnavailableError(Reason.AUDIT_UNAVAILABLE)
        return answer

    def note(self, note: Note, timeout: float) -> bool:
        if self.away:
            raise UnavailableError(Reason.AUDIT_UNAVAILABLE)
        self.notes.append(note)
        return self._recorder.note(note, timeout)

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        return self._recorder.standing(keys, timeout)

    def healthy(self) -> bool:
        return not self.away


class Desk:
    """One worker process: caches and register of its own."""

    def __init__(self, world: World, limits: Limits | None = None, commit_seconds: float = 2.0) -> None:
        self.world = world
        self.limits = limits or Limits()
        self.recorder = SwitchedRecorder(world.hub.recorder)
        self.registers = RegisterSource(world.hub.catalogue)
        self.recording = Recording(
            registers=self.registers,
            records=world.hub.records,
            recorder=self.recorder,
            vault=world.hub.vault,
            tagger=world.tagger,
            limits=self.limits,
            caches=world.hub.caches,
            clock_us=lambda: world.hub.clock.us,
            commit_seconds=commit_seconds,
        )
        tokens = PageTokens(b"p" * 32)
        self.cases = CaseServicer(world.case_room, world.exchange_room, tokens, world.materials, world.result_room)
        applications = ApplicationStore(world.hub.records, world.hub.vault, world.hub.blind)
        room = world.new_exchange_room(self.limits)
        self.exchange = ExchangeServicer(room, ApplicationRoom(world.case_room, applications), WarrantRoom(room, {}))

    def request(
        self, method: str, message: Message, *, department: str = MARKET, operator: str = "clerk", **changes: Any
    ) -> Request:
        name = f"onceonly.v1.{method}"
        return replace(
            Request(
                method=name,
                rule=METHODS[name],
                caller=self.caller(department, operator),
                request_id=getattr(message, "request_id", ""),
                raw=message.SerializeToString(),
                deadline=time.monotonic() + 30,
                validate_only=getattr(message, "validate_only", False),
            ),
            **changes,
        )

    def caller(self, department: str = MARKET, operator: str = "clerk") -> Caller:
        """As authenticated under the register that this process has."""
        register = self.registers.current()
        nobody = (frozenset[str](), frozenset[str](), frozenset[str]())
        return Caller(register.departments[department], register.operators[department, operator], "desk", 2, nobody)

    def answer(self, request: Request, use_case: Callable[[Call, Any], Message], message: Message) -> Recorded:
        return self.recording.answer(request, lambda call: use_case(call, message))

    def fetch(self, case: str, requirement: str = "identity", *, request_id: str = "", **changes: Any) -> Any:
        """Fetch one line; the answer as the caller parses it."""
        message = exchange_service_pb2.FetchLicenceRequest(
            case=f"cases/{case}", requirement=requirement, request_id=request_id or str(uuid.uuid4())
        )
        request = self.request("ExchangeService/FetchLicence", message, **changes)
        body = self.answer(request, self.exchange.fetch_licence, message).body
        return exchange_service_pb2.FetchLicenceResponse.FromString(body)

    def fetch_all(self, case: str, *lines: str, request_id: str = "", **changes: Any) -> Any:
        """Fetch several lines; the answer as the caller parses it."""
        message = exchange_service_pb2.FetchEvidenceRequest(
            case=f"cases/{case}", requirements=lines, request_id=request_id or str(uuid.uuid4())
        )
        request = self.request("ExchangeService/FetchEvidence", message, **changes)
        body = self.answer(request, self.exchange.fetch_evidence, message).body
        return exchange_service_pb2.FetchEvidenceResponse.FromString(body)

    def accept(self, case: str, etag: str, request_id: str, **changes: Any) -> Recorded:
        """Accept a case: a CHANGE."""
        message = case_service_pb2.AcceptCaseRequest(name=f"cases/{case}", etag=etag, request_id=request_id)
        request = self.request("CaseService/AcceptCase", message, **changes)
        return self.answer(request, self.cases.accept_case, message)

    def accept_now(self, case: str, request_id: str, **changes: Any) -> tuple[str, Recorded]:
        """Accept a case under the etag that it has; the etag, and what the hub recorded."""
        message = case_service_pb2.GetCaseRequest(name=f"cases/{case}")
        read = self.answer(self.request("CaseService/GetCase", message), self.cases.get_case, message)
        etag = case_service_pb2.GetCaseResponse.FromString(read.body).case.etag
        return etag, self.accept(case, etag, request_id, **changes)
