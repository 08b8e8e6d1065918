"""Seal certificates: which authority a signature key belongs to, and who says so.

A hub's CA, or an outside one, certifies each issuing authority's seal key. The certificate names the authority by
its USCC in ``organizationIdentifier`` (2.5.4.97) as ``NTRCN-<USCC>`` (ETSI EN 319 412-1 section 5.1.4) and carries
an extended key usage of our own, so that a certificate made for TLS or anything else can never seal a licence.
Chains are validated at *signing time*: a seal that expired later does not undo what it signed. Revocation is not
looked at here: the trust list names the certificates that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError

from signer.algorithms import USUAL, PublicKey, accepted_suite, suite_of
from signer.certificate_reading import read_certificate
from signer.errors import ChainError, FormatError
from signer.identifier import uscc_valid

SEAL_USAGE: Final = x509.ObjectIdentifier("2.25.147685723031317869727442284441536344856")
"""Extended key usage of seals: UUID 6f1b3c52-8a0e-4d7b-9c41-2e5d7a90b318 under the UUID arc (ITU-T X.667)."""

MAX_CHAIN: Final = 4
MAX_CERTIFICATE_BYTES: Final = 8 * 1024
"""A certificate here has under 1 KiB; more than this is someone else's experiment."""

IDENTIFIER_PREFIX: Final = "NTRCN-"


@dataclass(frozen=True, slots=True)
class SealCertificate:
    """A seal whose chain was validated. ``valid_from`` and ``valid_until`` are Unix seconds within which the *whole
    chain* is valid."""

    authority: str
    """USCC."""
    name: str
    public: PublicKey
    alg: str
    serial: int
    sha256: str
    """Hex digest of the certificate, by which a trust list names it."""
    valid_from: int
    valid_until: int


def validate_chain(
    chain_der: Sequence[bytes],
    roots: Sequence[x509.Certificate],
    at: datetime,
    accepted: frozenset[str] = USUAL,
) -> SealCertificate:
    """Return the seal that heads a chain (seal first), if it leads to one of ``roots`` at the time ``at`` (aware) and
    its key is of an ``accepted`` suite.

    At most 4 certificates of 8 KiB. The result holds for every time within its ``valid_from`` and ``valid_until``,
    so that callers may keep it. Raises ChainError: ``CHAIN_LENGTH``, ``CERTIFICATE_SIZE``, ``CERTIFICATE_INVALID``,
    ``CHAIN_UNTRUSTED`` (signature, time, usage, constraints, no root), ``AUTHORITY_MISSING``, ``KEY_TYPE``. Does
    not check revocation, nor what the authority may issue.
    """
    certificates = [_load(der) for der in _bounded(chain_der)]
    try:
        verified = _verifier(roots, at).verify(certificates[0], certificates[1:])
    except (VerificationError, ValueError) as error:
        raise ChainError("CHAIN_UNTRUSTED", "the seal's chain does not lead to a trusted root at that time") from error
    leaf = certificates[0]
    public = _public_key(leaf, accepted)
    authority, name = _subject(leaf)
    return SealCertificate(
        authority=authority,
        name=name,
        public=public,
        alg=suite_of(public).name,
        serial=leaf.serial_number,
        sha256=sha256(chain_der[0]).hexdigest(),
        valid_from=max(int(link.not_valid_before_utc.timestamp()) for link in verified.chain),
        valid_until=min(int(link.not_valid_after_utc.timestamp()) for link in verified.chain),
    )


def _bounded(chain_der: Sequence[bytes]) -> Sequence[bytes]:
    if not 0 < len(chain_der) <= MAX_CHAIN:
        raise ChainError("CHAIN_LENGTH", f"a chain has 1 to {MAX_CHAIN} certificates")
    if any(len(der) > MAX_CERTIFICATE_BYTES for der in chain_der):
        raise ChainError("CERTIFICATE_SIZE", f"a certificate has at most {MAX_CERTIFICATE_BYTES} bytes")
    return chain_der


def _load(der: bytes) -> x509.Certificate:
    try:
        return read_certificate(der)
    except FormatError as error:
        raise ChainError("CERTIFICATE_INVALID", "not a DER certificate") from error


def _public_key(leaf: x509.Certificate, accepted: frozenset[str]) -> PublicKey:
    try:
        public = leaf.public_key()
        accepted_suite(suite_of(public).name, accepted)
    except (FormatError, UnsupportedAlgorithm, ValueError) as error:
        raise ChainError("KEY_TYPE", "the seal's key is of a type that is not accepted here") from error
    assert isinstance(public, PublicKey)  # suite_of knows no others
    return public


def _subject(leaf: x509.Certificate) -> tuple[str, str]:
    """Return the authority's USCC and name."""
    identifiers = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(identifiers) != 1 or len(names) != 1:
        raise ChainError("AUTHORITY_MISSING", "the seal names no authority, or several")
    identifier, name = str(identifiers[0].value), str(names[0].value)
    authority = identifier.removeprefix(IDENTIFIER_PREFIX)
    if not identifier.startswith(IDENTIFIER_PREFIX) or not uscc_valid(authority):
        raise ChainError("AUTHORITY_MISSING", "the seal's organizationIdentifier is not NTRCN- and a valid USCC")
    return authority, name


def _verifier(roots: Sequence[x509.Certificate], at: datetime) -> x509.verification.ClientVerifier:
    authorities = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.CRITICAL, None)
        .require_present(x509.KeyUsage, Criticality.CRITICAL, _may_certify)
    )
    seals = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.CRITICAL, _is_no_ca)
        .require_present(x509.KeyUsage, Criticality.CRITICAL, _may_sign)
        .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _is_seal)
    )
    return (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at)
        .max_chain_depth(MAX_CHAIN - 2)
        .extension_policies(ca_policy=authorities, ee_policy=seals)
        .build_client_verifier()
    )


def _may_certify(_: Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("this CA certificate may not sign certificates")


def _is_no_ca(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if constraints.ca:
        raise ValueError("a CA certificate is no seal")


def _may_sign(_: Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature or usage.key_cert_sign:
        raise ValueError("a seal signs data and nothing else")


def _is_seal(_: Policy, __: x509.Certificate, usages: x509.ExtendedKeyUsage) -> None:
    if list(usages) != [SEAL_USAGE]:
        raise ValueError("this certificate was not made to seal licences")
