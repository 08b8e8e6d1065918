"""One call as the use cases see it: who asks, what it reads, what it changes, and its record in the access log.

Rules:
1. Everything a use case read through ``read`` is expected unchanged when the call commits.
2. ``commit`` is called exactly once per answered call: by the use case itself where the answer carries its own log
   position (fetch, verify), by the pipeline otherwise. Nothing is released before it returns.
3. A call object lives for one attempt: when what it read was stale, the pipeline makes a new one and starts over.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from typing import Final, TypeVar

from exchange.audit.entry import RecordDraft
from exchange.audit.unit import Charge, Committed, ConditionFailed, LimitReached, Recorder, Unit
from exchange.cache import RecordCache, Versioned
from exchange.entities.catalogue import Department, Operator
from exchange.entities.licence import Holder
from exchange.entities.register import EPOCH_KEY, EPOCH_KIND, Register
from exchange.errors import HubError, RefusedError, StaleError, UnavailableError
from exchange.reasons import Reason
from signer.commitment import commitment
from storage.errors import Cause, StorageError
from storage.records.changes import Change, Delete, Expect, Insert, Remember, Replace, Spend
from storage.vault import DataKey, Vault

T = TypeVar("T")

COMMIT_SECONDS: Final = 2.0
"""How long an attempt waits for its record to be durable, unless configured otherwise."""

_USE_BYTES: Final = 16

Scope = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""A token's authorization details: matters, cases, requirements; each empty where the token does not narrow it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the department and, unless the call is machine-only, the operator whom its token names.

    ``assurance`` is the level of the operator's login (0: none), ``scope`` the token's. ``holder`` (never with a name)
    is whom a holder's channel speaks for; ``login_time`` is when that holder logged in, in seconds since 1970 (UTC).
    """

    department: Department
    operator: Operator | None
    system: str
    assurance: int
    scope: Scope
    holder: Holder | None = field(default=None, repr=False)
    login_time: int = 0

    @property
    def name(self) -> str:
        """``uscc/operator id``, as histories and catalogue revisions record it."""
        return f"{self.department.uscc}/{self.operator.id if self.operator else ''}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished access record that is not committed yet; its commitment may already be signed into a receipt."""

    entry: bytes
    salt: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Position:
    """Where the log holds a call's record."""

    index: int
    commitment: bytes


class RepeatError(HubError):
    """The request id was committed before; ``same`` tells whether for the same request. Never leaves the hub."""

    def __init__(self, *, same: bool) -> None:
        super().__init__((Reason.REQUEST_ID_REUSED,))
        self.same = same


