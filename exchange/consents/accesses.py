"""Who looked at the calling holder's data.

Rules:
1. The question carries no number: the holder is the one for whom the channel speaks.
2. An answer shows departments, never operators, and of a record only the items that are about this holder.
3. Tags of people change with the year, so a question is about one year.
"""

import time
from dataclasses import dataclass
from typing import Final

from exchange.audit.entry import OUTCOME_NAMES, key_epoch, parse
from exchange.audit.errors import JournalError
from exchange.audit.queries import FOREVER_US, AccessFilter, AccessRecord
from exchange.call import Call
from exchange.consents.room import ConsentRoom, caller_holder
from exchange.errors import InvalidError, Violation

FIRST_YEAR: Final = 2020


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
    page = room.accesses.list(asked, frozenset(), before=before, limit=limit)
    return OwnAccesses(tuple(_own(record, tag) for record in page.records), page.next_before, page.indexed_through)


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
