"""The hub's own keys as the trust list names them.

Rules:
1. A key counts from the list before the one that first names it: it came into being between the two. What the first
   list names counts from ever, since nobody wrote down when it was made.
2. An older key of status lists ends some time after its successor appears; an older key of receipts does not, since
   receipts are evidence.
3. A key of the log that signs checkpoints no more ends with the list that first leaves it out.
4. The trust list is signed by the newest of its keys that the list before names. So a new key is introduced by the old
   one and signs from the next list on; the old one is then gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from exchange.trust.decisions import Decisions, Subject
from signer.algorithms import public_to_jwk
from signer.errors import KeyNotFoundError
from signer.keys.backend import KeyBackend, KeyInfo, Signer
from signer.trust_entries import HubKey, KeyUse, PublicJwk, Term, TrustedKey, TrustedLog
from signer.trust_list import TrustList

TRUST_KEY: Final = "trust-list"
STATUS_KEY: Final = "status-lists"
RECEIPT_KEY: Final = "receipts"
SECOND_KEY: Final = "second-"

_STATUS_OVERLAP_SECONDS: Final = 31 * 86_400


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs this list, and whom it names for the next."""

    signer: Signer
    next_keys: tuple[PublicJwk, ...]


def signing(keys: KeyBackend, previous: TrustList | None) -> Signing:
    """Choose the key of a new list (rule 4). Raises ``KeyNotFoundError``, ``KeyBackendError``."""
    versions = [info for info in keys.versions(TRUST_KEY) if info.kid is not None]
    named = {jwk.kid for jwk in previous.trust_keys} if previous is not None else {versions[-1].kid}
    known = [info for info in versions if info.kid in named]
    if not known:
        raise KeyNotFoundError("the key backend holds none of the keys that the last trust list names: restore them")
    chosen = known[-1]
    onwards = versions[versions.index(chosen) :]
    return Signing(keys.signer(TRUST_KEY, chosen.version), tuple(_jwk(info) for info in onwards))


def hub_keys(keys: KeyBackend, previous: TrustList | None, decisions: Decisions, now: int) -> tuple[HubKey, ...]:
    """The keys of receipts and status lists, every version."""
    before = {each.jwk.kid: each for each in previous.keys} if previous is not None else {}
    found: list[HubKey] = []
    for use, key_id in ((KeyUse.RECEIPTS, RECEIPT_KEY), (KeyUse.STATUS_LISTS, STATUS_KEY)):
        versions = _versions(keys, key_id)
        for info in versions:
            jwk = _jwk(info)
            known = before.get(jwk.kid)
            until = known.term.until if known is not None else None
            if use is KeyUse.STATUS_LISTS and info is not versions[-1] and until is None:
                until = now + _STATUS_OVERLAP_SECONDS
            since = known.term.since if known is not None else _appeared(previous)
            distrusted = decisions.distrusted_after(Subject.KEY, jwk.kid)
            found.append(HubKey(use=use, jwk=jwk, term=Term(since, until), distrusted_after=distrusted))
    return tuple(found)


def second_keys(
    keys: KeyBackend, authority: str, previous: TrustList | None, decisions: Decisions
) -> tuple[TrustedKey, ...]:
    """The keys of an authority's second signatures, every version."""
    listed = previous.authority_by_uscc.get(authority) if previous is not None else None
    before = {each.jwk.kid: each.term for each in listed.second_keys} if listed is not None else {}
    return tuple(
        TrustedKey(
            jwk=(jwk := _jwk(info)),
            term=before.get(jwk.kid, Term(_appeared(previous))),
            distrusted_after=decisions.distrusted_after(Subject.KEY, jwk.kid),
        )
        for info in _versions(keys, SECOND_KEY + authority.lower())
    )


def logs(vkeys: Sequence[str], previous: TrustList | None, now: int) -> tuple[TrustedLog, ...]:
    """The log's keys: those that sign checkpoints now, and those that did."""
    before = {each.vkey: each.term for each in previous.logs} if previous is not None else {}
    current = [TrustedLog(vkey=vkey, term=before.get(vkey, Term(_appeared(previous)))) for vkey in vkeys]
    ended = [
        TrustedLog(vkey=vkey, term=Term(term.since, term.until if term.until is not None else now))
        for vkey, term in before.items()
        if vkey not in vkeys
    ]
    return (*ended, *current)


def _appeared(previous: TrustList | None) -> int:
    return previous.issue_time if previous is not None else 0


def _versions(keys: KeyBackend, key_id: str) -> tuple[KeyInfo, ...]:
    try:
        return keys.versions(key_id)
    except KeyNotFoundError:
        return ()


def _jwk(info: KeyInfo) -> PublicJwk:
    assert info.kid is not None
    assert info.suite is not None
    assert info.public is not None
    return PublicJwk(info.kid, info.suite, public_to_jwk(info.public), info.public)
