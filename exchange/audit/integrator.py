"""The integrator: takes the journal's new entries into the public tree and publishes a signed checkpoint.

Rules:
1. Order: tiles and bundles, read back and hashed again; the signature; the tree's state by compare-and-swap; the
   checkpoint. A crash between any two steps is made good by the next run, which writes the same bytes again.
2. Full tiles and partial ones are created once under their own names: other bytes there mean a second history.
3. It refuses to go on where the journal is shorter than, or differs from, what was published.
4. One integrator at a time gets its checkpoint out: another that has moved the state meanwhile fences this one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from exchange.audit import journal
from exchange.audit.errors import AuditError, FencedError, LogCorruptError, LogForkError, LogKeyError
from exchange.audit.growth import Growth, base_tree, last_commitments
from exchange.audit.log_signers import LogSigners, OneSigner
from exchange.audit.proofs import CHECKPOINT
from signer.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from signer.commitment import commitment
from signer.errors import KeyBackendError, NoteError
from signer.jws import SignFunction
from signer.merkle import EMPTY_ROOT, CompactTree
from signer.note import NoteKey, open_note, sign_note
from signer.tiles import TILE_WIDTH
from storage.errors import ConditionFailedError, ObjectExistsError, ObjectNotFoundError, StorageError
from storage.objects.interface import Objects
from storage.records.interface import AccessIndex, Records

STATE = "tree"
_MAX_STEP = 65_536


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run left the log: ``size`` published, ``added`` by this run, ``waiting`` in the journal beyond it."""

    size: int
    added: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Head:
    """The size and root of a tree."""

    size: int
    root: bytes

    def encode(self) -> bytes:
        return self.size.to_bytes(8) + self.root


_EMPTY = _Head(0, EMPTY_ROOT)


class Integrator:
    """``key`` names the log (its origin) and ``sign`` signs for it, or ``signers`` do; one thread owns this object."""

    def __init__(
        self,
        records: Records,
        index: AccessIndex,
        objects: Objects,
        key: NoteKey,
        sign: SignFunction,
        signers: LogSigners | None = None,
    ) -> None:
        self._records = records
        self._index = index
        self._objects = objects
        self._origin = key.name
        self._signers = signers or OneSigner(key, sign)
        self._tree: CompactTree | None = None

    def run_once(self) -> Progress:
        """Integrate at most 65,536 entries and publish.

        Raises ``LogForkError`` or ``LogCorruptError`` where only an operator can help, ``FencedError`` if another
        integrator was faster, ``StorageError`` if a store is away: the next run starts from what is published.
        """
        length = self._records.journal_length()
        published = self._published()
        base, state = self._base(published)
        if length < base.size:
            raise LogForkError(
                f"the journal holds {length} entries, but {base.size} are published: restore the journal from the copy "
                "that holds them before serving; going on would fork the log"
            )
        tree = self._base_tree(base)
        end = min(length, base.size + _MAX_STEP)
        if end > base.size:
            tree = self._grow(tree, end)
        head = _Head(end, tree.root())
        if published is None or head != published:
            note = self._signed(head)
            self._swap(state, head)
            self._publish(note, head)
        self._tree = tree
        return Progress(end, end - (published or _EMPTY).size, length - end)

    def run(
        self, stop: threading.Event, interval: float, report: Callable[[Progress | AuditError | StorageError], None]
    ) -> None:
        """Run every ``interval`` seconds, at once while entries wait, until ``stop``; every outcome is reported.

        Raises ``LogForkError`` and ``LogCorruptError`` after reporting them: no later run could be right.
        """
        while not stop.is_set():
            waiting = 0
            try:
                progress = self.run_once()
                waiting = progress.waiting
                report(progress)
            except (LogForkError, LogCorruptError) as error:
                report(error)
                raise
            except (AuditError, StorageError) as error:
                self._tree = None
                report(error)
            if not waiting:
                stop.wait(interval)

    def _published(self) -> _Head | None:
        try:
            note = self._objects.get(CHECKPOINT)
        except ObjectNotFoundError:
            return None
        try:
            checkpoint = self._opened(note)
        except NoteError as error:
            raise LogCorruptError(f"{CHECKPOINT} is not signed by this log's key {self._origin}: {error}") from error
        return _Head(checkpoint.size, checkpoint.root)

    def _base(self, published: _Head | None) -> tuple[_Head, bytes | None]:
        """The head to go on from, and the state as stored: the later of what is published and what was about to be."""
        stored = self._index.state(STATE)
        if stored is None:
            return published or _EMPTY, None
        state = _Head(int.from_bytes(stored[:8]), stored[8:])
        if published is None or state.size > published.size:
            return state, stored
        if state.size == published.size and state.root != published.root:
            raise LogForkError(f"two trees of {state.size} entries: the checkpoint and the integrator's state differ")
        # The state is kept beside the rebuildable index and may be older after a power loss or a restored backup.
        return published, stored

    def _base_tree(self, base: _Head) -> CompactTree:
        if self._tree is not None and self._tree.size == base.size and self._tree.root() == base.root:
            return self._tree
        tree = base_tree(self._objects, base.size, base.root)
        if base.size:
            self._compare_end(base.size)
        return tree

    def _compare_end(self, size: int) -> None:
        """The last bundle must hold the journal's own commitments: a journal of another history is caught here."""
        first = (size - 1) // TILE_WIDTH * TILE_WIDTH
        bundle = last_commitments(self._objects, size)
        for item, published in zip(journal.read(self._records, first, size), bundle, strict=True):
            if commitment(item.salt, item.entry) != published:
                raise LogForkError(
                    f"entry {item.index} of the journal is not the one that was published: restore the journal from "
                    "the copy that holds it before serving; going on would fork the log"
                )

    def _grow(self, base: CompactTree, end: int) -> CompactTree:
        growth = Growth(self._objects, base)
        for item in journal.read(self._records, base.size, end):
            growth.add(commitment(item.salt, item.entry))
        try:
            growth.write()
        except ObjectExistsError as error:
            raise LogForkError(f"a tile of another history is there already: {error}") from error
        growth.verify()
        return growth.tree

    def _signed(self, head: _Head) -> str:
        text = format_checkpoint(Checkpoint(self._origin, head.size, head.root))
        try:
            note = sign_note(text, self._signers.current())
        except KeyBackendError as error:
            raise LogKeyError(f"the log's key cannot sign now, nothing was published: {error}") from error
        try:
            self._opened(note)
        except NoteError as error:
            raise LogCorruptError(f"the log key's signature does not verify, nothing was published: {error}") from error
        return note

    def _opened(self, note: str | bytes) -> Checkpoint:
        """The checkpoint that one of this log's keys signed; a wrong signature by any of them is refused."""
        checkpoint = parse_checkpoint(open_note(note, self._signers.known()).text)
        if checkpoint.origin != self._origin:
            raise NoteError("the checkpoint is of another log")
        return checkpoint

    def _swap(self, old: bytes | None, head: _Head) -> None:
        if old == head.encode():
            return
        try:
            self._index.set_state(STATE, old, head.encode())
        except ConditionFailedError as error:
            raise FencedError("another integrator moved the tree; this run published nothing") from error

    def _publish(self, note: str, head: _Head) -> None:
        if self._index.state(STATE) != head.encode():
            raise FencedError("another integrator moved the tree; this run published nothing")
        self._objects.replace(CHECKPOINT, note.encode())
