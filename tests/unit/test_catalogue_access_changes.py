"""What a revision widens or narrows, who approves it, what depends on what is retired, and that one matter is one."""

from dataclasses import replace

import pytest

from exchange.catalogue.access_changes import AccessEffect, access_changes, widens
from exchange.catalogue.approve import approve_entry
from exchange.catalogue.dependents import dependents
from exchange.catalogue.propose import propose_entry, review_entry
from exchange.catalogue.publish import publish_entry, retire_entry
from exchange.catalogue.read import get_entry, validate_catalogue
from exchange.catalogue.room import CatalogueRoom
from exchange.catalogue.validation import validate
from exchange.codes import licence_type_code, matter_code
from exchange.entities.catalogue import (
    Agreement,
    Basis,
    CaseAssurance,
    EntityKind,
    Level,
    Mandate,
    MatterKind,
    Purpose,
    Role,
    Sharing,
)
from exchange.entities.delegation import DelegatedDuty
from exchange.entities.event import EVERY_DEPARTMENT, EventType
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.reasons import Reason
from tests.fakes.rooms import open_hub
from tests.fakes.small_catalogue import (
    AUTHOR,
    BUSINESS_LICENCE,
    CLERK,
    EDITOR,
    FOOD,
    HEALTH,
    HOUSEHOLD,
    IDENTITY_CARD,
    ISSUER,
    MARKET,
    POLICE,
    RESTAURANT,
    SERVICE,
    delegation,
    department,
    food,
    label,
    market,
    operator,
    restaurant,
    small_catalogue,
)

WIDENS, NARROWS = AccessEffect.WIDENS, AccessEffect.NARROWS
MATTERS = EntityKind.MATTER
LINE = food().evidence[0]
TYPE = next(entity for entity in small_catalogue() if getattr(entity, "code", "") == BUSINESS_LICENCE)
AGREEMENT = Agreement(
    id="agreement-1",
    issuer=POLICE,
    requester=HEALTH,
    licence_types=frozenset({IDENTITY_CARD}),
    fields=frozenset({"name"}),
    matters=frozenset({FOOD}),
    valid_from="2026-01-01",
    valid_until="2026-12-31",
    daily_cap=10,
)
MANDATE = Mandate("mandate-1", POLICE, frozenset({MARKET}), "令", "2026-01-01", "2026-12-31")


def guide(**changed):
    return replace(food(), evidence=(replace(LINE, **changed), *food().evidence[1:]))


def typed(**changed):
    return replace(TYPE, fields=(replace(TYPE.fields[0], **changed), *TYPE.fields[1:]))


PAIRS = [
    (guide(fields=frozenset({"name"})), guide(fields=frozenset({"name", "other"}))),
    (guide(bases=frozenset({Basis.CONSENT})), guide(bases=frozenset({Basis.CONSENT, Basis.DUTY}))),
    (guide(max_uses=1), guide(max_uses=2)),
    (guide(min_assurance=CaseAssurance.C2), guide(min_assurance=CaseAssurance.C1)),
    (guide(situations=frozenset({"a"})), guide(situations=frozenset({"a", "b"}))),
    (guide(situations=frozenset({"a"})), guide(situations=frozenset())),
    (guide(withdrawn=True), guide(withdrawn=False)),
    (replace(food(), evidence=food().evidence[1:]), food()),
    (None, food()),
    (replace(TYPE, sharing=Sharing.CONDITIONAL), TYPE),
    (replace(TYPE, sharing=Sharing.NONE), replace(TYPE, sharing=Sharing.CONDITIONAL)),
    (typed(prohibited_purposes=frozenset({Purpose.SERVICE})), typed(prohibited_purposes=frozenset())),
    (typed(mask="name"), typed(mask="")),
    (typed(field_class=4), typed(field_class=3)),
    (TYPE, replace(TYPE, emergency_profile=frozenset({"name"}))),
    (None, replace(TYPE, emergency_profile=frozenset({"name"}))),
    (replace(food(), supervising_department=""), replace(food(), supervising_department=POLICE)),
    (market(), replace(market(), roles=frozenset(Role))),
    (market(), replace(market(), delegations=(*market().delegations, delegation(HOUSEHOLD)))),
    (
        replace(market(), delegations=(replace(delegation(FOOD), duty=DelegatedDuty.COLLECT),)),
        replace(market(), delegations=(delegation(FOOD),)),
    ),
    (replace(market(), delegations=(replace(delegation(FOOD), valid_until="2026-06-30"),)), market()),
    (None, AGREEMENT),
    (AGREEMENT, replace(AGREEMENT, fields=frozenset({"name", "address"}))),
    (AGREEMENT, replace(AGREEMENT, matters=frozenset({FOOD, HOUSEHOLD}))),
    (AGREEMENT, replace(AGREEMENT, valid_until="2027-01-01")),
    (AGREEMENT, replace(AGREEMENT, daily_cap=11)),
    (AGREEMENT, replace(AGREEMENT, daily_cap=0)),
    (None, MANDATE),
    (MANDATE, replace(MANDATE, departments=frozenset())),
    (MANDATE, replace(MANDATE, valid_from="2025-12-31")),
]


