"""The supervisor: starts the recorder, the workers and the others, and starts again whichever dies.

Rules:
1. The recorder is ready before the others start: without it nothing can be answered.
2. At the first start any process that fails stops the hub: an operator is watching. Later, one that dies is started
   again for ever, sooner at first than later, and every time with a line in the log and a count in the metrics.
3. A process that says that starting again cannot help (exit code 2) stops the hub with its code. Not so the public
   pages, once the hub has served: callers need not suffer from what keeps strangers from reading.
4. Stopping: workers finish their calls and the public pages close; then streams of events end; then the publisher;
   then the integrator runs once more; then the recorder commits what it accepted. Another signal kills those whose
   turn it is; nothing acknowledged is lost by that.
5. One thread does all this; it sleeps until a signal, a pipe or a due time wakes it.
"""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from exchange.metrics import ProcessMetrics
from exchange.serve.child import Child, Post
from exchange.serve.role import FAILED, REFUSED

START_SECONDS: Final = 120.0
_ONE_WISH_SECONDS: Final = 1.0
_RECORDER: Final = "recorder"
_PUBLIC: Final = "public"
_BESIDE: Final = frozenset({_PUBLIC, "events", "publisher"})
"""Roles without which calls are answered as well."""
_STOP_ORDER: Final = (("worker", _PUBLIC), ("events",), ("publisher",), ("integrator",), (_RECORDER,))
"""Roles that stop together, and then the next."""
_STOP_SECONDS: Final = {
    "worker": 5.0,
    _PUBLIC: 10.0,
    "events": 15.0,
    "publisher": 15.0,
    "integrator": 30.0,
    _RECORDER: 30.0,
}
"""How long each may take to stop; workers get the grace of their calls on top."""


class Supervisor:
    """Keeps a process on each post. Construct and run it in the main thread; it takes over the signals, and
    ignores those that ask to stop once it has stopped, so that what follows is not torn.

    ``ready`` is called with the pids by name whenever all processes are ready; ``forget`` with each that ended. A
    process that is not ready ``start_seconds`` after its start is killed.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        *,
        config: Path | None,
        environment: dict[str, str],
        grace: float,
        forget: Callable[[int], None],
        registry: CollectorRegistry,
        ready: Callable[[dict[str, int]], None],
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._alive_there, self._alive_here = os.pipe()
        self._children = [Child(post, config, self._alive_there, environment) for post in posts]
        self._grace = grace
        self._start_seconds = start_seconds
        self._forget = forget
        self._metrics = ProcessMetrics(registry)
        self._announce = ready
        self._log = structlog.get_logger("onceonly.supervisor")
        self._selector = selectors.DefaultSelector()
        self._stops = 0
        self._asked = -_ONE_WISH_SECONDS
        self._served = False
        self._code: int | None = None

    def all_ready(self) -> bool:
        """Whether every process is ready. May be asked from any thread."""
        return all(child.ready for child in self._children)

    def calls_served(self) -> bool:
        """Whether every process that calls need is ready. May be asked from any thread."""
        return all(child.ready for child in self._children if child.post.role not in _BESIDE)

    def run(self) -> int:
        """Run until SIGTERM, SIGINT or a hopeless failure; returns the exit code."""
        woken, waker = socket.socketpair()
        woken.setblocking(False)  # noqa: FBT003 the library's signature
        waker.setblocking(False)  # noqa: FBT003 the library's signature
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(woken, selectors.EVENT_READ, None)
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, self._on_signal)
            while self._code is None and not self._stops:
                self._start_due()
                self._wait(self._pause())
                self._bury()
            self._stop()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            self._close(woken, waker)
        return self._code or 0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        # Tools that stop a whole process group send the same signal twice: that is one wish, not two.
        if number != signal.SIGCHLD and now - self._asked >= _ONE_WISH_SECONDS:
            self._asked = now
            self._stops += 1

    def _start_due(self) -> None:
        now = time.monotonic()
        recorder_ready = all(child.ready for child in self._children if child.post.role == _RECORDER)
        for child in self._children:
            due = now >= child.due if child.due is not None else child.pid is None
            if due and (self._served or recorder_ready or child.post.role == _RECORDER):
                child.start(now)
                self._selector.register(child.pipe, selectors.EVENT_READ, child)
                self._log.info("process started", role=child.post.name, pid=child.pid)

    def _pause(self) -> float:
        """Seconds until something is due."""
        now = time.monotonic()
        times = [child.due for child in self._children if child.due is not None]
        times += [child.started + self._start_seconds for child in self._children if child.pipe >= 0]
        return max(0.0, min(times, default=now + self._start_seconds) - now)

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                self._selector.unregister(key.fd)
                key.data.listen()
                self._welcome(key.data)
            else:
                key.fileobj.recv(4096)  # type: ignore[union-attr]  # the one socket that is registered
        for child in self._children:
            if child.pipe >= 0 and time.monotonic() - child.started > self._start_seconds:
                self._log.error("process not ready in time", role=child.post.name, seconds=self._start_seconds)
                child.signal(signal.SIGKILL)
                child.started = time.monotonic()

    def _welcome(self, child: Child) -> None:
        if not child.ready:
            return
        self._count(child.post.role)
        if self.all_ready():
            self._served = True
            self._announce({child.post.name: child.pid for child in self._children if child.pid is not None})

    def _bury(self) -> None:
        """Notice who has ended, and plan what follows."""
        for child in self._children:
            pid, code = child.pid, child.ended()
            if code is None or pid is None:
                continue
            if child.pipe >= 0:
                self._selector.unregister(child.pipe)
                child.close_pipe()
            self._forget(pid)
            self._count(child.post.role)
            if not self._served or (code == REFUSED and child.post.role != _PUBLIC):
                self._log.error("process failed: stopping the hub", role=child.post.name, status=code)
                self._code = code if code > 0 else FAILED
                continue
            pause = child.plan_restart(time.monotonic())
            self._metrics.restarted(child.post.role)
            self._log.error(
                "process died: starting it again", role=child.post.name, pid=pid, status=code, seconds=pause
            )

    def _count(self, role: str) -> None:
        self._metrics.running(role, sum(child.ready for child in self._children if child.post.role == role))

    def _stop(self) -> None:
        """Rule 4."""
        self._log.info("stopping")
        for roles in _STOP_ORDER:
            asked = self._stops
            children = [child for child in self._children if child.post.role in roles]
            for child in children:
                child.signal(signal.SIGTERM)
            now = time.monotonic()
            while late := [child for child in children if not child.wait(0)]:
                over = [child for child in late if time.monotonic() - now > self._stop_seconds(child.post.role)]
                for child in late if self._stops > asked else over:
                    self._log.warning("process killed: it did not stop in time", role=child.post.name)
                    child.signal(signal.SIGKILL)
                self._wait_quietly(0.5)
        self._log.info("stopped")

    def _stop_seconds(self, role: str) -> float:
        return _STOP_SECONDS[role] + (self._grace if role == "worker" else 0)

    def _wait_quietly(self, seconds: float) -> None:
        """Sleep until a signal (a child's end is one) or the time is over."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                self._selector.unregister(key.fd)
                key.data.close_pipe()
            else:
                key.fileobj.recv(4096)  # type: ignore[union-attr]  # the one socket that is registered

    def _close(self, *sockets: socket.socket) -> None:
        for child in self._children:
            child.signal(signal.SIGKILL)
            child.wait(10)
            child.close_pipe()
        self._selector.close()
        os.close(self._alive_here)
        os.close(self._alive_there)
        for each in sockets:
            each.close()
