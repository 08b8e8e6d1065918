"""Synthetic organisations: valid unified social credit codes under unassigned regions, clearly invented names."""

from dataclasses import dataclass
from datetime import date, timedelta

from exchange.codes import uscc
from exchange.synthetic.draws import TODAY, Draws, spread
from exchange.synthetic.places import CITY_NAME, DISTRICTS, street_address

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BODIES = 31**6
_WORDS = ("样本", "示例", "虚拟", "测试", "演示", "模拟")
_SECOND_WORDS = ("青石", "云杉", "海棠", "白鹭", "流泉", "晨星", "竹影", "远山")
_TRADES = (
    ("餐饮管理", "餐饮服务；食品销售"),
    ("货运", "道路货物运输（不含危险货物）；仓储服务"),
    ("建筑工程", "房屋建筑工程施工；市政工程施工"),
    ("诊所", "全科医疗服务；中医科"),
    ("酒店", "住宿服务；会议服务"),
    ("超市", "食品销售；日用百货零售"),
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A company; its legal representative is the husband of the household with its number."""

    number: int
    uscc: str
    name: str
    region: str
    address: str
    trade: str
    scope: str
    founded: date
    capital: str


def organisation_number(body: str) -> str:
    """The nine characters of GB 11714 from the first eight: weights 3 7 9 10 5 8 4 2, modulo 11."""
    total = sum(weight * int(character, 36) for weight, character in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    return body + "0123456789X0"[11 - total % 11]


def make_organisation(seed: int, number: int) -> Organisation:
    """Organisation ``number`` (0 to 887 million) of the seed."""
    if not 0 <= number < _BODIES:
        raise ValueError(f"organisations are numbered from 0 to {_BODIES - 1}")
    draws = Draws(seed, "organisation", number)
    region = draws.choice("district", tuple(DISTRICTS))
    trade, scope = draws.choice("trade", _TRADES)
    words = draws.choice("word", _WORDS) + draws.choice("second", _SECOND_WORDS)
    return Organisation(
        number=number,
        uscc=uscc("91" + region + organisation_number("MA" + _base31(spread(number, seed, "organisation", _BODIES)))),
        name=f"{CITY_NAME}{words}{trade}有限公司（合成{number}号）",
        region=region,
        address=street_address(draws, region),
        trade=trade,
        scope=scope,
        founded=TODAY - timedelta(days=400 + draws.number("age", 5_000)),
        capital=f"{10 * (1 + draws.number('capital', 500))}.00",
    )


def _base31(value: int) -> str:
    characters = []
    for _ in range(6):
        value, digit = divmod(value, 31)
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
