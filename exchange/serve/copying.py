"""A process that begins as a copy of the supervisor: what all processes import is imported once, and shared.

Rules:
1. Copied only while the supervisor has a single thread: what another thread held would stay locked in the copy. So this
   serves the first start; whoever dies later is started again as a program of its own.
2. A copy keeps nothing of the supervisor's but its memory: signals as in a new process, and every descriptor but the
   standard ones and those that it is given leads nowhere. They are not closed: objects that still know their numbers
   would close somebody else's later.
3. It never returns to what the supervisor was doing: it ends with the role's exit code.
"""

import contextlib
import gc
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from prometheus_client import values

_DESCRIPTORS: Final = Path("/proc/self/fd")
_SIGNALS: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
_POLL_SECONDS: Final = 0.02


def can_copy() -> bool:
    """Whether a copy may be made now (rule 1), on a system that tells which descriptors are open."""
    return threading.active_count() == 1 and hasattr(os, "fork") and _DESCRIPTORS.is_dir()


def import_all(modules: Iterable[str]) -> None:
    """Import what the copies will need, and leave it out of garbage collection, which would unshare its memory."""
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


class Copy:
    """A running copy, with what the supervisor asks of a ``subprocess.Popen``."""

    def __init__(self, main: Callable[[], int], *, environment: Mapping[str, str], descriptors: Sequence[int]) -> None:
        """Start it: it calls ``main`` and ends with what that returns; ``descriptors`` are the ones that it keeps.

        Must be called from the main thread, while ``can_copy()``.
        """
        self.returncode: int | None = None
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _be_the_copy(main, environment, descriptors)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        with contextlib.suppress(OSError):  # the copy does the same, and one of the two is first
            os.setpgid(self.pid, self.pid)

    def poll(self) -> int | None:
        """The exit code, negative for the signal that ended it; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for its end; raises ``subprocess.TimeoutExpired`` after ``timeout`` seconds."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() >= until:
                raise subprocess.TimeoutExpired("a copy of the supervisor", timeout)
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _be_the_copy(main: Callable[[], int], environment: Mapping[str, str], descriptors: Sequence[int]) -> NoReturn:
    """Become a process of its own, do the work and end (rules 2 and 3)."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        _let_go_of_descriptors(frozenset(descriptors))
        os.environ.update(environment)
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # chosen anew, as at an import
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        code = main()
    except BaseException as error:  # noqa: BLE001 outermost frame of a process, which must not go on as the supervisor
        sys.stderr.write(f"onceonly: a process failed at its start: {type(error).__name__}\n")
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _let_go_of_descriptors(kept: frozenset[int]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(nowhere, 0)
    for entry in list(_DESCRIPTORS.iterdir()):
        number = int(entry.name)
        if number > 2 and number not in kept and number != nowhere:
            with contextlib.suppress(OSError):  # the one by which the folder was read is gone already
                os.dup2(nowhere, number, inheritable=False)
