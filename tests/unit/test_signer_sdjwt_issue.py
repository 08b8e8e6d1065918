"""Making, reading and presenting SD-JWTs, nested and flat."""

import json
from base64 import urlsafe_b64decode

import pytest

from signer import sdjwt
from signer.errors import SdJwtError
from signer.sdjwt import Decoy, Disclosable
from tests.fakes.signing import Pair, disclosure, raw_sd_jwt

PAIR = Pair()
HEADER = {"alg": "ES256", "typ": "example+sd-jwt"}


def issue(always, disclosable=None, **options):
    return sdjwt.issue(always, disclosable or {}, HEADER, PAIR.sign, **options)


def verify(token):
    return sdjwt.verify(token, PAIR.public, "ES256", at=None, typ="example+sd-jwt")


def content(encoded):
    return json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def test_flat_claims_are_disclosable_one_by_one():
    issued = issue({"iss": "x"}, {"name": "甲", "age": 47, "tags": ["a"], "none": None})
    assert verify(issued.token).payload == {"iss": "x", "name": "甲", "age": 47, "tags": ["a"], "none": None}
    assert list(issued.disclosures) == ["name", "age", "tags", "none"]
    presented = sdjwt.present(sdjwt.parse(issued.token), ["age"])
    assert verify(presented).payload == {"iss": "x", "age": 47}


def test_salts_are_long_and_never_repeat():
    first, second = (issue({}, {str(n): n for n in range(40)}) for _ in range(2))
    salts = [content(encoded)[0] for issued in (first, second) for encoded in issued.disclosures.values()]
    assert len(set(salts)) == 80
    assert {len(urlsafe_b64decode(salt)) for salt in salts} == {18}


def test_digests_are_sorted_and_decoys_hide_their_number():
    issued = issue({}, {"a": 1, "b": 2}, decoys=5)
    digests = verify(issued.token).issuer_signed["_sd"]
    assert digests == sorted(digests)
    assert len(set(digests)) == 7
    assert verify(issue({}, decoys=1).token).payload == {}


def test_nothing_to_hide_needs_no_digests():
    assert verify(issue({"a": {"b": [1, {"c": 2.5}]}}).token).issuer_signed == {"a": {"b": [1, {"c": 2.5}]}}


def test_nested_recursive_and_array_disclosures():
    issued = issue(
        {
            "address": {"country": "CN", "street": Disclosable("街")},
            "list": [Disclosable({"x": Disclosable(1)}), Decoy(), "open", [Disclosable(2)]],
            "whole": Disclosable({"part": Disclosable([Disclosable("deep")]), "rest": True}),
        },
        {"flat": {"inner": Disclosable(3)}},
    )
    assert sorted(issued.disclosures) == [
        "address/street",
        "flat",
        "flat/inner",
        "list/0",
        "list/0/x",
        "list/3/0",
        "whole",
        "whole/part",
        "whole/part/0",
    ]
    assert verify(issued.token).payload == {
        "address": {"country": "CN", "street": "街"},
        "list": [{"x": 1}, "open", [2]],
        "whole": {"part": ["deep"], "rest": True},
        "flat": {"inner": 3},
    }
    parsed = sdjwt.parse(issued.token)
    assert {found.path: found.encoded for found in parsed.disclosures} == issued.disclosures
    only = verify(sdjwt.present(parsed, ["whole/part/0"]))
    assert only.payload == {
        "address": {"country": "CN"},
        "list": ["open", []],
        "whole": {"part": ["deep"], "rest": True},
    }
    assert sorted(only.disclosed) == ["whole", "whole/part", "whole/part/0"]
    parent = verify(sdjwt.present(parsed, ["flat"]))
    assert parent.payload["flat"] == {}


def test_names_with_slashes_and_tildes_have_unambiguous_paths():
    issued = issue({"a": {"b": Disclosable(1)}}, {"a/b": 2, "~": 3})
    assert sorted(issued.disclosures) == ["a/b", "a~1b", "~0"]
    assert verify(sdjwt.present(sdjwt.parse(issued.token), ["a~1b", "~0"])).payload == {"a": {}, "a/b": 2, "~": 3}


def test_a_presentation_keeps_the_issuers_order_and_signature():
    issued = issue({}, {"a": 1, "b": 2, "c": 3})
    parsed = sdjwt.parse(issued.token)
    assert sdjwt.present(parsed, ["c", "a", "c"]).split("~")[1:] == [
        issued.disclosures["a"],
        issued.disclosures["c"],
        "",
    ]
    assert sdjwt.present(parsed, ["a", "b", "c"]) == issued.token
    assert sdjwt.sd_hash(issued.token) == verify(issued.token).sd_hash


def test_a_name_that_nothing_discloses_is_refused():
    with pytest.raises(SdJwtError, match="NAME_UNKNOWN"):
        sdjwt.present(sdjwt.parse(issue({"iss": "x"}, {"a": 1}).token), ["iss"])


def test_reading_does_not_verify_but_checks_the_form():
    unsigned = raw_sd_jwt(Pair(), {"a": 1}, tail="kb")
    parsed = sdjwt.parse(unsigned)
    assert (parsed.claims, parsed.key_binding, parsed.header["alg"]) == ({"a": 1}, "kb", "ES256")
    assert sdjwt.sd_hash(unsigned) == sdjwt.sd_hash(unsigned.removesuffix("kb"))
    with pytest.raises(SdJwtError, match="DISCLOSURE_UNREFERENCED"):
        sdjwt.parse(raw_sd_jwt(PAIR, {}, disclosure("s", "a", 1)))
    with pytest.raises(SdJwtError, match="HEADER_JSON_INVALID"):
        sdjwt.parse(raw_sd_jwt(PAIR, {}, header="{"))


def deep(levels):
    value: object = Disclosable(1)
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize(
    ("always", "disclosable", "code"),
    [
        ({"a": 1}, {"a": 2}, "CLAIM_EXISTS"),
        ({"_sd": []}, {}, "RESERVED_NAME"),
        ({"a": {"...": 1}}, {}, "RESERVED_NAME"),
        ({}, {"_sd_alg": "sha-256"}, "RESERVED_NAME"),
        ({}, {"a": {"_sd": Disclosable(1)}}, "RESERVED_NAME"),
        ({1: 2}, {}, "CLAIM_NAME"),
        ({}, {"a": {None: 1}}, "CLAIM_NAME"),
        (deep(17), {}, "TOO_DEEP"),
        ({}, {"a": deep(16)}, "TOO_DEEP"),
        ({}, {str(n): n for n in range(257)}, "TOO_MANY_DISCLOSURES"),
        ({"a": "x" * 140_000}, {}, "TOKEN_TOO_LARGE"),
        ({"a": {1, 2}}, {}, "JSON_UNSERIALISABLE"),
        ({"a": b"bytes"}, {}, "JSON_UNSERIALISABLE"),
        ({}, {"a": b"bytes"}, "JSON_UNSERIALISABLE"),
        ({"a": "\ud800"}, {}, "JSON_UNSERIALISABLE"),
        ({}, {"a": "\ud800"}, "JSON_UNSERIALISABLE"),
        ({}, {"a": float("nan")}, "JSON_UNSERIALISABLE"),
    ],
)
def test_what_would_not_verify_is_not_issued(always, disclosable, code):
    with pytest.raises(SdJwtError) as caught:
        issue(always, disclosable)
    assert caught.value.code == code


def test_the_deepest_that_is_issued_verifies():
    assert verify(issue(deep(15)).token).disclosed
