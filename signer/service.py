"""The signer process's face: gRPC in front of ``signing_desk``. The only file of this package that knows gRPC.

Rules:
1. Each place where it listens is a server of its own. A Unix socket has one role, given by where it is and by who may
   open it; a TLS listener knows its clients by the digest of their certificates, and everybody else gets nothing.
2. Requests are bounded in size and number; a status carries a stable reason (ErrorInfo) and, where asking again helps,
   when (RetryInfo).
3. Health says NOT_SERVING once the log could not be written.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import grpc
from cryptography import x509
from google.protobuf import duration_pb2, timestamp_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from onceonly.signer.v1 import signer_service_pb2 as pb
from onceonly.signer.v1 import signer_service_pb2_grpc as rpc

from signer.algorithms import public_to_jwk
from signer.certificates import der
from signer.errors import FormatError, KeyNotFoundError, SignerError
from signer.keys.backend import KeyInfo
from signer.signing_desk import Asked, Client, RefusedError, Role, SigningDesk
from signer.signing_kinds import Kind
from signer.strict_json import canonical

T = TypeVar("T")

DOMAIN: Final = "onceonly.signer.v1"

_KINDS: Final[Mapping[int, Kind]] = {
    pb.OBJECT_KIND_CREDENTIAL: Kind.CREDENTIAL,
    pb.OBJECT_KIND_RECEIPT: Kind.RECEIPT,
    pb.OBJECT_KIND_EXPORT: Kind.EXPORT,
    pb.OBJECT_KIND_STATUS_LIST: Kind.STATUS_LIST,
    pb.OBJECT_KIND_CHECKPOINT: Kind.CHECKPOINT,
    pb.OBJECT_KIND_QR: Kind.QR,
    pb.OBJECT_KIND_SECOND: Kind.SECOND,
    pb.OBJECT_KIND_WEBHOOK: Kind.WEBHOOK,
    pb.OBJECT_KIND_CONSENT_RECORD: Kind.CONSENT_RECORD,
    pb.OBJECT_KIND_IMPORT_REPORT: Kind.IMPORT_REPORT,
    pb.OBJECT_KIND_TRUST_LIST: Kind.TRUST_LIST,
    pb.OBJECT_KIND_CERTIFICATE: Kind.CERTIFICATE,
}
_CODES: Final[Mapping[str, int]] = {
    "NOT_YOURS": code_pb2.PERMISSION_DENIED,
    "KIND_NOT_OF_KEY": code_pb2.PERMISSION_DENIED,
    "KEY_WITHOUT_USE": code_pb2.INVALID_ARGUMENT,
    "KEY_NOT_NEWEST": code_pb2.FAILED_PRECONDITION,
    "GOES_BACK": code_pb2.FAILED_PRECONDITION,
    "KEY_EXISTS": code_pb2.ALREADY_EXISTS,
    "TOO_MANY": code_pb2.RESOURCE_EXHAUSTED,
}
_MAX_MESSAGE: Final = 17 * 1024 * 1024
_HEALTH_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class UnixListener:
    """A Unix socket. ``group`` may open it too where it is a group's id; else its owner alone."""

    path: Path
    role: Role
    group: int | None = None


@dataclass(frozen=True, slots=True)
class TlsListener:
    """Mutual TLS at ``host:port``. ``clients`` are known by the hex SHA-256 of their certificate (DER)."""

    address: str
    certificate: bytes
    client_authorities: bytes
    clients: Mapping[str, Client]
    key: bytes = field(repr=False)


Identify = Callable[[grpc.ServicerContext], Client | None]
Report = Callable[[SignerError], None]
"""Told when keys or log cannot be used: the operator reads why, the client only that."""


class SignerServicer(rpc.SignerServiceServicer):
    """The methods of the contract for the clients of one listener."""

    def __init__(self, desk: SigningDesk, identify: Identify, report: Report) -> None:
        self._desk = desk
        self._identify = identify
        self._report = report

    def ListKeys(self, request: pb.ListKeysRequest, context: grpc.ServicerContext) -> pb.ListKeysResponse:
        """See the contract."""
        self._client(context)
        infos = self._answered(context, lambda: self._desk.list(tuple(request.prefixes)))
        return pb.ListKeysResponse(keys=[_key_facts(info) for info in infos])

    def Sign(self, request: pb.SignRequest, context: grpc.ServicerContext) -> pb.SignResponse:
        """See the contract."""
        client = self._client(context)
        kind = _KINDS.get(request.kind)
        if kind is None:
            _abort(context, code_pb2.INVALID_ARGUMENT, "KIND_UNKNOWN", "the kind of object is missing or unknown")
        asked = Asked(kind, request.key_id, request.kid, request.object)
        signed = self._answered(context, lambda: self._desk.sign(client, asked))
        return pb.SignResponse(
            signature=signed.signature,
            log_line=signed.line.number,
            log_digest=bytes.fromhex(signed.line.digest),
            sign_time=timestamp_pb2.Timestamp(seconds=signed.time),
        )

    def MakeKey(self, request: pb.MakeKeyRequest, context: grpc.ServicerContext) -> pb.MakeKeyResponse:
        """See the contract."""
        client = self._client(context)
        info = self._answered(context, lambda: self._desk.make_key(client, request.key_id, request.alg))
        return pb.MakeKeyResponse(key=_key_facts(info))

    def RotateKey(self, request: pb.RotateKeyRequest, context: grpc.ServicerContext) -> pb.RotateKeyResponse:
        """See the contract."""
        client = self._client(context)
        info = self._answered(context, lambda: self._desk.rotate_key(client, request.key_id))
        return pb.RotateKeyResponse(key=_key_facts(info))

    def _client(self, context: grpc.ServicerContext) -> Client:
        client = self._identify(context)
        if client is None:
            _abort(context, code_pb2.PERMISSION_DENIED, "CLIENT_UNKNOWN", "the client's certificate is not registered")
        return client

    def _answered(self, context: grpc.ServicerContext, work: Callable[[], T]) -> T:
        """What ``work`` returns, or the status of what it raised."""
        try:
            return work()
        except FormatError as error:
            _abort(context, _CODES.get(error.code, code_pb2.INVALID_ARGUMENT), error.code, error.message)
        except RefusedError as error:
            _abort(context, _CODES[error.code], error.code, error.message, error.retry_seconds)
        except KeyNotFoundError:
            _abort(context, code_pb2.NOT_FOUND, "KEY_NOT_FOUND", "there is no such key")
        except SignerError as error:
            self._report(error)
            _abort(context, code_pb2.UNAVAILABLE, "SIGNER_UNAVAILABLE", "keys, memory or log cannot be used", 1)


