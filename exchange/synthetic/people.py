"""Synthetic people, four to a household: husband, wife, their child, and the husband's father or mother.

Names are made of syllables that say "sample" (示例样模拟测试虚). Citizen identity numbers carry a valid check
character and a region beginning with 99, which GB/T 2260 does not assign, so none of them can be anybody's.

Ages are set so that families hold together: parents are at least 20 years older than their children, couples marry at
22 or later and before the child is born, the elder is near retirement. No two people of a
seed share a number.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from exchange.codes import citizen_id
from exchange.synthetic.draws import TODAY, Draws, spread
from exchange.synthetic.places import DISTRICTS, home_address

MAX_HOUSEHOLDS = 10_000_000
MALE, FEMALE = "男", "女"

_SURNAMES = ("示", "例", "样", "模", "拟", "测", "试", "虚")
_SYLLABLES = tuple("小明文安宁书远清和立云初一本思平木石竹松柏溪泉星辰朗朔晓青白玄素知言行舟帆渡")
_RARE_SYLLABLES = ("𠮷", "㛃", "𬱖", "䶮")  # extensions A, B and E: what name fields must survive
_TRANSCRIBED = ("阿示·拟例", "古样·测试木", "托模·虚安别克")  # transcribed names carry a middle dot
_REGIONS = tuple(DISTRICTS)
_ORDINALS = 499  # sequence numbers per day, region and sex: 1, 3 … 997 are male, 2, 4 … 998 female


class Place(IntEnum):
    """A person's place in the household: the remainder of their number by four."""

    HUSBAND = 0
    WIFE = 1
    CHILD = 2
    ELDER = 3


_BIRTHS = {
    Place.HUSBAND: (date(1986, 1, 1), 4_018),
    Place.WIFE: (date(1986, 1, 1), 4_018),
    Place.CHILD: (date(2020, 7, 1), 2_191),
    Place.ELDER: (date(1960, 1, 1), 2_192),
}
"""First possible birth date and number of days, by place."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person; ``household`` is the household's number and ``place`` the person's place in it."""

    number: int
    household: int
    place: Place
    name: str
    sex: str
    birth_date: date
    citizen_id: str
    ethnicity: str
    region: str


@dataclass(frozen=True, slots=True)
class Household:
    """A household, its flat, and the couple's dates; ``divorce_date`` is None unless they have divorced."""

    number: int
    husband: Person
    wife: Person
    child: Person
    elder: Person
    region: str
    address: str
    unit_number: str
    building_area: str
    marriage_date: date
    divorce_date: date | None


def make_person(seed: int, number: int) -> Person:
    """Person ``number`` of the seed. Raises ValueError for a number outside 0 to forty million."""
    household, remainder = divmod(number, 4)
    if not 0 <= household < MAX_HOUSEHOLDS:
        raise ValueError(f"people are numbered from 0 to {4 * MAX_HOUSEHOLDS - 1}")
    place = Place(remainder)
    draws = Draws(seed, "person", number)
    sex = _sex(draws, place)
    first_day, days = _BIRTHS[place]
    # One index below the number of (day, ordinal, region) triples: a permutation, so that no two people share a number.
    ordinals, day = divmod(spread(household, seed, place.name, days * _ORDINALS * len(_REGIONS)), days)
    region_number, ordinal = divmod(ordinals, _ORDINALS)
    born = first_day + timedelta(days=day)
    sequence = 2 * ordinal + (1 if sex == MALE else 2)
    region = _REGIONS[region_number]
    return Person(
        number=number,
        household=household,
        place=place,
        name=_name(seed, household, place, sex, draws),
        sex=sex,
        birth_date=born,
        citizen_id=citizen_id(region, born, sequence),
        ethnicity=draws.choice("ethnicity", ("汉", "汉", "汉", "回", "满", "壮")),
        region=region,
    )


def make_household(seed: int, number: int) -> Household:
    """Household ``number`` of the seed; one in ten couples has divorced."""
    husband, wife, child, elder = (make_person(seed, 4 * number + place) for place in Place)
    draws = Draws(seed, "household", number)
    region = child.region
    grown = max(husband.birth_date, wife.birth_date).replace(day=1)
    married = grown.replace(year=grown.year + 22) + timedelta(days=draws.number("married", 180))
    divorced = TODAY - timedelta(days=1 + draws.number("divorced", 120)) if number % 10 == 9 else None
    return Household(
        number=number,
        husband=husband,
        wife=wife,
        child=child,
        elder=elder,
        region=region,
        address=home_address(draws, region),
        unit_number=f"{region}{draws.digits('parcel', 6)}GB{draws.digits('land', 5)}F{number:08d}",
        building_area=f"{40 + draws.number('area', 140)}.{draws.digits('centiares', 2)}",
        marriage_date=married,
        divorce_date=divorced,
    )


def _sex(draws: Draws, place: Place) -> str:
    if place is Place.HUSBAND:
        return MALE
    if place is Place.WIFE:
        return FEMALE
    return draws.choice("sex", (MALE, FEMALE))


def _name(seed: int, household: int, place: Place, sex: str, draws: Draws) -> str:
    """Families share the husband's surname; his mother and his wife have their own."""
    own_surname = place is Place.WIFE or (place is Place.ELDER and sex == FEMALE)
    if own_surname and draws.number("transcribed", 40) == 0:
        return draws.choice("whole", _TRANSCRIBED)
    surname = (draws if own_surname else Draws(seed, "family", household)).choice("surname", _SURNAMES)
    syllables = _RARE_SYLLABLES if draws.number("rare", 40) == 0 else _SYLLABLES
    second = draws.choice("second", _SYLLABLES) if draws.number("two", 3) else ""
    return surname + draws.choice("first", syllables) + second
