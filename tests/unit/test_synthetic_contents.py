"""Synthetic licences: right by the field definitions of every type, and consistent between related licences."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from exchange.catalogue.schema import load_folder
from exchange.codes import citizen_id_problem, uscc_problem
from exchange.entities.catalogue import DataType, Field, FieldClass, HolderCategory, Label
from exchange.licences.fields import field_problems
from exchange.licences.mentions import mention_problems
from exchange.synthetic import Synthetic
from exchange.synthetic.catalogue_codes import LICENCE_TYPES, type_code
from exchange.synthetic.makers import MAKERS

SYNTHETIC = Synthetic(7)


@cache
def types():
    return {each.code: each for each in load_folder(Path(__file__).parents[2] / "catalogue").licence_types}


def licence(key, of):
    return SYNTHETIC.licence_fields(types()[type_code(key)], of)


@pytest.mark.parametrize("key", LICENCE_TYPES)
def test_every_type_gets_values_that_its_fields_accept(key):
    licence_type = types()[type_code(key)]
    for number in range(24):
        holders = []
        if licence_type.holder_category is not HolderCategory.ORGANISATION:
            holders.append(SYNTHETIC.person(number))
        if licence_type.holder_category is not HolderCategory.PERSON:
            holders.append(SYNTHETIC.organisation(number))
        for holder in holders:
            fields = licence(key, holder)
            assert field_problems(licence_type, fields, "fields") == []
            if key not in {"marriage", "divorce"} or number % 4 < 2:
                holding = SYNTHETIC.holders(licence_type, holder)
                assert mention_problems(licence_type, holding, fields, "fields") == []
            assert fields == licence(key, holder)
            for name, value in fields.items():
                if name == "unified_code":
                    assert uscc_problem(value) is None
                if name in {"citizen_id", "mother_id", "husband_id", "wife_id", "legal_representative_id"}:
                    assert citizen_id_problem(value) is None


def test_makers_are_for_fields_that_exist():
    names = {field.name for each in types().values() for field in each.fields}
    assert set(MAKERS) <= names


def test_a_persons_licences_agree():
    person = SYNTHETIC.person(8)
    card, register = licence("identity-card", person), licence("household-register", person)
    assert card["name"] == register["name"] == register["head_name"] == person.name
    assert card["citizen_id"] == register["citizen_id"] == licence("driving-licence", person)["licence_number"]
    assert card["address"] == register["address"] == licence("real-estate", person)["location"]
    for name in ("plate_number", "vin", "engine_number", "brand_model", "register_date"):
        assert licence("vehicle-licence", person)[name] == licence("vehicle-registration", person)[name]
    assert (
        licence("vehicle-registration", person)["manufacture_date"]
        < licence("vehicle-licence", person)["register_date"]
    )
    assert licence("pension-record", person)["employer"] == SYNTHETIC.employer(person).name


def test_a_family_agrees():
    home = SYNTHETIC.household(2)
    certificate = licence("marriage", home.wife)
    assert (certificate["husband_id"], certificate["wife_id"]) == (home.husband.citizen_id, home.wife.citizen_id)
    assert certificate["registration_date"] == home.marriage_date.isoformat()
    birth = licence("birth-proof", home.wife)
    assert (birth["newborn_name"], birth["mother_name"], birth["father_id"]) == (
        home.child.name,
        home.wife.name,
        home.husband.citizen_id,
    )
    assert birth["birth_date"] == home.child.birth_date.isoformat() <= birth["issue_date"]
    assert birth["mother_age"] >= 20
    relations = [licence("household-register", person)["relation_to_head"] for person in (home.husband, home.wife)]
    assert relations == ["户主", "配偶"]
    assert licence("household-register", home.child)["relation_to_head"] in {"子", "女"}
    assert licence("household-register", home.child)["marital_status"] == "未婚"
    assert licence("household-register", home.elder)["relation_to_head"] in {"父亲", "母亲"}
    assert licence("childbirth-registration", home.wife)["registration_date"] < home.child.birth_date.isoformat()


def test_a_divorce_is_registered_on_its_day():
    home = SYNTHETIC.household(9)
    assert licence("divorce", home.husband)["registration_date"] == home.divorce_date.isoformat()
    assert licence("household-register", home.wife)["marital_status"] == "离婚"
    assert licence("household-register", home.elder)["marital_status"] == "有配偶"


def test_the_sale_of_a_flat_agrees():
    buyer, seller = SYNTHETIC.household(0), SYNTHETIC.household(1)
    title, contract = licence("real-estate", seller.wife), licence("sale-contract", buyer.husband)
    assert title["owner_ids"] == contract["seller_ids"] == (seller.husband.citizen_id, seller.wife.citizen_id)
    assert contract["buyer_names"] == (buyer.husband.name, buyer.wife.name)
    assert title["unit_number"] == contract["unit_number"] == licence("tax-paid", buyer.husband)["unit_number"]
    assert title["building_area"] == contract["building_area"]


def test_a_companys_licences_agree():
    company = SYNTHETIC.organisation(3)
    leader = SYNTHETIC.legal_representative(company)
    business, food = licence("business-licence", company), licence("food-permit", company)
    assert business["unified_code"] == food["unified_code"] == company.uscc
    assert business["name"] == food["operator_name"] == company.name
    assert business["legal_representative"] == food["legal_representative"] == leader.name
    assert business["legal_representative_id"] == licence("identity-card", leader)["citizen_id"]
    assert licence("real-estate", company)["owner_names"] == (company.name,)
    assert licence("vehicle-licence", company)["use_nature"] == "货运"


def test_the_issuing_body_is_printed():
    licence_type = types()[type_code("food-permit")]
    fields = SYNTHETIC.licence_fields(licence_type, SYNTHETIC.organisation(1), "清河市市场监督管理局")
    assert fields["issuing_organ"] == "清河市市场监督管理局"


def test_spouses_hold_together_where_the_type_allows():
    home = SYNTHETIC.household(2)
    holders = SYNTHETIC.holders(types()[type_code("marriage")], home.wife)
    assert holders == (SYNTHETIC.holder(home.wife), SYNTHETIC.holder(home.husband))
    assert SYNTHETIC.holders(types()[type_code("marriage")], home.husband) == holders[::-1]
    assert SYNTHETIC.holders(types()[type_code("identity-card")], home.wife) == holders[:1]
    assert SYNTHETIC.holders(types()[type_code("real-estate")], home.elder) == (SYNTHETIC.holder(home.elder),)
    company = SYNTHETIC.organisation(1)
    assert SYNTHETIC.holders(types()[type_code("real-estate")], company) == (SYNTHETIC.holder(company),)


def test_a_licence_that_such_a_holder_cannot_hold_is_refused():
    for key, of in (("business-licence", SYNTHETIC.person(0)), ("identity-card", SYNTHETIC.organisation(0))):
        with pytest.raises(ValueError, match="not held"):
            licence(key, of)


def test_types_that_nobody_foresaw_are_filled_by_data_type():
    unforeseen = tuple(
        Field(
            f"unforeseen_{data_type}{suffix}",
            Label("新字段", "New field"),
            data_type,
            required,
            FieldClass.PUBLIC,
            10 if data_type is DataType.DATE else 3,
            "",
            ("甲", "乙") if data_type is DataType.CODE else (),
            frozenset(),
        )
        for data_type in DataType
        for suffix, required in (("", True), ("_number", True), ("_organ", True), ("_optional", False))
        if suffix != "_organ" or data_type is DataType.STRING
    )
    holders = tuple(replace(unforeseen[0], name=name) for name in ("holder_name", "holder_id_type", "holder_id_number"))
    licence_type = replace(types()[type_code("identity-card")], fields=unforeseen + holders)
    fields = SYNTHETIC.licence_fields(licence_type, SYNTHETIC.person(0))
    assert field_problems(licence_type, fields, "fields") == []
    assert {field.name for field in unforeseen if field.required} == set(fields)
