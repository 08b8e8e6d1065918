"""``onceonly demo``: the story, told in a terminal and written for programs."""

import json as json_module
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from exchange.audit.log_files import VKEY
from exchange.cli.failures import FAILED, UseError
from exchange.demo.leftovers import commands, write_examples
from exchange.demo.story import Report, tell

_WIDTH: Final = 120


def run(
    json: Annotated[Path | None, typer.Option("--json", help="Write what happened to this file, for programs.")] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="A new folder for the city, left for exploring afterwards.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Worker processes of the city's hub.")] = 1,
) -> None:
    """Found a synthetic city's hub in a temporary folder, play the whole story over mutual TLS, and check it.

    Exit code 0 if every step went as told. With --json the exported log stays beside the file.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UseError(f"--keep: {keep} is not empty: name a new folder.")
    if json is not None and not json.absolute().parent.is_dir():
        raise UseError(f"--json: there is no folder {json.parent}.")
    folder = keep.absolute() if keep is not None else Path(tempfile.mkdtemp(prefix="onceonly-"))
    try:
        log = _log_folder(folder, None if keep is not None else json)
        report = tell(folder, log, console, workers=workers)
        if json is not None:
            text = json_module.dumps(report.to_json(), ensure_ascii=False, indent=2)
            json.write_text(text + "\n", "utf-8")
    finally:
        if keep is None:
            shutil.rmtree(folder)
    _conclude(console, report)
    if keep is not None and not report.stopped:
        write_examples(folder)
        _next_steps(console, folder)
    raise typer.Exit(0 if report.ok else FAILED)


def _log_folder(folder: Path, json: Path | None) -> Path:
    """Where the log is exported: beside the report if that alone is kept. An earlier demonstration's is replaced."""
    if json is None:
        return folder / "log"
    log = json.absolute().with_name(f"{json.stem}-log")
    if (log / VKEY).is_file():
        shutil.rmtree(log)
    elif log.exists():
        raise UseError(f"--json: the log would be exported to {log}, which is something else: name another file.")
    return log


def _conclude(console: Console, report: Report) -> None:
    right = sum(step.ok for step in report.steps)
    verdict = "如约完成 as told" if report.ok else "有步骤不符 not as told"
    console.print()
    console.print(
        Text(
            f"{right}/{len(report.steps)} 步{verdict}, {report.seconds:.1f} s",
            "bold green" if report.ok else "bold red",
        )
    )
    counts = ", ".join(f"{name} {count}" for name, count in report.counts.items())
    console.print(Text(counts, "dim"))


def _next_steps(console: Console, folder: Path) -> None:
    """Commands that work on what is left, in this order."""
    console.print()
    console.print(Text(f"留在 left in {folder}; 下一步 try next:", "bold"))
    for command in commands(folder):
        console.print(Text(f"  {command}"), soft_wrap=True)
