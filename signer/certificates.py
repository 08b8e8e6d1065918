"""What the certificates of this hub say, whether for seals or for TLS. Nothing is signed here."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signer.algorithms import PublicKey
from signer.errors import KeyBackendError
from signer.suites.sm2_keys import Sm2PublicKey


def common_name(text: str) -> x509.Name:
    """Return a name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def as_ca(builder: x509.CertificateBuilder, *, levels_below: int) -> x509.CertificateBuilder:
    """Return the builder of a CA certificate, with that many levels of CAs allowed below it."""
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=levels_below), critical=True).add_extension(
        key_usage(certificates=True), critical=True
    )


def as_end(
    builder: x509.CertificateBuilder, usage: x509.ObjectIdentifier, *, critical: bool
) -> x509.CertificateBuilder:
    """Return the builder of a certificate that certifies nothing further and serves one ``usage``."""
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    )


def builder_for(
    subject: x509.Name,
    issuer: x509.Name,
    *,
    public: PublicKey,
    issuer_public: PublicKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    """Return what every certificate here says: names, key, serial number, times, and the identifiers of both
    keys. KeyBackendError for a key of a suite that certificates here cannot carry (SM2)."""
    if isinstance(public, Sm2PublicKey) or isinstance(issuer_public, Sm2PublicKey):
        raise KeyBackendError("a key of SM2-SM3 cannot stand in a certificate here")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )


def key_usage(*, certificates: bool) -> x509.KeyUsage:
    """Return the usage of a key that signs certificates, or of one that signs data."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def der(certificate: x509.Certificate) -> bytes:
    """Return the certificate as DER."""
    return certificate.public_bytes(Encoding.DER)
