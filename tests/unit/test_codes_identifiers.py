"""Codes of persons, organisations, types and matters: what is right, and every way of being wrong."""

from datetime import date

import pytest

from exchange import codes
from exchange.entities.catalogue import Level

USCC = "11990000MB0000000J"
CITIZEN = "510104199001010019"


def test_uscc_of_the_published_example_is_right():
    assert codes.uscc_problem(USCC) is None
    assert codes.uscc(USCC[:17]) == USCC


@pytest.mark.parametrize(
    "text", ["", USCC[:17], USCC + "0", USCC.lower(), USCC[:17] + "K", "１" + USCC[1:], USCC + "\n"]
)
def test_uscc_problem_names_a_wrong_code(text):
    assert codes.uscc_problem(text) is not None


def test_citizen_id_check_character_of_the_published_example():
    assert codes.citizen_id_check_character("51010419900101001") == "9"
    assert codes.citizen_id_problem(CITIZEN) is None
    assert codes.citizen_id("510104", date(1990, 1, 1), 1) == CITIZEN
    assert codes.citizen_id_birth_date(CITIZEN) == date(1990, 1, 1)


def test_citizen_id_may_end_with_x():
    number = next(
        made for n in range(1, 100) if (made := codes.citizen_id("990101", date(2001, 2, 3), n)).endswith("X")
    )
    assert codes.citizen_id_problem(number) is None
    assert codes.citizen_id_problem(number[:17] + "x") is not None


@pytest.mark.parametrize(
    "text",
    ["", "5101041990010100", CITIZEN + "0", CITIZEN[:17] + "8", "٥" + CITIZEN[1:], "０" + CITIZEN[1:], CITIZEN + "\n"],
)
def test_citizen_id_problem_names_a_wrong_shape_or_check(text):
    assert codes.citizen_id_problem(text) is not None


@pytest.mark.parametrize("birth", ["19900230", "19901301", "17000101", "00000101", "20230229"])
def test_citizen_id_refuses_a_birth_that_never_was_though_its_check_is_right(birth):
    first17 = f"990101{birth}001"
    number = first17 + codes.citizen_id_check_character(first17)
    problem = codes.citizen_id_problem(number)
    assert problem is not None
    assert "birth" in problem.en
    assert codes.citizen_id_birth_date(number) is None


def test_citizen_id_birth_date_of_another_shape_is_none():
    assert codes.citizen_id_birth_date("x") is None


@pytest.mark.parametrize("text", ["5101041990010100", "5101041990010100１", "a" * 17, "510104199001010019"])
def test_citizen_id_check_character_wants_17_ascii_digits(text):
    with pytest.raises(ValueError, match="17 digits"):
        codes.citizen_id_check_character(text)


@pytest.mark.parametrize(("region", "sequence"), [("99010", 1), ("9901011", 1), ("990101", 0), ("990101", 1_000)])
def test_citizen_id_constructor_is_bounded(region, sequence):
    with pytest.raises(ValueError, match="six digits"):
        codes.citizen_id(region, date(1990, 1, 1), sequence)


def test_region_codes_are_six_ascii_digits():
    assert codes.region_code_problem("990100") is None
    for text in ("", "99010", "0990100", "099010", "99010a", "９９０１００"):
        assert codes.region_code_problem(text) is not None


def test_licence_type_codes():
    assert codes.licence_type_code(USCC, 1) == USCC + "001"
    assert codes.licence_type_code_problem(USCC + "001") is None
    for text in (USCC, USCC + "01", USCC + "0011", USCC + "00A", USCC[:17] + "K001"):
        assert codes.licence_type_code_problem(text) is not None
    for authority, number in ((USCC[:17], 1), (USCC, 0), (USCC, 1_000)):
        with pytest.raises(ValueError, match="authority"):
            codes.licence_type_code(authority, number)


def test_matter_codes():
    code = codes.matter_code(USCC, Level.PROVINCE, "000131001000")
    assert code == USCC + "2000131001000"
    assert codes.matter_code_problem(code) is None
    assert codes.matter_code_problem(code + "01") is None
    for text in (code[:30], code + "0", code + "001", code + "0A", USCC + "9000131001000", "0" + code[1:], code + "\n"):
        assert codes.matter_code_problem(text) is not None
    for implementer, basic_code in ((USCC[:17], "000131001000"), (USCC, "00013100100"), (USCC, "00013100100a")):
        with pytest.raises(ValueError, match="implementer"):
            codes.matter_code(implementer, Level.CITY, basic_code)


def test_every_level_has_its_own_digit():
    assert set(codes.LEVEL_DIGITS) == set(Level)
    assert len(set(codes.LEVEL_DIGITS.values())) == len(Level)


@pytest.mark.parametrize("text", ["2026-02-28", "2024-02-29", "0001-01-01"])
def test_dates_that_exist(text):
    assert codes.date_problem(text) is None
    assert str(codes.iso_date(text)) == text


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "2025-02-29", "20260228", "2026-2-28", "2026-W09-6", "２０２６-02-28", "2026-02-28\n"]
)
def test_dates_that_do_not(text):
    assert codes.date_problem(text) is not None


def test_holder_numbers_are_checked_by_their_type():
    assert codes.holder_id_problem("001", USCC) is None
    assert codes.holder_id_problem("111", CITIZEN) is None
    assert codes.holder_id_problem("414", "E12345678") is None
    assert codes.holder_id_problem("516", "H(12)34-5/6)") is None
    assert codes.holder_id_problem("001", CITIZEN) is not None
    assert codes.holder_id_problem("111", USCC) is not None
    for number in ("", " E1", "e12345678", "E1234\u200b", "E" * 41, "-E1", "Ｅ1", "E1\n"):
        assert codes.holder_id_problem("414", number) is not None


def test_holder_id_types_that_do_not_exist_are_named():
    for id_type in ("", "112", "0001", "１１１"):
        problem = codes.holder_id_problem(id_type, CITIZEN)
        assert problem is not None
        assert "type code" in problem.en


def test_no_problem_repeats_the_number():
    for problem in (codes.citizen_id_problem(CITIZEN[:17] + "8"), codes.holder_id_problem("111", CITIZEN[:17] + "8")):
        assert problem is not None
        assert CITIZEN[:6] not in problem.en + problem.zh
