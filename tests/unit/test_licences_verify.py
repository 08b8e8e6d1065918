"""Verifying: every check has its own outcome, and no verdict outlives the record it rests on."""

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.entities.licence import RevocationCause
from exchange.errors import InvalidError, StaleError
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.examining import VerifyRequest, VerifyRoom
from exchange.licences.lifecycle import (
    Amendment,
    Transition,
    amend_licence,
    reinstate_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.receipts import ReceiptKeys
from exchange.licences.seal_archive import SealArchive
from exchange.licences.seals import chain_object, key_id
from exchange.licences.verdicts import NAMES, SENTENCES, result_of
from exchange.licences.verify import report_digest, verify_batch, verify_credential
from exchange.trust.places import issued_seal
from signer import base64url, credential, qr
from signer import receipt as receipts
from signer.report import CheckName, Outcome, failed, undecided
from tests.fakes.licence_world import (
    HUB,
    IDENTITY,
    IDENTITY_TYPE,
    LAND,
    MARKET,
    POLICE,
    SERVICE_CENTRE,
)

DAY = 86_400
WHY = Transition("because", "", 0, RevocationCause.PENALTY)


@pytest.fixture
def room(world):
    issuers = AuthorisedIssuers(world.hub.catalogue)
    keys, seals = ReceiptKeys(world.keys).current, SealArchive(world.objects, world.trust)
    rooms = (keys, world.receipts, seals, world.seconds)
    return VerifyRoom(HUB, world.store, world.trust, issuers, world.tagger, *rooms)


def verify(world, room, text, receipt="", at=0, department=SERVICE_CENTRE):
    caller = world.hub.caller(department, None)
    return world.hub.run(caller, verify_credential, room, VerifyRequest(text, receipt, at)).report


def codes(report):
    return {check.name: check.code for check in report.checks if check.code != "OK"}


def change(world, verb, view):
    return world.as_issuer(POLICE, verb, IDENTITY, view.licence.identifier, view.etag, WHY)


def signed_again(world, issued, authority=POLICE, hub=HUB, vct="", **changes):
    """A credential that an authority's seal signed without the hub."""
    seal = world.seals.seal(authority)
    licence = issued.view.licence
    visible = credential.Licence(
        issuer=authority,
        licence_type=vct or f"{HUB}/licenceTypes/{IDENTITY}/revisions/1",
        identifier=licence.identifier,
        hub=hub,
        issue_time=world.hub.clock.seconds,
        start_time=licence.valid_from_time,
        expire_time=licence.valid_until_time,
        status_uri=f"{HUB}/status/x",
        status_index=licence.status_index,
    )
    return credential.build(replace(visible, **changes), {"name": "x"}, {}, seal.header, seal.signer.sign).token


def test_a_good_credential_passes_every_check(world, room):
    issued = world.issue(world.person())
    report = verify(world, room, issued.credential)
    assert (report.outcome, codes(report)) == (Outcome.PASSED, {})
    assert (report.identifier, report.licence_type) == (issued.view.licence.identifier, IDENTITY)
    assert report.issuing_authority == POLICE
    assert {"name", "holder_name"} <= set(report.disclosed_fields)
    item = world.records()[-1].items[0]
    assert (item.outcome, item.licence_version, len(item.licence_tag)) == (1, 1, 16)
    assert issued.view.licence.identifier.encode() not in world.records()[-1].SerializeToString()


def test_a_flipped_character_fails(world, room):
    text = world.issue(world.person()).credential
    body = text.index(".") + 20
    report = verify(world, room, text[:body] + ("A" if text[body] != "A" else "B") + text[body + 1 :])
    assert report.outcome is Outcome.FAILED
    assert report.identifier == ""
    assert verify(world, room, "nonsense").outcome is Outcome.FAILED
    assert world.records()[-1].items[0].outcome == 2


def test_status_is_the_hubs_own_now_and_in_the_past(world, room):
    issued = world.issue(world.person())
    start = world.hub.clock.seconds
    assert verify(world, room, issued.credential).outcome is Outcome.PASSED
    world.hub.clock.advance(DAY)
    view = change(world, suspend_licence, issued.view)
    assert codes(verify(world, room, issued.credential)) == {CheckName.STATUS: "STATUS_SUSPENDED"}
    world.hub.clock.advance(DAY)
    view = change(world, reinstate_licence, view)
    world.hub.clock.advance(DAY)
    change(world, revoke_licence, view)
    assert codes(verify(world, room, issued.credential)) == {CheckName.STATUS: "STATUS_REVOKED"}
    assert verify(world, room, issued.credential, at=start).outcome is Outcome.PASSED
    assert codes(verify(world, room, issued.credential, at=start + DAY)) == {CheckName.STATUS: "STATUS_SUSPENDED"}
    before = codes(verify(world, room, issued.credential, at=start - 1))
    assert before[CheckName.STATUS] == "NOT_ISSUED"
    assert before[CheckName.VALIDITY] == "NOT_YET_VALID"


def test_a_licence_revoked_before_the_commit_does_not_pass(world, room):
    issued = world.issue(world.person())
    verify(world, room, issued.credential)
    call = world.hub.call(world.hub.caller(SERVICE_CENTRE, None))
    real = world.hub.recorder

    class Meddler:
        def commit(self, unit, timeout):
            change(world, revoke_licence, issued.view)
            return real.commit(unit, timeout)

    call._recorder = Meddler()
    with pytest.raises(StaleError):
        verify_credential(call, room, VerifyRequest(issued.credential, "", 0))
    assert codes(verify(world, room, issued.credential)) == {CheckName.STATUS: "STATUS_REVOKED"}


def test_a_replaced_version_says_so(world, room):
    issued = world.issue(world.person())
    amendment = Amendment({"born": "1990-01-02"}, None)
    words = {"reason": "x", "legal_reference": ""}
    identifier, etag = issued.view.licence.identifier, issued.view.etag
    new = world.as_issuer(POLICE, amend_licence, IDENTITY, identifier, etag, amendment, **words)
    assert codes(verify(world, room, issued.credential)) == {CheckName.STATUS: "STATUS_SUPERSEDED"}
    assert verify(world, room, new.credential).outcome is Outcome.PASSED


def test_what_the_hub_does_not_know_is_undecided(world, room):
    issued = world.issue(world.person())
    other = signed_again(world, issued, identifier=issued.view.licence.identifier[:-3] + "9.0")
    report = verify(world, room, other)
    assert codes(report)[CheckName.STATUS] == "LICENCE_UNKNOWN"
    assert report.outcome is Outcome.INDETERMINATE
    assert world.records()[-1].items[0].outcome == 3
    elsewhere = verify(world, room, signed_again(world, issued, hub="https://other.example"))
    assert codes(elsewhere)[CheckName.STATUS] == "LICENCE_OF_OTHER_HUB"
    strange = verify(world, room, signed_again(world, issued, identifier="x\u0000" * 100))
    assert codes(strange)[CheckName.STATUS] == "LICENCE_UNKNOWN"
    world.hub.write(world.hub.vault.destroy(world.store.owner(issued.view.licence.holders[0])))
    assert codes(verify(world, room, issued.credential))[CheckName.STATUS] == "LICENCE_ERASED"  # though it is cached
    world.store.licences.forget(issued.view.licence.identifier)
    assert codes(verify(world, room, issued.credential))[CheckName.STATUS] == "LICENCE_ERASED"


def test_a_credential_that_is_not_the_one_on_record_fails(world, room):
    issued = world.issue(world.person())
    for changes in ({}, {"start_time": 1}, {"expire_time": None}, {"status_index": 1}):  # {}: other contents only
        report = verify(world, room, signed_again(world, issued, **changes))
        assert codes(report)[CheckName.STATUS] == "RECORD_MISMATCH"


def test_only_an_issuer_of_that_revision_at_that_time_is_authorised(world, room):
    issued = world.issue(world.person())
    foreign = signed_again(world, issued, authority=LAND)
    assert codes(verify(world, room, foreign))[CheckName.ISSUER_AUTHORISED] == "ISSUER_NOT_AUTHORISED"
    for vct in ("https://other.example/x", f"{HUB}/licenceTypes/{IDENTITY}/revisions/9"):
        unknown = verify(world, room, signed_again(world, issued, vct=vct))
        assert codes(unknown)[CheckName.ISSUER_AUTHORISED] == "AUTHORISATION_UNKNOWN"
    world.hub.clock.advance(DAY)
    world.hub.publish(replace(IDENTITY_TYPE, issuers=frozenset({LAND})))
    assert verify(world, room, issued.credential).outcome is Outcome.PASSED
    world.hub.clock.advance(DAY)
    late = signed_again(world, issued)
    assert codes(verify(world, room, late))[CheckName.ISSUER_AUTHORISED] == "ISSUER_NOT_AUTHORISED"


def test_an_extract_is_bound_to_its_purpose(world, room):
    holder = world.person()
    world.issue(holder)
    extract = world.fetch(world.open_case(holder)).extract
    assert verify(world, room, extract.presentation, extract.receipt, department=MARKET).outcome is Outcome.PASSED
    passed_on = verify(world, room, extract.presentation, extract.receipt)
    assert codes(passed_on) == {CheckName.PURPOSE_BINDING: "RECEIPT_FOR_OTHER_AUDIENCE"}
    other = world.fetch(world.open_case(holder), "identity", "name").extract
    mixed = verify(world, room, other.presentation, extract.receipt, department=MARKET)
    assert codes(mixed) == {CheckName.PURPOSE_BINDING: "RECEIPT_OF_OTHER_EXTRACT"}
    world.hub.clock.advance(40 * DAY)
    late = verify(world, room, extract.presentation, extract.receipt, department=MARKET)
    assert codes(late) == {CheckName.PURPOSE_BINDING: "RECEIPT_EXPIRED"}


def test_receipts_stay_good_when_the_key_is_rotated(world, room):
    holder = world.person()
    world.issue(holder)
    extract = world.fetch(world.open_case(holder)).extract
    world.keys.rotate("receipts")
    assert verify(world, room, extract.presentation, extract.receipt, department=MARKET).outcome is Outcome.PASSED
    new = world.fetch(world.open_case(holder)).extract
    assert verify(world, room, new.presentation, new.receipt, department=MARKET).outcome is Outcome.PASSED


def test_a_batch_is_one_record_with_an_item_each(world, room):
    good = world.issue(world.person()).credential
    items = (VerifyRequest(good, "", 0), VerifyRequest("x", "", 0))
    answer = world.hub.run(world.hub.caller(SERVICE_CENTRE, None), verify_batch, room, items)
    assert [report.outcome for report in answer.reports] == [Outcome.PASSED, Outcome.FAILED]
    assert [item.outcome for item in world.records()[-1].items] == [1, 2]
    future = (VerifyRequest(good, "", 0), VerifyRequest(good, "", world.hub.clock.seconds + 1))
    with pytest.raises(InvalidError) as caught:
        world.hub.run(world.hub.caller(SERVICE_CENTRE, None), verify_batch, room, future)
    assert [violation.field for violation in caught.value.violations] == ["items[1].at_time"]


def test_every_outcome_has_words_in_both_languages():
    assert set(NAMES) == set(CheckName)
    for check in (failed(CheckName.FORMAT, "NEW_CODE", "it is odd"), undecided(CheckName.FORMAT, "NEW_CODE", "?")):
        message = result_of(check).message
        assert "NEW_CODE" in message.zh
        assert message.en
    assert all(label.zh and label.en for label in SENTENCES.values())


def answered(world, room, request, department=SERVICE_CENTRE, **options):
    return world.hub.run(world.hub.caller(department, None), verify_credential, room, request, **options)


def pointing(issued, digest=None):
    licence = issued.view.licence
    whole = bytes.fromhex(licence.signed_digest)
    return VerifyRequest(identifier=licence.identifier, digest=whole if digest is None else digest)


def test_an_identifier_with_its_digest_is_answered_from_the_record(world, room):
    issued = world.issue(world.person())
    for digest in (None, bytes.fromhex(issued.view.licence.signed_digest)[:16]):
        report = answered(world, room, pointing(issued, digest)).report
        assert (report.outcome, codes(report)) == (Outcome.PASSED, {})
        assert (report.identifier, report.issuing_authority) == (issued.view.licence.identifier, POLICE)
        assert (report.disclosed_fields, report.sd_hash) == ((), "")
    assert world.records()[-1].items[0].licence_tag
    change(world, revoke_licence, issued.view)
    assert codes(answered(world, room, pointing(issued)).report) == {CheckName.STATUS: "STATUS_REVOKED"}


def test_without_the_digest_a_pointer_says_nothing_not_even_whether_the_licence_exists(world, room):
    issued, other = world.issue(world.person()), world.issue(world.person())
    theirs = bytes.fromhex(other.view.licence.signed_digest)
    unknown = VerifyRequest(identifier=issued.view.licence.identifier[:-1] + "#", digest=theirs)
    reports = [answered(world, room, each).report for each in (pointing(issued, theirs), unknown)]
    assert reports[0] == replace(reports[1], at_time=reports[0].at_time)
    assert codes(reports[0])[CheckName.STATUS] == "POINTER_MISMATCH"
    assert reports[0].outcome is Outcome.FAILED
    assert (reports[0].identifier, reports[0].licence_type) == ("", "")
    item = world.records()[-1].items[0]
    assert (item.licence_tag, item.holder_tag, item.outcome) == (b"", b"", 2)


def test_a_pointer_to_an_erased_holder_points_to_nothing(world, room):
    issued = world.issue(world.person())
    world.hub.write(world.hub.vault.destroy(world.store.owner(issued.view.licence.holders[0])))
    assert codes(answered(world, room, pointing(issued)).report)[CheckName.STATUS] == "POINTER_MISMATCH"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (VerifyRequest(), "credential"),
        (VerifyRequest("x", qr_text="y"), "credential"),
        (VerifyRequest("x", identifier="y", digest=bytes(16)), "credential"),
        (VerifyRequest(identifier="y"), "digest"),
        (VerifyRequest("x", digest=bytes(16)), "digest"),
        (VerifyRequest(identifier="y", digest=bytes(15)), "digest"),
        (VerifyRequest(identifier="y", digest=bytes(16), receipt="z"), "receipt"),
    ],
)
def test_a_request_is_exactly_one_of_three(world, room, request_, field):
    with pytest.raises(InvalidError) as caught:
        answered(world, room, request_)
    assert [violation.field for violation in caught.value.violations] == [field]


