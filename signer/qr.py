"""A licence on paper: the text of a QR code, made by the issuing authority and checked by anyone, offline too.

Two forms, both in the alphabet of a QR code's alphanumeric mode:

- the *credential form* ``OC1:`` + base45(zlib(COSE_Sign1)): the licence's claims and fields, signed by the
  authority's seal. The seal's certificate is named by the first 16 bytes of its SHA-256 (``kid``), not carried.
- the *pointer form* ``OC1P:`` + base45(identifier ‖ first 16 bytes of the SHA-256 of the credential's signed bytes):
  which licence this is, for the hub to look up. It proves nothing by itself.

Rules:
1. What is signed is bound to this form: the prefix is the ``external_aad``, and the header is ``alg`` and ``kid``.
2. Everything is bounded before it is decoded; what inflates to more than 16 KiB is refused.
3. A QR code is known by what it signs, never by its text: compressors differ, and so do texts with one content.
4. A bad signature is a result, not an error, as in ``signer.credential``; nothing in a report is unproven.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from signer import base45, base64url, cose
from signer.credential import (
    ALWAYS,
    NO_FURTHER,
    AuthorisedLookup,
    FurtherCheck,
    Licence,
    Proven,
    StatusLookup,
    check_authorised,
    check_identifier,
    check_status,
    check_validity,
)
from signer.errors import ChainError, FormatError
from signer.identifier import parse_foreign
from signer.qr_payload import claims_of, decode_payload, encode_payload
from signer.report import PASSED, Check, CheckName, Outcome, Report, failed, overall, undecided
from signer.seals import SealCertificate

CREDENTIAL_PREFIX: Final = "OC1:"
POINTER_PREFIX: Final = "OC1P:"
MAX_READ: Final = 4296
"""Alphanumeric characters in the largest QR code, version 40 at error correction L (ISO/IEC 18004 table 7)."""

MAX_DRAWN: Final = 3391
"""The same at error correction M, which is what is drawn here."""

EXTERNAL_AAD: Final = CREDENTIAL_PREFIX.encode("ascii")
KID_BYTES: Final = 16
DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class CredentialQr:
    """The credential form, read but *not verified*: only ``check_qr`` tells whether any of it is true."""

    licence: Licence
    fields: Mapping[str, object] = field(repr=False)
    message: cose.Sign1 = field(repr=False)
    sd_hash: str
    """Base64url SHA-256 of the COSE_Sign1: what a receipt may name."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The pointer form. ``digest`` is the first 16 bytes of the SHA-256 of the bytes that the seal signed."""

    identifier: str
    digest: bytes


SealLookup = Callable[[bytes, int], SealCertificate | Check | None]
"""(first 16 bytes of the certificate's SHA-256, iat) in; the seal, its chain validated at that time; None if it is not
at hand, or an ``issuer_chain`` check with a code of its own. May raise ChainError."""


def credential_text(
    licence: Licence, fields: Mapping[str, object], *, seal_sha256: str, alg: str, sign: cose.SignFunction
) -> str:
    """Return the credential form of a licence; ``licence.issue_time`` is when this is signed.

    ``seal_sha256`` is the hex digest of the seal's certificate; ``sign`` and ``alg`` are its key's. Raises FormatError:
    ``QR_TOO_LARGE`` for what no QR code of version 40 at error correction M holds, and the codes of
    ``encode_payload``. Does not check the licence's facts.
    """
    kid = bytes.fromhex(seal_sha256)[:KID_BYTES]
    payload = encode_payload(licence, fields)
    message = cose.sign1(payload, alg=alg, kid=kid, sign=sign, external_aad=EXTERNAL_AAD)
    text = CREDENTIAL_PREFIX + base45.encode(zlib.compress(message, 9))
    if len(text) > MAX_DRAWN:
        raise FormatError("QR_TOO_LARGE", f"{len(text)} characters; a QR code holds {MAX_DRAWN}")
    return text


