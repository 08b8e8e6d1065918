"""Objects as a hub brings them to its signer: made by the hub's own code, their signing input caught."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from signer import base64url, credential, jws, webhook
from signer import receipt as receipts
from signer.checkpoint import Checkpoint, format_checkpoint
from signer.keys.lent_key import sign_certificate
from signer.keys.material import SignatureKey
from signer.receipt import Act, Receipt
from signer.seal_issuance import create_ca, issue_seal
from signer.signing_kinds import AskedKey, Kind, Place
from signer.strict_json import canonical
from signer.tls import create_tls_ca, issue_client, issue_server

HUB = "https://hub.qinghe.example"
PLACE = Place(HUB, "hub.qinghe.example/log")
USCC = "11990100MB0000001T"
NOW = 1_767_225_600
SEAL = f"seal-{USCC.lower()}"
SECOND = f"second-{USCC.lower()}"
DAY = 86_400


class Catcher:
    """Signs with keys of its own and keeps what it was asked to sign. It has what the makers of certificates need."""

    def __init__(self):
        self.keys = {}
        self.caught = []

    def key(self, key_id, suite="ES256"):
        return self.keys.setdefault(key_id, SignatureKey.generate(key_id, 1, suite))

    def signer(self, key_id):
        signer = self.key(key_id).signer

        def sign(data):
            self.caught.append(data)
            return signer.sign(data)

        return replace(signer, sign=sign)

    def suite(self, key_id):
        return self.key(key_id).signer.alg

    def public_key(self, key_id):
        return self.key(key_id).signer.public

    def sign_certificate(self, key_id, builder):
        return sign_certificate(self.signer(key_id), builder)

    def asked(self, key_id):
        signer = self.key(key_id).signer
        return AskedKey(key_id, signer.kid, signer.alg, signer.public)


def licence(**changes):
    facts = credential.Licence(
        issuer=USCC,
        licence_type=f"{HUB}/licenceTypes/11990100MB0000001T001/revisions/1",
        identifier="1.2.156.3005.2.11100000000013338W.11990100MB0000001T.000000001.001.X",
        hub=HUB,
        issue_time=NOW,
        start_time=NOW - DAY,
        expire_time=NOW + DAY,
        status_uri=f"{HUB}/status/11990100MB0000001T001/2026/1",
        status_index=7,
    )
    return replace(facts, **changes)


def receipt(**changes):
    facts = Receipt(
        identifier="0" * 32,
        hub=HUB,
        audience=USCC,
        system="desk",
        act=Act.RELEASED,
        issue_time=NOW,
        expire_time=NOW + DAY,
        purpose="p",
        fields=("name",),
        commitment=bytes(33),
        reasons=("X",),
        licence_version=1,
    )
    return replace(facts, **changes)


@dataclass(frozen=True)
class Sample:
    kind: Kind
    key: AskedKey
    data: bytes


def seal_certificate(keys, **changes):
    now = datetime.fromtimestamp(NOW, UTC)
    root = create_ca(keys, "hub-ca", name="root", not_before=now, not_after=now + timedelta(days=3650))
    facts = {
        "authority": USCC,
        "name": "An authority",
        "public_key": keys.public_key(SEAL),
        "not_before": now,
        "not_after": now + timedelta(days=1095),
    }
    return root, issue_seal(keys, "hub-ca", root, **(facts | changes))


def token(keys, key_id, typ, claims, **header):
    signer = keys.signer(key_id)
    members = {"alg": signer.alg, "kid": signer.kid, "typ": typ, **header}
    return f"{jws.encode_header(members)}.{base64url.encode(canonical(claims))}".encode()


def export_claims(**changes):
    facts = {
        "checkpoint": "a note\n",
        "count": 3,
        "end": 5,
        "first": 2,
        "format": "jsonl",
        "sha256": "0" * 64,
        "time": NOW,
    }
    return facts | changes


def status_list_claims(**changes):
    import zlib

    places = {"bits": 2, "lst": base64url.encode(zlib.compress(bytes(2**18), 6))}
    facts = {"exp": NOW + DAY, "iat": NOW, "status_list": places, "sub": f"{HUB}/status/x/2026/1", "ttl": 900}
    return facts | changes


def trust_list_claims(**changes):
    facts = {"exp": NOW + DAY, "iat": NOW, "iss": HUB, "seq": 4, "trust_keys": [], "roots": [], "authorities": []}
    return facts | changes


def consent_record_claims() -> dict[str, Any]:
    """A consent's record as a hub makes it."""
    made = datetime.fromtimestamp(NOW, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = {"pii_type": "11980000MB00000276001", "pii_attributes": ["name"], "legal_reference": ""}
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": "consents/1",
        "issuer": PLACE.hub,
        "issued_time": made,
        "pii_principal_id": "ab" * 16,
        "pii_controllers": ["11990000MB0000000J"],
        "notice": {"digest": "ab" * 32, "digest_alg": "sha-256", "language": ""},
        "purposes": ["11990100MB0000019L3990101000000"],
        "lawful_basis": "consent",
        "pii_information": [line],
        "recipients": ["11990000MB0000000J"],
        "processing": {"case": "cases/1", "max_uses": 3, "validity": {"from": made, "until": made}},
        "consent_events": [{"event_type": "explicit", "event_time": made, "event_state": "given"}],
        "state": "given",
    }


