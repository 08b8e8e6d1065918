"""Signed notes and checkpoints against the format's own examples and against every malformed line."""

from base64 import b64encode

import pytest

from signer import checkpoint, note
from signer.checkpoint import Checkpoint
from signer.errors import NoteError
from signer.note import NoteKey
from tests.fakes.signing import Pair, vectors

LOG, WITNESS = Pair("EdDSA"), Pair("EdDSA")
LOG_KEY, WITNESS_KEY = NoteKey("hub.example/log", LOG.public), NoteKey("witness.example", WITNESS.public)
TEXT = "hub.example/log\n5\n" + b64encode(bytes(32)).decode() + "\n"
SIGNED = note.sign_note(TEXT, [(LOG_KEY, LOG.sign), (WITNESS_KEY, WITNESS.sign)])


def test_the_published_note_opens():
    published = vectors("tlog/signed_note_example.json")
    key = note.parse_vkey(published["vkey"])
    assert (key.name, key.vkey) == ("example.com/foo", published["vkey"])
    opened = note.open_note(published["note"], [key])
    assert (opened.text, opened.signers) == ("This is an example message.\n", (key,))
    with pytest.raises(NoteError, match="does not match"):
        note.open_note(published["note"].replace("example message", "exemple message"), [key])


def test_the_published_checkpoint_parses():
    parsed = note.parse_note(vectors("tlog/cosigned_checkpoint_example.json")["checkpoint_cosigned"])
    assert [len(line.signature) for line in parsed.signatures] == [64, 72]
    assert checkpoint.parse_checkpoint(parsed.text).size == 20_852_163


def test_published_witness_requests():
    flow = vectors("tlog/witness_flow.json")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(flow["log_public_key_hex"]))
    key = NoteKey(flow["log_origin"], public)
    request = flow["steps"][0]["body"].partition("\n\n")[2]
    assert checkpoint.open_checkpoint(request, key, origin=flow["log_origin"]).size == 1
    with pytest.raises(NoteError):
        checkpoint.open_checkpoint(flow["steps"][1]["body"].partition("\n\n")[2], key, origin=flow["log_origin"])


def test_a_note_opens_with_any_known_key():
    assert note.open_note(SIGNED, [LOG_KEY]).signers == (LOG_KEY,)
    assert note.open_note(SIGNED.encode(), [WITNESS_KEY, LOG_KEY]).signers == (LOG_KEY, WITNESS_KEY)
    with pytest.raises(NoteError, match="no known key"):
        note.open_note(SIGNED, [])
    with pytest.raises(NoteError, match="no known key"):
        note.open_note(SIGNED, [NoteKey("hub.example/log", Pair("EdDSA").public)])


def test_a_second_line_by_one_key_counts_for_nothing():
    line = SIGNED.splitlines(keepends=True)[4]
    assert note.open_note(SIGNED + line, [LOG_KEY]).signers == (LOG_KEY,)


def test_a_text_may_have_blank_lines_and_any_script():
    text = "一\n\n二\n\n\n"
    signed = note.sign_note(text, [(LOG_KEY, LOG.sign)])
    assert note.open_note(signed, [LOG_KEY]).text == text


SIGNATURE = SIGNED.splitlines()[4]


@pytest.mark.parametrize(
    "altered",
    [
        "",
        TEXT,
        SIGNED[:-1],
        SIGNED + "\n",
        SIGNED.replace("— ", "- "),
        SIGNED.replace("— ", "—"),
        SIGNED.replace("5\n", "5\r\n"),
        SIGNED.replace("5\n", "5\t\n"),
        TEXT + "\n" + SIGNATURE + " more\n",
        TEXT + "\n" + SIGNATURE[:-1] + "\n",
        TEXT + "\n— name !!!!\n",
        TEXT + "\n— name AAAAAA==\n",
        TEXT + "\n— name AAAAAAB=\n",
        TEXT + "\n—  AAAAAAAA\n",
        TEXT + "\n— na+me AAAAAAAA\n",
        TEXT + "\n— name\n",
        TEXT + "\n— name é\n",
        TEXT + "\n" + (SIGNATURE + "\n") * 101,
        "x" * 1_000_001,
        b"\xff\n\n" + SIGNATURE.encode() + b"\n",
        "\ud800" + SIGNED,
    ],
)
def test_a_malformed_note_is_refused(altered):
    with pytest.raises(NoteError):
        note.parse_note(altered)


