"""Opening a case: by whom, of what, about whom; everything wrong is said at once and nothing is half stored."""

from dataclasses import replace

import pytest

from exchange.audit.entry import key_epoch
from exchange.cases.new_case import MAX_PARTIES
from exchange.cases.open import NewCase, open_case
from exchange.cases.read import get_case
from exchange.cases.room import CaseRoom
from exchange.cases.store import CASE, CaseStore
from exchange.entities.case import CaseParty, CaseState, Representation
from exchange.entities.catalogue import CaseAssurance, EntityKind
from exchange.errors import InvalidError, RefusedError, StaleError
from exchange.purpose.limits import Limits, standing_keys
from exchange.reasons import Reason
from tests.fakes.rooms import START, open_hub
from tests.fakes.small_catalogue import (
    CLERK,
    FOOD,
    HEALTH,
    HOUSEHOLD,
    MARKET,
    POLICE,
    RESTAURANT,
    SERVICE,
    delegation,
    food,
    household,
    market,
    organisation,
    person,
    small_catalogue,
)

DAY = 86_400


@pytest.fixture
def hub():
    with open_hub() as opened:
        opened.publish(*small_catalogue())
        yield opened


@pytest.fixture
def room(hub):
    store = CaseStore(hub.records, hub.vault, hub.blind)
    hub.caches += [store.cases, store.clocks, store.consents, store.consent_cases, store.numbers]
    return CaseRoom(store, hub.catalogue, hub.tagger)


PARTIES = (CaseParty("applicant", organisation()), CaseParty("manager", person(1)))
FOOD_CASE = NewCase(
    number="清市监〔2026〕1号",
    matters=(FOOD,),
    bundle="",
    handling_department="",
    parties=PARTIES,
    representations=(),
    situations=frozenset(),
    channel="counter",
)
AGENT = Representation("manager", person(9, "测试代办"), frozenset(), 0, START + 10 * DAY)


def opened(hub, room, new=FOOD_CASE, department=MARKET, **options):
    return hub.run(hub.caller(department, CLERK, **options), open_case, room, new).case


def fields(hub, room, new, department=MARKET):
    with pytest.raises(InvalidError) as invalid:
        opened(hub, room, new, department)
    assert hub.records.scan(CASE) == []
    return [violation.field for violation in invalid.value.violations]


def reasons(hub, room, new=FOOD_CASE, department=MARKET, **options):
    with pytest.raises(RefusedError) as refused:
        opened(hub, room, new, department, **options)
    return set(refused.value.reasons)


def test_implementer_opens_a_case_that_pins_the_guide_in_force(hub, room):
    case = opened(hub, room)
    revision = hub.register.revisions[EntityKind.MATTER, FOOD]
    assert [(pin.code, pin.revision, pin.digest) for pin in case.matters] == [(FOOD, 1, revision.digest)]
    assert case.handling_department == case.collecting_department == MARKET
    assert case.state is CaseState.OPEN
    assert case.operator == f"{MARKET}/{CLERK}"
    assert case.opened_time == START
    assert case.expires_time == START + 56 * DAY  # 20 working days are 28 days, twice
    assert room.store.cases.fresh(case.id).value == case


def test_people_lie_in_the_records_sealed_only(hub, room):
    case = opened(hub, room, replace(FOOD_CASE, representations=(AGENT,)))
    record = hub.records.get(CASE, case.id)
    for secret in (organisation().id_number, person(1).id_number, "测试甲", person(9).id_number, FOOD_CASE.number):
        assert secret.encode() not in record.body
        assert secret not in record.key
    assert record.body[:16].hex() == room.store.owner(organisation())


def test_delegated_counter_opens_for_the_implementer(hub, room):
    case = opened(hub, room, department=SERVICE)
    assert (case.handling_department, case.collecting_department) == (MARKET, SERVICE)


def test_delegation_has_not_begun(hub, room):
    later = replace(delegation(FOOD), valid_from="2026-01-02")  # begins at 16:00 UTC of the day before
    hub.publish(replace(market(), delegations=(later,)))
    hub.clock.advance(16 * 3_600 - 1)
    assert reasons(hub, room, department=SERVICE) == {Reason.NOT_IMPLEMENTER}
    hub.clock.advance(1)
    assert opened(hub, room, department=SERVICE).state is CaseState.OPEN


def test_delegation_ends_at_midnight_in_china(hub, room):
    hub.clock.advance(364 * DAY + 16 * 3_600 - 1)
    assert opened(hub, room, department=SERVICE).state is CaseState.OPEN
    hub.clock.advance(1)
    assert reasons(hub, room, replace(FOOD_CASE, number="2"), SERVICE) == {Reason.NOT_IMPLEMENTER}