def pointer_text(identifier: str, signed_sha256: str) -> str:
    """Return the pointer form; ``signed_sha256`` is the hex SHA-256 of the bytes that the seal signed.

    Raises FormatError (``IDENTIFIER_INVALID``).
    """
    parse_foreign(identifier)
    digest = bytes.fromhex(signed_sha256)[:DIGEST_BYTES]
    return POINTER_PREFIX + base45.encode(identifier.encode("ascii") + digest)


def read_qr_text(text: str) -> CredentialQr | Pointer:
    """Return what a QR code says, *unverified*.

    Raises FormatError: ``QR_TOO_LARGE``, ``QR_UNKNOWN`` (neither prefix), ``BASE45_INVALID``, ``QR_ZLIB``,
    ``QR_INFLATES``, ``QR_HEADER``, ``IDENTIFIER_INVALID``, and the codes of ``cose.parse1`` and ``decode_payload``.
    """
    if len(text) > MAX_READ:
        raise FormatError("QR_TOO_LARGE", f"more than {MAX_READ} characters")
    if text.startswith(CREDENTIAL_PREFIX):
        return _credential(base45.decode(text.removeprefix(CREDENTIAL_PREFIX)))
    if text.startswith(POINTER_PREFIX):
        return _pointer(base45.decode(text.removeprefix(POINTER_PREFIX)))
    raise FormatError("QR_UNKNOWN", "not the text of a licence's QR code")


def read_signing_input(data: bytes) -> Licence:
    """Return the licence that a seal is asked to sign for a QR code, from the complete signing input.

    For whoever keeps a seal: raises FormatError, as ``read_qr_text`` does, for bytes that are anything else.
    """
    asked = cose.parse_signing_input(data)
    _check_header(asked.headers, asked.protected)
    if asked.external_aad != EXTERNAL_AAD:
        raise FormatError("QR_HEADER", "the signature is not asked for a QR code")
    return decode_payload(asked.payload)[0]


def check_qr(
    qr: str | CredentialQr | Pointer,
    *,
    seals: SealLookup,
    at: int,
    authorised: AuthorisedLookup | None = None,
    status: StatusLookup | int | None = None,
    further: Mapping[CheckName, FurtherCheck] = NO_FURTHER,
) -> Report:
    """Return the verdict on a QR code, its text or what ``read_qr_text`` made of it, as of ``at`` (Unix seconds).

    As ``signer.credential.check``, with its names and codes; the disclosures pass, as nothing is hidden. A seal that
    is not at hand leaves the chain, and all that rests on it, INDETERMINATE (``SEAL_UNKNOWN``). The pointer form fails:
    nothing in it is signed (``QR_POINTER``). A further check finds ``issuer_jwt`` empty. Raises nothing for any text;
    what the look-ups raise passes through, but ChainError.
    """
    asked = (*ALWAYS, *further)
    # 1. Form.
    try:
        read = _signed(qr)
    except FormatError as error:
        return _stopped([failed(CheckName.FORMAT, error.code, error.message)], asked, None)
    checks = [PASSED[CheckName.FORMAT]]
    # 2. Chain, at signing time.
    seal = _seal(read, seals)
    if isinstance(seal, Check):
        return _stopped([*checks, seal], asked, read)
    checks.append(PASSED[CheckName.ISSUER_CHAIN])
    # 3. Signature, under the algorithm of the seal's key.
    signature = _check_signature(read, seal)
    checks.append(signature)
    if signature.outcome is not Outcome.PASSED:
        return _stopped(checks, asked, read, seal)
    # 4. Nothing is hidden, so that the disclosures pass; then what the licence says, each check on its own.
    claims = claims_of(read.licence, read.fields)
    checks.append(PASSED[CheckName.DISCLOSURES])
    checks.append(check_authorised(read.licence, seal, authorised))
    checks.append(check_identifier(read.licence))
    checks.append(check_validity(read.licence, at))
    checks.append(check_status(claims, status))
    if further:
        proven = Proven(read.licence, claims, seal, read.sd_hash, b"")
        checks.extend(look(proven) for look in further.values())
    return Report(overall(checks), tuple(checks), claims, tuple(sorted(read.fields)), seal, read.sd_hash)


