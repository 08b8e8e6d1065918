"""The licence on paper: what a report says of a genuine QR code, and of every way to tamper with it."""

import zlib
from dataclasses import replace

import pytest

from signer import base45, cbor, cose, qr, qr_payload
from signer.credential import ALWAYS
from signer.errors import ChainError, FormatError
from signer.report import CheckName, Outcome, failed, undecided
from signer.seal_shelf import SealShelf
from tests.fakes.sealed_paper import FIELDS, ISSUED, PaperSeal, licence
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair

NAMES = [name.value for name in ALWAYS]


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    return PaperSeal(tmp_path_factory.mktemp("paper"))


def found(report, name):
    check = report.check(name)
    return check.outcome, check.code


def stopped(report, name, code, outcome=Outcome.FAILED):
    """Assert that a report stops at one check and shows nothing unproven."""
    position = NAMES.index(name)
    assert report.outcome is outcome
    assert found(report, name) == (outcome, code)
    assert [entry.code for entry in report.checks] == ["OK"] * position + [code] + ["NOT_REACHED"] * (7 - position)
    assert (report.claims, report.disclosed) == ({}, ())


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_genuine_code_passes_every_check(tmp_path, alg):
    paper = PaperSeal(tmp_path, alg)
    text = paper.text()
    assert text.startswith("OC1:")
    assert set(text) <= set(base45.ALPHABET)
    report = paper.check(text)
    assert [(entry.name, entry.code) for entry in report.checks] == [(name, "OK") for name in NAMES]
    assert report.outcome is Outcome.PASSED
    assert report.claims == {
        **FIELDS,
        "iss": AUTHORITY,
        "licence": IDENTIFIER,
        "hub": "https://hub.example",
        "vct": "https://hub.example/licenceTypes/11990000MB0000000J001/revisions/3",
        "iat": ISSUED,
        "nbf": ISSUED,
        "exp": ISSUED + 100_000,
        "status": {"status_list": {"idx": 123_456, "uri": "https://hub.example/status/11990000MB0000000J001/2026/1"}},
    }
    assert report.disclosed == tuple(sorted(FIELDS))
    assert report.issuer == paper.certificate
    assert report == paper.check(qr.read_qr_text(text))


def test_no_fields_and_no_end(paper):
    report = paper.check(paper.text({}, expire_time=None))
    assert report.outcome is Outcome.PASSED
    assert "exp" not in report.claims
    assert report.disclosed == ()


def test_reading_gives_what_was_written(paper):
    read = qr.read_qr_text(paper.text())
    assert (read.licence, read.fields) == (licence(), FIELDS)
    assert read.message.kid.hex() == paper.certificate.sha256[:32]


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"authorised": None}, CheckName.ISSUER_AUTHORISED, (Outcome.INDETERMINATE, "AUTHORISATION_UNKNOWN")),
        ({"authorised": lambda *_: False}, CheckName.ISSUER_AUTHORISED, (Outcome.FAILED, "ISSUER_NOT_AUTHORISED")),
        ({"status": None}, CheckName.STATUS, (Outcome.INDETERMINATE, "STATUS_UNKNOWN")),
        ({"status": 2}, CheckName.STATUS, (Outcome.FAILED, "STATUS_SUSPENDED")),
        ({"status": lambda claims: claims["status"]["status_list"]["idx"] - 123_455}, CheckName.STATUS, None),
        ({"at": ISSUED - 1}, CheckName.VALIDITY, (Outcome.FAILED, "NOT_YET_VALID")),
        ({"at": ISSUED + 100_000}, CheckName.VALIDITY, (Outcome.FAILED, "EXPIRED")),
    ],
)
def test_what_the_caller_knows_decides(paper, changes, name, expected):
    report = paper.check(paper.text(), **changes)
    assert found(report, name) == (expected or (Outcome.FAILED, "STATUS_INVALID"))
    assert report.outcome is found(report, name)[0]
    assert report.claims["licence"] == IDENTIFIER


def test_a_foreign_identifier_is_told(paper):
    report = paper.check(paper.text(identifier=IDENTIFIER[:-1] + "G"))
    assert found(report, CheckName.IDENTIFIER) == (Outcome.PASSED, "IDENTIFIER_FOREIGN")


