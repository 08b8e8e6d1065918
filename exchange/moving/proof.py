"""The proof that a hub's stores hold one unbroken log: journal, tiles and signed checkpoint fit each other.

Rule: nothing is taken for granted. The tiles are checked against the checkpoint's signature, then the journal's entries
with their salts are hashed anew, from the first to the checkpoint's last, and must give the signed root.
"""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.audit import journal
from exchange.audit.errors import JournalError, LogCorruptError, LogForkError
from exchange.audit.growth import last_commitments
from exchange.audit.offline import verify_log
from exchange.audit.proofs import CHECKPOINT, PublishedLog
from signer.commitment import commitment
from signer.merkle import EMPTY_ROOT, CompactTree, leaf_hash
from signer.note import NoteKey
from signer.tiles import TILE_WIDTH
from storage.errors import CorruptError
from storage.objects.interface import Objects
from storage.records.interface import Records

_TELL_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven: the log's ``size`` in entries and the ``root`` of its tree, as the checkpoint says.

    ``note`` is that checkpoint as signed; empty, with size 0, where nothing is published yet.
    """

    size: int
    root: bytes
    note: str


def prove_log(records: Records, objects: Objects, key: NoteKey, progress: Callable[[int, int], None]) -> Proof:
    """Prove that the journal is the one which ``key`` signed the published checkpoint of.

    ``progress`` is told entries done and in all. Raises ``LogForkError`` for a journal that is shorter than what is
    published or another one, ``LogCorruptError`` for anything damaged, both naming the first bad entry;
    ``StorageError`` if a store is away. Not checked: entries that no checkpoint covers yet, beyond that they decode.
    """
    if not objects.exists(CHECKPOINT):
        _read_rest(records, 0)
        return Proof(0, EMPTY_ROOT, "")
    checkpoint, note = PublishedLog(objects, key).checkpoint()
    first = verify_log(objects, key.vkey).first
    if first is not None:
        entry = "" if first.index is None else f", entry {first.index}"
        raise LogCorruptError(f"log/{first.file}{entry}: {first.problem}")
    length = records.journal_length()
    if length < checkpoint.size:
        raise LogForkError(f"entry {length} is published, but the journal holds only the {length} before it")
    tree = _journal_tree(records, objects, checkpoint.size, progress)
    if tree.root() != checkpoint.root:
        raise LogForkError(f"the journal's {checkpoint.size} entries do not give the signed root")
    _read_rest(records, checkpoint.size)
    return Proof(checkpoint.size, checkpoint.root, note)


def _journal_tree(records: Records, objects: Objects, size: int, progress: Callable[[int, int], None]) -> CompactTree:
    """The tree over the journal's own commitments, each of which must be the published one at its position."""
    tree = CompactTree()
    published: tuple[bytes, ...] = ()
    try:
        for item in journal.read(records, 0, size):
            if item.index % TILE_WIDTH == 0:
                published = last_commitments(objects, min(size, item.index + TILE_WIDTH))
            own = commitment(item.salt, item.entry)
            if own != published[item.index % TILE_WIDTH]:
                raise LogForkError(f"entry {item.index} of the journal is not the one that was published")
            tree.append(leaf_hash(own))
            if tree.size % _TELL_EVERY == 0:
                progress(tree.size, size)
    except (JournalError, CorruptError) as error:
        raise LogCorruptError(f"the journal breaks off at entry {tree.size}: {error}") from error
    progress(size, size)
    return tree


def _read_rest(records: Records, first: int) -> None:
    reached = first
    try:
        for item in journal.read(records, first):
            reached = item.index + 1
    except (JournalError, CorruptError) as error:
        raise LogCorruptError(f"the journal breaks off at entry {reached}: {error}") from error
