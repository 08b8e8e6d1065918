"""Decisions: what they grant is issued with them or owed, and never half."""

import threading
from dataclasses import replace

import pytest

from exchange.audit.unit import Committed
from exchange.cases.lifecycle import accept_case
from exchange.cases.new_case import NewCase
from exchange.cases.open import open_case
from exchange.cases.read import get_case
from exchange.civil_time import civil_date, civil_midnight
from exchange.entities.back_fill import ImportOutcome, SourceLicence
from exchange.entities.case import CaseParty, CaseState
from exchange.entities.licence import LicenceState, Provenance, RevocationCause
from exchange.errors import InvalidError, RefusedError, UnavailableError
from exchange.imports.batch import import_batch
from exchange.imports.room import ImportRoom, SourceRow
from exchange.imports.store import ImportStore
from exchange.licences.evidence_check import Availability, check_evidence
from exchange.licences.issue import issue_licence
from exchange.licences.read import list_licences
from exchange.reasons import Reason
from exchange.results.decide import Decision, decide_case, get_result
from exchange.results.due import (
    DueIssuanceState,
    issuance_state,
    list_owed_issuances,
    list_settled_issuances,
    report_overdue_issuance,
    settle_awaited,
)
from exchange.results.issue import issue_owed_licence
from tests.fakes.licence_world import LAND, MARKET, SERVICE_CENTRE, open_keys
from tests.fakes.result_world import (
    CERTIFICATE,
    COUPLE,
    DECIDER,
    NO_RESULT,
    OWN_SYSTEM,
    PERMIT,
    PERMIT_MATTER,
    PROVINCE,
    USES_PERMIT,
    open_result_world,
)

DAY = 86_400
REFUSAL = Decision(False, "不符合条件", ("condition_unmet", "fire_exit"), "《示例条例》第九条")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_result_world(tmp_path, keys=keys) as world:
        yield world


def state(world, case):
    return world.as_clerk(get_case, world.case_room, case).case.state


def permits(world):
    return world.as_issuer(MARKET, list_licences, PERMIT, after="", limit=10).items


def owed(world, use_case=list_owed_issuances):
    caller = world.hub.caller(MARKET, "issuer")
    return world.hub.run(caller, use_case, world.result_room.store, after="", limit=10).items


def issue_owed(world, case, new, *, validate_only=False):
    caller = world.hub.caller(MARKET, "issuer")
    return world.hub.run(
        caller, issue_owed_licence, world.result_room, CERTIFICATE, new, case, validate_only=validate_only
    )


def report(world, subject):
    world.hub.run(world.hub.caller(MARKET, "issuer"), report_overdue_issuance, world.result_room.store, subject)


def fields(refused):
    return sorted(violation.field for violation in refused.value.violations)


def test_an_approval_issues_its_licence_in_one_entry(world):
    applicant = world.person()
    case = world.accepted(PERMIT_MATTER, applicant=applicant)
    entries = len(world.records())
    decided = world.decide(case, world.approval(world.permit()))
    (code, issued) = decided.issued[0]
    licence = issued.view.licence
    assert (code, licence.holders, licence.related_matter) == (PERMIT_MATTER, (applicant,), PERMIT_MATTER)
    assert (licence.state, licence.issuing_authority) == (LicenceState.ACTIVE, MARKET)
    assert state(world, case) is CaseState.APPROVED
    entry = world.records()[entries + 1]  # after the read of its etag
    assert [event.type for event in entry.events] == ["licence.issued", "case.approved"]
    assert all(PROVINCE in event.audience for event in entry.events)
    assert entry.items[0].response_digest == bytes.fromhex(licence.signed_digest)
    caller = world.hub.caller(MARKET, DECIDER)
    result = world.hub.run(caller, get_result, world.result_room, case)
    assert result.licences == (f"licenceTypes/{PERMIT}/licences/{licence.identifier}",)
    assert result.due_matters == ()


