"""The licence credential: what a report says of a genuine one, and of every way to tamper with it."""

from datetime import UTC, datetime

import pytest

from signer import credential, identifier, receipt, sdjwt
from signer.credential import Licence
from signer.errors import SdJwtError
from signer.keys.files import FileKeyBackend
from signer.purpose_binding import PurposeExpectation
from signer.receipt import Act, Receipt
from signer.report import CheckName, Outcome, failed, undecided
from signer.seal_issuance import create_ca, issue_seal
from signer.trust import SealTrust, encode_x5c
from tests.fakes.signing import AUTHORITY, IDENTIFIER, Pair, raw_jws, raw_sd_jwt

START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
ISSUED = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
NOW = ISSUED + 1000
FIELDS = {"enterprise_name": "示例餐饮有限公司", "scope": ["热食", "冷食"]}
HOLDER = {"holder_name": "甲"}
NAMES = [name.value for name in credential.ALWAYS]


class Issuer:
    """An authority with a seal under a CA that ``trust`` trusts."""

    def __init__(self, folder):
        self.backend = FileKeyBackend(folder / "keys", b"passphrase")
        for key_id in ("ca", "seal", "receipts"):
            self.backend.generate(key_id, "ES256")
        times = {"not_before": START, "not_after": END}
        self.ca = create_ca(self.backend, "ca", name="Hub CA", **times)
        public = self.backend.public_key("seal")
        self.seal = issue_seal(self.backend, "ca", self.ca, authority=AUTHORITY, name="局", public_key=public, **times)
        self.signer = self.backend.signer("seal")
        self.header = credential.encode_header(self.signer.kid, "ES256", [self.seal])

    def trust(self):
        return SealTrust([self.ca])

    def build(self, fields=FIELDS, **changes):
        return credential.build(licence(**changes), fields, HOLDER, self.header, self.signer.sign).token

    def raw(self, payload, header=None, *disclosures):
        """Sign any payload under the seal."""
        kept = {
            "alg": "ES256",
            "kid": self.signer.kid,
            "typ": "dc+sd-jwt",
            "x5c": encode_x5c([self.seal]),
            **(header or {}),
        }
        pair = Pair()
        pair.sign = self.signer.sign
        return raw_sd_jwt(pair, payload, *disclosures, header=kept)


def licence(**changes):
    options = {
        "issuer": AUTHORITY,
        "licence_type": "urn:example:licence-type:11990000MB0000000J001:3",
        "identifier": IDENTIFIER,
        "hub": "hub.example",
        "issue_time": ISSUED,
        "start_time": ISSUED,
        "expire_time": ISSUED + 100_000,
        "status_uri": "https://hub.example/status/1",
        "status_index": 42,
    }
    return Licence(**{**options, **changes})


CLAIMS = {
    "hub": "hub.example",
    "iat": ISSUED,
    "iss": AUTHORITY,
    "licence": IDENTIFIER,
    "nbf": ISSUED,
    "status": {"status_list": {"idx": 0, "uri": "u"}},
    "vct": "t",
}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    return Issuer(tmp_path_factory.mktemp("credential"))


def check(issuer, token, **changes):
    options = {"trust": issuer.trust(), "at": NOW, "authorised": lambda *_: True, "status": 0}
    return credential.check(token, **{**options, **changes})


def found(report, name):
    check = report.check(name)
    assert check is not None
    return check.outcome, check.code


def test_a_genuine_licence_passes_every_check(issuer):
    report = check(issuer, issuer.build())
    assert report.outcome is Outcome.PASSED
    assert [(entry.name, entry.code) for entry in report.checks] == [(name, "OK") for name in NAMES]
    assert report.claims["enterprise_name"] == "示例餐饮有限公司"
    assert report.claims["status"] == {"status_list": {"idx": 42, "uri": "https://hub.example/status/1"}}
    assert sorted(report.disclosed) == ["enterprise_name", "holder_name", "scope"]
    assert report.issuer is not None
    assert report.issuer.authority == AUTHORITY
    assert report.check(CheckName.PURPOSE_BINDING) is None


