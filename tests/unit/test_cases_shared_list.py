"""Cases whose files are shared with a department of another region: listed for it, and shown as far as that goes."""

from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.cases import read
from exchange.cases.handing_in import submit_evidence
from exchange.cases.lifecycle import accept_case
from exchange.cases.materials import Upload
from exchange.cases.new_case import NewCase
from exchange.cases.open import open_case
from exchange.cases.read import CaseQuery, get_case, list_cases
from exchange.cases.regions import result_of
from exchange.cases.room import case_etag
from exchange.codes import matter_code, uscc
from exchange.entities.case import CaseParty, CaseRelation, Representation
from exchange.entities.catalogue import CROSS_REGION, Acceptance, Basis, HolderCategory, Level, Party, Role
from exchange.entities.delegation import CounterDelegation, DelegatedDuty
from exchange.entities.event import EventType
from exchange.entities.evidence import MediaType
from exchange.entities.result import CaseResult
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.licences.exchange_room import Extract, FetchRequest
from exchange.licences.fetch import fetch_evidence, fetch_licence
from exchange.reasons import Reason
from tests.fakes.licence_world import (
    CITY,
    DEED,
    FOOD,
    IDENTITY,
    MARKET,
    department,
    label,
    line,
    matter,
    open_world,
)
from tests.fakes.licence_world import operator as person_at

FAR = uscc("12991100MB0000021")
OWN = matter_code(MARKET, Level.CITY, "990101000077")
THIRD = matter_code(MARKET, Level.CITY, "990101000078")
CODES = (FOOD, OWN, THIRD)
OFFERED = frozenset({"counter", CROSS_REGION})
SHARED = CaseQuery(CaseRelation.SHARED)
DAY = 86_400
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
OTHER_PDF = b"%PDF-1.7\n2 0 obj\n<<>>\nendobj\n%%EOF\n"


def guide(code, *lines, **changes):
    return replace(matter(code, *lines, channels=OFFERED), acceptance=Acceptance.DEPARTMENT, **changes)


APPLICANT = Party("applicant", label("applicant"), HolderCategory.PERSON, required=True)
GUIDES = (
    guide(FOOD, line("identity", IDENTITY, "name"), line("deed", DEED, "unit_number"), parties=(APPLICANT,)),
    guide(
        OWN,
        line("deed", DEED, "unit_number"),
        line("plan", DEED, "unit_number", party="seller"),
        parties=(
            APPLICANT,
            Party("seller", label("seller"), HolderCategory.PERSON, required=True),
        ),
    ),
    guide(THIRD, line("plan", DEED, "unit_number")),
)


def shares(*matters, duty=DelegatedDuty.SHARE, until="2035-01-01"):
    return CounterDelegation(FAR, frozenset(matters), "2025-01-01", until, duty)


