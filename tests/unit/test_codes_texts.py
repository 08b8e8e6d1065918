"""Texts: names of people and organisations as they are, and nothing that deceives the eye."""

import pytest

from exchange.codes import name_problem, text_problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "示例",
        "Ann Sample",
        "阿示·拟例",
        "𠮷野示",
        "䶮",
        "\U00030000",
        "\U000323b0",
        "é",
        "清河市（示例）有限公司",
        "a\u3000b",
    ],
)
def test_right_texts(text):
    assert text_problem(text, 200) is None


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "a\nb",
        "a\tb",
        "a\x7fb",
        "a\x85b",
        "a\u200bb",  # zero-width space
        "a\u200db",  # zero-width joiner
        "a\u202eb",  # right-to-left override
        "a\u2066b",  # left-to-right isolate
        "a\u2028b",  # line separator
        "a\u2029b",  # paragraph separator
        "a\ufeffb",  # byte order mark
        "a\u00adb",  # soft hyphen
        "a\ue000b",  # private use
        "a\ufffeb",  # noncharacters
        "a\ufdd0b",
        "a\U0001ffffb",
        "a\U000e0041b",  # tag
        "a\ud800b",  # lone surrogate
        "a\u3164b",  # Hangul filler
        "e\u0301",  # not NFC
        "\uf900",  # compatibility ideograph, not NFC
        " a",
        "a ",
        "\u3000a",
        "a\u00a0",
    ],
)
def test_wrong_texts_get_a_sentence_in_both_languages(text):
    problem = text_problem(text, 200)
    assert problem is not None
    assert problem.en
    assert problem.zh


def test_length_counts_code_points_and_is_looked_at_first():
    assert text_problem("𠮷" * 10, 10) is None
    problem = text_problem("\x00" * 11, 10)
    assert problem is not None
    assert "10" in problem.en


def test_names_are_not_empty_and_bounded():
    assert name_problem("示例") is None
    assert name_problem("") is not None
    assert name_problem("示" * 201) is not None
    assert name_problem("示\u200b例") is not None