def test_the_receipt_says_what_was_found_and_names_the_record(world, room):
    issued = world.issue(world.person())
    change(world, suspend_licence, issued.view)
    asked = world.hub.clock.seconds
    world.hub.clock.advance(5)
    answer = answered(world, room, VerifyRequest(issued.credential, at_time=asked))
    receipt = receipts.verify(answer.receipt, room.receipt_keys(), at=world.hub.clock.seconds)
    assert (receipt.act, receipt.verdict, receipt.reasons) == (receipts.Act.VERIFIED, "FAILED", ("STATUS_SUSPENDED",))
    assert (receipt.audience, receipt.licence, receipt.asked_time) == (SERVICE_CENTRE, answer.report.identifier, asked)
    assert receipt.sd_hash == answer.report.sd_hash != ""
    assert receipt.commitment == answer.position.commitment
    assert receipt.report == base64url.encode(report_digest((answer.report,)))
    assert world.records()[-1].response_digest == report_digest((answer.report,))
    assert answered(world, room, VerifyRequest(issued.credential), with_receipt=False).receipt == ""


def test_a_batch_has_one_receipt_for_all_of_it(world, room):
    items = (VerifyRequest(world.issue(world.person()).credential), VerifyRequest("x"))
    answer = world.hub.run(world.hub.caller(SERVICE_CENTRE, None), verify_batch, room, items)
    receipt = receipts.verify(answer.receipt, room.receipt_keys(), at=world.hub.clock.seconds)
    assert (receipt.verdict, receipt.licence, receipt.sd_hash, receipt.asked_time) == ("FAILED", None, None, None)
    assert receipt.report == base64url.encode(report_digest(answer.reports))
    assert receipt.report != base64url.encode(report_digest(answer.reports[::-1]))


