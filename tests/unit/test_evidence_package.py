"""Packages of evidence: exported by who may, proven by anyone, worthless when altered."""

import json
import shutil
import subprocess
import time
from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.audit import journal
from exchange.entities.case import CaseParty
from exchange.entities.licence import RevocationCause
from exchange.evidence.case_package import HeldExtract
from exchange.licences.lifecycle import Amendment, Transition, amend_licence, revoke_licence, suspend_licence
from exchange.licences.read import get_licence
from exchange.offline.evidence import verify_evidence
from signer.cosignature import WitnessKey
from signer.report import CheckName, Outcome
from signer.trust_list import TrustedWitness
from tests.fakes.licence_world import IDENTITY_TYPE, POLICE
from tests.fakes.proven_city import YEAR, Holding, open_city, write_package
from tests.fakes.signing import Pair
from tests.fakes.time_stamps import NO_OPENSSL, OPENSSL, StampAuthority


@pytest.fixture(scope="module")
def stamper(tmp_path_factory):
    if OPENSSL is None:
        pytest.skip(NO_OPENSSL)
    return StampAuthority(tmp_path_factory.mktemp("stamps"))


@pytest.fixture
def city(tmp_path, keys, stamper):
    with open_city(tmp_path, keys=keys, stamper=stamper, start=int(time.time())) as city:
        yield city


def judged(city, folder, **options):
    return verify_evidence(folder, **({"own": None, "anchor": city.anchors_digest()} | options))


def codes(report):
    return {check.name: check.code for check in report.items[0].verdict.report.checks}


def licence_package(city, tmp_path, **options):
    holding = city.issue()
    city.publish(stamped=True)
    city.world.hub.clock.advance(60)
    return holding, write_package(tmp_path / "package", city.licence_evidence(holding, **options))


def case_package(city, tmp_path):
    person = city.world.person()
    city.issue(person)
    case = city.world.open_case(person)
    extract = city.fetch(case).extract
    city.world.hub.clock.advance(3600)
    city.publish(stamped=True)
    held = HeldExtract(extract.presentation, extract.receipt, "")
    return case, held, write_package(tmp_path / "package", city.case_evidence(case, held))


def change(city, holding, use_case, cause):
    """Lead a licence on, as its issuer."""
    view, _ = city.world.as_issuer(POLICE, get_licence, holding.type_code, holding.identifier, 0)
    transition = Transition("测试", "《示例条例》第一条", 0, cause)
    city.world.as_issuer(POLICE, use_case, holding.type_code, holding.identifier, view.etag, transition)


def test_a_licence_is_proven_to_whoever_knows_the_anchors(city, tmp_path):
    holding, folder = licence_package(city, tmp_path)
    report = judged(city, folder)
    assert report.outcome is Outcome.PASSED, report
    assert report.items[0].verdict.report.identifier == holding.identifier
    assert codes(report)[CheckName.LOG_INCLUSION] == "OK"
    assert report.items[0].verdict.fields["name"] == "张三"
    assert not report.notices


def test_anchors_that_come_with_the_package_prove_nothing(city, tmp_path):
    _, folder = licence_package(city, tmp_path)
    unconfirmed = judged(city, folder, anchor="")
    assert unconfirmed.outcome is Outcome.INDETERMINATE
    assert {check.code for check in unconfirmed.checks} == {"OK", "ANCHORS_UNCONFIRMED"}
    assert judged(city, folder, anchor="ab" * 32).outcome is Outcome.FAILED
    own = judged(city, folder, anchor="", own=city.trust_list(), own_anchors=city.anchors_digest())
    assert own.outcome is Outcome.PASSED


def test_a_case_is_proven_with_what_its_department_holds(city, tmp_path):
    _, _, folder = case_package(city, tmp_path)
    report = judged(city, folder)
    assert report.outcome is Outcome.PASSED, report
    found = codes(report)
    assert found[CheckName.PURPOSE_BINDING] == found[CheckName.LOG_INCLUSION] == found[CheckName.STATUS] == "OK"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"items/1/issue/entry.bin", "items/1/fetch/entry.bin", "items/1/fetch/timestamp.tsr"} <= names


