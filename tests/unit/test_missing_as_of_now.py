"""A case as it stands now: what nobody has noted yet counts for every read and every step of it.

Two things may lie un-noted: that a deadline has passed, and that a guide has withdrawn all that a case awaits.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

import exchange
from exchange.cases.application_store import ApplicationStore
from exchange.cases.applications import ApplicationRoom, get_application
from exchange.cases.clock import tell_clock
from exchange.cases.completing import follow_withdrawal
from exchange.cases.consent import NewConsent, record_consent
from exchange.cases.evidence_store import EVIDENCE
from exchange.cases.exclusion import lift_exclusion
from exchange.cases.lapsing import remind_deferred
from exchange.cases.lifecycle import decide_case, withdraw_case
from exchange.cases.overdue import list_overdue_cases
from exchange.cases.procedures import resume_clock, stop_clock
from exchange.cases.read import list_cases
from exchange.cases.representing import end_representation, record_representation, revoke_representation
from exchange.clocks.due import Due, DueKind, put
from exchange.consents.presenting import redeem_presentation_code
from exchange.consents.room import ConsentRoom
from exchange.consents.store import PresentationStore
from exchange.disputes.opening import NewDispute, open_dispute
from exchange.disputes.room import DisputeRoom
from exchange.entities.application import Application
from exchange.entities.case import CaseState, Representation
from exchange.entities.dispute import DisputeKind
from exchange.entities.evidence import Deferral
from exchange.entities.licence import Holder
from exchange.errors import RefusedError
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from storage.records.changes import Replace
from tests.fakes.licence_world import FOOD, MARKET, World, open_world
from tests.fakes.missing_world import Counter, guide, prepare


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


def reasons(run: Callable[..., Any], *args: Any) -> set[Reason]:
    with pytest.raises(RefusedError) as caught:
        run(*args)
    return set(caught.value.reasons)


def withdraw(world: World, *names: str) -> None:
    lines = [replace(one, withdrawn=one.id in names) for one in guide().evidence]
    world.hub.publish(replace(guide(), evidence=tuple(lines)))


def waiting(world: World) -> Counter:
    counter = Counter(world)
    counter.submit("identity")
    counter.commit("seat")
    counter.defer("tax", "deed")
    counter.accept()
    return counter


def deferral(counter: Counter) -> Deferral:
    found = counter.line("tax").deferral
    assert found is not None
    return found


def publish_withdrawal(world: World, revision: int, *names: str) -> None:
    """As ``publish_entry`` does it: with what is due after it."""
    withdraw(world, *names)
    world.hub.write(put(Due(world.hub.clock.seconds, DueKind.GUIDE_WITHDRAWAL, f"{FOOD}/{revision}")))


def test_a_guide_that_withdraws_lines_leads_to_the_cases_that_wait_for_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.cases.completing.MOST_CASES", 1)
    both, one, other = waiting(world), waiting(world), waiting(world)
    one.submit("deed")
    publish_withdrawal(world, 2, "tax")
    ran = both.run_due()
    assert (ran.count(DueKind.GUIDE_WITHDRAWAL), ran.count(DueKind.CASE_COMPLETION)) == (3, 1)
    assert both.events().count("case.completed") == 1
    assert one.view_case().state is CaseState.ACCEPTED
    assert {both.view_case().state, other.view_case().state} == {CaseState.AWAITING_EVIDENCE}
    publish_withdrawal(world, 3, "tax", "deed")
    assert both.run_due().count(DueKind.CASE_COMPLETION) == 2
    assert both.events().count("case.completed") == 3
    assert {both.view_case().state, other.view_case().state} == {CaseState.ACCEPTED}
    assert both.due() == []


def test_two_publications_in_one_second_lead_to_a_case_once(world: World) -> None:
    counter = waiting(world)
    publish_withdrawal(world, 2, "tax")
    publish_withdrawal(world, 3, "tax", "deed")
    ran = counter.run_due()
    assert (ran.count(DueKind.GUIDE_WITHDRAWAL), ran.count(DueKind.CASE_COMPLETION)) == (2, 1)
    assert counter.view_case().state is CaseState.ACCEPTED


def test_a_case_that_awaits_nothing_any_more_is_decided_at_once(world: World) -> None:
    counter = waiting(world)
    withdraw(world, "tax", "deed")
    view = counter.view()
    decided = world.as_clerk(withdraw_case, world.case_room, counter.case, view.etag, "申请人撤回")
    assert decided.case.state is CaseState.WITHDRAWN
    assert counter.events()[-2:] == ["case.completed", "case.withdrawn"]
    assert counter.view().etag == decided.etag
    assert counter.due() == []


def test_a_refused_step_notes_nothing(world: World) -> None:
    counter = waiting(world)
    withdraw(world, "tax", "deed")
    etag = counter.view().etag
    assert reasons(counter.accept) == {Reason.CASE_STATE}
    assert counter.view_case().state is CaseState.AWAITING_EVIDENCE
    assert counter.view().etag == etag
    assert "case.completed" not in counter.events()
    assert len(counter.due()) == 4


def test_the_reminder_of_a_withdrawn_line_notes_that_its_case_is_accepted(world: World) -> None:
    counter = waiting(world)
    reminder = deferral(counter).reminder_time
    withdraw(world, "tax", "deed")
    world.hub.clock.us = reminder * 1_000_000
    counter.run_due()
    assert counter.view_case().state is CaseState.ACCEPTED
    assert (counter.due(), counter.events()[-1]) == ([], "case.completed")


def test_a_fetch_reads_every_line_of_a_case_that_awaits_nothing_any_more(world: World) -> None:
    counter = waiting(world)
    holder = counter.view_case().parties[0].holder
    world.issue(holder)
    assert reasons(world.fetch, counter.case) == {Reason.EVIDENCE_NOT_REQUIRED}
    withdraw(world, "tax", "deed")
    world.fetch(counter.case)
    assert counter.view_case().state is CaseState.ACCEPTED
    assert (counter.due(), counter.events().count("case.completed")) == ([], 1)


SOMEBODY = Holder("111", "11010519491231002X", "某某")
AGENT = Representation("applicant", SOMEBODY, frozenset(), 0, 2**40)
CONSENT = NewConsent("applicant", frozenset({"deed"}), frozenset(), 0, 2**40, 1, "ab" * 32)


def redeem(counter: Counter) -> object:
    hub, none = counter.world.hub, cast("Any", None)
    room = ConsentRoom("hub", counter.room, PresentationStore(hub.records, hub.vault, hub.blind), none, none)
    return counter.world.as_clerk(redeem_presentation_code, room, counter.case, "00000000")


def missing(counter: Counter, requirement: str) -> NewDispute:
    return NewDispute(counter.case, FOOD, requirement, DisputeKind.MISSING, "", "", ())


def step(counter: Counter, use_case: Callable[..., object], *arguments: object) -> object:
    return counter.world.as_clerk(use_case, counter.room, counter.case, *arguments)


STEPS: dict[str, Callable[[Counter], object]] = {
    "stop the clock": lambda counter: step(counter, stop_clock, "hearing", counter.view().etag),
    "resume the clock": lambda counter: step(counter, resume_clock, counter.view().etag),
    "record a consent": lambda counter: step(counter, record_consent, CONSENT),
    "appoint an agent": lambda counter: step(counter, record_representation, counter.view().etag, AGENT),
    "end a representation": lambda counter: step(counter, end_representation, counter.view().etag, "applicant"),
    "take a power back": lambda counter: step(counter, revoke_representation, counter.view().etag, "applicant"),
    "redeem a code": redeem,
    "hand in": lambda counter: counter.submit("tax"),
    "refuse": lambda counter: step(counter, partial(decide_case, approved=False, note="不予许可"), counter.view().etag),
    "lift an exclusion": lambda counter: step(counter, lift_exclusion, "by mistake"),
    "dispute": lambda counter: counter.world.as_clerk(
        open_dispute, DisputeRoom(counter.room, counter.world.store), missing(counter, "tax")
    ),
}


def test_no_step_overlooks_a_lapse_that_nobody_has_noted(world: World) -> None:
    counter = waiting(world)
    world.hub.clock.us = deferral(counter).deadline * 1_000_000
    assert counter.view().case.state is CaseState.LAPSED
    refused = {name: reasons(step, counter) for name, step in STEPS.items()}
    assert refused == {name: {Reason.DEFERRAL_LAPSED} for name in STEPS}
    assert counter.view_case().state is CaseState.AWAITING_EVIDENCE


@pytest.mark.parametrize("name", ["refuse", "dispute"])
def test_a_step_notes_that_its_case_awaits_nothing_any_more(world: World, name: str) -> None:
    counter = waiting(world)
    withdraw(world, "tax", "deed")
    if name == "dispute":
        world.as_clerk(open_dispute, DisputeRoom(counter.room, world.store), missing(counter, "identity"))
    else:
        STEPS[name](counter)
    assert counter.view_case().state in {CaseState.ACCEPTED, CaseState.REFUSED}
    assert counter.events().count("case.completed") == 1
    assert [due for due in counter.due() if due.kind is not DueKind.DISPUTE_CLOCK] == []


@pytest.mark.parametrize("state", [CaseState.LAPSED, CaseState.ACCEPTED])
def test_every_read_tells_the_same_state(world: World, state: CaseState) -> None:
    counter = waiting(world)
    holder = counter.view_case().parties[0].holder
    applications = ApplicationStore(world.hub.records, world.hub.vault, world.hub.blind)
    application = Application("a" * 32, "A-1", "", (counter.case,), MARKET, "clerk", 0)
    world.hub.write(*applications.write(application, world.hub.vault.data_key(counter.room.store.owner(holder))))
    if state is CaseState.LAPSED:
        world.hub.clock.us = deferral(counter).deadline * 1_000_000
    else:
        withdraw(world, "tax", "deed")
    (listed,) = world.as_clerk(list_cases, counter.room, after="", limit=10).items
    room = ApplicationRoom(counter.room, applications)
    (member,) = world.as_clerk(get_application, room, application.id).cases
    assert {counter.view().case.state, listed.case.state, member.case.state} == {state}
    assert {counter.view().etag, listed.etag, member.etag} == {counter.view().etag}
    assert counter.view_case().state is CaseState.AWAITING_EVIDENCE


def test_a_late_case_is_listed_until_it_counts_as_lapsed(world: World) -> None:
    counter = waiting(world)
    end = deferral(counter).deadline

    def late() -> list[str]:
        return [one.case.id for one in world.as_clerk(list_overdue_cases, counter.room, after="", limit=10).items]

    world.hub.clock.us = (end - 1) * 1_000_000
    clock = counter.view().clock
    assert clock is not None
    due = Due(clock.clock.due_time, DueKind.CASE_CLOCK, counter.case)
    world.as_clerk(tell_clock, counter.room, counter.case, due)
    listed = late()
    world.hub.clock.us = end * 1_000_000
    assert (listed, late()) == ([counter.case], [])


def test_cases_are_read_past_what_they_count_as_in_few_places() -> None:
    """Whoever reads a case's record and not ``find_case`` or ``take_case`` must ask ``case_now`` for its state."""
    folder = Path(exchange.__file__).parent
    reading = re.compile(r"(?:store|self\.cases)\.cases\b|find_recorded_case\(")
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.py") if reading.search(path.read_text("utf-8"))}
    assert found == {
        "cases/applications.py",
        "cases/completing.py",
        "cases/lapsing.py",
        "cases/open_step.py",
        "cases/overdue.py",
        "cases/room.py",
        "consents/given.py",  # for its matters alone, whatever the state
        "consents/room.py",
        "licences/arrivals.py",
        "licences/gathering.py",
        "ratings/rate.py",  # by the ticket alone, whatever the state
        "supervision/results.py",
    }


