"""Verifying offline: by a trust directory alone, deny by default, and never silent about what is missing."""

import json
import time
from dataclasses import replace

import pytest

from exchange.audit.entry import parse
from exchange.offline.errors import UnusableError
from exchange.offline.log_proof import LogEvidence, ProvenEntry, issued_by, read_proof
from exchange.offline.sentences import sentence
from exchange.offline.trust_folder import HIGH_WATER, STATUS_SEEN, TRUST_LIST, TrustFolder
from exchange.offline.verifying import Question, Submission, Verifier
from signer import qr
from signer.errors import FormatError
from signer.report import CheckName, Outcome
from signer.status_bits import Status
from signer.trust_list import SecondRule
from tests.fakes.licence_world import HUB, IDENTITY_TYPE, LAND, MARKET, POLICE
from tests.fakes.proven_city import open_city

DAY = 86_400


@pytest.fixture
def city(tmp_path, keys):
    with open_city(tmp_path, keys=keys, start=int(time.time())) as city:
        yield city


def verifier(city, folder, **changes):
    trust = TrustFolder(city.trust_folder(folder), city.now)
    return Verifier(replace(trust.opened.trust_list, **changes), trust.opened.status)


def verdict(city, tmp_path, text, at=None, changes=None, **submission):
    question = Question(at=city.now if at is None else at)
    return verifier(city, tmp_path / "trust", **(changes or {})).verify(Submission(text=text, **submission), question)


def code(verdict, name):
    return next(check.code for check in verdict.report.checks if check.name is name)


@pytest.fixture
def holding(city):
    issued = city.issue()
    city.publish()
    return issued


def test_a_credential_passes_and_shows_its_fields_and_the_lists_age(city, tmp_path, holding):
    city.world.hub.clock.advance(600)
    found = verdict(city, tmp_path, holding.credential)
    assert found.report.outcome is Outcome.PASSED
    assert (found.report.identifier, found.report.licence_type) == (holding.identifier, holding.type_code)
    assert found.report.issuing_authority == POLICE
    assert found.fields["name"] == "张三"
    assert "600" in found.notices[0].en


def test_an_extract_is_for_whom_its_receipt_says(city, tmp_path):
    person = city.world.person()
    city.issue(person)
    case = city.world.open_case(person)
    extract = city.fetch(case, "name").extract
    city.publish()
    submission = Submission(text=extract.presentation, receipt=extract.receipt)
    judge = verifier(city, tmp_path / "trust")

    def purpose(**asked):
        found = judge.verify(submission, Question(at=city.now, **asked))
        return found.report.outcome, code(found, CheckName.PURPOSE_BINDING), dict(found.fields)

    assert purpose() == (Outcome.PASSED, "OK", {"name": "张三"})
    assert purpose(audience=MARKET, case=case)[:2] == (Outcome.PASSED, "OK")
    assert purpose(audience=LAND)[:2] == (Outcome.FAILED, "RECEIPT_FOR_OTHER_AUDIENCE")
    assert purpose(case="another")[:2] == (Outcome.FAILED, "RECEIPT_FOR_OTHER_CASE")
    later = judge.verify(submission, Question(at=city.now + 40 * DAY))
    assert code(later, CheckName.PURPOSE_BINDING) == "RECEIPT_EXPIRED"


@pytest.mark.parametrize(
    ("status", "found"), [(Status.SUSPENDED, "STATUS_SUSPENDED"), (Status.INVALID, "STATUS_INVALID")]
)
def test_a_licence_that_is_not_in_force_fails(city, tmp_path, holding, status, found):
    city.set_status(holding.credential, status)
    city.publish()
    result = verdict(city, tmp_path, holding.credential)
    assert (result.report.outcome, code(result, CheckName.STATUS)) == (Outcome.FAILED, found)
    assert result.report.checks[7].message == sentence(found)


