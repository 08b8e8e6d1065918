"""Gives each test of an engine on a server something fresh there, and notes it in the test's folder.

So ``storage_engines`` finds it again when a test reopens the engine, in another process too.
"""

from pathlib import Path

import pytest
from storage_engines import POSTGRESQL, note_postgresql


@pytest.fixture(autouse=True)
def fresh_places(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A fresh database for a test of PostgreSQL."""
    called = getattr(request.node, "callspec", None)
    if called is not None and POSTGRESQL in called.params.values():
        note_postgresql(tmp_path, request.getfixturevalue("postgres_databases").fresh())
