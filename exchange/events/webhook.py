"""Webhooks and their dead letters: what is kept of them, and how.

Rules:
1. A webhook belongs to a department's system. Its record holds its place, which moves on when the receiver took an
   event over, or it was put on the dead-letter list, and for nothing else that is to be told.
2. A dead letter holds where its event stands in the log and no word of it: what the event says is read from there, so
   it is gone with whom it is about.
3. Both are bounded: webhooks of a department, dead letters of a webhook. ``webhook_registered``/department changes with
   each one that is registered, so of two calls at once for the last place one begins anew.
4. A record that does not decode holds up none of the others: lists name it apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from exchange.cache import RecordCache
from exchange.call import Call, Caller
from exchange.entities.catalogue import Department, Role
from exchange.events.cursor import Cursors, Place
from exchange.events.entitlement import EventFilter
from exchange.events.reader import EventReader, Told
from exchange.events.webhook_address import AllowedHosts
from exchange.events.webhook_delays import Delay, delays_of
from storage.errors import CorruptError
from storage.records.changes import Delete, IndexEntry, Insert, Replace
from storage.records.interface import Record, Records

WEBHOOK: Final = "webhook"
REGISTERED: Final = "webhook_registered"
DEAD_LETTER: Final = "webhook_dead_letter"
MOST_WEBHOOKS: Final = 20
MOST_DEAD_LETTERS: Final = 200
_KEPT: Final = 2_000
_TURN: Final = b"{}"

T = TypeVar("T")


class WebhookState(StrEnum):
    """Whether events are posted, and if not, why."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Webhook:
    """``roles``: the department's when it registered the webhook; ``scope``: as in ``Caller``. ``dead`` and ``waiting``
    count its dead letters, and those of them that are to be posted once more. Times are seconds since 1970 (UTC)."""

    id: str
    department: str
    system: str
    url: str
    asked: EventFilter
    scope: tuple[frozenset[str], frozenset[str], frozenset[str]]
    roles: frozenset[Role]
    created_time: int
    place: Place
    state: WebhookState = WebhookState.ACTIVE
    dead: int = 0
    waiting: int = 0

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"webhooks/{self.id}"

    @property
    def subscriber(self) -> str:
        """Whom its cursors are for: the same system, under the subscription ``webhook-{id}``."""
        return f"{self.department}/{self.system}/webhook-{self.id}"

    def caller(self, department: Department) -> Caller:
        """Who is told: the department as it is now, as far as the registering token went."""
        return Caller(department, None, self.system, 0, self.scope)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be delivered; ``waiting``: it is to be posted once more."""

    webhook: str
    place: Place
    given_up_time: int
    attempts: int
    outcome: str
    waiting: bool = False

    @property
    def number(self) -> str:
        """Names it among those of its webhook; in the order of the log."""
        return f"{self.place.at:016x}-{self.place.number:08x}"

    @property
    def key(self) -> str:
        return f"{self.webhook}-{self.number}"


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it was read."""

    letter: DeadLetter
    version: int


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A list: what was read, the records that do not decode, and ``last``, the key after which more may follow."""

    read: tuple[T, ...]
    strange: tuple[Record, ...]
    last: str

    def __len__(self) -> int:
        return len(self.read) + len(self.strange)


_WEBHOOKS: Final = TypeAdapter(Webhook)
_LETTERS: Final = TypeAdapter(DeadLetter)


class WebhookStore:
    """Reads webhooks and dead letters. Safe for threads."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.webhooks: RecordCache[Webhook] = RecordCache(records, WEBHOOK, decode_webhook, _KEPT)
        self.letters: RecordCache[DeadLetter] = RecordCache(records, DEAD_LETTER, _decode_letter, _KEPT)

    def everyone(self, after: str, limit: int) -> Listed[Webhook]:
        """Webhooks in the order of their ids, after one."""
        return _listed(self._records.scan(WEBHOOK, after=after, limit=limit), decode_webhook)

    def of_department(self, uscc: str) -> Listed[Webhook]:
        """A department's webhooks."""
        found = self._records.find(WEBHOOK, "department", uscc.encode(), limit=MOST_WEBHOOKS + 1)
        return _listed(found, decode_webhook)

    def take_turn(self, call: Call, uscc: str) -> None:
        """Make every other call that registers a webhook of the department meanwhile begin anew."""
        record = self._records.get(REGISTERED, uscc)
        if record is None:
            call.change(Insert(REGISTERED, uscc, _TURN))
        else:
            call.change(Replace(REGISTERED, uscc, record.version, _TURN))

    def failing(self, webhooks: Sequence[Webhook]) -> Mapping[str, Delay]:
        """By id, of which the event that stands next could not be posted so far."""
        found = delays_of(self._records, [webhook.id for webhook in webhooks])
        return {each.id: found[each.id] for each in webhooks if each.id in found and found[each.id].event > each.place}

    def letters_of(self, webhook: str) -> Listed[KeptLetter]:
        """A webhook's dead letters, oldest event first."""
        found = self._records.find(DEAD_LETTER, "webhook", webhook.encode(), limit=MOST_DEAD_LETTERS + 1)
        return _listed(found, lambda record: KeptLetter(_decode_letter(record), record.version))


