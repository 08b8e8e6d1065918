"""Programs that others wrote accept what this project signs, and refuse it once any part of it is altered."""

import json
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signer.algorithms import public_to_jwk, suite_of
from signer.status_bits import Status
from signer.tiles import TILE_WIDTH
from tests.fakes.licence_world import open_keys
from tests.fakes.proven_city import open_city


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    keys = open_keys(tmp_path_factory.mktemp("keys") / "keys")
    with open_city(tmp_path_factory.mktemp("city"), keys=keys, start=int(time.time())) as city:
        yield city


@pytest.fixture(scope="module")
def papers(city):
    """A credential, an extract and its receipt, of one person."""
    person = city.world.person()
    holding = city.issue(person)
    extract = city.fetch(city.world.open_case(person), "name", "born").extract
    city.publish()
    return holding, extract


@pytest.fixture
def verified(node_folder):
    def run(*tasks):
        command = ["node", "verify.mjs"]
        asked = json.dumps(tasks)
        result = subprocess.run(
            command, cwd=node_folder, input=asked, capture_output=True, text=True, check=False, timeout=120
        )
        assert result.returncode == 0, result.stderr
        answers = json.loads(result.stdout)
        assert len(answers) == len(tasks)
        return answers

    return run


def jwk(public):
    return public_to_jwk(public) | {"alg": suite_of(public).name}


def altered(text):
    """The text with one character in its middle changed to another of base64url."""
    place = len(text) // 2
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def spoilt(token):
    """The token with each of its parts altered in turn: header, payload, signature, and every disclosure."""
    jwt, tilde, rest = token.partition("~")
    parts = jwt.split(".")
    for place, part in enumerate(parts):
        yield ".".join([*parts[:place], altered(part), *parts[place + 1 :]]) + tilde + rest
    disclosures = rest.split("~")[:-1] if tilde else []
    for place, part in enumerate(disclosures):
        yield "~".join([jwt, *disclosures[:place], altered(part), *disclosures[place + 1 :], ""])


def refused(verified, token, task):
    """Whether the whole token is accepted and none of its spoilt forms is; returns the answer to the whole."""
    whole, *others = verified(task | {"token": token}, *(task | {"token": each} for each in spoilt(token)))
    assert whole["ok"], whole
    assert [each["ok"] for each in others] == [False] * len(others)
    assert len(others) >= 3
    return whole


def test_credentials_and_extracts(city, papers, verified):
    holding, extract = papers
    root = x509.load_der_x509_certificate(city.world.ca).public_bytes(Encoding.PEM).decode()
    task = {"kind": "credential", "root": root}
    payload = refused(verified, holding.credential, task)["payload"]
    assert payload["licence"] == holding.identifier
    assert payload["name"] == "张三"
    shown = refused(verified, extract.presentation, task)["payload"]
    assert (shown["name"], shown["born"], "citizen_id" in shown) == ("张三", "1990-01-01", False)


def test_receipts(city, papers, verified):
    _, extract = papers
    key = jwk(city.world.keys.public_key("receipts"))
    task = {"kind": "jws", "key": key, "typ": "onceonly-receipt+jwt"}
    payload = refused(verified, extract.receipt, task)["payload"]
    assert set(payload["fields"]) == {"born", "name"}


def test_the_trust_list(city, papers, verified):
    task = {"kind": "jws", "key": jwk(city.trust.public), "typ": "onceonly-trust-list+jwt"}
    payload = refused(verified, city.trust_token(), task)["payload"]
    assert payload["authorities"][0]["types"]


@pytest.mark.parametrize("status", list(Status))
def test_status_lists(city, papers, verified, status):
    holding, _ = papers
    city.set_status(holding.credential, status)
    uri, index = city.place(holding.credential)
    task = {"kind": "status", "key": jwk(city.status.public), "uri": uri, "index": index, "at": city.now}
    token = city.status_list(uri)
    assert refused(verified, token, task)["status"] == status
    late, other, beyond = verified(
        task | {"token": token, "at": city.now + 8 * 86_400},
        task | {"token": token, "uri": f"{uri}0"},
        task | {"token": token, "index": 1 << 20},
    )
    assert [late["ok"], other["ok"], beyond["ok"]] == [False, False, False]


def test_the_log_in_go(city, papers, go_program, tmp_path):
    """golang.org/x/mod opens the checkpoint and proves an entry from the tiles."""
    while city.world.hub.records.journal_length() <= TILE_WIDTH:  # a whole tile, and a partial one
        city.world.hub.write()
    city.publish()
    for name in city.world.objects.names("log/"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(city.world.objects.get(name))

    def proven(index, commitment):
        command = [str(go_program), str(tmp_path / "log"), str(index), commitment.hex()]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    log = city.room.log.log
    length = city.world.hub.records.journal_length()
    for index in (0, TILE_WIDTH - 1, length - 1):
        result = proven(index, log.commitment(index))
        assert (result.returncode, result.stdout) == (0, f"proven {length}\n"), result.stdout + result.stderr
    assert proven(1, log.commitment(0)).returncode == 1
    checkpoint = tmp_path / "log/checkpoint"
    checkpoint.write_text(checkpoint.read_text().replace(f"\n{length}\n", f"\n{length - 1}\n"))
    assert "invalid signature" in proven(0, log.commitment(0)).stdout
