"""A real hub of a synthetic city, prepared for load: licences issued, cases opened, requests built.

The hub is the one of the demonstration: supervisor, pinned workers, recorder and integrator as ``onceonly serve``
starts them, called over mutual TLS by four departments, since one alone may not take all of a worker. What differs from
the sample city: operators may do more in an hour, there are more of them, more departments are counters of the market
regulator, and a line of a case may be read a thousand times.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from onceonly.v1 import (
    case_service_pb2,
    exchange_service_pb2,
    issuance_service_pb2,
    licence_pb2,
    verification_service_pb2,
)
from onceonly.v1.values_pb2 import Holder as HolderMessage

from bench.generator import PLACEHOLDER
from bench.load import Caller, Job, Metadata, Target
from exchange.client import HubClient, new_request_id
from exchange.demo.city import City
from exchange.demo.machine import Options
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.entities.catalogue import Department, Matter, Operator, Role, Status
from exchange.entities.delegation import CounterDelegation
from exchange.synthetic import Organisation, Synthetic

BUSINESS_LICENCE: Final = "business-licence"
LINE: Final = "business_licence"
IDENTITY_LINE: Final = "legal_representative_identity"
SEED: Final = 20_261
_CLERKS: Final = 4
"""Of each desk, besides those of the sample."""
MARKET: Final = "city-market"
DESKS: Final = (MARKET, "city-service", "city-housing", "city-tax")
"""Who calls: the market regulator, and counters that it lets handle its cases."""
_POLICE: Final = "city-police"
_MATTER: Final = "food-new"
ISSUERS: Final = ("issuer-1", "issuer-2")
_DELEGATED: Final = ("2025-01-01", "2035-12-31")
_USES: Final = 1_000
_THREADS: Final = 8
LIMITS: Final = {"fetches_per_hour": 100_000, "trawl_extra": 10_000, "refusals": 10_000, "cases_per_day": 1_000_000}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A running city and what its callers will ask: names of ``cases``, each with its own applicant, and extracts."""

    city: City
    target: Target
    cases: tuple[str, ...]
    extracts: tuple[str, ...]

    def fetch(self) -> Job:
        """One line of one case: business licence, seven fields."""
        requests = [
            exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=PLACEHOLDER.decode())
            for case in self.cases
        ]
        return self.job("ExchangeService/FetchLicence", [each.SerializeToString() for each in requests])

    def fetch_evidence(self) -> Job:
        """Two lines of one case: business licence and identity card."""
        lines = (LINE, IDENTITY_LINE)
        requests = [
            exchange_service_pb2.FetchEvidenceRequest(case=case, requirements=lines, request_id=PLACEHOLDER.decode())
            for case in self.cases
        ]
        return self.job("ExchangeService/FetchEvidence", [each.SerializeToString() for each in requests])

    def verify(self, *, omit_receipt: bool = True) -> Job:
        """An extract with its disclosures, as another department was handed it."""
        requests = [
            verification_service_pb2.VerifyCredentialRequest(credential=extract, omit_receipt=omit_receipt)
            for extract in self.extracts
        ]
        return self.job("VerificationService/VerifyCredential", [each.SerializeToString() for each in requests])

    def issue(self) -> Job:
        """A business licence to one of many organisations, numbered by the request's id."""
        synthetic = Synthetic(SEED)
        organisations = [synthetic.organisation(10_000 + number) for number in range(500)]
        requests = [issue_request(self.city, synthetic, each, PLACEHOLDER.decode()) for each in organisations]
        for each in requests:
            each.request_id = PLACEHOLDER.decode()
        bodies = [each.SerializeToString() for each in requests]
        return Job("/onceonly.v1.IssuanceService/IssueLicence", bodies, (caller_of(self.city, MARKET, ISSUERS),))

    def open_case(self) -> Job:
        """A case of the same matter, numbered by the request's id."""
        synthetic = Synthetic(SEED)
        requests = [
            open_request(self.city, synthetic, synthetic.organisation(number), PLACEHOLDER.decode())
            for number in range(300)
        ]
        for each in requests:
            each.request_id = PLACEHOLDER.decode()
        return self.job("CaseService/OpenCase", [each.SerializeToString() for each in requests])

    def job(self, method: str, bodies: list[bytes]) -> Job:
        """The requests, asked by the clerks of every desk; their tokens live for five minutes."""
        clerks = tuple(clerk(number) for number in range(_CLERKS))
        return Job(f"/onceonly.v1.{method}", bodies, tuple(caller_of(self.city, desk, clerks) for desk in DESKS))


@contextmanager
def running_hub(folder: Path, workers: int, cases: int, stores: Options | None = None) -> Iterator[Prepared]:
    """Found the city, start its hub, issue the licences that ``cases`` cases need, open them and fetch each once.

    ``stores``: sections of the configuration that name its stores; none: it is embedded.
    """
    with found_city(folder, workers, stores) as city:
        city.start()
        names = prepare(city, range(cases))
        extracts = tuple(_extracts(city, names))
        yield Prepared(city, target_of(city), names, extracts)


def found_city(folder: Path, workers: int, stores: Options | None = None) -> City:
    """A city with more clerks and uses than the sample's; not started."""
    options = {"metrics": {"address": ""}, "audit": {"checkpoint_interval_seconds": 1.0}, **(stores or {})}
    city = City.found(folder, workers=workers, limits=LIMITS, options=options)
    matter = city.matter(_MATTER).code
    city.catalogue = replace(
        city.catalogue,
        departments=tuple(_with_desk(city, each) for each in city.catalogue.departments),
        matters=tuple(_often(each) if each.code == matter else each for each in city.catalogue.matters),
    )
    return city


