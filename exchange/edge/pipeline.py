"""What every call goes through, outermost first; the same for each method, told apart only by the method table.

    error map → deadline, metrics → authenticate → department's share → permission → validate fields
    → open the access record → idempotency → use case (purpose policy inside) → commit the record → respond

Rules:
1. Refusals of known callers are recorded; unauthenticated noise is counted and goes to the security log.
2. Nothing is answered before its record is durable. If that fails the caller gets AUDIT_UNAVAILABLE and no data.
3. While nothing can be recorded every call is turned away at once, before it holds a thread until its time is over.
4. ``context.abort`` raises a bare ``Exception``, so it is called outside every ``try``.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, NoReturn, Protocol, TypeVar

import grpc
import structlog
from google.protobuf.message import DecodeError, Message
from google.rpc import status_pb2
from grpc_status import rpc_status

from exchange.call import Call, Caller
from exchange.catalogue.source import RegisterSource
from exchange.edge.authentication import Authenticator
from exchange.edge.errors import hub_error, internal, primary_reason, status_of
from exchange.edge.methods import Access, Holders, MethodRule
from exchange.edge.recording import Recorded, Recording, Request
from exchange.edge.shares import DepartmentShares, StreamPlaces
from exchange.edge.validation import check_message
from exchange.entities.catalogue import Role
from exchange.errors import HubError, InvalidError, RefusedError, UnavailableError, Violation
from exchange.reasons import Reason

M = TypeVar("M", bound=Message)
UseCase = Callable[[Call, M], Message]
"""A servicer's method: converts the request, runs the use case, converts its answer."""


class CallObserver(Protocol):
    """What metrics see of calls: ``began`` and ``ended`` around each, ``observe`` with OK or a reason. Never raises."""

    def began(self) -> None: ...

    def ended(self) -> None: ...

    def observe(self, method: str, reason: str, seconds: float) -> None: ...


class CallContext(Protocol):
    """What a call needs of gRPC's context, synchronous or not: a deadline, a certificate, headers."""

    def time_remaining(self) -> Any: ...

    def auth_context(self) -> Any: ...

    def invocation_metadata(self) -> Any: ...