class Call:
    """One attempt at one call."""

    def __init__(
        self,
        *,
        caller: Caller,
        register: Register,
        draft: RecordDraft,
        recorder: Recorder,
        vault: Vault,
        finish: Callable[["Call", str, tuple[str, ...], bytes], tuple[bytes, bytes]],
        now_us: int,
        deadline: float,
        used_before: frozenset[bytes] = frozenset(),
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self.caller = caller
        self.register = register
        self.draft = draft
        self.vault = vault
        self.now_us = now_us
        self.committed: Position | None = None
        self._recorder = recorder
        self._finish = finish
        self._deadline = deadline
        self._used_before = used_before
        self._commit_seconds = commit_seconds
        self._memory: Remember | None = None
        self._changes: list[Change] = [Expect(EPOCH_KIND, EPOCH_KEY, register.epoch)]
        self._reasons: dict[int, Reason] = {}
        self._charges: list[Charge] = []
        self._undoing: list[Callable[[], None]] = []
        self._claimed: dict[str, int] = {}
        self._keys: dict[str, DataKey] = {}
        self._found_keys: dict[str, tuple[DataKey, tuple[Change, ...]]] = {}

    @property
    def now(self) -> int:
        """When the hub took the call up, in seconds since 1970 (UTC): the only clock of a use case."""
        return self.now_us // 1_000_000

    def remaining(self) -> float:
        """Seconds until the caller's deadline (or the hub's own maximum); raises when it has passed."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise RefusedError(Reason.DEADLINE_TOO_SHORT)
        return left

    def read(self, cache: RecordCache[T], key: str) -> Versioned[T]:
        """Read a record through its cache and expect it unchanged at commit."""
        found = cache.get(key)
        self._changes.append(Expect(cache.kind, key, found.version))
        return found

    def change(self, *changes: Change) -> None:
        """Add changes to the unit, in order; what the unit takes away already, it takes away once."""
        for change in changes:
            if not (isinstance(change, Delete) and change in self._changes):
                self._changes.append(change)

    def data_key(self, owner: str) -> DataKey:
        """The owner's data key: one and the same for everything that this call seals.

        A key that is new is stored by the call's own unit, an old one is expected to be there still. Raises
        ``ErasedError`` if it was destroyed.
        """
        key = self._keys.get(owner)
        if key is None:
            key, changes = self._found_keys.get(owner) or self.vault.assume(owner)
            self._keys[owner] = key
            self._changes.extend(changes)
        return key

    def find_data_keys(self, owners: Iterable[str]) -> frozenset[str]:
        """Look for the data keys of at most 1,000 owners at once, so that ``data_key`` need not; who has none yet.

        Nothing joins the unit before ``data_key`` is asked for an owner.
        """
        found = self.vault.assume_many(owners)
        self._found_keys.update(found)
        return frozenset(owner for owner, (_, changes) in found.items() if isinstance(changes[0], Insert))

    def spend(self, change: Spend, reason: Reason) -> None:
        """Add a durable use; if it is exhausted at commit the call is refused with ``reason``."""
        self._reasons[len(self._changes)] = reason
        self._changes.append(change)

    def remember(self, change: Remember) -> None:
        """Note the request id, so that a repeat is recognised.

        A note without an answer gets, when the call commits, the digests of the durable uses that the call spent.
        """
        self._memory = change

    def used_before(self, counter: str, *, line: str = "") -> bool:
        """Whether this call repeats one that spent a use of ``counter``: it spends none again.

        With ``line``, the counter of a line's uses: whether it spent one of each for that very line. A consent serves
        several lines, and what was spent for one is not spent for another that was not released then.
        """
        return (_use(line) if line else b"") + _use(counter) in self._used_before

    def claim(self, counter: str, *, line: str = "") -> None:
        """Note that a line of this call will spend a use of ``counter``: its next line has one less.

        ``line`` as for ``used_before``: what a repeat has spent before it spends no more.
        """
        if not self.used_before(counter, line=line):
            self._claimed[counter] = self.claimed(counter) + 1

    def claimed(self, counter: str) -> int:
        """How many uses of ``counter`` the lines of this call that were decided so far will spend."""
        return self._claimed.get(counter, 0)

    def charge(self, charges: Sequence[Charge]) -> None:
        """Add limits to the unit."""
        self._charges.extend(charges)

    def if_refused(self, undo: Callable[[], None]) -> None:
        """Run ``undo`` should the recorder refuse the unit: it takes away what was put outside the records.

        It is not run where nobody knows what became of the unit, nor where the call ends before: what is left then is
        found by ``onceonly doctor``.
        """
        self._undoing.append(undo)

    def drop_changes(self) -> None:
        """Forget what this attempt would have changed; what it read must be unchanged for its refusal to stand."""
        self._changes = [change for change in self._changes if isinstance(change, Expect)]
        self._reasons.clear()
        self._memory = None
        self._keys.clear()

    def drop_charges(self) -> None:
        """Forget the limits of this attempt, once one of them has refused it."""
        self._charges.clear()

    def prepare(self, outcome: str, reasons: tuple[str, ...] = (), response_digest: bytes = b"") -> Prepared:
        """Finish the access record; its bytes are the evidence and are not touched again."""
        entry, salt = self._finish(self, outcome, reasons, response_digest)
        return Prepared(entry, salt, commitment(salt, entry))

    def commit(self, prepared: Prepared) -> Position:
        """Commit the unit durably.

        Raises ``StaleError`` (something read has changed), ``RepeatError`` (the request id is known), ``RefusedError``
        (a limit or durable use is exhausted) or ``UnavailableError`` (not recorded: nothing may be released).
        """
        unit = Unit(prepared.entry, prepared.salt, (*self._changes, *self._remembered()), tuple(self._charges))
        answer = self._recorder.commit(unit, min(self.remaining(), self._commit_seconds))
        match answer:
            case Committed(index=index):
                self.committed = Position(index, prepared.commitment)
                return self.committed
            case LimitReached(reason=reason, retry_seconds=retry_seconds):
                self._undo()
                raise RefusedError(reason, retry_seconds=retry_seconds)
            case ConditionFailed():
                self._undo()
                raise self._failure(answer)

    def touched(self) -> list[tuple[str, str]]:
        """Kind and key of each record that the unit expects or changes, but for the register's epoch."""
        records = [change for change in self._changes if isinstance(change, Delete | Expect | Insert | Replace)]
        return [(change.kind, change.key) for change in records if change.kind != EPOCH_KIND]

    def written(self) -> list[tuple[str, str]]:
        """Kind and key of each record that the unit changes."""
        records = [change for change in self._changes if isinstance(change, Delete | Insert | Replace)]
        return [(change.kind, change.key) for change in records]

    def _undo(self) -> None:
        while self._undoing:
            undo = self._undoing.pop()
            with suppress(StorageError):  # what cannot be taken away now is nobody's, and the refusal is what matters
                undo()

    def _remembered(self) -> tuple[Remember, ...]:
        if self._memory is None:
            return ()
        if self._memory.answer:
            return (self._memory,)
        uses = [_use(change.counter) for change in self._changes if isinstance(change, Spend)]
        return (replace(self._memory, answer=b"".join(uses)),)

    def _failure(self, failed: ConditionFailed) -> HubError:
        """The error that a failed condition means for this call."""
        if failed.cause is Cause.REMEMBERED:
            return RepeatError(same=failed.same)
        if failed.cause is Cause.SPENT:
            return RefusedError(self._reasons.get(failed.position, Reason.USES_EXHAUSTED))
        if failed.position < len(self._changes):
            change = self._changes[failed.position]
            if isinstance(change, Delete | Expect | Insert | Replace):
                return StaleError((change.kind, change.key))
        return UnavailableError(Reason.STORAGE_UNAVAILABLE)


def remembered_uses(answer: bytes) -> frozenset[bytes]:
    """The uses that an earlier call spent, from what was remembered of it: for ``used_before`` of the call's repeat.

    Each by itself, and each with the one that follows it: a line's use is spent just before that of its consent.
    """
    uses = [answer[at : at + _USE_BYTES] for at in range(0, len(answer), _USE_BYTES)]
    return frozenset([*uses, *(first + second for first, second in pairwise(uses))])


def is_within_lines(call: Call, requirement: str) -> bool:
    """Whether the caller's token is for this requirement line, or for all of them."""
    lines = call.caller.scope[2]
    return not lines or requirement in lines


def reaches(scope: Scope, other: Scope) -> bool:
    """Whether a token of ``scope`` may ask for all that one of ``other`` may."""
    return all(not mine or (theirs and theirs <= mine) for mine, theirs in zip(scope, other, strict=True))


def _use(counter: str) -> bytes:
    return sha256(counter.encode()).digest()[:_USE_BYTES]
