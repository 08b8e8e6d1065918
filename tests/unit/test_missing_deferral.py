"""容缺: what may follow later, until when, and what becomes of a case whose evidence does not come."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.cases.exclusion import lift_exclusion
from exchange.cases.lapsing import lapse_deferred, remind_deferred
from exchange.cases.lifecycle import decide_case, withdraw_case
from exchange.cases.read import list_cases
from exchange.cases.terms import DAY
from exchange.clocks.due import DueKind, taken
from exchange.entities.case import CaseState
from exchange.entities.catalogue import Necessity
from exchange.entities.evidence import EvidenceForm, MediaType, Signature
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.fetch import fetch_evidence
from exchange.licences.issue import issue_licence
from exchange.purpose.limits import for_refusal
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import DEED, LAND, MARKET, TAX, World, line, open_keys, open_world
from tests.fakes.missing_world import PNG, Counter, guide, prepare, promise, upload


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


@pytest.fixture
def counter(world: World) -> Counter:
    """A case whose applicant's identity was fetched and whose seat was committed: tax and deed are out."""
    holder = world.person()
    world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    world.fetch(counter.case)
    counter.commit("seat")
    return counter


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> set[Reason]:
    with pytest.raises((RefusedError, NotFoundError)) as caught:
        run(*args, **options)
    return set(caught.value.reasons)


def bad(run: Callable[..., Any], *args: Any, **options: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args, **options)
    return {violation.field for violation in caught.value.violations}


def test_what_is_missing_stops_acceptance_and_is_listed(world: World) -> None:
    counter = Counter(world)
    with pytest.raises(RefusedError) as caught:
        counter.accept()
    assert caught.value.reasons == (Reason.EVIDENCE_MISSING,)
    assert [name.split("/")[1] for name in caught.value.subject.split(",")] == ["identity", "tax", "deed", "seat"]
    assert counter.view().case.state is CaseState.OPEN


def test_a_case_is_accepted_once_everything_is_in_without_waiting(world: World, counter: Counter) -> None:
    counter.submit("tax")
    assert reasons(counter.accept) == {Reason.EVIDENCE_MISSING}
    counter.submit("deed")
    assert counter.accept().case.state is CaseState.ACCEPTED


def test_a_deferred_case_awaits_its_evidence_and_goes_on_by_itself(counter: Counter) -> None:
    counter.defer("tax", "deed")
    assert {due.kind for due in counter.due()} == {DueKind.DEFERRAL_LAPSE, DueKind.DEFERRAL_REMINDER}
    assert counter.accept().case.state is CaseState.AWAITING_EVIDENCE
    assert reasons(counter.world.as_clerk, decide_case, counter.room, counter.case, counter.view().etag, **GRANT) == {
        Reason.CASE_STATE
    }
    assert counter.submit("tax").case.state is CaseState.AWAITING_EVIDENCE
    assert counter.submit("deed").case.state is CaseState.ACCEPTED
    assert counter.due() == []
    assert [each for each in counter.events() if each.startswith(("evidence.deferred", "case.completed"))] == [
        "evidence.deferred",
        "evidence.deferred",
        "case.completed",
    ]


GRANT: dict[str, Any] = {"approved": True, "note": ""}
REFUSE: dict[str, Any] = {"approved": False, "note": ""}


def test_the_promise_says_what_how_until_when_and_what_else(counter: Counter) -> None:
    made = counter.deferring("tax", "deed", validate_only=True, form=EvidenceForm.ORIGINAL)
    for text, words in ((made.text.zh, ("tax", "deed", "原件", "终止")), (made.text.en, ("original", "lapses"))):
        assert all(word in text for word in words)
    assert made.deadline > counter.world.hub.clock.seconds
    assert counter.view().evidence[-1].deferral is None
    assert counter.deferring("tax", "deed", validate_only=True, form=EvidenceForm.ORIGINAL) == made


