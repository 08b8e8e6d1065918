"""What is made is read back the same, whatever the values."""

from hypothesis import given, settings
from hypothesis import strategies as st

from signer import base64url, checkpoint, identifier, note, receipt, sdjwt, strict_json, tiles
from signer.checkpoint import Checkpoint
from signer.note import NoteKey
from signer.receipt import Act, Receipt
from signer.sdjwt import Disclosable
from tests.fakes.signing import AUTHORITY, Pair

PAIR, LOG = Pair(), Pair("EdDSA")
FEW = settings(max_examples=60, deadline=None)

text = st.text(st.characters(codec="utf-8"), max_size=20)
name = text.filter(lambda value: value not in {"_sd", "_sd_alg", "..."})
scalar = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text
)
json_value = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(name, inner, max_size=3), max_leaves=8
)
fact = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(st.binary(max_size=200))
def test_base64url(data):
    assert base64url.decode(base64url.encode(data)) == data


@given(json_value)
def test_json(value):
    assert strict_json.loads(strict_json.canonical(value), max_bytes=100_000) == value


def marked(value, choose):
    """Mark members and elements of a value as disclosable, as ``choose`` says; return it with its unmarked twin."""
    if isinstance(value, dict):
        pairs = {key: marked(inner, choose) for key, inner in value.items()}
        return {key: Disclosable(inner) if choose() else inner for key, inner in pairs.items()}
    if isinstance(value, list):
        return [Disclosable(inner) if choose() else inner for inner in (marked(element, choose) for element in value)]
    return value


@FEW
@given(st.dictionaries(name, json_value, max_size=4), st.dictionaries(name, json_value, max_size=4), st.data())
def test_sd_jwt(always, disclosable, data):
    always = {key: value for key, value in always.items() if key not in disclosable}
    for reserved in ("exp", "nbf", "iat"):
        always.pop(reserved, None)
        disclosable.pop(reserved, None)

    def choose():
        return data.draw(st.booleans())

    issued = sdjwt.issue(
        marked(always, choose), marked_values(disclosable, choose), {"alg": "ES256"}, PAIR.sign, decoys=1
    )
    verified = sdjwt.verify(issued.token, PAIR.public, "ES256", at=None, typ=None)
    assert verified.payload == {**always, **disclosable}
    assert set(verified.disclosed) == issued.disclosures.keys()
    parsed = sdjwt.parse(issued.token)
    chosen = [path for path in issued.disclosures if choose()]
    presented = sdjwt.verify(sdjwt.present(parsed, chosen), PAIR.public, "ES256", at=None, typ=None)
    assert set(chosen) <= set(presented.disclosed) <= issued.disclosures.keys()


def marked_values(claims, choose):
    return {key: marked(value, choose) for key, value in claims.items()}


@FEW
@given(
    st.builds(
        Receipt,
        identifier=fact,
        hub=fact,
        audience=fact,
        system=fact,
        act=st.sampled_from(Act),
        issue_time=st.integers(0, 10**10),
        expire_time=st.integers(0, 10**10),
        purpose=fact,
        matter=st.none() | fact,
        guide_revision=st.none() | fact,
        case=st.none() | fact,
        legal_basis=st.none() | fact,
        consent=st.none() | fact,
        fields=st.lists(fact, max_size=3).map(tuple),
        sd_hash=st.none() | fact,
        licence=st.none() | fact,
        licence_version=st.none() | st.integers(0, 999),
        commitment=st.none() | st.binary(min_size=33, max_size=33),
        reasons=st.lists(fact, max_size=3).map(tuple),
        verdict=st.none() | fact,
    )
)
def test_receipt(value):
    token = receipt.sign(value, receipt.encode_header("k", "ES256"), PAIR.sign)
    assert receipt.verify(token, {"k": PAIR.public}, at=None) == value


@FEW
@given(st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=200))
def test_note(value):
    key = NoteKey("hub.example/log", LOG.public)
    signed = note.sign_note(value + "\n", [(key, LOG.sign)])
    assert note.open_note(signed, [note.parse_vkey(key.vkey)]).text == value + "\n"


line = st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=40)


@given(line, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(line, max_size=16))
def test_checkpoint(origin, size, root, extensions):
    value = Checkpoint(origin, size, root, tuple(extensions))
    assert checkpoint.parse_checkpoint(checkpoint.format_checkpoint(value)) == value


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=20))
def test_entry_bundle(entries):
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == tuple(entries)


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=32), st.integers(1, 999))
def test_identifier(serial, version):
    minted = identifier.mint("11990000MB0000000J001", AUTHORITY, serial, version)
    assert identifier.parse(str(minted)) == minted
