"""The bytes of public pages: read from the stores by a few threads, and kept for a moment.

Rules:
1. A flood of requests is no flood of reads: one page is read once at a time, at most ``readers`` pages are, and
   ``waiting`` more may wait. Whoever comes then is turned away.
2. What does not exist is kept as long as what changes does, so that asking for it again and again reads nothing.
3. Everything but ``load`` runs in one event loop and needs no lock; ``load`` runs in the shelf's threads.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from exchange.public.addresses import Freshness, Page

MAX_BODY_BYTES: Final = 8 << 20
"""Of one page: a status list at its largest is 350 KiB."""
_MOST_KEPT: Final = 4_096
_MOST_KEPT_BYTES: Final = 32 << 20


class CrowdedError(Exception):
    """So many pages are being read that this one would have to wait too long."""


class OversizeError(Exception):
    """What stands in the store is larger than any page: somebody else put it there."""


@dataclass(frozen=True, slots=True)
class Body:
    """A page's bytes and their entity tag: strong, from their SHA-256 (RFC 9110 section 8.8.3)."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class _Kept:
    body: Body | None
    until: float

    @property
    def size(self) -> int:
        return len(self.body.content) if self.body is not None else 0


class Shelf:
    """Gives pages by reading them with ``load`` (None: there is none), which may block and raise ``StorageError``.

    ``seconds`` is for how long what may change is kept; ``clock`` gives monotonic seconds.
    """

    def __init__(
        self,
        load: Callable[[Page], bytes | None],
        *,
        readers: int,
        waiting: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._most_reads = readers + waiting
        self._seconds = seconds
        self._clock = clock
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="public-read")
        self._kept: OrderedDict[Page, _Kept] = OrderedDict()
        self._bytes = 0
        self._reads: dict[Page, asyncio.Future[Body | None]] = {}

    async def get(self, page: Page) -> Body | None:
        """The page as it is, or was less than ``seconds`` ago; None if there is none.

        Raises ``CrowdedError``, ``OversizeError`` and what ``load`` raises.
        """
        kept = self._kept.get(page)
        if kept is not None and self._clock() < kept.until:
            self._kept.move_to_end(page)
            return kept.body
        read = self._reads.get(page)
        if read is None:
            if len(self._reads) >= self._most_reads:
                raise CrowdedError
            read = asyncio.get_running_loop().run_in_executor(self._threads, self._read, page)
            self._reads[page] = read
            read.add_done_callback(lambda done: self._put(page, done))
        return await asyncio.shield(read)  # one who hangs up must not end the read for the others

    def close(self) -> None:
        """Take no more; reads under way end by themselves, each store has its own time out."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _read(self, page: Page) -> Body | None:
        content = self._load(page)
        if content is None:
            return None
        if len(content) > MAX_BODY_BYTES:
            raise OversizeError
        return Body(content, f'"{sha256(content).hexdigest()}"')

    def _put(self, page: Page, done: "asyncio.Future[Body | None]") -> None:
        del self._reads[page]
        if done.cancelled() or done.exception() is not None:
            return
        body = done.result()
        lasting = body is not None and page.freshness is Freshness.FOR_EVER
        self._drop(page)
        kept = self._kept[page] = _Kept(body, float("inf") if lasting else self._clock() + self._seconds)
        self._bytes += kept.size
        while len(self._kept) > _MOST_KEPT or self._bytes > _MOST_KEPT_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, page: Page) -> None:
        gone = self._kept.pop(page, None)
        self._bytes -= gone.size if gone is not None else 0
