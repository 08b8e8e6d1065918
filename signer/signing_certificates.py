"""Certificates that the CAs of a hub sign, judged before they are signed.

A TBSCertificate is read by the library as part of a certificate with an empty signature. Rules:
1. ``hub-ca`` certifies itself and seals; ``tls-ca`` certifies itself, servers and clients; neither makes further CAs.
2. A certificate begins about now, and lives no longer than its kind may.
3. It has the extensions that this hub gives it, and no others.
"""

from datetime import timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signer.algorithms import suite_named, thumbprint
from signer.certificate_reading import read_certificate
from signer.certificates import key_usage
from signer.errors import FormatError
from signer.identifier import uscc_valid
from signer.seals import IDENTIFIER_PREFIX, MAX_CERTIFICATE_BYTES, SEAL_USAGE
from signer.signing_kinds import AskedKey, Place

T = TypeVar("T", bound=x509.ExtensionType)

_EARLY_SECONDS: Final = 2 * 3600
_CA_LIFE: Final = timedelta(days=3660)
_END_LIFE: Final = timedelta(days=1100)
_KNOWN: Final = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
        x509.SubjectAlternativeName.oid,
    }
)
_UNREADABLE: Final = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_ALGORITHMS: Final = {
    "ES256": bytes.fromhex("300a06082a8648ce3d040302"),
    "EdDSA": bytes.fromhex("300506032b6570"),
}
"""DER of the AlgorithmIdentifier (RFC 5758 section 3.2, RFC 8410 section 3)."""


def certificate(key: AskedKey, _: Place, now: int, data: bytes) -> None:
    """The TBSCertificate of a certificate that this CA may sign now; FormatError (``CERTIFICATE_…``) otherwise."""
    read = _read(key, data)
    try:
        extensions = read.extensions
        public = read.public_key()
        names = read.issuer, read.subject  # each part is parsed when it is first asked for
    except _UNREADABLE as error:
        raise FormatError("CERTIFICATE_INVALID", "the certificate's key, names or extensions cannot be read") from error
    if read.version is not x509.Version.v3 or not {extension.oid for extension in extensions} <= _KNOWN:
        raise FormatError("CERTIFICATE_EXTENSIONS", "the certificate has an extension that this hub gives to none")
    _check_issuer(key, extensions)
    itself = isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey) and thumbprint(public) == key.kid
    _check_life(read, now, _CA_LIFE if itself else _END_LIFE)
    if itself:
        _check_itself(names, extensions)
    else:
        _check_end(key, names[1], extensions)


def _read(key: AskedKey, data: bytes) -> x509.Certificate:
    """Read the certificate that the TBSCertificate would become."""
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise FormatError("OBJECT_TOO_LARGE", f"more than {MAX_CERTIFICATE_BYTES} bytes")
    algorithm = _ALGORITHMS.get(key.alg)
    if algorithm is None:
        raise FormatError("CERTIFICATE_ALG", "a key of this suite signs no certificates")
    try:
        read = read_certificate(_der(0x30, data + algorithm + _der(0x03, bytes(65))))
        named = read.signature_algorithm_oid.dotted_string
    except (FormatError, ValueError) as error:
        raise FormatError("CERTIFICATE_INVALID", "not a TBSCertificate that this key may sign") from error
    if read.tbs_certificate_bytes != data or named != suite_named(key.alg).oid:
        raise FormatError("CERTIFICATE_INVALID", "not a TBSCertificate that this key may sign")
    return read


def _der(tag: int, content: bytes) -> bytes:
    """A DER element (X.690 sections 8.1.2 and 10.1)."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _check_issuer(key: AskedKey, extensions: x509.Extensions) -> None:
    assert isinstance(key.public, EllipticCurvePublicKey | Ed25519PublicKey)
    wanted = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public)
    if _extension(extensions, x509.AuthorityKeyIdentifier) != wanted:
        raise FormatError("CERTIFICATE_ISSUER", "the certificate does not name this key as its issuer's")


def _check_life(read: x509.Certificate, now: int, longest: timedelta) -> None:
    begins = read.not_valid_before_utc
    if abs(begins.timestamp() - now) > _EARLY_SECONDS or not begins < read.not_valid_after_utc <= begins + longest:
        raise FormatError("OBJECT_TIME", "the certificate does not begin now, or lives too long")


def _check_itself(names: tuple[x509.Name, x509.Name], extensions: x509.Extensions) -> None:
    constraints = _extension(extensions, x509.BasicConstraints)
    usage = _extension(extensions, x509.KeyUsage)
    if names[0] != names[1] or not constraints.ca or usage != key_usage(certificates=True):
        raise FormatError("CERTIFICATE_CA", "the CA's own certificate is not that of a CA")


def _check_end(key: AskedKey, subject: x509.Name, extensions: x509.Extensions) -> None:
    constraints = _extension(extensions, x509.BasicConstraints)
    if constraints.ca or _extension(extensions, x509.KeyUsage) != key_usage(certificates=False):
        raise FormatError("CERTIFICATE_CA", "this CA certifies no further CAs")
    usages = list(_extension(extensions, x509.ExtendedKeyUsage))
    allowed = (
        [[SEAL_USAGE]]
        if key.key_id == "hub-ca"
        else [[ExtendedKeyUsageOID.SERVER_AUTH], [ExtendedKeyUsageOID.CLIENT_AUTH]]
    )
    if usages not in allowed:
        raise FormatError("CERTIFICATE_USAGE", "this CA does not certify for that use")
    if usages != [ExtendedKeyUsageOID.SERVER_AUTH]:
        named = [str(item.value) for item in subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)]
        if len(named) != 1 or not uscc_valid(named[0].removeprefix(IDENTIFIER_PREFIX)):
            raise FormatError("CERTIFICATE_SUBJECT", "the certificate names no department by its USCC")


def _extension(extensions: x509.Extensions, kind: type[T]) -> T:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound as error:
        raise FormatError("CERTIFICATE_EXTENSIONS", "the certificate lacks an extension that it must have") from error
