"""The pipeline's order and its ends, with a context in gRPC's place: who is let in, what is recorded, what leaves."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from onceonly.v1 import access_record_pb2 as log
from onceonly.v1 import audit_service_pb2 as audit
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import verification_service_pb2 as verification

from exchange.call import Call
from exchange.edge.authentication import Authenticator
from exchange.edge.methods import METHODS
from exchange.edge.pipeline import COMMITMENT_TRAILER, INDEX_TRAILER, Method, Pipeline, Timing
from exchange.edge.shares import DepartmentShares, Gate, StreamPlaces
from exchange.entities.catalogue import Role
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.callers import AUDIENCE, NOW, TlsIdentity, claims, token, token_key
from tests.fakes.edge_world import Desk
from tests.fakes.licence_world import MARKET, World, open_world
from tests.fakes.signing import Pair

PAIR, DESK_TLS = Pair(), TlsIdentity()
GET_CASE = "onceonly.v1.CaseService/GetCase"
ACCEPT = "onceonly.v1.CaseService/AcceptCase"
VERIFY = "onceonly.v1.VerificationService/VerifyCredentials"
EXPORT = "onceonly.v1.AuditService/ExportAccessRecords"


class AbortedError(Exception):
    """What ``abort_with_status`` raises."""


@dataclass
class Context:
    """One call's gRPC context; ``metadata`` and ``left`` as the client sent them."""

    metadata: list[tuple[str, str | bytes]]
    certificate: bytes = DESK_TLS.pem
    left: float | None = None
    active: bool = True
    status: status_pb2.Status | None = None
    trailers: dict[str, str | bytes] = field(default_factory=dict)

    def time_remaining(self) -> float | None:
        return self.left

    def auth_context(self) -> dict[str, list[bytes]]:
        return {"x509_pem_cert": [self.certificate]} if self.certificate else {}

    def invocation_metadata(self) -> list[tuple[str, str | bytes]]:
        return self.metadata

    def set_trailing_metadata(self, trailers: Any) -> None:
        self.trailers = dict(trailers)

    def is_active(self) -> bool:
        return self.active

    def abort_with_status(self, status: Any) -> NoReturn:
        rich = dict(status.trailing_metadata)["grpc-status-details-bin"]
        self.status = status_pb2.Status.FromString(rich)
        raise AbortedError

    @property
    def info(self) -> error_details_pb2.ErrorInfo:
        assert self.status is not None
        found = error_details_pb2.ErrorInfo()
        assert self.status.details[0].Unpack(found)
        return found


