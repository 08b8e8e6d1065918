"""SQLite files with the newest schema, as copies of one that was made once: the migrations take longer than most tests.

Rule: what ``storage.records.sqlite_file.create`` itself does is tested with it, not with a copy.
"""

import tempfile
from functools import cache
from pathlib import Path

from storage.records.migrate import Database
from storage.records.sqlite_file import create


def make(path: Path, database: Database = Database.RECORDS) -> None:
    """Make the file as ``create`` would; one that is there stays."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_made(database))


@cache
def _made(database: Database) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.db")
        create(path, database)
        assert [each.name for each in Path(folder).iterdir()] == [path.name], "not all of it is in the file"
        return path.read_bytes()
