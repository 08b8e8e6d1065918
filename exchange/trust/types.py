"""Which authority might issue which revision of a licence type, and when: the whole history of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exchange.catalogue.store import CatalogueStore
from exchange.entities.catalogue import Department, EntityKind, Label, LicenceType, SecondSignature
from exchange.entities.revision import Revision
from exchange.trust.certificates import earliest
from exchange.trust.decisions import Decisions
from signer.trust_entries import SecondRule, Term, TrustedType

SIGNING_SLACK_SECONDS: Final = 60
"""How long after a new revision a call that began before it may still sign under the old one."""


_SECOND: Final[Mapping[SecondSignature, SecondRule]] = MappingProxyType(
    {SecondSignature.OFFER: SecondRule.OFFER, SecondSignature.REQUIRE: SecondRule.REQUIRE}
)
"""What the list says of a type whose licences have, or may have, a second signature."""


@dataclass(frozen=True, slots=True)
class Issuers:
    """By USCC: the name of an authority as last published, and the types that it may or might issue."""

    names: Mapping[str, Label]
    types: Mapping[str, tuple[TrustedType, ...]]


def read_issuers(catalogue: CatalogueStore, decisions: Decisions) -> Issuers:
    """Every authority of the catalogue, past and present. Raises ``StorageError``."""
    names: dict[str, Label] = {}
    for revision in catalogue.published(EntityKind.DEPARTMENT):
        if isinstance(revision.entity, Department):
            names[revision.code] = revision.entity.name  # revisions come oldest first
    types: dict[str, list[TrustedType]] = {}
    for revision in catalogue.published(EntityKind.LICENCE_TYPE):
        if isinstance(revision.entity, LicenceType):
            second = _SECOND.get(revision.entity.second_signature)
            for issuer in sorted(revision.entity.issuers):
                withdrawn = decisions.withdrawn_since(issuer, revision.code)
                types.setdefault(issuer, []).append(_listed(revision, withdrawn, second))
    return Issuers(names, {issuer: tuple(listed) for issuer, listed in types.items()})


def _listed(revision: Revision, withdrawn: int | None, second: SecondRule | None) -> TrustedType:
    superseded = revision.superseded_time + SIGNING_SLACK_SECONDS if revision.superseded_time else None
    return TrustedType(
        code=revision.code,
        revision=revision.number,
        term=Term(revision.published_time, earliest(superseded, withdrawn)),
        second=second,
    )