def test_another_text_than_the_one_for_these_lines_is_not_taken(counter: Counter) -> None:
    made = counter.deferring("tax", validate_only=True)
    signed = promise(made.text_digest)
    for lines, changes in ((("tax", "deed"), {}), (("tax",), {"form": EvidenceForm.ORIGINAL})):
        options = {"deadline": made.deadline, "promise": signed, **changes}
        assert reasons(counter.deferring, *lines, **options) == {Reason.PROMISE_CHANGED}
    early = {"deadline": made.deadline - DAY, "promise": signed}
    assert reasons(counter.deferring, "tax", **early) == {Reason.PROMISE_CHANGED}


def test_every_bad_field_of_a_deferral_is_told(counter: Counter) -> None:
    assert bad(counter.deferring, form=None, deadline=1) == {"lines", "form", "deadline"}
    far = counter.world.hub.clock.seconds + 400 * DAY
    assert bad(counter.deferring, "tax", deadline=far) == {"deadline"}
    made = counter.deferring("tax", validate_only=True)
    unsigned = promise(made.text_digest, language=None, signature=None)
    assert bad(counter.deferring, "tax", deadline=made.deadline, promise=unsigned) == {
        "promise.language",
        "promise.signature",
    }
    paper = promise(made.text_digest, signature=Signature.PAPER)
    assert bad(counter.deferring, "tax", deadline=made.deadline, promise=paper) == {"promise.paper"}


def test_a_paper_that_was_signed_is_kept(counter: Counter) -> None:
    made = counter.deferring("tax", validate_only=True)
    signed = promise(made.text_digest, signature=Signature.PAPER, paper=upload())
    counter.deferring("tax", deadline=made.deadline, promise=signed)
    deferral = counter.line("tax").deferral
    assert deferral is not None
    assert deferral.promise.paper is not None
    assert counter.world.materials.content(counter.case, deferral.promise.paper) == upload().content


def test_only_what_the_guide_lets_follow_and_what_the_hub_has_not(world: World, counter: Counter) -> None:
    assert reasons(counter.deferring, "seat") == {Reason.NOT_DEFERRABLE, Reason.EVIDENCE_ALREADY_IN}
    assert reasons(counter.deferring, "extra") == {Reason.NOT_DEFERRABLE}
    assert reasons(counter.deferring, "seller_deed") == {Reason.EVIDENCE_NOT_REQUIRED}
    assert reasons(counter.deferring, "nothing") == {Reason.EVIDENCE_NOT_REQUIRED}
    counter.submit("tax")
    assert reasons(counter.deferring, "tax") == {Reason.EVIDENCE_ALREADY_IN}
    world.issue_deed(counter.view().case.parties[0].holder)
    assert reasons(counter.deferring, "deed") == {Reason.EVIDENCE_AVAILABLE}


def test_whoever_is_locked_out_defers_nothing(world: World, counter: Counter) -> None:
    caller = world.hub.caller(MARKET, "clerk")
    for _ in range(10):
        call = world.hub.call(caller)
        limits = world.case_room.limits
        call.charge(for_refusal(limits, call.draft.operator_tag.hex(), (Reason.CONSENT_MISSING,), call.now))
        world.hub.commit(call)
    world.hub.clock.advance(2)
    assert Reason.LOCKED_OUT in reasons(counter.deferring, "tax")


def test_two_windows_and_a_double_click(counter: Counter) -> None:
    old = counter.view().etag
    counter.defer("tax")
    assert reasons(counter.deferring, "deed", etag=old) == {Reason.ETAG_MISMATCH}
    assert reasons(counter.deferring, "tax") == {Reason.EVIDENCE_ALREADY_IN}
    counter.defer("deed")
    waiting = counter.accept()
    assert reasons(counter.deferring, "deed") == {Reason.CASE_STATE}
    counter.submit("tax")
    withdraw = (counter.world.as_clerk, withdraw_case, counter.room, counter.case)
    assert reasons(*withdraw, waiting.etag, "") == {Reason.ETAG_MISMATCH}


