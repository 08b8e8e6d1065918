"""A small client of the hub: mutual TLS, tokens that renew themselves, retries that are safe, errors with reasons.

    with HubClient("hub.example:7443", identity) as hub:
        request = FetchLicenceRequest(case="cases/…", requirement="identity", request_id=new_request_id())
        answer = hub.call(hub.exchange.FetchLicence, request)

Rules:
1. UNAVAILABLE is tried again with the same request, so with the same ``request_id``: the hub never does it twice. So is
   CANCELLED, which is what a process that is stopping makes of calls it has not begun.
2. A token is made for one connection's certificate (RFC 8705) and renewed a minute before it ends.
3. Every failure is a ``CallError``; its ``reason`` is what programs branch on.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import grpc
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from onceonly.v1 import (
    application_service_pb2_grpc,
    assistance_service_pb2_grpc,
    audit_service_pb2_grpc,
    case_service_pb2_grpc,
    catalogue_service_pb2_grpc,
    consent_service_pb2_grpc,
    dispute_service_pb2_grpc,
    event_service_pb2_grpc,
    evidence_service_pb2_grpc,
    exchange_service_pb2_grpc,
    incident_service_pb2_grpc,
    issuance_service_pb2_grpc,
    manifest_service_pb2_grpc,
    restriction_service_pb2_grpc,
    supervision_service_pb2_grpc,
    verification_service_pb2_grpc,
)

from signer import base64url

Q = TypeVar("Q")
R = TypeVar("R")

TOKEN_SECONDS: Final = 300
_RENEW_BEFORE: Final = 60
_ATTEMPTS: Final = 5
_RETRIED: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})
_FIRST_PAUSE: Final = 0.1
_MAX_MESSAGE: Final = 4 * 1024 * 1024
_SPREAD: Final = '{"loadBalancingConfig": [{"round_robin": {}}]}'
"""Calls go in turn to every machine that the address leads to and that can be reached."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls. PEM contents, never paths: ``certificate`` and ``key`` of the TLS client, ``authority`` of the hub.

    ``token_key`` (PEM) is registered with the hub under ``kid``; ``operator`` is the person at work, empty for a
    machine that only verifies; ``assurance`` is the level of the person's login, 1 to 3; ``audience`` the hub's name.
    ``holder`` (id type, id number) and ``login_time`` are set by a holder's channel alone, which names no operator.
    """

    department: str
    system: str
    operator: str
    assurance: int
    audience: str
    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes
    token_key: bytes = field(repr=False)
    kid: str
    alg: str = "ES256"
    holder: tuple[str, str] = field(default=("", ""), repr=False)
    login_time: int = 0


class CallError(Exception):
    """A call that the hub refused or could not answer.

    ``code`` is the gRPC status; ``reason`` the first and ``reasons`` all reason codes; ``zh`` the sentence for a clerk;
    ``violations`` (field path, sentence) of bad fields, and ``violations_zh`` those in Chinese; ``subjects`` what was
    refused, such as the lines of a case that are missing (``matter/requirement``); ``retry_seconds`` when to try again
    (0: not said).
    """

    def __init__(self, error: grpc.RpcError) -> None:
        failed: Any = error  # an error that a call raises is that call, which the types do not say
        self.code: grpc.StatusCode = failed.code()
        self.reason = ""
        self.reasons: tuple[str, ...] = ()
        self.message: str = failed.details() or ""
        self.zh = ""
        self.violations: tuple[tuple[str, str], ...] = ()
        self.violations_zh: tuple[tuple[str, str], ...] = ()
        self.subjects: tuple[str, ...] = ()
        self.retry_seconds = 0.0
        self._read(failed)
        super().__init__(f"{self.reason or self.code.name}: {self.message}{self._bad_fields()}")

    def _bad_fields(self) -> str:
        return "".join(f" {field}: {problem}." for field, problem in self.violations[:5])

    def _read(self, error: grpc.Call) -> None:
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            info = error_details_pb2.ErrorInfo()
            localized = error_details_pb2.LocalizedMessage()
            bad = error_details_pb2.BadRequest()
            retry = error_details_pb2.RetryInfo()
            failed = error_details_pb2.PreconditionFailure()
            if detail.Unpack(info):
                self.reason = info.reason
                self.reasons = tuple(info.metadata.get("reasons", info.reason).split(","))
            elif detail.Unpack(localized):
                self.zh = localized.message
            elif detail.Unpack(bad):
                self.violations = tuple((item.field, item.description) for item in bad.field_violations)
                self.violations_zh = tuple(
                    (item.field, item.localized_message.message) for item in bad.field_violations
                )
            elif detail.Unpack(failed):
                named = (item.subject.split(",") for item in failed.violations if item.subject)
                self.subjects = tuple(dict.fromkeys(subject.strip() for subjects in named for subject in subjects))
            elif detail.Unpack(retry):
                self.retry_seconds = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9


class MessageSizeError(Exception):
    """A request is larger than a hub takes in one call; it was not sent."""


class HubClient:
    """One connection to the hub for one identity; safe for many threads.

    ``address``: ``host:port``, or ``ipv4:host:port,host:port`` for several machines of one hub. ``server_name``
    overrides the name that the hub's certificate must carry. Services are plain generated stubs; ``events`` answers on
    the address of the hub's events alone: make a client for that one.
    """

    def __init__(
        self,
        address: str,
        identity: Identity,
        *,
        server_name: str = "",
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.identity = identity
        self._timeout = timeout
        self._clock = clock
        self._token = ("", 0.0)
        certificate = x509.load_pem_x509_certificate(identity.certificate)
        self._thumbprint = base64url.encode(sha256(certificate.public_bytes(Encoding.DER)).digest())
        credentials = grpc.ssl_channel_credentials(identity.authority, identity.key, identity.certificate)
        options: list[tuple[str, Any]] = [
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.service_config", _SPREAD),
        ]
        if server_name:
            options.append(("grpc.ssl_target_name_override", server_name))
        self._channel = grpc.secure_channel(address, credentials, options)
        self.applications = application_service_pb2_grpc.ApplicationServiceStub(self._channel)
        self.assistance = assistance_service_pb2_grpc.AssistanceServiceStub(self._channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(self._channel)
        self.cases = case_service_pb2_grpc.CaseServiceStub(self._channel)
        self.catalogue = catalogue_service_pb2_grpc.CatalogueServiceStub(self._channel)
        self.disputes = dispute_service_pb2_grpc.DisputeServiceStub(self._channel)
        self.consents = consent_service_pb2_grpc.ConsentServiceStub(self._channel)
        self.evidence = evidence_service_pb2_grpc.EvidenceServiceStub(self._channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self._channel)
        self.exchange = exchange_service_pb2_grpc.ExchangeServiceStub(self._channel)
        self.incidents = incident_service_pb2_grpc.IncidentServiceStub(self._channel)
        self.issuance = issuance_service_pb2_grpc.IssuanceServiceStub(self._channel)
        self.manifests = manifest_service_pb2_grpc.ManifestServiceStub(self._channel)
        self.restrictions = restriction_service_pb2_grpc.RestrictionServiceStub(self._channel)
        self.supervision = supervision_service_pb2_grpc.SupervisionServiceStub(self._channel)
        self.verification = verification_service_pb2_grpc.VerificationServiceStub(self._channel)

    def call(self, method: "grpc.UnaryUnaryMultiCallable[Q, R]", request: Q, *, timeout: float = 0) -> R:
        """Call a unary method, trying again while the hub is unavailable.

        Raises ``CallError``, and ``MessageSizeError`` before anything is sent.
        """
        _check_size(request)
        pause = _FIRST_PAUSE
        for attempt in range(_ATTEMPTS):
            try:
                return method(request, timeout=timeout or self._timeout, metadata=self._metadata())
            except grpc.RpcError as error:
                failure = CallError(error)
                if failure.code not in _RETRIED or attempt == _ATTEMPTS - 1:
                    raise failure from error
                time.sleep(max(pause, min(failure.retry_seconds, 2.0)) * random.uniform(0.5, 1.0))  # noqa: S311 spreads retries, no secret
                pause *= 2
        raise AssertionError("the loop returns or raises")

    def stream(self, method: "grpc.StreamStreamMultiCallable[Q, R]", requests: Iterable[Q]) -> Iterator[R]:
        """Call a method that answers each message of a stream; raises ``CallError``. Never tried again."""
        yield from self._received(method(iter(requests), metadata=self._metadata()))

    def receive(self, method: "grpc.UnaryStreamMultiCallable[Q, R]", request: Q) -> Iterator[R]:
        """Call a method that answers with a stream; raises ``CallError``. Never tried again."""
        yield from self._received(method(request, metadata=self._metadata()))

    def token(self) -> str:
        """An access token for this connection, made anew a minute before the last one ends."""
        token, expires = self._token
        now = self._clock()
        if expires - now < _RENEW_BEFORE:
            expires = int(now) + TOKEN_SECONDS
            token = self._minted(int(now), int(expires))
            self._token = (token, expires)
        return token

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _received(self, messages: Iterable[R]) -> Iterator[R]:
        try:
            yield from messages
        except grpc.RpcError as error:
            raise CallError(error) from error

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token()}"),)

    def _minted(self, now: int, expires: int) -> str:
        identity = self.identity
        claims: dict[str, Any] = {
            "iss": identity.department,
            "client_id": identity.system,
            "aud": identity.audience,
            "iat": now,
            "exp": expires,
            "jti": uuid.uuid4().hex,
            "cnf": {"x5t#S256": self._thumbprint},
            "acr": str(identity.assurance),
        }
        if identity.operator:
            claims["sub"] = identity.operator
        if identity.holder[0]:
            claims["holder"] = dict(zip(("id_type", "id_number"), identity.holder, strict=True))
            claims["auth_time"] = identity.login_time
        return jwt.encode(claims, identity.token_key, identity.alg, headers={"typ": "at+jwt", "kid": identity.kid})


def _check_size(request: object) -> None:
    """gRPC would fail such a call with no more than a status code."""
    size = request.ByteSize() if isinstance(request, Message) else 0
    if size > _MAX_MESSAGE:
        most = f"{_MAX_MESSAGE:,} bytes (4 MiB)"
        raise MessageSizeError(f"the request has {size:,} bytes; one call carries at most {most}: send less at once.")


def new_request_id() -> str:
    """A fresh request id; keep it with the request until it is answered."""
    return str(uuid.uuid4())