@pytest.mark.parametrize(("narrow", "wide"), PAIRS)
def test_what_widens_one_way_narrows_the_other(narrow, wide):
    assert {change.effect for change in access_changes(narrow, wide)} == {WIDENS}
    assert {change.effect for change in access_changes(wide, narrow)} == {NARROWS}
    for same in (narrow, wide):
        assert not access_changes(same, same)


def test_another_supervisor_is_one_less_and_one_more():
    watched = replace(food(), supervising_department=POLICE)
    effects = [change.effect for change in access_changes(watched, replace(watched, supervising_department=HEALTH))]
    assert effects == [NARROWS, WIDENS]


def test_another_type_or_party_is_one_line_less_and_one_more():
    for changed in (guide(licence_type=IDENTITY_CARD), guide(party="other")):
        effects = [change.effect for change in access_changes(food(), changed)]
        assert effects == [NARROWS, WIDENS]


def test_what_opens_nothing_is_not_told():
    renamed = replace(food(), name=label("新"), promised_days=1, transition_seconds=99)
    assert not access_changes(food(), renamed)
    assert not access_changes(None, restaurant())
    assert not access_changes(market(), replace(market(), operators=(), roles=frozenset(Role) - {Role.RESPONDER}))
    assert not widens(access_changes(guide(withdrawn=True), guide(withdrawn=True, max_uses=9)))


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def room(hub):
    return CatalogueRoom(hub.catalogue, lambda: True)


WIDER = guide(max_uses=LINE.max_uses + 1)


def step(hub, room, view, use_case, who, *args, **options):
    name = (view.revision.kind, view.revision.code, view.revision.number)
    return hub.run(hub.caller(*who), use_case, room, *name, view.etag, *args, **options)


def reviewed(hub, room, entity):
    draft = hub.run(hub.caller(MARKET, AUTHOR), propose_entry, room, entity, "", validate_only=False)
    return step(hub, room, draft, review_entry, (MARKET, EDITOR), accepted=True, note="")


def publish(hub, room, view):
    return step(hub, room, view, publish_entry, (MARKET, EDITOR), validate_only=False)


def refused(work, *args, **options):
    with pytest.raises(RefusedError) as error:
        work(*args, **options)
    return set(error.value.reasons)


def test_a_proposal_shows_what_it_changes_and_so_does_who_reads_it(hub, room):
    draft = hub.run(hub.caller(MARKET, AUTHOR), propose_entry, room, WIDER, "", validate_only=True)
    assert [(change.effect, change.path) for change in draft.changes] == [(WIDENS, "evidence[licence].max_uses")]
    assert draft.changes[0].licence_type == LINE.licence_type
    view = reviewed(hub, room, WIDER)
    seen = hub.run(hub.caller(MARKET, EDITOR), get_entry, room, MATTERS, FOOD, 2)
    assert seen.changes == view.changes == draft.changes
    assert not hub.run(hub.caller(MARKET, EDITOR), get_entry, room, MATTERS, FOOD, None).changes


def test_wider_access_is_published_only_once_a_second_department_approved(hub, room):
    hub.publish(department(HEALTH, operator(ISSUER, Role.ISSUER), operator(CLERK, Role.REQUESTER)))
    view = reviewed(hub, room, WIDER)
    assert refused(publish, hub, room, view) == {Reason.APPROVAL_MISSING}
    # The author's own department, one that has nothing to do with the data, and a clerk do not count.
    for who in ((MARKET, EDITOR), (HEALTH, ISSUER), (POLICE, CLERK), (SERVICE, CLERK)):
        assert refused(step, hub, room, view, approve_entry, who) == {Reason.APPROVER_NOT_CONCERNED}, who
    hub.publish(replace(TYPE, issuers=frozenset({MARKET, POLICE})))
    approved = step(hub, room, view, approve_entry, (POLICE, ISSUER))
    assert approved.revision.approver == f"{POLICE}/{ISSUER}"
    assert refused(publish, hub, room, view) == {Reason.ETAG_MISMATCH}
    assert publish(hub, room, approved).revision.number == 2
    assert hub.register.matters[FOOD] == WIDER