def test_a_seal_that_is_not_at_hand_leaves_it_undecided(paper):
    report = paper.check(paper.text(), seals=lambda *_: None)
    stopped(report, CheckName.ISSUER_CHAIN, "SEAL_UNKNOWN", Outcome.INDETERMINATE)
    assert report.issuer is None


def test_the_look_up_may_answer_with_a_check_of_its_own(paper):
    stolen = failed(CheckName.ISSUER_CHAIN, "SEAL_DISTRUSTED", "the seal was stolen")
    stopped(paper.check(paper.text(), seals=lambda *_: stolen), CheckName.ISSUER_CHAIN, "SEAL_DISTRUSTED")


def raising(*_):
    raise ChainError("CHAIN_UNTRUSTED", "no root")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"authority": "11990000MB0000000J"}, "ISSUER_MISMATCH"),
        ({"sha256": "0" * 64}, "KID_MISMATCH"),
        ({"valid_from": ISSUED + 1}, "CHAIN_UNTRUSTED"),
        ({"valid_until": ISSUED - 1}, "CHAIN_UNTRUSTED"),
    ],
)
def test_a_seal_that_does_not_fit(paper, change, code):
    other = replace(paper.certificate, **change)
    stopped(paper.check(paper.text(), seals=lambda *_: other), CheckName.ISSUER_CHAIN, code)


def test_a_chain_that_leads_nowhere(paper, tmp_path):
    stopped(paper.check(paper.text(), seals=raising), CheckName.ISSUER_CHAIN, "CHAIN_UNTRUSTED")
    other = SealShelf([[paper.der]], [PaperSeal(tmp_path).ca])
    stopped(paper.check(paper.text(), seals=other.find), CheckName.ISSUER_CHAIN, "CHAIN_UNTRUSTED")
    too_old = paper.text(issue_time=0)
    stopped(paper.check(too_old), CheckName.ISSUER_CHAIN, "CHAIN_UNTRUSTED")


@pytest.mark.parametrize(("suite", "code"), [("ES256", "SIGNATURE_INVALID"), ("EdDSA", "COSE_ALG_MISMATCH")])
def test_another_key_did_not_sign_it(paper, suite, code):
    other = replace(paper.certificate, public=Pair(suite).public)
    stopped(paper.check(paper.text(), seals=lambda *_: other), CheckName.SIGNATURE, code)


def test_what_was_signed_for_something_else_does_not_pass(paper):
    """The same payload and key, without this form's external data."""
    payload = qr_payload.encode_payload(licence(), FIELDS)
    kid = bytes.fromhex(paper.certificate.sha256)[:16]
    message = cose.sign1(payload, alg="ES256", kid=kid, sign=paper.signer.sign)
    text = "OC1:" + base45.encode(zlib.compress(message))
    stopped(paper.check(text), CheckName.SIGNATURE, "SIGNATURE_INVALID")


def test_further_checks_rest_on_what_is_proven(paper):
    seen = []

    def look(proven):
        seen.append(proven)
        return undecided(CheckName.LOG_INCLUSION, "PROOF_MISSING", "no proof came with it")

    further = {CheckName.LOG_INCLUSION: look}
    report = paper.check(paper.text(), further=further)
    assert report.outcome is Outcome.INDETERMINATE
    assert report.checks[-1].code == "PROOF_MISSING"
    assert (seen[0].licence, seen[0].claims, seen[0].issuer_jwt) == (licence(), report.claims, b"")
    assert paper.check("", further=further).checks[-1].code == "NOT_REACHED"
    assert len(seen) == 1


def packed(payload=None, **header):
    """Return the text of a COSE_Sign1 with any payload and headers; the signature is never reached."""
    protected = cbor.encode({1: -7, 4: b"\1" * 16} if not header else {int(k[1:]): v for k, v in header.items()})
    body = cbor.encode(GOOD if payload is None else payload) if not isinstance(payload, bytes) else payload
    return zipped(b"\xd2" + cbor.encode([protected, {}, body, b"\1" * 64]))


def zipped(data):
    return "OC1:" + base45.encode(zlib.compress(data, 9))


GOOD = cbor.decode(qr_payload.encode_payload(licence(), FIELDS), max_bytes=8192)


def changed(key, value):
    return {**GOOD, key: value}