class Observer:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.at_work = 0

    def observe(self, method: str, reason: str, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((method, reason))

    def began(self) -> None:
        self.at_work += 1

    def ended(self) -> None:
        self.at_work -= 1


@dataclass
class Edge:
    """A pipeline over one desk."""

    world: World
    desk: Desk
    pipeline: Pipeline
    observer: Observer
    streams: StreamPlaces
    gate: Gate

    def context(self, **changes: Any) -> Context:
        """A good caller's."""
        text = token(PAIR, claims(MARKET, DESK_TLS, **changes))
        return Context([("user-agent", "test"), ("authorization", f"Bearer {text}")])

    def entries(self) -> list[log.AccessEntry]:
        return self.world.records()


def echo(call: Call, request: Message) -> Message:
    return request


def method(name: str, kind: type[Message], use_case: Callable[[Call, Any], Message] = echo) -> Method[Any]:
    return Method(name, METHODS[name], kind, use_case)


@pytest.fixture
def edge(tmp_path: Path, keys: FileKeyBackend) -> Iterator[Edge]:
    with open_world(tmp_path, keys=keys) as world:
        market = world.hub.register.departments[MARKET]
        clerk = next(each for each in market.operators if each.id == "clerk")
        auditor = replace(clerk, id="auditor", roles=frozenset({Role.AUDITOR}))
        world.hub.publish(
            replace(
                market,
                certificates=frozenset({DESK_TLS.spki}),
                token_keys=(token_key(PAIR),),
                operators=(*market.operators, auditor),
                roles=market.roles | {Role.AUDITOR},
            )
        )
        desk, observer, streams, gate = Desk(world), Observer(), StreamPlaces(2), Gate()
        pipeline = Pipeline(
            authenticator=Authenticator(AUDIENCE, lambda: NOW),
            registers=desk.registers,
            recording=desk.recording,
            shares=DepartmentShares(2),
            streams=streams,
            timing=Timing(default=10, longest=60),
            observer=observer,
            shut_for=gate.shut_for,
        )
        yield Edge(world, desk, pipeline, observer, streams, gate)
        assert observer.at_work == 0


def refused(edge: Edge, described: Method[Any], raw: bytes, context: Context) -> str:
    """The reasons of a refused unary call, and that nothing else was answered."""
    with pytest.raises(AbortedError):
        edge.pipeline.unary(described)(raw, context)
    assert context.trailers == {}
    assert edge.observer.seen[-1] == (described.name, context.info.reason)
    return context.info.metadata["reasons"]


def test_an_answer_carries_its_log_position(edge: Edge) -> None:
    context = edge.context()
    raw = case.GetCaseRequest(name="cases/1").SerializeToString()
    assert edge.pipeline.unary(method(GET_CASE, case.GetCaseRequest))(raw, context) == raw
    assert int(context.trailers[INDEX_TRAILER]) == len(edge.entries()) + _unparsed(edge) - 1
    assert len(context.trailers[COMMITMENT_TRAILER]) == 33
    assert edge.observer.seen == [(GET_CASE, "OK")]
    assert edge.entries()[-1].method == GET_CASE


def test_while_nothing_can_be_recorded_a_call_ends_before_anything_is_looked_at(edge: Edge) -> None:
    raw = case.GetCaseRequest(name="cases/1").SerializeToString()
    before = len(edge.entries())
    edge.gate.set(Reason.AUDIT_UNAVAILABLE)
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), raw, edge.context()) == "AUDIT_UNAVAILABLE"
    assert edge.desk.recorder.units == []
    edge.gate.set(Reason.LOG_UNWITNESSED)
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), raw, edge.context()) == "LOG_UNWITNESSED"
    edge.gate.set(None)
    assert edge.pipeline.unary(method(GET_CASE, case.GetCaseRequest))(raw, edge.context()) == raw
    assert len(edge.entries()) == before + 1


def _unparsed(edge: Edge) -> int:
    """Entries that the fakes put into the journal to write something outside any call."""
    return edge.world.hub.records.journal_length() - len(edge.entries())


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "")],
        [("authorization", "Bearer ")],
        [("authorization", "bearer {token}")],
        [("authorization", "Basic {token}")],
        [("authorization", "{token}")],
        [("authorization", "Bearer {token}"), ("authorization", "Bearer {token}")],
        [("authorization", b"Bearer {token}")],
        [("x-authorization", "Bearer {token}")],
    ],
    ids=str,
)
def test_without_one_bearer_token_nobody_comes_in(edge: Edge, metadata: list[tuple[str, Any]]) -> None:
    text = token(PAIR, claims(MARKET, DESK_TLS))
    before = len(edge.entries())
    sent = [(key, value.replace("{token}", text) if isinstance(value, str) else value) for key, value in metadata]
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), b"", Context(sent)) == "TOKEN_INVALID"
    assert len(edge.entries()) == before  # unauthenticated noise is counted, not recorded


def test_who_was_registered_a_moment_ago_comes_in(edge: Edge) -> None:
    """Another worker published the operator: this one's register is old, and it looks again before it refuses."""
    context = edge.context(sub="newcomer", acr="1")
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), b"", context) == "OPERATOR_UNKNOWN"
    market = edge.world.hub.register.departments[MARKET]
    clerk = next(each for each in market.operators if each.id == "clerk")
    edge.world.hub.publish(replace(market, operators=(*market.operators, replace(clerk, id="newcomer"))))
    raw = case.GetCaseRequest(name="cases/1").SerializeToString()
    again = edge.context(sub="newcomer", acr="1")
    assert edge.pipeline.unary(method(GET_CASE, case.GetCaseRequest))(raw, again) == raw


def test_without_a_certificate_nobody_comes_in(edge: Edge) -> None:
    context = replace(edge.context(), certificate=b"")
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), b"", context) == "CERTIFICATE_UNKNOWN"


def test_a_missing_role_is_refused_before_the_body_is_looked_at(edge: Edge) -> None:
    context = edge.context(sub="issuer", acr="1")
    reasons = refused(edge, method(GET_CASE, case.GetCaseRequest), b"\xff\xff", context)
    assert reasons == "ROLE_MISSING"
    entry = edge.entries()[-1]
    assert (entry.outcome, list(entry.reasons)) == (log.OUTCOME_REFUSED, ["ROLE_MISSING"])


