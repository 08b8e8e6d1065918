"""The Merkle tree against the published vectors, against the plain definition, and against altered proofs."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signer import merkle
from signer.commitment import COMMITMENT_BYTES, commitment
from signer.errors import FormatError, ProofError
from signer.merkle import EMPTY_ROOT, CompactTree, leaf_hash, node_hash
from tests.fakes.signing import vectors

SIZE = 70


def grown(size):
    """Return the tree's nodes and its roots at every size."""
    nodes, tree = {}, CompactTree()
    roots = [tree.root()]
    for number in range(size):
        for node in tree.append(leaf_hash(b"%d" % number)):
            nodes[node.level, node.index] = node.hash
        roots.append(tree.root())
    return nodes, roots


NODES, ROOTS = grown(SIZE)


def reader(level, index):
    return NODES[level, index]


def decoded(value):
    return b64decode(value) if value else b""


def passes(verify, *arguments):
    try:
        verify(*arguments)
    except ProofError:
        return False
    return True


@pytest.mark.parametrize("case", vectors("tlog/merkle_inclusion.json")["vectors"], ids=lambda case: case["file"])
def test_published_inclusion_proofs(case):
    proof = [decoded(node) for node in case["proof"] or []]
    arguments = (case["leafIdx"], case["treeSize"], decoded(case["leafHash"]), proof, decoded(case["root"]))
    assert passes(merkle.verify_inclusion, *arguments) != case["wantErr"]


@pytest.mark.parametrize("case", vectors("tlog/merkle_consistency.json")["vectors"], ids=lambda case: case["file"])
def test_published_consistency_proofs(case):
    proof = [decoded(node) for node in case["proof"] or []]
    arguments = (case["size1"], case["size2"], decoded(case["root1"]), decoded(case["root2"]), proof)
    assert passes(merkle.verify_consistency, *arguments) != case["wantErr"]


def test_the_published_tree():
    published = vectors("tlog/rfc6962_tree.json")
    tree, made = CompactTree(), []
    roots = [tree.root().hex()]
    for leaf in published["leaf_inputs_hex"]:
        made.extend(node.hash.hex() for node in tree.append(leaf_hash(bytes.fromhex(leaf))))
        roots.append(tree.root().hex())
    assert roots == published["roots_by_size_hex"]
    assert sorted(made) == sorted(published["node_hashes_hex_flat"])


def plain_root(leaves):
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def test_roots_follow_the_definition():
    leaves = [b"%d" % number for number in range(SIZE)]
    for size in range(SIZE + 1):
        assert ROOTS[size] == plain_root(leaves[:size]) == merkle.root(size, reader)
        resumed = CompactTree.read(size, reader)
        assert (resumed.root(), resumed.size) == (ROOTS[size], size)
        assert CompactTree(size, resumed.frontier).root() == ROOTS[size]


def test_every_proof_of_a_small_log_verifies():
    for size in range(SIZE + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, reader)
            merkle.verify_inclusion(index, size, NODES[0, index], proof, ROOTS[size])
        for old in range(min(size, 1), size + 1):
            proof = merkle.consistency_proof(old, size, reader)
            merkle.verify_consistency(old, size, ROOTS[old], ROOTS[size], proof)


@given(st.integers(0, SIZE - 1), st.integers(1, SIZE), st.data())
def test_an_altered_inclusion_proof_proves_nothing(index, size, data):
    if index >= size:
        index %= size
    proof = [*merkle.inclusion_proof(index, size, reader), NODES[0, index], ROOTS[size]]
    position = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    altered = bytearray(proof[position])
    altered[bit // 8] ^= 1 << bit % 8
    proof[position] = bytes(altered)
    assert not passes(merkle.verify_inclusion, index, size, proof[-2], proof[:-2], proof[-1])
    genuine = merkle.inclusion_proof(index, size, reader)
    for wrong in ((*genuine, bytes(32)), genuine[1:] if genuine else (bytes(32),)):
        assert not passes(merkle.verify_inclusion, index, size, NODES[0, index], wrong, ROOTS[size])


@given(st.integers(1, SIZE), st.integers(1, SIZE), st.data())
def test_an_altered_consistency_proof_proves_nothing(old, new, data):
    old, new = sorted((old, new))
    proof = [*merkle.consistency_proof(old, new, reader), ROOTS[old], ROOTS[new]]
    position = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    altered = bytearray(proof[position])
    altered[bit // 8] ^= 1 << bit % 8
    proof[position] = bytes(altered)
    assert not passes(merkle.verify_consistency, old, new, proof[-2], proof[-1], proof[:-2])
    assert not passes(merkle.verify_consistency, old, new, ROOTS[old], ROOTS[new], [*proof[:-2], bytes(32)])


@pytest.mark.parametrize(
    "use",
    [
        lambda: CompactTree(-1),
        lambda: CompactTree(1),
        lambda: CompactTree(3, [bytes(32)]),
        lambda: CompactTree(1, [b"short"]),
        lambda: CompactTree.read(-1, reader),
        lambda: merkle.root(2**63, reader),
        lambda: merkle.inclusion_proof(5, 5, reader),
        lambda: merkle.inclusion_proof(-1, 5, reader),
        lambda: merkle.consistency_proof(6, 5, reader),
        lambda: merkle.consistency_proof(-1, 5, reader),
        lambda: merkle.verify_inclusion(0, 1, b"short", [], ROOTS[1]),
        lambda: merkle.verify_inclusion(5, 5, NODES[0, 0], [], ROOTS[5]),
        lambda: merkle.verify_inclusion(0, -1, NODES[0, 0], [], ROOTS[1]),
        lambda: merkle.verify_consistency(6, 5, ROOTS[6], ROOTS[5], []),
        lambda: merkle.verify_consistency(2, 5, b"short", ROOTS[5], []),
        lambda: merkle.verify_consistency(2, 2, ROOTS[2], ROOTS[3], []),
        lambda: merkle.verify_consistency(2, 2, ROOTS[2], ROOTS[2], [bytes(32)]),
        lambda: merkle.verify_consistency(0, 5, ROOTS[1], ROOTS[5], []),
        lambda: merkle.verify_consistency(0, 0, EMPTY_ROOT, ROOTS[1], []),
        lambda: merkle.verify_consistency(3, 5, ROOTS[2], ROOTS[5], merkle.consistency_proof(3, 5, reader)),
        lambda: merkle.verify_consistency(3, 5, ROOTS[3], ROOTS[6], merkle.consistency_proof(3, 5, reader)),
    ],
)
def test_what_proves_nothing(use):
    with pytest.raises(ProofError):
        use()


def test_a_commitment_hides_and_binds():
    first = commitment(bytes(32), b"entry")
    assert (len(first), first[0]) == (COMMITMENT_BYTES, 1)
    assert first.hex() == "01" + golden()
    assert len({first, commitment(bytes(31) + b"\x01", b"entry"), commitment(bytes(32), b"entrx")}) == 3
    with pytest.raises(FormatError, match="SALT_LENGTH"):
        commitment(bytes(31), b"entry")


def golden():
    from hashlib import sha256

    return sha256(b"onceonly-audit-v1\0" + bytes(32) + b"entry").hexdigest()
