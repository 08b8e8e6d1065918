"""A publisher of status lists over a test's stores, with clocks that the test sets, and a verifier of what it puts."""

from collections.abc import Mapping

from exchange.publishing.status_lists import STATUS_LISTS_KEY, StatusListTask, StatusTerms, object_name
from signer.algorithms import PublicKey
from signer.keys.backend import KeyBackend
from signer.status_list import StatusList, open_status_list
from storage.objects.interface import Objects
from storage.records.interface import Records
from tests.fakes.rooms import START, Clock

HUB = "https://hub.qinghe.example"
TERMS = StatusTerms(ttl=300, life=24 * 3_600, resign=3_600, late=180)


class Publisher:
    """One machine's task; several over the same stores are several machines."""

    def __init__(
        self, records: Records, objects: Objects, keys: KeyBackend, clock: Clock, terms: StatusTerms = TERMS
    ) -> None:
        if not any(known.key_id == STATUS_LISTS_KEY for known in keys.list()):
            keys.generate(STATUS_LISTS_KEY, "ES256")
        self.objects = objects
        self.keys = keys
        self.clock = clock
        self.paused = 0.0
        self.task = StatusListTask(
            records,
            objects,
            HUB,
            terms,
            lambda: keys.signer(STATUS_LISTS_KEY),
            self.public_keys,
            lambda: clock.us / 1e6,
            lambda: clock.us / 1e6 - START + self.paused,
        )

    def public_keys(self) -> Mapping[str, PublicKey]:
        """Every version of the key by ``kid``."""
        return {
            info.kid: info.public
            for info in self.keys.versions(STATUS_LISTS_KEY)
            if info.kid is not None and info.public is not None
        }

    def run(self) -> None:
        """One run, two seconds later."""
        self.clock.advance(2)
        self.task.run_once()

    def opened(self, name: str) -> StatusList:
        """The published list of a name, as a verifier opens it now."""
        token = self.objects.get(object_name(name))
        return open_status_list(token, self.public_keys(), uri=f"{HUB}/status/{name}", at=self.clock.seconds)
