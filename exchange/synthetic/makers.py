"""Values by the names of fields: what a field means is the same in every licence type of the sample catalogue.

The name and number are the holder's, a marriage certificate has both spouses, a filed contract and the tax paid on it
are for the next household's flat, a title is for the holder's own.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from exchange.entities.licence import FieldValue
from exchange.synthetic.draws import TODAY
from exchange.synthetic.people import Household, Person, Place
from exchange.synthetic.places import CITY_NAME, PROVINCE_NAME
from exchange.synthetic.subject import Subject

Value = FieldValue | None
"""None: nothing to say, so an optional field is left out and a required one is filled by its data type."""

_VIN_ALPHABET = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"  # ISO 3779: no I, O, Q
_QUALIFICATIONS = ("建筑工程施工总承包二级", "市政公用工程施工总承包二级", "钢结构工程专业承包一级")


def _birthday(person: Person, years: int) -> date:
    return person.birth_date.replace(day=1).replace(year=person.birth_date.year + years)


def _past(day: date) -> str:
    """The day, or the day before today when it has not come yet."""
    return min(day, TODAY - timedelta(days=1)).isoformat()


def _ago(subject: Subject, name: str, days: int) -> str:
    return (TODAY - timedelta(days=1 + subject.draws.number(name, days))).isoformat()


def _money(subject: Subject, name: str, least: int, spread: int) -> str:
    return f"{least + subject.draws.number(name, spread)}.{subject.draws.digits(name + '/cents', 2)}"


def _age_at_birth(parent: Person, child: Person) -> int:
    before = (child.birth_date.month, child.birth_date.day) < (parent.birth_date.month, parent.birth_date.day)
    return child.birth_date.year - parent.birth_date.year - before


def _relation(subject: Subject) -> str:
    person = subject.person
    male = person.sex == "男"
    relations = {
        Place.HUSBAND: "户主",
        Place.WIFE: "配偶",
        Place.CHILD: "子" if male else "女",
        Place.ELDER: "父亲" if male else "母亲",
    }
    return relations[person.place]


def _marital_status(subject: Subject) -> str:
    if subject.person.place is Place.CHILD:
        return "未婚"
    divorced = subject.household.divorce_date is not None and subject.person.place is not Place.ELDER
    return "离婚" if divorced else "有配偶"


def _vin(subject: Subject) -> str:
    return "SYN" + "".join(subject.belongings.choice(f"vin/{position}", _VIN_ALPHABET) for position in range(14))


def _vehicle_day(subject: Subject, after: int) -> str:
    """Made, registered and given its papers within weeks, in this order."""
    return (TODAY - timedelta(days=100 + subject.belongings.number("vehicle", 3_000) - after)).isoformat()


def _names(people: tuple[Person, ...]) -> tuple[str, ...]:
    return tuple(person.name for person in people)


def _ids(people: tuple[Person, ...]) -> tuple[str, ...]:
    return tuple(person.citizen_id for person in people)


def _owner_names(subject: Subject) -> Value:
    return _names(subject.couple) if _owned_by_both(subject) else (subject.name,)


def _owner_ids(subject: Subject) -> Value:
    return _ids(subject.couple) if _owned_by_both(subject) else (subject.id_number,)


def _owned_by_both(subject: Subject) -> bool:
    return not subject.is_organisation and subject.person.place in {Place.HUSBAND, Place.WIFE}


def _sold(subject: Subject) -> bool:
    """Whether the licence speaks of the flat being bought and not of the household's own."""
    return not any(field.name == "owner_names" for field in subject.licence_type.fields)


def _flat(subject: Subject) -> Household:
    return subject.next_household if _sold(subject) else subject.household


def _work_category(subject: Subject) -> str:
    return "公共场所" if subject.organisation.trade == "酒店" else "食品"


def _is_birth(subject: Subject) -> bool:
    return any(field.name == "newborn_name" for field in subject.licence_type.fields)


def _issued(subject: Subject) -> str:
    """When the paper was issued: a birth's and a vehicle's follow the event."""
    if _is_birth(subject):
        return _past(subject.household.child.birth_date + timedelta(days=3))
    if any(field.name == "vin" for field in subject.licence_type.fields):
        return _vehicle_day(subject, 45)
    return _ago(subject, "issue", 300)


def _registered(subject: Subject) -> str:
    """The day a marriage or divorce was registered; of any other register, some day of the last two years."""
    names = {field.name for field in subject.licence_type.fields}
    if "divorce_manner" in names and subject.household.divorce_date is not None:
        return subject.household.divorce_date.isoformat()
    if "wife_birth_date" in names:
        return subject.household.marriage_date.isoformat()
    if "child_order" in names:
        return (subject.household.child.birth_date - timedelta(days=120)).isoformat()
    return _ago(subject, "registration", 700)


