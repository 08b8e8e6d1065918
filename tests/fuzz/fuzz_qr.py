"""The licence on paper: text, COSE_Sign1 and payload."""

import zlib
from contextlib import suppress

from signer import base45, cbor, cose, qr
from signer.errors import FormatError, SignatureError
from signer.report import Outcome
from tests.fuzz.signed import KEY, SEAL, run

TEXT, POINTER, COMPRESSED, MESSAGE, PAYLOAD = range(5)
"""What the rest of an input is; the first byte, modulo 5, says which."""


def one_input(data: bytes) -> None:
    """Whatever the bytes, there is a report; whatever is accepted has one encoding."""
    kind, rest = (data[0] % 5 if data else TEXT), data[1:]
    report = qr.check_qr(text_of(kind, rest), seals=lambda *_: SEAL, at=1)
    assert report.outcome is not Outcome.PASSED  # neither authority nor status was asked about
    with suppress(FormatError):
        assert cbor.encode(cbor.decode(rest, max_bytes=4096)) == rest
    with suppress(FormatError, SignatureError):
        cose.verify1(rest, {b"1": SEAL.public})


def text_of(kind: int, rest: bytes) -> str:
    """The text of a QR code that holds these bytes."""
    if kind == TEXT:
        return qr.CREDENTIAL_PREFIX + rest.decode("latin-1")
    if kind == POINTER:
        return qr.POINTER_PREFIX + base45.encode(rest)
    if kind == COMPRESSED:
        return qr.CREDENTIAL_PREFIX + base45.encode(rest)
    if kind == PAYLOAD:
        kid = bytes.fromhex(SEAL.sha256)[: qr.KID_BYTES]
        rest = cose.sign1(rest, alg="EdDSA", kid=kid, sign=KEY.sign, external_aad=qr.EXTERNAL_AAD)
    return qr.CREDENTIAL_PREFIX + base45.encode(zlib.compress(rest, 1))


if __name__ == "__main__":
    run(one_input)