INDEX_TRAILER = "onceonly-log-index"
COMMITMENT_TRAILER = "onceonly-log-commitment-bin"
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Method(Generic[M]):
    """A method of the contract: its full name without the leading slash, its rule, its request and what answers it."""

    name: str
    rule: MethodRule
    request_type: type[M]
    use_case: UseCase[M]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that a call may take: when the caller sets no deadline, and at most."""

    default: float
    longest: float


@dataclass(frozen=True, slots=True)
class Failed:
    """How a call failed: the status for the caller and the reason for the metrics."""

    status: status_pb2.Status
    reason: Reason


class Pipeline:
    """Built once; runs every call of every service."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        registers: RegisterSource,
        recording: Recording,
        shares: DepartmentShares,
        streams: StreamPlaces,
        timing: Timing,
        observer: CallObserver,
        shut_for: Callable[[], Reason | None] = lambda: None,
    ) -> None:
        self._authenticator = authenticator
        self._registers = registers
        self._recording = recording
        self._shares = shares
        self._streams = streams
        self._timing = timing
        self._observer = observer
        self._shut_for = shut_for
        self._log = structlog.get_logger("onceonly.edge")

    def unary(self, method: Method[M]) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        """The behaviour of a unary method: serialised request in, serialised response out."""

        def behaviour(raw: bytes, context: grpc.ServicerContext) -> bytes:
            answer = _released(self.answer(method, raw, context), context)
            context.set_trailing_metadata(_trailers(answer))
            return answer.body

        return behaviour

    def stream(self, method: Method[M]) -> Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]:
        """The behaviour of a stream of requests: each message is a call of its own, with its own entry."""

        def behaviour(raws: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            with self.place(method.name, context) as refused:
                answer: Recorded | Failed | None = refused
                for raw in raws if refused is None else ():
                    answer = self.answer(method, raw, context)
                    if isinstance(answer, Failed):
                        break
                    yield answer.body
            if isinstance(answer, Failed):
                _abort(answer, context)

        return behaviour

    def export(
        self, method: Method[M], rest: Callable[[Message], Iterator[Message]]
    ) -> Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]:
        """The behaviour of a streamed answer: its record is committed before the first message leaves.

        The use case answers with a message that says what to stream; ``rest`` makes the parts from it.
        """

        def behaviour(raw: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            plans: list[Message] = []

            def planned(call: Call, request: M) -> Message:
                plans[:] = [method.use_case(call, request)]
                return plans[0]

            with self.place(method.name, context) as refused:
                answer = refused or self.answer(replace(method, use_case=planned), raw, context)
                for part in self._parts(method.name, rest, plans[0]) if isinstance(answer, Recorded) else ():
                    if isinstance(part, Failed):
                        answer = part
                        break
                    if not context.is_active():
                        return
                    yield part
            if isinstance(answer, Failed):
                _abort(answer, context)

        return behaviour

    @contextmanager
    def place(self, method: str, context: CallContext) -> Iterator[Failed | None]:
        """A stream's place for as long as it lasts, or why it gets none."""
        with ExitStack() as held:
            failed: Failed | None = None
            try:
                caller = self._authenticate(method, context)
                held.enter_context(self._streams.taken(caller.department.uscc))
            except Exception as error:  # noqa: BLE001 outermost frame: the caller gets its status, the log the rest
                failed = self._failed(method, error, "")
                self._observer.observe(method, failed.reason.value, 0.0)
            yield failed

    def _parts(
        self, method: str, rest: Callable[[Message], Iterator[Message]], plan: Message
    ) -> Iterator[bytes | Failed]:
        """The parts of a streamed answer, serialised; what goes wrong on the way ends it with a status."""
        try:
            for part in rest(plan):
                yield part.SerializeToString()
        except Exception as error:  # noqa: BLE001 outermost frame: the caller gets its status, the log the rest
            failed = self._failed(method, error, "")
            self._observer.observe(method, failed.reason.value, 0.0)
            yield failed

    def answer(self, method: Method[M], raw: bytes, context: CallContext) -> Recorded | Failed:
        """Run one call, or one message of a stream, from bytes to bytes; never raises."""
        started = time.monotonic()
        request_id = ""
        self._observer.began()
        try:
            left = context.time_remaining()
            deadline = started + (self._timing.default if left is None else min(left, self._timing.longest))
            caller = self._authenticate(method.name, context)
            with self._shares.taken(caller.department.uscc):
                message, bad = _parsed(method, raw)
                request_id = getattr(message, "request_id", "") if bad is None else ""
                validate_only = getattr(message, "validate_only", False)
                request = Request(method.name, method.rule, caller, request_id, raw, deadline, validate_only)
                answer = self._recorded(request, method, message, _refused(caller, method.rule) or bad)
        except Exception as error:  # noqa: BLE001 outermost frame: whatever it is, the caller gets a status and no traceback
            failed = self._failed(method.name, error, request_id)
            self._observer.observe(method.name, failed.reason.value, time.monotonic() - started)
            return failed
        finally:
            self._observer.ended()
        self._observer.observe(method.name, "OK", time.monotonic() - started)
        return answer

    def _recorded(self, request: Request, method: Method[M], message: M, refused: HubError | None) -> Recorded:
        if refused is not None:
            self._recording.refuse(request, refused)
            raise refused
        return self._recording.answer(request, lambda call: method.use_case(call, message))

    def _authenticate(self, method: str, context: CallContext) -> Caller:
        shut_for = self._shut_for()
        if shut_for is not None:
            raise UnavailableError(shut_for)
        certificates: Iterable[Any] = context.auth_context().get("x509_pem_cert", ())
        headers = [value for key, value in context.invocation_metadata() if key == "authorization"]
        one = headers[0] if len(headers) == 1 and isinstance(headers[0], str) else ""
        token = one.removeprefix(_BEARER) if one.startswith(_BEARER) else ""
        certificate = next(iter(certificates), b"")
        register = self._registers.current()
        try:
            try:
                return self._authenticator.caller(certificate, token, register)
            except RefusedError:
                # Whoever was registered a moment ago, by way of another worker, is not turned away.
                newer = self._registers.refresh()
                if newer is register:
                    raise
                return self._authenticator.caller(certificate, token, newer)
        except RefusedError as refused:
            self._log.warning("unauthenticated", method=method, reason=refused.reasons[0].value)
            raise

    def _failed(self, method: str, error: Exception, request_id: str) -> Failed:
        known = hub_error(error)
        if known is None:
            self._log.error("internal_error", method=method, request_id=request_id, error=type(error).__name__)
            return Failed(internal(request_id), Reason.INTERNAL)
        return Failed(status_of(known, request_id), primary_reason(known.reasons))


def _released(answer: Recorded | Failed, context: grpc.ServicerContext) -> Recorded:
    """The answer to release; a failure ends the call here."""
    if isinstance(answer, Failed):
        _abort(answer, context)
    return answer


def _abort(failed: Failed, context: grpc.ServicerContext) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(failed.status))
    raise AssertionError("abort_with_status returned")


