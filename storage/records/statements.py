"""The SQL of the records interface: written once in SQLAlchemy Core, compiled once per dialect to text.

Engines run the text through their driver with named parameters, so no call pays for SQLAlchemy. Where databases differ
(``ON CONFLICT`` belongs to a dialect in SQLAlchemy) the difference is in ``_insert_new`` and ``_spend`` alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.sql.schema import Table

from storage.records.limits import MAX_PAGE
from storage.records.schema import counter, journal, log_state, record, record_index, request

ONE: ColumnElement[int] = literal_column("1", Integer)

GET_MANY_SIZES = (4, 32, 256, MAX_PAGE)
"""Lists of keys are filled up to one of these sizes with repeats, so that few statements serve every length."""


@dataclass(frozen=True, slots=True)
class RecordStatements:
    """SQL text with named parameters; each field's comment lists them."""

    get: str  # kind, key → version, body
    get_many: Mapping[int, str]  # kind, k0 … kn → key, version, body
    scan: str  # kind, after, limit → key, version, body
    find: str  # kind, name, value, after, limit → key, version, body
    counter: str  # name → value
    remembered: str  # request → body_digest, answer, time_us
    length: str  # → next
    batch: str  # position → first, count, time_us, body of the batch that holds or precedes it
    version: str  # kind, key → version
    insert: str  # kind, key, version, body; no row if it exists
    replace: str  # at_kind, at_key, at_version, new_version, new_body
    delete: str  # kind, key, version
    entries: str  # kind, key → name, value
    add_entry: str  # kind, name, value, key
    drop_entry: str  # kind, name, value, key
    spend: str  # name, value (amount), ceiling; no row if the counter stands above the ceiling
    remember: str  # request, body_digest, answer, time_us; no row if known
    advance: str  # count
    append: str  # first, count, time_us, body
    forget: str  # before, limit


@cache
def sqlite_dialect() -> Dialect:
    """SQLite with named parameters, as the ``sqlite3`` driver takes them from a dict."""
    return sqlite.dialect(paramstyle="named")


@cache
def postgres_dialect() -> Dialect:
    """PostgreSQL with named parameters, as psycopg takes them from a dict."""
    return make_url("postgresql+psycopg://").get_dialect()()


@cache
def record_statements(dialect: Dialect) -> RecordStatements:
    """Every statement for a dialect; compiled once in a process, since that takes longer than opening a database."""

    def text(statement: ClauseElement) -> str:
        return str(statement.compile(dialect=dialect))

    return RecordStatements(
        get_many=MappingProxyType({size: text(_get_many(size)) for size in GET_MANY_SIZES}),
        **_reads(text),
        **_record_writes(text, dialect),
        **_other_writes(text, dialect),
    )


def first_rows(statement: Select[Any], limit: ColumnElement[int] | None = None) -> Select[Any]:
    """At most ``:limit`` rows. The offset is spelled out since SQLAlchemy would make it one more parameter."""
    most = bindparam("limit", type_=Integer) if limit is None else limit
    return statement.limit(most).offset(literal_column("0", Integer))


def _get_many(size: int) -> ClauseElement:
    keys: list[BindParameter[str]] = [bindparam(f"k{i}") for i in range(size)]
    return select(record.c.key, record.c.version, record.c.body).where(
        record.c.kind == bindparam("kind"), record.c.key.in_(keys)
    )


def _reads(text: Callable[[ClauseElement], str]) -> dict[str, str]:
    row = (record.c.key, record.c.version, record.c.body)
    of_kind = record.c.kind == bindparam("kind")
    found = record_index.join(record, (record.c.kind == record_index.c.kind) & (record.c.key == record_index.c.key))
    return {
        "get": text(select(record.c.version, record.c.body).where(of_kind, record.c.key == bindparam("key"))),
        "scan": text(first_rows(select(*row).where(of_kind, record.c.key > bindparam("after")).order_by(record.c.key))),
        "find": text(
            first_rows(
                select(*row)
                .select_from(found)
                .where(
                    record_index.c.kind == bindparam("kind"),
                    record_index.c.name == bindparam("name"),
                    record_index.c.value == bindparam("value"),
                    record_index.c.key > bindparam("after"),
                )
                .order_by(record_index.c.key)
            )
        ),
        "counter": text(select(counter.c.value).where(counter.c.name == bindparam("name"))),
        "remembered": text(
            select(request.c.body_digest, request.c.answer, request.c.time_us).where(
                request.c.request == bindparam("request")
            )
        ),
        "length": text(select(log_state.c.next).where(log_state.c.id == ONE)),
        "batch": text(
            first_rows(
                select(journal.c.first, journal.c["count"], journal.c.time_us, journal.c.body)
                .where(journal.c.first <= bindparam("position"))
                .order_by(journal.c.first.desc()),
                ONE,
            )
        ),
    }


def _record_writes(text: Callable[[ClauseElement], str], dialect: Dialect) -> dict[str, str]:
    row = (record.c.kind == bindparam("at_kind"), record.c.key == bindparam("at_key"))
    one = (record.c.kind == bindparam("kind"), record.c.key == bindparam("key"))
    entry = tuple(record_index.c[name] == bindparam(name) for name in ("kind", "name", "value", "key"))
    return {
        "version": text(select(record.c.version).where(*one)),
        "insert": text(_insert_new(record, dialect)),
        "replace": text(
            update(record)
            .where(*row, record.c.version == bindparam("at_version"))
            .values(version=bindparam("new_version"), body=bindparam("new_body"))
        ),
        "delete": text(delete(record).where(*one, record.c.version == bindparam("version"))),
        "entries": text(
            select(record_index.c.name, record_index.c.value).where(
                record_index.c.kind == bindparam("kind"), record_index.c.key == bindparam("key")
            )
        ),
        "add_entry": text(insert(record_index)),
        "drop_entry": text(delete(record_index).where(*entry)),
    }


def _other_writes(text: Callable[[ClauseElement], str], dialect: Dialect) -> dict[str, str]:
    oldest = first_rows(
        select(request.c.request).where(request.c.time_us < bindparam("before")).order_by(request.c.time_us)
    )
    return {
        "spend": text(_spend(dialect)),
        "remember": text(_insert_new(request, dialect)),
        "advance": text(
            update(log_state).where(log_state.c.id == ONE).values(next=log_state.c.next + bindparam("count"))
        ),
        "append": text(insert(journal)),
        "forget": text(delete(request).where(request.c.request.in_(oldest))),
    }


def _insert_new(table: Table, dialect: Dialect) -> ClauseElement:
    if dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _spend(dialect: Dialect) -> ClauseElement:
    under = counter.c.value <= bindparam("ceiling")
    if dialect.name == "postgresql":
        new = postgresql.insert(counter)
        return new.on_conflict_do_update(
            index_elements=[counter.c.name], set_={"value": counter.c.value + new.excluded.value}, where=under
        )
    fresh = sqlite.insert(counter)
    return fresh.on_conflict_do_update(
        index_elements=[counter.c.name], set_={"value": counter.c.value + fresh.excluded.value}, where=under
    )
