"""What a real hub leaves behind of its work: metrics without people, logs without people or secrets."""

import re
import sqlite3
import urllib.request
from contextlib import closing

import grpc
import pytest
from onceonly.v1 import case_service_pb2

from exchange.client import new_request_id
from exchange.demo import desks
from exchange.edge.methods import METHODS
from exchange.entities.licence import Holder
from exchange.layout import layout
from exchange.reasons import Reason
from tests.fakes.town import CLERK, LINE, MARKET, Town, refused, until

LABELS = {
    "method": {*METHODS, "other"},
    "reason": {"OK", "other", *(reason.value for reason in Reason)},
    "outcome": {"done", "failed"},
}


@pytest.fixture(scope="module")
def people(town: Town) -> list[Holder]:
    """Those whose licences were issued, fetched, verified and refused."""
    company = town.organisation()
    card = town.issue_card(town.head(company))
    case = town.open_case(company)
    extract = desks.fetch(town.hub(), case, LINE).extract
    desks.verify(town.hub(), extract.presentation, extract.receipt)
    desks.verify(town.hub(), extract.presentation.replace("~", "~AAAA~", 1), extract.receipt)
    refused(desks.fetch, town.hub(), case, LINE, ["address"])
    message = town.new_case(company)
    message.parties[1].holder.name = "坏\u202e名"
    hub = town.hub()
    refused(hub.call, hub.cases.OpenCase, case_service_pb2.OpenCaseRequest(case=message, request_id=new_request_id()))
    assert card.name
    return [town.synthetic.holder(company), town.synthetic.holder(town.head(company))]


def page(town: Town) -> str:
    with urllib.request.urlopen(f"http://{town.city.config.metrics.address}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_no_metric_has_a_label_about_a_person(town: Town, people: list[Holder]) -> None:
    told = 'onceonly_calls_total{method="onceonly.v1.ExchangeService/FetchLicence",reason="FIELD_NOT_ALLOWED"}'
    until(lambda: told in page(town), "the refusal to be counted")
    text = page(town)
    for name, value in re.findall(r'[{,](\w+)="([^"]*)"', text):
        if name in LABELS:
            assert value in LABELS[name]
        else:
            assert name in {
                "le",
                "page",
                "status",
                "role",
                "kind",
                "work",
                "pid",
                "task",
                "version",
                "implementation",
                "major",
                "minor",
                "patchlevel",
                "generation",
            }
    for holder in people:
        assert holder.id_number not in text
        assert holder.name not in text
    assert town.city.department(MARKET).uscc not in text


def test_the_logs_name_nobody_and_hold_no_secret(town: Town, people: list[Holder]) -> None:
    said = (town.city.folder / "hub.log").read_text("utf-8")
    assert '"event": "ready"' in said
    for holder in people:
        assert holder.id_number not in said
        assert holder.name not in said
    assert not re.search(r"\b\d{17}[\dXx]\b", said)
    assert "eyJ" not in said  # how every token and credential begins
    assert town.hub(MARKET, CLERK).token() not in said
    assert "Traceback" not in said


def test_an_unauthenticated_call_is_in_the_security_log_without_its_token(town: Town) -> None:
    channel = town.hub()._channel
    method = channel.unary_unary("/onceonly.v1.CaseService/ListCases")
    with pytest.raises(grpc.RpcError):
        method(b"", timeout=10, metadata=(("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."),))
    said = (town.city.folder / "hub.log").read_text("utf-8")
    assert '"reason": "TOKEN_INVALID"' in said
    assert "eyJ" not in said


def test_no_file_of_the_hub_holds_a_person_in_clear(town: Town, people: list[Holder]) -> None:
    """Identity numbers and names are sealed at rest: not in the database, its journal, the index or the objects."""
    with closing(sqlite3.connect(layout(town.city.config).records)) as records:
        records.execute("PRAGMA wal_checkpoint(PASSIVE)")
    looked_at = 0
    for path in sorted(town.city.data.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        looked_at += len(content)
        for holder in people:
            assert holder.id_number.encode() not in content, path
            assert holder.name.encode() not in content, path
    assert looked_at > 100_000