def test_others_open_nothing(hub, room):
    assert reasons(hub, room, department=HEALTH) == {Reason.NOT_IMPLEMENTER}
    hub.publish(replace(market(), delegations=(delegation(FOOD, HEALTH),)))
    assert reasons(hub, room, department=SERVICE) == {Reason.NOT_IMPLEMENTER}
    assert opened(hub, room, department=HEALTH).handling_department == MARKET


def test_matters_and_bundles_must_be_in_force(hub, room):
    assert reasons(hub, room, replace(FOOD_CASE, matters=(FOOD, "9" * 31))) == {Reason.MATTER_NOT_IN_FORCE}
    unknown = replace(FOOD_CASE, matters=(), bundle="unknown")
    assert reasons(hub, room, unknown) == {Reason.MATTER_NOT_IN_FORCE}


def test_bundle_stands_for_its_matters_and_the_counter_brings_them_together(hub, room):
    bundle = replace(FOOD_CASE, matters=(), bundle=RESTAURANT)
    case = opened(hub, room, bundle, SERVICE)
    assert [pin.code for pin in case.matters] == [FOOD, HOUSEHOLD]
    assert case.bundle == RESTAURANT
    assert case.handling_department == SERVICE
    assert reasons(hub, room, bundle, MARKET) == {Reason.NOT_IMPLEMENTER}


def test_handling_department_may_be_an_implementer_and_nobody_else(hub, room):
    bundle = replace(FOOD_CASE, matters=(), bundle=RESTAURANT)
    assert opened(hub, room, replace(bundle, handling_department=POLICE), SERVICE).handling_department == POLICE
    with pytest.raises(InvalidError) as invalid:
        opened(hub, room, replace(bundle, handling_department=HEALTH), SERVICE)
    assert [violation.field for violation in invalid.value.violations] == ["case.handling_department"]


def test_number_is_taken_once_for_a_handling_department(hub, room):
    opened(hub, room)
    assert reasons(hub, room) == {Reason.CASE_EXISTS}
    assert reasons(hub, room, department=SERVICE) == {Reason.CASE_EXISTS}
    household_case = replace(FOOD_CASE, matters=(HOUSEHOLD,), parties=(PARTIES[1],))
    assert opened(hub, room, household_case, POLICE).number == FOOD_CASE.number


def test_two_openings_at_once_with_one_number_leave_one(hub, room):
    calls = [hub.call(hub.caller(MARKET, CLERK)) for _ in range(2)]
    views = [open_case(call, room, FOOD_CASE) for call in calls]
    assert views[0].case.id != views[1].case.id
    hub.commit(calls[0])
    with pytest.raises(StaleError) as stale:
        hub.commit(calls[1])
    for kind, key in stale.value.subjects:
        hub.forget(kind, key)
    hub.forget("case_number", room.store.number_key(MARKET, FOOD_CASE.number))
    assert reasons(hub, room) == {Reason.CASE_EXISTS}
    assert [record.key for record in hub.records.scan(CASE)] == [views[0].case.id]


def test_case_decided_on_an_older_catalogue_is_not_opened(hub, room):
    call = hub.call(hub.caller(MARKET, CLERK))
    open_case(call, room, FOOD_CASE)
    hub.publish(food())
    with pytest.raises(StaleError):
        hub.commit(call)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": ""}, "case.number"),
        ({"number": "x" * 51}, "case.number"),
        ({"number": "a\u202eb"}, "case.number"),
        ({"number": "e\u0301"}, "case.number"),
        ({"matters": ()}, "case.matters"),
        ({"bundle": RESTAURANT}, "case.matters"),
        ({"matters": (FOOD, FOOD)}, "case.matters[1]"),
        ({"matters": tuple(f"{n:031d}" for n in range(11))}, "case.matters"),
        ({"channel": "fax"}, "case.channel"),
        ({"channel": "online"}, "case.channel"),
        ({"situations": frozenset({"chain", "moon"})}, "case.situations"),
        ({"parties": (PARTIES[0],)}, "case.parties"),
        ({"parties": (*PARTIES, CaseParty("guest", person(2)))}, "case.parties[2].role"),
        ({"parties": (*PARTIES, CaseParty("manager", person(2)))}, "case.parties[2].role"),
    ],
)
def test_each_bad_field_is_named(hub, room, change, field):
    assert field in fields(hub, room, replace(FOOD_CASE, **change))


