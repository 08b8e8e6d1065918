"""Webhooks as their systems manage them: registering, pausing, ending, and what is refused."""

from dataclasses import replace

import pytest

from exchange.errors import InvalidError, NotFoundError, RefusedError, StaleError
from exchange.events.entitlement import EventFilter
from exchange.events.webhook import MOST_WEBHOOKS, WebhookState
from exchange.events.webhook_address import AllowedHosts
from exchange.events.webhook_calls import (
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    pause_webhook,
    resume_webhook,
)
from exchange.reasons import Reason
from tests.fakes.licence_world import FOOD, IDENTITY, LAND, MARKET, World
from tests.fakes.webhook_world import OPENED, Machine, Receiver, opened


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


def test_of_two_calls_at_once_for_the_last_place_one_gets_it(receiver: Receiver, machine: Machine) -> None:
    for _ in range(MOST_WEBHOOKS - 1):
        machine.register(receiver.url)
    first, second = (machine.begun(receiver.url) for _ in range(2))
    machine.world.hub.commit(first)
    with pytest.raises(StaleError):
        machine.world.hub.commit(second)


def test_all_that_is_wrong_is_told_at_once(receiver: Receiver, machine: Machine) -> None:
    with pytest.raises(InvalidError) as caught:
        machine.register("http://localhost/", EventFilter(types=frozenset({"x"}), matters=frozenset({"m" * 101})))
    assert [each.field for each in caught.value.violations] == ["url", "filter.matters", "filter.types"]


def test_a_code_that_is_nobodys_is_told_and_not_waited_for(receiver: Receiver, machine: Machine) -> None:
    mistyped = EventFilter(frozenset(), frozenset({FOOD}), frozenset({MARKET}), frozenset({IDENTITY[:-1]}))
    with pytest.raises(InvalidError) as caught:
        machine.register(receiver.url, mistyped)
    assert [each.field for each in caught.value.violations] == [
        "filter.departments",
        "filter.matters",
        "filter.licence_types",
    ]
    machine.register(
        receiver.url, EventFilter(frozenset(), frozenset({MARKET}), frozenset({FOOD}), frozenset({IDENTITY}))
    )


def test_without_a_list_of_hosts_there_are_no_webhooks(world: World, machine: Machine, receiver: Receiver) -> None:
    room = replace(machine.room, hosts=AllowedHosts(()))
    with pytest.raises(RefusedError) as caught:
        world.hub.run(world.hub.caller(MARKET, None), create_webhook, room, receiver.url, EventFilter())
    assert caught.value.reasons == (Reason.WEBHOOKS_OFF,)