class SignerProcess:
    """The listeners of one desk: start, stop, and a health that follows the log."""

    def __init__(
        self, desk: SigningDesk, listeners: Sequence[UnixListener | TlsListener], threads: int, report: Report
    ) -> None:
        """Binds every listener. OSError if an address or socket cannot be had."""
        self._desk = desk
        self._health = health.HealthServicer()
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_watch, name="health", daemon=True)
        self._servers: list[grpc.Server] = []
        self.ports: list[int] = []
        for listener in listeners:
            server = _server(SignerServicer(desk, _identity(listener), report), self._health, threads)
            self.ports.append(_bind(server, listener))
            self._servers.append(server)

    def start(self) -> None:
        """Serve."""
        self._watch.start()
        for server in self._servers:
            server.start()

    def stop(self, grace: float) -> None:
        """Take no more calls, give those under way ``grace`` seconds, then close log and keys."""
        self._stopping.set()
        self._health.enter_graceful_shutdown()
        for stopped in [server.stop(grace) for server in self._servers]:
            stopped.wait()
        self._watch.join()
        self._desk.close()

    def _keep_watch(self) -> None:
        serving: bool | None = None
        while not self._stopping.is_set():
            now = self._desk.healthy()
            if now is not serving:
                state = health_pb2.HealthCheckResponse
                self._health.set("", state.SERVING if now else state.NOT_SERVING)
                serving = now
            self._stopping.wait(_HEALTH_SECONDS)


def _server(servicer: SignerServicer, health_servicer: health.HealthServicer, threads: int) -> grpc.Server:
    server = grpc.server(
        ThreadPoolExecutor(threads, thread_name_prefix="sign"),
        options=[
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_metadata_size", 8 * 1024),
            ("grpc.max_concurrent_streams", 128),
            ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ],
        maximum_concurrent_rpcs=threads * 32,
    )
    rpc.add_SignerServiceServicer_to_server(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    return server


def _identity(listener: UnixListener | TlsListener) -> Identify:
    if isinstance(listener, UnixListener):
        client = Client(f"unix:{listener.path.name}", listener.role)
        return lambda _: client
    return lambda context: listener.clients.get(_certificate_digest(context.auth_context()))


def _certificate_digest(auth_context: Mapping[str, bytes | Iterable[bytes]]) -> str:
    for pem in auth_context.get("x509_pem_cert", ()):
        assert isinstance(pem, bytes)
        return sha256(der(x509.load_pem_x509_certificate(pem))).hexdigest()
    return ""


def _bind(server: grpc.Server, listener: UnixListener | TlsListener) -> int:
    """Listen; returns the port, 1 for a socket."""
    if isinstance(listener, TlsListener):
        credentials = grpc.ssl_server_credentials(
            [(listener.key, listener.certificate)],
            root_certificates=listener.client_authorities,
            require_client_auth=True,
        )
        return _bound(lambda: server.add_secure_port(listener.address, credentials), listener.address)
    _check_folder(listener.path.parent)
    before = os.umask(0o177)  # nobody else may open the socket, not for a moment either
    try:
        port = _bound(lambda: server.add_insecure_port(f"unix:{listener.path}"), str(listener.path))
    finally:
        os.umask(before)
    if listener.group is not None:
        os.chown(listener.path, -1, listener.group)
        listener.path.chmod(0o660)
    return port


def _check_folder(folder: Path) -> None:
    """Whoever may write to the socket's folder may put another socket there, and be asked instead of the signer."""
    if folder.stat().st_mode & 0o022:
        raise PermissionError(f"the folder {folder} of the signer's socket may be written by others: chmod 750 it")


def _bound(bind: Callable[[], int], address: str) -> int:
    try:
        port = bind()
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: is it taken, or the certificate unreadable?") from error
    if port == 0:
        raise OSError(f"cannot listen on {address}: is it taken, or the certificate unreadable?")
    return port


def _abort(context: grpc.ServicerContext, code: int, reason: str, message: str, retry_seconds: float = 0) -> NoReturn:
    status = status_pb2.Status(code=code, message=message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN))
    if retry_seconds:
        delay = duration_pb2.Duration(nanos=int((retry_seconds % 1) * 1_000_000_000), seconds=int(retry_seconds))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("unreachable")


def _key_facts(info: KeyInfo) -> pb.KeyFacts:
    assert info.public is not None
    return pb.KeyFacts(
        key_id=info.key_id,
        version=info.version,
        alg=info.suite or "",
        kid=info.kid or "",
        public_jwk=canonical(public_to_jwk(info.public)).decode(),
    )
