"""Making CAs and seal certificates. Private keys stay in the backend: it signs what is described here.

CA keys are ES256, since path validation accepts no Ed25519 above the last certificate; a seal itself may be of
either suite.
"""

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from signer.algorithms import PublicKey
from signer.certificates import as_ca, as_end, builder_for, common_name, der
from signer.errors import FormatError, KeyBackendError
from signer.identifier import uscc_valid
from signer.keys.backend import KeyBackend
from signer.seals import IDENTIFIER_PREFIX, SEAL_USAGE


def create_ca(backend: KeyBackend, key_id: str, *, name: str, not_before: datetime, not_after: datetime) -> bytes:
    """Return a self-signed CA certificate (DER) for a key of the backend; at most two CAs may stand below it."""
    public = _ca_key(backend, key_id)
    subject = common_name(name)
    builder = builder_for(
        subject, subject, public=public, issuer_public=public, not_before=not_before, not_after=not_after
    )
    builder = as_ca(builder, levels_below=2)
    return der(backend.sign_certificate(key_id, builder))


def create_subordinate_ca(
    backend: KeyBackend,
    key_id: str,
    *,
    issuer_key_id: str,
    issuer_certificate: bytes,
    name: str,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """Return the certificate (DER) of a CA below another, for a key of the backend; it certifies seals only, no
    further CAs."""
    issuer = x509.load_der_x509_certificate(issuer_certificate)
    subject, public, issuer_public = common_name(name), _ca_key(backend, key_id), backend.public_key(issuer_key_id)
    builder = builder_for(
        subject, issuer.subject, public=public, issuer_public=issuer_public, not_before=not_before, not_after=not_after
    )
    builder = as_ca(builder, levels_below=0)
    return der(backend.sign_certificate(issuer_key_id, builder))


def issue_seal(
    backend: KeyBackend,
    issuer_key_id: str,
    issuer_certificate: bytes,
    *,
    authority: str,
    name: str,
    public_key: PublicKey,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """Return the seal certificate (DER) of an issuing authority's key.

    ``authority`` is a USCC (FormatError ``ISSUER_INVALID`` otherwise), ``name`` at most 64 characters as X.509 has
    it. The authority's private key is not needed. Does not check that the authority asked for it.
    """
    if not uscc_valid(authority):
        raise FormatError("ISSUER_INVALID", "an authority is named by a valid USCC")
    issuer = x509.load_der_x509_certificate(issuer_certificate)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, IDENTIFIER_PREFIX + authority),
        ]
    )
    issuer_public = backend.public_key(issuer_key_id)
    builder = builder_for(
        subject,
        issuer.subject,
        public=public_key,
        issuer_public=issuer_public,
        not_before=not_before,
        not_after=not_after,
    )
    builder = as_end(builder, SEAL_USAGE, critical=True)
    return der(backend.sign_certificate(issuer_key_id, builder))


def _ca_key(backend: KeyBackend, key_id: str) -> PublicKey:
    if backend.suite(key_id) != "ES256":
        raise KeyBackendError(f"the key {key_id} cannot be a CA's: make it with the suite ES256")
    return backend.public_key(key_id)