def test_a_catalogue_is_founded_without_approvals_while_there_is_nothing_to_read(hub):
    room = CatalogueRoom(hub.catalogue, lambda: False)
    assert publish(hub, room, reviewed(hub, room, WIDER)).revision.number == 2


def test_who_may_approve_reads_what_waits_once_it_is_reviewed(hub, room):
    draft = hub.run(hub.caller(MARKET, AUTHOR), propose_entry, room, WIDER, "", validate_only=False)
    with pytest.raises(NotFoundError):
        hub.run(hub.caller(POLICE, ISSUER), get_entry, room, MATTERS, FOOD, 2)
    view = step(hub, room, draft, review_entry, (MARKET, EDITOR), accepted=True, note="")
    assert hub.run(hub.caller(POLICE, ISSUER), get_entry, room, MATTERS, FOOD, 2).etag == view.etag
    with pytest.raises(NotFoundError):
        hub.run(hub.caller(SERVICE, CLERK), get_entry, room, MATTERS, FOOD, 2)


def test_an_approval_is_for_what_was_in_force_then(hub, room):
    hub.publish(replace(TYPE, issuers=frozenset({MARKET, POLICE})))
    approved = step(hub, room, reviewed(hub, room, WIDER), approve_entry, (POLICE, ISSUER))
    narrower = guide(max_uses=LINE.max_uses, legal_reference="别的依据")
    hub.publish(narrower)  # put in force meanwhile, so that the approved revision would widen another one
    assert hub.register.revisions[MATTERS, FOOD].entity == narrower
    assert refused(publish, hub, room, approved) == {Reason.APPROVAL_MISSING}
    again = step(hub, room, approved, approve_entry, (POLICE, ISSUER))
    assert publish(hub, room, again).revision.number == approved.revision.number


def test_what_widens_nothing_needs_no_approval_and_takes_none(hub, room):
    view = reviewed(hub, room, replace(food(), name=label("新名称")))
    assert refused(step, hub, room, view, approve_entry, (POLICE, ISSUER)) == {Reason.CATALOGUE_STATE}
    assert publish(hub, room, view).revision.number == 2


def test_who_would_read_more_does_not_approve_it(hub, room):
    hub.publish(department(HEALTH, operator(ISSUER, Role.ISSUER), operator(CLERK, Role.REQUESTER)))
    open_to_health = replace(AGREEMENT, issuer=MARKET, licence_types=frozenset({BUSINESS_LICENCE}))
    hub.publish(replace(TYPE, issuers=frozenset({MARKET, HEALTH, POLICE}), sharing=Sharing.CONDITIONAL))
    view = reviewed(hub, room, open_to_health)
    assert refused(step, hub, room, view, approve_entry, (HEALTH, ISSUER)) == {Reason.APPROVER_NOT_CONCERNED}
    assert step(hub, room, view, approve_entry, (POLICE, ISSUER)).revision.approver


def test_what_incidents_open_is_approved_by_a_department_without_responders(hub, room):
    hub.publish(replace(TYPE, issuers=frozenset({MARKET, POLICE, HEALTH})))
    rescuers = department(HEALTH, operator(ISSUER, Role.ISSUER))
    hub.publish(replace(rescuers, roles=rescuers.roles | {Role.RESPONDER, Role.ISSUER}))
    wider = replace(hub.register.licence_types[BUSINESS_LICENCE], emergency_profile=frozenset({"name"}))
    view = reviewed(hub, room, wider)
    assert [(each.effect, each.path, each.licence_type) for each in view.changes] == [
        (WIDENS, "emergency_profile", BUSINESS_LICENCE)
    ]
    assert refused(publish, hub, room, view) == {Reason.APPROVAL_MISSING}
    assert refused(step, hub, room, view, approve_entry, (HEALTH, ISSUER)) == {Reason.APPROVER_NOT_CONCERNED}
    approved = step(hub, room, view, approve_entry, (POLICE, ISSUER))
    publish(hub, room, approved)
    assert hub.register.licence_types[BUSINESS_LICENCE] == wider
    closed = reviewed(hub, room, replace(wider, emergency_profile=frozenset()))
    assert publish(hub, room, closed).revision.number == approved.revision.number + 1  # less needs nobody's approval