def test_sizes_are_bounded_before_anything_else(hub, room):
    many = tuple(CaseParty(f"p{n}", person(1)) for n in range(MAX_PARTIES + 1))
    situations = frozenset(f"s{n}" for n in range(101))
    assert {"case.parties", "case.situations"} <= set(
        fields(hub, room, replace(FOOD_CASE, parties=many, situations=situations))
    )


@pytest.mark.parametrize(
    ("holder", "field"),
    [
        (replace(person(1), id_number="99010119900101001X"), "id_number"),
        (replace(person(1), id_number="9901011990010100１4"), "id_number"),
        (replace(person(1), id_type="112"), "id_type"),
        (replace(person(1), name=""), "name"),
        (replace(person(1), name="测\u200b试"), "name"),
        (replace(person(1), name="e\u0301"), "name"),
        (replace(person(1), name="长" * 201), "name"),
        (organisation(2), "id_type"),
    ],
)
def test_each_wrong_member_of_a_holder_is_named(hub, room, holder, field):
    parties = (PARTIES[0], CaseParty("manager", holder))
    assert fields(hub, room, replace(FOOD_CASE, parties=parties)) == [f"case.parties[1].holder.{field}"]


def test_a_person_is_no_organisation_and_either_is_either(hub, room):
    parties = (CaseParty("applicant", person(1)), PARTIES[1])
    assert fields(hub, room, replace(FOOD_CASE, parties=parties)) == ["case.parties[0].holder.id_type"]
    for number, partner in enumerate((person(3), organisation(3))):
        new = replace(FOOD_CASE, number=str(number), parties=(*PARTIES, CaseParty("partner", partner)))
        assert len(opened(hub, room, new).parties) == 3


def test_everything_wrong_is_said_at_once(hub, room):
    parties = (CaseParty("manager", replace(person(1), name="", id_number="1")),)
    found = fields(hub, room, replace(FOOD_CASE, number="", channel="", parties=parties))
    assert found == ["case.number", "case.channel", "case.parties[0].holder.id_number", "case.parties[0].holder.name"]


def test_agent_acts_from_now_on_when_no_beginning_is_given(hub, room):
    given = replace(AGENT, requirements=frozenset({"identity"}))
    case = opened(hub, room, replace(FOOD_CASE, representations=(given,)))
    assert case.representations == (replace(given, valid_from_time=START),)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"party": "partner"}, "party"),
        ({"agent": person(1)}, "agent"),
        ({"agent": replace(person(9), id_number="x")}, "agent.id_number"),
        ({"requirements": frozenset({"licence"})}, "requirements"),
        ({"valid_until_time": 0}, "valid_until_time"),
        ({"valid_until_time": START}, "valid_until_time"),
        ({"valid_from_time": START + 5, "valid_until_time": START + 5}, "valid_until_time"),
        ({"valid_until_time": START + 30 * DAY + 1}, "valid_until_time"),
        ({"valid_from_time": START - 21 * DAY, "valid_until_time": START + 9 * DAY + 1}, "valid_until_time"),
    ],
)
def test_each_fault_of_an_authority_is_named(hub, room, change, field):
    new = replace(FOOD_CASE, representations=(replace(AGENT, **change),))
    assert fields(hub, room, new) == [f"case.representations[0].{field}"]


@pytest.mark.parametrize(
    ("parties", "found"),
    [
        (("manager", "manager"), ["case.representations[1].party"]),
        (("manager", "partner"), ["case.representations[1].party"]),
        (("manager", "partner", "manager"), ["case.representations"]),
        (("applicant", "partner"), ["case.representations[0].kind", "case.representations[1].party"]),
    ],
)
def test_each_party_has_one_who_acts_at_most_and_an_organisation_no_agent(hub, room, parties, found):
    given = tuple(replace(AGENT, party=party) for party in parties)
    assert fields(hub, room, replace(FOOD_CASE, representations=given)) == found


def test_authority_of_thirty_days_is_right(hub, room):
    given = replace(AGENT, valid_from_time=START - DAY, valid_until_time=START + 29 * DAY)
    assert opened(hub, room, replace(FOOD_CASE, representations=(given,))).representations == (given,)


def test_the_clerk_is_never_the_agent(hub, room):
    operators = tuple(
        replace(each, id=AGENT.agent.id_number) if each.id == CLERK else each for each in market().operators
    )
    hub.publish(replace(market(), operators=operators))
    caller = hub.caller(MARKET, AGENT.agent.id_number)
    with pytest.raises(RefusedError) as refused:
        hub.run(caller, open_case, room, replace(FOOD_CASE, representations=(AGENT,)))
    assert set(refused.value.reasons) == {Reason.CLERK_IS_AGENT}


