"""Supervision: what is handed over, checked, reported and proposed, and that nobody else may."""

import msgpack
import pytest

from exchange.audit.entry import event_context
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import Role
from exchange.entities.event import EventType
from exchange.entities.licence import LicenceState, RevocationCause
from exchange.entities.supervision import (
    CommitmentState,
    HandOffKind,
    PenaltyKind,
    PenaltyState,
    SupervisionOutcome,
)
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.licences.issue import issue_licence
from exchange.licences.lifecycle import (
    Amendment,
    Transition,
    amend_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.read import get_licence
from exchange.reasons import Reason
from exchange.results.issue import issue_owed_licence
from exchange.results.penalty import revoke_by_penalty, suspend_by_penalty
from exchange.supervision.commitments import list_commitment_checks, settle_commitment_check
from exchange.supervision.hand_offs import acknowledge_hand_off, list_hand_offs, list_waiting_hand_offs
from exchange.supervision.penalties import (
    list_penalties,
    list_proposed_penalties,
    list_waiting_penalties,
    propose_penalty,
    refuse_penalty,
    report_overdue_penalty,
)
from exchange.supervision.results import report_on_case, report_on_licence
from storage.records.changes import Delete, Insert
from tests.fakes.licence_world import IDENTITY, LAND, MARKET, POLICE, department, open_keys, operator
from tests.fakes.result_world import (
    CERTIFICATE,
    COUPLE,
    NO_RESULT,
    OTHER_SUPERVISOR,
    OWN_SYSTEM,
    PERMIT,
    PERMIT_MATTER,
    PROVINCE,
    open_result_world,
)

DAY = 86_400
SUSPEND, REVOKE = PenaltyKind.SUSPEND, PenaltyKind.REVOKE
ARTICLE = "《示例条例》第五十条"
WHY = Transition("检查不合格", ARTICLE, 0, RevocationCause.NONE)
PENALTY = Transition("检查不合格", ARTICLE, 0, RevocationCause.PENALTY)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_result_world(tmp_path, keys=keys) as world:
        yield world


def handed(world, use_case=list_waiting_hand_offs, **changes):
    return world.watch(lambda call, room: use_case(call, room, after="", limit=10), **changes).items


def propose(world, licence, kind=SUSPEND, reference=ARTICLE, **changes):
    return world.watch(propose_penalty, licence.type_code, licence.identifier, kind, reference, **changes)


def as_issuer(world, use_case, room, *args, authority=MARKET, **options):
    return world.hub.run(world.hub.caller(authority, "issuer"), use_case, room, *args, **options)


def penalties(world, use_case=list_penalties, authority=MARKET):
    store = world.result_room.supervision.store
    return as_issuer(world, use_case, store, authority=authority, after="", limit=10).items


def proposed(world):
    store = world.result_room.supervision.store
    caller = world.hub.caller(PROVINCE, "watch")
    return world.hub.run(caller, list_proposed_penalties, store, after="", limit=10).items


def read(world, licence):
    return world.as_issuer(MARKET, get_licence, licence.type_code, licence.identifier, 0)[0]


def carry(world, use_case, licence, transition, penalty):
    etag = read(world, licence).etag
    room = world.result_room
    return as_issuer(world, use_case, room, licence.type_code, licence.identifier, etag, transition, penalty.id)


def refused_with(error, use_case, *args, **options):
    with pytest.raises(error) as refused:
        use_case(*args, **options)
    return refused.value.reasons


def test_an_approval_is_handed_over_and_taken_over(world):
    decided = world.approved_permit()
    (hand_off,) = handed(world)
    assert (hand_off.kind, hand_off.case) == (HandOffKind.CASE_APPROVED, decided.view.case.id)
    assert (hand_off.licence, hand_off.matter) == (decided.result.licences[0], PERMIT_MATTER)
    assert "张三" not in repr(hand_off)
    assert handed(world, department=OTHER_SUPERVISOR) == ()
    key = hand_off.id
    unknown = refused_with(NotFoundError, world.watch, acknowledge_hand_off, key, department=OTHER_SUPERVISOR)
    assert unknown == refused_with(NotFoundError, world.watch, acknowledge_hand_off, "0" * 32)
    first = world.watch(acknowledge_hand_off, key)
    world.hub.clock.advance(60)
    assert world.watch(acknowledge_hand_off, key) == first
    assert (handed(world), handed(world, list_hand_offs)) == ((), (first,))


def test_a_matter_without_supervisor_hands_nothing_over(world):
    parties = (CaseParty("applicant", world.person()), CaseParty("seller", world.person()))
    world.decide(world.accepted(COUPLE, parties=parties), world.approval(world.certificate()))
    assert world.hub.records.scan("hand_off") == []


def test_an_owed_licence_is_handed_over_twice(world):
    applicant = world.person()
    case = world.accepted(OWN_SYSTEM, applicant=applicant)
    world.decide(case, world.approval())
    world.hub.clock.advance(60)
    new = world.certificate(holders=(applicant,))
    as_issuer(world, issue_owed_licence, world.result_room, CERTIFICATE, new, case, validate_only=False)
    assert [bool(hand_off.licence) for hand_off in handed(world)] == [False, True]


def test_pages_follow_each_other(world):
    for number in range(3):
        world.approved_permit(f"P-{number}")
        world.hub.clock.advance(1)
    first = world.watch(lambda call, room: list_hand_offs(call, room, after="", limit=2))
    rest = world.watch(lambda call, room: list_hand_offs(call, room, after=first.next_key, limit=2))
    assert (len(first.items), len(rest.items), rest.next_key) == (2, 1, "")
    assert len({hand_off.id for hand_off in (*first.items, *rest.items)}) == 3


def test_every_step_of_a_licence_is_told_and_handed_over(world):
    licence = world.approved_permit().issued[0][1].view.licence
    world.hub.clock.advance(1)
    steps = [(suspend_licence, WHY), (reinstate_licence, WHY)]
    for use_case, why in steps:
        view = read(world, licence)
        world.as_issuer(MARKET, use_case, PERMIT, licence.identifier, view.etag, why)
        world.hub.clock.advance(1)
    words = {"reason": "搬迁", "legal_reference": ""}
    amendment = Amendment({"shop": "清河新馆"}, None)
    view = read(world, licence)
    amended = world.as_issuer(MARKET, amend_licence, PERMIT, licence.identifier, view.etag, amendment, **words).view
    world.hub.clock.advance(1)
    until = {"valid_from_time": 0, "valid_until_time": world.hub.clock.seconds + 900 * DAY}
    renewed = world.as_issuer(
        MARKET, renew_licence, PERMIT, amended.licence.identifier, amended.etag, **until, **words
    ).view
    world.hub.clock.advance(1)
    world.as_issuer(MARKET, revoke_licence, PERMIT, renewed.licence.identifier, renewed.etag, PENALTY)
    told = [event for event in world.events() if event.startswith("licence.")]
    steps = ["issued", "suspended", "reinstated", "amended", "renewed", "revoked"]
    assert told == [f"licence.{step}" for step in steps]
    changes = [hand_off for hand_off in handed(world) if hand_off.kind is HandOffKind.LICENCE_CHANGED]
    assert [hand_off.licence_state for hand_off in changes] == [
        LicenceState.SUSPENDED,
        LicenceState.ACTIVE,
        LicenceState.ACTIVE,
        LicenceState.ACTIVE,
        LicenceState.REVOKED,
    ]
    assert changes[-1].licence.endswith(renewed.licence.identifier)


def test_events_name_no_people_and_only_the_entitled(world):
    licence = world.approved_permit().issued[0][1].view.licence
    record = world.records()[-1]
    events = {event.type: event for event in record.events}
    issued = events[EventType.LICENCE_ISSUED]
    assert set(issued.audience) == {MARKET, PROVINCE}
    key = world.hub.vault.data_key(issued.sealed_owner)
    place = [event.type for event in record.events].index(EventType.LICENCE_ISSUED)
    opened = key.open(issued.sealed, event_context(record.request_id, record.time_us, place)).decode()
    assert licence.identifier in opened
    holder = licence.holders[0]
    for secret in (holder.name, holder.id_number, licence.number, "清河小馆"):
        assert secret not in opened


def test_a_licence_without_matter_is_told_to_its_issuer_alone(world):
    world.issue(world.person())
    (event,) = world.records()[-1].events
    assert (event.type, list(event.audience), event.matter) == ("licence.issued", [POLICE], "")
    assert world.hub.records.scan("hand_off") == []


def test_an_inspection_is_reported(world):
    decided = world.approved_permit()
    case, licence = decided.view.case.id, decided.issued[0][1].view.licence
    failed = SupervisionOutcome.FAILED
    result = world.watch(report_on_case, case, failed, ("fire_exit_blocked",))
    assert result.subject == f"cases/{case}"
    on_licence = world.watch(report_on_licence, PERMIT, licence.identifier, SupervisionOutcome.PASSED, ())
    assert on_licence.subject == decided.result.licences[0]
    assert world.events()[-2:] == ["supervision.result"] * 2
    assert set(world.records()[-1].events[0].audience) == {MARKET, PROVINCE}
    for findings in ((), ("Bad code",), tuple(f"f{number}" for number in range(11))):
        assert refused_with(InvalidError, world.watch, report_on_case, case, failed, findings)


def test_only_the_supervisor_of_the_matter_reports(world):
    decided = world.approved_permit()
    case, licence = decided.view.case.id, decided.issued[0][1].view.licence
    passed = SupervisionOutcome.PASSED
    other = {"department": OTHER_SUPERVISOR}
    unknown = refused_with(NotFoundError, world.watch, report_on_case, case, passed, (), **other)
    assert unknown == refused_with(NotFoundError, world.watch, report_on_case, "0" * 32, passed, ())
    assert unknown == refused_with(NotFoundError, world.watch, report_on_case, "none", passed, ())
    unknown = refused_with(
        NotFoundError, world.watch, report_on_licence, PERMIT, licence.identifier, passed, (), **other
    )
    for type_code, identifier in ((IDENTITY, licence.identifier), (PERMIT, "none"), (PERMIT, ""), (PERMIT, "x" * 200)):
        assert unknown == refused_with(NotFoundError, world.watch, report_on_licence, type_code, identifier, passed, ())
    card = world.issue(world.person()).view.licence
    assert unknown == refused_with(NotFoundError, world.watch, report_on_licence, IDENTITY, card.identifier, passed, ())
    waiting = world.accepted(PERMIT_MATTER)
    assert refused_with(RefusedError, world.watch, report_on_case, waiting, passed, ()) == (Reason.CASE_STATE,)


def test_a_refusal_stands_only_as_long_as_what_it_was_decided_on(world):
    """Else a penalty that was settled meanwhile, or a commitment that was made, would be refused all the same."""
    decided = world.approved_permit()
    licence, case = decided.issued[0][1].view.licence, decided.view.case.id
    propose(world, licence)
    commitment_asked = (case, PERMIT_MATTER, "identity", CommitmentState.KEPT)
    for use_case, asked, decided_on in (
        (propose_penalty, (licence.type_code, licence.identifier, SUSPEND, ARTICLE), "penalty_waiting"),
        (settle_commitment_check, commitment_asked, "commitment_check"),
    ):
        call = world.hub.call(world.hub.caller(PROVINCE, "watch"))
        with pytest.raises((RefusedError, NotFoundError)):
            use_case(call, world.result_room.supervision, *asked)
        assert decided_on in {kind for kind, _ in call.touched()}


def test_a_penalty_is_carried_out_by_the_issuer(world):
    licence = world.approved_permit().issued[0][1].view.licence
    penalty = propose(world, licence)
    assert (penalty.state, penalty.issuer) == (PenaltyState.PROPOSED, MARKET)
    assert penalties(world) == penalties(world, list_waiting_penalties) == proposed(world) == (penalty,)
    assert world.due() == [f"{penalty.due_time:012d}/penalty/{penalty.id}"]
    assert refused_with(RefusedError, propose, world, licence, REVOKE) == (Reason.PENALTY_EXISTS,)
    view = carry(world, suspend_by_penalty, licence, WHY, penalty)
    assert view.licence.state is LicenceState.SUSPENDED
    (done,) = proposed(world)
    assert (done.state, penalties(world, list_waiting_penalties), world.due()) == (PenaltyState.CARRIED_OUT, (), [])
    assert world.events()[-2:] == ["penalty.carried_out", "licence.suspended"]
    again = refused_with(RefusedError, carry, world, suspend_by_penalty, licence, WHY, penalty)
    assert again == (Reason.PENALTY_STATE,)
    second = propose(world, licence, REVOKE)
    with pytest.raises(InvalidError):
        carry(world, revoke_by_penalty, licence, WHY, second)
    revoked = carry(world, revoke_by_penalty, licence, PENALTY, second)
    assert (revoked.licence.state, revoked.licence.cause) == (LicenceState.REVOKED, RevocationCause.PENALTY)
    assert refused_with(RefusedError, propose, world, licence, REVOKE) == (Reason.LICENCE_STATE,)


def test_a_penalty_is_for_its_licence_and_step_alone(world):
    licence = world.approved_permit().issued[0][1].view.licence
    other = world.approved_permit("P-2").issued[0][1].view.licence
    penalty = propose(world, licence)
    assert refused_with(RefusedError, carry, world, suspend_by_penalty, other, WHY, penalty) == (Reason.PENALTY_STATE,)
    wrong = refused_with(RefusedError, carry, world, revoke_by_penalty, licence, PENALTY, penalty)
    assert wrong == (Reason.PENALTY_STATE,)
    assert read(world, licence).licence.state is LicenceState.ACTIVE
    stale = (PERMIT, licence.identifier, "old", WHY, penalty.id)
    refused = refused_with(RefusedError, as_issuer, world, suspend_by_penalty, world.result_room, *stale)
    assert refused == (Reason.ETAG_MISMATCH,)
    assert proposed(world)[0].state is PenaltyState.PROPOSED


def test_an_issuer_refuses_with_a_reason(world):
    licence = world.approved_permit().issued[0][1].view.licence
    penalty = propose(world, licence)
    store = world.result_room.supervision.store
    assert refused_with(InvalidError, as_issuer, world, refuse_penalty, store, penalty.id, "")
    for key, authority in ((penalty.id, LAND), ("0" * 32, MARKET)):
        reasons = refused_with(NotFoundError, as_issuer, world, refuse_penalty, store, key, "否", authority=authority)
        assert reasons == (Reason.PENALTY_NOT_FOUND,)
    refused = as_issuer(world, refuse_penalty, store, penalty.id, "证据不足")
    assert (refused.state, refused.refusal) == (PenaltyState.REFUSED, "证据不足")
    assert proposed(world) == (refused,)
    reasons = refused_with(RefusedError, as_issuer, world, refuse_penalty, store, penalty.id, "否")
    assert reasons == (Reason.PENALTY_STATE,)
    assert propose(world, licence).id != penalty.id


def test_only_the_supervisor_proposes(world):
    licence = world.approved_permit().issued[0][1].view.licence
    reasons = refused_with(NotFoundError, propose, world, licence, department=OTHER_SUPERVISOR)
    assert reasons == (Reason.LICENCE_NOT_FOUND,)
    for reference in ("", "x" * 301):
        assert refused_with(InvalidError, propose, world, licence, SUSPEND, reference)
    world.as_issuer(MARKET, suspend_licence, PERMIT, licence.identifier, read(world, licence).etag, WHY)
    assert refused_with(RefusedError, propose, world, licence) == (Reason.LICENCE_STATE,)
    assert penalties(world) == ()


def test_an_overdue_penalty_is_told_once(world):
    licence = world.approved_permit().issued[0][1].view.licence
    penalty = propose(world, licence)
    world.hub.clock.advance(30 * DAY)
    store = world.result_room.supervision.store
    (due,) = world.hub.records.scan("due")
    world.hub.write(Delete("due", due.key, due.version))
    for _ in range(2):
        as_issuer(world, report_overdue_penalty, store, penalty.id)
    assert world.events().count("penalty.overdue") == 1
    assert refused_with(NotFoundError, as_issuer, world, report_overdue_penalty, store, "0" * 32)
    carry(world, suspend_by_penalty, licence, WHY, penalty)
    as_issuer(world, report_overdue_penalty, store, penalty.id)
    assert world.events().count("penalty.overdue") == 1


def commitment(world, case, requirement="identity", supervisor=PROVINCE, matter=PERMIT_MATTER):
    body = {
        "case": case,
        "matter": matter,
        "requirement": requirement,
        "made_time": world.hub.clock.seconds,
        "state": "open",
    }
    key = f"{case}/{matter}/{requirement}"
    index = (("supervisor", supervisor.encode()),)
    world.hub.write(Insert("commitment_check", key, msgpack.packb(body), index))


def checks(world, **changes):
    return world.watch(lambda call, room: list_commitment_checks(call, room, after="", limit=10), **changes).items


def test_commitments_are_checked(world):
    decided = world.approved_permit()
    case = decided.view.case.id
    commitment(world, case)
    commitment(world, case, "deed")
    assert {each.requirement for each in checks(world)} == {"identity", "deed"}
    assert checks(world, department=OTHER_SUPERVISOR) == ()
    kept, broken = CommitmentState.KEPT, CommitmentState.BROKEN
    assert world.watch(settle_commitment_check, case, PERMIT_MATTER, "identity", kept).state is kept
    assert world.watch(settle_commitment_check, case, PERMIT_MATTER, "deed", broken).state is broken
    assert world.events()[-2:] == ["commitment.kept", "commitment.broken"]
    assert {each.state for each in checks(world)} == {kept, broken}
    again = refused_with(RefusedError, world.watch, settle_commitment_check, case, PERMIT_MATTER, "deed", kept)
    assert again == (Reason.COMMITMENT_STATE,)
    licence = decided.issued[0][1].view.licence
    assert read(world, licence).licence.state is LicenceState.ACTIVE, "only a person's decision takes it back"


def test_where_nobody_supervises_the_handling_department_checks(world):
    parties = (CaseParty("applicant", world.person()), CaseParty("seller", world.person()))
    case = world.accepted(COUPLE, parties=parties)
    commitment(world, case, supervisor=MARKET, matter=COUPLE)
    what = (case, COUPLE, "identity", CommitmentState.KEPT)
    reasons = refused_with(NotFoundError, world.watch, settle_commitment_check, *what)
    assert reasons == (Reason.CASE_UNKNOWN,)
    caller = world.hub.caller(MARKET, "clerk")
    settled = world.hub.run(caller, settle_commitment_check, world.result_room.supervision, *what)
    assert settled.state is CommitmentState.KEPT


def test_only_the_supervisor_settles_a_commitment(world):
    case = world.approved_permit().view.case.id
    commitment(world, case)
    what = (case, PERMIT_MATTER, "identity", CommitmentState.KEPT)
    reasons = refused_with(NotFoundError, world.watch, settle_commitment_check, *what, department=OTHER_SUPERVISOR)
    assert reasons == (Reason.CASE_UNKNOWN,)
    for matter, requirement in ((PERMIT_MATTER, "none"), (OWN_SYSTEM, "identity"), ("", "")):
        missing = (case, matter, requirement, CommitmentState.KEPT)
        reasons = refused_with(NotFoundError, world.watch, settle_commitment_check, *missing)
        assert reasons == (Reason.COMMITMENT_NOT_FOUND,)
    assert refused_with(InvalidError, world.watch, settle_commitment_check, *what[:3], CommitmentState.OPEN)
    assert checks(world)[0].state is CommitmentState.OPEN


def test_a_clerk_of_the_supervising_department_settles_nothing(world):
    people = (operator("watch", Role.SUPERVISOR), operator("clerk", Role.REQUESTER))
    world.hub.publish(department(PROVINCE, Role.SUPERVISOR, Role.REQUESTER, operators=people))
    case = world.approved_permit().view.case.id
    commitment(world, case)
    what = (case, PERMIT_MATTER, "identity", CommitmentState.KEPT)

    def by(who):
        return world.hub.run(
            world.hub.caller(PROVINCE, who), settle_commitment_check, world.result_room.supervision, *what
        )

    assert refused_with(RefusedError, by, "clerk") == (Reason.ROLE_MISSING,)
    assert by("watch").state is CommitmentState.KEPT


def test_a_commitment_is_for_the_supervisor_of_its_own_matter(world):
    case = world.accepted(PERMIT_MATTER, NO_RESULT)
    world.decide(case, world.approval(world.permit()))
    commitment(world, case)
    what = (case, PERMIT_MATTER, "identity", CommitmentState.KEPT)
    reasons = refused_with(NotFoundError, world.watch, settle_commitment_check, *what, department=OTHER_SUPERVISOR)
    assert reasons == (Reason.COMMITMENT_NOT_FOUND,)
    assert [hand_off.matter for hand_off in handed(world)] == [PERMIT_MATTER]
    assert [hand_off.matter for hand_off in handed(world, department=OTHER_SUPERVISOR)] == [NO_RESULT]


def test_an_unmatched_licence_is_nobodys_to_supervise(world):
    new = world.permit("P-7", holders=(world.person(),))
    card = as_issuer(world, issue_licence, world.room, PERMIT, new, validate_only=False).view.licence
    assert refused_with(NotFoundError, propose, world, card) == (Reason.LICENCE_NOT_FOUND,)
