"""What stands in a trust list: authorities with their seals and types, keys, roots, logs and witnesses.

Rules:
1. Every term is half open, ``since <= time < until``; without ``until`` it still runs.
2. A key of a suite that this version does not know keeps its members, and is in no map of keys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from signer.algorithms import PublicKey


class KeyUse(StrEnum):
    """What a key of the hub signs."""

    STATUS_LISTS = "status-lists"
    RECEIPTS = "receipts"


class SecondRule(StrEnum):
    """Whether a licence of a type may or must have a second signature."""

    OFFER = "offer"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class Term:
    """From when (``since``) to when (``until``, None: still), in Unix seconds."""

    since: int
    until: int | None = None

    def holds(self, at: int) -> bool:
        """Whether the time lies in the term."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class PublicJwk:
    """A public key with its name. ``public`` is None for a suite that this version does not know."""

    kid: str
    alg: str
    members: Mapping[str, str]
    """The JWK's own members (``kty``, ``crv``, …), without ``kid`` and ``alg``."""
    public: PublicKey | None = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRoot:
    """A CA (DER) that seals may lead to."""

    certificate: bytes = field(repr=False)
    term: Term
    distrusted_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedCertificate:
    """A seal of an authority. A distrusted root distrusts every certificate below it: whoever makes the list writes it
    here."""

    sha256: str
    """Hex digest of the DER, as ``SealCertificate.sha256``."""
    kid: str
    term: Term
    distrusted_after: int | None = None
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    """The certificate and its intermediates (DER), for forms of a licence that do not carry them; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key that is not an authority's seal: the hub's own, or an authority's second one."""

    jwk: PublicJwk
    term: Term
    distrusted_after: int | None = None

    def usable(self, at: int | None) -> bool:
        """Whether what is known to have existed at that time may rest on this key; None: whenever it was."""
        if self.distrusted_after is not None and (at is None or at >= self.distrusted_after):
            return False
        return at is None or self.term.holds(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubKey(TrustedKey):
    """A key of the hub and what it signs."""

    use: KeyUse


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedType:
    """A revision of a licence type that the authority may issue."""

    code: str
    revision: int
    term: Term
    second: SecondRule | None = None


@dataclass(frozen=True, kw_only=True)
class TrustedAuthority:
    """An issuing authority; ``name`` has the languages ``zh`` and ``en``."""

    uscc: str
    name: Mapping[str, str]
    certificates: tuple[TrustedCertificate, ...]
    second_keys: tuple[TrustedKey, ...] = ()
    types: tuple[TrustedType, ...] = ()

    @cached_property
    def certificate_by_digest(self) -> Mapping[str, TrustedCertificate]:
        """Certificates by ``sha256``."""
        return MappingProxyType({each.sha256: each for each in self.certificates})

    @cached_property
    def type_by_revision(self) -> Mapping[tuple[str, int], TrustedType]:
        """Types by code and revision."""
        return MappingProxyType({(each.code, each.revision): each for each in self.types})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedLog:
    """A key of the hub's log, as a C2SP verifier key."""

    vkey: str
    term: Term


@dataclass(frozen=True, slots=True)
class TrustedWitness:
    """Somebody who cosigns the log's checkpoints, as a C2SP verifier key of whatever type."""

    vkey: str


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """The root (DER) of an authority of RFC 3161 time-stamps."""

    certificate: bytes = field(repr=False)
    name: str


def public_keys(jwks: Iterable[PublicJwk]) -> Mapping[str, PublicKey]:
    """The keys of known suites by ``kid``."""
    return MappingProxyType({jwk.kid: jwk.public for jwk in jwks if jwk.public is not None})
