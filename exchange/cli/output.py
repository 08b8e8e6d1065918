"""What commands write: JSON for programs, tables and lines for people, progress for terminals only."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

_PIPED_WIDTH: Final = 240
"""Columns where nobody's terminal bounds them: cells that programs cut out stay whole."""


def write_json(value: Any) -> None:
    """One JSON document on standard output, in ASCII where its encoding cannot carry more."""
    escape = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(value, ensure_ascii=escape, indent=2, sort_keys=True) + "\n")


def write_line(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(f"{text}\n")


def plain(message: Message) -> dict[str, Any]:
    """A message as JSON members with the contract's own names."""
    members: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return members


def write_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table for people; texts are shown as they are, never read as markup."""
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_shown(cell) for cell in row))
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(highlight=False, markup=False, width=width).print(table)


def cell(value: object) -> str:
    """A field's value for people: lists with commas, true and false, all else as it stands."""
    if isinstance(value, list | tuple):
        return ", ".join(cell(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while it is a terminal; what it yields takes how much is done and of how much."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda *_: None  # nobody watches
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _shown(text: str) -> str:
    """A text that cannot steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
