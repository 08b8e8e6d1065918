"""Cosignatures: the published example, what a quorum is, and every way a note falls short of it."""

from base64 import b64decode, b64encode

import pytest

from signer import cosignature, note
from signer.checkpoint import Checkpoint, format_checkpoint
from signer.cosignature import Cosigner, WitnessKey, open_cosigned
from signer.errors import NoteError
from signer.note import NoteKey
from tests.fakes.signing import Pair, vectors

ORIGIN = "hub.example/log"
LOG = Pair("EdDSA")
LOG_KEY = NoteKey(ORIGIN, LOG.public)
PAIRS = [Pair("EdDSA") for _ in range(3)]
WITNESSES = [WitnessKey(f"witness.example/{number}", pair.public) for number, pair in enumerate(PAIRS)]
TEXT = format_checkpoint(Checkpoint(ORIGIN, 5, bytes(range(32))))
SIGNED = note.sign_note(TEXT, [(LOG_KEY, LOG.sign)])
LINES = [cosignature.cosign(TEXT, key, 1000 + at, PAIRS[at].sign) for at, key in enumerate(WITNESSES)]
COSIGNED = SIGNED + "".join(LINES)


def test_the_published_example_has_a_cosignature_of_the_stated_time():
    parsed = note.parse_note(vectors("tlog/cosigned_checkpoint_example.json")["checkpoint_cosigned"])
    assert parsed.signatures[1].name == "witness.example.com/w1"
    assert int.from_bytes(parsed.signatures[1].signature[:8]) == 1_679_315_147


def test_the_signed_message_is_the_formats_own():
    signed = []
    cosignature.cosign(TEXT, WITNESSES[0], 1_679_315_147, lambda message: signed.append(message) or bytes(64))
    assert signed == [f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()]


def test_a_quorum_of_witnesses_opens_the_checkpoint():
    opened = open_cosigned(COSIGNED, [LOG_KEY], WITNESSES, 3, origin=ORIGIN)
    assert opened.checkpoint.size == 5
    assert opened.note == COSIGNED
    assert opened.cosigners == tuple(Cosigner(key, 1000 + at) for at, key in enumerate(WITNESSES))
    assert [opened.seen_by(quorum) for quorum in (1, 2, 3)] == [1000, 1001, 1002]
    for quorum in (0, 4):
        with pytest.raises(NoteError, match="cosigned"):
            opened.seen_by(quorum)


def test_bytes_open_as_text_does():
    assert open_cosigned(COSIGNED.encode(), [LOG_KEY], WITNESSES, 1, origin=ORIGIN).note == COSIGNED


def test_too_few_witnesses_do_not_open_it():
    with pytest.raises(NoteError, match="2 known witnesses"):
        open_cosigned(SIGNED + LINES[0] + LINES[1], [LOG_KEY], WITNESSES, 3, origin=ORIGIN)
    with pytest.raises(NoteError, match="0 known witnesses"):
        open_cosigned(SIGNED, [LOG_KEY], WITNESSES, 1, origin=ORIGIN)
    assert open_cosigned(SIGNED, [LOG_KEY], WITNESSES, 0, origin=ORIGIN).cosigners == ()
    assert open_cosigned(SIGNED, [LOG_KEY], [], 0, origin=ORIGIN).checkpoint.size == 5


def test_a_line_that_stands_twice_counts_once():
    with pytest.raises(NoteError, match="1 known witnesses"):
        open_cosigned(SIGNED + LINES[0] * 2, [LOG_KEY], WITNESSES, 2, origin=ORIGIN)


def test_unknown_witnesses_are_ignored_and_a_known_one_must_match():
    assert len(open_cosigned(COSIGNED, [LOG_KEY], WITNESSES[:1], 1, origin=ORIGIN).cosigners) == 1
    other = Pair("EdDSA")
    forged = cosignature.cosign(TEXT, WITNESSES[0], 1000, other.sign)
    with pytest.raises(NoteError, match="does not match"):
        open_cosigned(SIGNED + forged + LINES[1], [LOG_KEY], WITNESSES, 1, origin=ORIGIN)


def test_the_log_must_have_signed_and_be_the_one_asked_about():
    unsigned = TEXT + "\n" + "".join(LINES)
    with pytest.raises(NoteError, match="no known key"):
        open_cosigned(unsigned, [LOG_KEY], WITNESSES, 3, origin=ORIGIN)
    with pytest.raises(NoteError, match="another log"):
        open_cosigned(COSIGNED, [LOG_KEY], WITNESSES, 3, origin="hub.example/other")


