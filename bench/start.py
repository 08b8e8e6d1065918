"""Starting a hub: its processes as copies of the supervisor, and each as a program of its own, taken in turn."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.results import Results
from bench.stage import Stage
from exchange.config import load
from exchange.installation import initialise

CONFIG = """[hub]
name = "https://hub.qinghe.example"
[listen]
address = "127.0.0.1:0"
workers = {workers}
[public]
address = "127.0.0.1:0"
[metrics]
address = "127.0.0.1:0"
"""
WAYS = {"copies": "", "programs": ", COMMANDS"}
PROGRAM = """
import sys
from pathlib import Path
from exchange.serve.command import COMMANDS, serve
sys.exit(serve(Path("onceonly.toml"){commands}))
"""
_POLL_SECONDS = 0.02
_LONGEST_SECONDS = 300.0


def measure(results: Results, _stage: Stage) -> None:
    """Seconds until ready, processor seconds from start to end, and memory (PSS) of all processes, each way."""
    workers, rounds = (1, 1) if results.smoke else (2, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "onceonly.toml").write_text(CONFIG.format(workers=workers))
        initialise(load(folder / "onceonly.toml"), datetime.now(UTC))
        found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, commands in WAYS.items():
                found[way].append(_started(folder, commands))
    medians = {way: [statistics.median(column) for column in zip(*runs, strict=True)] for way, runs in found.items()}
    columns = (
        ("ready", "s", f"until a hub with workers ({workers}) is ready"),
        ("cpu", "s", "of processor time from its start to its end"),
        ("memory", "MB", "of memory, shared pages counted once"),
    )
    for place, (what, unit, meaning) in enumerate(columns):
        for way in WAYS:
            results.figure(f"start_{what}_{way}", medians[way][place], unit, f"{meaning}; its processes begin as {way}")
        over = medians["copies"][place] / medians["programs"][place]
        results.figure(f"start_{what}_copies_over_programs", over, "", "less is better")


def _started(folder: Path, commands: str) -> tuple[float, float, float]:
    before = _children_seconds()
    began = time.monotonic()
    program = [sys.executable, "-c", PROGRAM.format(commands=commands)]
    process = subprocess.Popen(program, cwd=folder, stderr=subprocess.DEVNULL)
    ready = folder / "data" / "run" / "ready.json"
    while not ready.exists():
        if process.poll() is not None or time.monotonic() - began > _LONGEST_SECONDS:
            raise RuntimeError("the hub did not start")
        time.sleep(_POLL_SECONDS)
    took = time.monotonic() - began
    memory = sum(_pss(pid) for pid in (process.pid, *json.loads(ready.read_text())["roles"].values()))
    process.terminate()
    process.wait()
    return took, _children_seconds() - before, memory / 1024


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _pss(pid: int) -> int:
    """Kilobytes of a process, its share of what several use."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_PAGESIZE") // 1024
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
