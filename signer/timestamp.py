"""Time-stamps of an authority that the hub does not run (RFC 3161), for the bytes of a checkpoint's note.

Rules:
1. A response is checked before it is kept: granted, over SHA-256 of these bytes, with the request's nonce where there
   is one, signed by a certificate for time-stamping alone that leads to a configured root at the stamp's own time.
2. The time given back is the latest that the stamp allows: its time, rounded up, with its accuracy. The bytes existed
   by then.
3. Whatever the bytes, only this package's errors come out. The library (rfc3161-client) parses and verifies; its
   errors stay inside. It does not look at the signed ESSCertID attribute: ``openssl ts -verify`` does.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from signer.certificate_reading import read_certificate
from signer.errors import FormatError, SignatureError

MAX_BYTES: Final = 64 * 1024
MAX_ACCURACY_SECONDS: Final = 60

_MAX_ACCURACY: Final = dt.timedelta(seconds=MAX_ACCURACY_SECONDS)
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
# What the library and the X.509 parser below it raise for bytes that they cannot read.
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    VerificationError,
)


@dataclass(frozen=True, slots=True)
class StampRequest:
    """A request as it is sent (``der``), and the ``nonce`` that the response must repeat."""

    der: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a response says, before anything is believed."""

    algorithm: str
    digest: bytes
    nonce: int | None
    time: dt.datetime
    accuracy: dt.timedelta


def request(message: bytes) -> StampRequest:
    """Return a request for a stamp over SHA-256 of ``message`` (1 byte or more), with a fresh nonce, that asks for
    the authority's certificate."""
    if not message:
        raise FormatError("TIMESTAMP_MESSAGE", "there is nothing to stamp")
    made = TimestampRequestBuilder(message, HashAlgorithm.SHA256, nonce=True, cert_req=True).build()
    assert made.nonce is not None
    return StampRequest(made.as_bytes(), made.nonce)


def check_response(der: bytes, message: bytes, roots: Sequence[bytes], *, nonce: int | None = None) -> int:
    """Return the Unix second by which ``message`` existed, as an authority below one of ``roots`` stamped it.

    ``roots`` are DER certificates; ``nonce`` is the request's, None for a response that was kept. Raises FormatError
    (``TIMESTAMP_TOO_LARGE``, ``TIMESTAMP_MALFORMED``, ``TIMESTAMP_REFUSED``, ``TIMESTAMP_OF_OTHER_MESSAGE``,
    ``TIMESTAMP_NONCE``, ``TIMESTAMP_ACCURACY``, ``TIMESTAMP_CERTIFICATE``, ``TIMESTAMP_ROOT``) and SignatureError.
    Does not ask whether the authority's certificate has been revoked, nor whether the policy is one of a given set.
    """
    if len(der) > MAX_BYTES:
        raise FormatError("TIMESTAMP_TOO_LARGE", f"a time-stamp response has at most {MAX_BYTES} bytes")
    anchors = _anchors(roots)
    response = _decoded(der)
    stamp = _stamp(response)
    if stamp.algorithm != _SHA256 or stamp.digest != sha256(message).digest():
        raise FormatError("TIMESTAMP_OF_OTHER_MESSAGE", "the time-stamp is not over SHA-256 of these bytes")
    if nonce is not None and stamp.nonce != nonce:
        raise FormatError("TIMESTAMP_NONCE", "the response repeats another nonce than the request's")
    if not dt.timedelta() <= stamp.accuracy <= _MAX_ACCURACY:
        raise FormatError("TIMESTAMP_ACCURACY", f"a time-stamp is accurate to {MAX_ACCURACY_SECONDS} seconds")
    _check_purpose(response)
    # One root at a time: of several with one name (a root that was renewed), the library would try the first alone.
    if not any(_leads_to(anchor, response, message) for anchor in anchors):
        raise SignatureError("the time-stamp's signature leads to no configured root at its own time")
    since = stamp.time.replace(tzinfo=dt.UTC) - dt.datetime.fromtimestamp(0, dt.UTC)
    return -(-(since + stamp.accuracy) // dt.timedelta(seconds=1))


def _anchors(roots: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        anchors = [x509.load_der_x509_certificate(root) for root in roots]
    except _UNREADABLE as error:
        raise FormatError("TIMESTAMP_ROOT", "a root for time-stamps is no DER certificate") from error
    if not anchors:
        raise FormatError("TIMESTAMP_ROOT", "there is no root for time-stamps")
    return anchors


def _decoded(der: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(der)
        status = PKIStatus(response.status)
    except _UNREADABLE as error:
        raise FormatError("TIMESTAMP_MALFORMED", "not a time-stamp response") from error
    if status is not PKIStatus.GRANTED:
        raise FormatError("TIMESTAMP_REFUSED", "the authority granted no time-stamp")
    return response


def _stamp(response: TimeStampResponse) -> _Stamp:
    try:
        info = response.tst_info
        imprint, stated = info.message_imprint, info.accuracy
        accuracy = dt.timedelta()
        if stated is not None:  # optional (RFC 3161 section 2.4.2): without one the time stands alone
            seconds, millis, micros = (part or 0 for part in (stated.seconds, stated.millis, stated.micros))
            accuracy = dt.timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)
        return _Stamp(imprint.hash_algorithm.dotted_string, imprint.message, info.nonce, info.gen_time, accuracy)
    except _UNREADABLE as error:
        raise FormatError("TIMESTAMP_MALFORMED", "the time-stamp cannot be read") from error


def _check_purpose(response: TimeStampResponse) -> None:
    """The signer's certificate is for time-stamping and nothing else (RFC 3161 section 2.3)."""
    try:
        (signer,) = response.signed_data.signer_infos
        certificates = [read_certificate(each) for each in response.signed_data.certificates]
        named = (signer.issuer, signer.serial_number)
        (leaf,) = [each for each in certificates if (each.issuer, each.serial_number) == named]
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (*_UNREADABLE, FormatError, x509.ExtensionNotFound) as error:
        raise FormatError("TIMESTAMP_CERTIFICATE", "the response has no one certificate of its signer") from error
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise FormatError("TIMESTAMP_CERTIFICATE", "the signer's certificate is not for time-stamping alone")


def _leads_to(anchor: x509.Certificate, response: TimeStampResponse, message: bytes) -> bool:
    try:
        return VerifierBuilder(roots=[anchor]).build().verify_message(response, message)
    except _UNREADABLE:
        return False