@pytest.mark.parametrize(
    ("login", "channel", "assurance"),
    [
        (1, "counter", CaseAssurance.C0),
        (2, "counter", CaseAssurance.C1),
        (3, "counter", CaseAssurance.C1),
        (3, "online", CaseAssurance.C0),
    ],
)
def test_assurance_follows_login_and_channel_and_is_never_proof_of_the_applicant(hub, room, login, channel, assurance):
    hub.publish(replace(food(), channels=frozenset({"counter", "online"})))
    case = opened(hub, room, replace(FOOD_CASE, channel=channel), assurance=login)
    assert case.assurance is assurance


@pytest.mark.parametrize(
    ("statutory", "promised", "days"), [(0, 0, 30), (5, 5, 30), (20, 10, 56), (10, 45, 126), (36_600, 1, 400)]
)
def test_window_follows_the_time_limits(hub, room, statutory, promised, days):
    hub.publish(replace(food(), statutory_days=statutory, promised_days=promised))
    assert opened(hub, room).expires_time == START + days * DAY


def test_window_of_several_matters_is_the_longest(hub, room):
    hub.publish(replace(household(), statutory_days=60))
    case = opened(hub, room, replace(FOOD_CASE, matters=(), bundle=RESTAURANT), SERVICE)
    assert case.expires_time == START + 168 * DAY


def test_token_limited_to_matters_or_cases_is_held_to_them(hub, room):
    none = frozenset()
    assert opened(hub, room, scope=(frozenset({FOOD}), none, none)).state is CaseState.OPEN
    for scope in ((frozenset({HOUSEHOLD}), none, none), (none, frozenset({"0" * 32}), none)):
        assert reasons(hub, room, replace(FOOD_CASE, number="2"), scope=scope) == {Reason.TOKEN_EXCEEDED}


def test_record_names_matter_case_and_people_by_tag_only(hub, room):
    call = hub.call(hub.caller(MARKET, CLERK))
    view = open_case(call, room, replace(FOOD_CASE, representations=(AGENT,)))
    epoch = key_epoch(call.now_us)
    draft = call.draft
    assert (draft.purpose, draft.matter, draft.matter_revision) == ("service", FOOD, 1)
    assert draft.guide_digest.hex() == view.case.matters[0].digest
    assert draft.case_tag == hub.tagger.case(view.case.id, epoch)
    people = [organisation(), person(1), AGENT.agent]
    assert [item.holder_tag for item in draft.items] == [
        hub.tagger.holder(each.id_type, each.id_number, epoch) for each in people
    ]
    assert draft.resource == ""


def test_each_opened_case_counts_once_for_its_operator(hub, room):
    for number in range(3):
        opened(hub, room, replace(FOOD_CASE, number=str(number)))
    call = hub.call(hub.caller(MARKET, CLERK))
    counts = hub.recorder.standing(standing_keys(call.draft.operator_tag.hex(), call.now), 5)
    assert counts[3] == 3


def test_matter_without_applicant_is_sealed_for_its_first_party(hub, room):
    case = opened(hub, room, replace(FOOD_CASE, matters=(HOUSEHOLD,), parties=(PARTIES[1],)), POLICE)
    assert hub.records.get(CASE, case.id).body[:16].hex() == room.store.owner(person(1))


def test_cases_a_day_are_limited(hub, room):
    """Each opened case lets its operator read more people, so opening is bounded by itself."""
    few = replace(room, limits=Limits(cases_per_day=2))
    for number in ("1", "2"):
        opened(hub, few, replace(FOOD_CASE, number=number))
    with pytest.raises(RefusedError) as refused:
        opened(hub, few, replace(FOOD_CASE, number="3"))
    assert refused.value.reasons == (Reason.RATE_LIMITED,)
    assert len(hub.records.scan(CASE)) == 2


def test_what_names_a_case_is_sealed_under_its_applicants_key(hub, room):
    """So that erasing the applicant erases the record's raw identifiers and the stored answer with the case."""
    caller = hub.caller(MARKET, CLERK)
    call = hub.call(caller)
    case = open_case(call, room, FOOD_CASE).case
    owner = room.store.owner(PARTIES[0].holder)
    assert call.draft.sealed_owner == owner
    hub.commit(call)
    reading = hub.call(caller)
    get_case(reading, room, case.id)
    assert reading.draft.sealed_owner == owner
