"""``docs/purpose-decision.md`` lists every guard, who is asked it, each obligation and fact; the package is pure."""

import ast
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from exchange.entities.catalogue import Purpose
from exchange.purpose.decision import Allow, decide
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.purpose.guards import EVERY_CALL, NO_LICENCE, PHASE_ONE, PHASE_TWO, Guard, ReleaseGuard
from exchange.purpose.titles import TITLES
from tests.fakes.purpose_facts import BASELINES

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "exchange" / "purpose"
DOCUMENT = (ROOT / "docs" / "purpose-decision.md").read_text(encoding="utf-8")
PURE = {"collections", "dataclasses", "enum", "hashlib", "json", "operator", "types", "typing"}
WITH_RULES = tuple(Purpose)


def _rows(asked: dict[str, tuple[Guard, ...] | tuple[ReleaseGuard, ...]]) -> set[str]:
    """The table's rows as the register of guards would have them."""
    by_name = {guard.rule.__name__: guard for guards in asked.values() for guard in guards}
    rows = set()
    for name, guard in by_name.items():
        purposes = ", ".join(purpose for purpose, guards in asked.items() if guard in guards)
        rows.add(f"| {guard.step} | `{name}` | {TITLES[name].en} | `{guard.reason}` | {purposes} |")
    return rows


def test_purpose_document_lists_every_guard_and_no_other() -> None:
    phase_one = _rows({**{purpose.name: PHASE_ONE[purpose] for purpose in WITH_RULES}, "others": EVERY_CALL})
    phase_two = _rows(
        {**{purpose.name: PHASE_TWO.get(purpose, NO_LICENCE) for purpose in WITH_RULES}, "others": NO_LICENCE}
    )
    _, first, second = DOCUMENT.split("\n## Phase ")
    assert {line for line in first.splitlines() if line.startswith("| ") and line[2].isdigit()} == phase_one
    assert {line for line in second.splitlines() if line.startswith("| ") and line[2].isdigit()} == phase_two


def test_purpose_document_lists_every_fact_in_its_place() -> None:
    hints = get_type_hints(Facts)
    groups = {name: cls for name, cls in hints.items() if is_dataclass(cls)} | {"licence": LicenceFacts}
    for name, cls in groups.items():
        assert f"| `{name}` | {', '.join(f'`{field.name}`' for field in fields(cls))} |\n" in DOCUMENT
    single = ", ".join(f"`{name}`" for name in hints if name not in groups)
    assert f"members by name: {single};" in DOCUMENT


@pytest.mark.parametrize("facts", BASELINES)
def test_purpose_document_lists_every_obligation(facts: Facts) -> None:
    decision = decide(facts)
    assert isinstance(decision, Allow)
    purpose = facts.purpose.name if facts.purpose else ""
    for obligation in decision.obligations:
        kind = obligation.partition(":")[0]
        (row,) = [line for line in DOCUMENT.splitlines() if line.startswith((f"| `{kind}` |", f"| `{kind}:"))]
        assert purpose in row.split("|")[2]


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_purpose_package_imports_nothing_that_does_input_or_output(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            inside = name.startswith(("exchange.entities.", "exchange.purpose", "exchange.reasons"))
            charges = path.stem == "limits" and name == "exchange.audit.unit"
            assert inside or charges or name.partition(".")[0] in PURE
