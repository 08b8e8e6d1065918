"""The published log read back: checkpoint, commitments, and proofs that anyone can check (RFC 6962, C2SP tlog-proof).

Everything here comes from the published objects alone, as an outsider would read them.
"""

import base64
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exchange.audit.errors import LogCorruptError, ProofError
from signer import errors as signer_errors
from signer import merkle
from signer.checkpoint import Checkpoint, open_checkpoint
from signer.commitment import COMMITMENT_BYTES
from signer.cosignature import CosignedCheckpoint, WitnessKey, open_cosigned
from signer.note import NoteKey, parse_vkey
from signer.tiles import TILE_WIDTH, Tile, bundle_path, decode_bundle, reader_from_tiles, tile_path
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

PREFIX = "log/"
CHECKPOINT = PREFIX + "checkpoint"
COSIGNED = PREFIX + "cosigned"
"""The newest checkpoint that the configured quorum of witnesses has cosigned, with their signatures."""
STAMPED = PREFIX + "stamped/"
"""Checkpoints with the time-stamps of an authority, by size."""
LOG_VKEY = PREFIX + "vkey"
"""The log's public key (C2SP signed-note vkey) and a line feed, for anyone who verifies."""
LOG_VKEYS = PREFIX + "vkeys"
"""Every key that signs checkpoints now, a line each, the first the one in ``vkey``; absent: that one alone."""
PROOF_HEADER = "c2sp.org/tlog-proof@v1"

