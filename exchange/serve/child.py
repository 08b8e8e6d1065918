"""One process that the supervisor keeps running: started, ready, dead, started again."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.serve.copying import Copy, can_copy
from exchange.serve.role import READY_LINE, Orders, run_module

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 10.0
_STEADY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Post:
    """What a process is there for: its ``role``, its own ``name`` (``worker-1``), what to run, and on which core.

    ``module`` is what the command runs, where that is one of ours and may be run in a copy of the supervisor; or "".
    """

    role: str
    name: str
    command: tuple[str, ...]
    core: int | None = None
    module: str = ""


class Child:
    """The process on one post. Times are seconds of a monotonic clock; one thread owns this object."""

    def __init__(self, post: Post, config: Path | None, alive: int, environment: Mapping[str, str]) -> None:
        self.post = post
        self.restarts = 0
        self.ready = False
        self.due: float | None = None
        self.started = 0.0
        self._config = config
        self._alive = alive
        self._environment = environment
        self._process: subprocess.Popen[bytes] | Copy | None = None
        self._pause = _FIRST_PAUSE
        self.pipe = -1

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process else None

    def start(self, now: float) -> None:
        """Start the process in a process group of its own, so that a terminal's Ctrl-C reaches the supervisor alone.

        It begins as a copy of the supervisor where that can be, else as a program of its own. Must be called from the
        main thread: the kernel kills the process when the thread that started it ends.
        """
        self.pipe, ready = os.pipe()
        orders = Orders(self.post.name, self._config, ready, self._alive, self.post.core)
        try:
            if self.post.module and can_copy():
                self._process = Copy(
                    lambda: run_module(self.post.module, orders.arguments()),
                    environment=self._environment,
                    descriptors=(ready, self._alive),
                )
            else:
                self._process = subprocess.Popen(  # noqa: S603 the command is ours, and no shell reads it
                    [*self.post.command, *orders.arguments()],
                    stdin=subprocess.DEVNULL,
                    env=self._environment,
                    pass_fds=(ready, self._alive),
                    process_group=0,
                )
        finally:
            os.close(ready)
        self.started = now
        self.due = None

    def listen(self) -> None:
        """Read the pipe by which the process says that it is ready, or closes it by dying."""
        self.ready = os.read(self.pipe, len(READY_LINE)) == READY_LINE
        self.close_pipe()

    def close_pipe(self) -> None:
        """Stop listening for readiness."""
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1

    def ended(self) -> int | None:
        """The exit code (negative: the signal that killed it) if the process has ended since it was last asked."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            self._process = None
            self.ready = False
        return code

    def plan_restart(self, now: float) -> float:
        """Say when to start again, in seconds from now: 0.1 s, then twice as long each time, at most 10 s."""
        if now - self.started >= _STEADY_SECONDS:
            self._pause = _FIRST_PAUSE
        pause = self._pause
        self._pause = min(2 * pause, _LONGEST_PAUSE)
        self.due = now + pause
        self.restarts += 1
        return pause

    def signal(self, number: int) -> None:
        """Send a signal if the process runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for the process to end; False if it still runs."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return False
        return True


def python_command(module: str) -> tuple[str, ...]:
    """The command that runs one of our modules with this interpreter; ``-P``: never from the current folder."""
    return (sys.executable, "-P", "-m", module)
