"""Open streams: coroutines of one loop, woken by one bell, each with a place of its own and nothing else.

Rules:
1. A stream holds no thread. What blocks (a lagging stream's look into the log) is done by a bounded pool.
2. Who is entitled is asked for every event, and again when the register changes; then the stream ends with the reason.
3. A slow reader waits at its own flow control; behind the window it reads the log in bounded steps.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from onceonly.v1 import event_service_pb2 as pb

from exchange.call import Caller
from exchange.catalogue.source import RegisterSource
from exchange.errors import RefusedError
from exchange.events.cursor import Place
from exchange.events.entitlement import EventFilter, ended_for, may_be_told
from exchange.events.reader import EventReader, Stretch
from exchange.events.servicer import EventServicer
from exchange.events.tail import EventTail

_STEP: Final = 2_000
"""Log entries that a lagging stream reads at a time."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open stream: by whom, as which subscriber, what it asked for and where it begins."""

    caller: Caller
    subscriber: str
    asked: EventFilter
    place: Place


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: longest silence, longest life."""

    heartbeat: float
    life: float


class Bell:
    """Wakes every coroutine that waits, from any thread; belongs to one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake everyone. From any thread, also when the loop is closed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._swing)

    def next(self) -> asyncio.Event:
        """What is set at the next ring."""
        return self._rung

    def _swing(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()


class EventStreams:
    """What every stream of the process shares."""

    def __init__(
        self,
        servicer: EventServicer,
        reader: EventReader,
        tail: EventTail,
        registers: RegisterSource,
        pace: Pace,
        pool: ThreadPoolExecutor,
        bell: Callable[[], Bell],
    ) -> None:
        self._servicer = servicer
        self._reader = reader
        self._tail = tail
        self._registers = registers
        self._pace = pace
        self._pool = pool
        self._bell = bell

    async def messages(self, opened: Opened) -> AsyncGenerator[bytes, None]:
        """The messages of a stream after its first, serialised, until its life ends.

        Raises ``RefusedError`` when its caller is not entitled any more, and what reading the log raises.
        """
        loop = asyncio.get_running_loop()
        place, ends, last = opened.place, loop.time() + self._pace.life, loop.time()
        while loop.time() < ends:
            rung = self._bell().next()
            stretch = await self._after(place)
            for told in stretch.events:
                self._entitled(opened.caller)
                if may_be_told(opened.caller, opened.asked, told):
                    event = self._servicer.event(opened.subscriber, told)
                    yield pb.WatchEventsResponse(event=event).SerializeToString()
                    last = loop.time()
            place = stretch.reached
            self._entitled(opened.caller)
            if loop.time() - last >= self._pace.heartbeat:
                yield self._servicer.heartbeat(opened.subscriber, place).SerializeToString()
                last = loop.time()
            if stretch.at_end:
                await _patience(rung, min(ends, last + self._pace.heartbeat) - loop.time())

    def _entitled(self, caller: Caller) -> None:
        reason = ended_for(caller, self._registers.current())
        if reason is not None:
            raise RefusedError(reason)

    async def _after(self, place: Place) -> Stretch:
        found = self._tail.after(place)
        if found is not None:
            return found
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._reader.read, place, _STEP)


async def _patience(rung: asyncio.Event, seconds: float) -> None:
    """Wait for the bell, but not longer. It rings for new events, and when the register changes."""
    try:
        await asyncio.wait_for(rung.wait(), max(0.0, seconds))
    except TimeoutError:
        return