def test_an_amended_licence_is_proven_as_well(city, tmp_path):
    holding = city.issue()
    view, _ = city.world.as_issuer(POLICE, get_licence, holding.type_code, holding.identifier, 0)
    amended = city.run(
        "IssuanceService/AmendLicence",
        POLICE,
        "issuer",
        amend_licence,
        city.world.room,
        holding.type_code,
        holding.identifier,
        view.etag,
        Amendment({"nation": "回族"}, None),
        reason="变更",
        legal_reference="",
    )
    city.place(amended.credential)
    city.publish()
    successor = Holding(amended.credential, holding.type_code, amended.view.licence.identifier)
    report = judged(city, write_package(tmp_path / "new", city.licence_evidence(successor)))
    assert (report.outcome, codes(report)[CheckName.LOG_INCLUSION]) == (Outcome.PASSED, "OK")
    assert report.items[0].verdict.fields["nation"] == "回族"
    old = judged(city, write_package(tmp_path / "old", city.licence_evidence(holding)))
    assert codes(old)[CheckName.STATUS] == "STATUS_SUPERSEDED"


def test_the_status_of_a_past_day_is_told_by_the_hub(city, tmp_path):
    holding = city.issue()
    valid_then = city.now
    city.world.hub.clock.advance(3600)
    change(city, holding, suspend_licence, RevocationCause.NONE)
    city.publish()
    city.world.hub.clock.advance(60)
    past = write_package(tmp_path / "past", city.licence_evidence(holding, at_time=valid_then))
    assert judged(city, past).outcome is Outcome.PASSED
    now = write_package(tmp_path / "now", city.licence_evidence(holding))
    report = judged(city, now)
    assert (report.outcome, codes(report)[CheckName.STATUS]) == (Outcome.FAILED, "STATUS_SUSPENDED")
    other_time = judged(city, past, at=valid_then + 1)
    assert codes(other_time)[CheckName.STATUS] == "STATUS_LIST_OF_OTHER_TIME"


def test_a_revoked_licence_is_shown_as_such(city, tmp_path):
    holding = city.issue()
    change(city, holding, revoke_licence, RevocationCause.ANNULLED)
    city.publish()
    folder = write_package(tmp_path / "package", city.licence_evidence(holding))
    assert codes(judged(city, folder))[CheckName.STATUS] == "STATUS_REVOKED"


