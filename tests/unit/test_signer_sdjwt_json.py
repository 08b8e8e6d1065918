"""SD-JWTs in JWS JSON serialization: forms that must not be mixed, and signatures that may be others'."""

import json

import pytest

from signer import sdjwt
from signer.errors import SdJwtError
from tests.fakes.signing import Pair, b64, digest, disclosure, raw_jws

PAIR = Pair()
NAME = disclosure("salt", "name", "甲")
PAYLOAD = {"_sd": [digest(NAME)]}
HEADER = {"alg": "ES256", "typ": "example+sd-jwt"}


def signature(pair=PAIR, header=HEADER, **unprotected):
    protected, _, value = raw_jws(pair, header, PAYLOAD).split(".")
    return {"protected": protected, "signature": value, **({"header": unprotected} if unprotected else {})}


def flattened(**changes):
    document = {"payload": b64(json.dumps(PAYLOAD)), **signature(disclosures=[NAME])}
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def general(*signatures):
    return {"payload": b64(json.dumps(PAYLOAD)), "signatures": list(signatures)}


def verify(document):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return sdjwt.verify_json(data, PAIR.public, "ES256", at=None, typ="example+sd-jwt")


@pytest.mark.parametrize(
    "document",
    [
        flattened(),
        flattened(unknown="ignored, as RFC 7515 asks"),
        flattened(header={"disclosures": [NAME], "kid": "k"}),
        general(signature(disclosures=[NAME])),
        general(signature(Pair(), disclosures=[NAME]), signature()),
        general(signature(Pair("EdDSA"), {"alg": "EdDSA"}, disclosures=[NAME]), signature(kid="k")),
    ],
)
def test_one_signature_by_the_issuer_suffices(document):
    assert verify(document).payload == {"name": "甲"}


def test_without_disclosures_nothing_is_disclosed():
    assert verify(flattened(header=None)).payload == {}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{", "JSON_INVALID"),
        (b'{"payload":"","payload":""}', "JSON_DUPLICATE_MEMBER"),
        (b"[]", "JSON_NOT_OBJECT"),
        (b"[[[[[[[" + b"]]]]]]]", "JSON_TOO_DEEP"),
        (flattened(payload=None), "JSON_FORM"),
        (flattened(payload=1), "JSON_FORM"),
        (flattened(protected=None), "JSON_FORM"),
        (flattened(protected="a.b"), "JSON_FORM"),
        (flattened(signature="a~b"), "JSON_FORM"),
        (flattened(header=[]), "JSON_FORM"),
        (flattened(header={"alg": "none"}), "JSON_FORM"),
        (flattened(header={"disclosures": NAME}), "JSON_FORM"),
        (flattened(header={"disclosures": [1]}), "JSON_FORM"),
        (flattened(header={"disclosures": [f"{NAME}~{NAME}"]}), "JSON_FORM"),
        (flattened(header={"kb_jwt": 1}), "JSON_FORM"),
        (flattened(header={"kb_jwt": ""}), "JSON_FORM"),
        (flattened(header={"kb_jwt": "a~b"}), "JSON_FORM"),
        (flattened(signatures=[]), "JSON_FORM"),
        (flattened(signatures=[signature()]), "JSON_FORM"),
        (general(), "JSON_FORM"),
        (general(*[signature()] * 5), "JSON_FORM"),
        ({**general(), "signatures": {}}, "JSON_FORM"),
        (general("signature"), "JSON_FORM"),
        (general(signature(), signature(disclosures=[NAME])), "JSON_FORM"),
        (general(signature(), signature(kb_jwt="a.b.c")), "JSON_FORM"),
        (general(signature(Pair()), signature(Pair())), "SIGNATURE_INVALID"),
        (flattened(header={"disclosures": [""]}), "DISCLOSURE_EMPTY"),
        (flattened(header={"disclosures": [NAME, NAME]}), "DISCLOSURE_DUPLICATE"),
        (flattened(header={"disclosures": [NAME], "kb_jwt": "a.b.c"}), "KEY_BINDING_UNEXPECTED"),
        (flattened(**signature(header={"alg": "none"})), "HEADER_ALG"),
    ],
)
def test_refused(document, code):
    with pytest.raises(SdJwtError) as caught:
        verify(document)
    assert caught.value.code == code
