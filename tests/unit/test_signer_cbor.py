"""CBOR with one encoding for each value; what cbor2 alone would accept or act upon is refused before it sees it."""

import cbor2
import pytest

from signer import cbor
from signer.errors import FormatError


def decode(data, **bounds):
    return cbor.decode(data, **{"max_bytes": 1000, **bounds})


def code_of(data, **bounds):
    with pytest.raises(FormatError) as caught:
        decode(data, **bounds)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00", 0),
        ("17", 23),
        ("1818", 24),
        ("1901f4", 500),
        ("1b0020000000000000", 2**53),
        ("3b001fffffffffffff", -(2**53)),
        ("43010203", b"\1\2\3"),
        ("66e5b1b1e6b0b4", "山水"),
        ("83f4f5f6", [False, True, None]),
        ("a0", {}),
        ("a30a0120026161f6", {10: 1, -1: 2, "a": None}),
        ("a41864003901000061610062626200", {100: 0, -257: 0, "a": 0, "bb": 0}),
    ],
)
def test_each_value_has_one_encoding(text, value):
    data = bytes.fromhex(text)
    assert decode(data) == value
    assert cbor.encode(value) == data


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "CBOR_TRUNCATED"),
        ("18", "CBOR_TRUNCATED"),
        ("1901", "CBOR_TRUNCATED"),
        ("4401", "CBOR_TRUNCATED"),
        ("5bffffffffffffffff00", "CBOR_TRUNCATED"),
        ("9bffffffffffffffff00", "CBOR_TRUNCATED"),
        ("bbffffffffffffffff00", "CBOR_TRUNCATED"),
        ("8200", "CBOR_TRUNCATED"),
        ("a100", "CBOR_TRUNCATED"),
        ("a24100", "CBOR_TRUNCATED"),
        ("a2004100", "CBOR_TRUNCATED"),
        ("0000", "CBOR_TRAILING"),
        ("1817", "CBOR_NOT_CANONICAL"),
        ("190017", "CBOR_NOT_CANONICAL"),
        ("1a000000ff", "CBOR_NOT_CANONICAL"),
        ("1b00000000ffffffff", "CBOR_NOT_CANONICAL"),
        ("3817", "CBOR_NOT_CANONICAL"),
        ("580100", "CBOR_NOT_CANONICAL"),
        ("780161", "CBOR_NOT_CANONICAL"),
        ("980100", "CBOR_NOT_CANONICAL"),
        ("b8010000", "CBOR_NOT_CANONICAL"),
        ("a202000100", "CBOR_NOT_CANONICAL"),
        ("a220001864 00", "CBOR_NOT_CANONICAL"),
        ("a201000100", "CBOR_DUPLICATE_KEY"),
        ("a2616100616100", "CBOR_DUPLICATE_KEY"),
        ("a20100180100", "CBOR_DUPLICATE_KEY"),
        ("81a201000100", "CBOR_DUPLICATE_KEY"),
        ("1b0020000000000001", "CBOR_INTEGER_RANGE"),
        ("1bffffffffffffffff", "CBOR_INTEGER_RANGE"),
        ("3b0020000000000000", "CBOR_INTEGER_RANGE"),
        ("c249010000000000000000", "CBOR_TAG"),
        ("c349010000000000000000", "CBOR_TAG"),
        ("d28440a04040", "CBOR_TAG"),
        ("c11a514b67b0", "CBOR_TAG"),
        ("c4822003", "CBOR_TAG"),
        ("d81c80", "CBOR_TAG"),
        ("d823656128612b29", "CBOR_TAG"),
        ("d9d9f700", "CBOR_TAG"),
        ("81c001", "CBOR_TAG"),
        ("f93c00", "CBOR_FLOAT"),
        ("f97e00", "CBOR_FLOAT"),
        ("fa7f800000", "CBOR_FLOAT"),
        ("fbfff0000000000000", "CBOR_FLOAT"),
        ("f7", "CBOR_SIMPLE"),
        ("e0", "CBOR_SIMPLE"),
        ("f8ff", "CBOR_SIMPLE"),
        ("f815", "CBOR_SIMPLE"),
        ("9f00ff", "CBOR_INDEFINITE"),
        ("bf0000ff", "CBOR_INDEFINITE"),
        ("5f4100ff", "CBOR_INDEFINITE"),
        ("7f6161ff", "CBOR_INDEFINITE"),
        ("ff", "CBOR_INDEFINITE"),
        ("1c", "CBOR_RESERVED"),
        ("fe", "CBOR_RESERVED"),
        ("a1f500", "CBOR_KEY_TYPE"),
        ("a1410000", "CBOR_KEY_TYPE"),
        ("a1a000", "CBOR_KEY_TYPE"),
        ("a18000", "CBOR_KEY_TYPE"),
        ("a1c24101", "CBOR_KEY_TYPE"),
        ("62c328", "CBOR_NOT_UTF8"),
        ("63eda080", "CBOR_NOT_UTF8"),
        ("a161ff00", "CBOR_NOT_UTF8"),
    ],
)
def test_everything_else_is_refused(text, code):
    assert code_of(bytes.fromhex(text)) == code


def test_what_is_refused_is_what_the_library_would_take():
    """If cbor2 ever refuses these by itself, the walk may become shorter."""
    for text in ("1817", "a202000100", "c249010000000000000000", "f97e00", "e0", "a1f500"):
        cbor2.loads(bytes.fromhex(text))


def test_sizes_are_bounded():
    assert decode(b"\x81" * 8 + b"\0") == [[[[[[[[0]]]]]]]]
    assert code_of(b"\x81" * 9 + b"\0") == "CBOR_TOO_DEEP"
    assert code_of(b"\xa1\x00" * 9 + b"\0") == "CBOR_TOO_DEEP"
    assert code_of(b"\x81" * 900 + b"\0") == "CBOR_TOO_DEEP"
    assert code_of(b"\x81\x00", max_depth=0) == "CBOR_TOO_DEEP"
    assert decode(b"\x42\0\0", max_bytes=3) == b"\0\0"
    assert code_of(b"\x42\0\0", max_bytes=2) == "CBOR_TOO_LARGE"


def test_what_cannot_be_read_is_not_written():
    circle = []
    circle.append(circle)
    deep = [[[[[[[[[]]]]]]]]]
    for value in (1.5, float("nan"), 2**53 + 1, {True: 1}, {b"k": 1}, {1, 2}, "\ud800", {"\ud800": 1}, circle, deep):
        with pytest.raises(FormatError, match="CBOR_UNSERIALISABLE"):
            cbor.encode(value)