def test_any_altered_file_fails_the_package(city, tmp_path):
    """Whoever alters a file is found by the manifest; whoever makes the manifest anew, by the signatures."""
    _, _, folder = case_package(city, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    silent = []
    for name in manifest["files"]:
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(_altered(content))
        assert judged(city, folder).outcome is Outcome.FAILED, name
        if judged(city, _remade(folder, tmp_path)).outcome is Outcome.PASSED:
            silent.append(name)
        path.write_bytes(content)
    judging = {
        "credential.sd-jwt",
        "receipt.jwt",
        "status.jwt",
        "entry.bin",
        "salt.bin",
        "proof.txt",
        "trust-list.jwt",
        "timestamp.tsr",
    }
    assert not {name.rsplit("/", 1)[-1] for name in silent} & judging
    assert judged(city, folder).outcome is Outcome.PASSED


def _altered(content):
    place = len(content) * 9 // 10
    replacement = b"A" if content[place : place + 1] != b"A" else b"B"
    return content[:place] + replacement + content[place + 1 :]


def _remade(folder, tmp_path):
    copy = tmp_path / "remade"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"] = {name: sha256((copy / name).read_bytes()).hexdigest() for name in manifest["files"]}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    return copy


@pytest.mark.parametrize(
    ("gone", "outcome", "code"),
    [
        ("items/1/fetch", Outcome.INDETERMINATE, "LOG_PROOF_MISSING"),
        ("items/1/status", Outcome.INDETERMINATE, "STATUS_LIST_OF_OTHER_TIME"),
        ("items/1/receipt", Outcome.FAILED, "JWS_PARTS"),
        ("items/1/credential", Outcome.FAILED, "TILDE_MISSING"),
    ],
)
def test_what_was_taken_out_is_missed(city, tmp_path, gone, outcome, code):
    _, _, folder = case_package(city, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: digest for name, digest in manifest["files"].items() if not name.startswith(gone)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    report = judged(city, folder)
    assert (report.outcome, code in codes(report).values()) == (outcome, True), codes(report)


def test_a_stolen_seal_does_not_undo_what_was_stamped_before(city, tmp_path):
    _, folder = licence_package(city, tmp_path)

    def under(distrusted_after):
        listed = city.trust_list()
        authority = city.authority(POLICE, IDENTITY_TYPE, distrusted_after=distrusted_after)
        trust_list = replace(listed, authorities=(authority,))
        return judged(city, folder, anchor="", own=trust_list)

    assert under(city.now + 3600).outcome is Outcome.PASSED
    stolen_before = under(city.now - 3600)
    assert codes(stolen_before)[CheckName.ISSUER_AUTHORISED] == "SEAL_DISTRUSTED"
    just_then = under(city.now - 59)  # after the seal signed, before anybody else had seen it
    assert codes(just_then)[CheckName.ISSUER_AUTHORISED] == "SEAL_DISTRUSTED_UNPROVEN"


def test_a_quorum_of_witnesses_is_asked_for(city, tmp_path):
    _, folder = licence_package(city, tmp_path)
    listed = city.trust_list()
    assert judged(city, folder, anchor="", own=replace(listed, quorum=1)).outcome is Outcome.PASSED
    strangers = replace(listed, quorum=1, witnesses=(_stranger(),), timestamp_authorities=())
    assert codes(judged(city, folder, anchor="", own=strangers))[CheckName.LOG_INCLUSION] == "LOG_NOT_WITNESSED"
    no_log = replace(listed, logs=())
    assert codes(judged(city, folder, anchor="", own=no_log))[CheckName.LOG_INCLUSION] == "LOG_KEY_UNKNOWN"


def _stranger():
    return TrustedWitness(WitnessKey("stranger.example", Pair("EdDSA").public).vkey)


@pytest.mark.parametrize("make", [licence_package, case_package])
def test_the_commands_of_the_readme_hold(city, tmp_path, make):
    """With openssl, coreutils and python3, in another folder, without this project's code."""
    folder = make(city, tmp_path)[-1]
    result = _by_hand(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Verification: OK" in result.stdout + result.stderr  # the time-stamp's own line
    (folder / "items/1/credential.sd-jwt").write_bytes(b"x" + (folder / "items/1/credential.sd-jwt").read_bytes())
    assert _by_hand(folder).returncode != 0


def test_each_command_of_the_readme_can_fail(city, tmp_path):
    folder = case_package(city, tmp_path)[-1]
    for name in ("items/1/credential.signature", "items/1/fetch/proof.txt", "items/1/seal-key.pem", "log/key.pem"):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(_altered(content))
        assert _by_hand(folder, without_sums=True).returncode != 0, name
        (folder / name).write_bytes(content)
    assert _by_hand(folder, without_sums=True).returncode == 0


def _by_hand(folder, *, without_sums=False):
    readme = (folder / "README.md").read_text()
    blocks = [part.split("```", 1)[0] for part in readme.split("```sh\n")[1:]]
    assert len(blocks) == 4
    script = "\n".join(["set -euo pipefail", *blocks[1 if without_sums else 0 :]])
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_package_is_judged_years_later(city, tmp_path):
    _, folder = licence_package(city, tmp_path)
    city.world.hub.clock.advance(12 * YEAR)
    assert judged(city, folder).outcome is Outcome.PASSED


def test_a_link_out_of_the_folder_is_not_followed(city, tmp_path):
    _, folder = licence_package(city, tmp_path)
    (folder / "items/1").rename(tmp_path / "elsewhere")
    (folder / "items/1").symlink_to(tmp_path / "elsewhere")
    report = judged(city, folder)
    assert (report.outcome, report.checks[0].code) == (Outcome.FAILED, "EVIDENCE_FILE_MISSING")


def test_a_digest_may_begin_with_a_hyphen(city, tmp_path):
    """One in 64 digests does; a command must not take it for an option."""
    folder = case_package(city, tmp_path)[-1]
    commands = [line for line in (folder / "README.md").read_text().splitlines() if "grep" in line]
    assert commands
    assert all("grep -qF -- " in line for line in commands)


def test_of_two_releases_of_one_extract_each_receipt_has_its_own(city, tmp_path):
    """The same fields of the same licence make the same presentation: only the commitment tells the accesses apart."""
    person = city.world.person()
    city.issue(person)
    case = city.world.open_case(person)
    extracts = [city.fetch(case).extract for _ in range(2)]
    assert extracts[0].presentation == extracts[1].presentation
    city.publish()
    folders = []
    for number, extract in enumerate(extracts):
        package = city.case_evidence(case, HeldExtract(extract.presentation, extract.receipt, ""))
        folders.append(write_package(tmp_path / f"{number}", package))
    first, second = folders
    assert (first / "items/1/fetch/entry.bin").read_bytes() != (second / "items/1/fetch/entry.bin").read_bytes()
    assert [judged(city, each).outcome for each in folders] == [Outcome.PASSED, Outcome.PASSED]
    for path in (second / "items/1/fetch").iterdir():
        shutil.copy(path, first / "items/1/fetch" / path.name)
    assert codes(judged(city, _remade(first, tmp_path)))[CheckName.LOG_INCLUSION] == "LOG_ENTRY_OTHER"


def test_a_statement_about_another_licence_says_nothing_of_this_one(city, tmp_path):
    revoked, good = city.issue(), city.issue()
    change(city, revoked, revoke_licence, RevocationCause.ANNULLED)
    city.publish()
    one, other = (
        write_package(tmp_path / name, city.licence_evidence(each)) for name, each in (("r", revoked), ("g", good))
    )
    shutil.copy(other / "items/1/status.jwt", one / "items/1/status.jwt")
    assert codes(judged(city, _remade(one, tmp_path)))[CheckName.STATUS] == "STATUS_STATEMENT_INVALID"


def test_only_the_entry_of_an_issue_proves_one(city, tmp_path):
    issued = city.world.issue(city.world.person())  # recorded under a method of the tests
    city.place(issued.credential)
    city.publish()
    holding = Holding(issued.credential, issued.view.licence.type_code, issued.view.licence.identifier)
    folder = write_package(tmp_path / "package", city.licence_evidence(holding))
    assert codes(judged(city, folder))[CheckName.LOG_INCLUSION] == "LOG_ENTRY_OTHER"


def test_of_an_erased_holder_only_the_release_is_proven(city, tmp_path):
    applicant, seller = city.world.person(), city.world.person()
    city.issue(seller)
    parties = (CaseParty("applicant", applicant), CaseParty("seller", seller))
    case = city.world.open_case(applicant, parties=parties, situations=frozenset({"abroad"}))
    extract = city.fetch(case, line="seller_identity").extract
    city.publish()
    city.world.hub.write(city.world.hub.vault.destroy(city.world.store.owner(seller)))
    city.world.hub.vault.forget(city.world.store.owner(seller))
    held = HeldExtract(extract.presentation, extract.receipt, "")
    folder = write_package(tmp_path / "package", city.case_evidence(case, held))
    report = judged(city, folder)
    assert codes(report)[CheckName.LOG_INCLUSION] == "OK"
    assert len(report.notices) == 2
    assert not (folder / "items/1/status.jwt").exists()


def test_a_young_hub_says_what_it_has_not_published(city, tmp_path):
    holding = city.issue()
    city.publish()
    for name in ("trust/list.jwt", "trust/anchors.json", *city.world.objects.names("status/"), "log/vkey"):
        city.world.objects.delete(name)
    folder = write_package(tmp_path / "package", city.licence_evidence(holding))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert len(manifest["absent"]) == 3
    assert "trust list" in (folder / "README.md").read_text().split("What is not here")[1]
    report = judged(city, folder)
    assert (report.outcome, report.checks[1].code, report.items) == (Outcome.FAILED, "TRUST_LIST_UNUSABLE", ())
    assert len(report.notices) == 3
    own = judged(city, folder, anchor="", own=city.trust_list())
    assert own.outcome is Outcome.PASSED  # whoever has the lists needs none from the package


def test_a_licence_of_before_the_log_named_credentials_is_undecided(city, tmp_path, monkeypatch):
    from exchange.evidence import licence_package
    from exchange.licences import writing

    monkeypatch.setattr(writing, "signed_digest", lambda credential: "")
    holding = city.issue()
    monkeypatch.undo()
    city.publish()
    entry = next(item for item in city.room.log.records.journal(0) if b"IssueLicence" in item.body)
    monkeypatch.setattr(
        licence_package, "issue_entry", lambda room, licence: journal.entries_at(room.records, [entry.first])[0]
    )
    folder = write_package(tmp_path / "package", city.licence_evidence(holding))
    report = judged(city, folder)
    assert (report.outcome, codes(report)[CheckName.LOG_INCLUSION]) == (Outcome.INDETERMINATE, "LOG_ENTRY_UNBOUND")


def test_a_time_stamp_of_other_bytes_fails(city, tmp_path):
    _, folder = licence_package(city, tmp_path)
    stamp = city.stamper.reply_to(b"something else", "-sha256", "-cert")
    (folder / "items/1/issue/timestamp.tsr").write_bytes(stamp)
    assert codes(judged(city, _remade(folder, tmp_path)))[CheckName.LOG_INCLUSION] == "LOG_TIMESTAMP_INVALID"
    nobody = replace(city.trust_list(), timestamp_authorities=())
    found = judged(city, _remade(folder, tmp_path), anchor="", own=nobody)
    assert codes(found)[CheckName.LOG_INCLUSION] == "OK"  # a stamp of nobody whom the list names is none
