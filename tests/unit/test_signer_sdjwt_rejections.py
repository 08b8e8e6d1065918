"""What RFC 9901 says must be rejected, each case by name and with its own code."""

import pytest

from signer import sdjwt
from signer.errors import SdJwtError
from tests.fakes.signing import Pair, b64, digest, disclosure, raw_jws, raw_sd_jwt

PAIR = Pair()
NAME = disclosure("salt-1", "name", "甲")
CITY = disclosure("salt-2", "city", "城")
ELEMENT = disclosure("salt-3", "CN")
HEADER = {"alg": "ES256", "typ": "example+sd-jwt"}


def of(payload, *disclosures, **options):
    return raw_sd_jwt(PAIR, payload, *disclosures, **options)


def member(*contents):
    """A token whose only disclosure has any content and is referenced as an object's member."""
    encoded = disclosure(*contents)
    return of({"_sd": [digest(encoded)]}, encoded)


def altered_value():
    token = of({"_sd": [digest(NAME)]}, NAME)
    return token.replace(NAME, disclosure("salt-1", "name", "乙"))


def altered_payload():
    header, _, signature = raw_jws(PAIR, HEADER, {"a": 1}).split(".")
    return ".".join([header, b64(b'{"a":2}'), signature]) + "~"


def nested(levels):
    value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def nested_disclosures(levels):
    """Disclosures within disclosures, each three levels of JSON deep: no part is deep alone."""
    encoded = [disclosure("s", "leaf", 1)]
    for level in range(levels):
        encoded.append(disclosure("s", "a", {"b": {"_sd": [digest(encoded[-1])]}, "level": level}))
    return of({"_sd": [digest(encoded[-1])]}, *encoded)


