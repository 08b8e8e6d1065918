"""Who calls: the TLS client certificate and the access token that is bound to it.

Departments sign their own access tokens (JWT, RFC 7519, ``typ: at+jwt`` after RFC 9068) and bind them to their TLS
certificate (RFC 8705, ``cnf.x5t#S256``). Rules:
1. The certificate's key must be registered for the department that the token names.
2. One algorithm per key; ``typ``, ``iss``, ``aud``, ``iat``, ``exp`` always required; at most five minutes of life.
3. A token is capped before it is parsed, and kept, once verified, under its SHA-256 until it expires. What it was
   verified against (department, key, operator) is looked up again whenever another register is in force.
4. Claims only narrow: the hub decides from its own register.
5. A token with the claim ``holder`` speaks for that holder: only a department with the role HOLDER_CHANNEL signs one,
   it names no operator, and it says how (``acr``) and when (``auth_time``) the holder logged in.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.call import Caller
from exchange.codes import holder_id_problem
from exchange.entities.catalogue import Department, Role, Status
from exchange.entities.licence import Holder
from exchange.entities.register import Register
from exchange.errors import RefusedError
from exchange.reasons import Reason
from signer import base64url
from signer.errors import SignerError
from signer.strict_json import loads

T = TypeVar("T")

MAX_TOKEN: Final = 8_192
MAX_LIFE: Final = 300
CLOCK_SKEW: Final = 60
_TOKENS_KEPT: Final = 20_000
_PEERS_KEPT: Final = 5_000
_MAX_SCOPE: Final = 100
_LEVELS: Final = frozenset({"1", "2", "3"})


@dataclass(frozen=True, slots=True)
class Peer:
    """A TLS peer: hex SHA-256 of its SPKI, base64url SHA-256 of its certificate (``x5t#S256``), end of validity."""

    spki: str
    thumbprint: str
    not_after: float


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """A verified token's claims that matter here."""

    department: str
    kid: str
    jwk: str
    system: str
    operator: str
    assurance: int
    thumbprint: str
    expires: int
    scope: tuple[frozenset[str], frozenset[str], frozenset[str]]
    holder: Holder | None = field(default=None, repr=False)
    login_time: int = 0


@dataclass(frozen=True, slots=True)
class Admitted:
    """A caller who was let in under an epoch's register, by a token and certificate that are good before ``until``."""

    epoch: int
    until: float
    caller: Caller


class Authenticator:
    """Turns a connection and its token into a ``Caller``; ``audience`` is the hub's name, ``clock`` gives seconds."""

    def __init__(self, audience: str, clock: Callable[[], float]) -> None:
        self._audience = audience
        self._clock = clock
        self._peers: OrderedDict[bytes, Peer] = OrderedDict()
        self._tokens: OrderedDict[bytes, TokenClaims] = OrderedDict()
        self._admitted: OrderedDict[bytes, Admitted] = OrderedDict()
        self._lock = threading.Lock()

    def caller(self, certificate: bytes, token: str, register: Register) -> Caller:
        """The caller behind a PEM certificate and an access token.

        Raises ``RefusedError`` with CERTIFICATE_UNKNOWN, CERTIFICATE_REVOKED, TOKEN_INVALID, TOKEN_UNBOUND or
        OPERATOR_UNKNOWN. The TLS library has already checked the chain.
        """
        now = self._clock()
        if len(token) > MAX_TOKEN or not token.isascii():
            raise RefusedError(Reason.TOKEN_INVALID)
        key = hashlib.sha256(token.encode()).digest() + certificate
        admitted = self._admitted.get(key)
        if admitted is not None and admitted.epoch == register.epoch and now < admitted.until:
            return admitted.caller
        return self._admit(key, certificate, token, register, now)

    def _admit(self, key: bytes, certificate: bytes, token: str, register: Register, now: float) -> Caller:
        peer = self._peer(certificate)
        claims = self._claims(token, register, now)
        department = register.departments.get(claims.department)
        if department is None or peer.spki not in department.certificates:
            raise RefusedError(Reason.CERTIFICATE_UNKNOWN)
        if department.status is not Status.ACTIVE or peer.not_after < now:
            raise RefusedError(Reason.CERTIFICATE_REVOKED)
        if claims.thumbprint != peer.thumbprint:
            raise RefusedError(Reason.TOKEN_UNBOUND)
        operator = None
        if claims.operator:
            operator = register.operators.get((claims.department, claims.operator))
            if operator is None or operator.status is not Status.ACTIVE:
                raise RefusedError(Reason.OPERATOR_UNKNOWN)
        if claims.holder is not None and Role.HOLDER_CHANNEL not in department.roles:
            raise RefusedError(Reason.TOKEN_INVALID)
        assurance = min(claims.assurance, operator.assurance) if operator else 0
        if claims.holder is not None:
            assurance = claims.assurance
        caller = Caller(department, operator, claims.system, assurance, claims.scope, claims.holder, claims.login_time)
        until = min(claims.expires, peer.not_after)
        self._keep(self._admitted, key, Admitted(register.epoch, until, caller), _TOKENS_KEPT)
        return caller

    def _peer(self, certificate: bytes) -> Peer:
        known = self._peers.get(certificate)
        if known is not None:
            return known
        try:
            parsed = x509.load_pem_x509_certificate(certificate)
            spki = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise RefusedError(Reason.CERTIFICATE_UNKNOWN) from error
        thumbprint = base64url.encode(hashlib.sha256(parsed.public_bytes(Encoding.DER)).digest())
        peer = Peer(hashlib.sha256(spki).hexdigest(), thumbprint, parsed.not_valid_after_utc.timestamp())
        self._keep(self._peers, certificate, peer, _PEERS_KEPT)
        return peer

    def _claims(self, token: str, register: Register, now: float) -> TokenClaims:
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            raise RefusedError(Reason.TOKEN_INVALID)
        key = hashlib.sha256(token.encode()).digest()
        claims = self._tokens.get(key)
        if claims is None:
            claims = self._verify(token, register, now)
            self._keep(self._tokens, key, claims, _TOKENS_KEPT)
        elif not _key_in_force(register.departments.get(claims.department), claims):
            raise RefusedError(Reason.TOKEN_INVALID)
        if claims.expires <= now:
            raise RefusedError(Reason.TOKEN_INVALID)
        return claims

    def _verify(self, token: str, register: Register, now: float) -> TokenClaims:
        try:
            header, payload = (loads(base64url.decode(part), max_bytes=MAX_TOKEN) for part in token.split(".", 3)[:2])
        except (SignerError, ValueError) as error:
            raise RefusedError(Reason.TOKEN_INVALID) from error
        if not isinstance(header, dict) or not isinstance(payload, dict) or header.get("typ") != "at+jwt":
            raise RefusedError(Reason.TOKEN_INVALID)
        department = register.departments.get(str(payload.get("iss")))
        registered = [key for key in department.token_keys if key.kid == header.get("kid")] if department else []
        if not registered or registered[0].status is not Status.ACTIVE or header.get("alg") != registered[0].alg:
            raise RefusedError(Reason.TOKEN_INVALID)
        if header.keys() - {"typ", "alg", "kid"}:
            raise RefusedError(Reason.TOKEN_INVALID)
        key = registered[0]
        try:
            claims = jwt.decode(
                token,
                jwt.PyJWK.from_json(key.jwk, algorithm=key.alg).key,
                algorithms=[key.alg],
                audience=self._audience,
                issuer=department.uscc if department else "",
                options={
                    "require": ["iss", "aud", "iat", "exp"],
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise RefusedError(Reason.TOKEN_INVALID) from error
        return _read(claims, key.kid, key.jwk, now)

    def _keep(self, kept: OrderedDict[bytes, T], key: bytes, value: T, most: int) -> None:
        with self._lock:
            kept[key] = value
            if len(kept) > most:
                kept.popitem(last=False)


def _key_in_force(department: Department | None, claims: TokenClaims) -> bool:
    return department is not None and any(
        key.kid == claims.kid and key.jwk == claims.jwk and key.status is Status.ACTIVE for key in department.token_keys
    )


def _read(claims: Mapping[str, object], kid: str, jwk: str, now: float) -> TokenClaims:
    """The claims as typed values; raises ``RefusedError(TOKEN_INVALID)`` when one is missing or out of bounds."""
    issued, expires, confirmation = claims["iat"], claims["exp"], claims.get("cnf")
    system, operator, level = claims.get("client_id"), claims.get("sub", ""), claims.get("acr", "1")
    begins = claims.get("nbf", issued)
    if type(issued) is not int or type(expires) is not int or type(begins) is not int:
        raise RefusedError(Reason.TOKEN_INVALID)
    if max(issued, begins) > now + CLOCK_SKEW or expires - issued > MAX_LIFE or expires <= issued:
        raise RefusedError(Reason.TOKEN_INVALID)
    thumbprint = confirmation.get("x5t#S256") if isinstance(confirmation, dict) else None
    if not all(isinstance(text, str) for text in (system, operator, level, thumbprint)):
        raise RefusedError(Reason.TOKEN_INVALID)
    system, operator, level, thumbprint = str(system), str(operator), str(level), str(thumbprint)
    if not 1 <= len(system) <= 100 or len(operator) > 64 or level not in _LEVELS or "act" in claims:
        raise RefusedError(Reason.TOKEN_INVALID)
    holder, login_time = _holder(claims, now)
    return TokenClaims(
        department=str(claims["iss"]),
        kid=kid,
        jwk=jwk,
        system=system,
        operator=operator,
        assurance=int(level),
        thumbprint=thumbprint,
        expires=expires,
        scope=_scope(claims.get("authorization_details", [])),
        holder=holder,
        login_time=login_time,
    )


def _holder(claims: Mapping[str, object], now: float) -> tuple[Holder | None, int]:
    """The holder whom the token speaks for, without a name, and the time of that login; (None, 0) for any other token.

    Raises ``RefusedError(TOKEN_INVALID)``: an operator beside the holder, no level, a login that is to come.
    """
    if "holder" not in claims:
        return None, 0
    named, login_time = claims["holder"], claims.get("auth_time")
    if (
        not isinstance(named, dict)
        or named.keys() != {"id_type", "id_number"}
        or "sub" in claims
        or "acr" not in claims
    ):
        raise RefusedError(Reason.TOKEN_INVALID)
    id_type, id_number = named["id_type"], named["id_number"]
    if not isinstance(id_type, str) or not isinstance(id_number, str) or holder_id_problem(id_type, id_number):
        raise RefusedError(Reason.TOKEN_INVALID)
    if type(login_time) is not int or not 0 < login_time <= now + CLOCK_SKEW:
        raise RefusedError(Reason.TOKEN_INVALID)
    return Holder(id_type, id_number, ""), login_time


def _scope(details: object) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """RFC 9396 details of type ``onceonly``: matters, cases, requirements; anything else is refused, not ignored.

    A list that is there names at least one: an empty one would mean nothing at all, and must not come to mean all.
    """
    wanted: dict[str, set[str]] = {"matters": set(), "cases": set(), "requirements": set()}
    if not isinstance(details, list) or len(details) > _MAX_SCOPE:
        raise RefusedError(Reason.TOKEN_INVALID)
    for detail in details:
        if not isinstance(detail, dict) or detail.get("type") != "onceonly" or detail.keys() - {"type", *wanted}:
            raise RefusedError(Reason.TOKEN_INVALID)
        for name, values in wanted.items():
            if name not in detail:
                continue
            listed = detail[name]
            if not isinstance(listed, list) or not all(isinstance(value, str) for value in listed):
                raise RefusedError(Reason.TOKEN_INVALID)
            if not 1 <= len(listed) <= _MAX_SCOPE:
                raise RefusedError(Reason.TOKEN_INVALID)
            values.update(listed)
    return frozenset(wanted["matters"]), frozenset(wanted["cases"]), frozenset(wanted["requirements"])
