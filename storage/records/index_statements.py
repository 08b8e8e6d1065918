"""The SQL of the access index: written once in SQLAlchemy Core, compiled once per dialect and number of terms.

Rules:
1. A search walks the postings of its rarest term backwards and looks every other condition up by key: it never scans a
   table and never sorts. What it costs is bounded by how often the rarest term occurs in the range of positions.
2. Times are bounded by positions first (``moment.high_us`` never falls), then checked exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    Join,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

from storage.records.limits import MAX_TERMS
from storage.records.schema import moment, named_state, posting, progress
from storage.records.statements import ONE, first_rows


@dataclass(frozen=True, slots=True)
class IndexStatements:
    """SQL text with named parameters; each field's comment lists them (terms: name0, value0, name1 …)."""

    progress: str  # → through, high_us, late_us
    advance: str  # next_through, next_high_us, next_late_us
    lowest: str  # start → first position at or after which the greatest time reaches start
    highest: str  # end → last position up to which the greatest time lies before end
    rarity: str  # name0, value0, low, high, limit → count up to limit
    find: tuple[str, ...]  # by number of terms: terms, low, high, start, end, limit → position
    summarise: tuple[str, ...]  # by number of terms: name, terms, low, high, start, end, limit → value, count
    add_posting: str  # name, value, position
    add_moment: str  # position, time_us, high_us
    state: str  # name → value
    insert_state: str  # name, value; no row if it exists
    update_state: str  # at_name, old_value, new_value
    clear_postings: str
    clear_moments: str


@cache
def index_statements(dialect: Dialect) -> IndexStatements:
    """Every statement for a dialect; compiled once in a process."""

    def text(statement: ClauseElement) -> str:
        return str(statement.compile(dialect=dialect))

    counts = range(MAX_TERMS + 1)
    return IndexStatements(
        rarity=text(_rarity()),
        find=tuple(text(_find(count)) for count in counts),
        summarise=tuple(text(_summarise(count)) for count in counts),
        **_positions(text),
        **_changes(text, dialect),
    )


def _positions(text: Callable[[ClauseElement], str]) -> dict[str, str]:
    state = select(progress.c.through, progress.c.high_us, progress.c.late_us).where(progress.c.id == ONE)
    lowest = select(moment.c.position).where(moment.c.high_us >= bindparam("start"))
    highest = select(moment.c.position).where(moment.c.high_us < bindparam("end"))
    return {
        "progress": text(state),
        "lowest": text(first_rows(lowest.order_by(moment.c.high_us, moment.c.position), ONE)),
        "highest": text(first_rows(highest.order_by(moment.c.high_us.desc(), moment.c.position.desc()), ONE)),
        "state": text(select(named_state.c.value).where(named_state.c.name == bindparam("name"))),
    }


def _changes(text: Callable[[ClauseElement], str], dialect: Dialect) -> dict[str, str]:
    new_state = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return {
        "advance": text(
            update(progress)
            .where(progress.c.id == ONE)
            .values({name: bindparam(f"next_{name}") for name in ("through", "high_us", "late_us")})
        ),
        "add_posting": text(insert(posting)),
        "add_moment": text(insert(moment)),
        "insert_state": text(new_state(named_state).on_conflict_do_nothing()),
        "update_state": text(
            update(named_state)
            .where(named_state.c.name == bindparam("at_name"), named_state.c.value == bindparam("old_value"))
            .values(value=bindparam("new_value"))
        ),
        "clear_postings": text(delete(posting)),
        "clear_moments": text(delete(moment)),
    }


def _term(table: Any, place: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.name == bindparam(f"name{place}"), table.c.value == bindparam(f"value{place}")


def _between(position: ColumnElement[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return position >= bindparam("low"), position <= bindparam("high")


def _in_time() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return moment.c.time_us >= bindparam("start"), moment.c.time_us < bindparam("end")


def _also(position: ColumnElement[int], count: int) -> ColumnElement[bool]:
    """That a position lies in the time range and carries every term but the first.

    All in one subquery: as conditions side by side they would make SQLite think that so few positions remain that
    sorting them costs nothing, and it would read them all instead of stopping at the limit.
    """
    others = [posting.alias(f"other{place}") for place in range(1, count)]
    conditions = [moment.c.position == position, *_in_time()]
    for place, other in enumerate(others, 1):
        conditions += [*_term(other, place), other.c.position == position]
    return exists(ONE).where(*conditions).correlate_except(moment, *others)


def _rarity() -> ClauseElement:
    some = first_rows(select(ONE.label("one")).where(*_term(posting, 0), *_between(posting.c.position)))
    return select(func.count()).select_from(some.subquery())


def _find(count: int) -> ClauseElement:
    if count == 0:
        every = select(moment.c.position).where(*_between(moment.c.position), *_in_time())
        return first_rows(every.order_by(moment.c.position.desc()))
    rarest = posting.alias("rarest")
    found = select(rarest.c.position).where(
        *_term(rarest, 0), *_between(rarest.c.position), _also(rarest.c.position, count)
    )
    return first_rows(found.order_by(rarest.c.position.desc()))


def _summarise(count: int) -> ClauseElement:
    counted = posting.alias("counted")
    total = func.count().label("total")
    outer: FromClause
    if count == 0:
        outer, position, among = moment, moment.c.position, [*_between(moment.c.position), *_in_time()]
    else:
        outer = posting.alias("rarest")
        position = outer.c.position
        among = [*_term(outer, 0), *_between(position), _also(position, count)]
    # A sum is no column: without it SQLite would pass the range of positions on to ``counted`` and walk all of it for
    # each position found.
    each = counted.c.position == position + literal_column("0", Integer)
    chosen = select(counted.c.value, total).select_from(InOrder(outer, counted, each))
    largest_first: ColumnElement[int] = literal_column("total", Integer).desc()
    return first_rows(
        chosen.where(*among, counted.c.name == bindparam("name"))
        .group_by(counted.c.value)
        .order_by(largest_first, counted.c.value)
    )


class InOrder(Join):
    """A join that SQLite walks from left to right, which is what its CROSS JOIN means.

    Left alone, it would walk every posting of the summarised name, since that comes grouped.
    """

    inherit_cache = True


@compiles(InOrder, "sqlite")
def _in_order(join: InOrder, compiler: Any, **options: Any) -> str:
    return str(compiler.visit_join(join, **options)).replace(" JOIN ", " CROSS JOIN ", 1)