def test_the_next_departments_case_finds_it_at_once(world):
    applicant = world.person()
    clerk = world.hub.caller(LAND, "issuer")
    new = NewCase("L-1", (USES_PERMIT,), "", "", (CaseParty("applicant", applicant),), (), frozenset(), "counter")
    other = world.hub.run(clerk, open_case, world.case_room, new).case.id
    check = world.hub.run(clerk, check_evidence, world.exchange_room, other)
    assert [each.availability for each in check] == [Availability.HAND_IN]
    world.decide(world.accepted(PERMIT_MATTER, applicant=applicant), world.approval(world.permit()))
    check = world.hub.run(clerk, check_evidence, world.exchange_room, other)
    assert [each.availability for each in check] == [Availability.AVAILABLE]


def test_everything_wrong_is_told_at_once_and_nothing_is_decided(world):
    case = world.accepted(PERMIT_MATTER)
    bad = world.permit("", fields={"opened": "2026-02-30", "colour": "red"}, valid_until_time=1)
    with pytest.raises(InvalidError) as refused:
        world.decide(case, replace(world.approval(bad), note="x" * 501))
    assert {name.partition("[0]")[0] for name in fields(refused)} == {"note", "results"}
    told = " ".join(fields(refused))
    for name in ("note", "licence.number", "licence.fields.shop", "licence.fields.opened", "licence.fields.colour"):
        assert name in told
    assert "valid_until_time" in told
    assert state(world, case) is CaseState.ACCEPTED
    assert permits(world) == ()
    assert "case.approved" not in world.events()


def test_a_result_is_not_forgotten_and_not_somebody_elses(world):
    case = world.accepted(PERMIT_MATTER)
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval())
    assert refused.value.reasons == (Reason.RESULT_MISSING,)
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval(world.permit()), operator="clerk")
    assert refused.value.reasons == (Reason.ROLE_MISSING,)
    for decision, field in (
        (world.approval(world.permit(), matter=OWN_SYSTEM), "results[0].matter"),
        (world.approval(world.permit(), world.permit("P-2")), "results[1].matter"),
        (world.approval(world.permit(holders=(world.person(),))), "results[0].matter"),
        (replace(world.approval(world.permit()), reasons=("late",)), "refusal_reasons"),
    ):
        with pytest.raises(InvalidError) as invalid:
            world.decide(case, decision)
        assert fields(invalid) == [field]
    assert state(world, case) is CaseState.ACCEPTED


def test_a_number_that_is_taken_decides_nothing(world):
    world.approved_permit("P-1")
    case = world.accepted(PERMIT_MATTER)
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval(world.permit("P-1")))
    assert refused.value.reasons == (Reason.LICENCE_EXISTS,)
    assert state(world, case) is CaseState.ACCEPTED
    assert world.decide(case, world.approval(world.permit("P-2"))).issued


def test_each_matter_of_a_case_has_its_own_result(world):
    case = world.accepted(PERMIT_MATTER, OWN_SYSTEM, NO_RESULT)
    with pytest.raises(InvalidError) as invalid:
        world.decide(case, world.approval(world.permit()))
    assert fields(invalid) == ["results[0].matter"], "two matters have a result: which is meant?"
    decided = world.decide(case, world.approval(world.permit(), matter=PERMIT_MATTER))
    assert [code for code, _ in decided.issued] == [PERMIT_MATTER]
    assert decided.result.due_matters == (OWN_SYSTEM,)


def test_two_results_of_one_type_need_two_cases(world):
    case = world.accepted(
        COUPLE, OWN_SYSTEM, parties=(CaseParty("applicant", world.person()), CaseParty("seller", world.person()))
    )
    both = (
        *world.approval(world.certificate(), matter=COUPLE).results,
        *world.approval(world.certificate("C-2"), matter=OWN_SYSTEM).results,
    )
    with pytest.raises(InvalidError) as invalid:
        world.decide(case, Decision(True, "", results=both))
    assert fields(invalid) == ["results[1].matter"]
    assert world.decide(case, Decision(True, "", results=both[:1])).result.due_matters == (OWN_SYSTEM,)


