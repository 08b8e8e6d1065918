"""Field values and holders against their licence type: every finding at once, none with a value in it."""

from dataclasses import replace
from datetime import date

import pytest

from exchange.codes import citizen_id
from exchange.entities.catalogue import DataType, HolderCategory
from exchange.entities.licence import Holder
from exchange.licences.fields import field_problems, holder_values, value_problem
from exchange.licences.holders import holder_problems
from exchange.licences.masking import masked_value
from tests.fakes.licence_world import DEED_TYPE, IDENTITY_TYPE, MARKET, field

PERSON = Holder("111", citizen_id("990100", date(1990, 1, 1), 1), "张三")
FIRM = Holder("001", MARKET, "清河市示例公司")
RIGHT = {"name": "张三", "citizen_id": PERSON.id_number}


def wrong(values):
    return {problem.field for problem in field_problems(IDENTITY_TYPE, values, "licence.fields")}


def test_right_values_pass():
    everything = {
        **RIGHT,
        "nation": "汉族",
        "born": "1990-02-28",
        "height": "1.70",
        "children": 2**53,
        "married": False,
        "aliases": ("阿三", "三儿"),
    }
    assert wrong(everything) == set()


def test_every_bad_field_is_named_at_once():
    bad = {"name": "", "nation": "火星", "born": "1990-02-30", "height": "1,7", "children": 2**53 + 1, "married": 1}
    expected = {"citizen_id", *bad}
    assert wrong({**bad, "colour": "red"}) == {f"licence.fields.{name}" for name in {*expected, "colour"}}


def test_a_hostile_name_is_not_repeated():
    assert wrong({**RIGHT, "\u202eevil": "x"}) == {"licence.fields"}


def test_what_the_holders_say_is_not_a_field():
    assert wrong({**RIGHT, "holder_name": "李四"}) == {"licence.fields.holder_name"}


def test_too_many_fields_are_one_finding():
    assert wrong({f"f{number}": "x" for number in range(201)}) == {"licence.fields"}


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        (DataType.STRING, 1),
        (DataType.STRING, "e\u0301"),
        (DataType.STRING, "a\u202eb"),
        (DataType.STRING, "x" * 101),
        (DataType.CODE, 1),
        (DataType.DATE, 19900101),
        (DataType.DATE, "1990-1-1"),
        (DataType.DECIMAL, 1),
        (DataType.DECIMAL, "01"),
        (DataType.DECIMAL, "1e3"),
        (DataType.DECIMAL, "9" * 101),
        (DataType.DECIMAL, "１"),
        (DataType.INTEGER, "1"),
        (DataType.INTEGER, True),
        (DataType.INTEGER, -(2**53) - 1),
        (DataType.BOOLEAN, "true"),
        (DataType.TEXT_LIST, "a"),
        (DataType.TEXT_LIST, (1,)),
        (DataType.TEXT_LIST, ()),
        (DataType.TEXT_LIST, ("a",) * 101),
        (DataType.TEXT_LIST, ("",)),
        (DataType.TEXT_LIST, ("a", "b\x00")),
    ],
)
def test_wrong_values_are_found(data_type, value):
    assert value_problem(field("f", data_type, codes=("a",)), value) is not None


def test_holders_become_texts_or_lists():
    assert holder_values((PERSON,))["holder_name"] == "张三"
    assert holder_values((PERSON, FIRM))["holder_id_type"] == ("111", "001")


def holder_fields(licence_type, *holders):
    return [problem.field for problem in holder_problems(licence_type, holders, "holders")]


def test_holders_are_checked_against_the_type():
    other = Holder("111", citizen_id("990100", date(1990, 1, 1), 3), "李四")
    assert holder_fields(IDENTITY_TYPE, PERSON) == []
    assert holder_fields(IDENTITY_TYPE) == ["holders"]
    assert holder_fields(IDENTITY_TYPE, PERSON, other) == ["holders"]
    assert holder_fields(DEED_TYPE, PERSON, FIRM) == []
    assert holder_fields(DEED_TYPE, *[PERSON] * 21) == ["holders"]
    assert holder_fields(DEED_TYPE, PERSON, PERSON) == ["holders[1].id_number"]
    assert holder_fields(IDENTITY_TYPE, FIRM) == ["holders[0].id_type"]
    organisations = replace(IDENTITY_TYPE, holder_category=HolderCategory.ORGANISATION)
    assert holder_fields(organisations, PERSON) == ["holders[0].id_type"]
    assert holder_fields(IDENTITY_TYPE, Holder("111", "1", "")) == ["holders[0].id_number", "holders[0].name"]
    assert holder_fields(IDENTITY_TYPE, Holder("000", "1", "x")) == ["holders[0].id_type"]


def test_masks_hide_what_they_do_not_know():
    assert masked_value("name", "张三丰") == "张**"
    assert masked_value("name", ("张三", "李四")) == ("张*", "李*")
    assert masked_value("unheard_of", "张三丰") == "****"
    assert masked_value("name", 42) == "****"