def clerk(number: int) -> str:
    """The id of a clerk who does nothing but fetch."""
    return f"bench-clerk-{number}"


def target_of(city: City) -> Target:
    """The hub's port and its processes."""
    profile = city.profile(MARKET)
    pids = city.pids()
    return Target(
        address=profile.address,
        authority=profile.identity.authority,
        workers=tuple(pid for name, pid in pids.items() if name.startswith("worker")),
        recorder=pids["recorder"],
        integrator=pids["integrator"],
    )


def caller_of(city: City, department: str, operators: tuple[str, ...]) -> Caller:
    """A department's system with a fresh token for each operator."""
    identity = city.profile(department).identity
    return Caller(identity.certificate, identity.key, tuple(_token(city, department, each) for each in operators))


def _token(city: City, department: str, operator: str) -> Metadata:
    with city.client(department, operator) as client:
        return (("authorization", f"Bearer {client.token()}"),)


def prepare(city: City, numbers: range) -> tuple[str, ...]:
    """Issue both licences of each organisation and its head, and open a case for it; returns the cases' names."""
    synthetic = Synthetic(SEED)
    with ExitStack() as held:
        market = held.enter_context(city.client(MARKET, ISSUERS[0]))
        police = held.enter_context(city.client(_POLICE, ISSUERS[0]))
        desk = held.enter_context(city.client(MARKET, clerk(0)))

        def one(number: int) -> str:
            organisation = synthetic.organisation(number)
            request_id = new_request_id()
            market.call(market.issuance.IssueLicence, issue_request(city, synthetic, organisation, request_id))
            police.call(police.issuance.IssueLicence, _identity_request(city, synthetic, organisation))
            return open_one(city, desk, synthetic, organisation)

        pool = held.enter_context(ThreadPoolExecutor(_THREADS))
        return tuple(pool.map(one, numbers))


def open_one(city: City, desk: HubClient, synthetic: Synthetic, organisation: Organisation) -> str:
    """Open the organisation's case; returns its name."""
    answer = desk.call(desk.cases.OpenCase, open_request(city, synthetic, organisation, new_request_id()))
    return str(answer.case.name)


def issue_request(
    city: City, synthetic: Synthetic, organisation: Organisation, number: str
) -> issuance_service_pb2.IssueLicenceRequest:
    """The business licence of an organisation."""
    licence_type = city.licence_type(BUSINESS_LICENCE)
    licence = licence_pb2.Licence(number=number, holders=[_holder(synthetic, organisation)])
    put_field_values(licence.fields, synthetic.licence_fields(licence_type, organisation))
    return issuance_service_pb2.IssueLicenceRequest(
        parent=f"licenceTypes/{licence_type.code}", licence=licence, request_id=new_request_id()
    )


def open_request(
    city: City, synthetic: Synthetic, organisation: Organisation, number: str
) -> case_service_pb2.OpenCaseRequest:
    """A new food business, applied for by the organisation at the market regulator's own desk."""
    head = synthetic.legal_representative(organisation)
    case = case_service_pb2.Case(
        number=number,
        matters=[city.matter(_MATTER).code],
        channel="counter",
        situations=["catering"],
        parties=[
            case_service_pb2.CaseParty(role="applicant", holder=_holder(synthetic, organisation)),
            case_service_pb2.CaseParty(role="legal_representative", holder=holder_message(synthetic.holder(head))),
        ],
    )
    return case_service_pb2.OpenCaseRequest(case=case, request_id=new_request_id())


def _identity_request(
    city: City, synthetic: Synthetic, organisation: Organisation
) -> issuance_service_pb2.IssueLicenceRequest:
    """The identity card of the organisation's head."""
    licence_type = city.licence_type("identity-card")
    head = synthetic.legal_representative(organisation)
    holder = holder_message(synthetic.holder(head))
    licence = licence_pb2.Licence(number=f"{organisation.number:012d}", holders=[holder])
    put_field_values(licence.fields, synthetic.licence_fields(licence_type, head))
    return issuance_service_pb2.IssueLicenceRequest(
        parent=f"licenceTypes/{licence_type.code}", licence=licence, request_id=new_request_id()
    )


def _extracts(city: City, cases: tuple[str, ...]) -> Iterator[str]:
    with city.client(MARKET, clerk(0)) as desk:
        for case in cases:
            request = exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
            yield desk.call(desk.exchange.FetchLicence, request).extract.presentation


def _holder(synthetic: Synthetic, organisation: Organisation) -> HolderMessage:
    return holder_message(synthetic.holder(organisation))


def _with_desk(city: City, department: Department) -> Department:
    """A department as the benchmark needs it: desks have more clerks, and the regulator has more counters."""
    if department.uscc not in {city.department(desk).uscc for desk in DESKS}:
        return department
    more = tuple(Operator(clerk(number), frozenset({Role.REQUESTER}), 2, Status.ACTIVE) for number in range(_CLERKS))
    delegations = department.delegations
    if department.uscc == city.department(MARKET).uscc:
        matters = frozenset({city.matter(_MATTER).code})
        delegations = tuple(
            CounterDelegation(city.department(desk).uscc, matters, *_DELEGATED) for desk in DESKS if desk != MARKET
        )
    return replace(department, operators=(*department.operators, *more), delegations=delegations)


def _often(matter: Matter) -> Matter:
    return replace(matter, evidence=tuple(replace(line, max_uses=_USES) for line in matter.evidence))
