"""What a key may sign: every object that the hub makes, and nothing beside."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from signer import base64url, credential, jws
from signer.errors import FormatError
from signer.seal_issuance import create_subordinate_ca
from signer.signing_requests import Judged, Kind, judge, kind_of, kinds_of
from signer.strict_json import canonical
from tests.fakes import asked_signatures as asked
from tests.fakes.asked_signatures import DAY, HUB, NOW, PLACE, SEAL, USCC

KEYS = asked.Catcher()
SAMPLES = asked.samples(KEYS)
OF = {sample.kind: sample for sample in SAMPLES}


NAMES = [f"{sample.kind}-{number}" for number, sample in enumerate(SAMPLES)]


def refusal(kind, key, data, now=NOW, place=PLACE):
    with pytest.raises(FormatError) as refused:
        judge(kind, key, place, now, data)
    return refused.value.code


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_what_the_hub_makes_is_signed(sample):
    judged = judge(sample.kind, sample.key, PLACE, NOW, sample.data)
    assert kind_of(sample.key.key_id, sample.data) is sample.kind
    if sample.kind is Kind.CHECKPOINT:
        assert judged.checkpoint.size == 10
    elif sample.kind is Kind.TRUST_LIST:
        assert judged == Judged(sequence=4)
    else:
        assert judged == Judged()


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_no_object_passes_as_another_kind(kind, sample):
    if kind is not sample.kind:
        for key in {item.key.key_id: item.key for item in SAMPLES}.values():
            assert refusal(kind, key, sample.data)


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_no_object_is_signed_by_another_key(sample):
    for other in SAMPLES:
        if other.key.key_id != sample.key.key_id:
            assert refusal(sample.kind, other.key, sample.data)


@pytest.mark.parametrize(
    "sample", [item for item in SAMPLES if item.kind is not Kind.CHECKPOINT], ids=lambda sample: sample.kind
)
@pytest.mark.parametrize("moved", [-DAY, DAY])
def test_no_object_of_another_time_is_signed(sample, moved):
    assert refusal(sample.kind, sample.key, sample.data, now=NOW + moved) == "OBJECT_TIME"


def test_each_key_has_its_kinds():
    assert kinds_of("receipts") == {
        Kind.RECEIPT,
        Kind.EXPORT,
        Kind.WEBHOOK,
        Kind.CONSENT_RECORD,
        Kind.IMPORT_REPORT,
    }
    assert kinds_of(SEAL) == {Kind.CREDENTIAL, Kind.QR}
    for key_id in (
        "",
        "seal-",
        "second-",
        "seal",
        "seal-1",
        "master",
        "log2",
        "receipts-2",
        "hub-ca2",
        f"tls-{USCC.lower()}",
    ):
        assert kinds_of(key_id) == frozenset()
        with pytest.raises(FormatError, match="KIND_NOT_OF_KEY"):
            kind_of(key_id, b"x")


def retold(sample, header=None, payload=None):
    """A sample token with members of header or payload changed; None removes one."""
    parts = sample.data.split(b".")
    told = []
    for part, changes in zip(parts, (header, payload), strict=True):
        members = json.loads(base64url.decode(part)) | (changes or {})
        told.append(base64url.encode(canonical({n: v for n, v in members.items() if v is not None})))
    return ".".join(told).encode()


STATUS = {"status_list": {"idx": 7, "uri": f"{HUB}/status/x/2026/1"}}


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        (Kind.CREDENTIAL, {"iss": "11990000MB0000000J"}, "OBJECT_AUTHORITY"),
        (Kind.CREDENTIAL, {"iss": USCC.lower()}, "OBJECT_AUTHORITY"),
        (Kind.CREDENTIAL, {"hub": "https://other.example"}, "OBJECT_HUB"),
        (Kind.CREDENTIAL, {"vct": "https://other.example/licenceTypes/x/revisions/1"}, "OBJECT_HUB"),
        (Kind.CREDENTIAL, {"status": {"status_list": {"idx": 1, "uri": "https://other.example/s"}}}, "OBJECT_HUB"),
        (Kind.CREDENTIAL, {"status": STATUS | {"more": 1}}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"status": {"status_list": {"idx": -1, "uri": "x"}}}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"sub": "x"}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"name": "in the open"}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"licence": None}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"licence": "x" * 513}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"_sd_alg": "sha-512"}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"_sd": ["x"]}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"_sd": ["b" * 43, "a" * 43]}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"_sd": ["a" * 43, "a" * 43]}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"_sd": ["a" * 43] * 300}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"nbf": True}, "OBJECT_CLAIMS"),
        (Kind.CREDENTIAL, {"exp": 253_402_300_800}, "OBJECT_CLAIMS"),
        (Kind.RECEIPT, {"iss": "https://other.example"}, "OBJECT_HUB"),
        (Kind.RECEIPT, {"act": "invented"}, "OBJECT_CLAIMS"),
        (Kind.RECEIPT, {"exp": NOW}, "OBJECT_CLAIMS"),
        (Kind.RECEIPT, {"fields": "name"}, "OBJECT_CLAIMS"),
        (Kind.RECEIPT, {"fields": ["x"] * 257}, "OBJECT_CLAIMS"),
        (Kind.RECEIPT, {"commitment": "AAAA"}, "OBJECT_CLAIMS"),
        (Kind.RECEIPT, {"holder": "x"}, "OBJECT_CLAIMS"),
        (Kind.EXPORT, {"count": 4}, "OBJECT_CLAIMS"),
        (Kind.EXPORT, {"sha256": "x"}, "OBJECT_CLAIMS"),
        (Kind.EXPORT, {"format": "xml"}, "OBJECT_CLAIMS"),
        (Kind.EXPORT, {"checkpoint": ""}, "OBJECT_CLAIMS"),
        (Kind.STATUS_LIST, {"sub": "https://other.example/status/x"}, "OBJECT_HUB"),
        (Kind.STATUS_LIST, {"exp": NOW}, "OBJECT_TIME"),
        (Kind.STATUS_LIST, {"exp": NOW + 400 * DAY}, "OBJECT_TIME"),
        (Kind.STATUS_LIST, {"status_list": {"bits": 8, "lst": ""}}, "OBJECT_CLAIMS"),
        (Kind.STATUS_LIST, {"status_list": {"bits": 2, "lst": "AAAA"}}, "OBJECT_CLAIMS"),
        (Kind.STATUS_LIST, {"ttl": -1}, "OBJECT_CLAIMS"),
        (Kind.SECOND, {"iss": "11990000MB0000000J"}, "OBJECT_AUTHORITY"),
        (Kind.WEBHOOK, {"iss": "https://other.example"}, "OBJECT_HUB"),
        (Kind.WEBHOOK, {"iat": 1}, "OBJECT_TIME"),
        (Kind.WEBHOOK, {"sha256": "x"}, "OBJECT_CLAIMS"),
        (Kind.WEBHOOK, {"more": "x"}, "OBJECT_CLAIMS"),
        (Kind.CONSENT_RECORD, {"issuer": "https://other.example"}, "OBJECT_HUB"),
        (Kind.CONSENT_RECORD, {"issued_time": "yesterday"}, "OBJECT_CLAIMS"),
        (Kind.CONSENT_RECORD, {"notice": {"digest": "x"}}, "OBJECT_CLAIMS"),
        (Kind.CONSENT_RECORD, {"consent_events": [{}]}, "OBJECT_CLAIMS"),
        (Kind.CONSENT_RECORD, {"consent_events": {}}, "OBJECT_CLAIMS"),
        (Kind.CONSENT_RECORD, {"name": "x"}, "OBJECT_CLAIMS"),
        (Kind.CONSENT_RECORD, {"processing": "x"}, "OBJECT_CLAIMS"),
        (Kind.IMPORT_REPORT, {"iss": "https://other.example"}, "OBJECT_HUB"),
        (Kind.IMPORT_REPORT, {"totals": {"issued": -1}}, "OBJECT_CLAIMS"),
        (Kind.IMPORT_REPORT, {"totals": []}, "OBJECT_CLAIMS"),
        (Kind.IMPORT_REPORT, {"rows": 1}, "OBJECT_CLAIMS"),
        (Kind.TRUST_LIST, {"iss": "https://other.example"}, "OBJECT_HUB"),
        (Kind.TRUST_LIST, {"roots": {}}, "OBJECT_CLAIMS"),
        (Kind.TRUST_LIST, {"roots": ["x"]}, "OBJECT_CLAIMS"),
        (Kind.TRUST_LIST, {"seq": "4"}, "OBJECT_CLAIMS"),
        (Kind.TRUST_LIST, {"more": []}, "OBJECT_CLAIMS"),
    ],
)
def test_a_token_that_says_something_else_is_refused(kind, payload, code):
    sample = OF[kind]
    assert refusal(kind, sample.key, retold(sample, payload=payload)) == code


@pytest.mark.parametrize(
    "kind",
    [
        Kind.CREDENTIAL,
        Kind.RECEIPT,
        Kind.EXPORT,
        Kind.STATUS_LIST,
        Kind.SECOND,
        Kind.TRUST_LIST,
        Kind.WEBHOOK,
        Kind.CONSENT_RECORD,
        Kind.IMPORT_REPORT,
    ],
)
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "none"}, "OBJECT_KEY"),
        ({"alg": "EdDSA"}, "OBJECT_KEY"),
        ({"kid": "other"}, "OBJECT_KEY"),
        ({"typ": "JWT"}, "OBJECT_HEADER"),
        ({"typ": None}, "OBJECT_HEADER"),
        ({"crit": ["b64"]}, "OBJECT_HEADER"),
        ({"jwk": {}}, "OBJECT_HEADER"),
    ],
)
def test_a_header_that_says_something_else_is_refused(kind, header, code):
    sample = OF[kind]
    assert refusal(kind, sample.key, retold(sample, header=header)) == code


def test_one_spelling_is_signed():
    sample = OF[Kind.RECEIPT]
    header, payload = sample.data.split(b".")
    claims = json.loads(base64url.decode(payload))
    spaced = base64url.encode(json.dumps(claims, sort_keys=True).encode()).encode()
    assert refusal(Kind.RECEIPT, sample.key, header + b"." + spaced) == "OBJECT_NOT_CANONICAL"
    unsorted = json.dumps(
        dict(sorted(json.loads(base64url.decode(header)).items(), reverse=True)), separators=(",", ":")
    )
    told = base64url.encode(unsorted.encode()).encode() + b"." + payload
    assert refusal(Kind.RECEIPT, sample.key, told) == "OBJECT_NOT_CANONICAL"
    for data in (header, header + b"." + payload + b".", header + b"." + payload + b"=", b"", b"."):
        assert refusal(Kind.RECEIPT, sample.key, data)
    assert refusal(Kind.RECEIPT, sample.key, b"x" * (16 * 1024 * 1024 + 1)) == "OBJECT_TOO_LARGE"
    assert refusal(Kind.RECEIPT, sample.key, b"x" * (64 * 1024)) == "OBJECT_TOO_LARGE"


def test_a_credential_carries_the_chain_of_its_own_seal():
    sample = OF[Kind.CREDENTIAL]
    other = asked.Catcher()
    _, of_another_key = asked.seal_certificate(other)
    _, of_another_authority = asked.seal_certificate(KEYS, authority="11990000MB0000000J")
    for chain in ([of_another_key], [of_another_authority]):
        header = credential.encode_header(sample.key.kid, sample.key.alg, chain).encode()
        data = header + b"." + sample.data.partition(b".")[2]
        assert refusal(Kind.CREDENTIAL, sample.key, data) == "OBJECT_CHAIN"
    for x5c in ([], "x", ["x"], ["AAAA"], [1], ["A" * 20_000], ["AAAA"] * 5):
        assert refusal(Kind.CREDENTIAL, sample.key, retold(sample, header={"x5c": x5c})) in {
            "OBJECT_CHAIN",
            "HEADER_TOO_LARGE",
        }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"origin": "other.example/log"}, "CHECKPOINT_ORIGIN"),
        ({"extensions": ("more",)}, "OBJECT_NOT_CANONICAL"),
    ],
)
def test_a_checkpoint_of_another_log_or_form_is_refused(changes, code):
    sample = OF[Kind.CHECKPOINT]
    assert refusal(Kind.CHECKPOINT, sample.key, asked.checkpoint_text(**changes)) == code


@pytest.mark.parametrize("text", [b"", b"\xff", b"a\nb\nc\n", b"hub.qinghe.example/log\n010\n" + b"A" * 43 + b"=\n"])
def test_what_is_no_checkpoint_is_refused(text):
    assert refusal(Kind.CHECKPOINT, OF[Kind.CHECKPOINT].key, text) == "CHECKPOINT_INVALID"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({1: "11990000MB0000000J"}, "OBJECT_AUTHORITY"),
        ({-1: "https://other.example"}, "OBJECT_HUB"),
        ({-2: "https://other.example/x"}, "OBJECT_HUB"),
        ({-3: ["https://other.example/x", 1]}, "OBJECT_HUB"),
        ({-3: ["x"]}, "OBJECT_CLAIMS"),
        ({-3: [f"{HUB}/status/x", -1]}, "OBJECT_CLAIMS"),
        ({-4: []}, "OBJECT_CLAIMS"),
        ({-4: {str(n): 1 for n in range(201)}}, "OBJECT_CLAIMS"),
        ({-4: {"": 1}}, "OBJECT_CLAIMS"),
        ({-4: {"x": [b"bytes"]}}, "OBJECT_CLAIMS"),
        ({-5: 1}, "OBJECT_CLAIMS"),
        ({2: None}, "OBJECT_CLAIMS"),
        ({6: NOW - DAY}, "OBJECT_TIME"),
        ({6: "now"}, "OBJECT_CLAIMS"),
        ({-4: {"x": 1.5}}, "CBOR_INVALID"),
        ({-4: {"x": 2**60}}, "CBOR_INVALID"),
        ({-4: {"x": [[[[1]]]]}}, "CBOR_INVALID"),
    ],
)
def test_a_qr_code_that_says_something_else_is_refused(changes, code):
    payload = {name: value for name, value in (asked.qr_payload() | changes).items() if value is not None}
    assert refusal(Kind.QR, OF[Kind.QR].key, asked.qr_input(KEYS, payload)) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"context": "Signature"}, "QR_SHAPE"),
        ({"aad": b""}, "QR_SHAPE"),
        ({"header": {1: -8, 4: bytes(16)}}, "OBJECT_KEY"),
        ({"header": {1: -7}}, "QR_HEADER"),
        ({"header": {1: -7, 4: bytes(15)}}, "QR_HEADER"),
        ({"header": {1: -7, 2: [1], 4: bytes(16)}}, "QR_HEADER"),
    ],
)
def test_a_qr_code_of_another_form_is_refused(changes, code):
    assert refusal(Kind.QR, OF[Kind.QR].key, asked.qr_input(KEYS, **changes)) == code


@pytest.mark.parametrize(
    "data",
    [
        "",
        "9f6161ff",  # indefinite
        "c000",  # a tag
        "f97e00",  # a float
        "f6",  # null
        "1817",  # a longer head than needed
        "190017",
        "1b0000000000000017",
        "a2016161016162",  # a key twice
        "a2026161016162",  # keys out of order
        "a1f4f5",  # a key of another type
        "61ff",  # not UTF-8
        "62",  # cut
        "9bffffffffffffffff",
        "1c",
        "8401020304ff",
        "a1810101",
    ],
)
def test_bytes_with_another_encoding_are_no_qr_code(data):
    assert refusal(Kind.QR, OF[Kind.QR].key, bytes.fromhex(data)) in {"CBOR_INVALID", "QR_SHAPE"}


def test_a_ca_certifies_what_it_is_for():
    now = datetime.fromtimestamp(NOW, UTC)
    key = KEYS.asked("hub-ca")
    root, _ = asked.seal_certificate(KEYS)

    def caught():
        return KEYS.caught[-1]

    # A further CA below it.
    create_subordinate_ca(
        KEYS,
        "receipts",
        issuer_key_id="hub-ca",
        issuer_certificate=root,
        name="sub",
        not_before=now,
        not_after=now + timedelta(days=30),
    )
    assert refusal(Kind.CERTIFICATE, key, caught()) == "CERTIFICATE_CA"
    # A server under the CA of seals, a seal under the CA of TLS.
    server = next(sample for sample in SAMPLES[10:] if len(sample.data) and sample.key.key_id == "tls-ca")
    assert refusal(Kind.CERTIFICATE, key, server.data) == "CERTIFICATE_ISSUER"
    asked.seal_certificate(KEYS, not_after=now + timedelta(days=4000))
    assert refusal(Kind.CERTIFICATE, key, caught()) == "OBJECT_TIME"
    asked.seal_certificate(KEYS, not_before=now - timedelta(days=1))
    assert refusal(Kind.CERTIFICATE, key, caught()) == "OBJECT_TIME"


def described(key_id, change):
    """The TBSCertificate of a seal, with something changed before it is signed."""

    class Changing(asked.Catcher):
        def sign_certificate(self, issuer, builder):
            return super().sign_certificate(issuer, change(builder) if issuer == key_id and self.caught else builder)

    keys = Changing()
    keys.keys = dict(KEYS.keys)
    asked.seal_certificate(keys)
    return keys.caught[-1]


@pytest.mark.parametrize(
    ("extension", "code"),
    [
        (x509.IssuerAlternativeName([x509.DNSName("x")]), "CERTIFICATE_EXTENSIONS"),
        (x509.NameConstraints([x509.DNSName("x")], None), "CERTIFICATE_EXTENSIONS"),
    ],
)
def test_an_extension_that_no_certificate_here_has_is_refused(extension, code):
    data = described("hub-ca", lambda builder: builder.add_extension(extension, critical=False))
    assert refusal(Kind.CERTIFICATE, KEYS.asked("hub-ca"), data) == code


@pytest.mark.parametrize("data", [b"", b"x", b"\x30\x00", b"\x30\x82\xff\xff", b"x" * 9000])
def test_what_is_no_certificate_is_refused(data):
    assert refusal(Kind.CERTIFICATE, KEYS.asked("hub-ca"), data) in {"CERTIFICATE_INVALID", "OBJECT_TOO_LARGE"}


def test_something_after_the_certificate_is_refused():
    sample = next(sample for sample in SAMPLES if sample.kind is Kind.CERTIFICATE)
    assert refusal(Kind.CERTIFICATE, sample.key, sample.data + b"\x00") == "CERTIFICATE_INVALID"


def test_a_token_header_is_the_hubs_own():
    assert jws.decode_header(OF[Kind.RECEIPT].data.partition(b".")[0])["typ"] == "onceonly-receipt+jwt"