def test_a_token_for_some_lines_is_taken_where_it_is_kept_to_and_for_verifying(edge: Edge) -> None:
    details = [{"type": "onceonly", "requirements": ["identity"]}]
    raw = case.AcceptCaseRequest(name="cases/1", request_id=str(uuid.uuid4())).SerializeToString()
    limited = method(ACCEPT, case.AcceptCaseRequest)
    assert refused(edge, limited, raw, edge.context(authorization_details=details)) == "TOKEN_EXCEEDED"
    assert list(edge.entries()[-1].reasons) == ["TOKEN_EXCEEDED"]
    assert edge.pipeline.unary(limited)(raw, edge.context()) == raw
    for name, kind in ((GET_CASE, case.GetCaseRequest), (VERIFY, verification.VerifyCredentialsRequest)):
        context = edge.context(authorization_details=details)
        assert edge.pipeline.unary(method(name, kind))(b"", context) == b""


def test_a_role_needs_the_department_as_well_as_the_person(edge: Edge) -> None:
    market = edge.desk.registers.current().departments[MARKET]
    edge.world.hub.publish(replace(market, roles=market.roles - {Role.REQUESTER}))
    edge.desk.registers.refresh()
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), b"", edge.context()) == "ROLE_MISSING"


def test_every_failed_permission_is_told(edge: Edge) -> None:
    reasons = refused(edge, method(GET_CASE, case.GetCaseRequest), b"", edge.context(sub=None))
    assert reasons == "OPERATOR_UNKNOWN,ROLE_MISSING"


def test_an_unreadable_body_is_refused_and_recorded(edge: Edge) -> None:
    context = edge.context()
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), b"\xff\xff", context) == "FIELD_INVALID"
    assert list(edge.entries()[-1].reasons) == ["FIELD_INVALID"]


def test_malformed_fields_are_refused_before_any_use_case(edge: Edge) -> None:
    def never(call: Call, request: Message) -> Message:
        raise AssertionError("the use case ran")

    raw = case.AcceptCaseRequest(name="\x00", request_id="x").SerializeToString()
    context = edge.context()
    assert refused(edge, method(ACCEPT, case.AcceptCaseRequest, never), raw, context) == "FIELD_INVALID"
    assert context.status is not None
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in context.status.details)
    assert [each.field for each in bad.field_violations] == ["name", "request_id"]


def test_what_changes_something_needs_a_request_id(edge: Edge) -> None:
    raw = case.AcceptCaseRequest(name="cases/1").SerializeToString()
    context = edge.context()
    assert refused(edge, method(ACCEPT, case.AcceptCaseRequest), raw, context) == "FIELD_INVALID"


def test_an_unexpected_failure_tells_the_request_id_and_nothing_else(edge: Edge) -> None:
    def broken(call: Call, request: Message) -> Message:
        raise KeyError("33010019900101123X")

    request_id = str(uuid.uuid4())
    raw = case.AcceptCaseRequest(name="cases/1", request_id=request_id).SerializeToString()
    context = edge.context()
    assert refused(edge, method(ACCEPT, case.AcceptCaseRequest, broken), raw, context) == "INTERNAL"
    assert context.status is not None
    assert b"33010019900101123X" not in context.status.SerializeToString()
    assert request_id.encode() in context.status.SerializeToString()
    assert list(edge.entries()[-1].reasons) == ["INTERNAL"]


def test_a_deadline_is_the_callers_but_never_longer_than_ours(edge: Edge) -> None:
    left: list[float] = []

    def look(call: Call, request: Message) -> Message:
        left.append(call.remaining())
        return request

    for given in (None, 5.0, 1_000.0):
        context = replace(edge.context(), left=given)
        edge.pipeline.unary(method(GET_CASE, case.GetCaseRequest, look))(b"", context)
    assert 9 < left[0] <= 10
    assert 4 < left[1] <= 5
    assert 59 < left[2] <= 60


def test_a_call_whose_time_is_over_is_refused(edge: Edge) -> None:
    context = replace(edge.context(), left=-1.0)
    assert refused(edge, method(GET_CASE, case.GetCaseRequest), b"", context) == "DEADLINE_TOO_SHORT"


