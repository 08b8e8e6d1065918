"""Webhooks over a real HTTPS receiver: order, signature, crashes, retries, dead letters, and who is told nothing."""

import hashlib
import importlib.util
import json
import threading
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType

import pytest

from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.entities.catalogue import Role, Status
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.events.entitlement import EventFilter
from exchange.events.webhook import MOST_WEBHOOKS, WebhookState
from exchange.events.webhook_address import AddressRefusedError, AllowedHosts
from exchange.events.webhook_calls import (
    create_webhook,
    delete_webhook,
    get_webhook,
    list_dead_letters,
    list_webhooks,
    pause_webhook,
    resume_webhook,
    retry_dead_letter,
)
from exchange.events.webhook_posting import Outcome, WebhookPoster
from exchange.reasons import Reason
from tests.fakes.licence_world import HUB, LAND, MARKET, World, open_world
from tests.fakes.running_hub import until
from tests.fakes.webhook_world import Machine, Receiver

ROOT = Path(__file__).parents[2]
OPENED = EventFilter(types=frozenset({"case.opened"}))


@pytest.fixture
def world(tmp_path: Path):
    with open_world(tmp_path) as world:
        yield world


@pytest.fixture
def receiver(tmp_path: Path):
    with Receiver(tmp_path) as receiver:
        yield receiver


@pytest.fixture
def machine(world: World, receiver: Receiver):
    with Machine(world, receiver) as machine:
        yield machine


