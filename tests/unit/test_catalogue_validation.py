"""Validation of a whole catalogue: the sample is right, and each thing that may be wrong is found where it is."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from exchange.catalogue.checks.licence_types import RESERVED_FIELD_NAMES
from exchange.catalogue.codec import code_of, kind_of
from exchange.catalogue.masks import MASKS, masked
from exchange.catalogue.schema import Catalogue, load_folder
from exchange.catalogue.validation import Problem, resource_name, validate
from exchange.entities.catalogue import (
    Basis,
    DataType,
    HolderCategory,
    HolderMention,
    Label,
    Purpose,
    Role,
    Sharing,
    Situation,
    Status,
    TokenKey,
)
from exchange.entities.delegation import CounterDelegation, DelegatedDuty
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.synthetic.catalogue_codes import department_code, implementation_code, type_code

CITY_MARKET, CITY_POLICE = department_code("city-market"), department_code("city-police")
UNKNOWN = "11990000MB0000000J"  # valid, but not a department of the sample


@cache
def sample() -> Catalogue:
    return load_folder(Path(__file__).parents[2] / "catalogue")


def find(code):
    return next(entity for entity in sample().entities() if code_of(entity) == code)


def problems_with(changed, code=None):
    """(field, English) of every problem of ``changed`` when it stands in the sample in place of ``code``."""
    code = code or code_of(changed)
    entities = [changed if code_of(entity) == code else entity for entity in sample().entities()]
    return [(p.field, p.en) for p in validate(entities) if p.entity == resource_name(changed)]


def in_force(entities):
    return Register.build(
        1,
        (
            Revision(kind_of(e), code_of(e), 1, RevisionState.PUBLISHED, e, "", "a/a", "b/b", 0, 0, 0, "")
            for e in entities
        ),
    )


def test_the_sample_has_no_problem():
    assert validate(sample().entities()) == ()


def test_a_problem_says_where_in_both_languages():
    (problem,) = validate([replace(find("audit-programme"), reference="a\u202eb")], in_force(sample().entities()))
    assert problem == Problem(
        "mandates/audit-programme", "reference", "has control, format or invisible characters", problem.zh
    )
    assert str(problem) == "mandates/audit-programme reference: has control, format or invisible characters"


def test_an_entity_given_twice_is_found():
    mandate = find("audit-programme")
    assert [p.entity for p in validate([*sample().entities(), mandate])] == ["mandates/audit-programme"]


DEPARTMENT_CHANGES = [
    ({"region": "000000"}, "region"),
    ({"parent": UNKNOWN}, "parent"),
    ({"parent": CITY_MARKET}, "parent"),
    ({"roles": frozenset({Role.REQUESTER})}, "operators[issuer-1].roles"),
    ({"certificates": frozenset({"A" * 64})}, "certificates[0]"),
    (
        {"token_keys": (TokenKey("k", "ES256", "{}", Status.ACTIVE), TokenKey("k", "EdDSA", "{}", Status.ACTIVE))},
        "token_keys[k]",
    ),
    ({"name": Label("示\u200b例", "Sample")}, "name.zh"),
    ({"name": Label("", "Sample")}, "name.zh"),
]


@pytest.mark.parametrize(("changes", "field"), DEPARTMENT_CHANGES)
def test_departments(changes, field):
    assert field in dict(problems_with(replace(find(CITY_MARKET), **changes)))


def test_a_wrong_uscc_is_found():
    wrong = CITY_MARKET[:17] + ("0" if CITY_MARKET[17] != "0" else "1")
    assert "uscc" in dict(problems_with(replace(find(CITY_MARKET), uscc=wrong), CITY_MARKET))


def test_operators_are_named_once():
    department = find(CITY_MARKET)
    twice = (*department.operators, department.operators[0], department.operators[0])
    fields = [field for field, _ in problems_with(replace(department, operators=twice))]
    assert fields == ["operators[issuer-1]"]


def test_parents_in_a_circle_are_found_and_a_missing_grandparent_is_its_childs():
    parent = department_code("province-market")
    assert "is its own ancestor" in dict(problems_with(replace(find(parent), parent=CITY_MARKET))).values()
    orphaned = replace(find(parent), parent=UNKNOWN)
    entities = [orphaned if code_of(entity) == parent else entity for entity in sample().entities()]
    assert [(p.entity, p.field) for p in validate(entities)] == [(f"departments/{parent}", "parent")]


def test_a_certificate_belongs_to_one_department():
    shared = frozenset({"a" * 64})
    first, second = replace(find(CITY_MARKET), certificates=shared), replace(find(CITY_POLICE), certificates=shared)
    register = in_force([e for e in sample().entities() if code_of(e) != CITY_MARKET] + [first])
    assert [(p.entity, p.field) for p in validate([second], register)] == [
        (f"departments/{CITY_POLICE}", "certificates")
    ]
    assert validate([first], register) == ()


@pytest.mark.parametrize(
    ("counter", "matter", "dates", "field"),
    [
        (UNKNOWN, "food-new", ("2026-01-01", "2026-12-31"), "delegations[0].counter"),
        (CITY_MARKET, "food-new", ("2026-01-01", "2026-12-31"), "delegations[0].counter"),
        (department_code("city-audit"), "food-new", ("2026-01-01", "2026-12-31"), "delegations[0].counter"),
        (
            CITY_POLICE,
            "house-tax",
            ("2026-01-01", "2026-12-31"),
            f"delegations[0].matters[{implementation_code('house-tax')}]",
        ),
        (CITY_POLICE, None, ("2026-01-01", "2026-12-31"), f"delegations[0].matters[{UNKNOWN}3000000000000]"),
        (CITY_POLICE, "food-new", ("2026-12-31", "2026-01-01"), "delegations[0].valid_until"),
        (CITY_POLICE, "food-new", ("2026-02-30", "2026-12-31"), "delegations[0].valid_from"),
    ],
)
def test_delegations(counter, matter, dates, field):
    code = implementation_code(matter) if matter else UNKNOWN + "3000000000000"
    delegation = CounterDelegation(counter, frozenset({code}), *dates)
    found = problems_with(replace(find(CITY_MARKET), delegations=(delegation,)))
    assert [each for each, _ in found] == [field]


@pytest.mark.parametrize("duty", [DelegatedDuty.COLLECT, DelegatedDuty.SHARE])
def test_duties_across_regions_are_for_other_regions_and_matters_offered_there(duty):
    food, neighbour = implementation_code("food-new"), department_code("neighbour-service")
    dates = ("2026-01-01", "2026-12-31")

    def fields(counter, channels):
        delegation = CounterDelegation(counter, frozenset({food}), *dates, duty)
        changed = {
            food: replace(find(food), channels=channels),
            CITY_MARKET: replace(find(CITY_MARKET), delegations=(delegation,)),
        }
        return [p.field for p in validate([changed.get(code_of(each), each) for each in sample().entities()])]

    everywhere = find(food).channels
    assert fields(neighbour, everywhere) == []
    assert fields(CITY_POLICE, everywhere) == ["delegations[0].counter"]
    assert fields(neighbour, everywhere - {"cross_region"}) == [f"delegations[0].matters[{food}]"]


TYPE = type_code("identity-card")
NAME = find(TYPE).fields[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"defining_authority": CITY_MARKET}, "defining_authority"),
        ({"issuers": frozenset({UNKNOWN})}, f"issuers[{UNKNOWN}]"),
        ({"issuers": frozenset({department_code("city-audit")})}, f"issuers[{department_code('city-audit')}]"),
        ({"issuers": frozenset()}, "issuers"),
        ({"related_matter": UNKNOWN + "3000000000000"}, "related_matter"),
        ({"fields": (NAME, NAME)}, "fields[name]"),
        ({"fields": ()}, "fields"),
        ({"fields": (replace(NAME, name="Name"),)}, "fields[0].name"),
        ({"fields": (replace(NAME, name="n" * 41),)}, "fields[0].name"),
        ({"fields": (replace(NAME, mask="nonsense"),)}, "fields[name].mask"),
        ({"fields": (replace(NAME, data_type=DataType.CODE),)}, "fields[name].codes"),
        ({"fields": (replace(NAME, codes=("a",)),)}, "fields[name].codes"),
        ({"fields": (replace(NAME, data_type=DataType.CODE, codes=("a" * 9,), max_length=8),)}, "fields[name].codes"),
        ({"fields": (replace(NAME, data_type=DataType.DATE),)}, "fields[name].max_length"),
        ({"fields": (replace(NAME, max_length=0),)}, "fields[0].max_length"),
        ({"retention_days": -1}, "retention_days"),
        ({"emergency_profile": frozenset({"nothing"})}, "emergency_profile[nothing]"),
        (
            {"fields": (replace(NAME, prohibited_purposes=frozenset({Purpose.EMERGENCY})),)},
            "emergency_profile[name]",
        ),
    ],
)
def test_licence_types(changes, field):
    assert field in dict(problems_with(replace(find(TYPE), **changes)))


MENTION = HolderMention(id_number="citizen_id", name="name", birth_date="birth_date", sex="sex")
LISTS = find(type_code("real-estate"))
LISTED = HolderMention(id_number="owner_ids", name="owner_names")


@pytest.mark.parametrize(
    ("kind", "mentions", "fields"),
    [
        (find(TYPE), (MENTION,), set()),
        (LISTS, (LISTED,), set()),
        (LISTS, (HolderMention(name="owner_names"),), set()),
        (find(TYPE), (HolderMention(birth_date="birth_date"),), {"holder_mentions[0]"}),
        (find(TYPE), (replace(MENTION, name="nothing"),), {"holder_mentions[0].name"}),
        (find(TYPE), (replace(MENTION, id_number="birth_date", birth_date=""),), {"holder_mentions[0].id_number"}),
        (
            find(TYPE),
            (replace(MENTION, birth_date="name", name="", sex="address"),),
            {"holder_mentions[0].birth_date", "holder_mentions[0].sex"},
        ),
        (find(TYPE), (MENTION, HolderMention(name="name")), {"holder_mentions[1].name"}),
        (find(TYPE), (replace(MENTION, name="Name"),), {"holder_mentions[0].name"}),
        (LISTS, (replace(LISTED, name="certificate_number"),), {"holder_mentions[0]"}),
        (LISTS, (replace(LISTED, birth_date="registration_date"),), {"holder_mentions[0]"}),
    ],
)
def test_where_a_type_mentions_its_holders(kind, mentions, fields):
    found = dict(problems_with(replace(kind, holder_mentions=mentions)))
    assert {field for field in found if field.startswith("holder_mentions")} == fields


def test_a_sex_that_is_mentioned_has_the_codes_of_the_standard():
    card = find(TYPE)
    coded = [replace(each, codes=("男", "F")) if each.name == "sex" else each for each in card.fields]
    found = dict(problems_with(replace(card, fields=tuple(coded), holder_mentions=(MENTION,))))
    assert list(found) == ["holder_mentions[0].sex"]


def test_a_wrong_type_code_and_an_unknown_authority_are_found():
    wrong = UNKNOWN[:17] + "K001"
    found = problems_with(replace(find(TYPE), code=wrong, defining_authority=UNKNOWN), TYPE)
    assert [field for field, _ in found] == ["code", "defining_authority", "defining_authority"]


@pytest.mark.parametrize("name", sorted(RESERVED_FIELD_NAMES))
def test_reserved_names_are_refused(name):
    found = problems_with(replace(find(TYPE), fields=(replace(NAME, name=name),)))
    assert f"fields[{name}].name" in dict(found)


MATTER = implementation_code("food-new")
LINE = find(MATTER).evidence[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basic_code": "000000000000"}, "basic_code"),
        ({"promised_days": 21}, "promised_days"),
        ({"supervising_department": UNKNOWN}, "supervising_department"),
        ({"supervising_department": CITY_MARKET}, "supervising_department"),
        ({"result_type": UNKNOWN + "001"}, "result_type"),
        ({"result_type": TYPE}, "result_type"),
        ({"parties": tuple(replace(party, required=False) for party in find(MATTER).parties)}, "parties"),
        ({"parties": (*find(MATTER).parties, find(MATTER).parties[0])}, "parties[applicant]"),
        ({"situations": (*find(MATTER).situations, Situation("sale", Label("售", "Sale")))}, "situations[sale]"),
        ({"evidence": (LINE, LINE)}, "evidence[business_licence]"),
        ({"evidence": tuple(replace(LINE, id=f"line_{number}") for number in range(101))}, "evidence"),
        ({"steps": ()}, "steps"),
        ({"channels": frozenset({"Counter"})}, "channels[0]"),
    ],
)
def test_matters(changes, field):
    assert field in dict(problems_with(replace(find(MATTER), **changes)))


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (MATTER[:18] + "2" + MATTER[19:], {"code"}),
        (MATTER[:18] + "9" + MATTER[19:], {"code"}),
        (UNKNOWN + MATTER[18:], {"code", "result_type"}),
        (department_code("city-audit") + MATTER[18:], {"code", "result_type"}),
        ("x", {"code", "basic_code", "result_type"}),
    ],
)
def test_wrong_implementation_codes_are_found(code, fields):
    register = in_force(sample().entities())
    found = {problem.field for problem in validate([replace(find(MATTER), code=code)], register)}
    assert found == fields


def test_a_result_belongs_to_parties_of_the_guide():
    matter = replace(find(MATTER), result_parties=("applicant", "stranger"))
    assert [path for path, _ in problems_with(matter)] == ["result_parties[stranger]"]


def test_a_result_and_a_supervisor_may_be_absent_and_no_limit_is_no_promise_broken():
    matter = replace(find(MATTER), result_type="", supervising_department="", statutory_days=0)
    assert problems_with(matter) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"licence_type": UNKNOWN + "001"}, "licence_type"),
        ({"party": "stranger"}, "party"),
        ({"party": "legal_representative"}, "party"),
        ({"fields": frozenset({"name", "shoe_size"}), "prefills": ()}, "fields[shoe_size]"),
        ({"bases": frozenset()}, "bases"),
        ({"legal_reference": ""}, "legal_reference"),
        ({"max_uses": 0}, "max_uses"),
        ({"situations": frozenset({"raining"})}, "situations[raining]"),
        ({"prefills": (("legal_representative_id", "x"),)}, "prefills[legal_representative_id]"),
    ],
)
def test_evidence_lines(changes, field):
    matter = replace(find(MATTER), evidence=(replace(LINE, **changes),))
    assert f"evidence[business_licence].{field}" in dict(problems_with(matter))


def test_personal_fields_need_consent_or_a_legal_reference():
    personal = replace(LINE, fields=LINE.fields | {"legal_representative_id"}, legal_reference="")
    bare = replace(find(MATTER), evidence=(personal,))
    assert "evidence[business_licence].bases" in dict(problems_with(bare))
    consented = replace(find(MATTER), evidence=(replace(personal, bases=frozenset({Basis.CONSENT})),))
    assert problems_with(consented) == []
    public = replace(find(MATTER), evidence=(replace(LINE, legal_reference=""),))
    assert "evidence[business_licence].bases" not in dict(problems_with(public))


def test_what_a_type_does_not_share_or_forbids_is_not_asked_for():
    business = find(type_code("business-licence"))
    guide = find(MATTER)

    def fields_of_line(changed):
        entities = [changed if code_of(entity) == changed.code else entity for entity in sample().entities()]
        return {p.field for p in validate(entities) if p.entity == resource_name(guide)}

    assert fields_of_line(replace(business, sharing=Sharing.NONE)) == {"evidence[business_licence].licence_type"}
    prohibited = tuple(
        replace(field, prohibited_purposes=frozenset({Purpose.SERVICE})) if field.name == "address" else field
        for field in business.fields
    )
    assert fields_of_line(replace(business, fields=prohibited)) == {"evidence[business_licence].fields[address]"}
    assert "evidence[premises_title].party" not in fields_of_line(business)
    persons = replace(business, holder_category=HolderCategory.PERSON)
    assert fields_of_line(persons) == {"evidence[business_licence].party"}


@pytest.mark.parametrize(
    ("code", "changes", "field"),
    [
        ("birth", {"lead_department": UNKNOWN}, "lead_department"),
        ("birth", {"matters": (MATTER, MATTER)}, f"matters[{MATTER}]"),
        ("birth", {"matters": (MATTER, UNKNOWN + "3000000000000")}, f"matters[{UNKNOWN}3000000000000]"),
        ("tax-land-deed-tax", {"issuer": UNKNOWN}, "issuer"),
        ("tax-land-deed-tax", {"issuer": department_code("city-audit")}, "issuer"),
        ("tax-land-deed-tax", {"requester": department_code("city-tax")}, "requester"),
        ("tax-land-deed-tax", {"requester": department_code("city-audit")}, "requester"),
        ("tax-land-deed-tax", {"licence_types": frozenset({UNKNOWN + "001"})}, f"licence_types[{UNKNOWN}001]"),
        ("tax-land-deed-tax", {"licence_types": frozenset({TYPE})}, f"licence_types[{TYPE}]"),
        ("tax-land-deed-tax", {"fields": frozenset({"shoe_size"})}, "fields[shoe_size]"),
        ("tax-land-deed-tax", {"matters": frozenset({UNKNOWN + "3000000000000"})}, f"matters[{UNKNOWN}3000000000000]"),
        ("tax-land-deed-tax", {"valid_until": "2020-01-01"}, "valid_until"),
        ("tax-land-deed-tax", {"daily_cap": 0}, "daily_cap"),
        ("audit-programme", {"auditor": CITY_MARKET}, "auditor"),
        ("audit-programme", {"departments": frozenset({UNKNOWN})}, f"departments[{UNKNOWN}]"),
        ("audit-programme", {"valid_from": "2099-01-01"}, "valid_until"),
        ("audit-programme", {"valid_from": "soon"}, "valid_from"),
    ],
)
def test_bundles_agreements_and_mandates(code, changes, field):
    assert field in dict(problems_with(replace(find(code), **changes)))


def test_a_mandate_may_be_for_some_departments():
    assert problems_with(replace(find("audit-programme"), departments=frozenset({CITY_MARKET, CITY_POLICE}))) == []


def test_over_a_register_one_entity_is_judged_and_circular_references_may_wait():
    departments = sample().departments
    assert validate(departments, Register.build(0, ())) == ()
    assert {p.field.partition("[")[0] for p in validate(departments)} == {"delegations"}
    types = in_force((*departments,))
    assert validate(sample().licence_types, types) == ()
    assert {p.field for p in validate([*departments, *sample().licence_types]) if "licence" in p.entity} == {
        "related_matter"
    }
    guide = find(MATTER)
    assert {p.field.rpartition(".")[2] for p in validate([guide], types)} >= {"licence_type", "result_type"}
    assert validate([guide], in_force(sample().entities())) == ()


def test_masks_hide_and_never_fail():
    assert masked("", "示例") == "示例"
    assert masked("name", "样小明") == "样**"
    assert masked("citizen_id", "990101199001010011") == "990***********0011"
    assert masked("account", "12345678") == "****5678"
    for rule in MASKS:
        for text in ("", "a", "ab", "abcdefg"):
            assert len(masked(rule, text)) == len(text)
            assert not text or masked(rule, text) != text
    with pytest.raises(KeyError):
        masked("nonsense", "x")
