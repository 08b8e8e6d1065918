"""CBOR, COSE, base45 and the licence on paper: round trips, hostile input, flipped bits."""

import zlib
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from signer import base45, cbor, cose, qr
from signer.errors import FormatError, SignatureError
from signer.report import Outcome
from tests.fakes.sealed_paper import ISSUED, PaperSeal
from tests.fakes.signing import Pair

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PAIR, KID = Pair(), b"\1" * 16

integers = st.integers(-(2**53), 2**53)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | integers | texts | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(integers | texts, inner, max_size=4),
    max_leaves=12,
)
# Heads that mean something get further than plain noise.
heads = st.sampled_from([bytes([n]) for n in b"\x00\x18\x20\x41\x61\x62\x81\x84\xa1\xa2\xc2\xd2\xf5\xf7\xf9\x9f\xff"])
near = st.lists(heads | st.binary(max_size=3), max_size=20).map(b"".join)
noise = st.binary(max_size=100) | near
fields = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True).map(lambda name: "f_" + name),
    texts | integers | st.booleans() | st.lists(texts, max_size=3),
    max_size=6,
)


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    return PaperSeal(tmp_path_factory.mktemp("paper"))


@pytest.fixture(scope="module")
def genuine(paper):
    return paper.text()


@SETTINGS
@given(st.binary(max_size=60))
def test_base45_round_trip(data):
    assert base45.decode(base45.encode(data)) == data


@SETTINGS
@given(st.text(st.sampled_from(base45.ALPHABET + "a=\n—"), max_size=12))
def test_base45_has_one_spelling(text):
    with suppress(FormatError):
        assert base45.encode(base45.decode(text)) == text


@SETTINGS
@given(values)
def test_cbor_round_trip(value):
    assert cbor.decode(cbor.encode(value), max_bytes=10_000) == value


@SETTINGS
@given(noise)
def test_cbor_has_one_encoding(data):
    with suppress(FormatError):
        assert cbor.encode(cbor.decode(data, max_bytes=100)) == data


@SETTINGS
@given(values | noise)
def test_cose_of_any_shape(value):
    data = value if isinstance(value, bytes) else cbor.encode(value)
    for hostile in (data, b"\xd2" + data, cose.sign1(data, alg="ES256", kid=KID, sign=PAIR.sign)[:-1]):
        with pytest.raises((FormatError, SignatureError)):
            cose.verify1(hostile, {KID: PAIR.public})
    with suppress(FormatError):
        cose.parse_signing_input(data)
    with suppress(FormatError):
        qr.read_signing_input(cose.signing_input(cose.protected_header("ES256", KID), data, qr.EXTERNAL_AAD))


@SETTINGS
@given(st.binary(max_size=60), st.binary(max_size=20))
def test_cose_round_trip(payload, external):
    data = cose.sign1(payload, alg="ES256", kid=KID, sign=PAIR.sign, external_aad=external)
    assert cose.verify1(data, {KID: PAIR.public}, external_aad=external).payload == payload


@SETTINGS
@given(data=st.data())
def test_a_flipped_cose_object_never_verifies(data):
    signed = bytearray(cose.sign1(b"payload", alg="ES256", kid=KID, sign=PAIR.sign))
    signed[data.draw(st.integers(0, len(signed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((FormatError, SignatureError)):
        cose.verify1(bytes(signed), {KID: PAIR.public})


@SETTINGS
@given(
    st.sampled_from(["", "OC1:", "OC1P:"]),
    st.text(max_size=60) | st.text(st.sampled_from(base45.ALPHABET)) | noise.map(zlib.compress).map(base45.encode),
)
def test_any_text_is_a_result(paper, prefix, text):
    assert paper.check(prefix + text).outcome is Outcome.FAILED


@SETTINGS
@given(values | noise)
def test_a_hostile_authority_is_a_result(paper, value):
    """The seal's signature is right, what it signed is not."""
    payload = value if isinstance(value, bytes) else cbor.encode(value)
    kid = bytes.fromhex(paper.certificate.sha256)[:16]
    message = cose.sign1(payload, alg="ES256", kid=kid, sign=paper.signer.sign, external_aad=qr.EXTERNAL_AAD)
    text = "OC1:" + base45.encode(zlib.compress(message))
    assert paper.check(text).outcome is Outcome.FAILED


@SETTINGS
@given(fields, st.none() | st.integers(ISSUED + 2, 2**36))
def test_what_is_written_is_what_is_proven(paper, chosen, expire_time):
    report = paper.check(paper.text(chosen, expire_time=expire_time))
    assert report.outcome is Outcome.PASSED
    assert {name: report.claims[name] for name in chosen} == chosen
    assert report.disclosed == tuple(sorted(chosen))
    assert report.claims.get("exp") == expire_time


@SETTINGS
@given(data=st.data())
def test_a_changed_character_never_changes_what_is_proven(paper, genuine, data):
    """Compression leaves a few bits to no byte; changing those changes nothing that is signed."""
    text = genuine
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(base45.ALPHABET))
    assume(other != text[position])
    report = paper.check(text[:position] + other + text[position + 1 :])
    assert report.outcome is Outcome.FAILED or report == paper.check(text)
