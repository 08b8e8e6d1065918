"""The key pairs of a token: how they are made, found and judged.

Rules:
1. A private key is made inside the token, sensitive from its first moment and never extractable. One that is not, or
   that came from outside, is not used, whatever its name.
2. The pair of version n of a key has the label ``<key id>.v<n>`` on both objects, and an id made from it.
3. A key found again must sign for the public key beside it before it is used: a token that was restored, swapped or
   damaged shows here, not in a licence.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11 import (
    Attribute,
    KeyType,
    Mechanism,
    MechanismFlag,
    Object,
    ObjectClass,
    PKCS11Error,
    Session,
    SignMixin,
)

from signer.algorithms import PublicKey, suite_named
from signer.errors import KeyBackendError

_LABEL: Final = re.compile(r"(?P<key_id>[a-z0-9-]{1,80})\.v(?P<version>[1-9][0-9]{0,5})")
_NEVER_LEAVES: Final[Mapping[Attribute, bool]] = MappingProxyType(
    {
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.ALWAYS_SENSITIVE: True,
        Attribute.NEVER_EXTRACTABLE: True,
        Attribute.LOCAL: True,
    }
)
_PROOF: Final = b"onceonly: does this key sign for the public key beside it? "


class Pair(NamedTuple):
    """A key id and a version."""

    key_id: str
    version: int

    @property
    def label(self) -> str:
        """The label of both objects."""
        return f"{self.key_id}.v{self.version}"


@dataclass(frozen=True, slots=True)
class _TokenSuite:
    """How a token names a suite. ``parameters`` is the DER of the curve's object identifier."""

    key_type: KeyType
    parameters: bytes
    making: Mechanism
    signing: Mechanism
    point_bytes: int


_SUITES: Final[Mapping[str, _TokenSuite]] = MappingProxyType(
    {
        "ES256": _TokenSuite(
            KeyType.EC, bytes.fromhex("06082a8648ce3d030107"), Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA, 65
        ),
        "EdDSA": _TokenSuite(
            KeyType.EC_EDWARDS, bytes.fromhex("06032b6570"), Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA, 32
        ),
    }
)
_SUITE_OF: Final = MappingProxyType({suite.key_type: name for name, suite in _SUITES.items()})


def pairs(session: Session) -> list[Pair]:
    """Return what private keys of ours the token holds; other objects are left alone."""
    found = []
    for private in _search(session, {Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
        match = _LABEL.fullmatch(_label(private))
        if match is not None:
            found.append(Pair(match["key_id"], int(match["version"])))
    return found


def make(session: Session, pair: Pair, suite_name: str) -> None:
    """Make a key pair in the token. KeyBackendError if the token cannot hold keys of that suite, or if another process
    has made the pair at the same time."""
    suite = _suite(session, suite_name)
    domain = session.create_domain_parameters(suite.key_type, {Attribute.EC_PARAMS: suite.parameters}, local=True)
    made = domain.generate_keypair(
        mechanism=suite.making,
        store=True,
        label=pair.label,
        id=_object_id(pair),
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        public_template={Attribute.MODIFIABLE: False},
        private_template={
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.MODIFIABLE: False,
        },
    )
    if len(_objects(session, pair, ObjectClass.PRIVATE_KEY)) > 1:
        for made_object in made:
            made_object.destroy()
        raise KeyBackendError(f"another process has just made {pair.label}; refresh and look again")


def private_key(session: Session, pair: Pair) -> SignMixin:
    """Return the private key of a pair. KeyBackendError if it is not there once, or could leave the token."""
    private = _only(session, pair, ObjectClass.PRIVATE_KEY)
    if any(private[attribute] is not wanted for attribute, wanted in _NEVER_LEAVES.items()):
        raise KeyBackendError(f"the private key {pair.label} was not made in the token or can leave it: make a new one")
    if not isinstance(private, SignMixin):
        raise KeyBackendError(f"the private key {pair.label} in the token may not sign")
    return private


def public_key(session: Session, pair: Pair) -> tuple[str, PublicKey]:
    """Return suite and public key of a pair. KeyBackendError if it is not there once or is of another kind."""
    public = _only(session, pair, ObjectClass.PUBLIC_KEY)
    name = _SUITE_OF.get(public[Attribute.KEY_TYPE])
    if name is None or public[Attribute.EC_PARAMS] != _SUITES[name].parameters:
        raise KeyBackendError(f"the key {pair.label} in the token is of an unknown type")
    point = _point(public[Attribute.EC_POINT], _SUITES[name].point_bytes)
    try:
        if name == "ES256":
            return name, EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        return name, Ed25519PublicKey.from_public_bytes(point)
    except ValueError as error:
        raise KeyBackendError(f"the public key {pair.label} in the token is not a point of its curve") from error


def sign(private: SignMixin, suite_name: str, data: bytes) -> bytes:
    """Return the signature over ``data`` in JOSE's raw form, which is PKCS#11's too."""
    message = sha256(data).digest() if suite_name == "ES256" else data
    signature: bytes = private.sign(message, mechanism=_SUITES[suite_name].signing)
    return signature


def prove(private: SignMixin, pair: Pair, suite_name: str, public: PublicKey) -> None:
    """KeyBackendError unless the private key signs for ``public``."""
    challenge = _PROOF + os.urandom(16)
    if not suite_named(suite_name).verify(public, sign(private, suite_name, challenge), challenge):
        raise KeyBackendError(f"the private key {pair.label} in the token does not fit its public key")


def _suite(session: Session, name: str) -> _TokenSuite:
    suite = _SUITES.get(name)
    if suite is None:
        raise KeyBackendError(f"keys of the suite {name} cannot live in a PKCS#11 token: keep them in files")
    offered = session.token.slot.get_mechanisms()
    if suite.signing not in offered or suite.making not in offered:
        raise KeyBackendError(
            f"the token {session.token.label!r} has no {suite.signing.name}: a key of the suite {name}, such as the "
            "log's, cannot live there"
        )
    return suite


def _objects(session: Session, pair: Pair, kind: ObjectClass) -> list[Object]:
    return _search(session, {Attribute.CLASS: kind, Attribute.LABEL: pair.label})


def _search(session: Session, wanted: Mapping[Attribute, object]) -> list[Object]:
    # A search that begins in a lost session leaves an operation behind that ends when garbage is collected, noisily and
    # without our lock. So the session is tried first, with the cheapest thing that tells.
    session.generate_random(64)
    return list(session.get_objects(dict(wanted)))


def _only(session: Session, pair: Pair, kind: ObjectClass) -> Object:
    found = _objects(session, pair, kind)
    if len(found) != 1:
        which = kind.name.lower().replace("_", " ")
        raise KeyBackendError(f"the token holds {len(found)} objects for the {which} {pair.label}, and one is needed")
    return found[0]


def _object_id(pair: Pair) -> bytes:
    return sha256(pair.label.encode()).digest()[:16]


def _label(private: Object) -> str:
    try:
        label: Any = private[Attribute.LABEL]
    except PKCS11Error:
        return ""  # an object without a label is none of ours
    return label if isinstance(label, str) else ""


def _point(encoded: bytes, size: int) -> bytes:
    """The standard wants the point in a DER OCTET STRING; some tokens give it bare."""
    return encoded[2:] if len(encoded) == size + 2 and encoded[:2] == bytes([0x04, size]) else encoded