def _signed(qr: str | CredentialQr | Pointer) -> CredentialQr:
    read = read_qr_text(qr) if isinstance(qr, str) else qr
    if isinstance(read, Pointer):
        raise FormatError("QR_POINTER", "this code only names a licence; ask the hub for it")
    return read


def _credential(compressed: bytes) -> CredentialQr:
    data = _inflate(compressed)
    message = cose.parse1(data)
    _check_header(message.headers, message.protected)
    licence, fields = decode_payload(message.payload)
    return CredentialQr(licence, fields, message, base64url.encode(sha256(data).digest()))


def _inflate(compressed: bytes) -> bytes:
    """Return what a whole zlib stream holds, and never more than a COSE_Sign1 may have."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(compressed, cose.MAX_BYTES + 1)
    except zlib.error as error:
        raise FormatError("QR_ZLIB", "not a zlib stream") from error
    if len(data) > cose.MAX_BYTES:
        raise FormatError("QR_INFLATES", f"inflates to more than {cose.MAX_BYTES} bytes")
    if not inflater.eof or inflater.unused_data:
        raise FormatError("QR_ZLIB", "the zlib stream is cut, or something follows it")
    return data


def _check_header(headers: cose.Headers, protected: bytes) -> None:
    """Refuse any header but ``alg`` and a ``kid`` of 16 bytes, both protected."""
    kid = headers.kid
    if kid is None or len(kid) != KID_BYTES or cose.protected_header(headers.alg, kid) != protected:
        raise FormatError("QR_HEADER", f"the protected header is not alg and a kid of {KID_BYTES} bytes")


def _pointer(data: bytes) -> Pointer:
    try:
        identifier = data[:-DIGEST_BYTES].decode("ascii")
    except UnicodeDecodeError as error:
        raise FormatError("IDENTIFIER_INVALID", "not a licence identifier") from error
    parse_foreign(identifier)
    return Pointer(identifier, data[-DIGEST_BYTES:])


def _seal(read: CredentialQr, seals: SealLookup) -> SealCertificate | Check:
    name = CheckName.ISSUER_CHAIN
    try:
        seal = seals(read.message.kid, read.licence.issue_time)
    except ChainError as error:
        return failed(name, error.code, error.message)
    if seal is None:
        return undecided(name, "SEAL_UNKNOWN", "the certificate of the seal that signed is not at hand")
    if isinstance(seal, Check):
        return seal
    return _misfit(read, seal) or seal


def _misfit(read: CredentialQr, seal: SealCertificate) -> Check | None:
    name = CheckName.ISSUER_CHAIN
    if not seal.sha256.startswith(read.message.kid.hex()):
        return failed(name, "KID_MISMATCH", "the seal at hand is not the one that the header names")
    if not seal.valid_from <= read.licence.issue_time <= seal.valid_until:
        return failed(name, "CHAIN_UNTRUSTED", "the seal's chain was not valid when the licence was signed")
    if seal.authority != read.licence.issuer:
        return failed(name, "ISSUER_MISMATCH", "the claim iss is not the authority that the seal names")
    return None


def _check_signature(read: CredentialQr, seal: SealCertificate) -> Check:
    name = CheckName.SIGNATURE
    try:
        if cose.signature_matches(read.message, seal.public, EXTERNAL_AAD):
            return PASSED[name]
    except FormatError as error:
        return failed(name, error.code, error.message)
    return failed(name, "SIGNATURE_INVALID", "the signature is not by the seal's key")


def _stopped(
    checks: list[Check], asked: tuple[CheckName, ...], read: CredentialQr | None, seal: SealCertificate | None = None
) -> Report:
    """Return the report of a QR code that did not pass the last of ``checks``, on which all later ones rest."""
    last = checks[-1].name
    later = [undecided(name, "NOT_REACHED", f"{last} did not pass before") for name in asked[len(checks) :]]
    every = [*checks, *later]
    return Report(overall(every), tuple(every), {}, (), seal, None if read is None else read.sd_hash)