def test_a_plain_signature_is_no_cosignature_and_the_other_way_round():
    plain = NoteKey(WITNESSES[0].name, PAIRS[0].public)
    assert plain.hash != WITNESSES[0].hash
    line = note.signature_line(WITNESSES[0], PAIRS[0].sign(TEXT.encode()))
    with pytest.raises(NoteError, match="does not match"):
        open_cosigned(SIGNED + line, [LOG_KEY], WITNESSES, 1, origin=ORIGIN)
    assert not plain.verifies(LINES[0].encode(), TEXT.encode())


@pytest.mark.parametrize("quorum", [-1, 4])
def test_a_quorum_that_cannot_be_is_refused(quorum):
    with pytest.raises(NoteError, match="cannot make a quorum"):
        open_cosigned(COSIGNED, [LOG_KEY], WITNESSES, quorum, origin=ORIGIN)


def test_no_key_counts_twice():
    double = [WITNESSES[0], WitnessKey("witness.example/alias", PAIRS[0].public)]
    named = [WITNESSES[0], WitnessKey(WITNESSES[0].name, PAIRS[1].public)]
    for witnesses in (double, named, [WITNESSES[0], WITNESSES[0]]):
        with pytest.raises(NoteError, match="stands twice"):
            open_cosigned(COSIGNED, [LOG_KEY], witnesses, 1, origin=ORIGIN)
    with pytest.raises(NoteError, match="witness itself"):
        open_cosigned(COSIGNED, [LOG_KEY], [WitnessKey("w", LOG.public)], 0, origin=ORIGIN)


def test_a_time_beyond_the_format_verifies_nothing():
    late = (2**63).to_bytes(8)
    signature = PAIRS[0].sign(f"cosignature/v1\ntime {2**63}\n{TEXT}".encode())
    assert not WITNESSES[0].verifies(late + signature, TEXT.encode())
    assert not WITNESSES[0].verifies(late + signature + b"x", TEXT.encode())
    for time in (-1, 2**63):
        with pytest.raises(NoteError, match="time"):
            cosignature.cosign(TEXT, WITNESSES[0], time, PAIRS[0].sign)


def test_a_changed_time_does_not_match():
    line = note.parse_note(COSIGNED).signatures[1]
    altered = (1001).to_bytes(8) + line.signature[8:]
    assert WITNESSES[0].verifies(line.signature, TEXT.encode())
    assert not WITNESSES[0].verifies(altered, TEXT.encode())


def test_only_a_checkpoint_is_cosigned():
    with pytest.raises(NoteError):
        cosignature.cosign("some text\n", WITNESSES[0], 1, PAIRS[0].sign)


def test_an_answer_gives_the_known_line_alone():
    answer = (LINES[2] + LINES[1]).encode()
    line, cosigner = cosignature.read_cosignature(SIGNED, answer, WITNESSES[1])
    assert (line, cosigner) == (LINES[1], Cosigner(WITNESSES[1], 1001))
    for hostile in (
        b"",
        LINES[0].encode(),
        LINES[1].encode()[:-1],
        b"\n" + LINES[1].encode(),
        b"more\n\n" + LINES[1].encode(),
        LINES[1].encode() * 200,
        b"\xff" + LINES[1].encode(),
        cosignature.cosign(TEXT, WITNESSES[1], 5, PAIRS[0].sign).encode(),
    ):
        with pytest.raises(NoteError):
            cosignature.read_cosignature(SIGNED, hostile, WITNESSES[1])


def test_an_answer_may_not_add_to_the_text():
    """A hostile witness may well sign more than it was asked about."""
    signature = PAIRS[1].sign(f"cosignature/v1\ntime 5\n{TEXT}\nmore\n".encode())
    line = note.signature_line(WITNESSES[1], (5).to_bytes(8) + signature)
    with pytest.raises(NoteError, match="nothing else"):
        cosignature.read_cosignature(SIGNED, b"more\n\n" + line.encode(), WITNESSES[1])


def test_a_witness_key_is_read_strictly():
    vkey = WITNESSES[0].vkey
    assert cosignature.parse_witness_vkey(vkey) == WITNESSES[0]
    name, key_hash, encoded = vkey.split("+", 2)
    assert b64decode(encoded)[0] == 4
    plain = b64encode(b"\x01" + PAIRS[0].public.public_bytes_raw()).decode()
    for altered in ("", f"{name}+00000000+{encoded}", f"x{vkey}", vkey + "=", f"{name}+{key_hash}+{plain}"):
        with pytest.raises(NoteError):
            cosignature.parse_witness_vkey(altered)
    for other in (LOG_KEY.vkey, "\ud800" + vkey):
        with pytest.raises(NoteError):
            cosignature.parse_witness_vkey(other)
    with pytest.raises(NoteError):
        WitnessKey("a b", PAIRS[0].public)
