"""The sample city under test: a real hub, its people's connections, and synthetic licences and cases as many as wanted.

Every operator who is used for refusals is one of their own, since ten refusals lock a person out of fetching.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from onceonly.v1 import audit_service_pb2, case_service_pb2, licence_pb2

from exchange.client import CallError, HubClient, new_request_id
from exchange.demo import desks
from exchange.demo.city import City
from exchange.synthetic import Organisation, Person, Synthetic

MARKET, POLICE, AUDIT, DATA = "city-market", "city-police", "city-audit", "city-data"
CLERK, OTHER_CLERK = "clerk-1", "clerk-2"
LINE = "legal_representative_identity"
"""A line of the food matter that the statute allows without consent, on an identity card."""
MANDATE = "mandates/audit-programme"
PATIENCE = 60.0


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until ``holds`` returns something true, and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE} s for: {what}")


class Town:
    """A city whose hub runs, and what tests do in it."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.synthetic = Synthetic(2027)
        self.lock = threading.Lock()
        self.cards: dict[int, licence_pb2.Licence] = {}
        self._numbers = itertools.count(1)
        self._people = itertools.count(100)
        self._clients: dict[tuple[str, str], HubClient] = {}

    def hub(self, department: str = MARKET, operator: str = CLERK) -> HubClient:
        """A connection that stays open for the session."""
        key = department, operator
        if key not in self._clients:
            self._clients[key] = self.city.client(department, operator)
        return self._clients[key]

    def machine(self, department: str = MARKET) -> HubClient:
        """A department's system without a person; close it."""
        profile = self.city.profile(department)
        return replace(profile, identity=replace(profile.identity, operator="")).connect()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def number(self, prefix: str) -> str:
        """A number that no other licence or case has."""
        return f"{prefix}-{next(self._numbers)}"

    def organisation(self) -> Organisation:
        """A company that no case was opened for yet; its head has no identity card yet."""
        return self.synthetic.organisation(next(self._people))

    def head(self, organisation: Organisation) -> Person:
        return self.synthetic.legal_representative(organisation)

    def issue_card(self, person: Person) -> licence_pb2.Licence:
        """An identity card, issued by the police."""
        licence_type = self.city.licence_type("identity-card")
        issued = desks.issue(
            self.hub(POLICE, "issuer-1"), self.synthetic, licence_type, person, "清河市公安局", self.number("ID")
        )
        self.cards[person.number] = issued.licence
        return issued.licence

    def new_case(self, organisation: Organisation, number: str = "") -> case_service_pb2.Case:
        """The message that opens a food case for a company and its head."""
        holders = {"applicant": organisation, "legal_representative": self.head(organisation)}
        case = case_service_pb2.Case(
            number=number or self.number("FOOD"), matters=[self.city.matter("food-new").code], channel="counter"
        )
        for role, of in holders.items():
            holder = self.synthetic.holder(of)
            party = case.parties.add(role=role).holder
            party.id_type, party.id_number, party.name = holder.id_type, holder.id_number, holder.name
        return case

    def open_case(self, organisation: Organisation, hub: HubClient | None = None) -> str:
        """The name of a food case of the market department."""
        hub = hub or self.hub()
        request = case_service_pb2.OpenCaseRequest(case=self.new_case(organisation), request_id=new_request_id())
        return str(hub.call(hub.cases.OpenCase, request).case.name)

    def ready_case(self, hub: HubClient | None = None) -> tuple[str, licence_pb2.Licence]:
        """A case and the identity card that it needs."""
        organisation = self.organisation()
        card = self.issue_card(self.head(organisation))
        return self.open_case(organisation, hub), card

    def entries(self, **filters: Any) -> list[Any]:
        """The newest records of the log, once everything that was answered until now is indexed."""
        auditor = self.hub(AUDIT, "auditor-1")
        request = audit_service_pb2.ListAccessRecordsRequest(
            filter=audit_service_pb2.AccessFilter(mandate=MANDATE, **filters), page_size=200
        )
        marker = auditor.call(auditor.audit.ListAccessRecords, request).indexed_through

        def indexed() -> Any:
            page = auditor.call(auditor.audit.ListAccessRecords, request)
            return page if page.indexed_through > marker else None

        return list(until(indexed, "the index to come up to date").records)

    def health(self) -> int:
        """The health that the hub tells a client now; 0 while it cannot be asked."""
        identity = self.city.profile(MARKET).identity
        credentials = grpc.ssl_channel_credentials(identity.authority, identity.key, identity.certificate)
        with grpc.secure_channel(self.city.config.listen.address, credentials) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            try:
                status: int = stub.Check(health_pb2.HealthCheckRequest(), timeout=5).status
            except grpc.RpcError:
                return 0
        return status

    def wait_serving(self) -> None:
        """Until the hub says that it serves, several times running: each worker may answer."""
        until(lambda: {self.health() for _ in range(6)} == {health_pb2.HealthCheckResponse.SERVING}, "health SERVING")


def refused(call: Callable[..., Any], *args: Any, **options: Any) -> CallError:
    """The error of a call that must be refused."""
    with pytest.raises(CallError) as caught:
        call(*args, **options)
    return caught.value


def bad_fields(error: CallError) -> Iterator[str]:
    """The paths of the fields that an error names."""
    assert error.reason == "FIELD_INVALID", error
    return (path for path, _ in error.violations)


def reasons(call: Callable[..., Any], *args: Any, **options: Any) -> Sequence[str]:
    """All reasons of a call that must be refused."""
    return refused(call, *args, **options).reasons


@contextmanager
def events_of(town: Town, department: str = MARKET, operator: str = "clerk-1") -> Iterator[HubClient]:
    """A department's connection to the port of events."""
    address = town.city.config.events.address
    assert address is not None
    profile = replace(town.city.profile(department, operator), address=address)
    with profile.connect() as hub:
        yield hub
