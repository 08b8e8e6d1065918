"""The Merkle tree of RFC 6962 (RFC 9162 section 2.1): hashes, a growing tree, and both kinds of proof.

Nodes are addressed as (level, index): the node at level L and index i is the root over the complete run of
leaves i·2^L … (i+1)·2^L - 1. Only such complete nodes are ever stored; every root and proof is computed from
them through a ``HashReader``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from signer.errors import ProofError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
MAX_SIZE: Final = 2**63 - 1
"""Sizes are signed 64-bit in every other implementation of the format."""

HashReader = Callable[[int, int], bytes]
"""(level, index) of a complete node in, its 32-byte hash out."""


@dataclass(frozen=True, slots=True)
class Node:
    """A complete node that came into being."""

    level: int
    index: int
    hash: bytes


def leaf_hash(leaf: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class CompactTree:
    """A tree that only grows, kept as the roots of its complete subtrees (at most 63 hashes).

    ``frontier`` is largest subtree first, one hash for each 1 bit of ``size``. Not thread-safe: one recorder
    owns it.
    """

    __slots__ = ("_frontier", "_size")

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= MAX_SIZE or len(frontier) != size.bit_count():
            raise ProofError(f"a tree of {size} leaves does not have {len(frontier)} complete subtrees")
        if any(len(subtree) != HASH_BYTES for subtree in frontier):
            raise ProofError(f"a node hash is {HASH_BYTES} bytes")
        self._size = size
        self._frontier = list(frontier)

    @classmethod
    def read(cls, size: int, reader: HashReader) -> "CompactTree":
        """Return the tree of ``size`` leaves whose complete nodes ``reader`` knows; ProofError for an
        impossible size."""
        _check_size(size)
        return cls(size, [reader(level, index) for level, index in _complete(0, size)])

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def frontier(self) -> tuple[bytes, ...]:
        """Roots of the complete subtrees, largest first: what ``CompactTree(size, frontier)`` starts from
        again."""
        return tuple(self._frontier)

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf *hash* and return the nodes that became complete, lowest first (the leaf itself is the
        first)."""
        node, level, index = leaf, 0, self._size
        made = [Node(0, index, leaf)]
        while index & 1:
            node = node_hash(self._frontier.pop(), node)
            level, index = level + 1, index >> 1
            made.append(Node(level, index, node))
        self._frontier.append(node)
        self._size += 1
        return made

    def root(self) -> bytes:
        """Return the RFC 6962 root over all leaves; SHA-256 of nothing for an empty tree."""
        return _fold(self._frontier) if self._frontier else EMPTY_ROOT


def root(size: int, reader: HashReader) -> bytes:
    """Return the root over the first ``size`` leaves."""
    _check_size(size)
    return _range_hash(0, size, reader) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, reader: HashReader) -> tuple[bytes, ...]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` leaves (RFC 9162 section 2.1.3.1),
    lowest sibling first.

    Raises ProofError if the leaf is not in that tree.
    """
    _check_size(size)
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_hash(middle, high, reader))
            high = middle
        else:
            path.append(_range_hash(low, middle, reader))
            low = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, reader: HashReader) -> tuple[bytes, ...]:
    """Return the proof that the tree of ``old`` leaves is a prefix of that of ``new`` (RFC 9162 section
    2.1.4.1).

    Empty when the sizes are equal or ``old`` is 0. Raises ProofError if ``old`` is larger than ``new``.
    """
    _check_size(new)
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves is no prefix of one of {new}")
    if old in {0, new}:
        return ()
    path: list[bytes] = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_hash(middle, high, reader))
            high = middle
        else:
            path.append(_range_hash(low, middle, reader))
            low = middle
    if low:  # the old root itself is known to the verifier unless the walk went right
        path.append(_range_hash(low, high, reader))
    return tuple(reversed(path))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes) -> None:
    """Check that the leaf *hash* stands at ``index`` of the tree with ``expected_root`` (RFC 9162 section
    2.1.3.2).

    Raises ProofError otherwise. That the root itself is genuine is for a checkpoint's signatures to say.
    """
    _check_hashes(leaf, expected_root, *proof)
    _check_size(size)
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size} leaves")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise ProofError(f"a proof of {inner + border} hashes is expected, not of {len(proof)}")
    node = leaf
    for level, sibling in enumerate(proof):
        on_the_right = level >= inner or index >> level & 1
        node = node_hash(sibling, node) if on_the_right else node_hash(node, sibling)
    if node != expected_root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree with ``old_root`` is a prefix of the tree with ``new_root`` (RFC 9162 section
    2.1.4.2).

    Raises ProofError otherwise, and for an empty old tree: as every tree grows from it, nothing would be proven.
    """
    _check_size(new)
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves is no prefix of one of {new}")
    if old == new:
        _verify_same_size(new, old_root, new_root, proof)
        return
    if old == 0:
        raise ProofError("every tree grows from the empty one: that proves nothing")
    _check_hashes(old_root, new_root, *proof)
    shift = (old & -old).bit_length() - 1
    inner = ((old - 1) ^ (new - 1)).bit_length()
    border = ((old - 1) >> inner).bit_count()
    # A power of two is a complete subtree: its root is the old root and is left out of the proof.
    start = 0 if old == 1 << shift else 1
    if len(proof) != start + inner - shift + border:
        raise ProofError(f"a proof of {start + inner - shift + border} hashes is expected, not of {len(proof)}")
    seed = proof[0] if start else old_root
    if _climb(seed, old - 1, shift, inner, proof[start:], old_too=True) != old_root:
        raise ProofError("the consistency proof does not lead to the old root")
    if _climb(seed, old - 1, shift, inner, proof[start:], old_too=False) != new_root:
        raise ProofError("the consistency proof does not lead to the new root")


def _verify_same_size(size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofError("no hashes are needed between equal sizes, and the proof has some")
    if old_root != new_root:
        raise ProofError("two roots for one size: the log has forked")
    if size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("an empty tree has another root")


def _climb(seed: bytes, index: int, shift: int, inner: int, proof: Sequence[bytes], *, old_too: bool) -> bytes:
    """Hash upwards from ``seed``: to the old root (left siblings only) or to the new one (all siblings)."""
    node = seed
    for level, sibling in enumerate(proof, start=shift):
        if level >= inner or index >> level & 1:
            node = node_hash(sibling, node)
        elif not old_too:
            node = node_hash(node, sibling)
    return node


def _check_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise ProofError(f"{size} is not a possible number of leaves")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(candidate) != HASH_BYTES for candidate in hashes):
        raise ProofError(f"a node hash is {HASH_BYTES} bytes")


def _split(width: int) -> int:
    """Return the largest power of two smaller than ``width`` (``width`` > 1)."""
    return 1 << (width - 1).bit_length() - 1


def _complete(low: int, high: int) -> list[tuple[int, int]]:
    """Return the complete nodes that cover the leaves low … high - 1, left to right, for ranges that RFC 6962
    splits make."""
    nodes: list[tuple[int, int]] = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append((level, low >> level))
        low += 1 << level
    return nodes


def _range_hash(low: int, high: int, reader: HashReader) -> bytes:
    return _fold([reader(level, index) for level, index in _complete(low, high)])


def _fold(subtrees: Sequence[bytes]) -> bytes:
    """Hash complete subtrees, largest first, into one root."""
    node = subtrees[-1]
    for subtree in reversed(subtrees[:-1]):
        node = node_hash(subtree, node)
    return node
