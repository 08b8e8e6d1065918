"""Publishing the trust list.

Rules:
1. ``trust/lists/<sequence>.jwt`` is created once: of two who publish at the same moment one is refused.
2. What that object says is the list; ``trust/list.jwt`` and ``trust/anchors.json`` follow, and a publication that was
   cut short between them is made good by the next one.
3. Nothing is lost silently: an entry that goes away needs a yes.
"""

from dataclasses import dataclass

from exchange.trust.building import DEFAULT_DAYS, Draft, Sources, build
from exchange.trust.changes import Change, changes
from exchange.trust.keys import TRUST_KEY
from exchange.trust.places import ANCHORS, LIST, last_sequence, list_name
from signer.errors import SignerError
from signer.keys.backend import KeyBackend
from signer.trust_keeper import Anchors
from signer.trust_list import TrustList
from signer.trust_list_codec import open_trust_list, sign_trust_list
from storage.errors import ObjectExistsError
from storage.objects.interface import Objects


class TrustPublicationError(Exception):
    """The trust list was not published; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would be published, and what that changes."""

    previous: TrustList | None
    draft: Draft
    changes: tuple[Change, ...]

    @property
    def losses(self) -> tuple[Change, ...]:
        """The entries that would go away, but for the trust key whose successor signs from now on."""
        return tuple(each for each in self.changes if each.loses and not each.entry.startswith("trust key "))


def latest(objects: Objects, keys: KeyBackend) -> TrustList | None:
    """The last list that was published, None before the first; its signature is checked, its time is not.

    Raises ``SignerError`` if it is not this hub's, ``StorageError``.
    """
    sequence = last_sequence(objects)
    if not sequence:
        return None
    public = {info.kid: info.public for info in keys.versions(TRUST_KEY) if info.kid and info.public}
    return open_trust_list(objects.get(list_name(sequence)), public, at=None)


def prospect(sources: Sources, now: int, days: int = DEFAULT_DAYS) -> Prospect:
    """What publishing now would change. Raises as ``build`` and ``latest``."""
    previous = latest(sources.objects, sources.keys)
    draft = build(sources, previous, now, days)
    return Prospect(previous, draft, changes(previous, draft.trust_list))


def publish(objects: Objects, wanted: Prospect) -> TrustList:
    """Sign and publish; whether losses are meant is for the caller to ask.

    Raises ``TrustPublicationError`` if somebody else was faster, ``SignerError``, ``StorageError``.
    """
    trust_list, signer = wanted.draft.trust_list, wanted.draft.signer
    token = sign_trust_list(trust_list, kid=signer.kid, alg=signer.alg, sign=signer.sign).encode()
    try:
        objects.create(list_name(trust_list.sequence), token)
    except ObjectExistsError as error:
        raise TrustPublicationError(
            f"list {trust_list.sequence} was published by somebody else meanwhile: look at it, then publish again"
        ) from error
    objects.replace(LIST, token)
    objects.replace(ANCHORS, Anchors(trust_list.hub, trust_list.trust_keys).to_json())
    return trust_list


def outdated(sources: Sources, now: int) -> str:
    """A sentence if the published list no longer says what is in force, else nothing.

    Raises ``StorageError``.
    """
    try:
        found = prospect(sources, now)
    except SignerError as error:
        return f"the trust list cannot be made: {error}"
    if found.previous is None:
        return "no trust list was ever published"
    # A trust key whose successor signs from now on may go whenever the next list is due.
    retiring = {each for each in found.changes if each.loses and each.entry.startswith("trust key ")}
    different = [f"{each.kind} {each.entry}" for each in found.changes if each not in retiring]
    if not different:
        return ""
    more = f" and {len(different) - 3} more" if len(different) > 3 else ""
    return f"the trust list does not say what is in force: {'; '.join(different[:3])}{more}"
