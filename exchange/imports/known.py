"""What the hub knows already, as the rows of a batch must see it: what is stored, and the rows before them.

Rules:
1. Everything is read anew and past the caches: a million licences that are read once must not fill them.
2. What every row asks for is read for all rows at once: over a network each read is a trip.
3. A holder without a data key is unknown, and nothing else is read of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from exchange.call import Call
from exchange.entities.back_fill import SourceLicence
from exchange.entities.licence import Holder, Licence
from exchange.licences.codec import Holding, decode_holding
from exchange.licences.room import LicenceRoom
from exchange.licences.store import HOLDING, LICENCE, NUMBER, with_licence
from storage.errors import CorruptError, ErasedError
from storage.records.changes import Change
from storage.records.interface import Record
from storage.records.limits import MAX_PAGE


@dataclass(slots=True)
class Known:
    """Of one batch: what its rows changed so far. ``sources`` are its rows without problems, at most 1,000 holders."""

    call: Call
    room: LicenceRoom
    type_code: str
    sources: Sequence[SourceLicence]
    _strangers: frozenset[str] = frozenset()
    _taken: dict[str, Record] = field(default_factory=dict)
    _numbered: dict[str, Record] = field(default_factory=dict)
    _numbers: dict[str, Licence] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _holdings: dict[str, tuple[int, Holding | None]] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read what the rows ask for."""
        store, records = self.room.store, self.room.records
        holders = {store.owner(holder): holder for source in self.sources for holder in source.holders}
        self._strangers = self.call.find_data_keys(holders)
        keys = {self._number_key(source.number) for source in self.sources}
        self._taken = records.get_many(NUMBER, sorted(keys))
        self._numbered = records.get_many(LICENCE, [record.body.decode() for record in self._taken.values()])
        asked = [store.holding_key(self.type_code, holder) for holder in holders.values()]
        self._holdings = dict.fromkeys(asked, (0, None))
        for key, record in records.get_many(HOLDING, asked).items():
            self._holdings[key] = record.version, decode_holding(record.body)

    def numbered(self, number: str) -> Licence | None:
        """The caller's licence of the type with that number. Raises ``ErasedError`` if its holder was erased."""
        key = self._number_key(number)
        if key in self._numbers or key not in self._taken:
            return self._numbers.get(key)
        identifier = self._taken[key].body.decode()
        return self._opened(self._numbered.get(identifier))

    def name_of(self, holder: Holder) -> str:
        """The name under which the hub knows the holder's number; empty if it does not. Raises ``ErasedError``."""
        owner = self.room.store.owner(holder)
        if owner not in self._names:
            self._names[owner] = self._known_name(owner, holder)
        return self._names[owner]

    def holding(self, holder: Holder) -> Holding | None:
        """What the holder has of the type."""
        return self._holdings[self.room.store.holding_key(self.type_code, holder)][1]

    def add(self, licence: Licence) -> None:
        """A licence of the batch that the rows after it must see."""
        key = self.room.store.number_key(self.type_code, licence.issuing_authority, licence.number)
        self._numbers[key] = licence
        for holder in licence.holders:
            self._names[self.room.store.owner(holder)] = holder.name
            at = self.room.store.holding_key(self.type_code, holder)
            version, holding = self._holdings[at]
            self._holdings[at] = version, with_licence(holding, licence)
            self._changed.add(at)

    def changes(self) -> list[Change]:
        """The changes of the holdings: one for each holder."""
        found: list[Change] = []
        for key in sorted(self._changed):
            version, holding = self._holdings[key]
            assert holding is not None
            found.append(self.room.store.held(key, version, holding))
        return found

    def _number_key(self, number: str) -> str:
        return self.room.store.number_key(self.type_code, self.call.caller.department.uscc, number)

    def _known_name(self, owner: str, holder: Holder) -> str:
        """From the newest licence that the holder has of any type, of this one first."""
        if owner in self._strangers:
            return ""
        for held in self._held(holder):
            for one in held.licences:
                for each in self._named(one.identifier):
                    if (each.id_type, each.id_number) == (holder.id_type, holder.id_number):
                        return each.name
        return ""

    def _held(self, holder: Holder) -> Iterator[Holding]:
        """What the holder has of this type, then of each other type."""
        here = self.holding(holder)
        if here is not None:
            yield here
        others = iter(sorted(code for code in self.call.register.licence_types if code != self.type_code))
        while codes := list(islice(others, MAX_PAGE)):
            keys = [self.room.store.holding_key(code, holder) for code in codes]
            stored = self.room.records.get_many(HOLDING, keys)
            yield from (decode_holding(stored[key].body) for key in keys if key in stored)

    def _named(self, identifier: str) -> tuple[Holder, ...]:
        """The holders of a licence; none if it is of a holder before them whose data were erased."""
        try:
            return self._licence(identifier).holders
        except ErasedError:
            return ()

    def _licence(self, identifier: str) -> Licence:
        return self._opened(self.room.records.get(LICENCE, identifier))

    def _opened(self, record: Record | None) -> Licence:
        if record is None:
            raise CorruptError("a licence that is named is not there")
        return self.room.store.opened(record)
