"""The city of ``licence_world`` with a bundle of three matters of two departments, and whoever takes applications.

with open_bundle_world(tmp_path) as town:
    application = town.open(town.world.person())
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from exchange.cases.application_store import ApplicationStore
from exchange.cases.applications import ApplicationRoom, FoundApplication
from exchange.cases.open_application import NewApplication, open_application
from exchange.codes import matter_code
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import Basis, Bundle, Department, Level, Matter
from exchange.entities.delegation import CounterDelegation
from exchange.entities.licence import Holder
from exchange.licences.bundle_fetch import fetch_bundle
from exchange.licences.exchange_room import FetchedBundle
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import (
    CITY,
    DEED,
    IDENTITY,
    LAND,
    MARKET,
    SERVICE_CENTRE,
    World,
    label,
    line,
    matter,
    open_world,
)

SHOP = matter_code(MARKET, Level.CITY, "990201000000")
TITLE = matter_code(LAND, Level.CITY, "990202000000")
SURVEY = matter_code(LAND, Level.CITY, "990203000000")
MATTERS = (SHOP, TITLE, SURVEY)
BUNDLE = Bundle("shop", label("Opening a shop"), MARKET, MATTERS)
BY_CONSENT = frozenset({Basis.CONSENT})

NAMES = (("name", "owner"), ("born", "born"))
GUIDES: tuple[Matter, ...] = (
    matter(
        SHOP,
        line("identity", IDENTITY, "name", "born", prefills=NAMES),
        line("deed", DEED, "unit_number", "address", bases=BY_CONSENT),
    ),
    matter(
        TITLE,
        line("holder_card", IDENTITY, "name", "born", prefills=NAMES),
        line("deed", DEED, "unit_number", "address", bases=BY_CONSENT),
    ),
    matter(SURVEY, line("identity", IDENTITY, "name"), line("seller", IDENTITY, "name", party="seller")),
)


def delegating(department: Department, *matters: str, counter: str = SERVICE_CENTRE) -> Department:
    """The department with its matters delegated to a counter."""
    delegation = CounterDelegation(counter, frozenset(matters), "2025-01-01", "2035-01-01")
    return replace(department, delegations=(delegation,))


def department_of(uscc: str) -> Department:
    """A department of the city as it was founded."""
    return next(each for each in CITY if isinstance(each, Department) and each.uscc == uscc)


class BundleTown:
    """A world whose service centre is a counter for every matter of the bundle."""

    def __init__(self, world: World) -> None:
        self.world = world
        hub = world.hub
        store = ApplicationStore(hub.records, hub.vault, hub.blind)
        self.room = ApplicationRoom(world.case_room, store)
        hub.caches.extend([store.applications, store.numbers])
        hub.publish(
            delegating(department_of(MARKET), SHOP), delegating(department_of(LAND), TITLE, SURVEY), *GUIDES, BUNDLE
        )
        self._numbers = count(1)

    def new(self, applicant: Holder, **changes: Any) -> NewApplication:
        plain = NewApplication(
            number=f"A-{next(self._numbers)}",
            bundle=BUNDLE.code,
            parties=(CaseParty("applicant", applicant),),
            representations=(),
            situations=frozenset(),
            channel="counter",
        )
        return replace(plain, **changes)

    def as_counter(self, use_case: Any, *args: Any, **options: Any) -> Any:
        """The answer of a use case to the service centre's clerk, committed."""
        return self.world.hub.run(self.world.hub.caller(SERVICE_CENTRE, "clerk"), use_case, *args, **options)

    def as_land(self, use_case: Any, *args: Any, **options: Any) -> Any:
        return self.world.hub.run(self.world.hub.caller(LAND, "issuer"), use_case, *args, **options)

    def open(self, applicant: Holder, **changes: Any) -> FoundApplication:
        found = self.as_counter(open_application, self.room, self.new(applicant, **changes))
        assert isinstance(found, FoundApplication)
        return found

    def fetch(self, application: FoundApplication, *requirements: str) -> FetchedBundle:
        fetched = self.as_counter(
            fetch_bundle, self.world.exchange_room, self.room, application.application.id, requirements
        )
        assert isinstance(fetched, FetchedBundle)
        return fetched


@contextmanager
def open_bundle_world(folder: Path, keys: FileKeyBackend | None = None) -> Iterator[BundleTown]:
    """The town on an SQLite file in ``folder``."""
    with open_world(folder, keys=keys) as world:
        yield BundleTown(world)
