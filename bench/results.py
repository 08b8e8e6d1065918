"""What was measured: figures with their units, ratios, the table and the file."""

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

LATEST = Path(__file__).parent / "results" / "latest.json"
SMOKE = Path(__file__).parents[1] / "build" / "bench-smoke.json"
"""Where a smoke run writes: its figures are not to be read in place of the others."""


@dataclass(slots=True)
class Results:
    """Collects figures (name → value, unit, what it is) and ratios (name → value, target)."""

    smoke: bool
    figures: dict[str, tuple[float, str, str]] = field(default_factory=dict)
    ratios: dict[str, tuple[float, str]] = field(default_factory=dict)

    def figure(self, name: str, value: float, unit: str, meaning: str) -> float:
        """Note a figure and return it."""
        self.figures[name] = (round(value, 4), unit, meaning)
        return value

    def ratio(self, name: str, value: float, target: str) -> None:
        """Note a ratio; ``target`` says what it should be, for the reader."""
        self.ratios[name] = (round(value, 4), target)

    def write(self) -> None:
        """Write the JSON file of this form."""
        path = SMOKE if self.smoke else LATEST
        path.parent.mkdir(parents=True, exist_ok=True)
        document: dict[str, Any] = {
            "smoke": self.smoke,
            "machine": machine(),
            "figures": {name: value for name, (value, _, _) in self.figures.items()},
            "units": {name: unit for name, (_, unit, _) in self.figures.items()},
            "ratios": {name: value for name, (value, _) in self.ratios.items()},
            "targets": {name: target for name, (_, target) in self.ratios.items()},
        }
        path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def show(self) -> None:
        """Print the tables."""
        console = Console(width=120)
        figures = Table("figure", "value", "unit", "what it is", title="Figures")
        for name, (value, unit, meaning) in self.figures.items():
            figures.add_row(name, f"{value:,.2f}", unit, meaning)
        ratios = Table("ratio", "value", "wanted", title="Ratios (baseline of the same run)")
        for name, (value, target) in self.ratios.items():
            ratios.add_row(name, f"{value:,.3f}", target)
        console.print(figures)
        console.print(ratios)
        console.print(f"machine: {machine()}")


def machine() -> str:
    """What the run ran on, without names: processors, interpreter, system."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