CASES = {
    # The token's shape
    "empty": ("", "TILDE_MISSING"),
    "bare JWT": (raw_jws(PAIR, HEADER, {}), "TILDE_MISSING"),
    "only tildes": ("~~", "DISCLOSURE_EMPTY"),
    "two tildes": (of({}, ""), "DISCLOSURE_EMPTY"),
    # What follows the last tilde reads as a Key Binding JWT, which nobody asked for.
    "last tilde missing": (of({"_sd": [digest(NAME)]}, NAME)[:-1], "KEY_BINDING_UNEXPECTED"),
    "two-part JWT": ("a.b~", "JWS_PARTS"),
    "four-part JWT": (raw_jws(PAIR, HEADER, {}) + ".a~", "JWS_PARTS"),
    "not ASCII": ("é.a.b~", "TOKEN_NOT_ASCII"),
    "token too large": (of({}, "a" * 140_000), "TOKEN_TOO_LARGE"),
    "257 disclosures": (of({}, *[disclosure(str(n), "a", n) for n in range(257)]), "TOO_MANY_DISCLOSURES"),
    # Header and signature
    "alg none": (b64(b'{"alg":"none"}') + ".e30.~", "HEADER_ALG"),
    "alg none, signed": (of({}, header={"alg": "none"}), "HEADER_ALG"),
    "MAC": (of({}, header={"alg": "HS256"}), "HEADER_ALG"),
    "other suite": (of({}, header={"alg": "EdDSA"}), "HEADER_ALG"),
    "crit": (of({}, header={**HEADER, "crit": ["x"]}), "HEADER_REFUSED"),
    "own key": (of({}, header={**HEADER, "jwk": {}}), "HEADER_REFUSED"),
    "wrong typ": (of({}, header={"alg": "ES256", "typ": "JWT"}), "HEADER_TYP"),
    "no typ": (of({}, header={"alg": "ES256"}), "HEADER_TYP"),
    "header not JSON": (of({}, header="{"), "HEADER_JSON_INVALID"),
    "header repeats alg": (of({}, header='{"alg":"ES256","alg":"ES256"}'), "HEADER_JSON_DUPLICATE_MEMBER"),
    "header too large": (of({}, header={**HEADER, "x": "x" * 20_000}), "HEADER_TOO_LARGE"),
    "signature not base64url": (raw_jws(PAIR, HEADER, {}) + "=~", "SIGNATURE_BASE64URL_INVALID"),
    "signature missing": (f"{raw_jws(PAIR, HEADER, {}).rpartition('.')[0]}.~", "SIGNATURE_INVALID"),
    "signed by another": (raw_sd_jwt(Pair(), {}), "SIGNATURE_INVALID"),
    "payload altered": (altered_payload(), "SIGNATURE_INVALID"),
    # The payload's form
    "payload not JSON": (of("{"), "PAYLOAD_JSON_INVALID"),
    "payload an array": (of([]), "PAYLOAD_JSON_NOT_OBJECT"),
    "payload repeats a member": (of('{"a":1,"a":2}'), "PAYLOAD_JSON_DUPLICATE_MEMBER"),
    "payload has NaN": (of('{"a":NaN}'), "PAYLOAD_JSON_INVALID"),
    "payload has a huge integer": (of({"a": 2**53 + 1}), "PAYLOAD_JSON_NUMBER_RANGE"),
    "payload has a lone surrogate": (of('{"a":"\\ud800"}'), "PAYLOAD_JSON_SURROGATE"),
    "payload not UTF-8": (raw_jws(PAIR, HEADER, {}).replace(b64("{}"), "_w") + "~", "SIGNATURE_INVALID"),
    "payload objects too deep": (of(nested(17)), "TOO_DEEP"),
    "payload arrays too deep": (of('{"a":' + "[" * 17 + "]" * 17 + "}"), "TOO_DEEP"),
    "payload absurdly deep": (of("[" * 40_000 + "]" * 40_000), "PAYLOAD_JSON_TOO_DEEP"),
    "disclosures too deep": (nested_disclosures(9), "TOO_DEEP"),
    # _sd_alg
    "unknown _sd_alg": (of({"_sd_alg": "md5"}), "SD_ALG_UNKNOWN"),
    "truncated _sd_alg": (of({"_sd_alg": "sha-256-32"}), "SD_ALG_UNKNOWN"),
    "_sd_alg in capitals": (of({"_sd_alg": "SHA-256"}), "SD_ALG_UNKNOWN"),
    "_sd_alg null": (of({"_sd_alg": None}), "SD_ALG_UNKNOWN"),
    "_sd_alg a list": (of({"_sd_alg": ["sha-256"]}), "SD_ALG_UNKNOWN"),
    "_sd_alg nested": (of({"a": {"_sd_alg": "sha-256"}}), "SD_ALG_NESTED"),
    "_sd_alg nested in an array": (of({"a": [{"_sd_alg": "sha-256"}]}), "SD_ALG_NESTED"),
    "_sd_alg in a disclosed value": (member("s", "a", {"_sd_alg": "sha-256"}), "SD_ALG_NESTED"),
    # Digests
    "_sd a string": (of({"_sd": digest(NAME)}, NAME), "SD_NOT_ARRAY"),
    "_sd an object": (of({"_sd": {}}), "SD_NOT_ARRAY"),
    "_sd null": (of({"_sd": None}), "SD_NOT_ARRAY"),
    "_sd holds a number": (of({"_sd": [1]}), "SD_NOT_STRING"),
    "_sd holds a list": (of({"_sd": [[digest(NAME)]]}, NAME), "SD_NOT_STRING"),
    "_sd holds an object": (of({"_sd": [{}]}), "SD_NOT_STRING"),
    "digest twice in one _sd": (of({"_sd": [digest(NAME)] * 2}, NAME), "DIGEST_DUPLICATE"),
    "decoy twice": (of({"_sd": ["A" * 43, "A" * 43]}), "DIGEST_DUPLICATE"),
    "digest at two levels": (of({"_sd": [digest(NAME)], "a": {"_sd": [digest(NAME)]}}, NAME), "DIGEST_DUPLICATE"),
    "digest twice in an array": (of({"a": [{"...": digest(ELEMENT)}] * 2}, ELEMENT), "DIGEST_DUPLICATE"),
    "digest in _sd and array": (
        of({"_sd": [digest(NAME)], "a": [{"...": digest(NAME)}]}, NAME),
        "DISCLOSURE_WRONG_KIND",
    ),
    "undisclosed digest in _sd and array": (
        of({"_sd": [digest(NAME)], "a": [{"...": digest(NAME)}]}),
        "DIGEST_DUPLICATE",
    ),
    "digest again inside a disclosure": (
        of({"_sd": [digest(NAME), digest(outer := disclosure("s", "o", {"_sd": [digest(NAME)]}))]}, NAME, outer),
        "DIGEST_DUPLICATE",
    ),
    "... outside an array": (of({"...": digest(NAME)}, NAME), "ELLIPSIS_MISPLACED"),
    "... nested in an object": (of({"a": {"...": digest(NAME)}}, NAME), "ELLIPSIS_MISPLACED"),
    "... with other members": (of({"a": [{"...": digest(ELEMENT), "b": 1}]}, ELEMENT), "ELLIPSIS_MEMBERS"),
    "... with _sd": (of({"a": [{"...": digest(ELEMENT), "_sd": []}]}, ELEMENT), "ELLIPSIS_MEMBERS"),
    "... a number": (of({"a": [{"...": 1}]}), "ELLIPSIS_NOT_STRING"),
    "... a list": (of({"a": [{"...": [digest(ELEMENT)]}]}, ELEMENT), "ELLIPSIS_NOT_STRING"),
    # Disclosures
    "unreferenced": (of({}, NAME), "DISCLOSURE_UNREFERENCED"),
    "one of two unreferenced": (of({"_sd": [digest(NAME)]}, NAME, CITY), "DISCLOSURE_UNREFERENCED"),
    "altered": (altered_value(), "DISCLOSURE_UNREFERENCED"),
    "referenced by an undisclosed one": (
        of({"_sd": [digest(disclosure("s", "outer", {"_sd": [digest(NAME)]}))]}, NAME),
        "DISCLOSURE_UNREFERENCED",
    ),
    "digest quoted as a value": (of({"a": digest(NAME)}, NAME), "DISCLOSURE_UNREFERENCED"),
    "given twice": (of({"_sd": [digest(NAME)]}, NAME, NAME), "DISCLOSURE_DUPLICATE"),
    "under another hash": (of({"_sd": [digest(NAME)], "_sd_alg": "sha-512"}, NAME), "DISCLOSURE_UNREFERENCED"),
    "padded": (of({"_sd": [digest(NAME + "=")]}, NAME + "="), "DISCLOSURE_BASE64URL_INVALID"),
    "not base64url": (of({"_sd": [digest("+/+/")]}, "+/+/"), "DISCLOSURE_BASE64URL_INVALID"),
    "not JSON": (member("["), "DISCLOSURE_JSON_INVALID"),
    "JSON and more": (member('["s","a",1] '[:-1] + "x"), "DISCLOSURE_JSON_INVALID"),
    "repeats a member": (member('["s","a",{"b":1,"b":2}]'), "DISCLOSURE_JSON_DUPLICATE_MEMBER"),
    "has a lone surrogate": (member('["s","a","\\udc00"]'), "DISCLOSURE_JSON_SURROGATE"),
    "an object": (member('{"a":1}'), "DISCLOSURE_NOT_ARRAY"),
    "a string": (member('"abc"'), "DISCLOSURE_NOT_ARRAY"),
    "of no element": (member("[]"), "DISCLOSURE_LENGTH"),
    "of one element": (member('["s"]'), "DISCLOSURE_LENGTH"),
    "of four elements": (member("s", "a", 1, 2), "DISCLOSURE_LENGTH"),
    "two elements for a member": (member("s", "v"), "DISCLOSURE_WRONG_KIND"),
    "three elements for an array": (of({"a": [{"...": digest(NAME)}]}, NAME), "DISCLOSURE_WRONG_KIND"),
    "salt a number": (member(1, "a", 1), "DISCLOSURE_SALT"),
    "salt null": (member(None, "a", 1), "DISCLOSURE_SALT"),
    "name a number": (member("s", 1, 1), "DISCLOSURE_NAME"),
    "name null": (member("s", None, 1), "DISCLOSURE_NAME"),
    "name a list": (member("s", ["a"], 1), "DISCLOSURE_NAME"),
    "named _sd": (member("s", "_sd", []), "DISCLOSURE_RESERVED_NAME"),
    "named ...": (member("s", "...", "x"), "DISCLOSURE_RESERVED_NAME"),
    "named _sd_alg": (member("s", "_sd_alg", "sha-256"), "DISCLOSURE_RESERVED_NAME"),
    "names an existing claim": (of({"_sd": [digest(NAME)], "name": "乙"}, NAME), "CLAIM_EXISTS"),
    "two name one claim": (
        of({"_sd": [digest(NAME), digest(other := disclosure("s", "name", "乙"))]}, NAME, other),
        "CLAIM_EXISTS",
    ),
    "names an existing claim below": (of({"a": {"_sd": [digest(NAME)], "name": "乙"}}, NAME), "CLAIM_EXISTS"),
    # Times
    "expired": (of({"exp": 1000}), "EXPIRED"),
    "expired, disclosed": (member("s", "exp", 999), "EXPIRED"),
    "not yet valid": (of({"nbf": 1001}), "NOT_YET_VALID"),
    "exp a string": (of({"exp": "2000"}), "EXP_TYPE"),
    "exp null": (of({"exp": None}), "EXP_TYPE"),
    "exp true": (of({"exp": True}), "EXP_TYPE"),
    "nbf a string": (of({"nbf": "0"}), "NBF_TYPE"),
    "iat a list": (of({"iat": [0]}), "IAT_TYPE"),
    # Key binding
    "key binding not asked for": (
        of({}, tail=raw_jws(PAIR, {"alg": "ES256", "typ": "kb+jwt"}, {})),
        "KEY_BINDING_UNEXPECTED",
    ),
}