@dataclass(frozen=True, slots=True)
class WebhookRoom:
    """What the use cases need. ``hosts``: where the operator allows events to be posted."""

    store: WebhookStore
    reader: EventReader
    cursors: Cursors
    hosts: AllowedHosts


def write_webhook(call: Call, webhook: Webhook, version: int) -> None:
    """Put a webhook over record version ``version`` (0: there is none)."""
    body, indexes = to_json(webhook), (("department", webhook.department.encode()),)
    call.change(_put(WEBHOOK, webhook.id, version, body, indexes))


def write_letter(call: Call, letter: DeadLetter, version: int) -> None:
    """Put a dead letter over record version ``version`` (0: there is none)."""
    call.change(_put(DEAD_LETTER, letter.key, version, to_json(letter), (("webhook", letter.webhook.encode()),)))


def told_at(reader: EventReader, place: Place) -> Told | None:
    """The event at a place; None if there is none. Raises as ``EventReader.read``."""
    stretch = reader.read(Place(place.at, place.number - 1), 1)
    return next((told for told in stretch.events if told.place == place), None)


def without_letter(webhook: Webhook, letter: DeadLetter) -> Webhook:
    """The webhook once a dead letter of it is gone."""
    return replace(webhook, dead=webhook.dead - 1, waiting=webhook.waiting - letter.waiting)


def drop_letter(call: Call, kept: KeptLetter) -> None:
    """Take a dead letter away."""
    call.change(Delete(DEAD_LETTER, kept.letter.key, kept.version))


def decode_webhook(record: Record) -> Webhook:
    """Raises ``CorruptError``."""
    try:
        return _WEBHOOKS.validate_json(record.body)
    except ValidationError:
        raise CorruptError("a webhook does not decode: restore it from a backup") from None


def _listed(records: Sequence[Record], decode: Callable[[Record], T]) -> Listed[T]:
    read: list[T] = []
    strange: list[Record] = []
    for record in records:
        try:
            read.append(decode(record))
        except CorruptError:
            strange.append(record)
    return Listed(tuple(read), tuple(strange), records[-1].key if records else "")


def _decode_letter(record: Record) -> DeadLetter:
    try:
        return _LETTERS.validate_json(record.body)
    except ValidationError:
        raise CorruptError("a dead letter does not decode: restore it from a backup") from None


def _put(kind: str, key: str, version: int, body: bytes, indexes: tuple[IndexEntry, ...]) -> Insert | Replace:
    return Replace(kind, key, version, body, indexes) if version else Insert(kind, key, body, indexes)