def import_report_claims() -> dict[str, Any]:
    """An import's report as a hub makes it."""
    return {
        "iss": PLACE.hub,
        "iat": NOW,
        "department": "11990000MB0000000J",
        "import_id": "0b9c6a5e-3f5d-4c55-9a59-1d7c3a1e2f01",
        "licence_type": "11980000MB00000276001",
        "provenance": "back_filled_register",
        "operator": "11990000MB0000000J/issuer",
        "open_time": NOW - 60,
        "first_row": 1,
        "last_row": 3,
        "totals": {"issued": 2, "invalid": 1, "invalid/bytes": 1},
        "digest": "ab" * 32,
    }


def checkpoint_text(**changes):
    facts = Checkpoint(PLACE.log_origin, 10, bytes(32))
    return format_checkpoint(replace(facts, **changes)).encode()


def qr_payload():
    """Keys as the QR code has them."""
    return {
        1: USCC,
        2: "an identifier",
        4: NOW + DAY,
        5: NOW,
        6: NOW,
        -1: HUB,
        -2: f"{HUB}/licenceTypes/x/revisions/1",
        -3: [f"{HUB}/status/x/2026/1", 7],
        -4: {"name": "value", "count": 3, "yes": True, "parts": ["a", "b"]},
    }


def cbor(value):
    import cbor2

    return cbor2.dumps(value, canonical=True)


def bytewise(members):
    """A map as RFC 8949 section 4.2.1 orders it: by the bytes of its keys."""
    return {name: members[name] for name in sorted(members, key=cbor)}


def qr_input(keys, payload=None, header=None, context="Signature1", aad=b"OC1:"):
    import cbor2

    number = {"ES256": -7, "EdDSA": -8}[keys.suite(SEAL)]
    payload = qr_payload() if payload is None else payload
    if -4 in payload and isinstance(payload[-4], dict):
        payload = {**payload, -4: bytewise(payload[-4])}
    protected = cbor2.dumps({1: number, 4: bytes(16)} if header is None else header)
    return cbor2.dumps([context, protected, aad, cbor2.dumps(bytewise(payload))])


def samples(keys=None):
    """One object of every kind, as the hub makes it."""
    keys = keys or Catcher()
    keys.key("log", "EdDSA")
    _, seal = seal_certificate(keys)
    self_signed, sealed = keys.caught[-2:]
    signer = keys.signer(SEAL)
    credential.build(
        licence(), {"name": "v"}, {"holder": "h"}, credential.encode_header(signer.kid, signer.alg, [seal]), signer.sign
    )
    issuer_input = keys.caught[-1]
    receipt_signer = keys.signer("receipts")
    receipts.sign(receipt(), receipts.encode_header(receipt_signer.kid, receipt_signer.alg), receipt_signer.sign)
    receipt_input = keys.caught[-1]
    delivery = webhook.Delivery("w-1-0", HUB, USCC, NOW)
    webhook.sign(delivery, b"{}", receipt_signer.kid, receipt_signer.alg, receipt_signer.sign)
    webhook_input = keys.caught[-1]
    second = keys.signer(SECOND)
    header = jws.encode_header({"alg": second.alg, "kid": second.kid, "typ": "onceonly-second+jwt"}).encode()
    now = datetime.fromtimestamp(NOW, UTC)
    life = {"not_before": now, "not_after": now + timedelta(days=397)}
    tls_root = create_tls_ca(keys, "tls-ca", name="TLS", not_before=now, not_after=now + timedelta(days=3650))
    tls_self = keys.caught[-1]
    issue_server(keys, "tls-ca", tls_root, names=["localhost", "127.0.0.1"], **life)
    server = keys.caught[-1]
    issue_client(keys, "tls-ca", tls_root, department=USCC, system="desk", **life)
    client = keys.caught[-1]
    return [
        Sample(Kind.CREDENTIAL, keys.asked(SEAL), issuer_input),
        Sample(Kind.RECEIPT, keys.asked("receipts"), receipt_input),
        Sample(Kind.EXPORT, keys.asked("receipts"), token(keys, "receipts", "onceonly-export+jwt", export_claims())),
        Sample(
            Kind.STATUS_LIST,
            keys.asked("status-lists"),
            token(keys, "status-lists", "statuslist+jwt", status_list_claims()),
        ),
        Sample(Kind.CHECKPOINT, keys.asked("log"), checkpoint_text()),
        Sample(Kind.QR, keys.asked(SEAL), qr_input(keys)),
        Sample(Kind.SECOND, keys.asked(SECOND), header + b"." + issuer_input.partition(b".")[2]),
        Sample(
            Kind.TRUST_LIST,
            keys.asked("trust-list"),
            token(keys, "trust-list", "onceonly-trust-list+jwt", trust_list_claims()),
        ),
        Sample(Kind.WEBHOOK, keys.asked("receipts"), webhook_input),
        Sample(
            Kind.CONSENT_RECORD,
            keys.asked("receipts"),
            token(keys, "receipts", "consent-record+jwt", consent_record_claims()),
        ),
        Sample(
            Kind.IMPORT_REPORT,
            keys.asked("receipts"),
            token(keys, "receipts", "onceonly-import+jwt", import_report_claims()),
        ),
        Sample(Kind.CERTIFICATE, keys.asked("hub-ca"), self_signed),
        Sample(Kind.CERTIFICATE, keys.asked("hub-ca"), sealed),
        Sample(Kind.CERTIFICATE, keys.asked("tls-ca"), tls_self),
        Sample(Kind.CERTIFICATE, keys.asked("tls-ca"), server),
        Sample(Kind.CERTIFICATE, keys.asked("tls-ca"), client),
    ]
