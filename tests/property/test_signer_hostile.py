"""Whatever the bytes, the parsers raise this package's errors and nothing else."""

import json
from contextlib import suppress

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from signer import (
    algorithms,
    base64url,
    checkpoint,
    cosignature,
    credential,
    identifier,
    jws,
    note,
    receipt,
    sdjwt,
    strict_json,
    tiles,
    timestamp,
    witnessing,
)
from signer.errors import FormatError, NoteError, ProofError, SdJwtError, SignatureError
from signer.report import Outcome
from signer.trust import SealTrust
from tests.fakes.signing import Pair, b64, digest, raw_sd_jwt

PAIR = Pair()
KEYS = {"k": PAIR.public}
TRUST = SealTrust([])
SETTINGS = settings(max_examples=100, deadline=None)

# Text near the formats' own alphabets gets further into a parser than plain noise.
near = st.text(st.sampled_from('abcAB09._-~+/={}[]":,\\ \n—é\ud800'), max_size=80)
noise = st.text(max_size=80) | near
segment = st.binary(max_size=40).map(b64) | near
loose = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["_sd", "...", "_sd_alg", "sha-256"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["_sd", "...", "_sd_alg", "exp", "nbf", "cnf"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@SETTINGS
@given(noise)
def test_text_parsers(text):
    with suppress(FormatError):
        base64url.decode(text)
    with suppress(FormatError):
        identifier.parse_foreign(text)
    with suppress(FormatError):
        identifier.check_character(text)
    identifier.uscc_valid(text)
    with suppress(NoteError):
        note.parse_note(text)
    with suppress(NoteError):
        note.parse_vkey(text)
    with suppress(NoteError):
        checkpoint.parse_checkpoint(text)


@SETTINGS
@given(st.binary(max_size=120) | near.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_byte_parsers(data):
    with suppress(FormatError):
        strict_json.loads(data, max_bytes=100)
    with suppress(NoteError):
        note.parse_note(data)
    with suppress(ProofError):
        tiles.decode_bundle(data, 3)
    with suppress(SdJwtError):
        sdjwt.verify_json(data, PAIR.public, "ES256", at=0, typ=None)
    for suite in algorithms.SUITES.values():
        assert not suite.verify(PAIR.public, data, b"message")


@SETTINGS
@given(
    noise | st.lists(segment, max_size=6).flatmap(lambda parts: st.sampled_from(".~").map(lambda by: by.join(parts)))
)
def test_tokens(token):
    with suppress(FormatError, SignatureError):
        jws.verify(token, KEYS, typ="x", alg="ES256")
    with suppress(FormatError, SignatureError):
        receipt.verify(token, KEYS, at=0)
    with suppress(SdJwtError):
        sdjwt.verify(token, PAIR.public, "ES256", at=0, typ=None)
    with suppress(SdJwtError):
        sdjwt.parse(token)
    assert credential.check(token, trust=TRUST, at=0).outcome is Outcome.FAILED


@SETTINGS
@given(loose, st.lists(loose, max_size=3))
def test_signed_payloads_of_any_shape(payload, contents):
    """An issuer may be hostile too: its signature is right, its payload and disclosures are not."""
    disclosures = [b64(json.dumps(content)) for content in contents]
    if isinstance(payload, dict):
        payload = {**payload, "_sd": [digest(disclosure) for disclosure in disclosures]}
    token = raw_sd_jwt(PAIR, payload, *disclosures)
    with suppress(SdJwtError):
        verified = sdjwt.verify(token, PAIR.public, "ES256", at=0, typ=None)
        assert not has_digests(verified.payload)
    with suppress(SdJwtError):
        expected = sdjwt.KeyBindingExpectation("a", "n")
        sdjwt.verify(token + "a.b.c", PAIR.public, "ES256", at=0, typ=None, require_key_binding=expected)


def has_digests(value):
    """Tell whether any object in a processed payload still has a member that only digests have."""
    if isinstance(value, dict):
        return not value.keys().isdisjoint({"_sd", "...", "_sd_alg"}) or any(map(has_digests, value.values()))
    return isinstance(value, list) and any(map(has_digests, value))


@given(loose)
def test_jwks_of_any_shape(jwk):
    with suppress(FormatError):
        algorithms.public_from_jwk(jwk if isinstance(jwk, dict) else {"kty": jwk, "crv": jwk, "x": jwk})


EDDSA = Pair("EdDSA")
LOG_KEY = note.NoteKey("origin", EDDSA.public)
ROOT = x509.load_pem_x509_certificate(trustme.CA().cert_pem.bytes()).public_bytes(Encoding.DER)
SIGNED_NOTE = note.sign_note("origin\n7\n" + "A" * 43 + "=\n", [(LOG_KEY, EDDSA.sign)])
FOREIGN_NOTE = note.sign_note("other\n7\n" + "A" * 43 + "=\n", [(LOG_KEY, EDDSA.sign)])


@SETTINGS
@given(
    st.binary(max_size=120)
    | near.map(lambda text: ("old 0\n\n" + text).encode("utf-8", "surrogatepass"))
    | st.tuples(
        st.integers(0, 9),
        st.lists(st.binary(min_size=32, max_size=32), max_size=3),
        st.sampled_from([SIGNED_NOTE, FOREIGN_NOTE]),
    ).map(lambda parts: witnessing.format_request(witnessing.AddCheckpoint(parts[0], tuple(parts[1]), parts[2])))
)
def test_what_a_witness_is_sent(body):
    with suppress(NoteError):
        witnessing.parse_request(body)
    with suppress(NoteError):
        witnessing.parse_size(body)
    watched = {"origin": [LOG_KEY]}
    outcome = witnessing.decide(body, watched, lambda _: witnessing.UNSEEN)
    assert isinstance(outcome, witnessing.Acceptance) or outcome.status in {400, 403, 404, 409, 422}


@SETTINGS
@given(noise, st.binary(max_size=120) | near.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_what_a_witness_answers(text, answer):
    key = cosignature.WitnessKey("witness", EDDSA.public)
    with suppress(NoteError):
        cosignature.parse_witness_vkey(text)
    for whole in (text, SIGNED_NOTE):
        with suppress(NoteError):
            cosignature.read_cosignature(whole, answer, key)
        with suppress(NoteError):
            cosignature.open_cosigned(whole.encode("utf-8", "surrogatepass") + answer, [LOG_KEY], [key], 0, origin="o")
    assert not key.verifies(answer, b"text")


@SETTINGS
@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda data: b"\x30\x80\x30\x03\x02\x01\x00" + data))
def test_what_a_time_stamp_authority_answers(data):
    with suppress(FormatError, SignatureError):
        timestamp.check_response(data, b"message", [ROOT])
