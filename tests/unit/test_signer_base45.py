"""Base45: RFC 9285's examples, and everything that it says a decoder must refuse."""

import pytest

from signer import base45
from signer.errors import FormatError


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"\xff\xff", "FGW"),
        (b"\x00", "00"),
        (b"\xff", "U5"),
    ],
)
def test_each_value_has_one_spelling(data, text):
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@pytest.mark.parametrize(
    "text",
    [
        "GGW",  # 65536, RFC 9285 section 4.2
        ":::",  # 91124, section 6
        "V5",  # 256 in two characters
        "::",
        "A",
        "BB8A",
        "bb8",
        "BB8\n",
        "BB_",
        "BB8=",
        "ÀB8",
        "BB８",
        "\ud800BB",
    ],
)
def test_every_other_spelling_is_refused(text):
    with pytest.raises(FormatError, match="BASE45_INVALID"):
        base45.decode(text)