def code_of(token, **options):
    with pytest.raises(SdJwtError) as caught:
        sdjwt.verify(token, PAIR.public, "ES256", **{"at": 1000, "typ": "example+sd-jwt", **options})
    return caught.value.code


@pytest.mark.parametrize("name", CASES)
def test_rejected(name):
    token, expected = CASES[name]
    assert code_of(token) == expected


def test_a_type_is_wrong_whatever_the_time():
    assert code_of(of({"exp": "2000"}), at=None) == "EXP_TYPE"


def test_what_is_right_at_its_edges_is_accepted():
    for payload, at in (
        ({"exp": 1001, "nbf": 1000, "iat": 5000}, 1000),
        ({"exp": 1, "nbf": 9e9}, None),
        ({"exp": 1000.5}, 1000),
    ):
        sdjwt.verify(of(payload), PAIR.public, "ES256", at=at, typ=None)


@pytest.mark.parametrize("levels", [7, 8])
def test_deep_but_allowed_nesting(levels):
    verified = sdjwt.verify(nested_disclosures(levels - 1), PAIR.public, "ES256", at=None, typ=None)
    assert len(verified.disclosed) == levels


@pytest.mark.parametrize(("name", "length"), [("sha-384", 64), ("sha-512", 86)])
def test_other_strong_hashes_are_read(name, length):
    import hashlib

    hashed = b64(getattr(hashlib, name.replace("-", ""))(NAME.encode()).digest())
    assert len(hashed) == length
    verified = sdjwt.verify(of({"_sd": [hashed], "_sd_alg": name}, NAME), PAIR.public, "ES256", at=None, typ=None)
    assert verified.payload == {"name": "甲"}
    assert len(verified.sd_hash) == length


def test_a_chain_may_stand_in_the_header():
    token = of({}, header={**HEADER, "x5c": ["AAAA"]})
    assert sdjwt.verify(token, PAIR.public, "ES256", at=None, typ=None).header["x5c"] == ["AAAA"]