def test_closing_a_case_ends_what_was_deferred(counter: Counter) -> None:
    counter.defer("tax", "deed")
    counter.accept()
    counter.world.as_clerk(withdraw_case, counter.room, counter.case, counter.view().etag, "")
    assert counter.due() == []
    assert reasons(counter.submit, "tax") == {Reason.CASE_NOT_OPEN}


def test_of_a_waiting_case_only_the_outstanding_lines_can_be_read(world: World, counter: Counter) -> None:
    counter.defer("tax", "deed")
    counter.accept()
    assert reasons(world.fetch, counter.case, "identity") == {Reason.EVIDENCE_NOT_REQUIRED}
    holder = counter.view().case.parties[0].holder
    world.issue_deed(holder)
    world.fetch(counter.case, "deed")
    assert counter.line("deed").fetched_time
    assert counter.view().case.state is CaseState.AWAITING_EVIDENCE
    assert reasons(world.fetch, counter.case, "deed") == {Reason.EVIDENCE_NOT_REQUIRED}
    tax = replace(world.deed(holder, number="T-1"), fields={"voucher": "V-1"})
    world.as_issuer(LAND, issue_licence, TAX, tax, validate_only=False)
    world.as_clerk(fetch_evidence, world.exchange_room, counter.case, ("tax",))
    assert counter.view().case.state is CaseState.ACCEPTED
    assert counter.due() == []


def test_the_last_second_counts_and_the_deadline_does_not(world: World, counter: Counter) -> None:
    deadline = counter.defer("tax", "deed").deadline
    counter.accept()
    holder = counter.view().case.parties[0].holder
    world.issue_deed(holder)
    world.hub.clock.us = (deadline - 1) * 1_000_000
    counter.submit("tax")
    world.hub.clock.us = deadline * 1_000_000
    assert reasons(counter.submit, "deed") == {Reason.DEFERRAL_LAPSED}
    assert reasons(world.fetch, counter.case, "deed") == {Reason.EVIDENCE_NOT_REQUIRED}
    view = counter.view()
    assert view.case.state is CaseState.LAPSED
    (listed,) = world.as_clerk(list_cases, world.case_room, after="", limit=10).items
    assert listed.case.state is CaseState.LAPSED
    assert reasons(world.as_clerk, decide_case, world.case_room, counter.case, view.etag, **REFUSE) == {
        Reason.DEFERRAL_LAPSED
    }
    assert counter.line("deed").deferral.lapsed
    assert not counter.line("tax").deferral.lapsed


def test_the_deadline_ends_the_case_and_excludes_the_applicant(world: World, counter: Counter) -> None:
    deadline = counter.defer("tax", "deed").deadline
    counter.accept()
    world.hub.clock.us = (deadline - 3 * DAY) * 1_000_000
    assert counter.run_due() == [DueKind.DEFERRAL_REMINDER] * 2
    assert counter.run_due() == []
    world.hub.clock.us = (deadline + DAY) * 1_000_000
    assert counter.run_due() == [DueKind.DEFERRAL_LAPSE]
    assert counter.due() == []
    view = counter.view()
    assert (view.case.state, view.case.closed_time) == (CaseState.LAPSED, deadline + DAY)
    assert [each for each in counter.events() if each.startswith(("deferral", "case.lapsed"))] == [
        "deferral.reminder",
        "deferral.reminder",
        "deferral.lapsed",
        "case.lapsed",
    ]
    told = {
        one.requirement: one.sentence.en for one in world.as_clerk(check_evidence, world.exchange_room, counter.case)
    }
    assert "the case is closed; hand in nothing" in told["deed"]
    again = Counter(world, world.open_case(view.case.parties[0].holder))
    assert reasons(again.deferring, "tax") == {Reason.DEFERRAL_EXCLUDED}
    other = Counter(world)
    other.defer("tax")
    assert bad(world.as_clerk, lift_exclusion, world.case_room, again.case, "") == {"reason"}
    world.as_clerk(lift_exclusion, world.case_room, again.case, "住院，非主观原因")
    again.defer("tax")


