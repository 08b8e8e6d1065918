"""The task that publishes status lists: it notices what changed, builds, signs and puts them.

Rules:
1. The records are the truth. What is in memory is what they said at the last look and what changed since; a list that
   is new here is read from its ended places whole.
2. A change may be committed some time after the minute under which it is found: a look goes back by ``late`` seconds
   from the last one, which is longer than any call may last.
3. The time of a list (``iat``) only ever grows: it is later than that of the list it takes the place of, whoever made
   that one. Verifiers refuse a list that is older than what they have seen.
4. Somebody else's list under the name of ours means that another publisher leads, or that the store was lost or put
   back: the list is read from the records again, and published unless it is there.
5. What was looked at long ago is not published: a publisher that stood still may lead no more.
6. A list that nothing changes is read whole and signed again once it is ``resign`` seconds old, or a quarter of its
   life is left: so its age bounds what a verifier may have missed, and what a look may have.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import structlog

from exchange.licences.status_index import CHANGED, CHANGES, ENDED, KIND, LIST, MINUTE, StatusEntry, entry_of, minute_of
from exchange.options import StatusOptions
from signer.algorithms import PublicKey
from signer.errors import FormatError, SignatureError
from signer.keys.backend import Signer
from signer.status_bits import BITS
from signer.status_list import StatusBits, StatusList, open_status_list, sign_status_list
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects
from storage.records.interface import Record, Records

STATUS_LISTS_KEY: Final = "status-lists"
PLACES: Final = "status/"
"""Where signed lists are."""
_PAGE: Final = 1_000
_AHEAD_SECONDS: Final = 60
"""How far another machine's clock may be ahead of this one's."""
_FRESH_SECONDS: Final = 5.0
"""How long a look at the records may be ago when a list goes out."""
_PAUSE_SECONDS: Final = 1.0
"""Between two lists of one name, since times are whole seconds; and between two looks at what is published."""
_LATE_SECONDS: Final = 120
"""How long after a call's time was over its change may still be committed, and clocks may differ, all told."""
_LONGEST_GAP_SECONDS: Final = 3_600
"""Between two looks; after a longer one everything is read anew."""


@dataclass(frozen=True, slots=True)
class StatusTerms:
    """How long lists last, in seconds: ``ttl`` until a verifier fetches anew, ``life`` until ``exp``, ``resign`` until
    an unchanged one is signed again; ``late`` is what a change may be late by (rule 2)."""

    ttl: int
    life: int
    resign: int
    late: int


@dataclass(slots=True)
class _Kept:
    """A list in memory. ``digest``: SHA-256 of the signed list that is published as far as is known."""

    bits: StatusBits
    dirty: bool
    issue_time: int = 0
    expire_time: int = 0
    digest: bytes = b""
    put_at: float = float("-inf")


