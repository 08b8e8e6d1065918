"""Certificates from anywhere: read, or refused by one error, whatever their bytes."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from signer.certificate_reading import read_certificate
from signer.errors import FormatError

KEY = ec.derive_private_key(7, ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = (
    x509.CertificateBuilder()
    .subject_name(NAME)
    .issuer_name(NAME)
    .public_key(KEY.public_key())
    .serial_number(0x1234)
    .not_valid_before(BEGINS)
    .not_valid_after(BEGINS + timedelta(days=30))
    .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    .add_extension(x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), critical=False)
    .sign(KEY, hashes.SHA256())
    .public_bytes(Encoding.DER)
)
SERIAL = GOOD.index(b"\x02\x02\x12\x34")
VERSION = GOOD.index(b"\xa0\x03\x02\x01\x02") + 4


def looked_at(read: x509.Certificate) -> None:
    """Everything that callers look at can be."""
    assert read.serial_number > 0
    assert read.version in x509.Version
    assert read.issuer is not None
    assert read.subject is not None
    assert read.not_valid_before_utc.tzinfo
    assert list(read.extensions) is not None


def test_a_good_one_is_read() -> None:
    looked_at(read_certificate(GOOD))


@pytest.mark.parametrize(
    "der",
    [
        GOOD[:SERIAL] + b"\x02\x02\x92\x34" + GOOD[SERIAL + 4 :],  # a negative serial number: the library only warns
        GOOD[:SERIAL] + b"\x02\x02\x00\x00" + GOOD[SERIAL + 4 :],
        GOOD[:VERSION] + b"\x03" + GOOD[VERSION + 1 :],
        GOOD[:VERSION] + b"\x09" + GOOD[VERSION + 1 :],
        GOOD[:-1],
        GOOD + b"\0",
        b"",
    ],
)
def test_what_the_library_only_warns_of_or_names_otherwise_is_refused_too(der: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        read_certificate(der)
    assert refused.value.code == "CERTIFICATE_INVALID"


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=0, max_size=6), st.integers(0, 6))
def test_any_damage_is_refused_or_leaves_a_certificate(at: int, new: bytes, removed: int) -> None:
    try:
        read = read_certificate(GOOD[:at] + new + GOOD[at + removed :])
    except FormatError:
        return
    looked_at(read)
