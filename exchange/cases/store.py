"""Where cases are kept, sealed under the data key of their applicant.

Rules:
1. ``case``/id: the owner's tag (16 bytes), then the sealed case. Indexed under ``department``: the USCCs of the
   handling and the collecting department, so that each can list its own; and, once it is accepted, under
   ``accepted_matter``: its matters that the handling department implements, so that who is admitted to one by rule
   finds the cases of that one and walks over no other. Ids sort by the time of opening.
2. ``case_consents``/case id: all consents of a case in one record, so that one read and one expectation at commit
   tell a fetch what was consented to and not revoked at this very moment. Sealed as the case is.
3. ``consent``/id: the id of its case; never changes. Indexed under ``giver``: the tag of the holder who gave it.
4. ``case_clock``/case id: its clock, sealed as the case is. Indexed under ``overdue`` from when the case was told to be
   late until it is closed: the USCCs of those who answer for it.
5. ``case_number``/tag of (handling department, number): inserted once, so a number is never given twice.
"""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter

from exchange.cache import RecordCache
from exchange.cases.clock_codec import decode_clock, encode_clock
from exchange.cases.codec import decode_case, decode_consents, encode_case, encode_consents
from exchange.cases.collection_store import CollectionStore
from exchange.cases.dispute_store import DisputeStore
from exchange.cases.evidence_store import EvidenceStore
from exchange.cases.restricted import restricted_cache
from exchange.clocks.due import Due, noted, withdrawn
from exchange.entities.case import Case, Consent
from exchange.entities.clock import CaseClock
from exchange.entities.licence import Holder
from storage.blind import BlindIndex
from storage.errors import CorruptError
from storage.records.changes import Delete, IndexEntry, Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

CASE = "case"
CONSENTS = "case_consents"
CONSENT = "consent"
CLOCK = "case_clock"
NUMBER = "case_number"
APPLICANT = "applicant"
GIVER = "giver"

_DEPARTMENT = "department"
_ACCEPTED_MATTER = "accepted_matter"
_OVERDUE = "overdue"
_TAG_BYTES = 16
_CHUNK = 50
_RECORD_KEY = attrgetter("key")


