"""Events posted to a real HTTPS receiver: in order, signed, recorded, and told to nobody who may not know."""

import hashlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from exchange.audit.entry import parse
from exchange.audit.journal import read
from exchange.entities.catalogue import Role, Status
from exchange.events.entitlement import EventFilter
from exchange.events.webhook_calls import (
    get_webhook,
    list_dead_letters,
    retry_dead_letter,
)
from signer.jws import decode_header, split
from tests.fakes.licence_world import HUB, LAND, MARKET, World, open_keys, open_world
from tests.fakes.webhook_world import OPENED, Machine, Receiver, opened

ROOT = Path(__file__).parents[2]


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
    inbox = example().Inbox(lambda: {signer.kid: signer.public}, HUB, MARKET, lambda: world.hub.clock.seconds)
    headers, body = receiver.came[0]
    event = json.loads(body)
    assert (event["type"], event["source"], event["id"]) == ("case.opened", HUB, headers["webhook-id"])
    assert machine.room.cursors.open(webhook.subscriber, event["data"]["cursor"]).at == event["data"]["log_index"]
    assert headers["content-type"] == "application/cloudevents+json"
    assert [inbox.take(headers, body), inbox.take(headers, body)] == [204, 204]
    assert capsys.readouterr().out == f"case.opened {names[0]}\n"
    assert inbox.take(headers, body.replace(b"case.opened", b"case.lapsed")) == 401
    assert inbox.take(receiver.came[1][0], body) == 401
    assert example().Inbox(lambda: {signer.kid: signer.public}, HUB, LAND, inbox.clock).take(headers, body) == 401
    world.hub.clock.advance(301)
    assert inbox.take(headers, body) == 401


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


def test_a_long_stretch_without_anything_to_tell_is_not_read_twice(
    world: World, receiver: Receiver, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.events.webhook_turn._UNSAID", 3)
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


def test_an_event_is_signed_by_the_key_that_was_rotated_meanwhile(receiver: Receiver, tmp_path: Path) -> None:
    with open_world(tmp_path) as world, Machine(world, receiver) as machine:
        machine.register(receiver.url, OPENED)
        opened(world)
        machine.work(lambda: receiver.came, "an event")
        before = world.keys.signer("receipts").kid
        operator = open_keys(tmp_path / "keys")
        rotated = operator.rotate("receipts").kid
        world.hub.clock.advance(1)
        opened(world)
        machine.work(lambda: len(receiver.came) == 2, "another event")
        signed = [
            decode_header(split(headers["webhook-signature"], max_bytes=4_096).header)["kid"]
            for headers, _ in receiver.came
        ]
        assert signed == [before, rotated]
