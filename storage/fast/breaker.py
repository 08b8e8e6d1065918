"""A circuit breaker: a server that does not answer costs one time-out now and then, not one for each call.

Rules:
1. After a failure it is open for ``pause`` seconds, or three times as long as the failed call took: ``allows`` says no
   at once. So whoever keeps calling a server that hangs waits for a quarter of the time at most.
2. Then it lets one call through in each such time, until one succeeds.
"""

import threading
from collections.abc import Callable
from typing import Final

_TIMES_LONGER: Final = 3


class Breaker:
    """Thread-safe; ``stopwatch`` gives seconds of a monotonic clock."""

    def __init__(self, pause: float, stopwatch: Callable[[], float]) -> None:
        self._least = pause
        self._pause = pause
        self._lock = threading.Lock()
        self._open_until: float | None = None
        self.now = stopwatch

    @property
    def open(self) -> bool:
        """Whether the last call known of failed."""
        with self._lock:
            return self._open_until is not None

    def allows(self) -> bool:
        """Whether a call may be tried now; if it is open and its time is over, the next caller is told no."""
        with self._lock:
            now = self.now()
            if self._open_until is None:
                return True
            if now < self._open_until:
                return False
            self._open_until = now + self._pause
            return True

    def succeeded(self) -> None:
        """A call was answered, be it with an error of its own."""
        with self._lock:
            self._open_until = None

    def failed(self, since: float) -> None:
        """A call that began at ``since`` (of ``now``) found no one, or was not answered in time."""
        with self._lock:
            now = self.now()
            self._pause = max(self._least, _TIMES_LONGER * (now - since))
            self._open_until = now + self._pause
