"""A server process that cannot outlive whoever started it.

The server runs under a guardian (``servers/guardian.py``), which kills its whole process group as soon as the pipe from
this process breaks: on ``stop``, at a normal end, and after a kill -9 of this process alike.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import SIGTERM
from typing import Final, Self

_GUARDIAN: Final = Path(__file__).with_name("guardian.py")
_POLL_SECONDS: Final = 0.01
_LAST_WORDS: Final = 2_000


class ServerError(Exception):
    """A server did not start; the message ends with the last it wrote."""


class ServerProcess:
    """One running command; its output goes to ``log``. A context manager that kills it."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as output:
            self._guardian = subprocess.Popen(
                [sys.executable, "-I", "-S", _GUARDIAN, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}),
                start_new_session=True,  # a terminal's Ctrl-C is for the tests, not for their servers
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_until(self, ready: Callable[[], bool], seconds: float = 30.0) -> None:
        """Ask ``ready`` until it says so; raises ``ServerError`` if the process ends or ``seconds`` are over."""
        until = time.monotonic() + seconds
        while not ready():
            if self._guardian.poll() is not None or time.monotonic() > until:
                self.kill()
                said = self.log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:]
                raise ServerError(f"{self.log.stem} did not start:\n{said}")
            time.sleep(_POLL_SECONDS)

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._guardian.poll() is None

    @property
    def pid(self) -> int:
        """The server's process id. Raises ``ServerError`` if it is not there."""
        children = Path(f"/proc/{self._guardian.pid}/task/{self._guardian.pid}/children").read_text().split()
        if not children:
            raise ServerError(f"{self.log.stem} is not running")
        return int(children[0])

    def signal(self, number: int) -> None:
        """Send a signal to the server itself, such as SIGSTOP and SIGCONT to make it slow."""
        os.kill(self.pid, number)

    def stop(self, number: int = SIGTERM, seconds: float = 20.0) -> None:
        """Ask the server to end and wait for it; it is killed if it does not in time."""
        if self.running:
            self.signal(number)
            try:
                self._guardian.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the server and all of its children. May be called twice."""
        assert self._guardian.stdin is not None
        self._guardian.stdin.close()
        self._guardian.wait()
