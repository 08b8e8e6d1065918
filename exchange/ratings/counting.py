"""Figures of ratings: counters by department, matter and month, so that telling them reads no case.

Rules:
1. A counter only grows, in the unit of the rating or answer that it counts.
2. A rating counts in the month it was given, an answer in the month of its rating (China Standard Time).
3. A rating of a case with several matters counts once for the department and once for each matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from exchange.call import Call
from exchange.civil_time import civil_date
from exchange.codes import matter_code_problem, uscc_problem
from exchange.entities.rating import BAD_LEVELS, LEVELS
from exchange.errors import InvalidError, Violation
from exchange.ratings.room import RatingRoom
from storage.records.changes import Spend
from storage.records.limits import MAX_INTEGER

MAX_MONTHS: Final = 24
ANSWERED: Final = "answered"
IN_TIME: Final = "answered_in_time"

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """``ratings``: how many of level 1 to 5; ``answered``: bad ones of the month that were answered."""

    month: str
    ratings: tuple[int, ...]
    answered: int
    answered_in_time: int

    @property
    def satisfied_permille(self) -> int:
        """Thousandths that are of level 3 or better; 0 without ratings."""
        total = sum(self.ratings)
        good = sum(count for level, count in zip(LEVELS, self.ratings, strict=True) if level not in BAD_LEVELS)
        return 1000 * good // total if total else 0


def count(call: Call, department: str, matters: Iterable[str], time: int, *what: str) -> None:
    """Count ``what`` (a level or a kind of answer) for a rating given at ``time``."""
    month = civil_date(time)[:7]
    for matter in ("", *dict.fromkeys(matters)):
        for each in what:
            call.change(Spend(_counter(department, matter, month, each), 1, MAX_INTEGER))


def summarise_ratings(
    call: Call, room: RatingRoom, department: str, matter: str, first_month: str, last_month: str
) -> tuple[RatingFigures, ...]:
    """The figures of a department, or of one of its matters, month by month. Raises ``InvalidError``.

    Not checked: that the department or matter exists; there are no ratings of one that does not.
    """
    problems = []
    if uscc_problem(department) is not None:
        problems.append(Violation("department", "must be a department's code", "应为统一社会信用代码"))
    if matter and matter_code_problem(matter) is not None:
        problems.append(Violation("matter", "must be a matter's code", "应为事项实施编码"))
    months = _months(first_month, last_month)
    if not 1 <= len(months) <= MAX_MONTHS:
        en = f"must be months YYYY-MM, the last not before the first, at most {MAX_MONTHS} in all"
        problems.append(Violation("first_month", en, f"应为YYYY-MM格式的月份，先后有序，至多{MAX_MONTHS}个月"))
    if problems:
        raise InvalidError(tuple(problems))
    call.draft.resource = f"departments/{department}"
    return tuple(_figures(room, department, matter, month) for month in months)


def _figures(room: RatingRoom, department: str, matter: str, month: str) -> RatingFigures:
    def counted(what: str) -> int:
        return room.store.records.counter(_counter(department, matter, month, what))

    levels = tuple(counted(str(level)) for level in LEVELS)
    return RatingFigures(month, levels, counted(ANSWERED), counted(IN_TIME))


def _months(first: str, last: str) -> list[str]:
    """The months from first to last; none if one of them is no month. More than allowed are cut to one too many."""
    begin, end = _MONTH.fullmatch(first), _MONTH.fullmatch(last)
    if begin is None or end is None:
        return []
    start = int(begin[1]) * 12 + int(begin[2]) - 1
    stop = min(int(end[1]) * 12 + int(end[2]), start + MAX_MONTHS + 1)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, stop)]


def _counter(department: str, matter: str, month: str, what: str) -> str:
    return f"rating/{department}/{matter}/{month}/{what}"
