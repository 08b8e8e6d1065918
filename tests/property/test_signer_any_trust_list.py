"""Trust lists of any shape: what is made is read back, a flipped byte never passes, hostile bytes raise our errors."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signer import base64url
from signer.errors import FormatError, SignatureError
from signer.report import Outcome
from signer.trust_entries import Term, TrustedAuthority, TrustedCertificate, TrustedType
from signer.trust_keeper import Anchors, HighWater, TrustKeeper
from signer.trust_list import SecondRule, TrustList, check_distrust
from signer.trust_list_codec import open_trust_list
from tests.fakes.signing import AUTHORITY, raw_jws
from tests.fakes.trust_lists import HUB, ISSUED, TrustWorld

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
time = st.integers(0, 253_402_300_799)
maybe = st.none() | time
term = st.builds(Term, time, maybe)
certificate = st.builds(
    TrustedCertificate,
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    kid=text,
    term=term,
    distrusted_after=maybe,
)
licence_type = st.builds(
    TrustedType,
    code=st.text(st.sampled_from("019AZ"), min_size=21, max_size=21),
    revision=st.integers(1, 999_999),
    term=term,
    second=st.none() | st.sampled_from(list(SecondRule)),
)
authority = st.builds(
    TrustedAuthority,
    uscc=st.just(AUTHORITY),
    name=st.fixed_dictionaries({"zh": text, "en": text}),
    certificates=st.lists(certificate, max_size=3, unique_by=lambda each: each.sha256).map(tuple),
    types=st.lists(licence_type, max_size=3, unique_by=lambda each: (each.code, each.revision)).map(tuple),
)
loose = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return TrustWorld(tmp_path_factory.mktemp("trust"))


@SETTINGS
@given(found=st.lists(authority, max_size=1), issued=time, expires=time, sequence=st.integers(1, 9_999_999_999))
def test_a_list_comes_back_whole(world, found, issued, expires, sequence):
    listed = TrustList(
        hub=HUB,
        issue_time=issued,
        expire_time=expires,
        sequence=sequence,
        trust_keys=(world.trust_jwk,),
        authorities=tuple(found),
    )
    assert open_trust_list(world.token(listed), world.anchors(), at=None) == listed


@SETTINGS
@given(data=st.data())
def test_a_flipped_list_is_never_opened(world, data):
    token = world.token()
    place = data.draw(st.integers(0, len(token) - 1))
    altered = token[:place] + chr(ord(token[place]) ^ 1 << data.draw(st.integers(0, 6))) + token[place + 1 :]
    with pytest.raises((FormatError, SignatureError)):
        open_trust_list(altered, world.anchors(), at=None)


def paths(value, so_far=()):
    """Every place in a JSON value."""
    yield so_far
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield from paths(inner, (*so_far, key))


@SETTINGS
@given(data=st.data())
def test_a_signed_list_of_any_shape_raises_our_errors_alone(world, data):
    claims = json.loads(base64url.decode(world.token().split(".")[1]))
    *parents, last = data.draw(st.sampled_from([path for path in paths(claims) if path]))
    inner = claims
    for step in parents:
        inner = inner[step]
    inner[last] = data.draw(loose)
    header = {"alg": "ES256", "kid": world.trust_jwk.kid, "typ": "onceonly-trust-list+jwt"}
    with suppress(FormatError):
        TrustKeeper(world.anchors()).accept(raw_jws(world.trust, header, claims), ISSUED)


@SETTINGS
@given(data=st.binary(max_size=200) | loose.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_raise_our_errors_alone(world, data):
    with suppress(FormatError, SignatureError):
        open_trust_list(data, world.anchors(), at=None)
    for read in (Anchors.from_json, HighWater.from_json):
        with suppress(FormatError):
            read(data)


@given(distrusted=maybe, iat=time, proof=st.sampled_from([None, True, False]))
def test_a_distrusted_seal_never_passes_without_a_proof(distrusted, iat, proof):
    check = check_distrust(distrusted, iat, lambda _: proof)
    passes = distrusted is None or (iat < distrusted and proof is True)
    assert (check.outcome is Outcome.PASSED) == passes