def test_an_extract_shows_its_fields_only(issuer):
    extract = sdjwt.present(sdjwt.parse(issuer.build()), ["scope"])
    report = check(issuer, extract)
    assert report.outcome is Outcome.PASSED
    assert report.disclosed == ("scope",)
    assert "holder_name" not in report.claims
    assert report.sd_hash == sdjwt.sd_hash(extract)


def test_everything_but_the_open_claims_is_disclosable(issuer):
    parsed = sdjwt.parse(sdjwt.present(sdjwt.parse(issuer.build()), []))
    assert parsed.claims.keys() == credential.OPEN_CLAIMS
    assert parsed.header.keys() == {"alg", "kid", "typ", "x5c"}


def test_a_remembered_header_gives_the_same_report(issuer):
    trust, token = issuer.trust(), issuer.build()
    assert check(issuer, token, trust=trust) == check(issuer, token, trust=trust)
    header = token.partition(".")[0].encode()
    assert trust.known(header) is not None
    late = check(issuer, issuer.build(issue_time=int(END.timestamp()) + 1), trust=trust)
    assert found(late, CheckName.ISSUER_CHAIN) == (Outcome.FAILED, "CHAIN_UNTRUSTED")


def test_only_a_valid_signature_is_remembered(issuer):
    trust, token = issuer.trust(), issuer.build()
    head, _, tail = token.partition("~")
    assert check(issuer, f"{head[:-86]}{'A' * 86}~{tail}", trust=trust).outcome is Outcome.FAILED
    assert trust.known(token.partition(".")[0].encode()) is None


def test_what_the_caller_does_not_know_is_not_decided(issuer):
    report = check(issuer, issuer.build(), authorised=None, status=None)
    assert report.outcome is Outcome.INDETERMINATE
    assert found(report, CheckName.ISSUER_AUTHORISED) == (Outcome.INDETERMINATE, "AUTHORISATION_UNKNOWN")
    assert found(report, CheckName.STATUS) == (Outcome.INDETERMINATE, "STATUS_UNKNOWN")
    assert report.claims["scope"] == ["热食", "冷食"]


def test_lookups_are_given_what_is_proven(issuer):
    asked = []

    def authorised(seal, licence_type, time):
        asked.append((seal.authority, licence_type, time))

    def status(claims):
        asked.append(claims["licence"])
        return 0

    report = check(issuer, issuer.build(), authorised=authorised, status=status)
    assert asked == [(AUTHORITY, "urn:example:licence-type:11990000MB0000000J001:3", ISSUED), IDENTIFIER]
    assert report.outcome is Outcome.INDETERMINATE


@pytest.mark.parametrize(
    ("changes", "name", "code"),
    [
        ({"at": ISSUED - 1}, CheckName.VALIDITY, "NOT_YET_VALID"),
        ({"at": ISSUED + 100_000}, CheckName.VALIDITY, "EXPIRED"),
        ({"status": 1}, CheckName.STATUS, "STATUS_INVALID"),
        ({"status": 2}, CheckName.STATUS, "STATUS_SUSPENDED"),
        ({"status": 3}, CheckName.STATUS, "STATUS_INVALID"),
        ({"status": lambda _: 2}, CheckName.STATUS, "STATUS_SUSPENDED"),
        ({"authorised": lambda *_: False}, CheckName.ISSUER_AUTHORISED, "ISSUER_NOT_AUTHORISED"),
    ],
)
def test_one_reason_fails_one_check(issuer, changes, name, code):
    report = check(issuer, issuer.build(), **changes)
    assert report.outcome is Outcome.FAILED
    assert found(report, name) == (Outcome.FAILED, code)
    assert [entry.code for entry in report.checks].count("OK") == len(NAMES) - 1


