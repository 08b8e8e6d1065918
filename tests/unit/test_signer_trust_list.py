"""The trust list: it comes back whole, anything else is refused, and it decides whose licences count."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from functools import partial

import pytest

from signer import base64url, credential
from signer.errors import FormatError, SignatureError
from signer.report import CheckName, Outcome
from signer.trust import SealTrust
from signer.trust_list import KeyUse, PublicJwk, SecondRule, Term, TrustedLog, TrustedType, check_distrust
from signer.trust_list_codec import open_trust_list, sign_trust_list
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair, raw_jws
from tests.fakes.trust_lists import FUTURE, HUB, ISSUED, SINCE, TYPE, UNTIL, VCT, TrustWorld, jwk_of

SIGNED = SINCE + 9000
"""When the licences here were signed: under revision 2, before the list was made."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return TrustWorld(tmp_path_factory.mktemp("trust"))


def refused(code, token, world, at=ISSUED):
    with pytest.raises(FormatError) as caught:
        open_trust_list(token, world.anchors(), at=at)
    assert caught.value.code == code


def payload(world):
    return json.loads(base64url.decode(world.token().split(".")[1]))


def signed(world, claims):
    return raw_jws(world.trust, {"alg": "ES256", "kid": world.trust_jwk.kid, "typ": "onceonly-trust-list+jwt"}, claims)


def test_a_list_comes_back_whole(world):
    token = world.token()
    assert open_trust_list(token, world.anchors(), at=ISSUED) == world.listed
    assert open_trust_list(token.encode(), world.anchors(), at=None) == world.listed


@pytest.mark.parametrize(
    ("at", "code"),
    [(ISSUED + 1000, "TRUST_LIST_EXPIRED"), (ISSUED - 301, "TRUST_LIST_NOT_YET_VALID")],
)
def test_a_list_has_its_time(world, at, code):
    refused(code, world.token(), world, at)
    open_trust_list(world.token(), world.anchors(), at=None)


def test_only_a_known_key_signs(world):
    other = Pair()
    strange = replace(world.listed, trust_keys=(world.trust_jwk, jwk_of(other)))
    refused("TRUST_LIST_KEY_UNKNOWN", world.token(strange, other), world)
    head, body, _ = world.token().split(".")
    forged = f"{head}.{body}.{base64url.encode(other.sign(f'{head}.{body}'.encode()))}"
    with pytest.raises(SignatureError):
        open_trust_list(forged, world.anchors(), at=None)


def test_a_list_names_its_signer(world):
    claims = {**payload(world), "trust_keys": [{**jwk_of(Pair()).members, "kid": "other", "alg": "ES256"}]}
    refused("TRUST_LIST_SIGNER", signed(world, claims), world)
    stranger = jwk_of(Pair())
    with pytest.raises(FormatError, match="TRUST_LIST_SIGNER"):
        sign_trust_list(world.listed, kid=stranger.kid, alg="ES256", sign=world.trust.sign)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "EdDSA", "typ": "onceonly-trust-list+jwt"}, "HEADER_ALG"),
        ({"alg": "ES256", "typ": "onceonly-receipt+jwt"}, "HEADER_TYP"),
        ({"alg": "ES256", "typ": "onceonly-trust-list+jwt", "crit": ["x"]}, "HEADER_REFUSED"),
    ],
)
def test_a_list_is_of_its_kind(world, header, code):
    refused(code, raw_jws(world.trust, {**header, "kid": world.trust_jwk.kid}, payload(world)), world)


def test_a_certificate_has_one_spelling(world):
    names = ("CA" + "x" * length for length in range(20))
    certificate = next(der for der in map(world.another_ca, names) if len(der) % 3 == 2)
    spelt = b64encode(certificate).decode()
    other = spelt[:-2] + chr(ord(spelt[-2]) + 1) + "="  # the same bytes with other bits to spare
    assert b64decode(other) == certificate
    open_trust_list(signed(world, changed(payload(world), ("roots", 0, "x5c"), spelt)), world.anchors(), at=None)
    refused("TRUST_LIST_CLAIM", signed(world, changed(payload(world), ("roots", 0, "x5c"), other)), world)


def changed(claims, path, value):
    *parents, last = path
    inner = claims
    for step in parents:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return claims


