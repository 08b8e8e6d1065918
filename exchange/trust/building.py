"""The next trust list, from what is in force: catalogue, seals, keys, log, and what operators decided."""

from dataclasses import dataclass
from typing import Final

from exchange.audit.proofs import log_vkeys
from exchange.catalogue.store import CatalogueStore
from exchange.trust.certificates import read_seals
from exchange.trust.decisions import load_decisions
from exchange.trust.keys import hub_keys, logs, second_keys, signing
from exchange.trust.types import read_issuers
from signer.keys.backend import KeyBackend, Signer
from signer.trust_entries import TimestampAuthority, TrustedAuthority, TrustedWitness
from signer.trust_list import TrustList
from storage.objects.interface import Objects

DEFAULT_DAYS: Final = 90
"""How long a list is in force: whoever verifies offline must fetch one as often."""


@dataclass(frozen=True, slots=True)
class Vouchers:
    """Who vouches for the log, as configured."""

    witnesses: tuple[TrustedWitness, ...] = ()
    quorum: int = 0
    timestamp_authorities: tuple[TimestampAuthority, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """What a trust list is made from."""

    hub: str
    catalogue: CatalogueStore
    objects: Objects
    keys: KeyBackend
    vouchers: Vouchers = Vouchers()


@dataclass(frozen=True, slots=True)
class Draft:
    """A list that is not signed yet, and who would sign it."""

    trust_list: TrustList
    signer: Signer


def build(sources: Sources, previous: TrustList | None, now: int, days: int = DEFAULT_DAYS) -> Draft:
    """The list that follows ``previous`` (None: the first), made at ``now`` (Unix seconds).

    Raises ``StorageError``, ``KeyNotFoundError``, ``KeyBackendError``, ``FormatError``.
    """
    objects, keys = sources.objects, sources.keys
    decisions = load_decisions(objects)
    seals, issuers = read_seals(objects, decisions), read_issuers(sources.catalogue, decisions)
    chosen = signing(keys, previous)
    authorities = []
    for uscc in sorted(issuers.types.keys() | seals.of_authority.keys()):
        name = issuers.names.get(uscc)
        authorities.append(
            TrustedAuthority(
                uscc=uscc,
                name={"zh": name.zh or uscc, "en": name.en or name.zh or uscc} if name else {"zh": uscc, "en": uscc},
                certificates=seals.of_authority.get(uscc, ()),
                second_keys=second_keys(keys, uscc, previous, decisions),
                types=issuers.types.get(uscc, ()),
            )
        )
    trust_list = TrustList(
        hub=sources.hub,
        issue_time=now,
        expire_time=now + days * 86_400,
        sequence=previous.sequence + 1 if previous is not None else 1,
        trust_keys=chosen.next_keys,
        roots=seals.roots,
        authorities=tuple(authorities),
        keys=hub_keys(keys, previous, decisions, now),
        logs=logs(log_vkeys(objects), previous, now),
        witnesses=sources.vouchers.witnesses,
        quorum=sources.vouchers.quorum,
        timestamp_authorities=sources.vouchers.timestamp_authorities,
    )
    return Draft(trust_list, chosen.signer)
