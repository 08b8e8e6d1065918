"""Events that are posted again: which one, how often that failed, and when it is tried next.

Rules:
1. A webhook has at most one, for the event that stands next: events are posted in order. Only a failure writes it.
2. It is a note of the recorder's, durable and without an entry: the log says what was told or given up, not how often a
   receiver was away. So a machine that takes over goes on counting, and waits as long as the one before it would have.
3. Once the webhook's place has reached the event it counts for nothing; the next look takes it away.
4. One that cannot be written is remembered by this machine alone; one that cannot be read counts from the beginning.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from exchange.audit.unit import WEBHOOK_DELAY, Note, Notebook
from exchange.errors import HubError
from exchange.events.cursor import Place
from storage.records.changes import Delete, Insert, Replace
from storage.records.interface import Record, Records

_DOUBLINGS: Final = 20
_PAGE: Final = 500
_RACES: Final = 4
_NOTE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Delay:
    """``event``: where it stands in the log; times in microseconds since 1970 (UTC)."""

    event: Place
    event_time_us: int
    failures: int
    not_before_us: int


_DELAYS: Final = TypeAdapter(Delay)


@dataclass(frozen=True, slots=True)
class Patience:
    """``attempts`` at one event; pauses of ``first`` seconds, doubled each time up to ``longest``."""

    attempts: int
    first: float
    longest: float

    def pause(self, failures: int) -> float:
        """Seconds after so many failures: between half of the pause and all of it, so that webhooks spread."""
        whole = min(self.longest, self.first * 2.0 ** min(failures - 1, _DOUBLINGS))
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 spreads retries; no secret depends on it

    def over(self, delay: Delay | None, now_us: int) -> bool:
        """Whether the event may be tried again; so also where a clock that was wrong wrote a time that is far off."""
        return delay is None or not 0 < delay.not_before_us - now_us <= self.longest * 1_000_000


@dataclass(frozen=True, slots=True)
class KeptDelays:
    """What a look found: the delays by webhook, the versions of all records, and the keys of those not readable."""

    delays: Mapping[str, Delay]
    versions: Mapping[str, int]
    strange: frozenset[str]


def delays_of(records: Records, webhooks: Sequence[str]) -> Mapping[str, Delay]:
    """Those of webhooks, at most 1,000 by id, that have one and whose record decodes. Raises ``StorageError``."""
    read = ((key, _decoded(record)) for key, record in records.get_many(WEBHOOK_DELAY, webhooks).items())
    return {key: delay for key, delay in read if delay is not None}


class DelayBook:
    """Reads delays from the records, and writes them through the recorder. Safe for threads."""

    def __init__(self, records: Records, notebook: Notebook) -> None:
        self._records = records
        self._notebook = notebook

    def look(self) -> KeptDelays:
        """All that are kept: none while every receiver answers. Raises ``StorageError``."""
        delays: dict[str, Delay] = {}
        versions: dict[str, int] = {}
        after = ""
        while page := self._records.scan(WEBHOOK_DELAY, after=after, limit=_PAGE):
            after = page[-1].key
            versions.update((record.key, record.version) for record in page)
            read = ((record.key, _decoded(record)) for record in page)
            delays.update((key, delay) for key, delay in read if delay is not None)
        return KeptDelays(delays, versions, frozenset(versions.keys() - delays.keys()))

    def put(self, webhook: str, delay: Delay) -> Delay:
        """Keep it, unless another machine has counted further: returns what counts. Raises ``HubError`` if it cannot be
        kept, and ``StorageError``."""
        for _ in range(_RACES):
            record = self._records.get(WEBHOOK_DELAY, webhook)
            kept = None if record is None else _decoded(record)
            if kept is not None and later(kept, delay) is kept:
                return kept
            body = to_json(delay)
            change = (
                Insert(WEBHOOK_DELAY, webhook, body)
                if record is None
                else Replace(WEBHOOK_DELAY, webhook, record.version, body)
            )
            if self._notebook.note(Note((change,)), _NOTE_SECONDS):
                break
        return delay

    def take_away(self, found: KeptDelays, webhooks: Mapping[str, Place]) -> None:
        """Take away what counts for nothing: its webhook, by id with its place, is past the event or there no more.

        What cannot be taken away now is left to the next look.
        """
        for key, version in found.versions.items():
            delay, place = found.delays.get(key), webhooks.get(key)
            if place is not None and (delay is None or delay.event > place):
                continue
            try:
                self._notebook.note(Note((Delete(WEBHOOK_DELAY, key, version),)), _NOTE_SECONDS)
            except HubError:
                return


def later(one: Delay | None, other: Delay | None) -> Delay | None:
    """The one that counts: of the later event, else of more failures; the first of two alike."""
    if one is None or other is None:
        return one or other
    return one if (one.event, one.failures) >= (other.event, other.failures) else other


def _decoded(record: Record) -> Delay | None:
    try:
        return _DELAYS.validate_json(record.body)
    except ValidationError:
        return None
