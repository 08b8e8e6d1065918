"""The first schema of the access index: postings, moments, progress and named state."""

import sqlalchemy as sa
from alembic import op

from storage.records.schema import name_type, number_type

revision = "index_0001"
down_revision = None

_CHANGING = {"fillfactor": 20, "autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 200}
_GROWING = {"autovacuum_vacuum_insert_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02}


def upgrade() -> None:
    """Create every table and the one progress row."""
    op.create_table(
        "posting",
        sa.Column("name", name_type(), primary_key=True),
        sa.Column("value", sa.LargeBinary, primary_key=True),
        sa.Column("position", number_type(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
        postgresql_with=_GROWING,
    )
    op.create_index("posting_by_position", "posting", ["name", "position"])
    op.create_table(
        "moment",
        sa.Column("position", number_type(), primary_key=True, autoincrement=False),
        sa.Column("time_us", number_type(), nullable=False),
        sa.Column("high_us", number_type(), nullable=False),
        postgresql_with=_GROWING,
    )
    op.create_index("moment_by_high", "moment", ["high_us"])
    progress = op.create_table(
        "progress",
        sa.Column("id", number_type(), primary_key=True, autoincrement=False),
        sa.Column("through", number_type(), nullable=False),
        sa.Column("high_us", number_type(), nullable=False),
        sa.Column("late_us", number_type(), nullable=False),
        postgresql_with=_CHANGING,
    )
    op.bulk_insert(progress, [{"id": 1, "through": 0, "high_us": 0, "late_us": 0}])
    op.create_table(
        "named_state",
        sa.Column("name", name_type(), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        postgresql_with=_CHANGING,
    )