_MAX_RECEIPT = 64 * 1024
_MAX_PATH = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That leaf ``index`` is in the tree of ``tree_size``; ``hashes`` lead from its sibling up to the root's child.

    ``checkpoint`` is the signed note when the tree is the latest one, else empty.
    """

    index: int
    tree_size: int
    leaf_hash: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of ``old_size`` is a prefix of that of ``new_size``."""

    old_size: int
    new_size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A tlog-proof's ``text``, and whether the checkpoint in it carries witnesses' cosignatures."""

    text: str
    cosigned: bool


class PublishedLog:
    """The log under ``log/`` of an object store, whose checkpoints ``key`` signs; keeps full tiles in memory."""

    def __init__(self, objects: Objects, key: NoteKey, *, kept_tiles: int = 256) -> None:
        self._objects = objects
        self._key = key
        self._kept_tiles = kept_tiles
        self._tiles: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def verifier_key(self) -> str:
        """The log's public key as other programs take it (C2SP signed-note vkey)."""
        return self._key.vkey

    def note(self) -> str:
        """The latest checkpoint as published. Raises ``ProofError`` if nothing is published yet."""
        try:
            return self._objects.get(CHECKPOINT).decode("utf-8", "surrogateescape")
        except ObjectNotFoundError as error:
            raise ProofError("the log has no checkpoint yet: the integrator has not run") from error

    def checkpoint(self) -> tuple[Checkpoint, str]:
        """The latest checkpoint, its signature checked, and its note.

        Raises ``ProofError`` if there is none, ``LogCorruptError`` if it is not the log's own.
        """
        note = self.note()
        try:
            return self._open(note), note
        except signer_errors.NoteError as error:
            raise LogCorruptError(f"the published checkpoint is not the log's own: {error}") from error

    def cosigned(self) -> tuple[Checkpoint, str] | None:
        """The newest checkpoint that witnesses cosigned, the log's signature on it checked, and its note; None if there
        is none.

        Does not check the witnesses' signatures: whoever relies on them has their keys. Raises ``LogCorruptError``.
        """
        try:
            note = self._objects.get(COSIGNED).decode("utf-8", "surrogateescape")
        except ObjectNotFoundError:
            return None
        try:
            return self._open(note), note
        except signer_errors.NoteError as error:
            raise LogCorruptError(f"the cosigned checkpoint is not the log's own: {error}") from error

    def _open(self, note: str) -> Checkpoint:
        """The checkpoint in a note; a key that was retired since is replaced by the one published in its place."""
        try:
            return open_checkpoint(note, self._key, origin=self._key.name)
        except signer_errors.NoteError:
            published = _published_key(self._objects)
            if published is None or published.name != self._key.name or published == self._key:
                raise
            checkpoint = open_checkpoint(note, published, origin=published.name)
            self._key = published
            return checkpoint

    def commitment(self, index: int) -> bytes:
        """The published 33-byte commitment of a position. Raises ``ProofError`` beyond the checkpoint."""
        checkpoint, _ = self.checkpoint()
        _check_index(index, checkpoint.size)
        number, place = divmod(index, TILE_WIDTH)
        width = min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH)
        return self._bundle(number, width)[place]

    def inclusion(self, index: int, tree_size: int = 0) -> InclusionProof:
        """Prove that a position is in the tree of a size (0: the latest checkpoint's).

        Raises ``ProofError`` for a position or size outside the published tree, ``LogCorruptError`` for bad tiles.
        """
        checkpoint, note = self.checkpoint()
        size = tree_size or checkpoint.size
        _check_size(size, checkpoint.size)
        _check_index(index, size)
        reader = reader_from_tiles(checkpoint.size, self._tile)
        try:
            hashes = merkle.inclusion_proof(index, size, reader)
            leaf = reader(0, index)
        except signer_errors.ProofError as error:
            raise LogCorruptError(f"the published tiles do not give a proof: {error}") from error
        return InclusionProof(index, size, leaf, hashes, note if size == checkpoint.size else "")

    def consistency(self, old_size: int, new_size: int = 0) -> ConsistencyProof:
        """Prove that the tree of ``old_size`` is a prefix of that of ``new_size`` (0: the latest checkpoint's).

        Raises ``ProofError`` for sizes outside the published tree, ``LogCorruptError`` for bad tiles.
        """
        checkpoint, _ = self.checkpoint()
        size = new_size or checkpoint.size
        _check_size(size, checkpoint.size)
        if not 1 <= old_size <= size:
            raise ProofError(f"the smaller size is {old_size}; it must be 1 to {size}")
        reader = reader_from_tiles(checkpoint.size, self._tile)
        try:
            return ConsistencyProof(old_size, size, merkle.consistency_proof(old_size, size, reader))
        except signer_errors.ProofError as error:
            raise LogCorruptError(f"the published tiles do not give a proof: {error}") from error

    def receipt(self, index: int, extra: bytes = b"") -> str:
        """The text of ``kept_receipt``."""
        return self.kept_receipt(index, extra).text

    def kept_receipt(self, index: int, extra: bytes = b"") -> KeptReceipt:
        """A proof that anyone can keep and check offline (C2SP tlog-proof@v1); ``extra`` is not authenticated.

        It carries the cosigned checkpoint where that one covers the index, else the newest plain one. Raises as
        ``inclusion`` does.
        """
        cosigned = self.cosigned()
        if cosigned is not None and 0 <= index < cosigned[0].size <= self.checkpoint()[0].size:
            proof, note = self._inclusion_under(cosigned[0], index), cosigned[1]
        else:
            cosigned, proof = None, self.inclusion(index)
            note = proof.checkpoint
        lines = [PROOF_HEADER]
        if extra:
            lines.append(f"extra {_base64(extra)}")
        lines.append(f"index {index}")
        lines += [_base64(node) for node in proof.hashes]
        return KeptReceipt("\n".join(lines) + "\n\n" + note, cosigned is not None)

    def _inclusion_under(self, checkpoint: Checkpoint, index: int) -> InclusionProof:
        """A proof in an earlier tree, tried against the root that was signed for it."""
        proof = self.inclusion(index, checkpoint.size)
        try:
            merkle.verify_inclusion(index, checkpoint.size, proof.leaf_hash, proof.hashes, checkpoint.root)
        except signer_errors.ProofError as error:
            raise LogCorruptError("the published tiles do not lead to the root that witnesses cosigned") from error
        return proof

    def _tile(self, tile: Tile) -> bytes:
        path = PREFIX + tile_path(tile)
        with self._lock:
            kept = self._tiles.get(path)
            if kept is not None:
                self._tiles.move_to_end(path)
                return kept
        content = self._read(tile, tile_path, 32)
        if tile.width == TILE_WIDTH:
            with self._lock:
                self._tiles[path] = content
                if len(self._tiles) > self._kept_tiles:
                    self._tiles.popitem(last=False)
        return content

    def _bundle(self, number: int, width: int) -> tuple[bytes, ...]:
        content = self._read(Tile(0, number, width), bundle_path, COMMITMENT_BYTES + 2)
        try:
            return decode_bundle(content, width)
        except signer_errors.ProofError as error:
            raise LogCorruptError(f"entry bundle {number}: {error}") from error

    def _read(self, tile: Tile, path: Callable[[Tile], str], item_bytes: int) -> bytes:
        """The tile, or the beginning of the full one that has taken its place since."""
        try:
            return self._objects.get(PREFIX + path(tile))
        except ObjectNotFoundError:
            full = Tile(tile.level, tile.index)
        try:
            return self._objects.get(PREFIX + path(full))[: tile.width * item_bytes]
        except ObjectNotFoundError as error:
            raise LogCorruptError(f"the published log lacks {path(tile)}") from error


