"""What the acts share: the city, the cast, the telling, and what earlier acts have brought about."""

from dataclasses import dataclass, field

from onceonly.v1 import exchange_service_pb2, licence_pb2, reason_pb2

from exchange.client import HubClient
from exchange.demo import desks
from exchange.demo.cast import Cast
from exchange.demo.city import City
from exchange.demo.telling import REFUSED, Telling, Told
from exchange.reasons import Reason
from exchange.synthetic import Organisation, Person


@dataclass(slots=True)
class Stage:
    """The state of the story; connections are opened once for each person and closed by ``close``."""

    city: City
    cast: Cast
    telling: Telling
    licences: dict[str, licence_pb2.Licence] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    extract: exchange_service_pb2.Extract | None = None
    extracts: dict[str, exchange_service_pb2.Extract] = field(default_factory=dict)
    """The last extract of each requirement."""
    last_index: int = 0
    _clients: dict[tuple[str, str, str], HubClient] = field(default_factory=dict)

    def desk(self, department: str, operator: str, system: str = "") -> HubClient:
        """The connection of a department's operator."""
        key = department, operator, system
        if key not in self._clients:
            self._clients[key] = self.city.client(department, operator, system=system)
        return self._clients[key]

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def issue(self, name: str, department: str, type_key: str, of: Person | Organisation, case: str = "") -> Told:
        """Issue a licence and remember it as ``name``; ``case``: the case to which it is owed."""
        licence_type = self.city.licence_type(type_key)
        answer = desks.issue(
            self.desk(department, "issuer-1"),
            self.cast.synthetic,
            licence_type,
            of,
            self.city.department(department).name.zh,
            f"QH-{type_key}-{of.number}",
            case,
        )
        self.licences[name] = answer.licence
        self.telling.counts["licences issued"] += 1
        return Told("issued", answer.licence.identifier, {"licence": answer.licence.name})

    def fetch_all(self, department: str, operator: str, case: str, *, lines: int) -> Told:
        """Fetch everything that a case needs; ``released n of lines``, and the first extract is kept."""
        answer = desks.fetch_all(self.desk(department, operator), self.cases[case])
        extracts = [result.extract for result in answer.results if result.HasField("extract")]
        self.note(answer.log_position.index)
        self.telling.counts["extracts released"] += len(extracts)
        self.extracts |= {extract.requirement: extract for extract in extracts}
        if self.extract is None and extracts:
            self.extract = extracts[0]
        refusals = [
            f"{result.requirement}: {', '.join(reason_names(result.refusal))}"
            for result in answer.results
            if result.HasField("refusal")
        ]
        names = "、".join(extract.requirement for extract in extracts)
        actual = f"released {len(extracts)} of {lines}"
        return Told(
            actual, "; ".join(refusals) or names, {"requirements": [each.requirement for each in answer.results]}
        )

    def fetch_refused(self, hub: HubClient, case: str, requirement: str, fields: tuple[str, ...] = ()) -> Told:
        """Ask for what must be refused; an answer is told as what it is."""
        self.telling.counts["refusals"] += 1
        answer = desks.fetch(hub, case, requirement, fields)
        return Told("released", f"{answer.extract.licence} was released")

    def state(self, licence: licence_pb2.Licence) -> str:
        """A licence's state without the enum's prefix."""
        return licence_pb2.LicenceState.Name(licence.state).removeprefix("LICENCE_STATE_")

    def note(self, index: int) -> None:
        """Remember how far the log has come."""
        self.last_index = max(self.last_index, index)


def refused(*reasons: Reason) -> str:
    """What a step is told as when the hub refuses for these reasons."""
    return f"{REFUSED} {','.join(reasons)}"


def reason_names(refusal: exchange_service_pb2.Refusal) -> list[str]:
    """The reasons of a refused line, without the enum's prefix."""
    return [reason_pb2.Reason.Name(reason).removeprefix("REASON_") for reason in refusal.reasons]