def test_a_list_answers_for_its_own_time_alone(city, tmp_path, holding):
    judge = verifier(city, tmp_path / "trust")

    def status(at):
        found = judge.verify(Submission(text=holding.credential), Question(at=at))
        return found.report.outcome, code(found, CheckName.STATUS)

    assert status(city.now + DAY) == (Outcome.PASSED, "OK")
    assert status(city.now + DAY + 1) == (Outcome.INDETERMINATE, "STATUS_LIST_STALE")
    assert status(city.now + 8 * DAY) == (Outcome.INDETERMINATE, "STATUS_LIST_EXPIRED")
    assert status(city.now - DAY)[1] == "STATUS_LIST_OF_OTHER_TIME"


def test_without_its_list_the_status_is_open(city, tmp_path, holding):
    folder = city.trust_folder(tmp_path / "trust")
    uri, _ = city.place(holding.credential)
    path = folder / f"{uri.removeprefix(f'{HUB}/')}.jwt"
    whole = path.read_bytes()

    def status(content):
        path.write_bytes(content) if content else path.unlink()
        trust = TrustFolder(folder, city.now).opened
        found = Verifier(trust.trust_list, trust.status).verify(
            Submission(text=holding.credential), Question(at=city.now)
        )
        return found.report.outcome, code(found, CheckName.STATUS)

    assert status(whole[:-5] + b"AAAA\n")[1] == "STATUS_LIST_BROKEN"
    assert status(b"\xff" * 100)[1] == "STATUS_LIST_BROKEN"
    assert status(b"x" * (2 * 1024 * 1024 + 1)) == (Outcome.INDETERMINATE, "STATUS_LIST_MISSING")
    assert status(b"") == (Outcome.INDETERMINATE, "STATUS_LIST_MISSING")


def test_an_older_status_list_is_refused_on_the_next_day_too(city, tmp_path, holding):
    folder = city.trust_folder(tmp_path / "trust")
    uri, _ = city.place(holding.credential)
    path = folder / f"{uri.removeprefix(f'{HUB}/')}.jwt"
    path.write_text(city.status_list(uri))
    run(city, folder, holding)
    path.write_text(city.status_list(uri, issue_time=city.now - 1))
    assert code(run(city, folder, holding), CheckName.STATUS) == "STATUS_LIST_ROLLED_BACK"
    (folder / STATUS_SEEN).unlink()
    assert code(run(city, folder, holding), CheckName.STATUS) == "OK"


def run(city, folder, holding):
    trust = TrustFolder(folder, city.now)
    judge = Verifier(trust.opened.trust_list, trust.opened.status)
    found = judge.verify(Submission(text=holding.credential), Question(at=city.now))
    assert trust.close() == ()
    return found


def test_a_trust_list_never_goes_back(city, tmp_path, holding):
    folder = city.trust_folder(tmp_path / "trust")
    older = (folder / TRUST_LIST).read_bytes()
    TrustFolder(folder, city.now)
    mark = (folder / HIGH_WATER).read_bytes()
    city.publish_trust()
    TrustFolder(city.trust_folder(folder), city.now)
    assert (folder / HIGH_WATER).read_bytes() != mark
    (folder / TRUST_LIST).write_bytes(older)
    assert unusable(folder, city.now) == "TRUST_LIST_ROLLED_BACK"


def unusable(folder, now):
    with pytest.raises(UnusableError) as caught:
        TrustFolder(folder, now)
    assert caught.value.label.zh
    assert caught.value.label.en.endswith(".")
    return caught.value.code


def test_what_is_broken_stops_the_verifier(city, tmp_path, holding):
    folder = city.trust_folder(tmp_path / "trust")
    TrustFolder(folder, city.now)
    assert unusable(folder, city.now + 31 * DAY) == "TRUST_LIST_EXPIRED"
    for name, content, expected in (
        (HIGH_WATER, b"{}", "TRUST_LIST_CLAIM"),
        (STATUS_SEEN, b"[]", "JSON_NOT_OBJECT"),
        (STATUS_SEEN, b'{"a": "b"}', "STATUS_SEEN"),
        (TRUST_LIST, b"x.y.z", "BASE64URL_INVALID"),
        (TRUST_LIST, (folder / TRUST_LIST).read_bytes()[:-6] + b"AAAAAA", "TRUST_LIST_SIGNATURE"),
        (TRUST_LIST, None, "TRUST_LIST_MISSING"),
        ("anchors.json", b"{", "JSON_INVALID"),
        ("anchors.json", b"x" * 300_000, "FILE_TOO_LARGE"),
        ("anchors.json", None, "TRUST_ANCHORS_MISSING"),
    ):
        city.trust_folder(folder)
        for mark in (HIGH_WATER, STATUS_SEEN):
            (folder / mark).unlink(missing_ok=True)
        path = folder / name
        path.write_bytes(content) if content is not None else path.unlink()
        found = unusable(folder, city.now)
        assert found == expected, name