def test_who_becomes_a_responder_or_a_supervisor_does_not_approve_it(hub, room):
    watching = department(HEALTH, operator(ISSUER, Role.SUPERVISOR))
    hub.publish(watching, department(POLICE, operator(ISSUER, Role.ISSUER), operator(CLERK, Role.REQUESTER)))
    rescuers = reviewed(hub, room, replace(watching, roles=watching.roles | {Role.RESPONDER}))
    assert refused(publish, hub, room, rescuers) == {Reason.APPROVAL_MISSING}
    supervised = reviewed(hub, room, replace(food(), supervising_department=HEALTH))
    assert refused(publish, hub, room, supervised) == {Reason.APPROVAL_MISSING}
    for view in (rescuers, supervised):
        assert refused(step, hub, room, view, approve_entry, (HEALTH, ISSUER)) == {Reason.APPROVER_NOT_CONCERNED}
        assert publish(hub, room, step(hub, room, view, approve_entry, (POLICE, ISSUER))).revision.approver


def test_a_new_type_that_incidents_open_is_approved_by_who_will_issue_it(hub, room):
    new = replace(
        TYPE, code=licence_type_code(MARKET, 9), issuers=frozenset({POLICE}), emergency_profile=frozenset({"name"})
    )
    view = reviewed(hub, room, new)
    assert refused(publish, hub, room, view) == {Reason.APPROVAL_MISSING}
    assert publish(hub, room, step(hub, room, view, approve_entry, (POLICE, ISSUER))).revision.approver


def test_publication_and_retirement_are_announced_to_everyone(hub, room):
    caller = hub.caller(MARKET, EDITOR)
    view = reviewed(hub, room, replace(food(), name=label("新名称")))
    call = hub.call(caller)
    publish_entry(call, room, MATTERS, FOOD, 2, view.etag, validate_only=True)
    assert not call.draft.events
    call = hub.call(caller)
    published = publish_entry(call, room, MATTERS, FOOD, 2, view.etag, validate_only=False)
    (event,) = call.draft.events
    assert (event.type, event.audience) == (EventType.CATALOGUE_PUBLISHED, EVERY_DEPARTMENT)
    assert event.subject == f"matters/{FOOD}/revisions/2"
    assert event.details == {"approver": "", "narrows": "0", "widens": "0"}
    hub.commit(call)
    call = hub.call(caller)
    known = frozenset(dependents(food(), hub.register))
    retire_entry(call, room, MATTERS, FOOD, 2, published.etag, "取消", known)
    assert [event.type for event in call.draft.events] == [EventType.CATALOGUE_RETIRED]


def test_retiring_names_what_still_depends_on_it(hub, room):
    hub.publish(food(), author="someone else")
    view = hub.run(hub.caller(MARKET, EDITOR), get_entry, room, MATTERS, FOOD, None)
    everything = {f"bundles/{RESTAURANT}", f"departments/{MARKET}"}
    for known in (set(), {f"bundles/{RESTAURANT}"}):
        with pytest.raises(InvalidError) as error:
            step(hub, room, view, retire_entry, (MARKET, EDITOR), "取消", frozenset(known))
        told = {violation.en.split()[0] for violation in error.value.violations}
        assert told == everything - known
    step(hub, room, view, retire_entry, (MARKET, EDITOR), "取消", frozenset(everything))
    assert FOOD not in hub.register.matters
    # What it leaves behind is found by looking at the whole catalogue in force.
    problems = hub.run(hub.caller(MARKET, EDITOR), validate_catalogue, ())
    assert f"bundles/{RESTAURANT}" in {problem.entity for problem in problems}


def test_a_type_is_named_by_guides_that_ask_for_it_or_grant_it(hub):
    assert f"matters/{FOOD}" in dependents(TYPE, hub.register)
    assert not [name for name in dependents(TYPE, hub.register) if name.startswith("licenceTypes/")]


def test_the_same_matter_at_two_levels_is_one_matter():
    province = replace(
        food(), code=matter_code(POLICE, Level.PROVINCE, food().basic_code), evidence=(), supervising_department=""
    )
    ours = food()

    def differences(*matters):
        found = validate([*(entity for entity in small_catalogue() if entity != ours), *matters])
        return {(problem.entity, problem.field) for problem in found if "basic code" in problem.en}

    assert not differences(ours, province)
    other = replace(ours, name=label("别名"), kind=MatterKind.AWARD, legal_bases=("《别的法》",))
    name = f"matters/{FOOD}"
    assert differences(other, province) == {(name, "name"), (name, "kind"), (name, "legal_bases")}
    assert not differences(replace(ours, legal_bases=tuple(reversed(ours.legal_bases))), province)
