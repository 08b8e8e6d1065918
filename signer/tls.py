"""Certificates for mutual TLS: a CA of its own, the hub's server certificate, and certificates for departments'
systems.

Unlike seals, a client's private key may be made here and handed out: it belongs to a department, which asks the
hub's operator for a ready identity. A department that makes its own key sends a signing request to its own CA
instead. The CA's key stays in the backend, as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signer import base64url
from signer.certificates import as_ca, as_end, builder_for, common_name, der
from signer.errors import ChainError, FormatError
from signer.identifier import uscc_valid
from signer.keys.backend import KeyBackend
from signer.seals import IDENTIFIER_PREFIX

MAX_NAMES: Final = 32


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """What one side of a connection needs: its certificate and private key, both PEM. The key is never shown in a
    printed form."""

    certificate_pem: bytes
    private_key_pem: bytes = field(repr=False)


def create_tls_ca(backend: KeyBackend, key_id: str, *, name: str, not_before: datetime, not_after: datetime) -> bytes:
    """Return a self-signed CA certificate (PEM) for TLS, with a key of the backend. It certifies ends only, no
    further CAs."""
    public, subject = backend.public_key(key_id), common_name(name)
    builder = builder_for(
        subject, subject, public=public, issuer_public=public, not_before=not_before, not_after=not_after
    )
    builder = as_ca(builder, levels_below=0)
    return backend.sign_certificate(key_id, builder).public_bytes(Encoding.PEM)


def issue_server(
    backend: KeyBackend,
    ca_key_id: str,
    ca_certificate_pem: bytes,
    *,
    names: Sequence[str],
    not_before: datetime,
    not_after: datetime,
) -> TlsIdentity:
    """Return a server's identity for DNS names and IP addresses (1 to 32; FormatError ``SERVER_NAMES``
    otherwise)."""
    if not 0 < len(names) <= MAX_NAMES:
        raise FormatError("SERVER_NAMES", f"a server has 1 to {MAX_NAMES} names")
    subject = common_name(names[0])
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
    usage = ExtendedKeyUsageOID.SERVER_AUTH
    return _issue(
        backend,
        ca_key_id,
        ca_certificate_pem,
        subject=subject,
        alternatives=alternatives,
        usage=usage,
        not_before=not_before,
        not_after=not_after,
    )


def issue_client(
    backend: KeyBackend,
    ca_key_id: str,
    ca_certificate_pem: bytes,
    *,
    department: str,
    system: str,
    not_before: datetime,
    not_after: datetime,
) -> TlsIdentity:
    """Return the identity of a department's system.

    ``department`` is a USCC and stands in organizationIdentifier, ``system`` (at most 64 characters) in the common
    name. Raises FormatError (``DEPARTMENT_INVALID``). Whether the hub lets that certificate in is for its register
    to say.
    """
    if not uscc_valid(department):
        raise FormatError("DEPARTMENT_INVALID", "a department is named by a valid USCC")
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, system),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, IDENTIFIER_PREFIX + department),
        ]
    )
    alternatives = x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier(f"urn:onceonly:department:{department}")]
    )
    usage = ExtendedKeyUsageOID.CLIENT_AUTH
    return _issue(
        backend,
        ca_key_id,
        ca_certificate_pem,
        subject=subject,
        alternatives=alternatives,
        usage=usage,
        not_before=not_before,
        not_after=not_after,
    )


def spki_pin(certificate_pem: bytes) -> str:
    """Return the base64url SHA-256 of a certificate's public key: it stays when the certificate is renewed for the
    same key.

    Raises ChainError (``CERTIFICATE_INVALID``) if there is no PEM certificate.
    """
    public = _load(certificate_pem).public_key()
    return base64url.encode(sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest())


def certificate_thumbprint(certificate_pem: bytes) -> str:
    """Return the ``x5t#S256`` of a certificate (RFC 8705 section 3.1), to which access tokens are bound.

    Raises ChainError (``CERTIFICATE_INVALID``) if there is no PEM certificate.
    """
    return base64url.encode(sha256(der(_load(certificate_pem))).digest())


def _load(certificate_pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(certificate_pem)
    except ValueError as error:
        raise ChainError("CERTIFICATE_INVALID", "not a PEM certificate") from error


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _issue(
    backend: KeyBackend,
    ca_key_id: str,
    ca_certificate_pem: bytes,
    *,
    subject: x509.Name,
    alternatives: x509.SubjectAlternativeName,
    usage: x509.ObjectIdentifier,
    not_before: datetime,
    not_after: datetime,
) -> TlsIdentity:
    private = ec.generate_private_key(ec.SECP256R1())
    issuer = _load(ca_certificate_pem)
    builder = builder_for(
        subject,
        issuer.subject,
        public=private.public_key(),
        issuer_public=backend.public_key(ca_key_id),
        not_before=not_before,
        not_after=not_after,
    )
    builder = as_end(builder, usage, critical=False).add_extension(alternatives, critical=False)
    certificate = backend.sign_certificate(ca_key_id, builder)
    return TlsIdentity(
        certificate.public_bytes(Encoding.PEM),
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
