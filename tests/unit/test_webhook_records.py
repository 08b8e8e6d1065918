"""What outlives a machine: places, counts and pauses; and records that cannot be read, which hold up nobody."""

import pytest

from exchange.audit.unit import WEBHOOK_DELAY
from exchange.events.cursor import BEGINNING
from exchange.events.webhook import DEAD_LETTER, WEBHOOK, Webhook
from exchange.events.webhook_calls import (
    delete_webhook,
    get_webhook,
    list_dead_letters,
    list_webhooks,
    retry_dead_letter,
)
from exchange.events.webhook_delays import Delay, Patience, later
from storage.errors import CorruptError
from storage.records.changes import IndexEntry, Replace
from tests.fakes.licence_world import MARKET, World
from tests.fakes.webhook_world import OPENED, Machine, Receiver, opened


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


# Counts and pauses


def delays(world: World) -> list[str]:
    return [record.key for record in world.hub.records.scan(WEBHOOK_DELAY)]


def test_an_event_is_given_up_although_no_machine_lives_for_two_attempts(world: World, receiver: Receiver) -> None:
    receiver.answer = lambda path: (500, {})
    with Machine(world, receiver, attempts=3) as machine:
        webhook = machine.register(receiver.url, OPENED)
        opened(world)
    for attempt in range(3):
        with Machine(world, receiver, attempts=3) as machine:
            assert machine.call(get_webhook, webhook.name).dead == 0
            machine.work(lambda: machine.counted("onceonly_webhook_attempts_total", outcome="failed"), "a failure")
            assert len(receiver.came) == attempt + 1
    with Machine(world, receiver) as machine:
        _, [found] = machine.call(list_dead_letters, webhook.name)
        assert (found.letter.attempts, found.letter.outcome) == (3, "failed")
        machine.work(lambda: not delays(world), "the count to be taken away")


def test_a_machine_that_takes_over_waits_as_long_as_the_one_before(world: World, receiver: Receiver) -> None:
    receiver.answer = lambda path: (500, {})
    with Machine(world, receiver, pauses=(600, 600)) as machine:
        machine.register(receiver.url, OPENED)
        name = opened(world)
        machine.work(lambda: receiver.came, "a failure")
    receiver.answer = lambda path: (204, {})
    with Machine(world, receiver, pauses=(600, 600)) as other:
        for _ in range(5):
            other.work(lambda: True, "a look")
        assert other.counted("onceonly_webhook_lag_seconds") > 0
        assert receiver.subjects == [name]
        world.hub.clock.advance(600)
        other.work(lambda: len(receiver.came) == 2, "the second attempt")
    assert receiver.subjects == [name, name]


def test_failures_leave_no_entry_and_a_healthy_receiver_costs_no_note(
    world: World, receiver: Receiver, machine: Machine
) -> None:
    webhook = machine.register(receiver.url, OPENED)
    opened(world)
    machine.work(lambda: receiver.came, "an event")
    machine.work(lambda: True, "another look")
    assert machine.recorder.notes == []
    receiver.answer = lambda path: (500, {})
    opened(world)
    length = world.hub.records.journal_length()
    machine.work(lambda: machine.counted("onceonly_webhook_attempts_total", outcome="failed") >= 3, "failures")
    assert len(machine.recorder.notes) == 3
    assert world.hub.records.journal_length() == length
    assert delays(world) == [webhook.id]
    machine.call(delete_webhook, webhook.name)
    machine.work(lambda: not delays(world), "the count to go with its webhook")


