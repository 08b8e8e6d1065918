"""A circuit breaker: a server that does not answer costs one time-out now and then, not one for each call.

Rules:
1. After a failure it is open for ``pause`` seconds: ``allows`` says no at once.
2. Then it lets one call through in each ``pause``, until one succeeds.
"""

import threading
from collections.abc import Callable


class Breaker:
    """Thread-safe; ``stopwatch`` gives seconds of a monotonic clock."""

    def __init__(self, pause: float, stopwatch: Callable[[], float]) -> None:
        self._pause = pause
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._open_until: float | None = None

    def allows(self) -> bool:
        """Whether a call may be tried now; if it is open and its time is over, the next caller is told no."""
        with self._lock:
            now = self._stopwatch()
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

    def failed(self) -> None:
        """A call found no one, or was not answered in time."""
        with self._lock:
            self._open_until = self._stopwatch() + self._pause
