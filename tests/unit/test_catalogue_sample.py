"""The shipped catalogue: what it holds, that its codes are the generator's, and that its guides can be served."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from exchange.catalogue.schema import Catalogue, load_folder
from exchange.catalogue.validation import validate
from exchange.codes import iso_date
from exchange.entities.catalogue import Basis, CaseAssurance, FieldClass, Level, Necessity, Role, Sharing
from exchange.synthetic.catalogue_codes import LICENCE_TYPES, MATTERS, all_codes, department_code, implementation_code

FOLDER = Path(__file__).parents[2] / "catalogue"


@cache
def sample() -> Catalogue:
    return load_folder(FOLDER)


def test_it_validates():
    assert validate(sample().entities()) == ()


def test_its_codes_are_those_of_the_generator():
    codes = all_codes()
    assert {department.uscc for department in sample().departments} == set(codes["departments"].values())
    assert {each.code for each in sample().licence_types} == set(codes["licenceTypes"].values())
    assert {matter.code for matter in sample().matters} == set(codes["matters"].values())


def test_codes_once_given_stay():
    assert department_code("city-market") == "11990100MB0000019L"
    assert department_code("city-hospital") == "12990100MB00001588"
    assert implementation_code("house-transfer") == "11990100MB000006XP3990601000000"


def test_departments():
    departments = sample().departments
    assert len(departments) >= 12
    assert {department.level for department in departments} >= {
        Level.NATIONAL,
        Level.PROVINCE,
        Level.CITY,
        Level.COUNTY,
    }
    names = " ".join(department.name.zh for department in departments)
    for word in [
        "市场监督",
        "公安",
        "民政",
        "卫生健康",
        "人力资源和社会保障",
        "自然资源",
        "住房",
        "税务",
        "交通运输",
        "政务服务中心",
        "审计局",
        "数据局",
        "医疗保障",
    ]:
        assert word in names
    for department in departments:
        assert department.region[:2] in {"98", "99"}  # unassigned in GB/T 2260
        assert len(department.operators) >= 2
        assert all(operator.roles for operator in department.operators)
        assert not department.certificates
        assert not department.token_keys
    managers = [o for d in departments if d.name.zh == "清河市数据局" for o in d.operators]
    assert len([operator for operator in managers if Role.CATALOGUE_MANAGER in operator.roles]) >= 2


def test_the_service_centre_may_handle_every_matter_of_the_city():
    centre = department_code("city-service")
    delegated = {
        code
        for department in sample().departments
        for delegation in department.delegations
        if delegation.counter == centre and iso_date(delegation.valid_until) > date(2030, 1, 1)
        for code in delegation.matters
    }
    assert delegated == {matter.code for matter in sample().matters}


@pytest.mark.parametrize(
    "name",
    [
        "营业执照",
        "居民身份证",
        "居民户口簿",
        "结婚证",
        "离婚证",
        "出生医学证明",
        "不动产权证书",
        "社会保障卡",
        "机动车驾驶证",
        "机动车行驶证",
        "食品经营许可证",
        "从业人员健康证明",
        "医疗机构执业许可证",
        "建筑业企业资质证书",
        "道路运输经营许可证",
        "无犯罪记录证明",
        "税收完税证明",
    ],
)
def test_licence_types(name):
    (licence_type,) = [each for each in sample().licence_types if each.name.zh == name]
    assert len(licence_type.fields) >= 7
    assert licence_type.validity_text.zh
    personal = [field for field in licence_type.fields if field.name in {"citizen_id", "name"}]
    if licence_type.holder_category == "person":
        assert all(field.field_class >= FieldClass.PERSONAL and field.mask for field in personal)


def test_numbers_of_people_are_personal_and_masked_everywhere():
    for licence_type in sample().licence_types:
        for field in licence_type.fields:
            if field.name.endswith(("_id", "_ids")) or field.name == "citizen_id":
                assert field.field_class >= FieldClass.PERSONAL
                assert field.mask == "citizen_id"


@pytest.mark.parametrize(
    "name",
    [
        "食品经营许可新办",
        "食品经营许可变更",
        "存量房（二手房）转移登记",
        "新生儿出生登记（落户）",
        "生育登记",
        "企业职工正常退休申请",
        "企业变更登记",
        "道路货物运输经营许可新办",
        "基本医疗保险参保登记",
        "住房公积金提取",
        "机动车转移登记",
        "公共场所卫生许可新办",
        "建筑业企业资质延续",
    ],
)
def test_matters_have_complete_guides(name):
    (matter,) = [each for each in sample().matters if each.name.zh == name]
    assert matter.legal_bases
    assert all("《" in basis for basis in matter.legal_bases)
    assert matter.conditions
    assert len(matter.steps) >= 4
    assert len(matter.evidence) >= 3
    assert 0 < matter.promised_days <= matter.statutory_days
    assert {"counter", "online"} <= matter.channels
    assert {party.id for party in matter.parties} >= {line.party for line in matter.evidence}
    assert any(line.prefills for line in matter.evidence)


def test_the_guides_use_every_necessity_basis_and_floor():
    lines = [line for matter in sample().matters for line in matter.evidence]
    assert {line.necessity for line in lines} == set(Necessity)
    assert {line.bases for line in lines} == {
        frozenset({Basis.DUTY}),
        frozenset({Basis.CONSENT}),
        frozenset({Basis.DUTY, Basis.CONSENT}),
    }
    assert {line.min_assurance for line in lines} == set(CaseAssurance)


def test_every_licence_type_is_of_use():
    asked = {line.licence_type for matter in sample().matters for line in matter.evidence}
    made = {matter.result_type for matter in sample().matters}
    assert {each.code for each in sample().licence_types} <= asked | made
    assert len(LICENCE_TYPES) >= 15
    assert len(MATTERS) >= 13


def test_bundles():
    assert {bundle.name.zh for bundle in sample().bundles} == {
        "出生一件事",
        "企业职工退休一件事",
        "二手房过户一件事",
    }
    assert all(len(bundle.matters) >= 3 for bundle in sample().bundles)


def test_conditional_types_are_covered_by_an_agreement_for_every_line_that_asks_for_them():
    conditional = {each.code for each in sample().licence_types if each.sharing is Sharing.CONDITIONAL}
    assert conditional
    for matter in sample().matters:
        for line in matter.evidence:
            if line.licence_type in conditional:
                assert any(
                    line.licence_type in agreement.licence_types
                    and matter.code in agreement.matters
                    and agreement.requester == matter.implementer
                    and line.fields <= agreement.fields
                    for agreement in sample().agreements
                )


def test_the_audit_mandate_is_the_audit_offices():
    (mandate,) = sample().mandates
    assert mandate.auditor == department_code("city-audit")
    assert iso_date(mandate.valid_until) > date(2030, 1, 1)