class StatusListTask:
    """Keeps the published lists up with the records. One thread owns it.

    ``signer`` gives the newest version of the key and ``keys`` every version by ``kid``; ``clock`` gives seconds since
    1970, ``stopwatch`` those of a monotonic clock. A signed list takes 20 ms to build, and 256 KiB of memory.
    """

    name: Final = STATUS_LISTS_KEY
    interval: Final = 0.25

    def __init__(
        self,
        records: Records,
        objects: Objects,
        hub: str,
        terms: StatusTerms,
        signer: Callable[[], Signer],
        keys: Callable[[], Mapping[str, PublicKey]],
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._objects = objects
        self._hub = hub
        self._terms = terms
        self._signer = signer
        self._keys = keys
        self._clock = clock
        self._stopwatch = stopwatch
        self._lists: dict[str, _Kept] = {}
        self._put_times: dict[str, int] = {}
        self._counter: int | None = None
        self._looked = 0.0
        self._looked_at = float("-inf")
        self._compared_at = float("-inf")
        self._turn = 0
        self._log = structlog.get_logger("onceonly.publisher")

    def run_once(self) -> None:
        """Publish every list that changed and one that grew old, and look whether one of the others is still there.

        Raises ``StorageError`` and ``SignerError``; whatever was not done then is done by a later run.
        """
        self._look()
        for name in [name for name, kept in self._lists.items() if kept.dirty]:
            self._put(name)
        self._renew()
        self._compare()

    def _look(self) -> None:
        """Bring the memory up to the records."""
        began, began_at = self._clock(), self._stopwatch()
        counter = self._records.counter(CHANGES)
        if counter != self._counter:
            if abs(began - self._looked) > _LONGEST_GAP_SECONDS:
                self._lists.clear()
            added = {name: self._read(name) for name in self._names() if name not in self._lists}
            if self._lists:
                self._take_changes(min(began, self._looked) - self._terms.late, began + _AHEAD_SECONDS)
            self._lists |= added
        self._counter, self._looked, self._looked_at = counter, began, began_at

    def _names(self) -> list[str]:
        return [record.key for record in _all_of(lambda after: self._records.scan(LIST, after=after, limit=_PAGE))]

    def _read(self, name: str) -> _Kept:
        """A list from its ended places, compared with the one that is published."""
        bits = StatusBits()
        for entry in self._entries(ENDED, name.encode()):
            bits.set(entry.place.index, entry.status)
        last = self._put_times.get(name, 0)
        published = self._published(name)
        if published is None:
            return _Kept(bits, dirty=True, issue_time=last)
        opened, digest = published
        dirty = opened.bits != BITS or opened.packed != bits.packed or opened.issue_time < last
        return _Kept(bits, dirty, max(opened.issue_time, last), opened.expire_time or 0, digest)

    def _take_changes(self, since: float, until: float) -> None:
        for minute in range(int(since) // MINUTE, int(until) // MINUTE + 1):
            for entry in self._entries(CHANGED, minute_of(minute * MINUTE)):
                kept = self._lists.get(entry.place.list_name)
                if kept is not None and kept.bits.get(entry.place.index) is not entry.status:
                    kept.bits.set(entry.place.index, entry.status)
                    kept.dirty = True

    def _entries(self, index: str, value: bytes) -> Iterator[StatusEntry]:
        """The places under an index entry."""
        return map(entry_of, _all_of(lambda after: self._records.find(KIND, index, value, after=after, limit=_PAGE)))

    def _renew(self) -> None:
        """Read one list that grew old anew, and put it. One in a run: those that changed do not wait for many."""
        now = self._clock()
        name = next((name for name, kept in self._lists.items() if not kept.dirty and now >= self._due(kept)), None)
        if name is not None:
            self._lists[name] = replace(self._read(name), dirty=True)
            self._put(name)

    def _due(self, kept: _Kept) -> float:
        """When a list that nothing changes is to be signed again."""
        return min(kept.issue_time + self._terms.resign, kept.expire_time - self._terms.life / 4)

    def _put(self, name: str) -> None:
        """Sign a list and put it in place of the one that is published, unless that one is none of ours."""
        kept = self._lists[name]
        now_at = self._stopwatch()
        if now_at - kept.put_at < _PAUSE_SECONDS or now_at - self._looked_at > _FRESH_SECONDS:
            return
        published = self._published(name)
        if published is not None and published[1] != kept.digest:
            self._forget(name)
            return
        issue_time = max(int(self._clock()), kept.issue_time + 1)
        expire_time = issue_time + self._terms.life
        signer = self._signer()
        token = sign_status_list(
            kept.bits,
            uri=self._uri(name),
            issue_time=issue_time,
            expire_time=expire_time,
            ttl=self._terms.ttl,
            kid=signer.kid,
            alg=signer.alg,
            sign=signer.sign,
        ).encode("ascii")
        self._objects.replace(object_name(name), token)
        kept.issue_time, kept.expire_time, kept.digest = issue_time, expire_time, sha256(token).digest()
        kept.dirty, kept.put_at = False, now_at
        self._put_times[name] = issue_time

    def _compare(self) -> None:
        """Look, list by list, whether what is published is what was put."""
        now_at = self._stopwatch()
        if not self._lists or now_at - self._compared_at < _PAUSE_SECONDS:
            return
        self._compared_at = now_at
        self._turn = (self._turn + 1) % len(self._lists)
        name = list(self._lists)[self._turn]
        published = self._published(name)
        if published is None or published[1] != self._lists[name].digest:
            self._forget(name)

    def _forget(self, name: str) -> None:
        """Read a list from the records again: what is published under its name is not what was put."""
        self._log.warning("a status list is not the one that was published")
        del self._lists[name]
        self._counter = None

    def _published(self, name: str) -> tuple[StatusList, bytes] | None:
        """The list that is published and its digest; None if there is none, or none that this hub signed."""
        try:
            token = self._objects.get(object_name(name))
            return open_status_list(token, self._keys(), uri=self._uri(name), at=None), sha256(token).digest()
        except (ObjectNotFoundError, FormatError, SignatureError):
            return None

    def _uri(self, name: str) -> str:
        return f"{self._hub}/status/{name}"


def _all_of(page_after: Callable[[str], list[Record]]) -> Iterator[Record]:
    """Every record of a listing, page by page."""
    after = ""
    while page := page_after(after):
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].key


def terms_of(options: StatusOptions, longest_call: float) -> StatusTerms:
    """The terms as configured; ``longest_call``: seconds that a call may take at most."""
    return StatusTerms(
        ttl=options.ttl_seconds,
        life=options.life_hours * 3_600,
        resign=options.resign_minutes * 60,
        late=int(longest_call) + _LATE_SECONDS,
    )


def object_name(list_name: str) -> str:
    """The object of a signed list."""
    return f"{PLACES}{list_name}.jwt"