class CaseStore:
    """Reads and writes of cases; ``cache_size`` bounds each of the caches of decoded records."""

    def __init__(self, records: Records, vault: Vault, blind: BlindIndex, cache_size: int = 20_000) -> None:
        self._records = records
        self._vault = vault
        self._blind = blind
        self.cases: RecordCache[Case] = RecordCache(records, CASE, self._open_case, cache_size)
        self.consents: RecordCache[tuple[Consent, ...]] = RecordCache(
            records, CONSENTS, self._open_consents, cache_size
        )
        self.consent_cases: RecordCache[str] = RecordCache(records, CONSENT, _text, cache_size)
        self.clocks: RecordCache[CaseClock] = RecordCache(records, CLOCK, self._open_clock, cache_size)
        self.numbers: RecordCache[str] = RecordCache(records, NUMBER, _text, cache_size)
        self.evidence = EvidenceStore(records, vault, cache_size)
        self.disputes = DisputeStore(records, vault, cache_size)
        self.collections = CollectionStore(records, vault, cache_size)
        self.restricted = restricted_cache(records, vault, cache_size)

    def owner(self, holder: Holder) -> str:
        """The holder's tag in hex: owner of the data key."""
        return self._blind.tag("holder", f"{holder.id_type}:{holder.id_number}").hex()

    def number_key(self, department: str, number: str) -> str:
        """The key under which a case number of a handling department is taken."""
        return self._blind.tag("case number", f"{department}/{number}").hex()

    def listed(self, department: str, *, after: str, limit: int) -> list[Record]:
        """Records of the cases that a department handles or collected, oldest first; ``decoded`` opens one."""
        return self._records.find(CASE, _DEPARTMENT, department.encode(), after=after, limit=limit)

    def accepted(self, matters: Iterable[str], *, after: str, limit: int) -> list[Record]:
        """Records of the accepted cases that the implementers of these matters handle, oldest first, each once.

        Reads a chunk of each matter, and another where one is used up. A case that was accepted before there was such
        an index is in it from its next change on.
        """
        streams = [self._accepted(matter, after) for matter in matters]
        in_order = groupby(merge(*streams, key=_RECORD_KEY), _RECORD_KEY)
        return [next(same) for _, same in islice(in_order, limit)]

    def given(self, giver: str, *, after: str, limit: int) -> list[tuple[str, str]]:
        """(consent id, case id) of the consents that a holder (an owner's tag) gave, oldest first."""
        found = self._records.find(CONSENT, GIVER, bytes.fromhex(giver), after=after, limit=limit)
        return [(record.key, record.body.decode()) for record in found]

    def decoded(self, record: Record) -> Case:
        """The case in a record. Raises ``ErasedError`` if its applicant's data key was destroyed."""
        return self._open_case(record)

    def write_case(self, case: Case, key: DataKey, version: int) -> Insert | Replace:
        """The change that stores a case over record version ``version`` (0: there is none), under its owner's key."""
        body = _sealed(key, encode_case(case), _context(CASE, case.id))
        if version == 0:
            return Insert(CASE, case.id, body, _indexes(case))
        return Replace(CASE, case.id, version, body, _indexes(case))

    def write_consents(self, case: str, consents: tuple[Consent, ...], key: DataKey, version: int) -> Insert | Replace:
        """The change that stores a case's consents over record version ``version`` (0: there is none)."""
        body = _sealed(key, encode_consents(consents), _context(CONSENTS, case))
        return Replace(CONSENTS, case, version, body) if version else Insert(CONSENTS, case, body)

    def overdue(self, department: str, *, after: str, limit: int) -> list[Record]:
        """Records of the clocks of late cases that a department is to know of; ``decoded_clock`` opens one."""
        return self._records.find(CLOCK, _OVERDUE, department.encode(), after=after, limit=limit)

    def decoded_clock(self, record: Record) -> CaseClock:
        """The clock in a record. Raises ``ErasedError`` if the data key of the case's applicant was destroyed."""
        return self._open_clock(record)

    def write_clock(self, clock: CaseClock, key: DataKey, version: int, told: Iterable[str] = ()) -> Insert | Replace:
        """The change that stores a clock over record version ``version`` (0: there is none).

        ``told``: USCCs of the departments that list its case among the late ones.
        """
        body = _sealed(key, encode_clock(clock), _context(CLOCK, clock.case))
        indexes = tuple((_OVERDUE, department.encode()) for department in sorted(told))
        return Replace(CLOCK, clock.case, version, body, indexes) if version else Insert(CLOCK, clock.case, body)

    def withdrawn(self, due: Due) -> tuple[Delete, ...]:
        """The change that takes a due record away, if it is there."""
        return withdrawn(self._records, due)

    def noted(self, due: Due) -> tuple[Insert, ...]:
        """The change that puts a due record, if it is not there."""
        return noted(self._records, due)

    def take_number(self, case: Case) -> Insert:
        """The change that takes the case's number."""
        return Insert(NUMBER, self.number_key(case.handling_department, case.number), case.id.encode())

    def _accepted(self, matter: str, after: str) -> Iterator[Record]:
        while True:
            found = self._records.find(CASE, _ACCEPTED_MATTER, matter.encode(), after=after, limit=_CHUNK)
            yield from found
            if len(found) < _CHUNK:
                return
            after = found[-1].key

    def _open_case(self, record: Record) -> Case:
        return decode_case(self._opened(record))

    def _open_consents(self, record: Record) -> tuple[Consent, ...]:
        return decode_consents(self._opened(record))

    def _open_clock(self, record: Record) -> CaseClock:
        return decode_clock(self._opened(record))

    def _opened(self, record: Record) -> bytes:
        if len(record.body) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        key = self._vault.data_key(record.body[:_TAG_BYTES].hex())
        return key.open(record.body[_TAG_BYTES:], _context(record.kind, record.key))


def owner_party(case: Case) -> Holder:
    """Whose data key seals the case: the applicant's, or the first party's where the guide has no applicant."""
    return next((party.holder for party in case.parties if party.role == APPLICANT), case.parties[0].holder)


def point_to_case(consent: Consent, giver: str) -> Insert:
    """The change that lets a consent be found by its id, and by its giver (as ``CaseStore.owner`` tags one)."""
    return Insert(CONSENT, consent.id, consent.case.encode(), ((GIVER, bytes.fromhex(giver)),))


def _sealed(key: DataKey, content: bytes, context: bytes) -> bytes:
    return bytes.fromhex(key.owner) + key.seal(content, context)


def _context(kind: str, key: str) -> bytes:
    return f"{kind}/{key}".encode()


def _indexes(case: Case) -> tuple[IndexEntry, ...]:
    departments = sorted({case.handling_department, case.collecting_department})
    accepted = case.matters if case.accepted_time else ()
    own = sorted({pin.code for pin in accepted if pin.code[:18] == case.handling_department})
    return (
        *((_DEPARTMENT, department.encode()) for department in departments),
        *((_ACCEPTED_MATTER, code.encode()) for code in own),
    )


def _text(record: Record) -> str:
    return record.body.decode()