def test_an_exclusion_ends_by_itself(world: World, counter: Counter) -> None:
    deadline = counter.defer("tax", "deed").deadline
    counter.accept()
    world.hub.clock.us = deadline * 1_000_000
    counter.run_due()
    holder = counter.view().case.parties[0].holder
    world.hub.clock.us = (deadline + world.case_room.terms.exclusion_seconds) * 1_000_000
    Counter(world, world.open_case(holder)).defer("tax")


def test_what_was_deferred_and_never_accepted_lapses_alone(world: World, counter: Counter) -> None:
    deadline = counter.defer("tax", "deed").deadline
    world.hub.clock.us = deadline * 1_000_000
    assert reasons(counter.accept) == {Reason.EVIDENCE_MISSING}
    counter.run_due()
    assert counter.view().case.state is CaseState.OPEN
    counter.defer("tax", "deed")
    assert counter.accept().case.state is CaseState.AWAITING_EVIDENCE


def test_a_deferral_whose_deadline_passed_unnoticed_can_be_made_anew(world: World, counter: Counter) -> None:
    deadline = counter.defer("tax", "deed").deadline
    world.hub.clock.us = deadline * 1_000_000
    counter.defer("tax", "deed")
    assert min(due.time for due in counter.due()) > deadline
    assert counter.accept().case.state is CaseState.AWAITING_EVIDENCE


def test_a_handler_that_runs_early_late_or_twice_changes_nothing_it_should_not(counter: Counter) -> None:
    counter.defer("tax", "deed")
    due = counter.due()
    subject = due[0].subject

    for kind, handler in ((DueKind.DEFERRAL_LAPSE, lapse_deferred), (DueKind.DEFERRAL_REMINDER, remind_deferred)):
        early = next(each for each in due if each.kind is kind and each.subject == subject)

        def run(call: Any, handler: Any = handler, early: Any = early) -> None:
            call.change(taken(early))
            handler(call, counter.room, early.subject)

        counter.world.as_clerk(run)
    assert counter.due() == due
    for subject in ("0" * 32 + "/x/y", f"{counter.case}/x/y", "rubbish"):
        counter.world.as_clerk(lapse_deferred, counter.room, subject)
        counter.world.as_clerk(remind_deferred, counter.room, subject)
    counter.submit("tax")
    counter.submit("deed")
    counter.accept()
    counter.world.as_clerk(lapse_deferred, counter.room, subject)
    assert counter.view().case.state is CaseState.ACCEPTED


def test_a_guide_changed_in_the_middle_asks_for_no_more_of_an_open_case(world: World, counter: Counter) -> None:
    counter.defer("tax")
    lines = [replace(one, withdrawn=one.id == "deed", necessity=Necessity.REQUIRED) for one in guide().evidence]
    lines.append(line("new", DEED, "address", "unit_number"))
    world.hub.publish(replace(guide(), evidence=tuple(lines)))
    assert reasons(counter.deferring, "deed") == {Reason.EVIDENCE_NOT_REQUIRED}
    assert counter.accept().case.state is CaseState.AWAITING_EVIDENCE
    assert counter.submit("tax").case.state is CaseState.ACCEPTED
    fresh = Counter(world)
    with pytest.raises(RefusedError) as caught:
        fresh.accept()
    assert caught.value.subject.endswith("/new")


def test_another_departments_case_is_unknown_here_too(world: World, counter: Counter) -> None:
    caller = world.hub.caller(LAND, "issuer")
    assert reasons(world.hub.run, caller, lift_exclusion, world.case_room, counter.case, "x") == {Reason.CASE_NOT_YOURS}


def test_a_picture_brings_a_line_in_before_acceptance(counter: Counter) -> None:
    counter.defer("tax", "deed")
    counter.submit("tax", upload(PNG, MediaType.PNG))
    counter.submit("deed")
    assert counter.due() == []
    assert counter.accept().case.state is CaseState.ACCEPTED
