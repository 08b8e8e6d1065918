"""Every command that the documents name exists, with the options that they give it."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from exchange.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for folder in ("", "docs", "docs/adr", "catalogue", "bench", "docker")
    for path in (ROOT / folder).glob("*.md")
    if path.name != "CHANGELOG.md"  # what earlier versions had
)
CALL = re.compile(r"(?:^|[`(\s])(?<!--entrypoint )onceonly (?P<words>[^`\n│)]*)", re.MULTILINE)
ENDS = re.compile(r" #|  |\||&|;|──")
WORD = re.compile(r"[a-z][a-z-]*")
OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")


@cache
def command(name: str) -> Any:
    """The command of that name, with its parameters; a group has its commands."""
    entry = COMMANDS[name]
    module = import_module(f"exchange.cli.{entry.module}")
    app = module.app if entry.group else typer.Typer()
    if not entry.group:
        app.command()(module.run)
    return typer.main.get_command(app)


def calls(text: str) -> list[str]:
    """What stands behind the program's name, wherever it is called in a text: in code, up to the end of the command."""
    inline = "\n".join(re.findall(r"`[^`\n]+`", text))
    blocks = "\n".join(re.findall(r"^(?:    |\t).*$|(?<=```)(?:.|\n)*?(?=```)", text, re.MULTILINE))
    joined = f"{inline}\n{blocks}".replace("\\\n", " ")
    found = (ENDS.split(match["words"], maxsplit=1)[0] for match in CALL.finditer(joined))
    return [words.strip().rstrip(")") for words in found if WORD.fullmatch(words.split(maxsplit=1)[0] if words else "")]


def problem(words: str) -> str:
    """What is wrong with a call, or nothing."""
    first, *rest = words.split()
    if first not in COMMANDS:
        return f"there is no command {first}"
    called = command(first)
    if COMMANDS[first].group:
        if not rest or not WORD.fullmatch(rest[0]):
            return ""
        if rest[0] not in called.commands:
            return f"{first} has no command {rest[0]}"
        called = called.commands[rest[0]]
    known = {option for each in called.params for option in (*each.opts, *each.secondary_opts)}
    unknown = sorted(set(OPTION.findall(" ".join(rest))) - known - {"--help"})
    return f"{' '.join(unknown)}: no such option of {first}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_call_of_a_page_can_be_made(page: Path) -> None:
    found = [(words, problem(words)) for words in calls(page.read_text(encoding="utf-8"))]
    assert [each for each in found if each[1]] == []


def test_calls_are_found_and_wrong_ones_are_told() -> None:
    text = "Run `onceonly doctor`.\n\n    onceonly qr NAME --fields a --out x.png   # a picture\n\n"
    text += "```\nX=$(onceonly fetch)\n```"
    assert calls(text) == ["doctor", "qr NAME --fields a --out x.png", "fetch"]
    assert sum(len(calls(page.read_text(encoding="utf-8"))) for page in PAGES) > 80
    assert [bool(problem(words)) for words in ("doctor", "docter", "audit lst", "audit list --limt 3")] == [
        False,
        True,
        True,
        True,
    ]
