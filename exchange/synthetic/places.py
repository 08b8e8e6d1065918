"""The invented city: its districts under region codes that GB/T 2260 does not assign, and its streets."""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.synthetic.draws import Draws

PROVINCE_NAME = "示例省"
CITY_NAME = "清河市"
DISTRICTS: Mapping[str, str] = MappingProxyType(
    {
        "990101": "东岭区",
        "990102": "西渡区",
        "990103": "南塘区",
        "990104": "北桥区",
        "990105": "云川区",
        "990106": "石泉区",
        "990107": "临湖区",
        "990108": "青山县",
        "990109": "白水县",
        "990110": "长滩县",
    }
)
_STREETS = ("样本路", "示例街", "虚拟大道", "合成巷", "模拟路", "演示街")


def street_address(draws: Draws, region: str) -> str:
    """An address in the district ``region``."""
    street = draws.choice("street", _STREETS)
    return f"{PROVINCE_NAME}{CITY_NAME}{DISTRICTS[region]}{street}{1 + draws.number('house', 999)}号"


def home_address(draws: Draws, region: str) -> str:
    """The address of a flat in the district ``region``."""
    building, floor, door = draws.number("building", 30), draws.number("floor", 30), draws.number("door", 4)
    return f"{street_address(draws, region)}{1 + building}幢{1 + floor}{1 + door:02d}室"
