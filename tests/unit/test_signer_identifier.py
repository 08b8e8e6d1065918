"""Identifiers: the published vector, each departure by its own flag."""

import pytest

from signer import identifier
from signer.errors import FormatError
from signer.identifier import Quality
from tests.fakes.signing import AUTHORITY, IDENTIFIER

TYPE = "11990000MB0000000J001"


def test_the_vector_is_minted_and_parsed():
    minted = identifier.mint(TYPE, AUTHORITY, "2026000001", 1)
    assert str(minted) == IDENTIFIER
    assert identifier.parse(IDENTIFIER) == minted
    assert (minted.version, minted.check, minted.quality) == (1, "F", frozenset())


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        (IDENTIFIER[:-1] + "G", Quality.CHECK_CHARACTER_WRONG),
        (IDENTIFIER.replace("3005.2", "3005.1"), Quality.ROOT_FOREIGN),
        (
            f"1.2.156.3005.2.{TYPE}.990100.1.001.{identifier.check_character(TYPE + '9901001001')}",
            Quality.ISSUER_AREA_CODE,
        ),
        (
            f"1.2.156.3005.2.{TYPE}.{AUTHORITY}.1.000.{identifier.check_character(TYPE + AUTHORITY + '1000')}",
            Quality.VERSION_ZERO,
        ),
        (
            (
                f"1.2.156.3005.2.{TYPE}.{AUTHORITY[:-1]}A.1.001."
                f"{identifier.check_character(TYPE + AUTHORITY[:-1] + 'A1001')}"
            ),
            Quality.ISSUER_INVALID,
        ),
        (
            (
                f"1.2.156.3005.2.{TYPE[:20]}A.{AUTHORITY}.1.001."
                f"{identifier.check_character(TYPE[:20] + 'A' + AUTHORITY + '1001')}"
            ),
            Quality.TYPE_INVALID,
        ),
    ],
)
def test_a_foreign_identifier_is_read_with_a_flag_and_never_as_ours(text, quality):
    assert identifier.parse_foreign(text).quality == {quality}
    assert str(identifier.parse_foreign(text)) == text
    with pytest.raises(FormatError) as caught:
        identifier.parse(text)
    assert caught.value.code == quality


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 200,
        IDENTIFIER.lower(),
        IDENTIFIER + " ",
        IDENTIFIER + "\n",
        IDENTIFIER.replace("2026000001", ""),
        IDENTIFIER.replace("2026000001", "9" * 33),
        IDENTIFIER.replace("2026000001", "２０２６"),
        IDENTIFIER.replace(".001.", ".1."),
        IDENTIFIER.replace(".", ""),
    ],
)
def test_what_has_no_parts_is_no_identifier(text):
    with pytest.raises(FormatError, match="IDENTIFIER_INVALID"):
        identifier.parse_foreign(text)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("11990000MB0000000J00", AUTHORITY, "1", 1), "TYPE_INVALID"),
        (("11990000MB0000000K001", AUTHORITY, "1", 1), "TYPE_INVALID"),
        ((TYPE, "990100", "1", 1), "ISSUER_INVALID"),
        ((TYPE, AUTHORITY, "", 1), "SERIAL_INVALID"),
        ((TYPE, AUTHORITY, "a", 1), "SERIAL_INVALID"),
        ((TYPE, AUTHORITY, "1" * 33, 1), "SERIAL_INVALID"),
        ((TYPE, AUTHORITY, "1", 0), "VERSION_INVALID"),
        ((TYPE, AUTHORITY, "1", 1000), "VERSION_INVALID"),
    ],
)
def test_minting_is_strict(arguments, code):
    with pytest.raises(FormatError) as caught:
        identifier.mint(*arguments)
    assert caught.value.code == code


def test_every_wrong_uscc_character_shows():
    assert identifier.uscc_valid(AUTHORITY)
    for position in range(18):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if other != AUTHORITY[position]:
                assert not identifier.uscc_valid(AUTHORITY[:position] + other + AUTHORITY[position + 1 :])


@pytest.mark.parametrize(
    "text", ["", AUTHORITY[:-1], AUTHORITY + "1", AUTHORITY.lower(), "I" * 18, "１" * 18, "é" * 18]
)
def test_what_is_no_uscc(text):
    assert not identifier.uscc_valid(text)


def test_check_characters_are_over_their_alphabets_only():
    for text in ("a", "é", "１", " ", "\xff"):
        with pytest.raises(FormatError, match="CHARACTER_INVALID"):
            identifier.check_character(text)
    for text in ("1" * 16, "1" * 18, "O" * 17):
        with pytest.raises(FormatError, match="CHARACTER_INVALID"):
            identifier.uscc_check_character(text)


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("A12425GABC1234002", "M"),  # the example of the GRid standard, which uses ISO 7064 MOD 37,36 too
        ("0", "2"),  # by hand: a sum of 36 counts as 36, not as 0
        ("", "1"),
    ],
)
def test_check_characters_known_from_elsewhere(body, check):
    assert identifier.check_character(body) == check