def test_while_nothing_can_be_written_a_machine_counts_by_itself_and_writes_it_later(
    world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda path: (500, {})
    with Machine(world, receiver, attempts=3) as machine:
        webhook = machine.register(receiver.url, OPENED)
        opened(world)
        machine.recorder.away = True
        machine.work(lambda: len(receiver.came) == 1, "a failure that is not written")
        assert delays(world) == []
        machine.recorder.away = False
        machine.work(lambda: len(receiver.came) == 2, "a failure")
        machine.work(lambda: delays(world), "both of them written")
    with Machine(world, receiver, attempts=3) as other:
        other.work(lambda: other.call(get_webhook, webhook.name).dead, "a dead letter")
    assert len(receiver.came) == 3


@pytest.mark.parametrize(
    ("seconds", "over"), [(-1.0, True), (0.0, True), (0.001, False), (300.0, False), (300.1, True), (1e9, True)]
)
def test_a_pause_is_never_longer_than_the_longest(seconds: float, over: bool) -> None:
    patience = Patience(12, 1.0, 300.0)
    assert patience.over(Delay(BEGINNING, 0, 1, int(seconds * 1_000_000)), 0) is over
    assert patience.over(None, 0)


def test_the_later_event_counts_and_then_the_more_failures() -> None:
    one, two, next_event = (
        Delay(BEGINNING._replace(at=at), 0, failures, 0) for at, failures in ((1, 1), (1, 2), (2, 1))
    )
    assert later(one, two) is later(two, one) is two
    assert later(two, next_event) is later(next_event, two) is next_event
    assert later(None, one) is later(one, None) is one
    assert later(None, None) is None


# Records that cannot be read


def overwrite(world: World, kind: str, key: str, body: bytes, index: IndexEntry | None) -> bytes:
    """The body that was there."""
    record = world.hub.records.get(kind, key)
    assert record is not None
    world.hub.write(Replace(kind, key, record.version, body, (index,) if index else ()))
    return record.body


def test_a_webhook_that_does_not_decode_is_set_aside_alone(
    world: World, receiver: Receiver, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    def of_market(webhook: Webhook, body: bytes) -> bytes:
        return overwrite(world, WEBHOOK, webhook.id, body, ("department", MARKET.encode()))

    hooks = [machine.register(receiver.url, OPENED) for _ in range(3)]
    bodies = [of_market(hooks[0], b"{"), of_market(hooks[1], b'{"place": "nowhere"}')]
    name = opened(world)
    machine.work(lambda: receiver.came, "the event of the readable one")
    machine.work(lambda: True, "another look")
    assert machine.counted("onceonly_webhook_unreadable") == 2
    said = capsys.readouterr().out
    assert [said.count(webhook.id) for webhook in hooks] == [1, 1, 0]
    assert "localhost" not in said
    with pytest.raises(CorruptError):
        machine.call(get_webhook, hooks[0].name)
    assert machine.call(list_webhooks) == [machine.call(get_webhook, hooks[2].name)]
    machine.register(receiver.url.replace("/events", "/fourth"), OPENED)
    for webhook, body in zip(hooks, bodies, strict=False):
        of_market(webhook, body)
    machine.work(lambda: len(receiver.came) == 3, "the events of the restored ones")
    machine.work(lambda: not machine.counted("onceonly_webhook_unreadable"), "nothing to be unreadable")
    assert receiver.subjects == [name] * 3


def test_a_dead_letter_that_cannot_be_read_holds_up_neither_the_others_nor_events(
    world: World, receiver: Receiver, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answer = lambda path: (422, {})
    webhook = machine.register(receiver.url, OPENED)
    index = ("webhook", webhook.id.encode())
    names = [opened(world) for _ in range(3)]
    machine.work(lambda: machine.call(get_webhook, webhook.name).dead == 3, "three dead letters")
    letters = [found.letter for found in machine.call(list_dead_letters, webhook.name)[1]]
    receiver.answer = lambda path: (204, {})
    for letter in letters:
        machine.call(retry_dead_letter, f"{webhook.name}/deadLetters/{letter.number}")
    body = overwrite(world, DEAD_LETTER, letters[0].key, b"{", index)
    misplaced = overwrite(world, DEAD_LETTER, letters[1].key, b"{", index)
    overwrite(world, DEAD_LETTER, letters[1].key, misplaced.replace(b'"place":[', b'"place":[-'), index)
    names.append(opened(world))
    machine.work(lambda: len(receiver.came) == 5, "the third dead letter and the new event")
    assert sorted(receiver.subjects[3:]) == sorted(names[2:])
    machine.work(lambda: machine.counted("onceonly_webhook_unreadable") >= 1, "the metric")
    assert capsys.readouterr().out.count(letters[0].key) == 1
    for letter, read in ((letters[0], body), (letters[1], misplaced)):
        overwrite(world, DEAD_LETTER, letter.key, read, index)
    machine.work(lambda: not machine.call(get_webhook, webhook.name).dead, "the restored ones")
    assert receiver.subjects[5:] == names[:2]


def test_a_count_that_does_not_decode_begins_anew(world: World, receiver: Receiver) -> None:
    receiver.answer = lambda path: (500, {})
    with Machine(world, receiver, attempts=3) as machine:
        webhook = machine.register(receiver.url, OPENED)
        opened(world)
        machine.work(lambda: delays(world), "a failure")
    overwrite(world, WEBHOOK_DELAY, webhook.id, b"{", None)
    with Machine(world, receiver, attempts=3) as other:
        other.task.run_once()
        assert other.counted("onceonly_webhook_unreadable") == 1
        other.work(lambda: other.call(get_webhook, webhook.name).dead, "a dead letter")
    assert len(receiver.came) == 4