_WHO: Mapping[str, Callable[[Subject], Value]] = {
    "name": lambda s: s.name,
    "operator_name": lambda s: s.name,
    "unit_name": lambda s: s.name,
    "enterprise_name": lambda s: s.name,
    "institution_name": lambda s: s.name,
    "owner_name": lambda s: s.name,
    "taxpayer_name": lambda s: s.name,
    "citizen_id": lambda s: s.person.citizen_id,
    "licence_number": lambda s: s.person.citizen_id,
    "owner_id": lambda s: s.id_number,
    "taxpayer_number": lambda s: s.id_number,
    "unified_code": lambda s: s.organisation.uscc,
    "legal_representative": lambda s: s.person.name,
    "legal_representative_id": lambda s: s.person.citizen_id,
    "principal": lambda s: s.person.name,
    "employer": lambda s: s.organisation.name,
    "sex": lambda s: s.person.sex,
    "ethnicity": lambda s: s.person.ethnicity,
    "nationality": lambda _: "示例国",
    "birth_date": lambda s: (s.household.child if _is_birth(s) else s.person).birth_date.isoformat(),
    "address": lambda s: s.address,
    "business_place": lambda s: s.address,
    "birth_place": lambda _: PROVINCE_NAME + CITY_NAME,
    "native_place": lambda _: PROVINCE_NAME + CITY_NAME,
    "former_name": lambda _: None,
    "remarks": lambda _: None,
}

_FAMILY: Mapping[str, Callable[[Subject], Value]] = {
    "head_name": lambda s: s.household.husband.name,
    "household_number": lambda s: f"{s.household.region}{s.household.number:08d}",
    "relation_to_head": _relation,
    "marital_status": _marital_status,
    "member_names": lambda s: _names((*s.couple, s.household.child, s.household.elder)),
    "husband_name": lambda s: s.household.husband.name,
    "husband_id": lambda s: s.household.husband.citizen_id,
    "husband_birth_date": lambda s: s.household.husband.birth_date.isoformat(),
    "husband_nationality": lambda _: "示例国",
    "wife_name": lambda s: s.household.wife.name,
    "wife_id": lambda s: s.household.wife.citizen_id,
    "wife_birth_date": lambda s: s.household.wife.birth_date.isoformat(),
    "wife_nationality": lambda _: "示例国",
    "newborn_name": lambda s: s.household.child.name,
    "newborn_sex": lambda s: s.household.child.sex,
    "birth_time": lambda s: f"{s.draws.number('hour', 24):02d}:{s.draws.number('minute', 60):02d}",
    "gestational_weeks": lambda s: 37 + s.draws.number("weeks", 5),
    "birth_weight": lambda s: 2_500 + s.draws.number("weight", 1_500),
    "birth_length": lambda s: 46 + s.draws.number("length", 8),
    "mother_name": lambda s: s.household.wife.name,
    "mother_id": lambda s: s.household.wife.citizen_id,
    "mother_age": lambda s: _age_at_birth(s.household.wife, s.household.child),
    "mother_address": lambda s: s.household.address,
    "father_name": lambda s: s.household.husband.name,
    "father_id": lambda s: s.household.husband.citizen_id,
    "father_age": lambda s: _age_at_birth(s.household.husband, s.household.child),
    "child_order": lambda _: 1,
    "expected_date": lambda s: s.household.child.birth_date.isoformat(),
    "hospital": lambda _: f"{CITY_NAME}第一人民医院",
}

_PROPERTY: Mapping[str, Callable[[Subject], Value]] = {
    "owner_names": _owner_names,
    "owner_ids": _owner_ids,
    "co_ownership": lambda s: "共同共有" if _owned_by_both(s) else "单独所有",
    "location": lambda s: _flat(s).address,
    "unit_number": lambda s: _flat(s).unit_number,
    "building_area": lambda s: _flat(s).building_area,
    "right_type": lambda _: "国有建设用地使用权及房屋所有权",
    "right_nature": lambda _: "市场化商品房",
    "land_area": lambda _: None,
    "land_term_end": lambda _: "2080-12-31",
    "seller_names": lambda s: _names((s.next_household.husband, s.next_household.wife)),
    "seller_ids": lambda s: _ids((s.next_household.husband, s.next_household.wife)),
    "buyer_names": _owner_names,
    "buyer_ids": _owner_ids,
    "total_price": lambda s: _money(s, "price", 600_000, 4_000_000),
    "tax_items": lambda _: ("契税",),
    "tax_amount": lambda s: _money(s, "tax", 6_000, 90_000),
    "plate_number": lambda s: "例A" + s.belongings.digits("plate", 5),
    "vin": _vin,
    "engine_number": lambda s: "E" + s.belongings.digits("engine", 8),
    "brand_model": lambda s: f"示例牌YL{s.belongings.digits('model', 4)}",
    "use_nature": lambda s: "货运" if s.is_organisation else "非营运",
    "vehicle_type": lambda s: "中型厢式货车" if s.is_organisation else "小型轿车",
    "manufacture_date": lambda s: _vehicle_day(s, 0),
    "register_date": lambda s: _vehicle_day(s, 40),
    "transfers": lambda _: 0,
    "seats": lambda s: 3 if s.is_organisation else 5,
    "total_mass": lambda s: 8_000 if s.is_organisation else 1_850,
    "inspection_until": lambda s: (TODAY + timedelta(days=180 + s.draws.number("inspection", 180))).isoformat(),
}

