"""One attempt at a call: what it read is expected, what it changes is one unit, and what a failure means."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from exchange.audit.entry import RecordDraft
from exchange.audit.unit import Answer, Bar, Committed, ConditionFailed, LimitReached, Unit
from exchange.cache import RecordCache
from exchange.call import Call, Caller, RepeatError, remembered_uses
from exchange.entities.register import EPOCH_KEY, EPOCH_KIND
from exchange.errors import HubError, RefusedError, StaleError, UnavailableError
from exchange.reasons import Reason
from storage.errors import Cause, ErasedError
from storage.records.changes import Change, Delete, Expect, Insert, Remember, Replace, Spend
from storage.records.interface import Record
from tests.fakes.rooms import Hub, open_hub
from tests.fakes.small_catalogue import CLERK, MARKET, small_catalogue


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with open_hub() as hub:
        hub.publish(*small_catalogue())
        yield hub


@dataclass
class Recorder:
    """Answers as told and keeps what it was asked."""

    answer: Answer = field(default_factory=lambda: Committed(7))
    units: list[Unit] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)

    def commit(self, unit: Unit, timeout: float) -> Answer:
        self.units.append(unit)
        self.timeouts.append(timeout)
        return self.answer

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        return (0,) * len(keys)

    def healthy(self) -> bool:
        return True


def make(hub: Hub, recorder: Any, *, seconds: float = 30, used_before: frozenset[bytes] = frozenset()) -> Call:
    caller = hub.caller(MARKET, CLERK)
    return Call(
        caller=caller,
        register=hub.register,
        draft=RecordDraft(method="test"),
        recorder=recorder,
        vault=hub.vault,
        finish=lambda call, outcome, reasons, digest: (b"entry", b"s" * 32),
        now_us=1_790_000_000_999_999,
        deadline=time.monotonic() + seconds,
        used_before=used_before,
    )


def failing(hub: Hub, cause: Cause, position: int, *changes: Change, same: bool = False) -> HubError:
    """What a commit raises when the recorder found a condition of these changes not to hold."""
    call = make(hub, Recorder(ConditionFailed(cause, position, same)))
    call.change(*changes)
    with pytest.raises(HubError) as caught:
        call.commit(call.prepare("allowed"))
    assert call.committed is None
    return caught.value


def test_every_unit_expects_the_epoch_and_what_was_read(hub: Hub) -> None:
    recorder = Recorder()
    cache: RecordCache[bytes] = RecordCache(hub.records, "thing", lambda record: record.body, 10)
    hub.write(Insert("thing", "a", b"1"))
    call = make(hub, recorder)
    assert call.read(cache, "a").value == b"1"
    assert call.read(cache, "b").value is None
    call.change(Insert("thing", "b", b"2"))
    prepared = call.prepare("allowed")
    position = call.commit(prepared)
    assert (position.index, position.commitment) == (7, prepared.commitment)
    assert call.committed == position
    (unit,) = recorder.units
    assert unit.changes == (
        Expect(EPOCH_KIND, EPOCH_KEY, hub.register.epoch),
        Expect("thing", "a", 1),
        Expect("thing", "b", 0),
        Insert("thing", "b", b"2"),
    )
    assert len(prepared.commitment) == 33


@pytest.mark.parametrize(
    "change",
    [Expect("k", "x", 1), Replace("k", "x", 1, b""), Insert("k", "x", b""), Delete("k", "x", 1)],
    ids=lambda change: type(change).__name__,
)
def test_a_record_that_changed_makes_the_attempt_stale(hub: Hub, change: Change) -> None:
    cause = Cause.EXISTS if isinstance(change, Insert) else Cause.VERSION
    error = failing(hub, cause, 1, change)
    assert isinstance(error, StaleError)
    assert error.subjects == (("k", "x"),)


@pytest.mark.parametrize("same", [True, False])
def test_a_remembered_request_is_a_repeat(hub: Hub, same: bool) -> None:
    error = failing(hub, Cause.REMEMBERED, 1, same=same)
    assert isinstance(error, RepeatError)
    assert error.same is same


def test_a_spent_use_has_the_reason_that_it_was_spent_for(hub: Hub) -> None:
    call = make(hub, Recorder(ConditionFailed(Cause.SPENT, 2, same=False)))
    call.spend(Spend("uses/1", 1, 3), Reason.USES_EXHAUSTED)
    call.spend(Spend("consent/1", 1, 3), Reason.CONSENT_EXHAUSTED)
    with pytest.raises(RefusedError) as caught:
        call.commit(call.prepare("allowed"))
    assert caught.value.reasons == (Reason.CONSENT_EXHAUSTED,)


def test_a_condition_that_no_change_had_is_storages_trouble(hub: Hub) -> None:
    error = failing(hub, Cause.VERSION, 9)
    assert isinstance(error, UnavailableError)
    assert error.reasons == (Reason.STORAGE_UNAVAILABLE,)


def test_a_limit_is_a_refusal_with_the_time_to_wait(hub: Hub) -> None:
    call = make(hub, Recorder(LimitReached(Reason.RATE_LIMITED, 60)))
    with pytest.raises(RefusedError) as caught:
        call.commit(call.prepare("allowed"))
    assert (caught.value.reasons, caught.value.retry_seconds) == ((Reason.RATE_LIMITED,), 60)


def test_a_refusal_keeps_what_was_read_and_nothing_else(hub: Hub) -> None:
    recorder = Recorder()
    call = make(hub, recorder)
    call.change(Expect("k", "read", 4), Insert("k", "new", b""), Replace("k", "old", 1, b""))
    call.spend(Spend("uses", 1, 1), Reason.USES_EXHAUSTED)
    call.remember(Remember(b"r" * 32, b"d" * 32, b"", 1))
    call.charge([Bar("bar", Reason.LOCKED_OUT)])
    call.drop_changes()
    call.drop_charges()
    call.commit(call.prepare("refused"))
    (unit,) = recorder.units
    assert unit.changes == (Expect(EPOCH_KIND, EPOCH_KEY, hub.register.epoch), Expect("k", "read", 4))
    assert unit.charges == ()


def test_what_a_fetch_spent_is_remembered_for_its_repeat(hub: Hub) -> None:
    recorder = Recorder()
    call = make(hub, recorder)
    call.remember(Remember(b"r" * 32, b"d" * 32, b"", 1))
    call.spend(Spend("uses/1", 1, 3), Reason.USES_EXHAUSTED)
    call.spend(Spend("consent/1", 1, 3), Reason.CONSENT_EXHAUSTED)
    call.commit(call.prepare("allowed"))
    remembered = recorder.units[0].changes[-1]
    assert isinstance(remembered, Remember)
    repeat = make(hub, recorder, used_before=remembered_uses(remembered.answer))
    assert repeat.used_before("uses/1")
    assert repeat.used_before("consent/1")
    assert not repeat.used_before("uses/2")
    assert repeat.used_before("consent/1", line="uses/1")
    assert not repeat.used_before("consent/1", line="uses/2")
    assert not repeat.used_before("uses/1", line="consent/1")
    assert not call.used_before("uses/1")


def test_a_stored_answer_is_kept_as_it_is(hub: Hub) -> None:
    recorder = Recorder()
    call = make(hub, recorder)
    call.remember(Remember(b"r" * 32, b"d" * 32, b"sealed", 1))
    call.commit(call.prepare("allowed"))
    assert recorder.units[0].changes[-1] == Remember(b"r" * 32, b"d" * 32, b"sealed", 1)


def test_one_key_for_all_that_a_call_seals_for_an_owner(hub: Hub) -> None:
    recorder = Recorder()
    call = make(hub, recorder)
    assert call.data_key("owner-1") is call.data_key("owner-1")
    call.commit(call.prepare("allowed"))
    assert [type(change).__name__ for change in recorder.units[0].changes] == ["Expect", "Insert"]


def test_a_destroyed_key_seals_nothing(hub: Hub) -> None:
    hub.write(hub.vault.destroy("owner-2"))
    with pytest.raises(ErasedError):
        make(hub, Recorder()).data_key("owner-2")


def test_the_deadline_is_kept(hub: Hub) -> None:
    recorder = Recorder()
    late = make(hub, recorder, seconds=0)
    with pytest.raises(RefusedError) as caught:
        late.commit(late.prepare("allowed"))
    assert caught.value.reasons == (Reason.DEADLINE_TOO_SHORT,)
    assert recorder.units == []
    for seconds, most in ((30, 2.0), (1, 1.0)):
        call = make(hub, recorder, seconds=seconds)
        call.commit(call.prepare("allowed"))
        assert 0 < recorder.timeouts[-1] <= most


def test_times_are_seconds_and_names_say_who(hub: Hub) -> None:
    call = make(hub, Recorder())
    assert call.now == 1_790_000_000
    assert call.caller.name == f"{MARKET}/{CLERK}"
    machine = Caller(call.caller.department, None, "s", 0, call.caller.scope)
    assert machine.name == f"{MARKET}/"


def test_a_cache_decodes_each_version_once_and_forgets(hub: Hub) -> None:
    decoded: list[str] = []

    def decode(record: Record) -> bytes:
        decoded.append(record.key)
        return record.body

    cache: RecordCache[bytes] = RecordCache(hub.records, "cached", decode, 2)
    hub.write(Insert("cached", "a", b"1"), Insert("cached", "b", b"1"), Insert("cached", "c", b"1"))
    assert [cache.get("a").value, cache.get("a").value] == [b"1", b"1"]
    assert cache.get("none").version == 0
    hub.write(Replace("cached", "a", 1, b"2"))
    assert cache.get("a").value == b"1"  # a guess, which the unit's expectation would refuse
    cache.forget("a")
    cache.forget("never seen")
    assert (cache.get("a").value, cache.get("a").version) == (b"2", 2)
    assert decoded == ["a", "a"]
    cache.get("b")
    cache.get("c")
    assert cache.get("a").value == b"2"
    assert decoded == ["a", "a", "b", "c", "a"]  # two are kept, so the third had pushed it out
    assert cache.fresh("a").value == b"2"
