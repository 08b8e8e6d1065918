"""What a department's system does with its webhooks: register, look, pause, resume, end, and retry what was given up.

Rules:
1. A webhook is seen and changed by the system that registered it; for others it does not exist.
2. It begins with what happens after it was registered. What it is told is decided when it is told.
"""

import secrets
from dataclasses import dataclass, replace

from exchange.cache import Versioned
from exchange.call import Call
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.events.entitlement import EventFilter
from exchange.events.reader import Told
from exchange.events.subscription import check_filter
from exchange.events.webhook import DEAD_LETTER as LETTER
from exchange.events.webhook import (
    MOST_DEAD_LETTERS,
    MOST_WEBHOOKS,
    WEBHOOK,
    DeadLetter,
    Webhook,
    WebhookRoom,
    WebhookState,
    drop_letter,
    told_at,
    write_letter,
    write_webhook,
)
from exchange.reasons import Reason
from storage.records.changes import Delete

_MOST_FILTERED = 100


@dataclass(frozen=True, slots=True)
class UndeliveredEvent:
    """A dead letter and its event as it can be told now; None if it is not in the log any more."""

    letter: DeadLetter
    told: Told | None


def create_webhook(call: Call, room: WebhookRoom, url: str, asked: EventFilter) -> Webhook:
    """Register a webhook. Raises ``RefusedError`` (``WEBHOOKS_OFF``, ``WEBHOOKS_EXHAUSTED``) and ``InvalidError``."""
    if not room.hosts.hosts:
        raise RefusedError(Reason.WEBHOOKS_OFF)
    _check(room, url, asked)
    caller = call.caller
    room.store.take_turn(call, caller.department.uscc)
    if len(room.store.of_department(caller.department.uscc)) >= MOST_WEBHOOKS:
        raise RefusedError(Reason.WEBHOOKS_EXHAUSTED)
    webhook = Webhook(
        id=secrets.token_hex(16),
        department=caller.department.uscc,
        system=caller.system,
        url=url,
        asked=asked,
        scope=caller.scope,
        roles=caller.department.roles,
        created_time=call.now,
        place=room.reader.end(),
    )
    write_webhook(call, webhook, 0)
    return webhook


def get_webhook(call: Call, room: WebhookRoom, name: str) -> Webhook:
    """A webhook of the caller's system. Raises ``NotFoundError``."""
    return _own(call, room, name)[0]


def list_webhooks(call: Call, room: WebhookRoom) -> list[Webhook]:
    """Every webhook of the caller's system, but for those whose records do not decode."""
    found = room.store.of_department(call.caller.department.uscc)
    return [webhook for webhook in found.read if webhook.system == call.caller.system]


def delete_webhook(call: Call, room: WebhookRoom, name: str) -> None:
    """End a webhook, with its dead letters. Raises ``NotFoundError``."""
    webhook, version = _own(call, room, name)
    letters = room.store.letters_of(webhook.id)
    for kept in letters.read:
        drop_letter(call, kept)
    for record in letters.strange:
        call.change(Delete(record.kind, record.key, record.version))
    call.change(Delete(WEBHOOK, webhook.id, version))


def pause_webhook(call: Call, room: WebhookRoom, name: str) -> Webhook:
    """Stop posting; the place is kept. Raises ``NotFoundError``."""
    return _in_state(call, room, name, WebhookState.PAUSED)


def resume_webhook(call: Call, room: WebhookRoom, name: str) -> Webhook:
    """Post again, from the place that was kept. Raises ``NotFoundError``; what could not be posted then pauses it
    again."""
    return _in_state(call, room, name, WebhookState.ACTIVE)


def list_dead_letters(call: Call, room: WebhookRoom, name: str) -> tuple[Webhook, list[UndeliveredEvent]]:
    """What was given up, with the events as far as they can still be told. Raises ``NotFoundError``."""
    webhook, _ = _own(call, room, name)
    letters = [kept.letter for kept in room.store.letters_of(webhook.id).read[:MOST_DEAD_LETTERS]]
    return webhook, [UndeliveredEvent(letter, told_at(room.reader, letter.place)) for letter in letters]


def retry_dead_letter(call: Call, room: WebhookRoom, name: str) -> None:
    """Have a dead letter posted once more. Raises ``NotFoundError``."""
    of, _, number = name.partition("/deadLetters/")
    webhook, version = _own(call, room, of)
    found = next((kept for kept in room.store.letters_of(webhook.id).read if kept.letter.number == number), None)
    if found is None:
        raise NotFoundError(Reason.WEBHOOK_UNKNOWN, LETTER, name)
    if not found.letter.waiting:
        write_letter(call, replace(found.letter, waiting=True), found.version)
        write_webhook(call, replace(webhook, waiting=webhook.waiting + 1), version)


def _own(call: Call, room: WebhookRoom, name: str) -> tuple[Webhook, int]:
    prefix, _, identifier = name.partition("/")
    found: Versioned[Webhook] = Versioned(None, 0)
    if prefix == "webhooks" and 0 < len(identifier) <= 64 and identifier.isalnum():
        # The task that posts lives in another process: what this one remembers is always behind.
        room.store.webhooks.forget(identifier)
        found = call.read(room.store.webhooks, identifier)
    webhook = found.value
    if webhook is None or (webhook.department, webhook.system) != (call.caller.department.uscc, call.caller.system):
        raise NotFoundError(Reason.WEBHOOK_UNKNOWN, WEBHOOK, name)
    return webhook, found.version


def _in_state(call: Call, room: WebhookRoom, name: str, state: WebhookState) -> Webhook:
    webhook, version = _own(call, room, name)
    if webhook.state is not state:
        webhook = replace(webhook, state=state)
        write_webhook(call, webhook, version)
    return webhook


def _check(room: WebhookRoom, url: str, asked: EventFilter) -> None:
    bad: list[Violation] = []
    problem = room.hosts.problem(url)
    if problem is not None:
        bad.append(Violation("url", *problem))
    for name in ("types", "departments", "matters", "licence_types"):
        values = getattr(asked, name)
        if len(values) > _MOST_FILTERED or any(len(value) > 100 for value in values):
            bad.append(Violation(f"filter.{name}", "names too much", "过滤条件过多或过长"))
    try:
        check_filter(asked)
    except InvalidError as error:
        told = {each.field for each in bad}
        bad.extend(each for each in error.violations if each.field not in told)
    if bad:
        raise InvalidError(tuple(bad))
