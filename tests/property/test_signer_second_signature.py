"""The second signature: made once, checked by anyone, and nothing else passes for it."""

import json

import gmalg
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from signer import base64url, jws
from signer.algorithms import SECOND
from signer.credential import Licence, Proven
from signer.report import CheckName, Outcome
from signer.seals import SealCertificate
from signer.second_signature import MAX_BYTES, TYP, check_second, sign_second
from signer.suites.sm2 import USER, Sm2Sm3
from signer.suites.sm2_keys import Sm2PublicKey
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair, b64, raw_jws

SETTINGS = settings(max_examples=60, deadline=None)
SEAL, SECOND_PAIR, OTHER = Pair("ES256"), Pair("SM2-SM3"), Pair("SM2-SM3")
KEYS = {"second": SECOND_PAIR.public, "other": OTHER.public, "usual": SEAL.public}
JWT = raw_jws(SEAL, {"alg": "ES256", "typ": "dc+sd-jwt"}, {"iss": AUTHORITY, "licence": IDENTIFIER})


def proven(issuer_jwt=JWT):
    licence = Licence(
        issuer=AUTHORITY,
        licence_type="type",
        identifier=IDENTIFIER,
        hub="hub",
        issue_time=1,
        start_time=1,
        expire_time=None,
        status_uri="uri",
        status_index=0,
    )
    seal = SealCertificate(AUTHORITY, "name", SEAL.public, "ES256", 1, "00", 0, 2)
    return Proven(licence, {}, seal, "hash", issuer_jwt.encode())


def made(issuer_jwt=JWT, pair=SECOND_PAIR, kid="second", alg="SM2-SM3"):
    return sign_second(issuer_jwt, kid=kid, alg=alg, sign=pair.sign)


def look(text, *, required=True, keys=KEYS, of=JWT, **policy):
    check = check_second(text, required=required, keys=keys, proven=proven(of), **policy)
    assert check.name is CheckName.SECOND_SIGNATURE
    return check


TEXT = made()


def test_what_was_signed_verifies_and_is_one_signature_of_a_general_jws():
    assert look(TEXT).code == "OK"
    header, payload, signature = TEXT.split(".")
    assert payload == ""
    assert json.loads(base64url.decode(header)) == {"alg": "SM2-SM3", "kid": "second", "typ": TYP}
    whole = f"{header}.{JWT.split('.')[1]}.{signature}"
    assert jws.verify(whole, {"second": SECOND_PAIR.public}, typ=TYP, alg="SM2-SM3").payload
    assert sign_second(JWT.encode(), kid="second", alg="SM2-SM3", sign=SECOND_PAIR.sign).split(".")[0] == header


def test_the_first_signature_does_not_matter_to_the_second_but_the_payload_does():
    header, payload, _ = JWT.split(".")
    assert look(TEXT, of=f"{header}.{payload}.AAAA").code == "OK"
    other = raw_jws(SEAL, {"alg": "ES256", "typ": "dc+sd-jwt"}, {"iss": AUTHORITY, "licence": "another"})
    assert look(TEXT, of=other).code == "SECOND_SIGNATURE_INVALID"


def test_none_is_missing_only_where_one_is_required():
    missing = look(None)
    assert (missing.outcome, missing.code) == (Outcome.FAILED, "SECOND_SIGNATURE_MISSING")
    absent = look(None, required=False)
    assert (absent.outcome, absent.code) == (Outcome.PASSED, "SECOND_NOT_OFFERED")


def test_one_that_nobody_asked_for_must_still_be_right():
    assert look(TEXT, required=False).code == "OK"
    assert look(made(pair=OTHER), required=False).outcome is Outcome.FAILED


def test_the_key_decides():
    unknown = look(made(kid="stranger"))
    assert (unknown.outcome, unknown.code) == (Outcome.INDETERMINATE, "SECOND_KEY_UNKNOWN")
    assert look(made(pair=OTHER)).code == "SECOND_SIGNATURE_INVALID"
    assert look(made(pair=OTHER, kid="other")).code == "OK"
    usual = look(made(pair=SEAL, kid="usual", alg="ES256"))
    assert (usual.outcome, usual.code) == (Outcome.INDETERMINATE, "SECOND_SUITE_NOT_ACCEPTED")
    assert look(made(pair=SEAL, kid="usual", alg="ES256"), accepted=SECOND | {"ES256"}).code == "OK"
    assert look(made(alg="ES256")).code == "SECOND_SIGNATURE_INVALID"
    assert look(made(pair=SEAL, kid="usual"), accepted=SECOND | {"ES256"}).code == "SECOND_SIGNATURE_INVALID"


