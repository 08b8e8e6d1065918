"""Places in status lists: which list and which index stand for a licence.

Rules:
1. Lists belong to one authority and one month of issue and hold 2**20 places; a full month goes on in a next list.
2. An index is random within its list, so that neighbours reveal nothing (Token Status List, "unlinkability").
3. A place is taken by inserting ``status_index``/list/index in the unit that issues the licence: two licences never
   share one, and whoever builds the lists finds every licence of a list by its prefix.
"""

import secrets
import time
from dataclasses import dataclass

from exchange.errors import UnavailableError
from exchange.reasons import Reason
from storage.records.changes import Insert
from storage.records.interface import Records

KIND = "status_index"
PLACES = 1 << 20

_TRIES = 8
"""Of a list half full, eight draws fail together once in 256 times; then the next list is tried."""
_LISTS = 64


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """``list_name`` such as ``11990100MB0000001T/202601/1``; ``index`` from 0 to 2**20 - 1."""

    list_name: str
    index: int

    def taken_by(self, identifier: str) -> Insert:
        """The change that takes the place for a licence; it fails if somebody was quicker."""
        return Insert(KIND, _key(self.list_name, self.index), identifier.encode())


def free_place(records: Records, authority: str, now: int) -> StatusPlace:
    """A place that is free as far as the records show. Raises ``UnavailableError`` if a month's 64 lists are full."""
    month = time.strftime("%Y%m", time.gmtime(now))
    for number in range(1, _LISTS + 1):
        name = f"{authority}/{month}/{number}"
        for _ in range(_TRIES):
            index = secrets.randbelow(PLACES)
            if records.get(KIND, _key(name, index)) is None:
                return StatusPlace(name, index)
    raise UnavailableError(Reason.STORAGE_UNAVAILABLE)


def _key(list_name: str, index: int) -> str:
    return f"{list_name}/{index:07d}"
