"""Second signatures: which key signs for an authority besides its seal, when one is made, and how one is checked.

Rules:
1. An authority's second key is ``second-<uscc in lower case>`` in the key backend; all its versions verify, the newest
   signs. The keys that verify are those of the authority that the credential names, never those that a text brings.
2. What a licence's type said in the revision that its credential names decides: ``require`` refuses to issue without a
   key, ``offer`` signs where there is one. A key that is there and cannot be used is a fault in either case.
3. A new or rotated key is picked up within seconds; nothing has to be restarted, and nobody can make the hub look for
   keys more often than that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from exchange.catalogue.store import CatalogueStore
from exchange.entities.catalogue import EntityKind, LicenceType, SecondSignature
from exchange.entities.licence import Licence
from exchange.errors import UnavailableError
from exchange.licences.credentials import type_of_uri, type_uri
from exchange.licences.store import LicenceStore
from exchange.reasons import Reason
from signer.algorithms import SECOND, PublicKey
from signer.credential import FurtherCheck, Proven
from signer.errors import KeyNotFoundError, SignerError
from signer.keys.backend import KeyInfo, Signer
from signer.report import Check, CheckName
from signer.second_signature import check_second, sign_second

KEY_PREFIX: Final = "second-"
LOOK_SECONDS: Final = 5
"""How long the keys that a process knows are taken for all there are."""

_UNASKED: Final = frozenset({"NOT_REACHED", "SECOND_NOT_OFFERED"})


class SecondKeys(Protocol):
    """What is needed of a key backend."""

    def signer(self, key_id: str) -> Signer: ...

    def versions(self, key_id: str) -> tuple[KeyInfo, ...]: ...


class SecondRing:
    """The second keys of the authorities that this hub signs for."""

    def __init__(
        self,
        keys: SecondKeys,
        refresh: Callable[[], None],
        missing: Callable[[str], None],
        accepted: frozenset[str] = SECOND,
    ) -> None:
        """``refresh`` makes ``keys`` look for keys that other processes have added; ``missing`` tells the operator of
        an authority that needs a key and has none; ``accepted`` are the suites that policy allows."""
        self.accepted = accepted
        self._keys = keys
        self._refresh = refresh
        self._missing = missing
        self._looked = 0

    def signer(self, authority: str, now: int) -> Signer | None:
        """The newest second key of an authority, or None. Raises ``SignerError`` if it cannot be opened."""
        self._look(now)
        try:
            return self._keys.signer(second_key_id(authority))
        except KeyNotFoundError:
            return None

    def public_keys(self, authority: str, now: int) -> Mapping[str, PublicKey]:
        """Every version of an authority's second key by ``kid``; none for whoever has no such key."""
        self._look(now)
        try:
            versions = self._keys.versions(second_key_id(authority))
        except KeyNotFoundError:
            return {}
        return {info.kid: info.public for info in versions if info.kid is not None and info.public is not None}

    def sign(self, demand: SecondSignature, authority: str, credential: str, now: int) -> str:
        """The second signature of a new credential; empty if its type omits it, or offers it and there is no key.

        Raises ``UnavailableError`` (``SIGNER_UNAVAILABLE``) if the type requires one and there is no key, or if the
        key cannot sign.
        """
        if demand is SecondSignature.OMIT:
            return ""
        try:
            signer = self.signer(authority, now)
            if signer is not None and signer.alg in self.accepted:
                issuer_jwt = credential.partition("~")[0]
                return sign_second(issuer_jwt, kid=signer.kid, alg=signer.alg, sign=signer.sign)
        except SignerError as error:
            raise UnavailableError(Reason.SIGNER_UNAVAILABLE) from error
        if demand is SecondSignature.OFFER and signer is None:
            return ""
        self._missing(authority)
        raise UnavailableError(Reason.SIGNER_UNAVAILABLE)

    def _look(self, now: int) -> None:
        if abs(now - self._looked) >= LOOK_SECONDS:
            self._looked = now
            self._refresh()


class SecondDemands:
    """What each revision of a licence type says.

    Only what this hub has published is kept, which never changes: as many as its catalogue has revisions of types.
    """

    def __init__(self, hub: str, catalogue: CatalogueStore) -> None:
        self.hub = hub
        self._catalogue = catalogue
        self._known: dict[str, SecondSignature] = {}

    def of(self, uri: str) -> SecondSignature:
        """What the revision that a ``vct`` names says; omit for one that this hub did not publish."""
        known = self._known.get(uri)
        if known is not None:
            return known
        named = type_of_uri(self.hub, uri)
        stored = None if named is None else self._catalogue.stored(EntityKind.LICENCE_TYPE, *named)
        if stored is None or not stored.revision.published_time or not isinstance(stored.revision.entity, LicenceType):
            return SecondSignature.OMIT  # and ask again: it may be published yet
        demand = self._known[uri] = stored.revision.entity.second_signature
        return demand


@dataclass(frozen=True, slots=True)
class SecondRoom:
    """What checking second signatures needs."""

    ring: SecondRing
    demands: SecondDemands

    def on_record(self, store: LicenceStore, licence: Licence) -> str:
        """The second signature that the hub keeps of a licence, for whoever only points to it; empty: there is none.

        Raises as ``LicenceStore.second``.
        """
        uri = type_uri(self.demands.hub, licence.type_code, licence.type_revision)
        if self.demands.of(uri) is SecondSignature.OMIT:
            return ""
        return store.second(licence.digest) or ""

    def check(self, text: str, now: int) -> FurtherCheck:
        """The further check of one verification at ``now``; ``text`` empty: no second signature came with it.

        Ask for it always: what a credential's type says is known only once it is proven. ``answered`` then leaves out
        what nobody asked for.
        """

        def look(proven: Proven) -> Check:
            required = self.demands.of(proven.licence.licence_type) is SecondSignature.REQUIRE
            keys = self.ring.public_keys(proven.licence.issuer, now) if text else {}
            return check_second(text or None, required=required, keys=keys, proven=proven, accepted=self.ring.accepted)

        return look


def answered(checks: tuple[Check, ...], text: str) -> tuple[Check, ...]:
    """The checks without that of a second signature, where none was given and none is known to be required."""
    if text:
        return checks
    name = CheckName.SECOND_SIGNATURE
    return tuple([check for check in checks if check.name is not name or check.code not in _UNASKED])


def second_key_id(authority: str) -> str:
    """The id of an authority's second key."""
    return f"{KEY_PREFIX}{authority.lower()}"