def test_nothing_reminds_of_a_line_of_a_case_that_counts_as_lapsed(world: World) -> None:
    counter = Counter(world)
    counter.submit("identity")
    counter.commit("seat")
    counter.defer("tax", deadline=world.hub.clock.seconds + 3_600)
    counter.defer("deed")
    counter.accept()
    deed = counter.line("deed").deferral
    assert deed is not None
    world.hub.clock.us = deed.reminder_time * 1_000_000
    world.as_clerk(remind_deferred, counter.room, f"{counter.case}/{FOOD}/deed")
    assert "deferral.reminder" not in counter.events()


def test_a_damaged_or_an_erased_case_holds_up_none_of_the_others(world: World) -> None:
    damaged, erased, sound = waiting(world), waiting(world), waiting(world)
    found = world.hub.records.get(EVIDENCE, damaged.case)
    assert found is not None
    waits = (("waits", FOOD.encode()),)
    world.hub.write(Replace(EVIDENCE, damaged.case, found.version, found.body[:8], waits))
    owner = erased.view_case().parties[0].holder
    world.hub.write(world.hub.vault.destroy(world.case_room.store.owner(owner)))
    publish_withdrawal(world, 2, "tax", "deed")
    (due,) = [due for due in sound.due(world.hub.clock.seconds) if due.kind is DueKind.GUIDE_WITHDRAWAL]
    world.as_clerk(follow_withdrawal, world.case_room, due.subject, due)
    found_cases = [due.subject for due in sound.due(world.hub.clock.seconds) if due.kind is DueKind.CASE_COMPLETION]
    assert sorted(found_cases) == sorted([damaged.case, sound.case])