FIRST = ("authorities", 0)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("iss",), None),
        (("iss",), "x" * 513),
        (("seq",), 0),
        (("seq",), True),
        (("seq",), 1.5),
        (("iat",), "1"),
        (("exp",), 253_402_300_800),
        (("trust_keys",), []),
        (("trust_keys",), [{"kid": "k", "alg": "SM9", "kty": "EC"}]),
        (("roots", 0, "x5c"), "AAAA"),
        (("roots", 0, "x5c"), ["AAAA"]),
        (("roots", 0, "from"), None),
        (("roots", 0, "until"), -1),
        (("roots",), None),
        (("roots",), [[]]),
        ((*FIRST, "uscc"), "11990100MB0000001X"),
        ((*FIRST, "name"), "局"),
        ((*FIRST, "name", "zh"), ""),
        ((*FIRST, "certificates", 0, "sha256"), "A" * 64),
        ((*FIRST, "certificates", 0, "sha256"), "a" * 64),
        ((*FIRST, "certificates", 0, "x5c"), []),
        ((*FIRST, "certificates", 0, "distrusted_after"), "never"),
        ((*FIRST, "types", 0, "type"), "x"),
        ((*FIRST, "types", 0, "revision"), 0),
        ((*FIRST, "types", 0, "second"), "omit"),
        ((*FIRST, "second_keys", 0, "jwk"), {"x": 1}),
        ((*FIRST, "second_keys", 0, "jwk"), {}),
        (("keys", 0, "use"), "log"),
        (("logs", 0, "vkey"), "hub"),
        (("quorum",), 2),
        (("witnesses", 0), {}),
        (("timestamp_authorities", 0, "name"), None),
    ],
)
def test_every_member_is_of_its_form(world, path, value):
    refused("TRUST_LIST_CLAIM", signed(world, changed(payload(world), path, value)), world)


@pytest.mark.parametrize(
    "path",
    [
        ("trust_keys",),
        ("authorities",),
        (*FIRST, "certificates"),
        (*FIRST, "types"),
        (*FIRST, "second_keys"),
        ("keys",),
    ],
)
def test_nothing_stands_twice(world, path):
    claims = payload(world)
    inner = claims
    for step in path:
        inner = inner[step]
    inner.append(inner[0])
    refused("TRUST_LIST_DUPLICATE", signed(world, claims), world)


def test_no_secret_key_is_listed_whatever_its_suite(world):
    claims = payload(world)
    claims["authorities"][0]["second_keys"][0]["jwk"]["d"] = "x"
    refused("JWK_PRIVATE", signed(world, claims), world)


def test_what_later_versions_add_is_ignored(world):
    claims = payload(world)
    claims["more"] = claims["authorities"][0]["more"] = {"a": [1]}
    assert open_trust_list(signed(world, claims), world.anchors(), at=ISSUED) == world.listed


def test_no_list_is_signed_that_would_be_refused(world):
    with pytest.raises(FormatError, match="TRUST_LIST_CLAIM"):
        world.token(replace(world.listed, quorum=5))
    huge = tuple(replace(world.listed.authorities[0].types[0], revision=n) for n in range(1, 20_002))
    (authority,) = world.listed.authorities
    with pytest.raises(FormatError):
        world.token(replace(world.listed, authorities=(replace(authority, types=huge),)))


def test_a_key_of_an_unknown_suite_stays_raw_and_in_no_map(world):
    opened = open_trust_list(world.token(), world.anchors(), at=ISSUED)
    (authority,) = opened.authorities
    assert authority.second_keys[0].jwk == FUTURE
    assert set(opened.second_keys(AUTHORITY)) == {authority.second_keys[1].jwk.kid}
    assert opened.second_keys("nobody") == {}


def test_keys_have_their_use_and_term(world):
    listed = world.listed
    receipts = jwk_of(world.receipts).kid
    assert set(listed.keys_for("status-lists", ISSUED)) == {jwk_of(world.status).kid}
    assert set(listed.keys_for(KeyUse.RECEIPTS, SINCE)) == {receipts}
    assert listed.keys_for(KeyUse.RECEIPTS, SINCE + 5000) == {}
    assert set(listed.keys_for(KeyUse.RECEIPTS, None)) == {receipts}
    distrusted = replace(listed, keys=tuple(replace(key, distrusted_after=SINCE + 9) for key in listed.keys))
    assert set(distrusted.keys_for(KeyUse.RECEIPTS, SINCE + 8)) == {receipts}
    assert distrusted.keys_for(KeyUse.RECEIPTS, SINCE + 9) == {}
    assert distrusted.keys_for(KeyUse.RECEIPTS, None) == {}


def test_log_keys_of_other_types_prove_nothing(world):
    other = TrustedLog(vkey="hub.example/log+01234567+BAAA", term=Term(SINCE))
    listed = replace(world.listed, logs=(*world.listed.logs, other))
    assert [key.public for key in listed.log_keys(ISSUED)] == [world.log.public]
    assert listed.log_keys(SINCE - 1) == ()
    assert len(listed.log_keys()) == 1


def test_a_seal_is_found_by_the_beginning_of_its_digest(world):
    ((authority, certificate),) = world.listed.certificates_named(bytes.fromhex(world.seal.sha256)[:16])
    assert authority.uscc == AUTHORITY
    assert certificate.chain == (world.seal_der,)
    assert world.listed.certificates_named(bytes(16)) == ()


def test_a_type_may_want_a_second_signature(world):
    (authority,) = world.listed.authorities
    asks = TrustedType(code=TYPE, revision=3, term=Term(SINCE), second=SecondRule.REQUIRE)
    listed = replace(world.listed, authorities=(replace(authority, types=(*authority.types, asks)),))
    assert open_trust_list(world.token(listed), world.anchors(), at=None) == listed
    assert listed.second_rule(AUTHORITY, VCT.replace("revisions/2", "revisions/3")) is SecondRule.REQUIRE
    assert listed.second_rule(AUTHORITY, VCT) is None
    assert listed.second_rule("nobody", VCT) is None
    assert listed.second_rule(AUTHORITY, "elsewhere") is None


