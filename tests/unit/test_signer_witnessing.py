"""A witness's decision: the published exchange step by step, and every refusal of the protocol."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from signer import witnessing
from signer.checkpoint import Checkpoint, format_checkpoint
from signer.errors import NoteError
from signer.merkle import EMPTY_ROOT, CompactTree, consistency_proof, leaf_hash
from signer.note import NoteKey, sign_note
from signer.witnessing import UNSEEN, Acceptance, AddCheckpoint, Answer, Head, decide
from tests.fakes.signing import Pair, vectors

ORIGIN = "hub.example/log"
LOG = Pair("EdDSA")
LOGS = {ORIGIN: [NoteKey(ORIGIN, LOG.public)]}


class Tree:
    """A log's tree of ``size`` leaves that differ by ``salt``, and what it can prove."""

    def __init__(self, size, salt=b""):
        self.nodes = {}
        self.roots = [EMPTY_ROOT]
        tree = CompactTree()
        for index in range(size):
            for node in tree.append(leaf_hash(salt + bytes([index]))):
                self.nodes[node.level, node.index] = node.hash
            self.roots.append(tree.root())

    def head(self, size):
        return Head(size, self.roots[size])

    def note(self, size, pair=LOG):
        text = format_checkpoint(Checkpoint(ORIGIN, size, self.roots[size]))
        return sign_note(text, [(NoteKey(ORIGIN, pair.public), pair.sign)])

    def request(self, old, new, **changed):
        proof = consistency_proof(old, new, lambda level, index: self.nodes[level, index])
        return witnessing.format_request(AddCheckpoint(old, changed.get("proof", proof), self.note(new)))


TREE, FORK = Tree(20), Tree(20, b"another history")


def decided(body, seen):
    return decide(body, LOGS, {ORIGIN: seen}.__getitem__)


def test_the_published_exchange():
    flow = vectors("tlog/witness_flow.json")
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(flow["log_public_key_hex"]))
    logs = {flow["log_origin"]: [NoteKey(flow["log_origin"], public)]}
    seen = UNSEEN
    statuses = []
    for step in flow["steps"]:
        outcome = decide(step["body"].encode(), logs, lambda _, now=seen: now)
        if isinstance(outcome, Acceptance):
            assert outcome.old == seen
            seen = outcome.new
            statuses.append(200)
            continue
        statuses.append(outcome.status)
        for expected in step["asserts"]:
            kind, _, text = expected.partition(' "')
            wanted = text.rstrip('"').replace("\\n", "\n")
            assert outcome.body == wanted if kind == "body ==" else wanted in outcome.body
    assert statuses == [step["status"] for step in flow["steps"]]
    assert seen.size == 5


@pytest.mark.parametrize("old", range(21))
@pytest.mark.parametrize("new", [1, 7, 8, 20])
def test_every_growth_is_followed_and_nothing_else(old, new):
    if old > new:
        body = witnessing.format_request(AddCheckpoint(old, (), TREE.note(new)))
        assert decided(body, TREE.head(old)).status == 400
        return
    assert decided(TREE.request(old, new), TREE.head(old)) == Acceptance(
        ORIGIN, format_checkpoint(Checkpoint(ORIGIN, new, TREE.roots[new])), TREE.head(old), TREE.head(new)
    )
    if 0 < old < new:
        assert decided(FORK.request(old, new), TREE.head(old)).status == 422


def test_a_rollback_and_a_fork_are_refused():
    at = TREE.head(8)
    assert decided(TREE.request(0, 5), at) == witnessing.conflict(at)
    assert decided(TREE.request(5, 7), at) == Answer(409, "8\n", "text/x.tlog.size")
    assert decided(FORK.request(8, 8), at) == witnessing.conflict(at)
    assert decided(TREE.request(8, 8), at).new == at


def test_a_log_that_contradicts_itself_is_named_and_nobody_else():
    at = TREE.head(8)
    for forked in (FORK.request(8, 8), FORK.request(5, 8), FORK.request(8, 12)):
        assert decided(forked, at).contradicts == ORIGIN
    for late in (TREE.request(0, 5), TREE.request(5, 7), TREE.request(5, 8), FORK.request(5, 12)):
        assert decided(late, at).contradicts == ""
    stranger = witnessing.format_request(AddCheckpoint(8, (), FORK.note(8, Pair("EdDSA"))))
    assert decided(stranger, at).contradicts == ""


def test_the_empty_tree_is_where_every_log_begins():
    assert decided(TREE.request(0, 0), UNSEEN).new == UNSEEN
    forged = sign_note(format_checkpoint(Checkpoint(ORIGIN, 0, bytes(32))), [(LOGS[ORIGIN][0], LOG.sign)])
    assert decided(witnessing.format_request(AddCheckpoint(0, (), forged)), UNSEEN).status == 409
    assert decided(TREE.request(0, 3, proof=(bytes(32),)), UNSEEN).status == 422


def test_a_stranger_and_a_strangers_signature():
    other = Pair("EdDSA")
    body = witnessing.format_request(AddCheckpoint(0, (), TREE.note(3, other)))
    assert decided(body, UNSEEN).status == 403
    assert "invalid signature" in decided(body, UNSEEN).body
    assert decide(TREE.request(0, 3), {}, lambda _: UNSEEN) == Answer(404, "unknown log\n")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n",
        b"old -1\n\n",
        b"old 9223372036854775808\n\n",
        b"new 0\n\n",
        b"old 1\nAAAA\n\n",
        b"old 1\n!\n\n",
        b"old 1\n\xe4\xb8\x80\n\n",
        b"old 1\n" + b"KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n",
        b"old 1\nKgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\n",
        b"old 0\n\n\xff",
        b"old 0\n\n" + b"x" * witnessing.MAX_REQUEST_BYTES,
    ],
)
def test_a_malformed_request_is_refused(body):
    with pytest.raises(NoteError):
        witnessing.parse_request(body)
    assert decided(body, UNSEEN).status == 400


def test_a_request_around_a_note_that_is_no_checkpoint():
    assert decided(b"old 0\n\nno checkpoint", UNSEEN).status == 400


def test_what_the_format_cannot_carry_is_not_formatted():
    for request in (
        AddCheckpoint(-1, (), TREE.note(1)),
        AddCheckpoint(2**63, (), TREE.note(1)),
        AddCheckpoint(1, (bytes(32),) * 64, TREE.note(1)),
        AddCheckpoint(1, (), "x" * witnessing.MAX_REQUEST_BYTES),
    ):
        with pytest.raises(NoteError):
            witnessing.format_request(request)


def test_a_request_comes_back_whole():
    most = AddCheckpoint(2**63 - 1, tuple(bytes([at]) * 32 for at in range(63)), TREE.note(9))
    assert witnessing.parse_request(witnessing.format_request(most)) == most


def test_the_size_that_a_witness_says():
    assert witnessing.parse_size(b"0\n") == 0
    assert witnessing.parse_size(b"9223372036854775807\n") == 2**63 - 1
    for hostile in (b"", b"5", b"05\n", b"-5\n", b"5\n\n", b"9223372036854775808\n", "５\n".encode()):
        with pytest.raises(NoteError):
            witnessing.parse_size(hostile)