@dataclass(frozen=True, slots=True)
class Receipt:
    """A tlog-proof taken apart; nothing is verified by parsing."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes


def parse_receipt(text: str) -> Receipt:
    """Take a ``tlog-proof@v1`` apart. Raises ``ProofError`` for anything malformed or over 64 KiB."""
    head, blank, note = text[: _MAX_RECEIPT + 1].partition("\n\n")
    header, *lines = head.split("\n")
    if len(text) > _MAX_RECEIPT or not blank or header != PROOF_HEADER:
        raise ProofError(f"a receipt is at most {_MAX_RECEIPT} characters and begins with {PROOF_HEADER}")
    extra = _unbase64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
    if not lines or not _INDEX.fullmatch(lines[0]):
        raise ProofError("a receipt has an index line")
    hashes = tuple(_unbase64(line) for line in lines[1:])
    if len(hashes) > _MAX_PATH or any(len(node) != merkle.HASH_BYTES for node in hashes):
        raise ProofError(f"a receipt has at most {_MAX_PATH} hashes of 32 bytes")
    return Receipt(int(lines[0][6:]), hashes, note, extra)


def verify_receipt(
    text: str, commitment: bytes, key: NoteKey, witnesses: Sequence[WitnessKey] = (), quorum: int = 0
) -> CosignedCheckpoint:
    """Check that a receipt proves ``commitment`` to be in the log that ``key`` signs, under a checkpoint that
    ``quorum`` of ``witnesses`` cosigned; returns the checkpoint and who cosigned it.

    Raises ``ProofError`` otherwise. The ``extra`` line is not checked, nor the witnesses' times.
    """
    receipt = parse_receipt(text)
    try:
        opened = open_cosigned(receipt.checkpoint, [key], witnesses, quorum, origin=key.name)
        checkpoint, leaf = opened.checkpoint, merkle.leaf_hash(commitment)
        merkle.verify_inclusion(receipt.index, checkpoint.size, leaf, receipt.hashes, checkpoint.root)
    except signer_errors.SignerError as error:
        raise ProofError(f"the receipt does not prove the entry: {error}") from error
    return opened


def _check_size(size: int, published: int) -> None:
    if not 0 < size <= published:
        raise ProofError(f"a tree of {size} entries is not published; the latest has {published}")


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ProofError(f"position {index} is not in the tree of {size} entries")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ProofError("a receipt's lines are base64") from error
    if _base64(data) != text:
        raise ProofError("a receipt's base64 is in its canonical spelling")
    return data


def log_key(objects: Objects) -> NoteKey:
    """The log's public key, as it was published when the hub was made.

    Raises ``NoteError`` if it is broken, ``ObjectNotFoundError`` if there is none.
    """
    return parse_vkey(objects.get(LOG_VKEY).decode("ascii", "replace").removesuffix("\n"))


def log_vkeys(objects: Objects) -> tuple[str, ...]:
    """The verifier keys that sign checkpoints now. Raises as ``log_key``."""
    try:
        lines = objects.get(LOG_VKEYS).decode("ascii", "replace").splitlines()
    except ObjectNotFoundError:
        return (log_key(objects).vkey,)
    return tuple(parse_vkey(line).vkey for line in lines)


def _published_key(objects: Objects) -> NoteKey | None:
    try:
        return log_key(objects)
    except ObjectNotFoundError:
        return None