def opened(world: World) -> str:
    return f"cases/{world.open_case(world.person())}"


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("webhook_receiver", ROOT / "docs/examples/webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_events_come_in_order_once_and_verify(world: World, receiver: Receiver, machine: Machine, capsys) -> None:
    opened(world)
    webhook = machine.register(receiver.url, OPENED)
    names = [opened(world) for _ in range(3)]
    machine.work(lambda: len(receiver.came) >= 3, "three events")
    machine.work(lambda: True, "another look")
    assert receiver.subjects == names
    kept = machine.call(get_webhook, webhook.name)
    assert (kept.dead, kept.place.number) == (0, 0)
    signer = world.keys.signer("receipts")
    inbox = example().Inbox({signer.kid: signer.public}, HUB, MARKET, lambda: world.hub.clock.seconds)
    headers, body = receiver.came[0]
    event = json.loads(body)
    assert (event["type"], event["source"], event["id"]) == ("case.opened", HUB, headers["webhook-id"])
    assert machine.room.cursors.open(webhook.subscriber, event["data"]["cursor"]).at == event["data"]["log_index"]
    assert headers["content-type"] == "application/cloudevents+json"
    assert [inbox.take(headers, body), inbox.take(headers, body)] == [204, 204]
    assert capsys.readouterr().out == f"case.opened {names[0]}\n"
    assert inbox.take(headers, body.replace(b"case.opened", b"case.lapsed")) == 401
    assert inbox.take(receiver.came[1][0], body) == 401
    assert example().Inbox({signer.kid: signer.public}, HUB, LAND, inbox.clock).take(headers, body) == 401
    world.hub.clock.advance(301)
    assert inbox.take(headers, body) == 401


def test_a_receiver_that_was_down_gets_everything(world: World, receiver: Receiver, machine: Machine) -> None:
    machine.register(receiver.url, OPENED)
    receiver.down()
    names = [opened(world) for _ in range(2)]
    machine.work(lambda: machine.counted("onceonly_webhook_attempts_total", outcome="failed") >= 2, "failures")
    world.hub.clock.advance(60)
    machine.task.run_once()
    assert machine.counted("onceonly_webhook_lag_seconds") >= 60
    receiver.up()
    machine.work(lambda: len(receiver.came) >= 2, "both events")
    machine.work(lambda: machine.counted("onceonly_webhook_lag_seconds") == 0, "no lag")
    assert receiver.subjects == names


def test_a_crash_between_delivery_and_place_repeats_and_loses_nothing(
    world: World, receiver: Receiver, machine: Machine
) -> None:
    machine.register(receiver.url, OPENED)
    names = [opened(world) for _ in range(2)]
    machine.recorder.away = True
    machine.work(lambda: receiver.came, "a delivery that is not written")
    assert set(receiver.subjects) == {names[0]}
    machine.task.stop()
    before = len(receiver.came)
    with Machine(world, receiver) as other:
        other.work(lambda: len(receiver.came) >= before + 2, "both events from another machine")
    assert receiver.subjects[before:] == names
    assert receiver.came[0][0]["webhook-id"] == receiver.came[before][0]["webhook-id"]


def test_a_slow_receiver_holds_up_nobody_else(world: World, receiver: Receiver, machine: Machine) -> None:
    release = threading.Event()

    def answer(path: str) -> tuple[int, dict[str, str]]:
        if path == "/slow":
            release.wait(60)
        return 204, {}

    receiver.answer = answer
    machine.register(receiver.url.replace("/events", "/slow"), OPENED)
    machine.register(receiver.url, OPENED)
    name = opened(world)
    try:
        until(lambda: machine.task.run_once() or len(receiver.came) >= 2, "both requests")
        assert receiver.subjects == [name, name]
        second = opened(world)
        until(lambda: machine.task.run_once() or len(receiver.came) >= 3, "the quick one's second event")
        assert receiver.subjects[2] == second
    finally:
        release.set()
    machine.work(lambda: len(receiver.came) >= 4, "the slow one's second event")


def test_whoever_never_ends_an_answer_is_cut_off(world: World, receiver: Receiver) -> None:
    release = threading.Event()

    def answer(path: str) -> tuple[int, dict[str, str]]:
        release.wait(60)
        return 204, {}

    receiver.answer = answer
    with Machine(world, receiver, seconds=0.2) as machine:
        machine.register(receiver.url, OPENED)
        opened(world)
        try:
            machine.work(lambda: machine.counted("onceonly_webhook_attempts_total", outcome="failed"), "a failure")
        finally:
            release.set()


def test_a_redirect_is_not_followed(world: World, receiver: Receiver, machine: Machine) -> None:
    paths: list[str] = []

    def answer(path: str) -> tuple[int, dict[str, str]]:
        paths.append(path)
        return 307, {"Location": receiver.url.replace("/events", "/elsewhere"), "Content-Length": "0"}

    receiver.answer = answer
    machine.register(receiver.url, OPENED)
    opened(world)
    machine.work(lambda: machine.counted("onceonly_webhook_attempts_total", outcome="failed") >= 2, "two failures")
    assert set(paths) == {"/events"}


def test_a_private_address_is_refused_when_it_is_posted_to(world: World, receiver: Receiver) -> None:
    with Machine(world, receiver, networks=(), attempts=2) as machine:
        webhook = machine.register(receiver.url, OPENED)
        opened(world)
        machine.work(lambda: machine.call(list_dead_letters, webhook.name)[1], "a dead letter")
        assert machine.call(list_dead_letters, webhook.name)[1][0].letter.outcome == "address_refused"
    assert receiver.came == []


def test_another_certificate_is_not_trusted(receiver: Receiver, tmp_path: Path) -> None:
    hosts = AllowedHosts((f"localhost:{receiver.port}",), (ip_network("127.0.0.0/8"), ip_network("::1/128")))
    assert WebhookPoster(hosts, None, 20).post(receiver.url, b"{}", {}) is Outcome.FAILED
    assert WebhookPoster(hosts, receiver.tls_ca, 20).post(receiver.url, b"{}", {}) is Outcome.DELIVERED
    assert len(receiver.came) == 1


@pytest.mark.parametrize("status", [422, 500])
def test_what_cannot_be_delivered_is_listed_and_can_be_retried(world: World, receiver: Receiver, status: int) -> None:
    with Machine(world, receiver, attempts=3) as machine:
        webhook = machine.register(receiver.url, OPENED)
        receiver.answer = lambda path: (status, {}) if receiver.subjects[-1] == first else (204, {})
        first = opened(world)
        second = opened(world)
        machine.work(lambda: second in receiver.subjects, "the second event")
        assert receiver.subjects == [first] * (1 if status == 422 else 3) + [second]
        _, [found] = machine.call(list_dead_letters, webhook.name)
        assert found.told is not None
        assert (found.told.subject, found.letter.attempts) == (first, len(receiver.came) - 1)
        name = f"{webhook.name}/deadLetters/{found.letter.number}"
        machine.call(retry_dead_letter, name)
        machine.call(retry_dead_letter, name)
        waiting = machine.call(get_webhook, webhook.name)
        assert (waiting.dead, waiting.waiting) == (1, 1)
        machine.work(lambda: not machine.call(get_webhook, webhook.name).waiting, "a retry that fails")
        assert machine.call(get_webhook, webhook.name).dead == 1
        receiver.answer = lambda path: (204, {})
        machine.call(retry_dead_letter, name)
        machine.work(lambda: not machine.call(get_webhook, webhook.name).dead, "a retry that succeeds")
        assert receiver.subjects[-1] == first
        with pytest.raises(NotFoundError):
            machine.call(retry_dead_letter, name)


def test_a_receiver_that_is_gone_stops_its_webhook_and_loses_nothing(
    world: World, receiver: Receiver, machine: Machine
) -> None:
    receiver.answer = lambda path: (410, {})
    webhook = machine.register(receiver.url, OPENED)
    name = opened(world)
    machine.work(lambda: machine.call(get_webhook, webhook.name).state is WebhookState.GONE, "a stop")
    machine.work(lambda: machine.counted("onceonly_webhook_stopped") == 1, "the metric")
    assert receiver.subjects == [name]
    receiver.answer = lambda path: (204, {})
    machine.call(resume_webhook, webhook.name)
    machine.work(lambda: len(receiver.came) >= 2, "the event again")
    assert receiver.subjects == [name, name]


def test_a_paused_webhook_keeps_its_place(world: World, receiver: Receiver, machine: Machine) -> None:
    webhook = machine.register(receiver.url, OPENED)
    assert machine.call(pause_webhook, webhook.name).state is WebhookState.PAUSED
    name = opened(world)
    for _ in range(3):
        machine.task.run_once()
        machine.task.wait()
    assert receiver.came == []
    machine.call(resume_webhook, webhook.name)
    machine.work(lambda: receiver.came, "the event")
    assert receiver.subjects == [name]
    machine.call(delete_webhook, webhook.name)
    assert machine.call(list_webhooks) == []


def test_a_suspended_department_and_one_without_its_role_get_nothing(
    world: World, receiver: Receiver, machine: Machine
) -> None:
    machine.register(receiver.url, OPENED)
    name = opened(world)
    market = world.hub.register.departments[MARKET]
    for less in (replace(market, status=Status.SUSPENDED), replace(market, roles=frozenset({Role.ISSUER}))):
        world.hub.publish(less)
        withheld = machine.counted("onceonly_webhook_attempts_total", outcome="withheld")
        with Machine(world, receiver) as other:
            other.work(lambda: other.counted("onceonly_webhook_attempts_total", outcome="withheld"), "withheld")
        assert machine.counted("onceonly_webhook_attempts_total", outcome="withheld") == withheld
        assert receiver.came == []
    world.hub.publish(market)
    machine.work(lambda: receiver.came, "the event")
    assert receiver.subjects == [name]


def test_who_is_not_in_the_audience_is_told_nothing(world: World, receiver: Receiver, machine: Machine) -> None:
    machine.register(receiver.url.replace("/events", "/land"), department=LAND)
    machine.register(receiver.url, OPENED)
    opened(world)
    machine.work(lambda: receiver.came, "the event")
    machine.work(lambda: True, "another look")
    assert [json.loads(body)["data"]["audience"] for _, body in receiver.came] == [MARKET]


def test_of_an_erased_holder_nothing_is_told_or_listed(world: World, receiver: Receiver) -> None:
    with Machine(world, receiver, attempts=1) as machine:
        webhook = machine.register(receiver.url, OPENED)
        receiver.answer = lambda path: (500, {})
        holder = world.person()
        case = world.open_case(holder)
        machine.work(lambda: machine.call(get_webhook, webhook.name).dead, "a dead letter")
        world.hub.write(world.hub.vault.destroy(world.case_room.store.owner(holder)))
        _, [found] = machine.call(list_dead_letters, webhook.name)
        assert (found.told.subject, dict(found.told.details), found.told.erased) == ("", {}, True)
        receiver.answer = lambda path: (204, {})
        machine.call(retry_dead_letter, f"{webhook.name}/deadLetters/{found.letter.number}")
        machine.work(lambda: not machine.call(get_webhook, webhook.name).dead, "the retry")
        assert case.encode() in receiver.came[0][1]
        assert case.encode() not in receiver.came[-1][1]
        assert json.loads(receiver.came[-1][1])["data"]["erased"] is True


def test_a_full_list_stops_the_webhook_rather_than_lose_an_event(
    world: World, receiver: Receiver, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.events.webhook_ledger.MOST_DEAD_LETTERS", 2)
    receiver.answer = lambda path: (422, {})
    webhook = machine.register(receiver.url, OPENED)
    names = [opened(world) for _ in range(4)]
    machine.work(lambda: machine.call(get_webhook, webhook.name).state is WebhookState.FULL, "a stop")
    assert (machine.call(get_webhook, webhook.name).dead, receiver.subjects) == (2, names[:3])
    receiver.answer = lambda path: (204, {})
    machine.call(resume_webhook, webhook.name)
    machine.work(lambda: len(receiver.came) >= 5, "the rest")
    assert receiver.subjects[3:] == names[2:]
    machine.call(delete_webhook, webhook.name)
    assert machine.room.store.letters_of(webhook.id) == []


def test_a_long_stretch_without_anything_to_tell_is_not_read_twice(
    world: World, receiver: Receiver, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.events.webhook_task._UNSAID", 3)
    webhook = machine.register(receiver.url, EventFilter(types=frozenset({"case.withdrawn"})))
    for _ in range(5):
        opened(world)
    machine.work(lambda: machine.call(get_webhook, webhook.name).place > webhook.place, "a move")
    assert receiver.came == []


def test_deliveries_are_entries_of_the_log_without_a_word_of_the_event(
    world: World, receiver: Receiver, machine: Machine
) -> None:
    webhook = machine.register(receiver.url, OPENED)
    name = opened(world)
    machine.work(lambda: machine.call(get_webhook, webhook.name).place > webhook.place, "the place to move on")
    items = [item.entry for item in read(world.hub.records, 0, world.hub.records.journal_length())]
    [entry] = [each for each in (parse(item) for item in items if item != b"test") if "webhooks" in each.method]
    assert (entry.method, entry.department, entry.system) == ("onceonly.webhooks/deliver", MARKET, webhook.system)
    assert entry.response_digest == hashlib.sha256(receiver.came[0][1]).digest()
    assert name.encode() not in entry.SerializeToString()


# Registering


def test_only_its_own_system_sees_a_webhook(world: World, receiver: Receiver, machine: Machine) -> None:
    webhook = machine.register(receiver.url)
    for name in (webhook.name, "webhooks/", "webhooks/x", "cases/x", f"{webhook.name}/deadLetters/x"):
        with pytest.raises(NotFoundError) as caught:
            machine.call(get_webhook, name, department=LAND)
        assert caught.value.reasons == (Reason.WEBHOOK_UNKNOWN,)
    other = replace(world.hub.caller(MARKET, None), system="another")
    with pytest.raises(NotFoundError):
        world.hub.run(other, delete_webhook, machine.room, webhook.name)
    assert world.hub.run(other, list_webhooks, machine.room) == []


def test_a_department_has_a_bounded_number(receiver: Receiver, machine: Machine) -> None:
    for _ in range(MOST_WEBHOOKS):
        machine.register(receiver.url)
    with pytest.raises(RefusedError) as caught:
        machine.register(receiver.url)
    assert caught.value.reasons == (Reason.WEBHOOKS_EXHAUSTED,)


def test_all_that_is_wrong_is_told_at_once(receiver: Receiver, machine: Machine) -> None:
    with pytest.raises(InvalidError) as caught:
        machine.register("http://localhost/", EventFilter(types=frozenset({"x"}), matters=frozenset({"m" * 101})))
    assert [each.field for each in caught.value.violations] == ["url", "filter.matters", "filter.types"]


def test_without_a_list_of_hosts_there_are_no_webhooks(world: World, machine: Machine, receiver: Receiver) -> None:
    room = replace(machine.room, hosts=AllowedHosts(()))
    with pytest.raises(RefusedError) as caught:
        world.hub.run(world.hub.caller(MARKET, None), create_webhook, room, receiver.url, EventFilter())
    assert caught.value.reasons == (Reason.WEBHOOKS_OFF,)


LISTED = AllowedHosts(("desk.example", ".market.example", "odd.example:8443", "127.0.0.1", "[::1]"))


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://desk.example/a?b=c", True),
        ("https://desk.example", True),
        ("https://a.market.example/", True),
        ("https://odd.example:8443/", True),
        ("https://odd.example/", False),
        ("https://desk.example:8443/", False),
        ("https://market.example/", False),
        ("https://evilmarket.example/", False),
        ("https://desk.example.evil/", False),
        ("http://desk.example/", False),
        ("https://user@desk.example/", False),
        ("https://desk.example@evil/", False),
        ("https://desk.example\\@evil/", False),
        ("https://desk.example/#a", False),
        ("https://desk.example/a b", False),
        ("https://desk.example/\r\nX: y", False),
        ("https://DESK.example/", False),
        ("https://desk.example:99999/", False),
        ("https://desk.example/" + "a" * 500, False),
        ("https://[::1]/", False),
        ("https://a..market.example/", False),
        ("https://-a.market.example/", False),
        ("", False),
    ],
)
def test_which_addresses_may_be_registered(url: str, right: bool) -> None:
    assert (LISTED.problem(url) is None) is right


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.1.1",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    url = f"https://{address}/"
    with pytest.raises(AddressRefusedError):
        AllowedHosts((address,)).addresses(url)
    assert AllowedHosts((address,), (ip_network(f"{address}/32"),)).addresses(url) == [address]


@pytest.mark.parametrize(
    "address",
    ["::1", "fe80::1", "fd00:ec2::254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff0e::1", "::"],
)
def test_nor_those_that_lead_to_them(address: str) -> None:
    from ipaddress import ip_address

    assert AllowedHosts(())._permitted(ip_address(address)) is False


def test_a_public_address_is_permitted() -> None:
    assert AllowedHosts(("1.1.1.1",)).addresses("https://1.1.1.1/") == ["1.1.1.1"]
