"""The tables, as SQLAlchemy Core metadata: one for the records database, one for the access index.

Rules:
1. Names compare by bytes on every engine (``BINARY`` on SQLite, ``C`` on PostgreSQL), so order and equality agree.
2. What a migration builds must equal this page; a test compares them.
3. Small rows found by their key alone are clustered on it (WITHOUT ROWID); rows with bodies are not.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine


def name_type() -> TypeEngine[str]:
    """Text that compares by bytes."""
    return Text().with_variant(Text(collation="BINARY"), "sqlite").with_variant(Text(collation="C"), "postgresql")


def number_type() -> TypeEngine[int]:
    """A signed 64-bit whole number (SQLite wants the word INTEGER to make a primary key the row's own number)."""
    return BigInteger().with_variant(Integer(), "sqlite")


ROOM_TO_CHANGE = {"fillfactor": 80}
"""On PostgreSQL a fifth of each page stays free, so that a changed row stays in its page and no index hears of it."""

ALWAYS_CHANGING = {"fillfactor": 20, "autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 200}
"""A small table whose rows change with every batch: much room, and old versions are cleared away early."""

EVER_GROWING = {"autovacuum_vacuum_insert_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02}
"""A large table: it is looked after each fiftieth it grows, in many small steps instead of a few large ones."""

MIGRATE_COMMAND = "onceonly migrate"
"""What an operator runs when a schema is not the one this code knows."""

COMPATIBLE_FROM: Mapping[str, str] = {}
"""By chain, the oldest revision on which the statements of this version still work; none given: the newest alone."""

RECORDS = MetaData()
ACCESS_INDEX = MetaData()

record = Table(
    "record",
    RECORDS,
    Column("kind", name_type(), primary_key=True),
    Column("key", name_type(), primary_key=True),
    Column("version", number_type(), nullable=False),
    Column("body", LargeBinary, nullable=False),
    postgresql_with=ROOM_TO_CHANGE,
)

record_index = Table(
    "record_index",
    RECORDS,
    Column("kind", name_type(), primary_key=True),
    Column("name", name_type(), primary_key=True),
    Column("value", LargeBinary, primary_key=True),
    Column("key", name_type(), primary_key=True),
    Index("record_index_by_key", "kind", "key"),
    sqlite_with_rowid=False,
    postgresql_with=EVER_GROWING,
)

counter = Table(
    "counter",
    RECORDS,
    Column("name", name_type(), primary_key=True),
    Column("value", number_type(), nullable=False),
    sqlite_with_rowid=False,
    postgresql_with=ROOM_TO_CHANGE,
)

request = Table(
    "request",
    RECORDS,
    Column("request", LargeBinary, primary_key=True),
    Column("body_digest", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("time_us", number_type(), nullable=False),
    Index("request_by_time", "time_us"),
    sqlite_with_rowid=False,
    postgresql_with=EVER_GROWING,
)

journal = Table(
    "journal",
    RECORDS,
    Column("first", number_type(), primary_key=True, autoincrement=False),
    Column("count", number_type(), nullable=False),
    Column("time_us", number_type(), nullable=False),
    Column("body", LargeBinary, nullable=False),
    postgresql_with=EVER_GROWING,
)

log_state = Table(
    "log_state",
    RECORDS,
    Column("id", number_type(), primary_key=True, autoincrement=False),
    Column("next", number_type(), nullable=False),
    postgresql_with=ALWAYS_CHANGING,
)
"""One row (id 1): the position that the next batch gets."""

posting = Table(
    "posting",
    ACCESS_INDEX,
    Column("name", name_type(), primary_key=True),
    Column("value", LargeBinary, primary_key=True),
    Column("position", number_type(), primary_key=True, autoincrement=False),
    Index("posting_by_position", "name", "position"),
    sqlite_with_rowid=False,
    postgresql_with=EVER_GROWING,
)

moment = Table(
    "moment",
    ACCESS_INDEX,
    Column("position", number_type(), primary_key=True, autoincrement=False),
    Column("time_us", number_type(), nullable=False),
    Column("high_us", number_type(), nullable=False),
    Index("moment_by_high", "high_us"),
    postgresql_with=EVER_GROWING,
)
"""When each position was written. ``high_us`` is the greatest time up to here, so it never falls as positions rise."""

progress = Table(
    "progress",
    ACCESS_INDEX,
    Column("id", number_type(), primary_key=True, autoincrement=False),
    Column("through", number_type(), nullable=False),
    Column("high_us", number_type(), nullable=False),
    Column("late_us", number_type(), nullable=False),
    postgresql_with=ALWAYS_CHANGING,
)
"""One row (id 1): positions indexed, the greatest time, and how far any time ever lay below the greatest."""

named_state = Table(
    "named_state",
    ACCESS_INDEX,
    Column("name", name_type(), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    postgresql_with=ALWAYS_CHANGING,
)
