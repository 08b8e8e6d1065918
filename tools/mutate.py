"""Change the purpose room by one small mistake at a time, and see whether its tests notice.

``python -m tools.mutate`` runs every mutant of ``exchange/purpose`` and exits with 1 if fewer than 95 % are noticed.
``python -m tools.mutate guards licence_guards`` runs those modules alone.

Rules:
1. A mutant lives in a forked process alone: nothing is written to the tree.
2. The first run changes nothing and must pass, or no figure is given.
3. Noticed means: a test failed, the module did not even load, or the tests took more than a minute of processor time.
   A machine that is busy with other work counts for nothing: a run that makes no progress gives no figure.
4. What the tests of every mutant need, and is not of the room, is loaded once.
"""

import importlib
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType

from tools.mutation_points import Mutant, mutants

ROOT = Path(__file__).resolve().parent.parent
ROOM = ROOT / "exchange" / "purpose"
SKIPPED = frozenset({"__init__", "titles"})
"""Sentences, which are data."""
TESTS = tuple(
    f"tests/{name}.py"
    for name in (
        "unit/test_purpose_needs",
        "unit/test_purpose_objects",
        "unit/test_purpose_decision",
        "unit/test_purpose_release",
        "unit/test_purpose_limits",
        "unit/test_purpose_codec",
        "unit/test_purpose_explanation",
        "unit/test_purpose_document",
    )
)
PROPERTIES = "tests/property/test_purpose_properties.py"
DELETIONS = "any_fact_that_is_missing or released_fields_are_inside"
LOADED_ONCE = (
    "pytest",
    "hypothesis",
    "hypothesis.stateful",
    "exchange.audit.charges",
    "exchange.audit.unit",
    "exchange.entities.case",
    "exchange.entities.incident",
    "exchange.reasons",
    "tests.conftest",
    "tests.real_seaweed",
    "tests.real_servers",
    "tests.real_softhsm",
    "tests.real_valkey",
)
FLOOR = 95.0
SECONDS = 60
"""Of processor time; the tests of a mutant take about one."""
PATIENCE = 3600
"""Seconds on the clock, after which something hangs that no mutant explains."""


class _Mutated(importlib.machinery.SourceFileLoader):
    """Loads the changed source under the module's own name and path."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, _fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(self, fullname: str, *_unused: object) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Mutated(fullname, str(self._path), self._source)
        return importlib.machinery.ModuleSpec(fullname, loader, origin=str(self._path))


def main(asked: Sequence[str]) -> int:
    """Run, print each survivor and the figure; the exit code."""
    for name in LOADED_ONCE:
        importlib.import_module(name)
    if any(name.startswith("exchange.purpose.") for name in sys.modules):
        raise SystemExit("the room was loaded before it could be changed")
    control = ROOM / "licence_guards.py"
    if _is_noticed(control, Mutant(0, "nothing is changed", control.read_text(encoding="utf-8"))):
        raise SystemExit("the tests fail, or cannot run, without any mistake: no figure of theirs would mean anything")
    found = list(_room(asked))
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        noticed = list(pool.map(lambda pair: _is_noticed(*pair), found))
    for (path, mutant), dead in zip(found, noticed, strict=True):
        if not dead:
            sys.stdout.write(f"survived: {path.stem}:{mutant.line}: {mutant.what}\n")
    share = 100 * sum(noticed) / max(1, len(found))
    sys.stdout.write(f"{sum(noticed)} of {len(found)} mutants noticed: {share:.1f} %\n")
    return 0 if share >= FLOOR else 1


def _room(asked: Sequence[str]) -> Iterator[tuple[Path, Mutant]]:
    for path in sorted(ROOM.glob("*.py")):
        if path.stem not in SKIPPED and (not asked or path.stem in asked):
            for mutant in mutants(path.read_text(encoding="utf-8")):
                yield path, mutant


def _is_noticed(path: Path, mutant: Mutant) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(_judge(path, mutant))
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise SystemExit(f"{path.stem}:{mutant.line}: {mutant.what}: the tests hang, and no figure is given")


def _judge(path: Path, mutant: Mutant) -> int:
    """In the child: 0 if every test passes."""
    import pytest  # noqa: PLC0415 - loaded already; named here, where it is used

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        sys.meta_path.insert(0, _Finder(f"exchange.purpose.{path.stem}", path, mutant.source))
        options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "--no-header", "--assert=plain"]
        try:
            failed = pytest.main([*options, *(test for test in TESTS if (ROOT / test).exists())])
            return int(failed or pytest.main([*options, PROPERTIES, "-k", DELETIONS]))
        except BaseException:  # noqa: BLE001 - whatever broke, the mutant was noticed
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