def with_dictionary():
    compressor = zlib.compressobj(zdict=b"OC1")
    return compressor.compress(b"\xd2\x80") + compressor.flush()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "QR_UNKNOWN"),
        ("oc1:", "QR_UNKNOWN"),
        ("OC2:AB8", "QR_UNKNOWN"),
        ("HC1:AB8", "QR_UNKNOWN"),
        ("OC1:" + "0" * 4296, "QR_TOO_LARGE"),
        ("OC1:abc", "BASE45_INVALID"),
        ("OC1:GGW", "BASE45_INVALID"),
        ("OC1:", "QR_ZLIB"),
        ("OC1:" + base45.encode(b"plain"), "QR_ZLIB"),
        ("OC1:" + base45.encode(zlib.compress(b"\xd2\x80")[:-1]), "QR_ZLIB"),
        ("OC1:" + base45.encode(zlib.compress(b"\xd2\x80") + b"\0"), "QR_ZLIB"),
        ("OC1:" + base45.encode(zlib.compress(b"\xd2\x80")[:-1] + b"\0"), "QR_ZLIB"),
        ("OC1:" + base45.encode(with_dictionary()), "QR_ZLIB"),
        (zipped(b"\0" * 16_385), "QR_INFLATES"),
        (zipped(b"\0" * 2_000_000), "QR_INFLATES"),
        (zipped(b""), "COSE_TAG"),
        (zipped(b"\xd2\x80"), "COSE_SHAPE"),
        (packed(h1=-7), "COSE_KID"),
        (packed(h1=-7, h4=b"\1" * 15), "QR_HEADER"),
        (packed(h1=-7, h4=b"\1" * 32), "QR_HEADER"),
        (packed(h1=-7, h3=0, h4=b"\1" * 16), "QR_HEADER"),
        (zipped(b"\xd2" + cbor.encode([b"\xa1\x01\x26", {4: b"\1" * 16}, b"", b""])), "QR_HEADER"),
        (packed(b""), "CBOR_TRUNCATED"),
        (packed(b"\xfb" + b"\0" * 8), "CBOR_FLOAT"),
        (packed(b"\xa1\x01\xc2\x41\x01"), "CBOR_TAG"),
        (packed(b"\xbf\xff"), "CBOR_INDEFINITE"),
        (packed(changed(-4, {"a": "x" * 9000})), "CBOR_TOO_LARGE"),
        (packed([]), "QR_PAYLOAD"),
        (packed(changed(3, "aud")), "QR_PAYLOAD"),
        (packed(changed("iss", "x")), "QR_PAYLOAD"),
        (packed(changed(-3, ["u"])), "QR_PAYLOAD"),
        (packed(changed(-3, [0, "u"])), "QR_PAYLOAD"),
        (packed(changed(-3, {})), "QR_PAYLOAD"),
        (packed({key: value for key, value in GOOD.items() if key != -3}), "QR_PAYLOAD"),
        (packed(changed(-3, ["u", True])), "CLAIM_INVALID"),
        (packed(changed(-3, ["u", -1])), "CLAIM_INVALID"),
        (packed(changed(1, 1)), "CLAIM_INVALID"),
        (packed(changed(2, "")), "CLAIM_INVALID"),
        (packed(changed(4, None)), "CLAIM_INVALID"),
        (packed(changed(4, True)), "CLAIM_INVALID"),
        (packed(changed(5, 2**50)), "CLAIM_INVALID"),
        (packed(changed(6, -1)), "CLAIM_INVALID"),
        (packed({key: value for key, value in GOOD.items() if key != -2}), "CLAIM_INVALID"),
        (packed({key: value for key, value in GOOD.items() if key != -4}), "QR_FIELD"),
        (packed(changed(-4, [])), "QR_FIELD"),
        (packed(changed(-4, {1: "a"})), "QR_FIELD"),
        (packed(changed(-4, {"": "a"})), "QR_FIELD"),
        (packed(changed(-4, {"n" * 65: "a"})), "QR_FIELD"),
        (packed(changed(-4, {"exp": 1})), "QR_FIELD"),
        (packed(changed(-4, {"licence": "another"})), "QR_FIELD"),
        (packed(changed(-4, {"a": None})), "QR_FIELD"),
        (packed(changed(-4, {"a": b""})), "QR_FIELD"),
        (packed(changed(-4, {"a": {}})), "QR_FIELD"),
        (packed(changed(-4, {"a": ["b", 1]})), "QR_FIELD"),
        (packed(changed(-4, {"a": [["b"]]})), "QR_FIELD"),
        (packed(changed(-4, {f"f{n}": 0 for n in range(201)})), "QR_FIELD"),
        ("OC1P:", "IDENTIFIER_INVALID"),
        ("OC1P:" + base45.encode(b"\0" * 16), "IDENTIFIER_INVALID"),
        ("OC1P:" + base45.encode(b"\xff" + b"\0" * 16), "IDENTIFIER_INVALID"),
        ("OC1P:" + base45.encode(IDENTIFIER.encode() + b"\n" + b"\0" * 16), "IDENTIFIER_INVALID"),
        ("OC1P:" + base45.encode(b"1" * 200 + b"\0" * 16), "IDENTIFIER_INVALID"),
    ],
)
def test_a_broken_text_is_a_result(paper, text, code):
    with pytest.raises(FormatError) as caught:
        qr.read_qr_text(text)
    assert caught.value.code == code
    report = paper.check(text)
    stopped(report, CheckName.FORMAT, code)
    assert report.sd_hash is None


