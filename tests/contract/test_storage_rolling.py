"""One machine upgraded after the other: two versions serve from one database while its schema is changed.

The schemas after this one are migrations of the test's own. What an older version cannot know, the database says.
"""

import runpy
from contextlib import closing

import pytest

from storage.errors import SchemaError
from storage.records import migrate
from storage.records.changes import Insert, Replace
from storage.records.migrate import Database, check, current, newest, sqlite_url, upgrade
from storage.records.postgres import PostgresRecords
from storage.records.postgres_migrate import PostgresTarget
from storage.records.sqlite import SqliteRecords
from storage.records.sqlite_file import create

ADDITIVE = """
import sqlalchemy as sa
from alembic import op

revision = "records_{number}"
down_revision = "records_{before}"
{served}

def upgrade():
    op.add_column("record", sa.Column("note_{number}", sa.Text, nullable=True))
    op.create_table("novelty_{number}", sa.Column("id", sa.Integer, primary_key=True))
"""
OLD = migrate.locations


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """A database at today's schema: where it is for migrations, and how records are opened in it."""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_databases").fresh()
        return PostgresTarget(address), lambda: PostgresRecords(address, read_only=False, lock_seconds=30)
    create(tmp_path / "r.sqlite")
    return sqlite_url(tmp_path / "r.sqlite"), lambda: SqliteRecords(tmp_path / "r.sqlite", read_only=False)


@pytest.fixture
def version(monkeypatch, tmp_path):
    """Be the version of so many further migrations, each with what it says of older versions."""

    def be(*served, compatible_from=None):
        folder = tmp_path / f"version-{len(served)}"
        folder.mkdir(exist_ok=True)
        for number, line in enumerate(served, 2):
            text = ADDITIVE.format(number=f"{number:04}", before=f"{number - 1:04}", served=line)
            (folder / f"records_{number:04}_test.py").write_text(text)
        monkeypatch.setattr(
            migrate, "locations", lambda database: [*OLD(database), folder] if served else OLD(database)
        )
        monkeypatch.setattr(migrate, "COMPATIBLE_FROM", {"records": compatible_from} if compatible_from else {})

    return be


SERVES_OLD = 'SERVED_FROM = "records_0001"'


def test_old_and_new_serve_at_once_while_the_schema_changes(place, version):
    where, open_records = place
    with closing(open_records()) as old, old.write() as transaction:
        transaction.apply([Insert("kind", "before", b"0")])

    # The new version starts first, on the old schema, which it says it can serve on.
    version(SERVES_OLD, compatible_from="records_0001")
    check(where)
    with closing(open_records()) as old, closing(open_records()) as new:
        assert upgrade(where) == newest() == "records_0002"
        check(where)
        for number in range(6):
            writer = (old, new)[number % 2]
            with writer.write() as transaction:
                transaction.apply([Insert("kind", f"{number}", b"1", (("i", b"v"),))])
                transaction.apply([Replace("kind", "before", number + 1, bytes([number]))])
                assert transaction.append(1, number, b"b") == number
        for reader in (old, new):
            assert len(reader.scan("kind")) == 7
            assert reader.journal_length() == len(list(reader.journal())) == 6

    # A machine of the version before may even start again: the database says that it may.
    version()
    check(where)
    with closing(open_records()) as old, old.write() as transaction:
        assert transaction.append(1, 9, b"b") == 6
    with pytest.raises(SchemaError, match="which this version does not know"):
        upgrade(where)  # but it migrates nothing
    assert current(where) == "records_0002"


@pytest.mark.parametrize(
    ("served", "old_may"),
    [
        ([SERVES_OLD], True),
        ([""], False),
        ([SERVES_OLD, 'SERVED_FROM = "records_0002"'], False),
        (["", SERVES_OLD], False),  # what one migration broke, a later one cannot mend by saying so
        ([SERVES_OLD, SERVES_OLD], True),
    ],
)
def test_the_version_before_serves_where_every_migration_since_says_so(place, version, served, old_may):
    where, _ = place
    version(*served)
    upgrade(where)
    check(where)
    version()
    if old_may:
        check(where)
    else:
        with pytest.raises(SchemaError, match=r"which this version does not know .a newer one made it."):
            check(where)


def test_what_was_noted_is_noted_anew_by_the_next_migration(place, version):
    where, _ = place
    version(SERVES_OLD)
    upgrade(where)
    version(SERVES_OLD, "")
    with pytest.raises(SchemaError, match="older than records_0003"):
        check(where)
    upgrade(where)
    version()
    with pytest.raises(SchemaError, match="does not know"):
        check(where)


@pytest.mark.parametrize(("compatible_from", "may"), [("records_0001", True), ("records_0002", False), (None, False)])
def test_the_new_version_serves_on_an_older_schema_where_it_says_so(place, version, compatible_from, may):
    where, _ = place
    version(SERVES_OLD, "", compatible_from=compatible_from)
    if may:
        check(where)
    else:
        with pytest.raises(SchemaError, match="older than records_0003: run `onceonly migrate`"):
            check(where)


@pytest.mark.parametrize("chain", list(Database))
def test_every_migration_says_which_versions_it_leaves_serving(chain):
    """At least the version before, so that machines are upgraded one after the other."""
    for folder in OLD(chain):
        before = ""
        for path in sorted(folder.glob(f"{chain}_[0-9]*.py")):
            module = runpy.run_path(str(path))
            assert not before or module["SERVED_FROM"] <= before, path
            before = module["revision"]
        assert before == newest(chain)


def test_today_nothing_older_is_served_and_nothing_is_noted(place):
    where, _ = place
    assert upgrade(where) == newest() == "records_0001"
    assert newest(Database.INDEX) == "index_0001"
    check(where)
