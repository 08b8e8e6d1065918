"""One wrong character, or two neighbours exchanged, is always found by the check characters."""

from datetime import date

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exchange.codes import (
    citizen_id,
    citizen_id_birth_date,
    citizen_id_problem,
    holder_id_problem,
    matter_code_problem,
    region_code_problem,
    text_problem,
    uscc,
    uscc_problem,
)
from signer.identifier import check_character, mint, parse

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
usccs = st.text(USCC_ALPHABET, min_size=17, max_size=17).map(uscc)
citizen_ids = st.builds(
    citizen_id,
    st.integers(100_000, 999_999).map(str),
    st.dates(date(1850, 1, 1), date(2100, 12, 31)),
    st.integers(1, 999),
)


@given(usccs, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_a_wrong_character_in_a_uscc_is_found(code, position, character):
    assume(code[position] != character)
    assert uscc_problem(code) is None
    assert uscc_problem(code[:position] + character + code[position + 1 :]) is not None


@given(usccs, st.integers(0, 16))
def test_neighbours_exchanged_in_a_uscc_are_found(code, position):
    assume(code[position] != code[position + 1])
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert uscc_problem(swapped) is not None


@given(citizen_ids, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_a_wrong_character_in_a_citizen_id_is_found(number, position, character):
    assume(number[position] != character)
    assert citizen_id_problem(number) is None
    assert citizen_id_problem(number[:position] + character + number[position + 1 :]) is not None


@given(st.dates(date(1850, 1, 1), date(2100, 12, 31)), st.integers(1, 999))
def test_a_citizen_id_carries_its_birth_date(born, sequence):
    assert citizen_id_birth_date(citizen_id("990101", born, sequence)) == born


@given(
    usccs,
    usccs,
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=32),
    st.integers(1, 999),
    st.data(),
)
def test_a_wrong_check_character_in_an_identifier_is_found(authority, issuer, serial, version, data):
    identifier = mint(authority + "001", issuer, serial, version)
    body = identifier.type + identifier.issuer + identifier.serial + f"{identifier.version:03d}"
    position = data.draw(st.integers(0, len(body) - 1))
    character = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assume(body[position] != character)
    assert check_character(body[:position] + character + body[position + 1 :]) != check_character(body)
    assert parse(str(identifier)) == identifier


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_checks_of_any_text_answer_and_never_raise(text):
    for check in (uscc_problem, citizen_id_problem, region_code_problem, matter_code_problem):
        check(text)
    for id_type in ("001", "111", "414", text):
        holder_id_problem(id_type, text)
    problem = text_problem(text, 60)
    if problem is None:
        assert text == text.strip()
        assert text.encode().decode() == text