def test_a_listed_authority_might_issue_its_types(world):
    assert world.listed.authorised(world.seal, VCT, SIGNED).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("change", "vct", "iat", "code", "outcome"),
    [
        ({"authorities": ()}, VCT, SIGNED, "ISSUER_UNKNOWN", Outcome.FAILED),
        ({"authorities": ()}, VCT, ISSUED + 1, "AUTHORISATION_UNKNOWN", Outcome.INDETERMINATE),
        ({}, VCT, SINCE + 4999, "ISSUER_NOT_AUTHORISED", Outcome.FAILED),
        ({}, VCT.replace("revisions/2", "revisions/1"), SIGNED, "ISSUER_NOT_AUTHORISED", Outcome.FAILED),
        ({}, VCT.replace("revisions/2", "revisions/9"), SIGNED, "ISSUER_NOT_AUTHORISED", Outcome.FAILED),
        ({}, VCT.replace("revisions/2", "revisions/9"), ISSUED + 1, "AUTHORISATION_UNKNOWN", Outcome.INDETERMINATE),
        ({}, "https://other.example" + VCT, SIGNED, "AUTHORISATION_UNKNOWN", Outcome.INDETERMINATE),
        ({}, VCT + "0000000", SIGNED, "AUTHORISATION_UNKNOWN", Outcome.INDETERMINATE),
        ({}, VCT, UNTIL, "AUTHORISATION_UNKNOWN", Outcome.INDETERMINATE),
        ({}, VCT, SINCE - 1, "SEAL_NOT_LISTED", Outcome.FAILED),
    ],
)
def test_whoever_is_not_listed_is_not_authorised(world, change, vct, iat, code, outcome):
    check = replace(world.listed, **change).authorised(world.seal, vct, iat)
    assert (check.code, check.outcome, check.name) == (code, outcome, CheckName.ISSUER_AUTHORISED)


def test_another_certificate_of_a_listed_authority_is_not_listed(world):
    other = world.with_seal(sha256="0" * 64, chain=())
    assert other.authorised(world.seal, VCT, SIGNED).code == "SEAL_NOT_LISTED"


@pytest.mark.parametrize(
    ("iat", "proof", "code", "outcome"),
    [
        (SIGNED + 1, None, "SEAL_DISTRUSTED", Outcome.FAILED),
        (SIGNED, lambda _: True, "SEAL_DISTRUSTED", Outcome.FAILED),
        (SIGNED - 1, None, "SEAL_DISTRUSTED_UNPROVEN", Outcome.INDETERMINATE),
        (SIGNED - 1, lambda _: None, "SEAL_DISTRUSTED_UNPROVEN", Outcome.INDETERMINATE),
        (SIGNED - 1, lambda _: False, "SEAL_DISTRUSTED", Outcome.FAILED),
        (SIGNED - 1, lambda time: time == SIGNED, "OK", Outcome.PASSED),
    ],
)
def test_a_distrusted_seal_needs_a_proof_of_time(world, iat, proof, code, outcome):
    check = world.with_seal(distrusted_after=SIGNED).authorised(world.seal, VCT, iat, proof)
    assert (check.code, check.outcome) == (code, outcome)
    assert check_distrust(SIGNED, iat, proof) == check


def test_a_credential_is_checked_with_the_list_alone(world):
    licence = credential.Licence(
        issuer=AUTHORITY,
        licence_type=VCT,
        identifier=IDENTIFIER,
        hub=HUB,
        issue_time=SIGNED,
        start_time=SIGNED,
        expire_time=None,
        status_uri=f"{HUB}/status/1",
        status_index=1,
    )
    header = credential.encode_header(world.seal_signer.kid, "ES256", [world.seal_der])
    token = credential.build(licence, {"name": "甲"}, {}, header, world.seal_signer.sign).token
    trust = SealTrust(world.listed.seal_roots())

    def verdict(listed, **more):
        authorised = partial(listed.authorised, **more)
        return credential.check(token, trust=trust, at=ISSUED, authorised=authorised, status=0)

    assert verdict(world.listed).outcome is Outcome.PASSED
    distrusted = world.with_seal(distrusted_after=SIGNED + 1)
    assert verdict(distrusted).check(CheckName.ISSUER_AUTHORISED).code == "SEAL_DISTRUSTED_UNPROVEN"
    assert verdict(distrusted, recorded_before=lambda _: True).outcome is Outcome.PASSED


def test_keys_compare_by_their_names_and_members():
    pair = Pair()
    assert jwk_of(pair) == replace(jwk_of(pair), public=None)
    assert jwk_of(pair) != jwk_of(Pair())
    assert "public" not in repr(PublicJwk("k", "ES256", {}, pair.public))