def test_a_header_holds_three_members_and_no_more():
    payload = JWT.split(".")[1]
    good = {"alg": "SM2-SM3", "kid": "second", "typ": TYP}
    for header in (
        {**good, "crit": ["b64"]},
        {**good, "jwk": {}},
        {**good, "typ": "dc+sd-jwt"},
        {**good, "typ": None},
        {**good, "kid": ""},
        {**good, "kid": 5},
        {**good, "kid": "k" * 201},
        {"alg": "SM2-SM3", "kid": "second"},
        [],
        {},
    ):
        encoded = b64(json.dumps(header))
        signature = b64(SECOND_PAIR.sign(f"{encoded}.{payload}".encode()))
        assert look(f"{encoded}..{signature}").code == "SECOND_SIGNATURE_INVALID"
        assert look(f"{b64(json.dumps(good))}.{payload}.{signature}").code == "SECOND_SIGNATURE_INVALID"
    assert look("A" * MAX_BYTES + "..").code == "SECOND_SIGNATURE_INVALID"


def test_a_machine_that_cannot_compute_it_does_not_decide(monkeypatch):
    from signer import second_signature

    monkeypatch.setattr(second_signature, "suite_of", lambda _: Sm2Sm3(libraries=("libnothing.so.9",)))
    found = look(TEXT)
    assert (found.outcome, found.code) == (Outcome.INDETERMINATE, "SUITE_UNAVAILABLE")


near = st.text(st.sampled_from('abcAB09._-~+/={}[]":,\\ \n—é\ud800'), max_size=80)


@SETTINGS
@given(
    st.text(max_size=80)
    | near
    | st.tuples(st.binary(max_size=80), st.binary(max_size=80)).map(lambda two: f"{b64(two[0])}..{b64(two[1])}")
    | st.binary(max_size=80).map(lambda signature: f"{TEXT.split('..')[0]}..{b64(signature)}"),
    st.booleans(),
)
def test_no_hostile_text_passes_or_raises(text, required):
    assert look(text, required=required).code == "SECOND_SIGNATURE_INVALID"


@SETTINGS
@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_any_changed_character_fails(place, character):
    assume(TEXT[place] != character)
    assert look(TEXT[:place] + character + TEXT[place + 1 :]).outcome is not Outcome.PASSED


@SETTINGS
@given(st.binary(max_size=200))
def test_any_payload_is_signed_and_verified(payload):
    token = f"{b64('{}')}.{b64(payload)}.{b64(b'x')}"
    assert look(made(token), of=token).code == "OK"


@SETTINGS
@given(st.binary(max_size=70), st.binary(max_size=20))
def test_hostile_bytes_verify_nothing(signature, data):
    assert not SECOND_PAIR.suite.verify(SECOND_PAIR.public, signature, data)
    assert not SECOND_PAIR.suite.verify(SECOND_PAIR.public, signature[:64].ljust(64, b"\1"), data)


@SETTINGS
@given(st.binary(min_size=65, max_size=65))
def test_a_point_is_on_the_curve_or_no_key(point):
    try:
        key = Sm2PublicKey.from_encoded(point)
    except ValueError:
        return
    assert key.encoded() == point


@settings(max_examples=6, deadline=None)
@given(st.binary(max_size=300))
def test_an_independent_implementation_agrees_in_both_directions(message):
    secret = SECOND_PAIR.private.secret.to_bytes(32, "big")
    other = gmalg.SM2(secret, USER, SECOND_PAIR.public.encoded())
    ours = SECOND_PAIR.sign(message)
    assert other.verify(message, ours[:32], ours[32:])
    assert not other.verify(message + b"x", ours[:32], ours[32:])
    r, s = (number.rjust(32, b"\0") for number in other.sign(message))  # it drops zeros at the front
    assert SECOND_PAIR.suite.verify(SECOND_PAIR.public, r + s, message)
