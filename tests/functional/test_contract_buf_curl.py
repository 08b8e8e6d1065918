"""A client that has nothing of ours but the proto files: ``buf curl`` makes real calls to a real hub."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.rpc import error_details_pb2

from exchange.client import new_request_id
from tests.fakes.town import CLERK, LINE, MARKET, Town

ROOT = Path(__file__).parents[2]
BUF = Path(sys.executable).parent / "buf"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contract as a stranger would copy it."""
    folder = tmp_path_factory.mktemp("schema")
    target = folder / "onceonly" / "v1"
    target.mkdir(parents=True)
    for path in (ROOT / "proto/onceonly/v1").glob("*.proto"):
        (target / path.name).write_bytes(path.read_bytes())
    return folder


def buf_curl(town: Town, schema: Path, method: str, request: dict[str, Any], *, token: str = "") -> Any:
    """The exit code, what was answered and what was complained of."""
    folder = town.city.profile_path(MARKET).parent
    command = [
        *(str(BUF), "curl", "--schema", str(schema), "--protocol", "grpc"),
        *(
            "--cacert",
            str(folder / "ca.pem"),
            "--cert",
            str(folder / "client.pem"),
            "--key",
            str(folder / "client.key"),
        ),
        *("--header", f"authorization: Bearer {token or town.hub(MARKET, CLERK).token()}"),
        *("--data", json.dumps(request)),
        f"https://{town.city.config.listen.address}/onceonly.v1.{method}",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=schema)


def answer(run: Any) -> Any:
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def complaint(run: Any) -> tuple[str, error_details_pb2.ErrorInfo, error_details_pb2.LocalizedMessage]:
    """The code and the details of a refusal."""
    assert run.returncode != 0
    status = json.loads(run.stderr)
    values = {detail["type"]: base64.b64decode(detail["value"] + "==") for detail in status["details"]}
    info = error_details_pb2.ErrorInfo.FromString(values["google.rpc.ErrorInfo"])
    return status["code"], info, error_details_pb2.LocalizedMessage.FromString(values["google.rpc.LocalizedMessage"])


def test_a_case_is_handled_with_the_proto_files_alone(town: Town, schema: Path) -> None:
    company = town.organisation()
    town.issue_card(town.head(company))
    head, firm = town.synthetic.holder(town.head(company)), town.synthetic.holder(company)
    parties = [
        {"role": role, "holder": {"idType": of.id_type, "idNumber": of.id_number, "name": of.name}}
        for role, of in (("applicant", firm), ("legal_representative", head))
    ]
    case = {
        "number": town.number("BUF"),
        "matters": [town.city.matter("food-new").code],
        "channel": "counter",
        "parties": parties,
    }
    opened = answer(buf_curl(town, schema, "CaseService/OpenCase", {"case": case, "requestId": new_request_id()}))
    assert opened["case"]["state"] == "CASE_STATE_OPEN"
    assert head.id_number not in json.dumps(opened)
    fetch = {"case": opened["case"]["name"], "requirement": LINE, "requestId": new_request_id()}
    fetched = answer(buf_curl(town, schema, "ExchangeService/FetchLicence", fetch))
    assert fetched["extract"]["fields"]["name"] == {"text": head.name}
    assert int(fetched["logPosition"]["index"]) > 0
    handed = {"credential": fetched["extract"]["presentation"], "receipt": fetched["extract"]["receipt"]}
    report = answer(buf_curl(town, schema, "VerificationService/VerifyCredential", handed))["report"]
    assert report["verdict"] == "VERDICT_PASSED"


def test_a_refusal_is_understood_without_our_client(town: Town, schema: Path) -> None:
    case, _ = town.ready_case()
    run = buf_curl(
        town,
        schema,
        "ExchangeService/FetchLicence",
        {"case": case, "requirement": LINE, "fields": ["address"], "requestId": new_request_id()},
    )
    code, info, clerk = complaint(run)
    assert (code, info.reason, info.domain) == ("permission_denied", "FIELD_NOT_ALLOWED", "onceonly.v1")
    assert clerk.locale == "zh-CN"
    assert clerk.message


def test_a_made_up_token_is_refused(town: Town, schema: Path) -> None:
    run = buf_curl(town, schema, "CaseService/ListCases", {}, token="made.up.token")
    code, info, _ = complaint(run)
    assert (code, info.reason) == ("unauthenticated", "TOKEN_INVALID")
