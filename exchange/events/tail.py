"""The newest events of the log in memory, for every stream of this process: one reader, many listeners.

Rules:
1. One thread reads what is new; listeners take immutable snapshots, so nobody waits for anybody.
2. The window is bounded in events and in time (an erasure reaches it within a minute). Who lags behind it is told so,
   and reads the log.
3. A failed look is tried again; meanwhile streams are quiet.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from exchange.audit.errors import AuditError
from exchange.events.cursor import Place
from exchange.events.reader import EventReader, Stretch, Told
from storage.errors import StorageError

_LOOK_SECONDS: Final = 0.1
_ENTRIES: Final = 4_096
_KEPT_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class _Window:
    """Every event after ``floor`` up to ``reached``."""

    floor: Place
    events: tuple[Told, ...]
    reached: Place


class EventTail:
    """Begins at the log's end. ``changed`` is called from its thread after new events, and must not block or raise.

    It is called as well when ``register`` returns another object than before: who may be told has changed.
    """

    def __init__(
        self,
        reader: EventReader,
        most: int,
        changed: Callable[[], None],
        clock_us: Callable[[], int],
        register: Callable[[], object] = lambda: None,
    ) -> None:
        self._reader = reader
        self._most = most
        self._changed = changed
        self._clock_us = clock_us
        self._register = register
        self._seen = register()
        end = reader.end()
        self._window = _Window(end, (), end)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-tail", daemon=True)
        self._log = structlog.get_logger("onceonly.events")

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()

    def end(self) -> Place:
        """How far the log was read."""
        return self._window.reached

    def after(self, place: Place) -> Stretch | None:
        """What is in memory after a place; None if that lies before the window."""
        window = self._window
        if place < window.floor:
            return None
        first = bisect_right(window.events, place, key=lambda told: told.place)
        return Stretch(window.events[first:], max(place, window.reached), at_end=True)

    def look(self) -> bool:
        """Read what is new; returns whether more is waiting. Raises as ``EventReader.read``."""
        window = self._window
        news = self._reader.read(window.reached, _ENTRIES)
        if news.reached == window.reached:
            return False
        self._window = self._bounded(window, news)
        if news.events:
            self._changed()
        return not news.at_end

    def _bounded(self, window: _Window, news: Stretch) -> _Window:
        kept = window.events + news.events
        oldest = self._clock_us() - _KEPT_US
        drop = max(0, len(kept) - self._most)
        while drop < len(kept) and kept[drop].time_us < oldest:
            drop += 1
        return _Window(kept[drop - 1].place if drop else window.floor, kept[drop:], news.reached)

    def _run(self) -> None:
        failing = False
        while not self._stopping.is_set():
            try:
                more = self.look()
                failing = False
            except (AuditError, StorageError) as error:
                more = False
                if not failing:
                    self._log.warning("the log could not be read for events", error=type(error).__name__)
                failing = True
            self._watch_register()
            if not more:
                self._stopping.wait(_LOOK_SECONDS)

    def _watch_register(self) -> None:
        register = self._register()
        if register is not self._seen:
            self._seen = register
            self._changed()
