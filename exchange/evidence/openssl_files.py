"""The same signed objects in the forms that ``openssl`` takes, so that nobody needs our software to check them.

Rules:
1. Everything here is cut out of an object that stands beside it whole. The README compares the two.
2. A JWS signature of ECDSA is r ‖ s; openssl wants DER. Ed25519 signatures are the same in both.
"""

from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.evidence.package import EvidenceFile
from signer import base64url, jws
from signer.algorithms import PublicKey
from signer.note import NoteKey, parse_note

_MAX_JWS: Final = 4 * 1024 * 1024
_HALF: Final = 32


def jws_files(base: str, token: str) -> tuple[EvidenceFile, ...]:
    """``<base>.signed``, ``<base>.signature``, ``<base>.header.json`` and ``<base>.payload.json`` of a compact JWS.

    Raises FormatError for what is none.
    """
    parts = jws.split(token, max_bytes=_MAX_JWS)
    signature = base64url.decode(parts.signature)
    header = base64url.decode(parts.header)
    der = _der(signature) if b'"ES256"' in header else signature
    return (
        EvidenceFile(f"{base}.signed", parts.signing_input),
        EvidenceFile(f"{base}.signature", der),
        EvidenceFile(f"{base}.header.json", header),
        EvidenceFile(f"{base}.payload.json", base64url.decode(parts.payload)),
    )


def key_file(name: str, public: PublicKey) -> EvidenceFile | None:
    """The key as PEM; None for a kind of key that openssl's commands do not take."""
    if not isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey):
        return None
    return EvidenceFile(name, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def chain_files(folder: str, chain: Sequence[bytes], roots: Sequence[bytes]) -> tuple[EvidenceFile, ...]:
    """``seal.pem``, ``chain.pem`` (seal and intermediates), ``seal-key.pem`` and the ``root.pem`` that it leads to.

    ``chain`` and ``roots`` are DER. Not checked: any signature; ``openssl verify`` does.
    """
    certificates = [x509.load_der_x509_certificate(der) for der in chain]
    files = [
        EvidenceFile(f"{folder}/seal.pem", certificates[0].public_bytes(Encoding.PEM)),
        EvidenceFile(f"{folder}/chain.pem", b"".join(each.public_bytes(Encoding.PEM) for each in certificates)),
    ]
    public = certificates[0].public_key()
    if isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey):
        key = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        files.append(EvidenceFile(f"{folder}/seal-key.pem", key))
    named = [x509.load_der_x509_certificate(der) for der in roots]
    root = [each.public_bytes(Encoding.PEM) for each in named if each.subject == certificates[-1].issuer]
    if root:
        files.append(EvidenceFile(f"{folder}/root.pem", b"".join(root)))
    return tuple(files)


def note_files(base: str, note: str, key: NoteKey) -> tuple[EvidenceFile, ...]:
    """``<base>.signed`` and ``<base>.signature``: the text of a note, and the Ed25519 signature of ``key`` over it."""
    parsed = parse_note(note)
    signatures = [each.signature for each in parsed.signatures if (each.name, each.key_hash) == (key.name, key.hash)]
    files = [EvidenceFile(f"{base}.signed", parsed.text.encode("utf-8"))]
    return (*files, *(EvidenceFile(f"{base}.signature", each) for each in signatures[:1]))


def _der(signature: bytes) -> bytes:
    r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
    return encode_dss_signature(r, s)
