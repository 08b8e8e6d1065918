"""The first records schema: records with index entries, counters, remembered requests and the journal."""

import sqlalchemy as sa
from alembic import op

from storage.records.schema import name_type, number_type

revision = "records_0001"
down_revision = None

_ROOM = {"fillfactor": 80}
_CHANGING = {"fillfactor": 20, "autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 200}
_GROWING = {"autovacuum_vacuum_insert_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02}


def upgrade() -> None:
    """Create every table and the log's one state row."""
    op.create_table(
        "record",
        sa.Column("kind", name_type(), primary_key=True),
        sa.Column("key", name_type(), primary_key=True),
        sa.Column("version", number_type(), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        postgresql_with=_ROOM,
    )
    op.create_table(
        "record_index",
        sa.Column("kind", name_type(), primary_key=True),
        sa.Column("name", name_type(), primary_key=True),
        sa.Column("value", sa.LargeBinary, primary_key=True),
        sa.Column("key", name_type(), primary_key=True),
        sqlite_with_rowid=False,
        postgresql_with=_GROWING,
    )
    op.create_index("record_index_by_key", "record_index", ["kind", "key"])
    op.create_table(
        "counter",
        sa.Column("name", name_type(), primary_key=True),
        sa.Column("value", number_type(), nullable=False),
        sqlite_with_rowid=False,
        postgresql_with=_ROOM,
    )
    op.create_table(
        "request",
        sa.Column("request", sa.LargeBinary, primary_key=True),
        sa.Column("body_digest", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("time_us", number_type(), nullable=False),
        sqlite_with_rowid=False,
        postgresql_with=_GROWING,
    )
    op.create_index("request_by_time", "request", ["time_us"])
    op.create_table(
        "journal",
        sa.Column("first", number_type(), primary_key=True, autoincrement=False),
        sa.Column("count", number_type(), nullable=False),
        sa.Column("time_us", number_type(), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        postgresql_with=_GROWING,
    )
    state = op.create_table(
        "log_state",
        sa.Column("id", number_type(), primary_key=True, autoincrement=False),
        sa.Column("next", number_type(), nullable=False),
        postgresql_with=_CHANGING,
    )
    op.bulk_insert(state, [{"id": 1, "next": 0}])
    if op.get_bind().dialect.name == "postgresql":
        # Bodies are encrypted or many entries at once: PostgreSQL would try to compress each and gain nothing.
        for table, column in (("record", "body"), ("request", "answer"), ("journal", "body")):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