def test_a_licence_without_end_does_not_expire(issuer):
    report = check(issuer, issuer.build(expire_time=None), at=ISSUED + 10**9)
    assert report.outcome is Outcome.PASSED
    assert "exp" not in report.claims


def test_a_foreign_identifier_is_passed_but_not_in_silence(issuer):
    report = check(issuer, issuer.build(identifier=IDENTIFIER[:-1] + "G"))
    entry = report.check(CheckName.IDENTIFIER)
    assert entry is not None
    assert (entry.outcome, entry.code, entry.detail) == (Outcome.PASSED, "IDENTIFIER_FOREIGN", "CHECK_CHARACTER_WRONG")


def other_issuers_identifier():
    return str(identifier.mint("11990000MB0000000J001", "11990000MB0000000J", "1", 1))


@pytest.mark.parametrize(
    ("text", "code"), [("licence 7", "IDENTIFIER_INVALID"), (other_issuers_identifier(), "IDENTIFIER_ISSUER")]
)
def test_a_wrong_identifier_fails(issuer, text, code):
    assert found(check(issuer, issuer.build(identifier=text)), CheckName.IDENTIFIER) == (Outcome.FAILED, code)


def stopped(report, name, code):
    """Assert that a report stops at one check and shows nothing unproven."""
    assert report.outcome is Outcome.FAILED
    assert found(report, name) == (Outcome.FAILED, code)
    position = NAMES.index(name)
    assert [entry.code for entry in report.checks] == ["OK"] * position + [code] + ["NOT_REACHED"] * (7 - position)
    assert (report.claims, report.disclosed) == ({}, ())


def without(claim):
    return {name: value for name, value in CLAIMS.items() if name != claim}


@pytest.mark.parametrize(
    "claims",
    [
        *[without(claim) for claim in CLAIMS],
        {**CLAIMS, "iss": 1},
        {**CLAIMS, "vct": ""},
        {**CLAIMS, "hub": "x" * 513},
        {**CLAIMS, "iat": str(ISSUED)},
        {**CLAIMS, "iat": True},
        {**CLAIMS, "iat": -1},
        {**CLAIMS, "iat": 2**53},
        {**CLAIMS, "exp": None},
        {**CLAIMS, "nbf": 1.5},
        {**CLAIMS, "status": 0},
        {**CLAIMS, "status": {"status_list": []}},
        {**CLAIMS, "status": {"status_list": {"idx": "0", "uri": "u"}}},
        {**CLAIMS, "status": {"status_list": {"idx": 0}}},
    ],
)
def test_a_claim_that_must_be_in_the_open(issuer, claims):
    stopped(check(issuer, issuer.raw(claims)), CheckName.FORMAT, "CLAIM_INVALID")


def test_the_hand_made_credential_starts_from_what_is_accepted(issuer):
    assert check(issuer, issuer.raw(CLAIMS)).outcome is Outcome.PASSED


