"""A hub in a process of its own, as operators run it: started, asked, killed, stopped."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

PATIENCE_SECONDS = 90
REPOSITORY = Path(__file__).parents[2]


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until ``holds`` returns something true, and return it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s for: {what}")


def alive(pid: int) -> bool:
    """Whether a process runs (one that ended but was not yet collected does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class RunningHub:
    """``command`` serves the configuration at ``config``; use as a context manager, which kills what is left."""

    def __init__(self, command: list[str], config: Path, data: Path, **environment: str) -> None:
        self.data = data
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 closed with the hub
        self.process = subprocess.Popen(
            [sys.executable, *command, str(config)],
            stderr=self._errors,
            env=os.environ | {"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY}/proto/gen"} | environment,
            process_group=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._errors.close()

    def ready(self, *, other_than: dict[str, Any] | None = None) -> dict[str, Any]:
        """What ``ready.json`` says once it is there (and differs)."""

        def facts() -> dict[str, Any] | None:
            assert self.process.poll() is None, self.errors()
            try:
                found = json.loads((self.data / "run" / "ready.json").read_text())
            except FileNotFoundError:
                return None
            return found if found != other_than and found["pid"] == self.process.pid else None

        return until(facts, "ready.json")

    def pids(self) -> dict[str, int]:
        return self.ready()["roles"]

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of the monitoring page."""
        try:
            with urllib.request.urlopen(f"http://{self.ready()['metrics']}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and standard error after a signal."""
        self.process.send_signal(number)
        return self.finished()

    def finished(self) -> tuple[int, str]:
        """Exit code and standard error once the process ends by itself."""
        return self.process.wait(PATIENCE_SECONDS), self.errors()

    def errors(self) -> str:
        """What was written to standard error so far."""
        self._errors.seek(0)
        return self._errors.read()
