"""What a kept demonstration leaves for trying things by hand: a licence to issue, a case to open, and the commands.

The story goes on: the couple that bought the house sells it to somebody new.
"""

from pathlib import Path
from typing import Final

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from onceonly.v1 import case_service_pb2, licence_pb2

from exchange.demo.acts.anywhere import EVIDENCE, PAPER, TRUST
from exchange.demo.cast import choose
from exchange.demo.city import City
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.synthetic.catalogue_codes import type_code

EXAMPLES: Final = "examples"
_NEWCOMER: Final = 80_000


def write_examples(folder: Path) -> None:
    """Write ``examples/licence.json`` and ``examples/case.json`` into the city's folder."""
    city, cast = City.reopen(folder), choose()
    newcomer = cast.synthetic.person(_NEWCOMER)
    licence_type = city.licence_type("identity-card")
    issuer = city.department("city-police").name.zh
    licence = licence_pb2.Licence(number="QH-NEXT-1", holders=[holder_message(cast.holder(newcomer))])
    put_field_values(licence.fields, cast.synthetic.licence_fields(licence_type, newcomer, issuer))
    parties = {"seller": cast.buyers.husband, "buyer": newcomer}
    case = case_service_pb2.Case(
        number="QH-NEXT-1",
        matters=[city.matter("house-contract").code],
        parties=[
            case_service_pb2.CaseParty(role=role, holder=holder_message(cast.holder(person)))
            for role, person in parties.items()
        ],
        channel="counter",
    )
    (folder / EXAMPLES).mkdir(exist_ok=True)
    for name, message in (("licence.json", licence), ("case.json", case)):
        (folder / EXAMPLES / name).write_text(_json(message), "utf-8")


def commands(folder: Path) -> tuple[str, ...]:
    """Commands to try next, for a shell, in this order."""

    def profile(department: str) -> str:
        return f"--profile {folder}/departments/{department}/profile.toml"

    housing = f"{profile('city-housing')} --operator clerk-1"
    return (
        f"onceonly doctor --config {folder}/onceonly.toml",
        f"onceonly serve --config {folder}/onceonly.toml &",
        f"onceonly issue {type_code('identity-card')} {folder}/{EXAMPLES}/licence.json {profile('city-police')}",
        f"CASE=$(onceonly case open {folder}/{EXAMPLES}/case.json {housing} | cut -d' ' -f1)",
        f"onceonly case check $CASE {housing}",
        f"onceonly fetch $CASE --out {folder}/extracts {housing}",
        f"onceonly verify {folder}/extracts/title.sd-jwt --receipt {folder}/extracts/title.receipt {housing}",
        f"onceonly verify {folder}/{PAPER}/permit.png --trust {folder}/{TRUST}",
        f"onceonly verify {folder}/{EVIDENCE} --trust {folder}/{TRUST}",
        f"onceonly audit list --mandate mandates/audit-programme --limit 5 {profile('city-audit')}",
        f"onceonly audit verify {folder}/log",
    )


def _json(message: Message) -> str:
    return MessageToJson(message, preserving_proto_field_name=True, ensure_ascii=False, indent=2) + "\n"
