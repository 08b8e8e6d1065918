"""Steps 6 and 7 of the fetch walk: read a stored credential and prove it before anything of it is used.

Rules:
1. The bytes must have the digest that the register names, and the credential must be of the very licence, issuer and
   holder that it stands for there; else the record is corrupt.
2. The issuer's signature and chain are verified at signing time. Whether the licence is valid today is phase two's.
3. A second signature is read with it, where its type may have one. It came from the same store under the same key, so
   it is handed out as it is: whoever receives it verifies it. One that its type requires and that is lost makes the
   credential corrupt.
4. A seal that is distrusted today is good for what was on record here before; asked with every reading.
5. What was proven is kept, bounded, by its digest: equal digest, equal bytes, equal proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from exchange.entities.catalogue import SecondSignature
from exchange.entities.licence import FieldValue, Holder
from exchange.licences.bounded import Bounded
from exchange.licences.codec import field_value
from exchange.licences.second import SecondDemands
from exchange.licences.store import LicenceStore
from exchange.trust.standing import CurrentStanding, always_trusted, distrust
from signer import credential, sdjwt
from signer.errors import SdJwtError
from signer.report import CheckName, Outcome
from signer.seals import SealCertificate
from signer.trust import SealTrust
from storage.errors import CorruptError, ErasedError, ObjectNotFoundError

_PROOFS = frozenset({CheckName.FORMAT, CheckName.ISSUER_CHAIN, CheckName.SIGNATURE, CheckName.DISCLOSURES})


@dataclass(frozen=True, slots=True)
class OpenCredential:
    """A proven credential: values and disclosures by field name, and the issuer-signed part of its text.

    ``second_signature`` is empty where there is none. ``owner`` is whose data key seals it: the first holder's, who may
    be another than the one it is read for.
    """

    digest: str
    owner: str
    identifier: str
    issuer: str
    issuer_jwt: str = field(repr=False)
    seal: SealCertificate
    issue_time: int
    values: Mapping[str, FieldValue] = field(repr=False)
    disclosures: Mapping[str, str] = field(repr=False)
    second_signature: str

    def is_of(self, holder: Holder) -> bool:
        """Whether the holder is one of those whom the credential names."""
        numbers, types = self.values.get("holder_id_number"), self.values.get("holder_id_type")
        if isinstance(numbers, tuple) and isinstance(types, tuple):
            return (holder.id_type, holder.id_number) in zip(types, numbers, strict=False)
        return (types, numbers) == (holder.id_type, holder.id_number)


@dataclass(frozen=True, slots=True)
class NotOpened:
    """What kept a credential from being used: it was erased, is not what the register names, or is not well signed."""

    found: bool
    intact: bool
    signed: bool


_ERASED = NotOpened(found=False, intact=True, signed=True)
_CORRUPT = NotOpened(found=True, intact=False, signed=True)
_UNSIGNED = NotOpened(found=True, intact=True, signed=False)


class CredentialOpener:
    """Reads and proves credentials; keeps the last ``size`` of them in memory."""

    def __init__(
        self,
        store: LicenceStore,
        trust: SealTrust,
        demands: SecondDemands,
        size: int = 5_000,
        *,
        standing: CurrentStanding = always_trusted,
    ) -> None:
        self._store = store
        self._trust = trust
        self._demands = demands
        self._standing = standing
        self._kept: Bounded[str, OpenCredential] = Bounded(size)

    def open(self, digest: str, identifier: str, issuer: str, holder: Holder) -> OpenCredential | NotOpened:
        """The credential of that digest, if it is this licence of this issuer and holder, and proven.

        One that is kept may have been erased meanwhile: its ``owner`` must still have a data key. Raises
        ``StorageUnavailableError`` if objects are away.
        """
        opened: OpenCredential | NotOpened | None = self._kept.get(digest)
        if opened is None:
            opened = self._proven(digest)
            if isinstance(opened, NotOpened):
                return opened
            self._kept.put(digest, opened)
        assert isinstance(opened, OpenCredential)
        if not (opened.identifier == identifier and opened.issuer == issuer and opened.is_of(holder)):
            return _CORRUPT
        return opened if self._trusted(opened) else _UNSIGNED

    def _trusted(self, opened: OpenCredential) -> bool:
        """Whether the seal is trusted, or was until after the licence was put on record here."""

        def recorded_before(time: int) -> bool:
            licence = self._store.licences.get(opened.identifier).value
            return licence is not None and licence.digest == opened.digest and licence.history[0].recorded_time < time

        return distrust(self._standing(), opened.seal, opened.issue_time, recorded_before) is None

    def _proven(self, digest: str) -> OpenCredential | NotOpened:
        try:
            token, owner = self._store.credential(digest)
        except ErasedError:
            return _ERASED
        except (CorruptError, ObjectNotFoundError):
            return _CORRUPT
        report = credential.check(token, trust=self._trust, at=0)
        if any(check.outcome is not Outcome.PASSED for check in report.checks if check.name in _PROOFS):
            return _UNSIGNED
        try:
            parsed = sdjwt.parse(token)
            values = {one.path: field_value(one.value) for one in parsed.disclosures}
            second = self._second(digest, str(parsed.payload["vct"]))
        except ErasedError:
            return _ERASED
        except (SdJwtError, TypeError, CorruptError):
            return _CORRUPT
        assert report.issuer is not None
        return OpenCredential(
            seal=report.issuer,
            issue_time=int(str(parsed.payload["iat"])),
            digest=digest,
            owner=owner,
            identifier=str(parsed.payload["licence"]),
            issuer=str(parsed.payload["iss"]),
            issuer_jwt=parsed.issuer_jwt,
            values=MappingProxyType(values),
            disclosures=MappingProxyType({one.path: one.encoded for one in parsed.disclosures}),
            second_signature=second,
        )

    def _second(self, digest: str, vct: str) -> str:
        demand = self._demands.of(vct)
        if demand is SecondSignature.OMIT:
            return ""
        second = self._store.second(digest)
        if second is None and demand is SecondSignature.REQUIRE:
            raise CorruptError("a credential has lost the second signature that its type requires")
        return second or ""
