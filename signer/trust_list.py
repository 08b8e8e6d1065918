"""The trust list: whose seals count, what each authority may issue and from when to when, and the hub's own keys.

What is in force at a hub, in one signed object that a verifier keeps offline. Rules:

1. Deny by default: an authority, certificate or type that is not listed counts for nothing.
2. A stolen key signs any date it likes. So what a distrusted seal signed counts only where somebody else proves that it
   existed before the key was distrusted, whatever its ``iat`` says.
3. A list says nothing of what came after it: a licence younger than the list, by something that the list lacks, is
   undecided and not refused.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

from signer.algorithms import PublicKey
from signer.errors import NoteError
from signer.note import NoteKey, parse_vkey
from signer.report import PASSED, Check, CheckName, failed, undecided
from signer.seals import SealCertificate
from signer.trust_entries import (
    HubKey,
    KeyUse,
    PublicJwk,
    SecondRule,
    Term,
    TimestampAuthority,
    TrustedAuthority,
    TrustedCertificate,
    TrustedKey,
    TrustedLog,
    TrustedRoot,
    TrustedType,
    TrustedWitness,
    public_keys,
)

__all__ = [
    "HubKey",
    "KeyUse",
    "PublicJwk",
    "RecordedBefore",
    "SecondRule",
    "Term",
    "TimestampAuthority",
    "TrustList",
    "TrustedAuthority",
    "TrustedCertificate",
    "TrustedKey",
    "TrustedLog",
    "TrustedRoot",
    "TrustedType",
    "TrustedWitness",
    "check_distrust",
    "public_keys",
]

_TYPE_PATH: Final = re.compile(r"/licenceTypes/([0-9A-Z]{21})/revisions/([1-9][0-9]{0,5})")
_NAME: Final = CheckName.ISSUER_AUTHORISED

RecordedBefore = Callable[[int], bool | None]
"""A time in; whether somebody other than the issuer proves that the licence existed before it, None if unknown."""


@dataclass(frozen=True, kw_only=True)
class TrustList:
    """One trust list. Times are Unix seconds."""

    hub: str
    issue_time: int
    expire_time: int
    sequence: int
    """1, 2, …: an older list has a lower one."""
    trust_keys: tuple[PublicJwk, ...]
    """Who may sign the next list."""
    roots: tuple[TrustedRoot, ...] = ()
    authorities: tuple[TrustedAuthority, ...] = ()
    keys: tuple[HubKey, ...] = ()
    logs: tuple[TrustedLog, ...] = ()
    witnesses: tuple[TrustedWitness, ...] = ()
    quorum: int = 0
    """How many of the witnesses must have cosigned a checkpoint."""
    timestamp_authorities: tuple[TimestampAuthority, ...] = ()

    @cached_property
    def authority_by_uscc(self) -> Mapping[str, TrustedAuthority]:
        """Authorities by USCC."""
        return MappingProxyType({each.uscc: each for each in self.authorities})

    def seal_roots(self) -> tuple[bytes, ...]:
        """The roots (DER) for ``signer.trust.SealTrust``, distrusted ones too: every seal says for itself."""
        return tuple(root.certificate for root in self.roots)

    def trust_key_map(self) -> Mapping[str, PublicKey]:
        """The usable keys of the next list, by ``kid``."""
        return public_keys(self.trust_keys)

    def keys_for(self, use: KeyUse | str, at: int | None) -> Mapping[str, PublicKey]:
        """The hub's keys of that use by ``kid``.

        ``at`` is a time at which the signed object is *known* to have existed, not the one that it claims; None: any,
        and then no key that was ever distrusted.
        """
        return public_keys(each.jwk for each in self.keys if each.use == use and each.usable(at))

    def second_keys(self, uscc: str, at: int | None = None) -> Mapping[str, PublicKey]:
        """The keys of an authority's second signatures by ``kid``; ``at`` as in ``keys_for``."""
        authority = self.authority_by_uscc.get(uscc)
        seconds = () if authority is None else authority.second_keys
        return public_keys(each.jwk for each in seconds if each.usable(at))

    def second_rule(self, uscc: str, vct: str) -> SecondRule | None:
        """Whether a licence of that authority and type offers or requires a second signature; None: neither."""
        listed, named = self.authority_by_uscc.get(uscc), self.type_named(vct)
        if listed is None or named is None or named not in listed.type_by_revision:
            return None
        return listed.type_by_revision[named].second

    def log_keys(self, at: int | None = None) -> tuple[NoteKey, ...]:
        """The log's keys at that time (None: ever), but for those of a type that this version does not know."""
        return tuple(_note_keys(each.vkey for each in self.logs if at is None or each.term.holds(at)))

    def certificates_named(self, digest: bytes) -> tuple[tuple[TrustedAuthority, TrustedCertificate], ...]:
        """The seals whose SHA-256 begins with those bytes; the caller decides how many bytes are enough."""
        prefix = digest.hex()
        return tuple(
            (authority, certificate)
            for authority in self.authorities
            for certificate in authority.certificates
            if certificate.sha256.startswith(prefix)
        )

    def type_named(self, vct: str) -> tuple[str, int] | None:
        """The type code and revision that a ``vct`` of this hub names; None for any other text."""
        match = _TYPE_PATH.fullmatch(vct.removeprefix(self.hub))
        return (match[1], int(match[2])) if match is not None and vct.startswith(self.hub) else None

    def authorised(
        self, seal: SealCertificate, vct: str, iat: int, recorded_before: RecordedBefore | None = None
    ) -> Check:
        """Whether that authority might issue that type at ``iat`` with that seal: a ``credential.AuthorisedLookup``.

        Fails with ``ISSUER_UNKNOWN``, ``SEAL_NOT_LISTED``, ``SEAL_DISTRUSTED``, ``ISSUER_NOT_AUTHORISED``; is undecided
        with ``SEAL_DISTRUSTED_UNPROVEN`` and ``AUTHORISATION_UNKNOWN``. Not checked: the seal's chain, whether this
        list has expired.
        """
        # 1. The authority and its certificate.
        authority = self.authority_by_uscc.get(seal.authority)
        if authority is None:
            return self._absent(iat, "ISSUER_UNKNOWN", "the trust list does not name the authority")
        certificate = authority.certificate_by_digest.get(seal.sha256)
        if certificate is None or not certificate.term.holds(iat):
            return self._absent(iat, "SEAL_NOT_LISTED", "the trust list does not name the seal's certificate")
        # 2. The type, under the revision that the licence names.
        named = self.type_named(vct)
        if named is None:
            return undecided(_NAME, "AUTHORISATION_UNKNOWN", "the licence type is of another hub than the trust list")
        listed = authority.type_by_revision.get(named)
        if listed is None or not listed.term.holds(iat):
            return self._absent(iat, "ISSUER_NOT_AUTHORISED", "the authority might not issue this type at that time")
        # 3. Distrust last: only it may ask others for a proof.
        return check_distrust(certificate.distrusted_after, iat, recorded_before)

    def _absent(self, iat: int, code: str, detail: str) -> Check:
        if iat > self.issue_time:
            return undecided(_NAME, "AUTHORISATION_UNKNOWN", f"{detail}, and is older than the licence")
        return failed(_NAME, code, detail)


