"""``onceonly webhooks`` against a hub that is one process (``workers = 0``), which posts to a real HTTPS receiver."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from exchange.app import build_single
from exchange.cli import main
from exchange.demo.city import City
from tests.fakes.town import MARKET, Town, until
from tests.fakes.webhook_world import Receiver

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(tmp_path) as receiver:
        yield receiver


@pytest.fixture
def town(tmp_path: Path, receiver: Receiver) -> Iterator[Town]:
    events = {
        "webhook_hosts": [f"localhost:{receiver.port}"],
        "webhook_networks": ["127.0.0.0/8", "::1/128"],
        "webhook_tls_ca": str(receiver.tls_ca),
    }
    city = City.found(tmp_path / "city", workers=0, options={"events": events})
    single = build_single(city.config, CollectorRegistry())
    single.start(lambda: None)
    city.loaded = city.load()
    town = Town(city)
    yield town
    town.close()
    single.stop(5)
    single.wait()


@pytest.fixture
def run(town: Town, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output and standard error of a command of ``onceonly webhooks``."""
    where = ["--address", str(town.city.config.events.address), "--profile", str(town.city.profile_path(MARKET))]

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["webhooks", *words, *where])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def answer_of(run: Run, *words: str) -> Any:
    code, out, err = run(*words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def cells(text: str, name: str) -> Sequence[str]:
    """The row of a table that begins with a name."""
    [row] = [line for line in text.splitlines() if f" {name} " in line]
    return [cell.strip() for cell in row.strip("│").split("│")]


def test_a_department_manages_its_webhooks(town: Town, receiver: Receiver, run: Run) -> None:
    # 1. What is refused says why, with the exit code that every command has for it.
    code, out, err = run("create", "https://elsewhere.example/")
    assert (code, out) == (1, "")
    assert err.startswith("onceonly: FIELD_INVALID")
    assert "url: is on a host that the operator of the hub has not listed" in err
    assert run("delete", "webhooks/none")[0] == 1
    assert main(["webhooks", "list", "--address", "127.0.0.1:1", "--profile", "none.toml"]) == 2
    assert answer_of(run, "list") == []

    # 2. What happens after the registration is posted, by the one process.
    code, out, _ = run("create", receiver.url, "--type", "case.opened")
    name, state = out.split()
    assert (code, state) == (0, "ACTIVE")
    receiver.answer = lambda path: (500, {})
    case = town.open_case(town.organisation())
    failing = until(lambda: [each for each in answer_of(run, "list") if "failed_attempts" in each], "a failure")
    assert failing[0]["next_attempt_time"] > failing[0]["create_time"]
    receiver.answer = lambda path: (422, {})
    until(lambda: answer_of(run, "list")[0].get("dead_letters"), "a dead letter")
    assert cells(run("list")[1], name) == [name, "ACTIVE", "0", "1", receiver.url, "case.opened"]
    [letter] = answer_of(run, "dead-letters", name)
    shown = cells(run("dead-letters", name)[1], letter["name"])
    assert (shown[0], *shown[3:]) == (letter["name"], "refused", "", "case.opened", case)
    assert int(shown[2]) == len(receiver.came)

    # 3. It is posted once more when somebody says so.
    receiver.answer = lambda path: (204, {})
    assert run("retry", letter["name"]) == (0, "", "")
    until(lambda: not answer_of(run, "dead-letters", name), "the dead letter to be taken")
    taken = len(receiver.came)
    assert set(receiver.subjects) == {case}
    code, _, err = run("retry", letter["name"])
    assert (code, err.partition(":")[2].split(":")[0].strip()) == (1, "WEBHOOK_UNKNOWN")

    # 4. Paused, nothing is lost; deleted, it is gone.
    assert answer_of(run, "pause", name)["state"] == "WEBHOOK_STATE_PAUSED"
    later = town.open_case(town.organisation())
    assert run("resume", name) == (0, f"{name} ACTIVE\n", "")
    until(lambda: len(receiver.came) > taken, "the event after the pause")
    assert receiver.subjects[-1] == later
    assert run("delete", name) == (0, "", "")
    assert answer_of(run, "list") == []