_WORK: Mapping[str, Callable[[Subject], Value]] = {
    "registered_capital": lambda s: s.organisation.capital,
    "establishment_date": lambda s: s.organisation.founded.isoformat(),
    "business_term_start": lambda s: s.organisation.founded.isoformat(),
    "business_term_end": lambda _: None,
    "business_scope": lambda s: s.organisation.scope,
    "business_form": lambda s: "食品销售经营者" if s.organisation.trade == "超市" else "餐饮服务经营者",
    "business_items": lambda _: ("热食类食品制售", "冷食类食品制售"),
    "complaint_phone": lambda _: "12345",
    "economic_nature": lambda _: "有限责任公司",
    "qualification_items": lambda s: (s.draws.choice("qualification", _QUALIFICATIONS),),
    "permit_scope": lambda _: "建筑施工",
    "permit_items": lambda _: ("住宿",),
    "transport_scope": lambda _: ("道路普通货物运输",),
    "medical_subjects": lambda _: ("全科医疗科", "中医科"),
    "institution_type": lambda _: "诊所",
    "business_nature": lambda _: "营利性",
    "ownership_form": lambda _: "私人",
    "work_category": _work_category,
    "vehicle_class": lambda s: s.belongings.choice("class", ("C1", "C2", "B2")),
    "first_issue_date": lambda s: _past(_birthday(s.person, 18) + timedelta(days=s.belongings.number("first", 700))),
    "penalty_points": lambda s: s.draws.number("points", 9),
    "issue_region": lambda s: s.household.region,
    "insured_region": lambda s: s.household.region,
    "insured_from": lambda s: _past(_birthday(s.person, 20)),
    "first_contribution_date": lambda s: _past(_birthday(s.person, 20)),
    "last_contribution_date": lambda _: "2026-06-01",
    "contribution_months": lambda s: max(0, (2026 - s.person.birth_date.year - 20) * 12 - s.draws.number("gap", 24)),
    "paid_months": lambda s: max(0, (2026 - s.person.birth_date.year - 20) * 12 - s.draws.number("unpaid", 24)),
    "deemed_months": lambda _: 0,
    "contribution_index": lambda s: f"{s.draws.number('index', 2)}.{1 + s.draws.number('thousandths', 999):03d}",
    "account_balance": lambda s: _money(s, "balance", 1_000, 200_000),
    "monthly_pension": lambda s: _money(s, "pension", 2_500, 4_000),
    "monthly_base": lambda s: _money(s, "base", 4_000, 20_000),
    "monthly_amount": lambda s: _money(s, "monthly", 500, 4_000),
    "work_start_date": lambda s: _past(_birthday(s.person, 20)),
    "retirement_date": lambda s: _past(_birthday(s.person, 60)),
    "opened_date": lambda s: _past(_birthday(s.person, 22)),
    "card_number": lambda s: "9" + s.draws.digits("card", 8),
    "bank_name": lambda _: f"{CITY_NAME}示例银行",
    "bank_account": lambda s: "990000" + s.draws.digits("bank", 13),
    "fund_account": lambda s: "99" + s.draws.digits("fund", 10),
    "intended_use": lambda _: "出租汽车驾驶员从业资格申请",
    "query_from": lambda s: _past(_birthday(s.person, 14)),
    "query_until": lambda s: _ago(s, "query", 30),
    "issue_date": _issued,
    "operating_area": lambda s: _money(s, "operating", 50, 900),
    "bed_count": lambda s: s.draws.number("beds", 20),
    "examination_date": lambda s: _ago(s, "examination", 300),
    "validity_period": lambda _: "2020.07.01-2040.07.01",
    "registration_date": _registered,
}

MAKERS: Mapping[str, Callable[[Subject], Value]] = MappingProxyType({**_WHO, **_FAMILY, **_PROPERTY, **_WORK})
"""Makers by field name, one table for all licence types."""