def test_the_guide_says_whose_the_result_is(world):
    applicant, seller = world.person("买方"), world.person("卖方")
    parties = (CaseParty("applicant", applicant), CaseParty("seller", seller))
    case = world.accepted(COUPLE, parties=parties)
    issued = world.decide(case, world.approval(world.certificate())).issued[0][1]
    assert issued.view.licence.holders == (seller, applicant)


def test_a_delegated_counter_issues_nothing_but_may_let_the_implementer_owe(world):
    counter = {"operator": "clerk", "department": SERVICE_CENTRE}
    case = world.accepted(PERMIT_MATTER)
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval(world.permit()), **counter)
    assert refused.value.reasons == (Reason.NOT_ISSUER,)
    assert state(world, case) is CaseState.ACCEPTED
    world.decide(world.accepted(OWN_SYSTEM), world.approval(), **counter)
    assert [due.issuer for due in owed(world)] == [MARKET]


def test_a_decision_out_of_order_is_refused(world):
    case = world.open_case(world.person(), matters=(PERMIT_MATTER,))
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval(world.permit()))
    assert refused.value.reasons == (Reason.CASE_STATE,)
    etag = world.etag(case)
    world.as_clerk(accept_case, world.case_room, case, etag)
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval(world.permit()), etag=etag)
    assert refused.value.reasons == (Reason.ETAG_MISMATCH,)
    world.decide(case, world.approval(world.permit()))
    with pytest.raises(RefusedError) as refused:
        world.decide(case, world.approval(world.permit("P-2")))
    assert refused.value.reasons == (Reason.CASE_NOT_OPEN,)
    assert len(permits(world)) == 1


