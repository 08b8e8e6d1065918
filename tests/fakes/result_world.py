"""The licence rooms' city with matters that end with licences, a supervisor, and people who may decide and rate.

with open_result_world(tmp_path, keys=keys) as world:
    case = world.accepted(PERMIT_MATTER)
    world.decide(case, world.approval())
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from exchange.cases.lifecycle import accept_case
from exchange.cases.read import get_case
from exchange.codes import licence_type_code, matter_code, uscc
from exchange.entities.catalogue import DataType, Entity, Level, Party, Role
from exchange.entities.catalogue import HolderCategory as Category
from exchange.entities.delegation import CounterDelegation
from exchange.entities.licence import Holder
from exchange.entities.rating import RatingChannel
from exchange.licences.issue import NewLicence
from exchange.ratings.rate import NewRating, rate_case
from exchange.results.decide import Decided, Decision, ResultContent, decide_case
from signer.keys.files import FileKeyBackend
from storage.records.interface import Records
from tests.fakes.licence_world import CITY as PLAIN_CITY
from tests.fakes.licence_world import (
    LAND,
    MARKET,
    NATION,
    SERVICE_CENTRE,
    World,
    department,
    field,
    label,
    licence_type,
    line,
    matter,
    open_keys,
    operator,
)
from tests.fakes.rooms import open_hub

PROVINCE = uscc("11990000MB0000008")
OTHER_SUPERVISOR = uscc("11990000MB0000009")
PLATFORM = uscc("11990100MB0000006")

PERMIT = licence_type_code(NATION, 8)
CERTIFICATE = licence_type_code(NATION, 9)
PERMIT_MATTER = matter_code(MARKET, Level.CITY, "990108000000")
"""Its permit is issued with the decision."""
OWN_SYSTEM = matter_code(MARKET, Level.CITY, "990109000000")
"""Its certificate comes from the market department's own system, within five working days."""
COUPLE = matter_code(MARKET, Level.CITY, "990110000000")
"""Its certificate is the applicant's and the seller's together."""
USES_PERMIT = matter_code(LAND, Level.CITY, "990111000000")

NO_RESULT = matter_code(MARKET, Level.CITY, "990112000000")
"""It ends without a licence, and another department supervises it."""

DECIDER = "decider"

_CERTIFICATE = licence_type(CERTIFICATE, field("text", required=True), issuers=(MARKET,), co_holders=True)
_PERMIT = licence_type(
    PERMIT,
    field("shop", required=True),
    field("opened", DataType.DATE),
    issuers=(MARKET,),
    validity_days=1825,
)
_MARKET = replace(
    department(
        MARKET,
        Role.ISSUER,
        Role.REQUESTER,
        operators=(
            operator("clerk", Role.REQUESTER),
            operator("issuer", Role.ISSUER),
            operator(DECIDER, Role.ISSUER, Role.REQUESTER),
        ),
    ),
    delegations=(
        CounterDelegation(SERVICE_CENTRE, frozenset({PERMIT_MATTER, OWN_SYSTEM}), "2025-01-01", "2035-12-31"),
    ),
)
"""The service centre's counter may handle two of its matters."""
RESULT_CITY: tuple[Entity, ...] = (
    department(PROVINCE, Role.SUPERVISOR, operators=(operator("watch", Role.SUPERVISOR),)),
    department(OTHER_SUPERVISOR, Role.SUPERVISOR, operators=(operator("watch", Role.SUPERVISOR),)),
    department(PLATFORM, Role.REQUESTER, operators=(operator("desk", Role.REQUESTER),)),
    _MARKET,
    _CERTIFICATE,
    _PERMIT,
    matter(PERMIT_MATTER, result_type=PERMIT, supervising_department=PROVINCE),
    matter(OWN_SYSTEM, result_type=CERTIFICATE, result_due_days=5, supervising_department=PROVINCE),
    matter(
        COUPLE,
        result_type=CERTIFICATE,
        result_parties=("seller", "applicant"),
        parties=(
            Party("applicant", label("applicant"), Category.PERSON, required=True),
            Party("seller", label("seller"), Category.PERSON, required=True),
        ),
    ),
    matter(NO_RESULT, supervising_department=OTHER_SUPERVISOR),
    matter(USES_PERMIT, line("permit", PERMIT, "shop")),
)


class ResultWorld(World):
    """What is done with decisions, by people who may."""

    def accepted(self, *matters: str, applicant: Holder | None = None, **changes: Any) -> str:
        """The id of an accepted case of the market department."""
        case = self.open_case(applicant or self.person(), matters=matters, **changes)
        self.as_clerk(accept_case, self.case_room, case, self.etag(case))
        return case

    def etag(self, case: str) -> str:
        return str(self.as_clerk(get_case, self.case_room, case).etag)

    def permit(self, number: str = "P-1", **changes: Any) -> NewLicence:
        new = NewLicence(number, (), {"shop": "清河小馆"}, 0, 0, 0, "")
        return replace(new, **changes)

    def certificate(self, number: str = "C-1", **changes: Any) -> NewLicence:
        return self.permit(number, fields={"text": "准予"}, **changes)

    def approval(self, *licences: NewLicence, matter: str = "") -> Decision:
        return Decision(True, "准予", results=tuple(ResultContent(matter, each) for each in licences))

    def decide(
        self, case: str, decision: Decision, *, operator: str = DECIDER, etag: str = "", department: str = MARKET
    ) -> Decided:
        caller = self.hub.caller(department, operator)
        decided = self.hub.run(caller, decide_case, self.result_room, case, etag or self.etag(case), decision)
        assert isinstance(decided, Decided)
        return decided

    def approved_permit(self, number: str = "P-1") -> Decided:
        """A case decided with its permit."""
        return self.decide(self.accepted(PERMIT_MATTER), self.approval(self.permit(number)))

    def rate(
        self, case: str, ticket: str, level: int = 5, *, department: str = PLATFORM, who: str = "desk", **changes: Any
    ) -> Any:
        new = replace(NewRating(level, (), "", RatingChannel.ONLINE), **changes)
        return self.hub.run(self.hub.caller(department, who), rate_case, self.result_room.ratings, case, ticket, new)

    def watch(self, use_case: Any, *args: Any, department: str = PROVINCE) -> Any:
        """The answer of a supervisor's use case, committed."""
        return self.hub.run(self.hub.caller(department, "watch"), use_case, self.result_room.supervision, *args)

    def events(self) -> list[str]:
        """The types of all events so far, oldest first."""
        return [event.type for record in self.records() for event in record.events]

    def due(self) -> list[str]:
        """The keys of everything that is due some day."""
        return [record.key for record in self.hub.records.scan("due", limit=100)]


@contextmanager
def open_result_world(
    folder: Path, *, keys: FileKeyBackend | None = None, records: Records | None = None
) -> Iterator[ResultWorld]:
    """``keys`` and ``records`` as ``open_world`` takes them."""
    with open_hub(folder, records) as hub:
        plain = [entity for entity in PLAIN_CITY if getattr(entity, "uscc", "") != MARKET]
        hub.publish(*RESULT_CITY[:4], *plain, *RESULT_CITY[4:])
        yield ResultWorld(hub, keys or open_keys(folder / "keys"))
