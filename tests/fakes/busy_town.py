"""Mixed writes of many clerks at once, and what became of each as far as its clerk was told."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from onceonly.v1 import case_service_pb2, exchange_service_pb2, issuance_service_pb2

from exchange.client import CallError, HubClient, new_request_id
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.edge.pipeline import COMMITMENT_TRAILER, INDEX_TRAILER
from exchange.synthetic import Person
from tests.fakes.town import CLERK, LINE, MARKET, POLICE, Town


@dataclass(slots=True)
class Write:
    """One write: its request, and the answer once there was one (None: the clerk does not know).

    ``positions``: (log index, commitment) of each answer, as its trailers told.
    """

    method: str
    request: Any
    answer: Any = None
    positions: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass
class Clerk:
    """One person with a connection for each desk, who writes until told that it is enough."""

    town: Town
    seed: int
    issuing: HubClient
    counter: HubClient
    done: list[Write] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def method(self, name: str) -> Any:
        stub = {"Issue": self.issuing.issuance, "Suspe": self.issuing.issuance, "Fetch": self.counter.exchange}
        return getattr(stub.get(name[:5], self.counter.cases), name)

    def send(self, write: Write) -> Any:
        """Send (or send again) and note what became of it."""
        hub = self.issuing if write.method in {"IssueLicence", "SuspendLicence"} else self.counter
        try:
            write.answer, call = hub.call(self.method(write.method).with_call, write.request, timeout=20)
            trailers = {item.key: item.value for item in call.trailing_metadata()}
            write.positions.append((int(trailers[INDEX_TRAILER]), trailers[COMMITMENT_TRAILER]))
        except CallError as error:
            if error.code is not grpc.StatusCode.UNAVAILABLE:
                self.surprises.append(f"{write.method}: {error.code} {error}")
        return write.answer

    def write(self, method: str, request: Any) -> Any:
        write = Write(method, request)
        self.done.append(write)
        return self.send(write)

    def round(self) -> None:
        """A handful of writes of every kind about one person and company nobody else writes about."""
        with self.town.lock:
            company = self.town.organisation()
            numbers = [self.town.number("LOAD") for _ in range(3)]
        head = self.town.head(company)
        card = self.write("IssueLicence", self.card(head, numbers[0]))
        spare = self.write("IssueLicence", self.card(self.town.synthetic.person(head.number + 1), numbers[2]))
        case = self.town.new_case(company, numbers[1])
        opened = self.write("OpenCase", case_service_pb2.OpenCaseRequest(case=case, request_id=new_request_id()))
        if opened is not None and card is not None:
            name = opened.case.name
            for _ in range(2):
                self.write(
                    "FetchLicence",
                    exchange_service_pb2.FetchLicenceRequest(case=name, requirement=LINE, request_id=new_request_id()),
                )
        if opened is not None:
            accept = case_service_pb2.AcceptCaseRequest(name=opened.case.name, etag=opened.case.etag)
            accept.request_id = new_request_id()
            self.write("AcceptCase", accept)
        if spare is not None:
            suspend = issuance_service_pb2.SuspendLicenceRequest(name=spare.licence.name, etag=spare.licence.etag)
            suspend.request_id, suspend.reason, suspend.legal_reference = new_request_id(), "测试", "《示例条例》第一条"
            self.write("SuspendLicence", suspend)

    def card(self, person: Person, number: str) -> issuance_service_pb2.IssueLicenceRequest:
        licence_type = self.town.city.licence_type("identity-card")
        request = issuance_service_pb2.IssueLicenceRequest(
            parent=f"licenceTypes/{licence_type.code}", request_id=new_request_id()
        )
        request.licence.number = number
        request.licence.holders.append(holder_message(self.town.synthetic.holder(person)))
        put_field_values(
            request.licence.fields, self.town.synthetic.licence_fields(licence_type, person, "清河市公安局")
        )
        return request


def at_once(people: list[Clerk], act: Callable[[Clerk], None]) -> None:
    """Let each clerk act on a connection of their own, all at the same time. Raises what one of them raises."""
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(act, people))


def busy(town: Town, writes: int, clerks: int, disturb: Callable[[Callable[[int], None]], None]) -> list[Clerk]:
    """Let clerks write about ``writes`` times in all, and for as long as ``disturb`` does its worst.

    It is given a way to wait for a number of writes.
    """
    over = threading.Event()
    people = [
        Clerk(town, n, town.city.client(POLICE, "issuer-1"), town.city.client(MARKET, CLERK)) for n in range(clerks)
    ]

    def count() -> int:
        return sum(len(person.done) for person in people)

    def wait_for(number: int) -> None:
        end = time.monotonic() + 120
        while count() < min(number, writes) and time.monotonic() < end:
            time.sleep(0.01)

    def work(person: Clerk) -> None:
        pause = random.Random(person.seed)
        while count() < writes or not over.is_set():
            person.round()
            time.sleep(pause.uniform(0, 0.01))

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        disturb(wait_for)
    finally:
        over.set()
    for thread in threads:
        thread.join()
    return people
