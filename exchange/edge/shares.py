"""A department's share: how many calls of one department a worker runs at once, so that none crowds the others out."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.errors import RefusedError
from exchange.reasons import Reason


class DepartmentShares:
    """At most ``most`` calls of one department at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, department: str) -> Iterator[None]:
        """Hold one place; raises ``RefusedError(OVERLOADED)`` when the department has none left."""
        with self._lock:
            if self._running[department] >= self._most:
                raise RefusedError(Reason.OVERLOADED, retry_seconds=1)
            self._running[department] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[department] -= 1
                if not self._running[department]:
                    del self._running[department]
