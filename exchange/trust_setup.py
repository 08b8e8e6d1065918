"""Opens what the trust list is made from, and publishes it, for commands and for a city that is founded."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from exchange.catalogue.store import CatalogueStore
from exchange.config import Config
from exchange.installation import open_keys
from exchange.stores import open_objects, open_records
from exchange.trust.building import Sources, Vouchers
from exchange.trust.publishing import prospect, publish
from signer.trust_list import TrustList


def vouchers(config: Config) -> Vouchers:
    """Who vouches for the log, as configured."""
    del config  # nobody can be configured yet
    return Vouchers()


@contextmanager
def open_sources(config: Config) -> Iterator[Sources]:
    """The catalogue, objects and keys of the hub, whether it runs or not. Raises ``ConfigError``, ``StorageError``."""
    with closing(open_objects(config)) as objects, closing(open_records(config, read_only=True)) as records:
        yield Sources(config.hub.name, CatalogueStore(records), objects, open_keys(config), vouchers(config))


def publish_trust(config: Config, now: int) -> TrustList:
    """Publish what is in force, whatever it changes. Raises as ``publish``."""
    with open_sources(config) as sources:
        return publish(sources.objects, prospect(sources, now))
