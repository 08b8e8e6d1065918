"""Who looked at the calling holder's data.

Rules:
1. The question carries no number: the holder is the one for whom the channel speaks.
2. An answer shows departments, never operators, and of a record only the items that are about this holder.
3. Tags of people change with the year, so a question is about one year.
4. What a restriction conceals now is left out as if it were not there, and is shown afterwards. The log has it at once,
   and auditors see it: nothing but this list asks.
"""

import time
from dataclasses import dataclass
from typing import Final

from exchange.audit.entry import OUTCOME_NAMES, key_epoch, parse
from exchange.audit.errors import JournalError
from exchange.audit.queries import FOREVER_US, MAX_PAGE, AccessFilter, AccessPage, AccessRecord
from exchange.call import Call
from exchange.cases.restricted import effects_on, is_concealed
from exchange.consents.room import ConsentRoom, caller_holder
from exchange.entities.restriction import Effect
from exchange.errors import InvalidError, Violation

FIRST_YEAR: Final = 2020
_BATCHES: Final = 25


@dataclass(frozen=True, slots=True)
class OwnAccess:
    """One look: log position, seconds since 1970 (UTC), the department's USCC; codes and names as in the log."""

    index: int
    time: int
    department: str
    purpose: str
    matter: str
    method: str
    outcome: str
    licence_types: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnAccesses:
    """A page, newest first; ``next_before`` None at the end."""

    accesses: tuple[OwnAccess, ...]
    next_before: int | None
    indexed_through: int


def list_accesses_to_my_data(
    call: Call, room: ConsentRoom, year: int, *, before: int | None, limit: int
) -> OwnAccesses:
    """A page of the accesses to the calling holder's data in a calendar year (UTC; 0: this one).

    Raises ``InvalidError`` for a year that the log cannot have.
    """
    holder = caller_holder(call, room)
    this_year = time.gmtime(call.now).tm_year
    if year and not FIRST_YEAR <= year <= this_year:
        raise InvalidError(
            (Violation("year", f"must be {FIRST_YEAR} to {this_year}", f"应为{FIRST_YEAR}至{this_year}"),)
        )
    tag = room.cases.tagger.holder(holder.id_type, holder.id_number, year or key_epoch(call.now_us))
    asked = AccessFilter((("holder", tag),), 0, FOREVER_US)
    effects = effects_on(call, room.cases.store.restricted, room.owner(holder))
    hiding = tuple(effect for effect in effects if effect.conceals(call.now))
    page = _shown(room, asked, hiding, before, limit)
    return OwnAccesses(tuple(_own(record, tag) for record in page.records), page.next_before, page.indexed_through)


def _shown(
    room: ConsentRoom,
    asked: AccessFilter,
    hiding: tuple[Effect, ...],
    before: int | None,
    limit: int,
) -> AccessPage:
    """Rule 4: a page as full as if what ``hiding`` conceals were not there; short only after 5,000 records in a row."""
    if not hiding:
        return room.accesses.list(asked, frozenset(), before=before, limit=limit)
    shown: list[AccessRecord] = []
    page = AccessPage((), before, 0)
    for _ in range(_BATCHES):
        page = room.accesses.list(asked, frozenset(), before=page.next_before, limit=MAX_PAGE)
        shown += [record for record in page.records if not _hidden(record, hiding)]
        if len(shown) > limit or page.next_before is None:
            break
    following = shown[limit - 1].index if len(shown) > limit else page.next_before
    return AccessPage(tuple(shown[:limit]), following, page.indexed_through)


def _hidden(record: AccessRecord, hiding: tuple[Effect, ...]) -> bool:
    try:
        entry = parse(record.entry)
    except JournalError:  # it shows nothing but that it was there
        return False
    return is_concealed(hiding, entry.purpose, entry.evidence_object, record.time_us // 1_000_000)


def _own(record: AccessRecord, tag: bytes) -> OwnAccess:
    try:
        entry = parse(record.entry)
    except JournalError:  # of a later version, or damaged: that it was there is still to be seen
        return OwnAccess(record.index, record.time_us // 1_000_000, "", "", "", "", "", (), ())
    mine = [item for item in entry.items if item.holder_tag == tag]
    return OwnAccess(
        index=record.index,
        time=record.time_us // 1_000_000,
        department=entry.department,
        purpose=entry.purpose,
        matter=entry.matter,
        method=entry.method,
        outcome=OUTCOME_NAMES.get(entry.outcome, ""),
        licence_types=tuple(sorted({item.licence_type for item in mine} - {""})),
        fields=tuple(sorted({name for item in mine for name in item.fields_released})),
    )
