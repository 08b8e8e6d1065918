"""Places in status lists: which list and which index stand for a licence, and what its place says.

Rules:
1. Lists belong to one licence type and one year of signing and hold 2**20 places. A list that is so full that draws
   collide is left for the next one.
2. An index is random within its list, so that neighbours reveal nothing (Token Status List, "unlinkability").
3. A place is taken by inserting ``status_index``/list/index in the unit that issues the licence: two licences never
   share one. Its body says the status and whose it is; a body without a status is an old one, and valid.
4. Whatever changes a licence's state changes its place in the same unit. Such a place is found under ``ended``: list
   (unless it is valid), and under ``changed``: the minute. So whoever builds the lists reads what ended when it starts,
   and what changed from then on.
5. ``status_list``/list is inserted with a list's first licence. It, and every change of a place, raises the counter
   ``status_changes``: one read tells that there is something to do.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exchange.cache import RecordCache
from exchange.civil_time import civil_date
from exchange.entities.licence import Licence, LicenceState
from exchange.errors import UnavailableError
from exchange.reasons import Reason
from signer.status_list import PLACES, Status
from storage.errors import CorruptError
from storage.records.changes import Change, Insert, Replace, Spend
from storage.records.interface import Record, Records
from storage.records.limits import MAX_INTEGER

KIND: Final = "status_index"
LIST: Final = "status_list"
ENDED: Final = "ended"
CHANGED: Final = "changed"
CHANGES: Final = "status_changes"
MINUTE: Final = 60

STATUSES: Final[Mapping[LicenceState, Status]] = MappingProxyType(
    {
        LicenceState.ACTIVE: Status.VALID,
        LicenceState.SUSPENDED: Status.SUSPENDED,
        LicenceState.REVOKED: Status.INVALID,
        LicenceState.TRANSFERRED_OUT: Status.INVALID,
        LicenceState.SUPERSEDED: Status.INVALID,
    }
)
"""What a list says of each state. Expiry is no state: the credential itself says when it ends."""

_TRIES: Final = 16
"""Of a list half full, sixteen draws fail together once in 65,536 times, so lists are left when about half full."""
_LISTS: Final = 999
_OLD_LISTS: Final = 64
_NOTICE: Final = Spend(CHANGES, 1, MAX_INTEGER)


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """``list_name`` such as ``11980000MB0000001A001/2026/1``; ``index`` from 0 to 2**20 - 1."""

    list_name: str
    index: int

    @property
    def key(self) -> str:
        """The key of the place's record."""
        return f"{self.list_name}/{self.index:07d}"

    def taken_by(self, identifier: str) -> Insert:
        """The change that takes the place for a licence; it fails if somebody was quicker."""
        return Insert(KIND, self.key, _body(Status.VALID, identifier))


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """What a place's record says."""

    place: StatusPlace
    status: Status
    identifier: str


class StatusPlaces:
    """The places of a hub, shared by threads. It remembers which lists there are, since none ever goes away."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lists: RecordCache[bool] = RecordCache(records, LIST, lambda _: True, _LISTS * 64)

    def free(self, type_code: str, now: int, count: int = 1) -> list[StatusPlace]:
        """``count`` (1 to 1,000) places that are free as far as the records show, no two alike.

        They are in the newest lists of the type and year that have some. Raises ``UnavailableError`` if all 999 lists
        of the year are full.
        """
        year = civil_date(now)[:4]
        newest = 1
        while newest < _LISTS and self._lists.get(f"{type_code}/{year}/{newest + 1}").value is not None:
            newest += 1
        found: dict[str, StatusPlace] = {}
        for number in range(newest, _LISTS + 1):
            name = f"{type_code}/{year}/{number}"
            for _ in range(_TRIES):
                draws = (StatusPlace(name, secrets.randbelow(PLACES)) for _ in range(count - len(found)))
                drawn = {place.key: place for place in draws}
                taken = self._records.get_many(KIND, list(drawn))
                found.update((key, place) for key, place in drawn.items() if key not in taken)
                if len(found) == count:
                    return list(found.values())
        raise UnavailableError(Reason.STORAGE_UNAVAILABLE)

    def taken(self, place: StatusPlace, identifier: str, now: int) -> tuple[Change, ...]:
        """The changes that take a place for a new licence, and open its list if this is the first in it."""
        opening = self._opening(place.list_name, now)
        return (place.taken_by(identifier), *opening, *([_NOTICE] if opening else []))

    def placed(self, place: StatusPlace, licence: Licence, now: int) -> tuple[Change, ...]:
        """The changes that take the place for a new licence in any state, and open its list if need be."""
        if licence.state is LicenceState.ACTIVE:
            return self.taken(place, licence.identifier, now)
        indexes = ((CHANGED, minute_of(now)), (ENDED, place.list_name.encode()))
        entry = Insert(KIND, place.key, _body(STATUSES[licence.state], licence.identifier), indexes)
        return (entry, *self._opening(place.list_name, now), _NOTICE)

    def marked(self, licence: Licence, now: int) -> tuple[Change, ...]:
        """The changes that bring the place of a licence up to its state.

        None for a licence without a place, which no list speaks of. They fail if the place changes meanwhile.
        """
        if not licence.status_list:
            return ()
        place = StatusPlace(licence.status_list, licence.status_index)
        status = STATUSES[licence.state]
        indexes = [(CHANGED, minute_of(now))]
        if status is not Status.VALID:
            indexes.append((ENDED, place.list_name.encode()))
        body, known = _body(status, licence.identifier), self._records.get(KIND, place.key)
        change: Change
        if known is None:
            change = Insert(KIND, place.key, body, tuple(indexes))
        else:
            change = Replace(KIND, place.key, known.version, body, tuple(indexes))
        return (change, *self._opening(place.list_name, now), _NOTICE)

    def list_of(self, licence: Licence) -> str:
        """The list in which a licence has its place; empty if it has none.

        Licences issued before they named their list are in one of their authority and month, so it is looked for there.
        """
        if licence.status_list:
            return licence.status_list
        month = time.strftime("%Y%m", time.gmtime(licence.history[0].recorded_time))
        for number in range(1, _OLD_LISTS + 1):
            place = StatusPlace(f"{licence.issuing_authority}/{month}/{number}", licence.status_index)
            known = self._records.get(KIND, place.key)
            if known is not None and entry_of(known).identifier == licence.identifier:
                return place.list_name
        return ""

    def _opening(self, name: str, now: int) -> tuple[Change, ...]:
        """The change that opens a list, unless it is open; it fails if another first licence was quicker."""
        if self._lists.get(name).value is None and self._lists.fresh(name).value is None:
            return (Insert(LIST, name, str(now).encode()),)
        return ()


def entry_of(record: Record) -> StatusEntry:
    """What a place's record says. Raises ``CorruptError``."""
    list_name, _, index = record.key.rpartition("/")
    head, separator, rest = record.body.partition(b" ")
    try:
        place = StatusPlace(list_name, int(index))
        if not separator:
            return StatusEntry(place, Status.VALID, record.body.decode("ascii"))
        return StatusEntry(place, Status(int(head)), rest.decode("ascii"))
    except ValueError as error:
        raise CorruptError("the record of a place in a status list does not decode") from error


def minute_of(now: float) -> bytes:
    """The value under which places that changed in the minute of ``now`` (seconds since 1970) are found."""
    return str(int(now) // MINUTE).encode()


def _body(status: Status, identifier: str) -> bytes:
    return f"{status.value} {identifier}".encode("ascii")
