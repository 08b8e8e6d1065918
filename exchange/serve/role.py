"""What every process of the hub does before and after its own work.

Rules:
1. It dies with the supervisor: the kernel kills it where it can (Linux), and the end of a pipe tells it elsewhere. So
   no hub without a supervisor goes on, and the supervisor's successor finds nobody there.
2. SIGTERM asks it to finish what it accepted; SIGINT, which a terminal sends to everyone, is the supervisor's alone.
3. It says that it is ready by one line through a pipe.
4. Exit code 2 means that starting it again cannot help: the reason stands on standard error as one sentence a line.
"""

import argparse
import ctypes
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from exchange import logs
from exchange.audit.errors import JournalError, LogCorruptError, LogForkError
from exchange.config import Config, ConfigError, load
from signer.errors import KeysAwayError, SignerError
from storage.errors import CorruptError, SchemaError

REFUSED: Final = 2
FAILED: Final = 1
READY_LINE: Final = b"ready\n"
HOPELESS: Final = (ConfigError, SignerError, SchemaError, CorruptError, JournalError, LogCorruptError, LogForkError)
"""Errors that another start would meet again."""
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Orders:
    """What the supervisor tells a process: its name, the configuration's file, the pipes and the core."""

    name: str
    config: Path | None
    ready: int
    alive: int
    core: int | None

    def arguments(self) -> list[str]:
        """The orders as command-line arguments."""
        words = ["--name", self.name, "--ready", str(self.ready), "--alive", str(self.alive)]
        if self.config is not None:
            words += ["--config", str(self.config)]
        if self.core is not None:
            words += ["--core", str(self.core)]
        return words


def orders(argv: Sequence[str]) -> Orders:
    """Read the orders back."""
    parser = argparse.ArgumentParser(description="A process of the hub. `onceonly serve` starts it.")
    parser.add_argument("--name", required=True)
    parser.add_argument("--ready", type=int, required=True)
    parser.add_argument("--alive", type=int, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--core", type=int)
    return Orders(**vars(parser.parse_args(argv)))


@dataclass(frozen=True, slots=True)
class Duty:
    """One process at work: its options, the event that asks it to stop, and ``ready`` to be called once it serves."""

    config: Config
    stop: threading.Event
    ready: Callable[[], None]
    on_stop: list[Callable[[], None]]


def run_module(module: str, argv: Sequence[str]) -> int:
    """Do the ``work`` of one of the hub's role modules under the supervisor's orders; returns the exit code."""
    return run(importlib.import_module(module).work, argv)


def run(work: Callable[[Duty], None], argv: Sequence[str]) -> int:
    """Do ``work`` under the supervisor's orders; returns the exit code."""
    told = orders(argv)
    _die_with_parent(told.alive)
    if told.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {told.core})
    duty: Duty | None = None
    try:
        config = load(told.config)
        logs.configure(config.logging.level, config.logging.format, told.name)
        duty = Duty(config, threading.Event(), _reporter(told.ready), [])
        listen_to_signals(duty)
        work(duty)
    except KeysAwayError as error:  # the token or signer may be back when the supervisor starts another
        structlog.get_logger("onceonly.serve").error("keys are away", error=type(error).__name__)
        return FAILED
    except HOPELESS as error:
        return explain(error)
    except Exception:  # noqa: BLE001 outermost frame of a process: it is logged, and the supervisor starts another
        structlog.get_logger("onceonly.serve").exception("process failed")
        return FAILED
    return 0


def listen_to_signals(duty: Duty) -> None:
    """SIGTERM sets ``duty.stop`` and calls what ``duty.on_stop`` holds; SIGINT is left to the supervisor."""

    def on_term(_number: int, _frame: object) -> None:
        duty.stop.set()
        for call in duty.on_stop:
            call()

    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def explain(error: Exception) -> int:
    """Write what stands in the way on standard error, a sentence a line; returns the exit code for it."""
    sys.stderr.write(f"onceonly: {error}\n")
    return REFUSED


def _reporter(descriptor: int) -> Callable[[], None]:
    def ready() -> None:
        os.write(descriptor, READY_LINE)
        os.close(descriptor)

    return ready


def _die_with_parent(alive: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have died before the call above: the pipe tells that too.
    threading.Thread(target=_watch, args=(alive,), name="supervisor-watch", daemon=True).start()


def _watch(alive: int) -> None:
    if not os.read(alive, 1):
        os._exit(FAILED)