def test_each_message_of_a_stream_is_a_call_of_its_own(edge: Edge) -> None:
    behaviour = edge.pipeline.stream(method(VERIFY, verification.VerifyCredentialsRequest))
    messages = [verification.VerifyCredentialsRequest(batch=number).SerializeToString() for number in range(3)]
    before = len(edge.entries())
    assert list(behaviour(iter(messages), edge.context(sub=None))) == messages
    assert len(edge.entries()) == before + 3


def test_a_stream_ends_with_the_first_refusal(edge: Edge) -> None:
    behaviour = edge.pipeline.stream(method(VERIFY, verification.VerifyCredentialsRequest))
    context = edge.context(sub=None)
    answers = behaviour(iter([b"", b"\xff\xff", b""]), context)
    assert next(answers) == b""
    with pytest.raises(AbortedError):
        next(answers)
    assert context.info.reason == "FIELD_INVALID"
    with edge.streams.taken(MARKET):
        pass  # its place is free again


def test_streams_beyond_the_bound_are_turned_away(edge: Edge) -> None:
    behaviour = edge.pipeline.stream(method(VERIFY, verification.VerifyCredentialsRequest))
    context = edge.context(sub=None)
    with ExitStack() as held:
        held.enter_context(edge.streams.taken(MARKET))
        with pytest.raises(AbortedError):
            next(behaviour(iter([b""]), context))
    assert context.info.reason == "OVERLOADED"


def test_an_unauthenticated_stream_takes_no_place(edge: Edge) -> None:
    behaviour = edge.pipeline.stream(method(VERIFY, verification.VerifyCredentialsRequest))
    context = Context([])
    with pytest.raises(AbortedError):
        next(behaviour(iter([b""]), context))
    assert context.info.reason == "TOKEN_INVALID"
    assert edge.observer.seen == [(VERIFY, "TOKEN_INVALID")]


def exporting(edge: Edge, parts: Callable[[Message], Iterator[Message]], context: Context) -> Iterator[bytes]:
    described = method(EXPORT, audit.ExportAccessRecordsRequest)
    raw = audit.ExportAccessRecordsRequest(format="jsonl").SerializeToString()
    return edge.pipeline.export(described, parts)(raw, context)


def test_an_export_is_recorded_before_its_first_byte(edge: Edge) -> None:
    recorded: list[int] = []
    before = len(edge.entries())

    def parts(plan: Message) -> Iterator[Message]:
        assert isinstance(plan, audit.ExportAccessRecordsRequest)
        assert plan.format == "jsonl"
        recorded.append(len(edge.entries()))
        yield audit.ExportAccessRecordsResponse(data=b"1")

    (part,) = exporting(edge, parts, edge.context(sub="auditor"))
    assert audit.ExportAccessRecordsResponse.FromString(part).data == b"1"
    assert recorded == [before + 1]
    assert edge.entries()[-1].method == EXPORT


def test_an_export_that_cannot_be_recorded_sends_nothing(edge: Edge) -> None:
    edge.desk.recorder.away = True
    context = edge.context(sub="auditor")

    def parts(plan: Message) -> Iterator[Message]:
        raise AssertionError("parts were made")
        yield

    with pytest.raises(AbortedError):
        next(exporting(edge, parts, context))
    assert context.info.reason == "AUDIT_UNAVAILABLE"


def test_an_export_that_fails_on_the_way_ends_with_a_status(edge: Edge) -> None:
    def parts(plan: Message) -> Iterator[Message]:
        yield audit.ExportAccessRecordsResponse(data=b"1")
        raise OSError("/var/lib/onceonly/33010019900101123X")

    context = edge.context(sub="auditor")
    stream = exporting(edge, parts, context)
    next(stream)
    with pytest.raises(AbortedError):
        next(stream)
    assert context.info.reason == "INTERNAL"
    assert context.status is not None
    assert b"33010019900101123X" not in context.status.SerializeToString()


def test_an_export_nobody_reads_any_more_ends(edge: Edge) -> None:
    def parts(plan: Message) -> Iterator[Message]:
        while True:
            yield audit.ExportAccessRecordsResponse(data=b"1")

    context = edge.context(sub="auditor")
    stream = exporting(edge, parts, context)
    next(stream)
    context.active = False
    assert list(stream) == []
