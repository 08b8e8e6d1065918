"""A real hub posts events to the example receiver over real TLS; its signatures come from a signer process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from onceonly.v1 import event_service_pb2 as pb

from exchange.cli import main
from exchange.client import new_request_id
from exchange.demo.city import City
from exchange.demo.ports import free_ports
from tests.fakes.running_signer import RunningSigner
from tests.fakes.town import MARKET, POLICE, Town, bad_fields, events_of, refused, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def port(tmp_path: Path) -> int:
    """Where the receiver will listen: the authority to trust, its chain and its key are in the folder."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(tmp_path / "chain.pem", append=True)
    [port] = free_ports(1)
    return port


@pytest.fixture
def town(port: int, tmp_path: Path):
    events = {
        "webhook_hosts": [f"localhost:{port}"],
        "webhook_networks": ["127.0.0.0/8", "::1/128"],
        "webhook_tls_ca": str(tmp_path / "authority.pem"),
        "webhook_attempts": 100,
        "webhook_longest_pause_seconds": 1.0,
    }
    with RunningSigner(tmp_path / "signer") as running:
        running.start()
        keys = {"backend": "signer", "signer_address": running.target("operator"), "signer_timeout_seconds": 30.0}
        city = City.found(tmp_path / "city", workers=1, options={"keys": keys, "events": events})
        file = city.folder / "onceonly.toml"
        file.write_text(file.read_text().replace("operator.sock", "hub.sock"))
        with city:
            city.start()
            town = Town(city)
            yield town
            town.close()


def test_the_example_receives_what_a_real_hub_posts(port: int, town: Town, tmp_path: Path) -> None:
    url = f"https://localhost:{port}/events"
    assert main(["trust", "fetch", f"http://{town.city.config.public.address}", "--into", str(tmp_path / "trust")]) == 0
    with events_of(town) as hub, events_of(town, POLICE, "issuer-1") as police:
        request = pb.CreateWebhookRequest(url="https://169.254.169.254/", request_id=new_request_id())
        assert list(bad_fields(refused(hub.call, hub.events.CreateWebhook, request))) == ["url"]
        request = pb.CreateWebhookRequest(
            url=url, filter=pb.EventFilter(types=["case.opened"]), request_id=new_request_id()
        )
        made = hub.call(hub.events.CreateWebhook, request).webhook
        assert hub.call(hub.events.CreateWebhook, request).webhook == made
        assert (made.state, made.dead_letters) == (pb.WEBHOOK_STATE_ACTIVE, 0)
        missing = refused(police.call, police.events.GetWebhook, pb.GetWebhookRequest(name=made.name))
        assert missing.reason == "WEBHOOK_UNKNOWN"
        # Nobody listens yet, and the process that posts dies: both are made up for.
        names = [town.open_case(town.organisation())]
        before = town.city.pids()["events"]
        os.kill(before, signal.SIGKILL)
        until(lambda: town.city.pids()["events"] != before, "another events process")
        names += [town.open_case(town.organisation())]
        tls = [str(tmp_path / name) for name in ("chain.pem", "key.pem")]
        words = [str(tmp_path / "trust"), town.city.department(MARKET).uscc, str(port), *tls]
        with (tmp_path / "told.txt").open("wb") as told:
            example = subprocess.Popen(
                [sys.executable, ROOT / "docs/examples/webhook_receiver.py", *words],
                stdout=told,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto/gen'}", "PATH": os.environ["PATH"]},
            )
        try:
            expected = [f"case.opened {name}" for name in names]
            until(lambda: (tmp_path / "told.txt").read_text().splitlines() == expected, "both events in order")
        finally:
            example.kill()
            example.wait()

    def place_moved() -> bool:
        with events_of(town) as again:
            page = pb.ListEventsRequest(subscription=f"webhook-{made.name.partition('/')[2]}", cursor=made.cursor)
            told = again.call(again.events.ListEvents, page).events
            assert [each.subject for each in told if each.type == "case.opened"] == names
            kept = again.call(again.events.GetWebhook, pb.GetWebhookRequest(name=made.name)).webhook
            return kept.cursor != made.cursor

    until(place_moved, "the place to move on")
    with events_of(town) as hub:
        paused = pb.PauseWebhookRequest(name=made.name, request_id=new_request_id())
        assert hub.call(hub.events.PauseWebhook, paused).webhook.state == pb.WEBHOOK_STATE_PAUSED
        resumed = pb.ResumeWebhookRequest(name=made.name, request_id=new_request_id())
        assert hub.call(hub.events.ResumeWebhook, resumed).webhook.state == pb.WEBHOOK_STATE_ACTIVE
        letters = hub.call(hub.events.ListDeadLetters, pb.ListDeadLettersRequest(name=made.name))
        assert list(letters.dead_letters) == []
        retry = pb.RetryDeadLetterRequest(name=f"{made.name}/deadLetters/x", request_id=new_request_id())
        assert refused(hub.call, hub.events.RetryDeadLetter, retry).reason == "WEBHOOK_UNKNOWN"
        [listed] = hub.call(hub.events.ListWebhooks, pb.ListWebhooksRequest()).webhooks
        assert listed.name == made.name
        hub.call(hub.events.DeleteWebhook, pb.DeleteWebhookRequest(name=made.name, request_id=new_request_id()))
        assert not hub.call(hub.events.ListWebhooks, pb.ListWebhooksRequest()).webhooks
