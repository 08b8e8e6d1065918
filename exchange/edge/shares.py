"""What a worker takes in: nothing while it cannot record, and of each department no more than its share of threads."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.errors import RefusedError
from exchange.reasons import Reason


class Gate:
    """Open while the recorder can commit. Shut, it keeps calls from holding threads until their time is over."""

    def __init__(self) -> None:
        self._shut_for: Reason | None = None

    def set(self, shut_for: Reason | None) -> None:
        """Shut it for a reason, or open it (None): for the one thread that watches the recorder."""
        self._shut_for = shut_for

    def shut_for(self) -> Reason | None:
        """Why no call is taken in now; None: they are."""
        return self._shut_for


class DepartmentShares:
    """At most ``most`` calls of one department at a time while another department is calling; alone it may have all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, department: str) -> Iterator[None]:
        """Hold one place; raises ``RefusedError(OVERLOADED)`` when the department has none left."""
        with self._lock:
            running = self._running.get(department, 0)
            if running >= self._most and len(self._running) > 1:
                raise RefusedError(Reason.OVERLOADED, retry_seconds=1)
            self._running[department] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[department] -= 1
                if not self._running[department]:
                    del self._running[department]


class StreamPlaces:
    """At most ``most`` streams at a time; one department has at most ``share`` of them, half if that is not given."""

    def __init__(self, most: int, share: int | None = None) -> None:
        self._most = most
        self._share = max(1, most // 2) if share is None else share
        self._open: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, department: str) -> Iterator[None]:
        """Hold one place; raises ``RefusedError(OVERLOADED)`` when none is left for the department."""
        with self._lock:
            if sum(self._open.values()) >= self._most or self._open.get(department, 0) >= self._share:
                raise RefusedError(Reason.OVERLOADED, retry_seconds=1)
            self._open[department] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[department] -= 1
                if not self._open[department]:
                    del self._open[department]