def test_a_folder_that_cannot_be_written_is_used_with_a_notice(city, tmp_path, holding, monkeypatch):
    """Root writes anywhere, so the refusal is made: what counts is what follows from it."""
    folder = city.trust_folder(tmp_path / "trust")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("exchange.offline.files.tempfile.mkstemp", refuse)
    trust = TrustFolder(folder, city.now)
    assert "not remembered" in trust.opened.notices[0].en
    judge = Verifier(trust.opened.trust_list, trust.opened.status)
    assert judge.verify(Submission(text=holding.credential), Question(at=city.now)).report.outcome is Outcome.PASSED
    assert trust.close() == ()
    assert not (folder / HIGH_WATER).exists()


def test_whom_the_list_does_not_name_may_not_issue(city, tmp_path, holding):
    def authorised(**changes):
        return code(verdict(city, tmp_path, holding.credential, changes=changes), CheckName.ISSUER_AUTHORISED)

    assert authorised(authorities=()) == "ISSUER_UNKNOWN"
    assert authorised(authorities=(city.authority(POLICE),)) == "ISSUER_NOT_AUTHORISED"
    strange = city.authority(POLICE, IDENTITY_TYPE, sha256="ab" * 32)
    assert authorised(authorities=(strange,)) == "SEAL_NOT_LISTED"
    found = verdict(city, tmp_path, holding.credential, changes={"roots": ()})
    assert code(found, CheckName.ISSUER_CHAIN) == "CHAIN_UNTRUSTED"
    assert not found.fields


def test_a_second_signature_is_asked_for_where_the_list_says_so(city, tmp_path, holding):
    required = {"authorities": (city.authority(POLICE, IDENTITY_TYPE, second=SecondRule.REQUIRE),)}
    second = city.second_signature(holding.credential)

    def checked(changes=None, **submission):
        found = verdict(city, tmp_path, holding.credential, changes=changes, **submission)
        return code(found, CheckName.SECOND_SIGNATURE)

    assert checked() == "SECOND_NOT_OFFERED"
    assert checked(second=second) == "OK"
    assert checked(required) == "SECOND_SIGNATURE_MISSING"
    assert checked(required, second=second) == "OK"
    assert checked(second=second[:-4] + "AAAA") == "SECOND_SIGNATURE_INVALID"
    other = city.issue()
    assert checked(second=city.second_signature(other.credential)) == "SECOND_SIGNATURE_INVALID"


def proof_of(city, holding):
    files = {each.name: each.content for each in city.licence_evidence(holding).files}
    return files["items/1/issue/proof.txt"].decode(), files


def test_a_proof_of_the_log_shows_the_issue_of_this_very_credential(city, tmp_path, holding):
    text, files = proof_of(city, holding)
    evidence = read_proof(text)
    assert (evidence.entry, evidence.salt) == (files["items/1/issue/entry.bin"], files["items/1/issue/salt.bin"])

    def checked(evidence, credential=holding.credential):
        return code(verdict(city, tmp_path, credential, issue_proof=evidence), CheckName.LOG_INCLUSION)

    assert checked(evidence) == "OK"
    other = city.issue()
    city.publish()
    assert checked(evidence, other.credential) == "LOG_ENTRY_OTHER"
    assert checked(LogEvidence(evidence.entry + b"\0", evidence.salt, text)) == "LOG_PROOF_INVALID"
    assert checked(LogEvidence(evidence.entry, evidence.salt[1:], text)) == "LOG_PROOF_INVALID"
    assert checked(LogEvidence(evidence.entry, evidence.salt, "no proof")) == "LOG_PROOF_INVALID"
    assert checked(LogEvidence(evidence.entry, evidence.salt, text.replace("index ", "index 1"))) == "LOG_PROOF_INVALID"
    with pytest.raises(FormatError):
        read_proof(text.replace("extra ", "other "))


