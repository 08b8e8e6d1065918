"""Attempts at calls: how one is made, what is read anew when it was stale, and how its refusal is recorded.

Whoever asks, a department through the edge or the hub itself when something is due, the same happens here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from exchange.audit.asked import request_mac
from exchange.audit.entry import (
    ItemDraft,
    Outcome,
    RecordDraft,
    Tagger,
    finish,
    hub_owner,
    key_epoch,
    new_salt,
)
from exchange.audit.unit import Recorder
from exchange.cache import RecordCache
from exchange.call import COMMIT_SECONDS, Call, Caller, Prepared
from exchange.entities.catalogue import Purpose
from exchange.entities.register import EPOCH_KIND, Register
from exchange.errors import RefusedError, StaleError, UnavailableError
from exchange.known_errors import hub_error, outward
from exchange.purpose.limits import Limits, for_refusal
from exchange.reasons import TEXTS, Reason
from storage.errors import LimitExceededError
from storage.records.changes import Change
from storage.vault import Vault

NO_COMMIT: Final = frozenset({Reason.AUDIT_UNAVAILABLE, Reason.CLOCK_UNTRUSTED, Reason.LOG_UNWITNESSED})
"""Nothing can be recorded now, so no refusal either."""
_DATA_KEY_KIND: Final = "data_key"


class Registers(Protocol):
    """Where the register in force comes from."""

    def current(self) -> Register: ...

    def refresh(self) -> Register: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What an attempt is made for. ``digest``: SHA-256 of what was asked; ``deadline`` on the monotonic clock."""

    method: str
    request_id: str
    caller: Caller
    digest: bytes
    deadline: float


class Attempts:
    """Makes calls and records their refusals. Built once; holds no state of a call."""

    def __init__(
        self,
        *,
        registers: Registers,
        recorder: Recorder,
        vault: Vault,
        tagger: Tagger,
        limits: Limits,
        caches: Sequence[RecordCache[object]],
        clock_us: Callable[[], int],
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self._registers = registers
        self._recorder = recorder
        self._vault = vault
        self._tagger = tagger
        self._limits = limits
        self._caches: Mapping[str, RecordCache[object]] = {cache.kind: cache for cache in caches}
        self._clock_us = clock_us
        self._commit_seconds = commit_seconds

    def call(self, asked: Asked, register: Register, used_before: frozenset[bytes] = frozenset()) -> Call:
        """A new attempt under ``register``; ``used_before``: what the call that it repeats has spent."""
        now_us = self._clock_us()
        caller = asked.caller
        operator = caller.operator.id if caller.operator else ""
        epoch = key_epoch(now_us)
        draft = RecordDraft(
            method=asked.method,
            request_id=asked.request_id,
            department=caller.department.uscc,
            system=caller.system,
            region=caller.department.region,
            operator_tag=self._tagger.operator(caller.department.uscc, operator, epoch) if operator else b"",
            sealed_owner=hub_owner(epoch),
        )
        if operator:
            draft.raw["operator"] = operator
        if caller.holder is not None:
            draft.purpose = Purpose.SELF.value
            draft.item(ItemDraft(holder_tag=self._tagger.holder(caller.holder.id_type, caller.holder.id_number, epoch)))

        def finished(call: Call, outcome: str, reasons: tuple[str, ...], response_digest: bytes) -> tuple[bytes, bytes]:
            def seal(owner: str, plaintext: bytes, context: bytes) -> bytes:
                return call.data_key(owner).seal(plaintext, context)

            entry = finish(
                call.draft,
                time_us=now_us,
                outcome=outcome,
                reasons=reasons,
                response_digest=response_digest,
                request_digest=request_mac(call.data_key(hub_owner(epoch)), asked.digest),
                seal=seal,
            )
            return entry, new_salt()

        return Call(
            caller=caller,
            register=register,
            draft=draft,
            recorder=self._recorder,
            vault=self._vault,
            finish=finished,
            now_us=now_us,
            deadline=asked.deadline,
            used_before=used_before,
            commit_seconds=self._commit_seconds,
        )

    def refresh(self, stale: StaleError, call: Call) -> None:
        """Have the next attempt read anew what the recorder found changed, and whatever else ``call`` read.

        The recorder names one record. Where one has changed, others often have, and each would cost an attempt.
        """
        if any(kind == EPOCH_KIND for kind, _ in stale.subjects):
            self._registers.refresh()
        self._forget([*stale.subjects, *call.touched()])

    def settle(self, call: Call) -> None:
        """Forget what a committed call has changed, lest the next one be tried on what was before."""
        self._forget(call.written())

    def _forget(self, records: Sequence[tuple[str, str]]) -> None:
        for kind, key in records:
            if kind == _DATA_KEY_KIND:
                self._vault.forget(key)
            elif kind in self._caches:
                self._caches[kind].forget(key)

    def record_refusal(self, call: Call, error: Exception, changes: Sequence[Change] = ()) -> None:
        """Commit the refusal's record; the attempt's limits stay charged, and may turn the refusal into theirs.

        Of what the attempt would have changed nothing is kept; ``changes`` are made instead. Does nothing for a call
        that is committed, and while nothing can be recorded.
        """
        if call.committed is not None:
            return
        known = hub_error(error)
        reasons = known.reasons if known else (Reason.INTERNAL,)
        outcome = Outcome.FAILED if known is None or isinstance(known, UnavailableError) else Outcome.REFUSED
        if not NO_COMMIT.isdisjoint(reasons):
            return
        call.drop_changes()
        call.change(*changes)
        if any(TEXTS[reason].status == "RESOURCE_EXHAUSTED" for reason in reasons):
            call.drop_charges()
        if call.caller.operator:
            call.charge(for_refusal(self._limits, call.draft.operator_tag.hex(), reasons, call.now))
        names = tuple(reason.value for reason in reasons)
        try:
            call.commit(_withheld(call, outcome, names))
        except RefusedError as limited:
            names = tuple(reason.value for reason in outward(limited.reasons))
            call.drop_charges()
            call.commit(_withheld(call, outcome, names))
            raise limited from error


def _withheld(call: Call, outcome: Outcome, reasons: tuple[str, ...]) -> Prepared:
    """The record of a call of which nothing leaves; without its items if these alone are too much for an entry."""
    call.draft.withhold(outcome, reasons)
    try:
        return call.prepare(outcome, reasons)
    except LimitExceededError:
        call.draft.items.clear()
        return call.prepare(outcome, reasons)
