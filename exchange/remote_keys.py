"""Signature keys in a signer process: this process asks for signatures and holds no key.

Rules:
1. What is asked for is an object of a kind, never bytes alone (``signer.signing_requests.kind_of``); the signer judges.
2. Every call has a deadline. A signer that is away makes calls fail at once; the connection is made again by itself
   within a second of its return.
3. Facts of keys are kept: they are asked for when this opens, on ``refresh``, and when a key is said to be rotated.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeVar

import grpc
from cryptography import x509
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from onceonly.signer.v1 import signer_service_pb2 as pb
from onceonly.signer.v1 import signer_service_pb2_grpc as rpc

from signer.algorithms import PublicKey, suite_named, thumbprint
from signer.errors import FormatError, KeyBackendError, KeyNotFoundError, KeysAwayError
from signer.keys.backend import KeyInfo, KeyKind, Signer
from signer.keys.lent_key import sign_certificate
from signer.signing_kinds import Kind
from signer.signing_requests import kind_of
from signer.strict_json import load_object

T = TypeVar("T")

_KINDS: Final = {kind: f"OBJECT_KIND_{kind.name}" for kind in Kind}
_MAX_MESSAGE: Final = 17 * 1024 * 1024
_MAX_JWK: Final = 8 * 1024
_RECONNECT_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class SignerAddress:
    """Where the signer listens: ``unix:<path>``, or ``host:port`` with the TLS files (PEM) that it asks for."""

    target: str
    authority: bytes = b""
    certificate: bytes = b""
    key: bytes = field(default=b"", repr=False)
    timeout_seconds: float = 2.0


class RemoteKeys:
    """A SignatureBackend over a signer process; ``only`` names the prefixes of the key ids that are asked for, None
    all.

    Raises KeyBackendError if the signer does not answer.
    """

    def __init__(self, address: SignerAddress, only: frozenset[str] | None = None) -> None:
        self._address = address
        self._only = None if only is None else tuple(sorted(only))
        self._channel = _channel(address)
        self._stub = rpc.SignerServiceStub(self._channel)
        self._lock = Lock()
        self._known: dict[str, tuple[KeyInfo, ...]] = {}
        self._signers: dict[str, Signer] = {}
        try:
            self.refresh()
        except KeyBackendError:
            self.close()
            raise

    def refresh(self) -> None:
        """See SignatureBackend."""
        request = pb.ListKeysRequest(prefixes=self._only or ())
        answer = self._ask(lambda: self._stub.ListKeys(request, timeout=self._address.timeout_seconds))
        known: dict[str, tuple[KeyInfo, ...]] = {}
        for facts in answer.keys:
            if self._allowed(facts.key_id):
                known[facts.key_id] = (*known.get(facts.key_id, ()), _key_info(facts))
        with self._lock:
            self._known = known
            self._signers = {kid: signer for kid, signer in self._signers.items() if kid in _newest_kids(known)}

    def generate(self, key_id: str, suite_name: str) -> KeyInfo:
        """See SignatureBackend. Operators alone may: KeyBackendError for others."""
        if not self._allowed(key_id):
            raise KeyNotFoundError(f"this process may not make the key {key_id}")
        request = pb.MakeKeyRequest(key_id=key_id, alg=suite_name)
        made = self._ask(lambda: self._stub.MakeKey(request, timeout=self._address.timeout_seconds))
        self.refresh()
        return _key_info(made.key)

    def rotate(self, key_id: str) -> KeyInfo:
        """See SignatureBackend. Operators alone may: KeyBackendError for others."""
        self._versions(key_id)
        request = pb.RotateKeyRequest(key_id=key_id)
        made = self._ask(lambda: self._stub.RotateKey(request, timeout=self._address.timeout_seconds))
        self.refresh()
        return _key_info(made.key)

    def list(self) -> tuple[KeyInfo, ...]:
        """See SignatureBackend."""
        return tuple(versions[-1] for _, versions in sorted(self._known.items()))

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]:
        """See SignatureBackend."""
        return self._versions(key_id)

    def suite(self, key_id: str) -> str:
        """See SignatureBackend."""
        return self.signer(key_id).alg

    def public_key(self, key_id: str) -> PublicKey:
        """See SignatureBackend."""
        return self.signer(key_id).public

    def signer(self, key_id: str, version: int | None = None) -> Signer:
        """See SignatureBackend. The same object each time for one version; of an old one the signer signs checkpoints
        and trust lists alone."""
        known = self._versions(key_id)
        info = next((one for one in known if one.version == version), None) if version is not None else known[-1]
        if info is None:
            raise KeyNotFoundError(f"the signer has no version {version} of the key {key_id}")
        assert info.kid is not None
        assert info.suite is not None
        assert info.public is not None
        with self._lock:
            signer = self._signers.get(info.kid)
            if signer is None:
                kid = info.kid
                signer = Signer(kid, info.suite, info.public, lambda data: self._sign(key_id, kid, data))
                self._signers[kid] = signer
        return signer

    def sign(self, key_id: str, data: bytes) -> bytes:
        """See SignatureBackend; ``data`` must be an object that the key may sign."""
        return self.signer(key_id).sign(data)

    def sign_certificate(self, key_id: str, builder: x509.CertificateBuilder) -> x509.Certificate:
        """See SignatureBackend. Operators alone may: KeyBackendError for others."""
        return sign_certificate(self.signer(key_id), builder)

    def close(self) -> None:
        """See SignatureBackend."""
        self._channel.close()

    def _sign(self, key_id: str, kid: str, data: bytes) -> bytes:
        try:
            kind = kind_of(key_id, data)
        except FormatError as error:
            raise KeyBackendError(f"no signer signs this with the key {key_id}: {error.message}") from error
        request = pb.SignRequest(kind=_KINDS[kind], key_id=key_id, kid=kid, object=data)
        answer = self._ask(lambda: self._stub.Sign(request, timeout=self._address.timeout_seconds))
        return answer.signature

    def _ask(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except grpc.RpcError as error:
            reason, failure = _failure(error)
        if reason == "KEY_NOT_NEWEST":
            with suppress(KeyBackendError):
                self.refresh()  # the next object is made for the newest version
        raise failure

    def _allowed(self, key_id: str) -> bool:
        return self._only is None or key_id.startswith(self._only)

    def _versions(self, key_id: str) -> tuple[KeyInfo, ...]:
        versions = self._known.get(key_id)
        if versions is None:
            raise KeyNotFoundError(f"the signer has no key {key_id[:80]!r}, or this process may not use it")
        return versions


def _channel(address: SignerAddress) -> grpc.Channel:
    options = [
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", _RECONNECT_MS),
        ("grpc.max_receive_message_length", _MAX_MESSAGE),
        ("grpc.max_send_message_length", _MAX_MESSAGE),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if address.target.startswith("unix:"):
        return grpc.insecure_channel(address.target, [*options, ("grpc.default_authority", "localhost")])
    credentials = grpc.ssl_channel_credentials(address.authority, address.key, address.certificate)
    return grpc.secure_channel(address.target, credentials, options)


def _failure(error: grpc.RpcError) -> tuple[str, KeyBackendError | KeyNotFoundError]:
    """The signer's reason, and the error that this backend raises for it."""
    reason, retry_seconds = "", 1.0
    assert isinstance(error, grpc.Call)
    status = rpc_status.from_call(error)
    for detail in [] if status is None else status.details:
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(retry):
            retry_seconds = retry.retry_delay.seconds + retry.retry_delay.nanos / 1_000_000_000
    code = error.code()
    if code is grpc.StatusCode.NOT_FOUND:
        return reason, KeyNotFoundError("the signer has no such key")
    if code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED}:
        return reason, KeysAwayError(f"the signer does not sign now ({reason or code.name})", retry_seconds)
    return reason, KeyBackendError(f"the signer refuses ({reason or code.name}): {error.details()}")


def _key_info(facts: pb.KeyFacts) -> KeyInfo:
    """The facts of a key, whatever its suite; KeyBackendError for one that is unknown here, or contradicts itself."""
    try:
        public = suite_named(facts.alg).public_from_jwk(load_object(facts.public_jwk.encode(), max_bytes=_MAX_JWK))
    except FormatError as error:
        raise KeyBackendError(f"the signer's key {facts.key_id[:80]} is of a kind that is unknown here") from error
    if thumbprint(public) != facts.kid:
        raise KeyBackendError(f"the signer's key {facts.key_id[:80]} is not the one that its thumbprint names")
    return KeyInfo(facts.key_id, facts.version, KeyKind.SIGNATURE, facts.alg, public, facts.kid)


def _newest_kids(known: dict[str, tuple[KeyInfo, ...]]) -> set[str]:
    return {versions[-1].kid or "" for versions in known.values()}
