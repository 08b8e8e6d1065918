"""Telling a story: each step says what should come of it, does it, and is told with what came of it.

Rules:
1. A step that comes out otherwise is kept as such, and the story goes on where it can: the report has all of it.
2. What cannot go on (a step failed that later ones need) ends the story, and the report says so.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exchange.client import CallError
from exchange.entities.catalogue import Label

REFUSED: Final = "REFUSED"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a step: ``actual`` is compared with what was expected, ``detail`` is for the reader."""

    actual: str
    detail: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as it went; ``seconds`` of its calls."""

    act: str
    title: Label
    expected: str
    actual: str
    seconds: float
    facts: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it went as told."""
        return self.actual == self.expected


class StoryStoppedError(Exception):
    """A step failed that the rest of the story needs."""


class Telling:
    """The story so far, shown on ``console`` as it goes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: list[Step] = []
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self._act = ""

    def act(self, zh: str, en: str) -> None:
        """Begin an act."""
        self._act = en
        self.console.print()
        self.console.print(Text(f"{zh}  {en}", style="bold cyan"))

    def step(self, zh: str, en: str, expected: str, do: Callable[[], Told]) -> bool:
        """Do a step and tell it; returns whether it came out as expected.

        A refusal by the hub is an outcome: ``REFUSED`` and its reasons. Raises ``StoryStoppedError`` if the hub refuses
        what should succeed; other errors are told and passed on.
        """
        started = time.monotonic()
        refusal: CallError | None = None
        try:
            told = do()
        except CallError as error:
            refusal = error
            self.reasons.update(error.reasons)
            told = Told(f"{REFUSED} {','.join(error.reasons) or error.code.name}", error.zh or error.message)
        except Exception as error:
            self._tell(zh, en, expected, Told(f"ERROR {type(error).__name__}"), started)
            raise
        ok = self._tell(zh, en, expected, told, started)
        if refusal is not None and not expected.startswith(REFUSED):
            raise StoryStoppedError(f"{en}: {refusal}") from refusal
        return ok

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show a table within the act."""
        table = Table(box=None, padding=(0, 2), header_style="dim")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    @property
    def ok(self) -> bool:
        """Whether every step so far went as told."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    def _tell(self, zh: str, en: str, expected: str, told: Told, started: float) -> bool:
        seconds = time.monotonic() - started
        step = Step(self._act, Label(zh, en), expected, told.actual, seconds, told.facts)
        self.steps.append(step)
        line = Text.assemble(
            ("  ✓ " if step.ok else "  ✗ ", "bold green" if step.ok else "bold red"),
            f"{zh}  ",
            (en, "dim"),
            ("  → ", "dim"),
            (told.actual, "yellow" if told.actual.startswith(REFUSED) else "bold"),
            (f"  {1_000 * seconds:.0f} ms", "dim"),
        )
        self.console.print(line)
        if not step.ok:
            self.console.print(Text(f"      expected: {expected}", style="red"))
        if told.detail:
            self.console.print(Text(f"      {told.detail}", style="dim"))
        return step.ok
