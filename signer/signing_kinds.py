"""The kinds of objects that a hub signs, and which keys sign them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from signer.algorithms import PublicKey
from signer.errors import FormatError

MAX_SKEW_SECONDS: Final = 300
"""An object is signed within minutes of being made; older ones are somebody's collection."""


class Kind(StrEnum):
    """What a signature is asked for."""

    CREDENTIAL = "credential"
    RECEIPT = "receipt"
    EXPORT = "export"
    STATUS_LIST = "status-list"
    CHECKPOINT = "checkpoint"
    QR = "qr"
    SECOND = "second"
    TRUST_LIST = "trust-list"
    CERTIFICATE = "certificate"
    WEBHOOK = "webhook"
    CONSENT_RECORD = "consent-record"
    IMPORT_REPORT = "import-report"


@dataclass(frozen=True, slots=True)
class AskedKey:
    """The key version that is asked to sign."""

    key_id: str
    kid: str
    alg: str
    public: PublicKey

    @property
    def authority(self) -> str:
        """The USCC in the id of an authority's key; empty for other keys."""
        family, _, rest = self.key_id.partition("-")
        return rest.upper() if family in {"seal", "second"} else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose objects are signed: the hub's name, as tokens have it, and the origin of its log."""

    hub: str
    log_origin: str


KINDS_OF_KEYS: Final[Mapping[str, frozenset[Kind]]] = MappingProxyType(
    {
        "hub-ca": frozenset({Kind.CERTIFICATE}),
        "log": frozenset({Kind.CHECKPOINT}),
        "receipts": frozenset({Kind.RECEIPT, Kind.EXPORT, Kind.WEBHOOK, Kind.CONSENT_RECORD, Kind.IMPORT_REPORT}),
        "seal-": frozenset({Kind.CREDENTIAL, Kind.QR}),
        "second-": frozenset({Kind.SECOND}),
        "status-lists": frozenset({Kind.STATUS_LIST}),
        "tls-ca": frozenset({Kind.CERTIFICATE}),
        "trust-list": frozenset({Kind.TRUST_LIST}),
    }
)
"""By key id; what ends with a hyphen begins the ids of authorities' keys, and their USCC in lower case follows."""


def check_now(time: int, now: int) -> None:
    """FormatError (``OBJECT_TIME``) unless an object's time is within minutes of the clock. Both are Unix seconds."""
    if abs(time - now) > MAX_SKEW_SECONDS:
        raise FormatError("OBJECT_TIME", f"the object's time is more than {MAX_SKEW_SECONDS} seconds from now")
