"""What several measurements share: running hubs and one set of bare servers, started when first asked for.

Rule: in the full form a part that writes much has a hub of its own, for its figures shall not depend on what ran before
it. In the smoke form all such parts share one, ``lone``.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.bare import bare_servers
from bench.hub import Prepared, running_hub, target_of
from bench.load import Target
from exchange.audit import journal
from exchange.layout import layout
from storage.records.sqlite import SqliteRecords

WORKERS: Final = 2
_LONE_CASES: Final = 8
_ENTRY_BYTES: Final = 2_000
"""Length of a bare server's entries when no hub runs that could be asked."""


class Stage:
    """Starts what is asked for, once; ends it when the block ends."""

    def __init__(self, cases: int) -> None:
        self.cases = cases
        self._held = ExitStack()
        self._folder = Path()
        self._hub: Prepared | None = None
        self._lone: Prepared | None = None
        self._bare: Target | None = None
        self.entry_bytes = _ENTRY_BYTES

    def __enter__(self) -> Self:
        self._folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    @property
    def bare_folder(self) -> Path:
        """Where the bare servers look for what they need."""
        return self._folder / "bare"

    def folder(self, name: str) -> Path:
        """A folder for a part's own files, which goes with the stage."""
        made = self._folder / name
        made.mkdir()
        return made

    def hub(self) -> Prepared:
        """The hub, with as many cases as this run is for."""
        if self._hub is None:
            self._hub = self._held.enter_context(running_hub(self._folder / "hub", WORKERS, self.cases))
            self.entry_bytes = _last_entry_bytes(self._hub)
        return self._hub

    def lone(self) -> Prepared:
        """The smoke form's hub with one worker and few cases, for parts that have their own in the full form.

        A part may stop it and start it again: its processes are looked up each time.
        """
        if self._lone is None:
            self._lone = self._held.enter_context(running_hub(self._folder / "lone", 1, _LONE_CASES))
        return replace(self._lone, target=target_of(self._lone.city))

    def bare(self) -> Target:
        """The bare servers; entries that they commit are as long as a fetch's if the hub was asked for before."""
        if self._bare is None:
            self._bare = self._held.enter_context(bare_servers(self.bare_folder, WORKERS, self.entry_bytes))
        return self._bare


def _last_entry_bytes(hub: Prepared) -> int:
    """How long the entry of a fetch is, by the hub's own log: its last call was a fetch."""
    records = SqliteRecords(layout(hub.city.config).records, read_only=True)
    try:
        last = journal.entry_at(records, records.journal_length() - 1)
    finally:
        records.close()
    assert last is not None
    return len(last.entry)