def hidden_expiry(issuer):
    return sdjwt.issue(CLAIMS, {"exp": ISSUED + 1}, issuer.header, issuer.signer.sign).token


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (lambda _: "", CheckName.FORMAT, "TILDE_MISSING"),
        (lambda _: "a.b.c~", CheckName.FORMAT, "HEADER_BASE64URL_INVALID"),
        (lambda i: i.build() + "a.b.c", CheckName.FORMAT, "KEY_BINDING_UNEXPECTED"),
        (lambda i: i.raw({**CLAIMS, "_sd_alg": "md5"}), CheckName.FORMAT, "SD_ALG_UNKNOWN"),
        (lambda i: i.raw(CLAIMS, {"x5c": []}), CheckName.ISSUER_CHAIN, "X5C_MISSING"),
        (lambda i: i.raw(CLAIMS, {"x5c": encode_x5c([i.ca])}), CheckName.ISSUER_CHAIN, "CHAIN_UNTRUSTED"),
        (lambda i: i.raw(CLAIMS, {"kid": "k"}), CheckName.ISSUER_CHAIN, "KID_MISMATCH"),
        (lambda i: i.raw({**CLAIMS, "iat": 0}), CheckName.ISSUER_CHAIN, "CHAIN_UNTRUSTED"),
        (lambda i: i.raw({**CLAIMS, "iss": "1" * 18}), CheckName.ISSUER_CHAIN, "ISSUER_MISMATCH"),
        (lambda i: i.raw(CLAIMS, {"alg": "none"}), CheckName.SIGNATURE, "HEADER_ALG"),
        (lambda i: i.raw(CLAIMS, {"alg": "EdDSA"}), CheckName.SIGNATURE, "HEADER_ALG"),
        (lambda i: i.raw(CLAIMS, {"typ": "JWT"}), CheckName.SIGNATURE, "HEADER_TYP"),
        (lambda i: i.raw(CLAIMS, {"crit": ["x"]}), CheckName.SIGNATURE, "HEADER_REFUSED"),
        (lambda i: raw_jws(Pair(), header_of(i), CLAIMS) + "~", CheckName.SIGNATURE, "SIGNATURE_INVALID"),
        (lambda i: i.build()[:-2] + "~~", CheckName.FORMAT, "DISCLOSURE_EMPTY"),
        (lambda i: i.build() + "WyJzIiwiYSIsMV0~", CheckName.DISCLOSURES, "DISCLOSURE_UNREFERENCED"),
        (hidden_expiry, CheckName.DISCLOSURES, "CLAIM_NOT_OPEN"),
    ],
)
def test_tampering_is_a_result(issuer, make, name, code):
    stopped(check(issuer, make(issuer)), name, code)


def header_of(issuer):
    return {"alg": "ES256", "kid": issuer.signer.kid, "typ": "dc+sd-jwt", "x5c": encode_x5c([issuer.seal])}


def test_another_roots_seal_is_not_trusted(issuer, tmp_path):
    stopped(check(issuer, Issuer(tmp_path).build()), CheckName.ISSUER_CHAIN, "CHAIN_UNTRUSTED")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"holder_name": "乙"}, "CLAIM_EXISTS"),
        ({"exp": 1}, "RESERVED_NAME"),
        ({"sub": "x"}, "RESERVED_NAME"),
        ({"_sd": []}, "RESERVED_NAME"),
    ],
)
def test_a_field_must_have_a_name_of_its_own(issuer, fields, code):
    with pytest.raises(SdJwtError) as caught:
        issuer.build(fields)
    assert caught.value.code == code


def receipt_for(issuer, extract, **changes):
    options = {
        "identifier": "r-1",
        "hub": "hub.example",
        "audience": AUTHORITY,
        "system": "counter",
        "act": Act.RELEASED,
        "issue_time": NOW,
        "expire_time": NOW + 100,
        "purpose": "SERVICE",
        "case": "C-1",
        "sd_hash": sdjwt.sd_hash(extract),
        "licence": IDENTIFIER,
    }
    signer = issuer.backend.signer("receipts")
    return receipt.sign(Receipt(**{**options, **changes}), receipt.encode_header(signer.kid, "ES256"), signer.sign)


def expectation(issuer, token, **changes):
    signer = issuer.backend.signer("receipts")
    return PurposeExpectation(receipt=token, keys={signer.kid: signer.public}, **changes)


def test_an_extract_with_its_receipt_passes(issuer):
    extract = sdjwt.present(sdjwt.parse(issuer.build()), ["scope"])
    token = receipt_for(issuer, extract)
    for expected in ({}, {"audience": AUTHORITY, "case": "C-1"}):
        report = check(issuer, extract, purpose=expectation(issuer, token, **expected))
        assert report.outcome is Outcome.PASSED
        assert found(report, CheckName.PURPOSE_BINDING) == (Outcome.PASSED, "OK")


