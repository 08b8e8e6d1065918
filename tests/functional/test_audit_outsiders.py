"""Software that is not ours reads the published log unchanged: tlog-scales and sigstore."""

import base64
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import verify_checkpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from signer.commitment import commitment
from signer.cosignature import WitnessKey, cosign
from tests.fakes.audit_world import disk_world, entry, salt
from tests.fakes.signing import Pair

SIZE = 700
INDEXES = (0, 1, 255, 256, 511, 512, 699)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    with disk_world(folder) as world:
        world.fill(300)
        world.integrator().run_once()
        world.old_root = world.log.checkpoint()[0].root
        world.fill(SIZE - 300, first=300)
        world.integrator().run_once()
        world.folder = folder / "objects" / "log"
        yield world


def test_tlog_scales_verifies_the_checkpoint_and_the_root(published):
    reader = TilesReader(LocalBackend(published.folder))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(published.key.vkey))
    assert (checkpoint.size, checkpoint.root_hash) == (SIZE, reader.calculate_root_hash())
    for index in INDEXES:
        assert reader.get_entry(index) == commitment(salt(index), entry(index))


def test_tlog_scales_accepts_our_proofs(published):
    root = published.log.checkpoint()[0].root
    for index in INDEXES:
        proof = published.log.inclusion(index)
        InclusionProof(index, SIZE, list(proof.hashes)).check(proof.leaf_hash, root)
    for old, old_root in ((300, published.old_root), (SIZE, root)):
        proof = published.log.consistency(old)
        ConsistencyProof(old, SIZE, list(proof.hashes)).check(old_root, root)


def sigstore_keyring(key):
    raw = key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return RekorKeyring(
        Keyring([PublicKey(raw_bytes=base64.b64encode(raw), key_details=PublicKeyDetails.PKIX_ED25519)])
    )


def sigstore_entry(published, index, checkpoint):
    """What sigstore's verifiers look at of an entry."""
    proof = published.log.inclusion(index)
    return SimpleNamespace(
        _inner=SimpleNamespace(
            canonicalized_body=commitment(salt(index), entry(index)),
            log_id=SimpleNamespace(key_id=published.key.hash + bytes(28)),
            inclusion_proof=SimpleNamespace(
                log_index=index,
                tree_size=SIZE,
                hashes=list(proof.hashes),
                root_hash=published.log.checkpoint()[0].root,
                checkpoint=SimpleNamespace(envelope=checkpoint),
            ),
        )
    )


def test_sigstore_accepts_our_entries_and_checkpoint(published):
    keyring = sigstore_keyring(published.key)
    note = published.log.note()
    for index in INDEXES:
        item = sigstore_entry(published, index, note)
        verify_merkle_inclusion(item)
        verify_checkpoint(keyring, item)


def test_sigstore_rejects_another_entry_and_another_checkpoint(published):
    keyring = sigstore_keyring(published.key)
    item = sigstore_entry(published, 5, published.log.note())
    item._inner.canonicalized_body = commitment(salt(5), entry(6))
    with pytest.raises(VerificationError, match="invalid root hash"):
        verify_merkle_inclusion(item)
    forged = published.log.note().replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")
    with pytest.raises(VerificationError, match="signature"):
        verify_checkpoint(keyring, sigstore_entry(published, 5, forged))


def test_tlog_scales_accepts_our_cosignatures(published):
    """What our witness signs is what others verify: the checkpoint that the hub publishes as ``log/cosigned``."""
    pair = Pair("EdDSA")
    witness = WitnessKey("witness.example/w1", pair.public)
    note = published.log.note()
    text = note.rpartition("\n\n")[0] + "\n"
    (published.folder / "checkpoint").write_text(note + cosign(text, witness, 1_790_000_000, pair.sign))
    try:
        checkpoint = TilesReader(LocalBackend(published.folder)).get_checkpoint()
        checkpoint.verify(Vkey.from_string(published.key.vkey))
        checkpoint.verify(Vkey.from_string(witness.vkey))
        with pytest.raises(RuntimeError, match="no signature matched"):
            checkpoint.verify(Vkey.from_string(WitnessKey("witness.example/w1", Pair("EdDSA").public).vkey))
    finally:
        (published.folder / "checkpoint").write_text(note)