def drawn(world, issued, fields, authority=POLICE):
    """The credential form of a QR code by an authority's seal, whose certificate the hub keeps."""
    pem = world.objects.get(chain_object(authority))
    digest = sha256(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)).hexdigest()
    world.objects.replace(issued_seal(authority, digest), pem)
    licence, signer = issued.view.licence, world.keys.signer(key_id(authority))
    visible = credential.Licence(
        issuer=authority,
        licence_type=f"{HUB}/licenceTypes/{IDENTITY}/revisions/1",
        identifier=licence.identifier,
        hub=HUB,
        issue_time=world.hub.clock.seconds,
        start_time=licence.valid_from_time,
        expire_time=licence.valid_until_time or None,
        status_uri=f"{HUB}/status/{IDENTITY}/2026/1",
        status_index=licence.status_index,
    )
    return qr.credential_text(visible, fields, seal_sha256=digest, alg=signer.alg, sign=signer.sign)


def test_a_qr_code_is_verified_like_a_credential(world, room):
    issued = world.issue(world.person())
    licence = issued.view.licence
    text = drawn(world, issued, {"name": licence.fields["name"], "holder_id_number": licence.holders[0].id_number})
    report = answered(world, room, VerifyRequest(qr_text=text)).report
    assert (report.outcome, codes(report)) == (Outcome.PASSED, {})
    assert (report.identifier, report.disclosed_fields) == (licence.identifier, ("holder_id_number", "name"))
    assert world.records()[-1].items[0].licence_tag
    change(world, suspend_licence, issued.view)
    assert codes(answered(world, room, VerifyRequest(qr_text=text)).report) == {CheckName.STATUS: "STATUS_SUSPENDED"}


