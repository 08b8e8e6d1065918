"""What the hub knows already, as the rows of a batch must see it: what is stored, and the rows before them.

Rules:
1. Everything is read anew and past the caches: a million licences that are read once must not fill them.
2. A holder without a data key is unknown, and nothing else is read of them.
"""

from dataclasses import dataclass, field

from exchange.call import Call
from exchange.entities.licence import Holder, Licence
from exchange.licences.codec import Holding, decode_holding
from exchange.licences.room import LicenceRoom
from exchange.licences.store import HOLDING, LICENCE, NUMBER, with_licence
from storage.errors import CorruptError, ErasedError
from storage.records.changes import Change
from storage.vault import KIND as DATA_KEY


@dataclass(slots=True)
class Known:
    """Of one batch: what its rows changed so far."""

    call: Call
    room: LicenceRoom
    type_code: str
    _numbers: dict[str, Licence] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _holdings: dict[str, tuple[int, Holding | None]] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def numbered(self, number: str) -> Licence | None:
        """The caller's licence of the type with that number. Raises ``ErasedError`` if its holder was erased."""
        key = self.room.store.number_key(self.type_code, self.call.caller.department.uscc, number)
        if key in self._numbers:
            return self._numbers[key]
        record = self.room.records.get(NUMBER, key)
        return None if record is None else self._licence(record.body.decode())

    def name_of(self, holder: Holder) -> str:
        """The name under which the hub knows the holder's number; empty if it does not. Raises ``ErasedError``."""
        owner = self.room.store.owner(holder)
        if owner not in self._names:
            self._names[owner] = self._known_name(owner, holder)
        return self._names[owner]

    def holding(self, holder: Holder) -> Holding | None:
        """What the holder has of the type."""
        return self._holding(self.room.store.holding_key(self.type_code, holder))[1]

    def add(self, licence: Licence) -> None:
        """A licence of the batch that the rows after it must see."""
        key = self.room.store.number_key(self.type_code, licence.issuing_authority, licence.number)
        self._numbers[key] = licence
        for holder in licence.holders:
            self._names[self.room.store.owner(holder)] = holder.name
            at = self.room.store.holding_key(self.type_code, holder)
            version, holding = self._holding(at)
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

    def _holding(self, key: str) -> tuple[int, Holding | None]:
        if key not in self._holdings:
            record = self.room.records.get(HOLDING, key)
            self._holdings[key] = (0, None) if record is None else (record.version, decode_holding(record.body))
        return self._holdings[key]

    def _known_name(self, owner: str, holder: Holder) -> str:
        """From the newest licence that the holder has of any type, of this one first."""
        stored = self.room.records.get(DATA_KEY, owner)
        if stored is None:
            return ""
        others = sorted(code for code in self.call.register.licence_types if code != self.type_code)
        for code in (self.type_code, *others):
            key = self.room.store.holding_key(code, holder)
            if code == self.type_code:
                held = self._holding(key)[1]
            else:
                record = self.room.records.get(HOLDING, key)
                held = None if record is None else decode_holding(record.body)
            for one in held.licences if held is not None else ():
                for each in self._named(one.identifier):
                    if (each.id_type, each.id_number) == (holder.id_type, holder.id_number):
                        return each.name
        return ""

    def _named(self, identifier: str) -> tuple[Holder, ...]:
        """The holders of a licence; none if it is of a holder before them whose data were erased."""
        try:
            return self._licence(identifier).holders
        except ErasedError:
            return ()

    def _licence(self, identifier: str) -> Licence:
        record = self.room.records.get(LICENCE, identifier)
        if record is None:
            raise CorruptError("a licence that is named is not there")
        return self.room.store.opened(record)