def test_of_two_windows_that_decide_at_once_one_wins(world):
    case = world.accepted(PERMIT_MATTER)
    etag, caller = world.etag(case), world.hub.caller(MARKET, DECIDER)
    ends = []

    def decide(number):
        try:
            approval = world.approval(world.permit(number))
            world.hub.run(caller, decide_case, world.result_room, case, etag, approval)
            ends.append("won")
        except RefusedError as error:
            ends.append(error.reasons[0])

    threads = [threading.Thread(target=decide, args=(f"P-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, ends)) == [Reason.ETAG_MISMATCH.value] * 5 + ["won"]
    assert len(permits(world)) == 1


class KilledRecorder:
    """Dies when it is asked to commit: before it has written anything, or after, its answer lost."""

    def __init__(self, recorder, *, wrote):
        self._recorder = recorder
        self._wrote = wrote

    def commit(self, unit, timeout):
        if self._wrote:
            assert isinstance(self._recorder.commit(unit, timeout), Committed)
        raise UnavailableError(Reason.AUDIT_UNAVAILABLE)


@pytest.mark.parametrize("wrote", [False, True])
def test_a_kill_leaves_all_or_nothing(world, wrote):
    case = world.accepted(PERMIT_MATTER)
    etag = world.etag(case)
    call = world.hub.call(world.hub.caller(MARKET, DECIDER))
    call._recorder = KilledRecorder(world.hub.recorder, wrote=wrote)
    decide_case(call, world.result_room, case, etag, world.approval(world.permit()))
    with pytest.raises(UnavailableError):
        world.hub.commit(call)
    for cache in world.hub.caches:
        cache._values.clear()
    there = [
        state(world, case) is CaseState.APPROVED,
        len(permits(world)) == 1,
        world.hub.records.get("case_result", case) is not None,
        world.hub.records.get("case_rating", case) is not None,
        world.events().count("case.approved") == 1,
        world.events().count("licence.issued") == 1,
        len(world.hub.records.scan("hand_off")) == 1,
    ]
    assert there == [wrote] * 7


def test_a_refusal_says_why(world):
    case = world.accepted(PERMIT_MATTER)
    with pytest.raises(InvalidError) as refused:
        world.decide(case, Decision(False, "", ("Not A Code",), "", ()))
    assert fields(refused) == ["legal_reference", "refusal_reasons"]
    with pytest.raises(InvalidError) as refused:
        world.decide(case, Decision(False, ""))
    assert fields(refused) == ["legal_reference", "refusal_reasons"]
    decided = world.decide(case, REFUSAL, operator="clerk")
    assert decided.view.case.state is CaseState.REFUSED
    assert (decided.issued, decided.result.reasons) == ((), ("condition_unmet", "fire_exit"))
    assert decided.rating_ticket
    assert world.events()[-1] == "case.refused"


def test_a_case_refused_before_it_was_accepted_has_no_ticket(world):
    case = world.open_case(world.person(), matters=(PERMIT_MATTER,))
    assert world.decide(case, REFUSAL).rating_ticket == ""


def test_an_own_system_owes_its_licence(world):
    applicant = world.person()
    case = world.accepted(OWN_SYSTEM, applicant=applicant)
    decided = world.decide(case, world.approval(), operator="clerk")
    assert decided.result.due_matters == (OWN_SYSTEM,)
    (due,) = owed(world)
    # 1 January 2026 is a Thursday: the fifth weekday after it is Thursday the 8th
    assert due.due_time == world.hub.clock.seconds + 7 * DAY + 16 * 3600
    assert issuance_state(due, world.hub.clock.seconds) is DueIssuanceState.WAITING
    assert issuance_state(due, due.due_time) is DueIssuanceState.OVERDUE
    assert world.due() == [f"{due.due_time:012d}/issuance/{case}/{OWN_SYSTEM}"]
    new = world.certificate(holders=(applicant,))
    dry = issue_owed(world, case, new, validate_only=True)
    assert (dry.credential, len(owed(world))) == ("", 1)
    issued = issue_owed(world, case, new)
    assert (owed(world), world.due()) == ((), [])
    (settled,) = owed(world, list_settled_issuances)
    assert settled.licence.endswith(issued.view.licence.identifier)
    result = world.hub.run(world.hub.caller(MARKET, "clerk"), get_result, world.result_room, case)
    assert (result.licences, result.due_matters) == ((settled.licence,), ())
    assert issuance_state(settled, due.due_time) is DueIssuanceState.SETTLED
    assert world.events()[-2:] == ["licence.issued", "issuance.settled"]
    with pytest.raises(RefusedError) as refused:
        issue_owed(world, case, world.certificate("C-2", holders=(applicant,)))
    assert refused.value.reasons == (Reason.ISSUANCE_NOT_DUE,)


def test_only_the_licence_that_is_owed_settles_it(world):
    case = world.accepted(OWN_SYSTEM)
    world.decide(case, world.approval())
    with pytest.raises(InvalidError) as invalid:
        issue_owed(world, case, world.certificate(holders=(world.person(),)))
    assert fields(invalid) == ["licence.holders"]
    for other in ("0" * 32, "no id", world.accepted(PERMIT_MATTER)):
        with pytest.raises(RefusedError) as refused:
            issue_owed(world, other, world.certificate(holders=(world.person(),)))
        assert refused.value.reasons == (Reason.ISSUANCE_NOT_DUE,)
    assert len(owed(world)) == 1


def test_overdue_is_told_once_and_a_late_licence_settles(world):
    applicant = world.person()
    case = world.accepted(OWN_SYSTEM, applicant=applicant)
    world.decide(case, world.approval())
    subject = f"{case}/{OWN_SYSTEM}"
    world.hub.clock.advance(30 * DAY)
    for _ in range(2):
        report(world, subject)
    assert world.events().count("issuance.overdue") == 1
    due = world.hub.records.scan("due")[0]  # what the runner takes away with the handler's unit
    with world.hub.records.write() as unit:
        unit.apply([*_taken(due)])
    issue_owed(world, case, world.certificate(holders=(applicant,)))
    assert owed(world) == ()
    report(world, subject)
    assert world.events().count("issuance.overdue") == 1


def _taken(record):
    from storage.records.changes import Delete

    return [Delete("due", record.key, record.version)]


def test_an_import_settles_what_waits_for_its_holder(world):
    applicant = world.person()
    old = world.certificate("OLD", holders=(applicant,))
    world.as_issuer(MARKET, issue_licence, CERTIFICATE, old, validate_only=False)
    world.hub.clock.advance(DAY)
    case = world.accepted(OWN_SYSTEM, applicant=applicant)
    world.decide(case, world.approval())

    def bring(call, number, holder, days=0):
        time = world.hub.clock.seconds - days * DAY
        new = world.certificate(number, holders=(holder,), issued_time=time, valid_from_time=time)
        issued = issue_licence(call, world.room, CERTIFICATE, new, validate_only=False)
        return settle_awaited(call, world.result_room, (issued.view.licence,))

    caller = world.hub.caller(MARKET, "issuer")
    assert world.hub.run(caller, bring, "I-1", world.person()) == 0
    assert world.hub.run(caller, bring, "I-2", applicant, days=1) == 0
    assert world.hub.run(caller, bring, "I-3", applicant) == 1
    assert (owed(world), world.due()) == ((), [])


ACTIVE = (LicenceState.ACTIVE, RevocationCause.NONE, 0)


def import_certificates(world, applicant, *rows):
    """Import certificates of the applicant; a row is (number, issued time, state, cause, time of the state)."""
    store = ImportStore(world.hub.records, world.hub.vault, world.hub.blind, world.store)
    world.hub.caches.extend([store.imports, store.issues])
    room = ImportRoom(world.room, store, lambda: world.keys.signer("receipts"), world.result_room)
    sent = []
    for place, (number, issued, *state) in enumerate(rows, 1):
        new = world.certificate(number, holders=(applicant,))
        row = SourceLicence(number, new.holders, new.fields, issued, issued, new.valid_until_time, "", "", *state)
        sent.append(SourceRow(place, bytes([place]) * 32, row))
    caller, grade = world.hub.caller(MARKET, "issuer"), Provenance.BACK_FILLED_REGISTER
    batch = (room, CERTIFICATE, "0b9c6a5e-3f5d-4c55-9a59-1d7c3a1e2f01", grade, tuple(sent))
    answer = world.hub.run(caller, import_batch, *batch, validate_only=False)
    assert [result.outcome for result in answer.results] == [ImportOutcome.ISSUED] * len(rows)


def test_a_batch_of_a_departments_store_settles_each_task_once(world):
    applicant, now = world.person(), world.hub.clock.seconds
    world.decide(world.accepted(OWN_SYSTEM, applicant=applicant), world.approval())
    import_certificates(world, applicant, ("I-1", now, *ACTIVE), ("I-2", now, *ACTIVE))
    assert (owed(world), world.due()) == ((), [])
    assert world.events().count("issuance.settled") == 1


def test_a_licence_of_the_day_of_the_approval_settles_the_task_and_one_that_is_revoked_does_not(world):
    applicant = world.person()
    world.hub.clock.advance(3_600)
    world.decide(world.accepted(OWN_SYSTEM, applicant=applicant), world.approval())
    now = world.hub.clock.seconds
    import_certificates(world, applicant, ("I-1", now, LicenceState.REVOKED, RevocationCause.ANNULLED, now))
    assert len(owed(world)) == 1
    import_certificates(world, applicant, ("I-2", civil_midnight(civil_date(now)), *ACTIVE))
    assert (owed(world), world.due()) == ((), [])
