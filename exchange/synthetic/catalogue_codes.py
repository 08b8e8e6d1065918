"""The codes of the sample catalogue's departments, licence types and matters, made and not looked up.

``python -m exchange.synthetic.catalogue_codes`` prints them. They are stable: a test compares the shipped files with
this table, and an entry is only ever added.

Regions are synthetic: GB/T 2260 assigns no code beginning with 98 or 99. Here 980000 is the nation 示例国, 990000 its
province 示例省, 990100 the city 清河市, 990101 the city's district 东岭区 and 990200 the neighbouring city 临江市.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType

from exchange.codes import licence_type_code, matter_code, uscc
from exchange.entities.catalogue import Level
from exchange.synthetic.organisations import organisation_number

NATION, PROVINCE, CITY, DISTRICT, NEIGHBOUR = "980000", "990000", "990100", "990101", "990200"
LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        NATION: Level.NATIONAL,
        PROVINCE: Level.PROVINCE,
        CITY: Level.CITY,
        DISTRICT: Level.COUNTY,
        NEIGHBOUR: Level.CITY,
    }
)

# Registered by the office for public institutions: 11 is a state organ, 12 a public institution (GB 32100, 4.2).
DEPARTMENTS: Mapping[str, tuple[str, str, int]] = MappingProxyType(
    {
        "nation-market": ("11", NATION, 1),
        "nation-police": ("11", NATION, 2),
        "nation-civil": ("11", NATION, 3),
        "nation-health": ("11", NATION, 4),
        "nation-labour": ("11", NATION, 5),
        "nation-land": ("11", NATION, 6),
        "nation-housing": ("11", NATION, 7),
        "nation-tax": ("11", NATION, 8),
        "nation-transport": ("11", NATION, 9),
        "nation-insurance": ("11", NATION, 10),
        "province-market": ("11", PROVINCE, 1),
        "province-housing": ("11", PROVINCE, 2),
        "province-transport": ("11", PROVINCE, 3),
        "city-market": ("11", CITY, 1),
        "city-police": ("11", CITY, 2),
        "city-civil": ("11", CITY, 3),
        "city-health": ("11", CITY, 4),
        "city-labour": ("11", CITY, 5),
        "city-land": ("11", CITY, 6),
        "city-housing": ("11", CITY, 7),
        "city-tax": ("11", CITY, 8),
        "city-transport": ("11", CITY, 9),
        "city-insurance": ("11", CITY, 10),
        "city-audit": ("11", CITY, 11),
        "city-data": ("11", CITY, 12),
        "city-service": ("12", CITY, 13),
        "city-fund": ("12", CITY, 14),
        "city-hospital": ("12", CITY, 15),
        "city-channel": ("12", CITY, 16),
        "district-market": ("11", DISTRICT, 1),
        "neighbour-service": ("12", NEIGHBOUR, 1),
    }
)

LICENCE_TYPES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "business-licence": ("nation-market", 1),
        "food-permit": ("nation-market", 2),
        "identity-card": ("nation-police", 1),
        "household-register": ("nation-police", 2),
        "driving-licence": ("nation-police", 3),
        "vehicle-licence": ("nation-police", 4),
        "vehicle-registration": ("nation-police", 5),
        "no-criminal-record": ("nation-police", 6),
        "marriage": ("nation-civil", 1),
        "divorce": ("nation-civil", 2),
        "birth-proof": ("nation-health", 1),
        "health-proof": ("nation-health", 2),
        "clinic-permit": ("nation-health", 3),
        "public-place-permit": ("nation-health", 4),
        "childbirth-registration": ("nation-health", 5),
        "social-card": ("nation-labour", 1),
        "pension-record": ("nation-labour", 2),
        "retirement": ("nation-labour", 3),
        "real-estate": ("nation-land", 1),
        "construction-qualification": ("nation-housing", 1),
        "safety-permit": ("nation-housing", 2),
        "sale-contract": ("nation-housing", 3),
        "fund-record": ("nation-housing", 4),
        "tax-paid": ("nation-tax", 1),
        "transport-permit": ("nation-transport", 1),
        "transport-worker": ("nation-transport", 2),
        "insurance-record": ("nation-insurance", 1),
    }
)

# Basic codes: 99 (synthetic), the implementer's serial, the matter's serial there, six zeros.
MATTERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "food-new": ("city-market", "990101000000"),
        "food-change": ("city-market", "990102000000"),
        "company-change": ("city-market", "990103000000"),
        "birth-household": ("city-police", "990201000000"),
        "vehicle-transfer": ("city-police", "990202000000"),
        "no-criminal-record": ("city-police", "990203000000"),
        "birth-proof": ("city-health", "990401000000"),
        "childbirth-registration": ("city-health", "990402000000"),
        "public-place-new": ("city-health", "990403000000"),
        "clinic-change": ("city-health", "990404000000"),
        "retirement": ("city-labour", "990501000000"),
        "social-card": ("city-labour", "990502000000"),
        "house-transfer": ("city-land", "990601000000"),
        "house-contract": ("city-housing", "990701000000"),
        "house-tax": ("city-tax", "990801000000"),
        "freight-new": ("city-transport", "990901000000"),
        "taxi-driver": ("city-transport", "990902000000"),
        "insurance-enrol": ("city-insurance", "991001000000"),
        "insurance-retire": ("city-insurance", "991002000000"),
        "fund-withdraw": ("city-fund", "991401000000"),
        "construction-renew": ("province-housing", "991501000000"),
    }
)


def department_code(key: str) -> str:
    """The USCC of the sample department ``key``: category, region, ``MB`` and six digits with their check, check."""
    category, region, serial = DEPARTMENTS[key]
    return uscc(category + region + organisation_number(f"MB{serial:06d}"))


def type_code(key: str) -> str:
    """The 21-character code of the sample licence type ``key``."""
    authority, number = LICENCE_TYPES[key]
    return licence_type_code(department_code(authority), number)


def implementation_code(key: str) -> str:
    """The 31-character code of the sample matter ``key``."""
    department, basic_code = MATTERS[key]
    return matter_code(department_code(department), LEVELS[DEPARTMENTS[department][1]], basic_code)


def all_codes() -> dict[str, dict[str, str]]:
    """Every code of the sample catalogue, by collection and key."""
    return {
        "departments": {key: department_code(key) for key in DEPARTMENTS},
        "licenceTypes": {key: type_code(key) for key in LICENCE_TYPES},
        "matters": {key: implementation_code(key) for key in MATTERS},
    }


def main() -> None:
    """Prints ``all_codes`` as tab-separated lines."""
    for collection, codes in all_codes().items():
        for key, code in codes.items():
            sys.stdout.write(f"{collection}\t{key}\t{code}\n")


if __name__ == "__main__":
    main()
