"""The threat model names controls and tests that exist, and leaves no threat without either."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for section in PAGE.split("\n## ")[2:]
    for line in section.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| threat |"))
]


@cache
def defined_tests(path: str) -> frozenset[str]:
    """Names of the test functions that a file defines."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_page_has_rows() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_threat_has_a_control_and_a_test_that_exist(row: list[str]) -> None:
    threat, control, tests = row
    assert threat
    files = re.findall(r"`((?:exchange|signer|storage)/[\w/.]*)`", control)
    assert files, f"no file stands against: {threat}"
    assert not [file for file in files if not (ROOT / file).exists()]
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tests)
    assert named, f"no test for: {threat}"
    assert not [f"{path}::{name}" for path, name in named if name not in defined_tests(path)]


def test_every_test_that_is_named_anywhere_on_the_page_exists() -> None:
    mentioned = re.findall(r"(tests/[\w/]+\.py)::(\w+)", PAGE)
    assert len(mentioned) >= len(ROWS)
    assert not [(path, name) for path, name in mentioned if name not in defined_tests(path)]
