"""Reading one X.509 certificate (RFC 5280) that came from anywhere, so that every way of being unreadable is one error.

Rules:
1. The library raises errors of several families, and for some breaches of RFC 5280 only warns: both are refused here.
2. Parts that the library parses when they are first asked for are asked for here: what is returned can be looked at.
"""

import contextlib

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from signer.errors import FormatError


def read_certificate(der: bytes) -> x509.Certificate:
    """The certificate in ``der``, with a readable version, number, names, validity, public key and extensions.

    Raises ``FormatError`` (``CERTIFICATE_INVALID``) for anything else, also for a serial number that is not positive
    (RFC 5280 section 4.1.2.2). Not checked: its length, its signature, its times, what its key and extensions are. A
    key of a type that the library does not know is left to whoever asks for it.
    """
    try:
        read = x509.load_der_x509_certificate(der)
        _ask_for_all(read)
    except (
        ValueError,
        UnsupportedAlgorithm,
        Warning,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise FormatError("CERTIFICATE_INVALID", "not a certificate that can be read") from error
    if read.serial_number <= 0:
        raise FormatError("CERTIFICATE_INVALID", "the certificate's serial number is not positive")
    return read


def _ask_for_all(read: x509.Certificate) -> None:
    """Rule 2; a key of an unknown type is no fault of the certificate's."""
    for _ in (read.version, read.issuer, read.subject, read.not_valid_before_utc, read.not_valid_after_utc):
        pass
    for _ in read.extensions:
        pass
    with contextlib.suppress(UnsupportedAlgorithm):
        read.public_key()
