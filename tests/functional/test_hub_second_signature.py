"""A second signature over the wire: its key made while the hub runs, its licence issued, fetched and verified."""

import json

import pytest
from onceonly.v1 import issuance_service_pb2 as issuance
from onceonly.v1 import verification_service_pb2 as verification

from exchange.cli import main
from exchange.client import HubClient
from exchange.demo import desks
from exchange.synthetic.catalogue_codes import department_code
from signer import base64url
from signer.algorithms import SECOND, public_from_jwk, suite_named
from tests.fakes.town import MARKET, Town, until

PASSED, FAILED = verification.VERDICT_PASSED, verification.VERDICT_FAILED


def second_key(town: Town, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The market department's second key, made by the operator's command beside the running hub."""
    config = str(town.city.folder / "onceonly.toml")
    assert main(["keys", "second", department_code(MARKET), "--config", config, "--json"]) == 0
    made: dict[str, object] = json.loads(capsys.readouterr().out)
    return made


def checked(hub: HubClient, credential: str, second: str) -> tuple[int, dict[str, str]]:
    """The verdict, and the code of every check."""
    request = verification.VerifyCredentialRequest(credential=credential, second_signature=second)
    report = hub.call(hub.verification.VerifyCredential, request).report
    return report.verdict, {check.name: check.code for check in report.checks}


def test_a_second_signature_goes_from_the_issuer_to_whoever_verifies(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    made = second_key(town, capsys)
    hub, issuer = town.hub(), town.hub(MARKET, "issuer-1")
    permit = town.city.licence_type("food-permit")

    def issue() -> tuple[str, issuance.IssueLicenceResponse] | None:
        company = town.organisation()  # a new one for each attempt: what is fetched below must be this licence alone
        issued = desks.issue(issuer, town.synthetic, permit, company, "清河市市场监督管理局", town.number("FP"))
        return (company, issued) if issued.second_signature else None

    company, issued = until(issue, "the hub to have found the new key")
    # What the hub signed verifies with nothing of the hub: the key as the command printed it.
    header, detached, signature = issued.second_signature.split(".")
    assert detached == ""
    public = public_from_jwk(made["jwk"], SECOND)
    signed = f"{header}.{issued.credential.split('.')[1]}".encode()
    assert suite_named("SM2-SM3").verify(public, base64url.decode(signature), signed)

    number = town.number("CHANGE")
    parties = {"applicant": company, "legal_representative": town.head(company)}
    holders = {role: town.synthetic.holder(party) for role, party in parties.items()}
    case = desks.open_case(hub, number, town.city.matter("food-change").code, holders)
    extract = desks.fetch(hub, case.name, "food_permit").extract
    assert extract.presentation.split("~")[0] == issued.credential.split("~")[0]
    assert extract.second_signature == issued.second_signature

    def verified() -> bool:
        verdict, codes = checked(hub, extract.presentation, extract.second_signature)
        return (verdict, codes["second_signature"]) == (PASSED, "OK")

    until(verified, "every worker to have found the new key")  # it may be another than the one that issued
    verdict, codes = checked(hub, extract.presentation, "")
    assert (verdict, "second_signature" in codes) == (PASSED, False)
    verdict, codes = checked(hub, extract.presentation, extract.second_signature[:-3])
    assert (verdict, codes["second_signature"]) == (FAILED, "SECOND_SIGNATURE_INVALID")