@pytest.mark.parametrize(("call", "seen"), [("CaseService/DecideCase", 7), ("CaseService/OpenCase", None)])
def test_a_decision_whose_result_is_a_licence_issues_it(city, holding, call, seen):
    entry = parse(read_proof(proof_of(city, holding)[0]).entry)
    entry.method = f"onceonly.v1.{call}"
    recorded = ProvenEntry(0, b"", entry, 7)
    assert issued_by(recorded, holding.credential.partition("~")[0].encode()) == seen


def test_an_entry_of_a_release_proves_no_issue(city, tmp_path):
    person = city.world.person()
    issued = city.issue(person)
    case = city.world.open_case(person)
    extract = city.fetch(case).extract
    city.publish()
    from exchange.evidence.case_package import HeldExtract

    held = HeldExtract(extract.presentation, extract.receipt, "")
    files = {each.name: each.content for each in city.case_evidence(case, held).files}
    fetch = read_proof(files["items/1/fetch/proof.txt"].decode())
    issue = read_proof(files["items/1/issue/proof.txt"].decode())

    def checked(text, **submission):
        return code(verdict(city, tmp_path, text, **submission), CheckName.LOG_INCLUSION)

    assert checked(extract.presentation, release_proof=fetch, receipt=extract.receipt) == "OK"
    assert checked(extract.presentation, release_proof=fetch, issue_proof=issue) == "OK"
    assert checked(issued.credential, issue_proof=fetch) == "LOG_ENTRY_OTHER"
    assert checked(extract.presentation, release_proof=issue, receipt=extract.receipt) == "LOG_ENTRY_OTHER"
    assert checked(issued.credential, release_proof=fetch) == "LOG_ENTRY_OTHER"


def paper(city, holding, **changes):
    """The QR code that the police draw of a licence."""
    from signer import sdjwt
    from signer.credential import Licence

    claims = sdjwt.parse(holding.credential).payload
    reference = claims["status"]["status_list"]
    licence = Licence(
        issuer=claims["iss"],
        licence_type=claims["vct"],
        identifier=claims["licence"],
        hub=claims["hub"],
        issue_time=claims["iat"],
        start_time=claims["nbf"],
        expire_time=claims["exp"],
        status_uri=reference["uri"],
        status_index=reference["idx"],
    )
    (certificate,) = city.authority(POLICE).certificates
    signer = city.world.keys.signer(f"seal-{POLICE.lower()}")
    fields = {"name": "张三"} | changes
    return qr.credential_text(licence, fields, seal_sha256=certificate.sha256, alg=signer.alg, sign=signer.sign)


def test_a_qr_code_is_verified_by_the_seals_that_the_list_carries(city, tmp_path, holding):
    text = paper(city, holding)
    found = verdict(city, tmp_path, text)
    assert found.report.outcome is Outcome.PASSED
    assert found.fields == {"name": "张三"}
    city.set_status(holding.credential, Status.INVALID)
    city.publish()
    assert code(verdict(city, tmp_path, text), CheckName.STATUS) == "STATUS_INVALID"
    bare = {"authorities": (city.authority(POLICE, IDENTITY_TYPE, chain=()),)}
    unknown = verdict(city, tmp_path, text, changes=bare)
    assert (unknown.report.outcome, code(unknown, CheckName.ISSUER_CHAIN)) == (Outcome.INDETERMINATE, "SEAL_UNKNOWN")
    pointer = qr.pointer_text(holding.identifier, "ab" * 32)
    assert code(verdict(city, tmp_path, pointer), CheckName.FORMAT) == "QR_POINTER"


@pytest.mark.parametrize("text", ["", "~", "OC1:", "OC1P:!!", "a.b.c~d~", "\ud800", "x" * 200_000, '{"a": 1}'])
def test_whatever_is_presented_the_answer_is_a_verdict(city, tmp_path, holding, text):
    found = verdict(city, tmp_path, text)
    assert found.report.outcome is Outcome.FAILED
    assert not found.fields
    json.dumps([check.code for check in found.report.checks])
