"""Proofs and receipts from the published log, checked by the signer's own verifier."""

import pytest

from exchange.audit.errors import LogCorruptError, ProofError
from exchange.audit.proofs import PublishedLog, parse_receipt, verify_receipt
from signer.commitment import commitment
from signer.merkle import verify_consistency, verify_inclusion
from signer.note import NoteKey
from tests.fakes.audit_world import entry, log_key, memory_world, salt

SIZES = (1, 100, 256, 257, 600)


@pytest.fixture
def world():
    with memory_world() as made:
        made.roots = {}
        for size in SIZES:
            made.fill(size - made.records.journal_length(), first=made.records.journal_length())
            made.integrator().run_once()
            made.roots[size] = made.log.checkpoint()[0].root
        yield made


def test_inclusion_in_the_latest_and_in_earlier_trees(world):
    for size in SIZES:
        for index in {0, size // 2, size - 1}:
            proof = world.log.inclusion(index, size)
            verify_inclusion(index, size, proof.leaf_hash, proof.hashes, world.roots[size])
            assert proof.checkpoint == ("" if size != 600 else world.log.note())
    assert world.log.inclusion(5).tree_size == 600


def test_consistency_between_any_two_trees(world):
    for old in SIZES:
        for new in SIZES:
            if old <= new:
                proof = world.log.consistency(old, new)
                verify_consistency(old, new, world.roots[old], world.roots[new], proof.hashes)
    assert world.log.consistency(5).new_size == 600


def test_commitments_are_read_from_the_bundles(world):
    for index in (0, 255, 256, 599):
        assert world.log.commitment(index) == commitment(salt(index), entry(index))


@pytest.mark.parametrize("arguments", [(600,), (-1,), (0, 601), (0, -1), (100, 100)])
def test_inclusion_outside_the_tree_is_refused(world, arguments):
    with pytest.raises(ProofError):
        world.log.inclusion(*arguments)


@pytest.mark.parametrize("arguments", [(0,), (601,), (5, 4), (1, 601)])
def test_consistency_outside_the_tree_is_refused(world, arguments):
    with pytest.raises(ProofError):
        world.log.consistency(*arguments)


def test_a_commitment_outside_the_tree_is_refused(world):
    with pytest.raises(ProofError):
        world.log.commitment(600)


def test_nothing_is_read_under_a_checkpoint_of_another_key(world):
    _, private = log_key()
    other = PublishedLog(world.objects, NoteKey("other.example", private.public_key()))
    with pytest.raises(LogCorruptError, match="not the log's own"):
        other.inclusion(0)


def test_tiles_in_memory_are_bounded_and_missing_ones_told(world):
    log = PublishedLog(world.objects, world.key, kept_tiles=1)
    assert log.inclusion(0) == world.log.inclusion(0)
    assert log.inclusion(300) == world.log.inclusion(300)
    assert log.inclusion(0) == world.log.inclusion(0)
    assert len(log._tiles) == 1
    world.objects.delete("log/tile/0/002.p/88")
    world.objects.delete("log/tile/entries/002.p/88")
    with pytest.raises(LogCorruptError, match=r"lacks tile/0/002\.p/88"):
        log.inclusion(0)
    with pytest.raises(LogCorruptError, match=r"lacks tile/entries/002\.p/88"):
        log.commitment(599)


def test_broken_tiles_are_told(world):
    for name in ("log/tile/0/002.p/88", "log/tile/entries/002.p/88"):
        world.objects.replace(name, world.objects.get(name)[:-1])
    with pytest.raises(LogCorruptError, match="do not give a proof"):
        world.log.inclusion(599)
    with pytest.raises(LogCorruptError, match="do not give a proof"):
        world.log.consistency(599)
    with pytest.raises(LogCorruptError, match="entry bundle 2"):
        world.log.commitment(599)


def test_a_full_tile_stands_in_for_the_partial_one_it_replaced(world):
    note = world.log.note()
    world.fill(200, first=600)
    world.integrator().run_once()
    world.objects.replace("log/checkpoint", note.encode())
    proof = PublishedLog(world.objects, world.key).inclusion(590)
    verify_inclusion(590, 600, proof.leaf_hash, proof.hashes, world.roots[600])
    assert world.log.commitment(590) == commitment(salt(590), entry(590))


def test_a_receipt_can_be_kept_and_checked_alone(world):
    for index in (0, 599):
        text = world.log.receipt(index)
        checkpoint = verify_receipt(text, commitment(salt(index), entry(index)), world.key).checkpoint
        assert (checkpoint.size, checkpoint.root) == (600, world.roots[600])
        assert "extra" not in text
    text = world.log.receipt(5, b"case 7")
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra Y2FzZSA3\nindex 5\n")
    assert parse_receipt(text).extra == b"case 7"


def test_a_receipt_proves_nothing_else(world):
    text, own = world.log.receipt(5), commitment(salt(5), entry(5))
    with pytest.raises(ProofError, match="does not prove"):
        verify_receipt(text, commitment(salt(5), entry(6)), world.key)
    with pytest.raises(ProofError, match="does not prove"):
        verify_receipt(text.replace("index 5", "index 6"), own, world.key)
    with pytest.raises(ProofError, match="does not prove"):
        verify_receipt(text.replace("\n600\n", "\n601\n"), own, world.key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 5", "index 05"),
        ("index 5\n", ""),
        ("index 5\n", "index 5\nQUJD\n"),
        ("index 5\n", "index 5\n!\n"),
        ("index 5\n", "extra QUJ=\nindex 5\n"),
        ("index 5\n", "index 5\n" + "A" * 43 + "=\n" * 1 + ("A" * 43 + "=\n") * 63),
        ("\n\n", "\n"),
        ("index 5\n", "extra " + "A" * 70_000 + "\nindex 5\n"),
    ],
)
def test_malformed_receipts_are_refused(world, old, new):
    with pytest.raises(ProofError):
        parse_receipt(world.log.receipt(5).replace(old, new))
