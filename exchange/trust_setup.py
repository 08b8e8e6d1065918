"""Opens what the trust list is made from, and publishes it, for commands and for a city that is founded."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from cryptography import x509

from exchange.catalogue.store import CatalogueStore
from exchange.config import Config
from exchange.installation import open_keys
from exchange.stores import open_objects, open_records
from exchange.trust.building import Sources, Vouchers
from exchange.trust.publishing import prospect, publish
from exchange.vouching import stamp_roots
from signer.trust_list import TimestampAuthority, TrustedWitness, TrustList


def listed_vouchers(config: Config) -> Vouchers:
    """Who vouches for the log, as configured: what verifiers elsewhere are to know of them.

    Raises ``ConfigError`` for files of certificates that cannot be used.
    """
    return Vouchers(
        witnesses=tuple(TrustedWitness(each.vkey) for each in config.witnesses.cosigners),
        quorum=config.witnesses.quorum,
        timestamp_authorities=tuple(_stamp_authorities(config)) if config.timestamps.url else (),
    )


def _stamp_authorities(config: Config) -> Iterator[TimestampAuthority]:
    for root in stamp_roots(config):
        yield TimestampAuthority(root, x509.load_der_x509_certificate(root).subject.rfc4514_string())


@contextmanager
def open_sources(config: Config) -> Iterator[Sources]:
    """The catalogue, objects and keys of the hub, whether it runs or not. Raises ``ConfigError``, ``StorageError``."""
    with closing(open_objects(config)) as objects, closing(open_records(config, read_only=True)) as records:
        yield Sources(config.hub.name, CatalogueStore(records), objects, open_keys(config), listed_vouchers(config))


def publish_trust(config: Config, now: int) -> TrustList:
    """Publish what is in force, whatever it changes. Raises as ``publish``."""
    with open_sources(config) as sources:
        return publish(sources.objects, prospect(sources, now))