def test_the_hand_made_text_starts_from_what_is_accepted():
    assert qr.read_qr_text(packed()).licence == licence()


@pytest.mark.parametrize("fields", [{"exp": 1}, {"a": 1.5}, {"a": None}, {"": "a"}, {"a": "\ud800"}])
def test_what_cannot_be_read_is_not_written(paper, fields):
    with pytest.raises(FormatError):
        paper.text(fields)


def test_what_no_qr_code_holds_is_refused(paper):
    noise = {f"f{n}": "".join(chr(0x4E00 + (n * 7919 + k * 104_729) % 20_000) for k in range(60)) for n in range(20)}
    with pytest.raises(FormatError, match="QR_TOO_LARGE"):
        paper.text(noise)


def test_the_pointer_names_a_licence_and_proves_nothing(paper):
    text = qr.pointer_text(IDENTIFIER, "ab" * 32)
    assert len(text) <= 262  # QR version 9 at error correction M
    assert qr.read_qr_text(text) == qr.Pointer(IDENTIFIER, b"\xab" * 16)
    stopped(paper.check(text), CheckName.FORMAT, "QR_POINTER")
    with pytest.raises(FormatError, match="IDENTIFIER_INVALID"):
        qr.pointer_text("licence 7", "ab" * 32)


def test_a_seals_keeper_sees_what_it_is_asked_to_sign(paper):
    asked = []

    def sign(data):
        asked.append(data)
        return paper.signer.sign(data)

    sha256 = paper.certificate.sha256
    qr.credential_text(licence(), FIELDS, seal_sha256=sha256, alg="ES256", sign=sign)
    assert qr.read_signing_input(asked[0]) == licence()
    protected, payload = cose.protected_header("ES256", b"\1" * 16), qr_payload.encode_payload(licence(), {})
    for other, code in (
        (cose.signing_input(protected, payload), "QR_HEADER"),
        (cose.signing_input(protected, payload, b"OC1P:"), "QR_HEADER"),
        (cose.signing_input(cose.protected_header("ES256", b"\1"), payload, b"OC1:"), "QR_HEADER"),
        (cose.signing_input(protected, b"\x80", b"OC1:"), "QR_PAYLOAD"),
        (b"eyJhbGciOiJFUzI1NiJ9.e30", "CBOR_TRAILING"),
    ):
        with pytest.raises(FormatError) as caught:
            qr.read_signing_input(other)
        assert caught.value.code == code


def test_the_shelf_finds_by_the_head_of_the_digest_alone(paper):
    digest = bytes.fromhex(paper.certificate.sha256)
    assert paper.shelf.find(digest, ISSUED) == paper.shelf.find(digest[:16], ISSUED) == paper.certificate
    assert paper.shelf.find(digest[:15], ISSUED) is None
    assert paper.shelf.find(b"\0" * 16, ISSUED) is None
    assert SealShelf([], []).find(digest, ISSUED) is None
    with pytest.raises(ChainError, match="CERTIFICATE_INVALID"):
        SealShelf([], [b"x"])
