"""How many signatures a key makes in a minute at most.

Each key has a bucket that fills evenly and holds ten seconds' worth, so that a burst passes and a flood does not. A
limit far above what a hub does costs nothing, and bounds what a stolen connection can take.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

_BURST_SECONDS: Final = 10.0


class SigningLimits:
    """The buckets of every key. ``per_minute`` is by the key ids of ``signing_kinds.KINDS_OF_KEYS``; ``clock`` gives
    monotonic seconds."""

    def __init__(self, per_minute: Mapping[str, int], clock: Callable[[], float]) -> None:
        self._rates = {name: limit / 60 for name, limit in per_minute.items()}
        self._clock = clock
        self._lock = Lock()
        self._filled: dict[str, tuple[float, float]] = {}

    def take(self, key_id: str) -> float:
        """Take one signature; returns 0 if it may be made, else the seconds after which to ask again."""
        rate = self._rate(key_id)
        most = max(1.0, rate * _BURST_SECONDS)
        with self._lock:
            now = self._clock()
            filled, then = self._filled.get(key_id, (most, now))
            filled = min(most, filled + (now - then) * rate)
            wait = 0.0 if filled >= 1 else (1 - filled) / rate
            self._filled[key_id] = (filled if wait else filled - 1, now)
        return wait

    def _rate(self, key_id: str) -> float:
        family = next((name for name in self._rates if name.endswith("-") and key_id.startswith(name)), key_id)
        return self._rates[family]
