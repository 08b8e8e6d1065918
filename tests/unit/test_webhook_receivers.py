"""Receivers as they are: down, slow, never ending, redirecting, refusing, gone, or somebody else."""

import threading
from ipaddress import ip_network
from pathlib import Path

import pytest

from exchange.errors import NotFoundError
from exchange.events.webhook import WebhookState
from exchange.events.webhook_address import AllowedHosts
from exchange.events.webhook_calls import (
    delete_webhook,
    get_webhook,
    list_dead_letters,
    resume_webhook,
    retry_dead_letter,
)
from exchange.events.webhook_posting import Outcome, WebhookPoster
from tests.fakes.licence_world import World
from tests.fakes.running_hub import until
from tests.fakes.webhook_world import OPENED, Machine, Receiver, opened


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
    assert len(machine.room.store.letters_of(webhook.id)) == 0