@pytest.mark.parametrize(
    ("changes", "expected", "code"),
    [
        ({"sd_hash": "x" * 43}, {}, "RECEIPT_OF_OTHER_EXTRACT"),
        ({"licence": "x"}, {}, "RECEIPT_OF_OTHER_LICENCE"),
        ({"act": Act.REFUSED}, {}, "RECEIPT_OF_OTHER_ACT"),
        ({"expire_time": NOW}, {}, "RECEIPT_EXPIRED"),
        ({"issue_time": NOW + 61}, {}, "RECEIPT_NOT_YET_VALID"),
        ({}, {"audience": "another"}, "RECEIPT_FOR_OTHER_AUDIENCE"),
        ({}, {"case": "C-2"}, "RECEIPT_FOR_OTHER_CASE"),
        ({"case": None}, {"case": "C-1"}, "RECEIPT_FOR_OTHER_CASE"),
    ],
)
def test_an_extract_used_for_something_else_shows_it(issuer, changes, expected, code):
    extract = sdjwt.present(sdjwt.parse(issuer.build()), ["scope"])
    report = check(issuer, extract, purpose=expectation(issuer, receipt_for(issuer, extract, **changes), **expected))
    assert report.outcome is Outcome.FAILED
    assert found(report, CheckName.PURPOSE_BINDING) == (Outcome.FAILED, code)


def test_a_forged_receipt_shows(issuer):
    extract = issuer.build()
    token = receipt_for(issuer, extract)
    forged = token.rpartition(".")[0] + "." + "A" * 86
    report = check(issuer, extract, purpose=expectation(issuer, forged))
    assert found(report, CheckName.PURPOSE_BINDING) == (Outcome.FAILED, "RECEIPT_SIGNATURE")
    stopped_report = check(issuer, "", purpose=expectation(issuer, token))
    assert found(stopped_report, CheckName.PURPOSE_BINDING) == (Outcome.INDETERMINATE, "NOT_REACHED")


def test_a_look_up_may_answer_with_a_check_of_its_own(issuer):
    distrusted = failed(CheckName.ISSUER_AUTHORISED, "SEAL_DISTRUSTED", "the seal was stolen before that time")
    stale = undecided(CheckName.STATUS, "STATUS_LIST_STALE", "the list is too old")
    report = check(issuer, issuer.build(), authorised=lambda *_: distrusted, status=lambda _: stale)
    assert report.check(CheckName.ISSUER_AUTHORISED) is distrusted
    assert report.check(CheckName.STATUS) is stale
    assert report.outcome is Outcome.FAILED


def test_further_checks_rest_on_what_is_proven(issuer):
    seen = []

    def look(proven):
        seen.append(proven)
        return undecided(CheckName.LOG_INCLUSION, "PROOF_MISSING", "no proof came with it")

    token = issuer.build()
    report = check(issuer, token, further={CheckName.LOG_INCLUSION: look})
    assert [entry.name for entry in report.checks] == [*NAMES, CheckName.LOG_INCLUSION]
    assert report.outcome is Outcome.INDETERMINATE
    (proven,) = seen
    assert proven.issuer_jwt == token.partition("~")[0].encode()
    assert (proven.licence.identifier, proven.claims, proven.sd_hash) == (IDENTIFIER, report.claims, report.sd_hash)
    assert proven.seal.authority == AUTHORITY


def test_further_checks_are_not_reached_after_a_failure(issuer):
    def look(_):
        raise AssertionError("nothing is proven")

    report = check(issuer, issuer.build()[1:], further={CheckName.SECOND_SIGNATURE: look})
    assert report.checks[-1].name is CheckName.SECOND_SIGNATURE
    assert report.checks[-1].code == "NOT_REACHED"
    assert len(report.checks) == len(NAMES) + 1