def check_distrust(distrusted_after: int | None, iat: int, recorded_before: RecordedBefore | None) -> Check:
    """Return what a seal that is trusted until ``distrusted_after`` (None: still) makes of a licence signed at ``iat``.

    Fails with ``SEAL_DISTRUSTED``; undecided with ``SEAL_DISTRUSTED_UNPROVEN`` where nothing proves that the licence
    existed before. ``recorded_before`` is asked only where it matters.
    """
    if distrusted_after is None:
        return PASSED[_NAME]
    if iat >= distrusted_after:
        return failed(_NAME, "SEAL_DISTRUSTED", "the seal was no longer trusted when the licence was signed")
    proven = None if recorded_before is None else recorded_before(distrusted_after)
    if proven is None:
        detail = "the seal is no longer trusted, and nothing proves that the licence existed before"
        return undecided(_NAME, "SEAL_DISTRUSTED_UNPROVEN", detail)
    if not proven:
        detail = "the seal is no longer trusted, and the licence was not on record before"
        return failed(_NAME, "SEAL_DISTRUSTED", detail)
    return PASSED[_NAME]


def _note_keys(vkeys: Iterable[str]) -> Iterable[NoteKey]:
    for vkey in vkeys:
        try:
            yield parse_vkey(vkey)
        except NoteError:
            continue  # another type of key: it proves nothing here
