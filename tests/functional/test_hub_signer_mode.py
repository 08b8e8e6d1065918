"""A hub whose signature keys are in a signer process: it issues, fetches, verifies and publishes, and holds none."""

import os
import signal
from contextlib import closing, nullcontext
from datetime import UTC, datetime

import pytest

from exchange.cli import main
from exchange.client import CallError
from exchange.config import load
from exchange.demo import desks
from exchange.demo.city import City
from exchange.moving.backup import back_up
from exchange.moving.restoring import check_backup
from exchange.remote_keys import RemoteKeys
from exchange.stores import open_objects
from signer.errors import KeyBackendError
from tests.fakes.asked_signatures import token, trust_list_claims
from tests.fakes.running_signer import RunningSigner
from tests.fakes.town import LINE, Town, refused, until

PASSED = 1


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    with RunningSigner(tmp_path_factory.mktemp("signer")) as running:
        running.start()
        yield running


@pytest.fixture(scope="module")
def town(signer, tmp_path_factory):
    """A city founded by an operator, served by a hub that is none."""
    keys = {"backend": "signer", "signer_address": signer.target("operator"), "signer_timeout_seconds": 30.0}
    city = City.found(tmp_path_factory.mktemp("city"), workers=1, options={"keys": keys})
    file = city.folder / "onceonly.toml"
    file.write_text(file.read_text().replace("operator.sock", "hub.sock"))
    with city:
        city.start()
        town = Town(city)
        yield town
        town.close()


def issued(town, person):
    """A card, or None while nothing can be signed."""
    try:
        return town.issue_card(person)
    except CallError as away:
        return None if away.reason == "SIGNER_UNAVAILABLE" else pytest.fail(str(away))


def test_the_hub_holds_no_signature_key_and_does_everything(signer, town):
    name, _ = town.ready_case()
    extract = desks.fetch(town.hub(), name, LINE).extract
    assert desks.verify(town.hub(), extract.presentation, extract.receipt).verdict == PASSED
    # No private key but the server's TLS key and those of departments' systems, which are no hub's.
    folder = town.city.config.hub.data_dir / "keys"
    assert {path.suffix for path in folder.iterdir()} == {".secret", ".json"}
    for path in town.city.config.hub.data_dir.rglob("*"):
        if path.is_file() and path.parent.name != "tls":
            assert b"PRIVATE KEY" not in path.read_bytes(), path
    signed = [line for line in signer.lines() if line["outcome"] == "signed" and line["client"] == "unix:hub.sock"]
    kinds = {line["kind"] for line in signed}
    assert kinds >= {"credential", "receipt"}


def test_the_integrator_publishes_through_the_signer(signer, town):
    def published():
        with closing(open_objects(town.city.config)) as objects:
            size = int(objects.get("log/checkpoint").decode().splitlines()[1])
        return size if size > 0 else None

    assert until(published, "a checkpoint")
    assert any(line["kind"] == "checkpoint" for line in signer.lines())


def test_a_hub_that_was_taken_over_signs_no_trust_list_and_no_certificate(signer, town):
    operator = RemoteKeys(signer.address("operator"))
    with pytest.raises(KeyBackendError, match="KEY_EXISTS"):
        operator.generate("trust-list", "ES256")
    # What whoever has the hub's rights could try: ask the same signer as the hub does.
    stolen = RemoteKeys(signer.address("hub"))
    data = token(operator, "trust-list", "onceonly-trust-list+jwt", trust_list_claims())
    with pytest.raises(KeyBackendError, match="NOT_YOURS"):
        stolen.sign("trust-list", data)
    [line] = [line for line in signer.lines() if line["key"] == "trust-list" and line["outcome"] == "refused"]
    assert (line["client"], line["code"], line["kind"]) == ("unix:hub.sock", "NOT_YOURS", "trust-list")
    stolen.close()
    operator.close()


def test_an_init_that_the_signer_refuses_leaves_nothing(signer, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONCEONLY_KEYS__BACKEND", "signer")
    monkeypatch.setenv("ONCEONLY_KEYS__SIGNER_ADDRESS", signer.target("hub"))
    for _ in range(2):
        assert main(["init", "--name", "https://hub.qinghe.example"]) == 1
        assert "NOT_YOURS" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []


def test_while_the_signer_is_away_nothing_is_signed_and_it_goes_on_by_itself(signer, town):
    name, card = town.ready_case()
    signer.kill()
    person = town.head(town.organisation())
    error = refused(town.issue_card, person)
    assert error.reason == "SIGNER_UNAVAILABLE", (error, town.city.machines[0].last_words())
    assert error.retry_seconds >= 1
    assert refused(desks.fetch, town.hub(), name, LINE).reason == "SIGNER_UNAVAILABLE"
    # What needs no signature works on: the hub stays healthy.
    assert town.health() == 1
    signer.start()
    assert until(lambda: issued(town, person), "the hub to issue again")
    assert desks.fetch(town.hub(), name, LINE).extract.presentation
    assert card


def test_a_backup_is_taken_and_checked_without_a_signature_key(town, tmp_path):
    config = load(town.city.folder / "onceonly.toml")
    taken = back_up(config, tmp_path / "backup", datetime.now(UTC), lambda _: nullcontext(lambda *_: None))
    assert (
        check_backup(config, tmp_path / "backup", lambda _: nullcontext(lambda *_: None)).checkpoint == taken.checkpoint
    )


def test_a_worker_that_dies_while_the_signer_is_away_comes_back_with_it(signer, town):
    machine = town.city.machines[0]
    pid = machine.pids()["worker-0"]
    signer.kill()
    os.kill(pid, signal.SIGKILL)
    # Others are started in its place and end again, as they find no keys; the hub does not give up.
    until(lambda: machine.log.read_bytes().count(b"keys are away"), "a worker without keys")
    signer.start()
    until(lambda: machine.pids().get("worker-0") not in {None, pid}, "another worker")
    town.wait_serving()
    person = town.head(town.organisation())
    assert until(lambda: issued(town, person), "the hub to issue again")


def test_a_hub_with_its_keys_in_a_token_does_everything_too(tmp_path, soft_token):
    pin = tmp_path / "pin"
    pin.touch(0o600)
    pin.write_bytes(soft_token.pin + b"\n")
    keys = {
        "backend": "pkcs11",
        "pkcs11_module": str(soft_token.module),
        "pkcs11_token": soft_token.label,
        "pin_file": str(pin),
    }
    with City.found(tmp_path / "city", workers=1, options={"keys": keys}) as city:
        city.start()
        town = Town(city)
        name, _ = town.ready_case()
        extract = desks.fetch(town.hub(), name, LINE).extract
        assert desks.verify(town.hub(), extract.presentation, extract.receipt).verdict == PASSED
        soft_token.pull()
        assert refused(town.issue_card, town.head(town.organisation())).reason == "SIGNER_UNAVAILABLE"
        soft_token.insert()
        person = town.head(town.organisation())
        assert until(lambda: issued(town, person), "the token to be found again")
        town.close()
    assert {path.suffix for path in (city.config.hub.data_dir / "keys").iterdir()} == {".secret", ".json"}
