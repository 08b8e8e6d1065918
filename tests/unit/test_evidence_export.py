"""Exporting evidence: one's own alone, for a reason, recorded, and only what the log has published."""

import time

import pytest

from exchange.errors import InvalidError, NotFoundError, UnavailableError
from exchange.evidence.case_package import HeldExtract
from exchange.evidence.licence_package import export_licence_evidence
from exchange.reasons import Reason
from signer import signing_tokens
from signer.signing_kinds import AskedKey, Place
from tests.fakes.licence_world import HUB, LAND
from tests.fakes.proven_city import open_city


@pytest.fixture
def city(tmp_path, keys):
    with open_city(tmp_path, keys=keys, start=int(time.time())) as city:
        yield city


def test_the_export_is_recorded_with_whom_it_names(city):
    holding = city.issue()
    city.publish()
    city.licence_evidence(holding, reason="（2027）清01民初1号")
    record = city.world.records()[-1]
    assert record.method == "onceonly.v1.EvidenceService/ExportLicenceEvidence"
    assert (record.purpose, len(record.items), bool(record.sealed)) == ("evidence", 1, True)
    assert record.items[0].licence_tag
    assert len(record.items[0].response_digest) == 32
    assert "清01民初".encode() not in record.SerializeToString()


def test_the_entry_of_an_issue_names_the_credential(city):
    holding = city.issue()
    (record,) = [each for each in city.world.records() if each.method.endswith("IssueLicence")]
    licence = city.world.store.licences.fresh(holding.identifier).value
    assert record.items[0].response_digest.hex() == licence.signed_digest


def test_only_the_issuing_authority_and_the_cases_department_export(city):
    holding = city.issue()
    person = city.world.person()
    case = city.world.open_case(person)
    city.publish()
    options = {"reason": "x", "at_time": 0}
    with pytest.raises(NotFoundError):
        city.run(
            "x", LAND, "issuer", export_licence_evidence, city.room, holding.type_code, holding.identifier, **options
        )
    with pytest.raises(InvalidError) as caught:
        city.case_evidence(case, HeldExtract(holding.credential, "no receipt", ""))
    assert [each.field for each in caught.value.violations] == ["extracts[0].receipt"]


def test_an_extract_of_another_case_is_refused(city):
    first, second = city.world.person(), city.world.person()
    city.issue(first), city.issue(second)
    one, other = city.world.open_case(first), city.world.open_case(second)
    mine, theirs = city.fetch(one).extract, city.fetch(other).extract
    city.publish()
    for held in (
        HeldExtract(theirs.presentation, theirs.receipt, ""),
        HeldExtract(theirs.presentation, mine.receipt, ""),
        HeldExtract(mine.presentation, mine.receipt[:-4] + "AAAA", ""),
    ):
        with pytest.raises(InvalidError):
            city.case_evidence(one, held)
    assert city.case_evidence(one, HeldExtract(mine.presentation, mine.receipt, "")).files


def test_a_reason_is_required_and_the_future_is_not_told(city):
    holding = city.issue()
    city.publish()
    for options in ({"reason": ""}, {"reason": "x" * 501}, {"at_time": city.now + 10}):
        with pytest.raises(InvalidError):
            city.licence_evidence(holding, **options)


def test_what_is_not_published_yet_is_asked_for_again(city):
    holding = city.issue()
    with pytest.raises(UnavailableError) as caught:
        city.licence_evidence(holding)
    assert caught.value.reasons == (Reason.AUDIT_UNAVAILABLE,)


def test_a_signer_process_signs_what_a_package_states(city):
    """It takes every object apart before it signs: a statement has claims that a release's receipt has not."""
    holding = city.issue()
    city.publish()
    files = {each.name: each.content for each in city.licence_evidence(holding).files}
    signer = city.world.keys.signer("receipts")
    asked = AskedKey("receipts", signer.kid, signer.alg, signer.public)
    signing_tokens.receipt(asked, Place(HUB, "log"), city.now, files["items/1/status.signed"])
    assert b'"at":' in files["items/1/status.payload.json"]


def erase(city, person):
    """The holder's data key is destroyed, and with it everything that it seals."""
    vault = city.world.hub.vault
    city.world.hub.write(vault.destroy(city.world.store.owner(person)))
    vault.forget(city.world.store.owner(person))


def test_of_an_erased_holder_no_licence_is_exported(city):
    person = city.world.person()
    holding = city.issue(person)
    city.publish()
    erase(city, person)
    with pytest.raises(NotFoundError):
        city.licence_evidence(holding)


@pytest.mark.parametrize("count", [0, 41])
def test_a_package_has_a_bounded_number_of_extracts(city, count):
    case = city.world.open_case(city.world.person())
    with pytest.raises(InvalidError) as caught:
        city.case_evidence(case, *([HeldExtract("x", "y", "")] * count))
    assert [each.field for each in caught.value.violations] == ["extracts"]
