"""The page about verification says what the code says: every code, every check, every exit code and option."""

import re
from pathlib import Path

from exchange.cli.failures import FAILED, WRONG_USE
from exchange.cli.offline import UNDECIDED, UNUSABLE
from exchange.licences.verdicts import NAMES, SENTENCES, result_of
from exchange.offline.sentences import OFFLINE_SENTENCES
from signer.report import PASSED, CheckName

PAGE = (Path(__file__).parents[2] / "docs/verification.md").read_text(encoding="utf-8")
CHINESE = re.compile("[\u4e00-\u9fff]")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    table = PAGE.split(heading, 1)[1].split("|---|", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[1:] if line]


def test_every_code_is_there_with_its_sentences() -> None:
    known = {code: (label.zh, label.en) for code, label in (*OFFLINE_SENTENCES.items(), *SENTENCES.items())}
    assert {row[0].strip("`"): (row[1], row[2]) for row in rows("## Codes")} == known


def test_every_check_is_there_in_order() -> None:
    assert [(row[0].strip("`"), row[1]) for row in rows("## Checks")] == [
        (name.value, label.zh) for name, label in NAMES.items()
    ]


def test_every_exit_code_is_there() -> None:
    assert [row[0] for row in rows("## What comes out")] == [
        str(code) for code in sorted({0, FAILED, WRONG_USE, UNUSABLE, UNDECIDED})
    ]


def test_a_check_that_passed_says_so_whatever_its_number() -> None:
    told = {each.name: each.message for each in map(result_of, PASSED.values())}
    assert told[CheckName.DISCLOSURES].en == "Disclosures: passed."
    assert told[CheckName.ISSUER_CHAIN].en == "Issuer's certificate chain: passed."
    assert all(label.zh.endswith("：通过。") for label in told.values())


def test_sentences_are_in_both_languages() -> None:
    for label in OFFLINE_SENTENCES.values():
        assert CHINESE.search(label.zh)
        assert label.zh.endswith("。")
        assert label.en.isascii()
        assert label.en.endswith(".")
