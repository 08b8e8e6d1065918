"""Callers by hand: certificates, token keys and tokens of every shape, for tests of authentication."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from exchange.entities.catalogue import Status, TokenKey
from signer.algorithms import public_to_jwk
from tests.fakes.signing import Pair, b64, raw_jws

AUDIENCE = "https://hub.qinghe.example"
NOW = 1_790_000_000
KID = "key-1"


class TlsIdentity:
    """A self-signed client certificate; the TLS library, not the authenticator, checks chains."""

    def __init__(self, name: str = "desk", days: int = 365, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        start = datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
            .sign(self.key, hashes.SHA256())
        )
        self.pem = self.certificate.public_bytes(Encoding.PEM)
        self.thumbprint = b64(sha256(self.certificate.public_bytes(Encoding.DER)).digest())
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.spki = sha256(spki).hexdigest()


def token_key(pair: Pair, kid: str = KID, status: Status = Status.ACTIVE) -> TokenKey:
    """The public part of a token key, as the catalogue registers it."""
    return TokenKey(kid, pair.suite.name, json.dumps(public_to_jwk(pair.public)), status)


def claims(department: str, identity: TlsIdentity, **changes: Any) -> dict[str, Any]:
    """The claims of a good token; a change to None leaves the claim out."""
    good: dict[str, Any] = {
        "iss": department,
        "client_id": "desk",
        "sub": "clerk",
        "aud": AUDIENCE,
        "iat": NOW - 10,
        "exp": NOW + 200,
        "jti": "1",
        "acr": "2",
        "cnf": {"x5t#S256": identity.thumbprint},
    } | changes
    return {name: value for name, value in good.items() if value is not None}


def token(pair: Pair, payload: object, header: dict[str, Any] | str | None = None) -> str:
    """A token over any payload with any header, signed."""
    default = {"alg": pair.suite.name, "typ": "at+jwt", "kid": KID}
    return raw_jws(pair, default if header is None else header, payload)