def test_a_qr_code_must_say_what_the_record_says(world, room):
    issued = world.issue(world.person())
    text = drawn(world, issued, {"name": "另一人"})
    assert codes(answered(world, room, VerifyRequest(qr_text=text)).report) == {CheckName.STATUS: "RECORD_MISMATCH"}


def test_a_qr_code_of_a_seal_that_the_hub_never_had_is_undecided(world, room):
    issued = world.issue(world.person())
    text = drawn(world, issued, {})
    for name in list(world.objects.walk("seals/")):
        world.objects.delete(name)
    report = answered(world, room, VerifyRequest(qr_text=text)).report
    assert (report.outcome, codes(report)[CheckName.ISSUER_CHAIN]) == (Outcome.INDETERMINATE, "SEAL_UNKNOWN")


def test_the_pointer_form_is_answered_from_the_record(world, room):
    issued = world.issue(world.person())
    text = qr.pointer_text(issued.view.licence.identifier, issued.view.licence.signed_digest)
    assert answered(world, room, VerifyRequest(qr_text=text)).report.outcome is Outcome.PASSED
    other = qr.pointer_text(issued.view.licence.identifier, "00" * 32)
    assert codes(answered(world, room, VerifyRequest(qr_text=other)).report)[CheckName.STATUS] == "POINTER_MISMATCH"


@pytest.mark.parametrize("text", ["x", "OC1:", "OC1P:AAA", "OC1:6BF"])
def test_any_other_text_fails_by_its_form(world, room, text):
    report = answered(world, room, VerifyRequest(qr_text=text)).report
    assert report.outcome is Outcome.FAILED
    assert report.checks[0].code != "OK"
    assert {check.code for check in report.checks[1:]} == {"NOT_REACHED"}