@pytest.mark.parametrize("text", ["", "no line feed", "a\tb\n", "a\x00\n", "x" * 1_000_001 + "\n"])
def test_what_is_not_a_text_is_not_signed(text):
    with pytest.raises(NoteError):
        note.sign_note(text, [(LOG_KEY, LOG.sign)])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "x" * 256])
def test_a_name_without_spaces_and_pluses(name):
    with pytest.raises(NoteError, match="name"):
        NoteKey(name, LOG.public)


def test_a_verifier_key_is_read_strictly():
    vkey = LOG_KEY.vkey
    assert note.parse_vkey(vkey) == LOG_KEY
    name, key_hash, encoded = vkey.split("+", 2)
    for altered in (
        "",
        name,
        f"{name}+{key_hash}",
        f"{name}+{key_hash.upper() if key_hash != key_hash.upper() else 'ABCDEF01'}+{encoded}",
        f"{name}+{key_hash}0+{encoded}",
        f"{name}+00000000+{encoded}",
        f"x{vkey}",
        vkey + "=",
        f"{name}+{key_hash}+{b64encode(bytes([2]) + LOG.public.public_bytes_raw()).decode()}",
        f"{name}+{key_hash}+{b64encode(bytes([1]) + bytes(31)).decode()}",
        f"+{key_hash}+{encoded}",
        vkey + "A" * 2000,
    ):
        with pytest.raises(NoteError):
            note.parse_vkey(altered)


CHECKPOINT = Checkpoint("hub.example/log", 5, bytes(32), ("extension",))


def test_a_checkpoint_comes_back_whole():
    text = checkpoint.format_checkpoint(CHECKPOINT)
    assert checkpoint.parse_checkpoint(text) == CHECKPOINT
    signed = note.sign_note(text, [(LOG_KEY, LOG.sign)])
    assert checkpoint.open_checkpoint(signed, LOG_KEY, origin="hub.example/log") == CHECKPOINT
    with pytest.raises(NoteError, match="another log"):
        checkpoint.open_checkpoint(signed, LOG_KEY, origin="hub.example/other")


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n5\n",
        f"origin\n5\n{ROOT}",
        f"\n5\n{ROOT}\n",
        f"origin\n05\n{ROOT}\n",
        f"origin\n-5\n{ROOT}\n",
        f"origin\n+5\n{ROOT}\n",
        f"origin\n５\n{ROOT}\n",
        f"origin\n{2**63}\n{ROOT}\n",
        f"origin\n{'9' * 5000}\n{ROOT}\n",
        f"origin\n\n{ROOT}\n",
        f"origin\n5\n{ROOT[:-1]}\n",
        f"origin\n5\n{ROOT[:-2]}B=\n",
        f"origin\n5\n{b64encode(bytes(31)).decode()}\n",
        f"origin\n5\n{ROOT}\n\n",
        f"origin\n5\n{ROOT}\n" + "x\n" * 17,
        f"origin\n5\n{ROOT}\n\x7f\x00\n",
        f"{'x' * 1025}\n5\n{ROOT}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        checkpoint.parse_checkpoint(text)


@pytest.mark.parametrize(
    "value",
    [
        Checkpoint("", 5, bytes(32)),
        Checkpoint("a\nb", 5, bytes(32)),
        Checkpoint("a", -1, bytes(32)),
        Checkpoint("a", 2**63, bytes(32)),
        Checkpoint("a", 5, bytes(31)),
        Checkpoint("a", 5, bytes(32), ("",)),
        Checkpoint("a", 5, bytes(32), ("a\nb",)),
    ],
)
def test_what_the_format_cannot_carry_is_not_formatted(value):
    with pytest.raises(NoteError):
        checkpoint.format_checkpoint(value)


def test_sixteen_extensions_are_allowed():
    most = Checkpoint("a", 2**63 - 1, bytes(range(32)), ("x",) * 16)
    assert checkpoint.parse_checkpoint(checkpoint.format_checkpoint(most)) == most
