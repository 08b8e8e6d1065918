"""What a bundle's evidence costs: eight licences of three matters in one call, over one licence of one case.

``bundle_over_one_cold``, ``bundle_over_one_warm``  the time of FetchEvidence for an application over that of
FetchLicence, one call at a time

Rules:
1. Each application has an applicant and licences of its own, and is fetched for twice; the first time reads and proves
   every credential from the store (cold), the second has them in memory (warm). The ratio is of the same kind each.
2. The single line is one of the same application's, of another applicant than the bundle's of that round, so that
   neither warms the other.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from onceonly.v1 import application_service_pb2, exchange_service_pb2

from bench.results import Results
from bench.stage import Stage
from exchange.client import HubClient, new_request_id
from exchange.demo import desks
from exchange.demo.city import City
from exchange.entities.catalogue import LicenceType
from exchange.synthetic import Organisation, Person, Synthetic
from exchange.synthetic.catalogue_codes import DEPARTMENTS, department_code

_BUNDLE: Final = "retirement"
_SITUATIONS: Final = ("retirement",)
_COUNTER: Final = "city-service"
_CLERK: Final = "bench-clerk-0"
_LINE: Final = "applicant_identity"
_CONSENTED: Final = ("bank_card", "household")
_LICENCES: Final = 8


def measure(results: Results, stage: Stage) -> None:
    """Fetch for applications and for single lines by turns."""
    count = 3 if results.smoke else 40
    city = stage.hub().city
    with ExitStack() as held:
        counter = held.enter_context(city.client(_COUNTER, _CLERK))
        names = [_application(city, counter, number) for number in range(2 * count)]
        seen: dict[str, list[float]] = {"bundle": [], "one": []}
        for (bundle, _), (_, case) in zip(names[:count], names[count:], strict=True):
            for _ in range(2):
                seen["bundle"].append(_taken(lambda name=bundle: _fetch(counter, name)))
                seen["one"].append(_taken(lambda name=case: desks.fetch(counter, name, _LINE)))
    for state, first in (("cold", 0), ("warm", 1)):
        bundle, one = (statistics.median(seen[form][first::2]) for form in ("bundle", "one"))
        what = f"three matters, {_LICENCES} licences, one call at a time, {state}"
        results.figure(f"bundle_{state}_ms", 1e3 * bundle, "ms", what)
        results.figure(f"bundle_one_{state}_ms", 1e3 * one, "ms", f"one line of one case, {state}")
        results.ratio(f"bundle_over_one_{state}", bundle / one, "≤ 3")


def _taken(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _fetch(counter: HubClient, application: str) -> None:
    request = exchange_service_pb2.FetchEvidenceRequest(application=application, request_id=new_request_id())
    answer = counter.call(counter.exchange.FetchEvidence, request)
    licences = {each.extract.licence for each in answer.results if each.HasField("extract")}
    if len(licences) != _LICENCES:
        raise RuntimeError(f"{len(licences)} licences were released for a bundle of {_LICENCES}")


def _application(city: City, counter: HubClient, number: int) -> tuple[str, str]:
    """Issue all licences of an applicant and its employer, open the application; its name and its first case's."""
    synthetic = Synthetic(8_000_000 + number)
    employer = synthetic.organisation(0)
    applicant = synthetic.legal_representative(employer)
    for licence_type, of in _held(city, applicant, employer):
        _issue(city, synthetic, licence_type, of, f"B{number}-{licence_type.code[-6:]}")
    asked = application_service_pb2.Application(
        number=f"BUNDLE-{number}", bundle=f"bundles/{_BUNDLE}", situations=_SITUATIONS, channel="counter"
    )
    for role, of in (("applicant", applicant), ("employer", employer)):
        asked.parties.add(role=role, holder=desks.holder_message(synthetic.holder(of)))
    request = application_service_pb2.OpenApplicationRequest(application=asked, request_id=new_request_id())
    opened = counter.call(counter.applications.OpenApplication, request).application
    consent = application_service_pb2.RecordApplicationConsentRequest(
        application=opened.name, request_id=new_request_id()
    )
    given = consent.consent
    given.party, given.max_uses, given.statement_digest = "applicant", 10, "ab" * 32
    given.requirements.extend(_CONSENTED)
    given.valid_until_time.seconds = int(time.time()) + 86_400
    counter.call(counter.applications.RecordApplicationConsent, consent)
    return str(opened.name), str(opened.cases[0].name)


def _held(city: City, applicant: Person, employer: Organisation) -> Sequence[tuple[LicenceType, Person | Organisation]]:
    """Each licence type that the bundle's lines ask for, and who holds it."""
    bundle = next(each for each in city.catalogue.bundles if each.code == _BUNDLE)
    guides = [next(each for each in city.catalogue.matters if each.code == code) for code in bundle.matters]
    asked = {
        line.licence_type: line.party
        for guide in guides
        for line in guide.evidence
        if not line.situations or not line.situations.isdisjoint(_SITUATIONS)
    }
    types = {each.code: each for each in city.catalogue.licence_types}
    return [(types[code], employer if party == "employer" else applicant) for code, party in asked.items()]


def _issue(city: City, synthetic: Synthetic, licence_type: LicenceType, of: Person | Organisation, number: str) -> None:
    """Issue it by one of the departments of the city that may."""
    names = {department_code(key): key for key in DEPARTMENTS}
    department = min(uscc for uscc in licence_type.issuers if names.get(uscc, "").startswith("city-"))
    with city.client(names[department], "issuer-1") as hub:
        issuer = city.department(names[department]).name.zh
        desks.issue(hub, synthetic, licence_type, of, issuer, number)