@pytest.fixture
def world(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as opened:
        counter = department(FAR, Role.REQUESTER, operators=(person_at("clerk", Role.REQUESTER),))
        opened.hub.publish(replace(counter, region="991100"), *GUIDES)
        delegate(opened, shares(FOOD))
        yield opened


def delegate(world, *delegations):
    found = next(each for each in CITY if getattr(each, "uscc", "") == MARKET)
    world.hub.publish(replace(found, delegations=delegations))


def at(world, where, use_case, *args, scope=None, **options):
    caller = world.hub.caller(where, "clerk", **({} if scope is None else {"scope": scope}))
    return world.hub.run(caller, use_case, *args, **options)


def opened(world, *codes, where=MARKET, channel="counter", acting=False):
    world.hub.clock.advance(1)
    holder, seller, agent = world.person(), world.person(), world.person()
    parties = (CaseParty("applicant", holder), *([CaseParty("seller", seller)] if OWN in codes else []))
    given = (Representation("seller", agent, frozenset(), 0, world.hub.clock.seconds + DAY),) if acting else ()
    number = f"L-{world.hub.clock.seconds}"
    new = NewCase(number, codes, "", "", parties, given, frozenset(), channel)
    return at(world, where, open_case, world.case_room, new).case.id


def accepted(world, *codes, **options):
    case = opened(world, *codes, **options)
    at(world, MARKET, accept_case, world.case_room, case, case_etag(case, 1))
    return case


def listed(world, where=FAR, query=SHARED, after="", limit=100, scope=None):
    page = at(world, where, list_cases, world.case_room, after=after, limit=limit, query=query, scope=scope)
    return [view.case.id for view in page.items], page.next_key


def hand_in(world, case, name, content):
    scan = Upload(MediaType.PDF, content, sha256(content).hexdigest())
    at(world, MARKET, submit_evidence, world.case_room, world.materials, case, name, scan)


def test_accepted_cases_of_a_shared_matter_are_listed_and_no_others(world):
    open_one, first = opened(world, FOOD), accepted(world, FOOD)
    accepted(world, OWN)
    both = accepted(world, FOOD, OWN)
    assert listed(world) == ([first, both], "")
    assert listed(world, query=CaseQuery()) == ([first, both], "")
    assert listed(world, query=CaseQuery(CaseRelation.OWN)) == ([], "")
    at(world, MARKET, accept_case, world.case_room, open_one, case_etag(open_one, 1))
    assert listed(world)[0] == [open_one, first, both]


def test_own_and_shared_cases_are_listed_together_each_once(world):
    delegate(world, shares(FOOD), shares(FOOD, duty=DelegatedDuty.COLLECT))
    shared = accepted(world, FOOD)
    collected = opened(world, FOOD, where=FAR, channel=CROSS_REGION)
    assert listed(world, query=CaseQuery())[0] == [shared, collected]
    assert listed(world)[0] == [shared]
    assert listed(world, query=CaseQuery(CaseRelation.OWN))[0] == [collected]
    assert listed(world, MARKET, CaseQuery())[0] == [shared, collected]
    assert listed(world, MARKET) == ([], "")


def test_pages_are_full_of_what_is_shared_and_tell_nothing_of_the_rest(world):
    delegate(world, shares(FOOD, THIRD))
    found = []
    for number in range(12):
        found += [accepted(world, FOOD, THIRD) if number % 3 else accepted(world, THIRD if number % 2 else FOOD)]
        accepted(world, OWN)
    read_on, pages = "", []
    while True:
        page, read_on = listed(world, limit=5, after=read_on)
        pages.append(page)
        if not read_on:
            break
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [case for page in pages for case in page] == found


def test_a_chunk_of_one_matter_is_followed_by_the_next(world, monkeypatch):
    monkeypatch.setattr("exchange.cases.store._CHUNK", 2)
    found = [accepted(world, FOOD) for _ in range(5)]
    assert listed(world) == (found, "")
    assert listed(world, after=found[1], limit=2) == (found[2:4], found[3])


def test_the_list_ends_with_the_rule(world):
    accepted(world, FOOD)
    delegate(world, shares(FOOD, until="2025-12-31"))
    assert listed(world) == ([], "")
    delegate(world)
    assert listed(world) == ([], "")


def test_a_filter_names_one_matter(world):
    delegate(world, shares(FOOD, THIRD))
    food, third = accepted(world, FOOD), accepted(world, THIRD)
    assert listed(world, query=CaseQuery(matter=THIRD)) == ([third], "")
    assert listed(world, query=CaseQuery(CaseRelation.SHARED, FOOD)) == ([food], "")
    assert listed(world, query=CaseQuery(CaseRelation.SHARED, OWN)) == ([], "")
    assert listed(world, MARKET, CaseQuery(matter=FOOD))[0] == [food]


def test_more_shared_matters_than_are_merged_must_be_named(world, monkeypatch):
    monkeypatch.setattr(read, "MAX_SHARED_MATTERS", 1)
    delegate(world, shares(FOOD, THIRD))
    case = accepted(world, FOOD)
    with pytest.raises(InvalidError) as invalid:
        listed(world)
    assert [each.field for each in invalid.value.violations] == ["matter"]
    assert listed(world, query=CaseQuery(matter=FOOD))[0] == [case]
    assert listed(world, query=CaseQuery(CaseRelation.OWN)) == ([], "")


def test_a_token_lists_what_it_is_for(world):
    delegate(world, shares(FOOD, THIRD))
    food, third = accepted(world, FOOD), accepted(world, THIRD)
    none = frozenset()
    assert listed(world, scope=(frozenset({THIRD}), none, none))[0] == [third]
    assert listed(world, scope=(none, frozenset({food}), none))[0] == [food]
    both = accepted(world, FOOD, OWN)
    assert listed(world, scope=(frozenset({OWN}), none, none))[0] == []
    assert both in listed(world)[0]


def test_an_erased_case_is_listed_no_more(world):
    case = accepted(world, FOOD)
    owner = world.case_room.store.owner(at(world, MARKET, get_case, world.case_room, case).case.parties[0].holder)
    world.hub.write(world.hub.vault.destroy(owner))
    assert listed(world) == ([], "")


def test_of_several_matters_the_shared_ones_are_shown(world):
    case = opened(world, FOOD, OWN, acting=True)
    hand_in(world, case, (FOOD, "deed"), PDF)
    hand_in(world, case, (OWN, "plan"), OTHER_PDF)
    etag = at(world, MARKET, get_case, world.case_room, case).etag
    whole = at(world, MARKET, accept_case, world.case_room, case, etag)
    view = at(world, FAR, get_case, world.case_room, case)
    assert [pin.code for pin in view.case.matters] == [FOOD]
    assert [each.line for each in view.evidence] == [(FOOD, "deed")]
    assert [party.role for party in view.case.parties] == ["applicant"]
    assert view.case.representations == ()
    assert (view.case.number, view.case.state, view.shared_with) == (whole.case.number, whole.case.state, (FAR,))
    page = at(world, FAR, list_cases, world.case_room, after="", limit=10)
    assert [[pin.code for pin in each.case.matters] for each in page.items] == [[FOOD]]
    own = at(world, MARKET, get_case, world.case_room, case)
    assert [each.line for each in own.evidence] == [(FOOD, "deed"), (OWN, "plan")]
    assert len(own.case.parties) == len(own.case.matters) == 2


def test_all_that_was_fetched_for_the_shared_matters_is_fetched_at_once(world):
    case = opened(world, FOOD, OWN)
    parties = at(world, MARKET, get_case, world.case_room, case).case.parties
    holder = next(party.holder for party in parties if party.role == "applicant")
    world.issue(holder)
    world.issue_deed(holder)
    at(world, MARKET, fetch_evidence, world.exchange_room, case, ())
    etag = at(world, MARKET, get_case, world.case_room, case).etag
    at(world, MARKET, accept_case, world.case_room, case, etag)
    results = at(world, FAR, fetch_evidence, world.exchange_room, case, ()).results
    assert [(one.requirement, isinstance(one, Extract)) for one in results] == [("identity", True), ("deed", True)]
    (plan,) = at(world, FAR, fetch_evidence, world.exchange_room, case, ("plan",)).results
    assert Reason.EVIDENCE_NOT_REQUIRED in plan.reasons
    with pytest.raises(RefusedError) as refused:
        at(world, FAR, fetch_licence, world.exchange_room, FetchRequest(case, "plan", (), OWN))
    assert refused.value.reasons == (Reason.CASE_UNKNOWN,)


def test_who_shares_a_matter_is_told_of_that_matter(world):
    delegate(world, shares(OWN))
    case = opened(world, FOOD, OWN)

    def told(call):
        accept_case(call, world.case_room, case, case_etag(case, 1))
        return [event for event in call.draft.events if event.type is EventType.CASE_SHARED]

    (event,) = at(world, MARKET, told)
    assert (event.matter, event.audience) == (OWN, {FAR, MARKET})


def test_a_line_that_a_shared_matter_states_as_well_is_shown(world):
    delegate(world, shares(OWN))
    case = opened(world, FOOD, OWN)
    hand_in(world, case, (FOOD, "deed"), PDF)
    etag = at(world, MARKET, get_case, world.case_room, case).etag
    at(world, MARKET, accept_case, world.case_room, case, etag)
    assert [each.line for each in at(world, FAR, get_case, world.case_room, case).evidence] == [(FOOD, "deed")]


def test_a_result_is_told_as_far_as_its_matter_is_shown(world):
    world.hub.publish(replace(GUIDES[0], result_type=DEED), replace(GUIDES[1], result_type=IDENTITY))
    case = accepted(world, FOOD, OWN)
    names = (f"licenceTypes/{DEED}/licences/1", f"licenceTypes/{IDENTITY}/licences/2")
    result = CaseResult(
        case, approved=True, reasons=(), legal_reference="", licences=names, due_matters=(FOOD, OWN), decided_time=1
    )
    far = at(world, FAR, get_case, world.case_room, case).case
    assert result_of(world.case_room, far, result) == replace(result, licences=names[:1], due_matters=(FOOD,))
    own = at(world, MARKET, get_case, world.case_room, case).case
    assert result_of(world.case_room, own, result) == result


def test_a_case_of_no_shared_matter_does_not_exist(world):
    case = accepted(world, OWN)
    with pytest.raises(NotFoundError):
        at(world, FAR, get_case, world.case_room, case)


def test_what_rests_on_a_consent_is_for_who_handles_the_case(world):
    asking = line("deed", DEED, "unit_number", bases=frozenset({Basis.CONSENT}))
    world.hub.publish(guide(FOOD, line("identity", IDENTITY, "name"), asking, parties=(APPLICANT,)))
    case = opened(world, FOOD)
    holder = at(world, MARKET, get_case, world.case_room, case).case.holder_of("applicant")
    world.issue(holder)
    world.issue_deed(holder)
    world.consent(case, "deed", max_uses=2)
    lines = [FetchRequest(case, name, (), "") for name in ("identity", "deed")]
    for each in lines:
        at(world, MARKET, fetch_licence, world.exchange_room, each)
    at(world, MARKET, accept_case, world.case_room, case, etag(world, case))
    assert at(world, FAR, fetch_licence, world.exchange_room, lines[0]).extract.fields
    with pytest.raises(RefusedError) as caught:
        at(world, FAR, fetch_licence, world.exchange_room, lines[1])
    assert caught.value.reasons == (Reason.CONSENT_MISSING,)
    assert at(world, MARKET, fetch_licence, world.exchange_room, lines[1]).extract.fields  # its second use


def etag(world, case):
    return at(world, MARKET, get_case, world.case_room, case).etag
