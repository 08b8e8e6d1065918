"""Every key of a running hub rolls over by commands: before, during and after, nothing stops and nothing is lost."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from onceonly.v1 import case_service_pb2, verification_service_pb2

from exchange.audit.proofs import CHECKPOINT, PublishedLog, log_key, log_vkeys
from exchange.cli import main
from exchange.client import new_request_id
from exchange.demo import desks
from exchange.demo.city import City
from exchange.stores import open_objects
from exchange.synthetic.catalogue_codes import department_code
from exchange.trust.places import ANCHORS, LIST
from signer import base64url
from signer.note import open_note, parse_vkey
from signer.sdjwt import parse
from signer.trust_keeper import Anchors, TrustKeeper
from tests.fakes.town import LINE, MARKET, POLICE, Town, until

CONNECTIONS = 8


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A hub of this module's own, since its keys do not come back."""
    with City.found(tmp_path_factory.mktemp("rolling"), workers=2) as city:
        city.start()
        town = Town(city)
        yield town
        town.close()


@dataclass
class Operator:
    """Runs commands on the hub's machine while it serves."""

    city: City
    capsys: Any

    def run(self, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        assert main([*words, "--config", str(self.city.folder / "onceonly.toml")]) == code, self.capsys.readouterr()
        return str(self.capsys.readouterr().out)

    def published(self, name: str) -> bytes:
        with closing(open_objects(self.city.config)) as objects:
            return objects.get(name)


@pytest.fixture
def operator(own: Town, capsys: Any) -> Operator:
    return Operator(own.city, capsys)


def everywhere(town: Town, holds: Callable[[Any], bool]) -> bool:
    """Whether something holds on several new connections, most likely at every worker."""
    found = []
    for _ in range(CONNECTIONS):
        with town.city.client(MARKET, "clerk-1") as hub:
            found.append(holds(hub))
    return all(found)


def verdict(hub: Any, credential: str, receipt: str = "") -> tuple[str, set[str]]:
    report = desks.verify(hub, credential, receipt)
    name = verification_service_pb2.Verdict.Name(report.verdict).removeprefix("VERDICT_")
    return name, {check.code for check in report.checks if check.code != "OK"}


def passes(credential: str, receipt: str = "") -> Callable[[Any], bool]:
    return lambda hub: verdict(hub, credential, receipt) == ("PASSED", set())


def new_card(town: Town) -> str:
    issued = desks.issue(
        town.hub(POLICE, "issuer-1"),
        town.synthetic,
        town.city.licence_type("identity-card"),
        town.head(town.organisation()),
        "清河市公安局",
        town.number("ID"),
    )
    return str(issued.credential)


def extract(town: Town) -> Any:
    organisation = town.organisation()
    town.issue_card(town.head(organisation))
    case = town.hub().call(town.hub().cases.OpenCase, _opening(town, organisation)).case
    return desks.fetch(town.hub(), case.name, LINE).extract


def _opening(town: Town, organisation: Any) -> Any:
    return case_service_pb2.OpenCaseRequest(case=town.new_case(organisation), request_id=new_request_id())


def header_kid(token: str) -> str:
    return str(parse(token).header["kid"])


def receipt_kid(token: str) -> str:
    return str(json.loads(base64url.decode(token.split(".", maxsplit=1)[0]))["kid"])


def test_receipts_roll_over(own: Town, operator: Operator) -> None:
    old = extract(own)
    operator.run("keys", "rotate", "receipts")

    def newer() -> Any:
        found = extract(own)
        return found if receipt_kid(found.receipt) != receipt_kid(old.receipt) else None

    new = until(newer, "an extract with a receipt under the new key")
    assert everywhere(own, passes(old.presentation, old.receipt))
    assert everywhere(own, passes(new.presentation, new.receipt))
    assert "published list" in operator.run("trust", "publish")


def test_a_ca_and_a_seal_roll_over(own: Town, operator: Operator) -> None:
    old = new_card(own)
    operator.run("keys", "hub-ca", "--rotate")
    assert passes(new_card(own))(own.hub())  # during: the seal is still one of the old root
    operator.run("keys", "seal", department_code(POLICE), "--name", "清河市公安局", "--rotate")

    def newer() -> str | None:
        found = new_card(own)
        return found if header_kid(found) != header_kid(old) else None

    new = until(newer, "a licence under the new seal")
    until(lambda: everywhere(own, passes(new)), "the new root at every worker")
    assert everywhere(own, passes(old))
    operator.run("trust", "publish")


def test_the_log_rolls_over(own: Town, operator: Operator) -> None:
    with closing(open_objects(own.city.config)) as objects:
        first = log_key(objects)
        reader = PublishedLog(objects, first)
        before = objects.get(CHECKPOINT)
        operator.run("keys", "rotate", "log")
        keys = [parse_vkey(vkey) for vkey in log_vkeys(objects)]

        def signed_by(count: int) -> bool:
            new_card(own)
            return len(open_note(objects.get(CHECKPOINT), keys).signers) == count

        until(lambda: signed_by(2), "a checkpoint with both signatures")
        assert reader.checkpoint()
        operator.run("trust", "publish")
        operator.run("keys", "retire", "log")
        until(lambda: signed_by(1), "a checkpoint with the new signature alone")
        assert open_note(before, [first])
        assert reader.checkpoint()[0].size > 0  # it began with the old key
        assert PublishedLog(objects, keys[1]).inclusion(0).hashes
    assert "trust" in operator.run("doctor")


def test_the_trust_list_rolls_over(own: Town, operator: Operator) -> None:
    now = int(time.time())
    anchors = Anchors.from_json(operator.published(ANCHORS))
    keeper = TrustKeeper(anchors.public_keys(), hub=own.city.config.hub.name)
    keeper.accept(operator.published(LIST), now)
    operator.run("keys", "rotate", "trust-list")
    for _ in range(2):
        operator.run("trust", "publish")
        found = keeper.accept(operator.published(LIST), now + 60)
    assert len(found.trust_keys) == 1
    assert found.trust_keys[0].kid not in anchors.public_keys()


def test_a_stolen_seal_fails_online_and_what_was_recorded_before_stays_good(
    own: Town, operator: Operator, tmp_path: Path
) -> None:
    before = new_card(own)
    time.sleep(2)  # the seconds of records are whole
    found = json.loads(operator.run("trust", "show", "--json"))
    police = f"{department_code(POLICE)} "
    seals = [each for each in found["entries"] if each["entry"] == "seal" and each["name"].startswith(police)]
    newest = max(seals, key=lambda each: each["from"])["name"].split()[1]
    after = new_card(own)
    theft = str(parse(after).payload["iat"])
    operator.run("trust", "distrust", newest, "--reason", "a drill", "--after", theft)
    until(lambda: everywhere(own, lambda hub: verdict(hub, after)[0] == "FAILED"), "the distrust at every worker")
    assert verdict(own.hub(), after)[1] == {"SEAL_DISTRUSTED"}
    assert everywhere(own, passes(before))
    operator.run("keys", "seal", department_code(POLICE), "--name", "清河市公安局", "--rotate")
    operator.run("trust", "publish")
    until(lambda: passes(new_card(own))(own.hub()), "a licence under a fresh seal")