def _parsed(method: Method[M], raw: bytes) -> tuple[M, HubError | None]:
    """The request and what is malformed in it; an unreadable request is an empty one with an error."""
    message = method.request_type()
    try:
        message.ParseFromString(raw)
        check_message(message)
    except DecodeError:
        return message, InvalidError((Violation(".", "is not a message of this method", "请求不是该接口的消息"),))
    except InvalidError as invalid:
        return message, invalid
    if method.rule.access in {Access.CHANGE, Access.FETCH} and not getattr(message, "request_id", ""):
        return message, InvalidError((Violation("request_id", "is required", "不能为空"),))
    return message, None


def _refused(caller: Caller, rule: MethodRule) -> HubError | None:
    """Permission by the method table: the department and its operator must both have one of the roles, and a token that
    is limited to requirement lines is taken where the use case keeps to them."""
    if caller.scope[2] and not rule.lines and rule.access is not Access.VERIFY:
        return RefusedError(Reason.TOKEN_EXCEEDED)
    if caller.holder is not None:
        return _refused_holder(caller, rule)
    if rule.holders is Holders.ONLY:
        return RefusedError(Reason.ROLE_MISSING)
    reasons: list[Reason] = []
    if rule.operator and caller.operator is None:
        reasons.append(Reason.OPERATOR_UNKNOWN)
    if rule.role is not None:
        operator_roles = caller.operator.roles if caller.operator else frozenset()
        if {rule.role, rule.or_role}.isdisjoint(caller.department.roles & operator_roles):
            reasons.append(Reason.ROLE_MISSING)
    if caller.operator is not None and caller.assurance < rule.min_assurance:
        reasons.append(Reason.ASSURANCE_LOW)
    return RefusedError(*reasons) if reasons else None


def _refused_holder(caller: Caller, rule: MethodRule) -> HubError | None:
    """A holder's own call: where it is taken at all and of a strong enough login."""
    if rule.holders is Holders.REFUSED or Role.HOLDER_CHANNEL not in caller.department.roles:
        return RefusedError(Reason.ROLE_MISSING)
    if caller.assurance < rule.min_assurance:
        return RefusedError(Reason.ASSURANCE_LOW)
    return None


def _trailers(answer: Recorded) -> tuple[tuple[str, str | bytes], ...]:
    """Each answer carries its log position and commitment."""
    return (
        (INDEX_TRAILER, str(answer.position.index)),
        (COMMITMENT_TRAILER, answer.position.commitment),
    )
