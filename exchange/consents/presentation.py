"""A presentation: what became of a code that a holder made. Immutable; each step is a new version of its record."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from exchange.clocks.due import Due, DueKind
from exchange.consents.codes import CODE_SECONDS, CONFIRM_SECONDS, KEPT_SECONDS
from exchange.entities.licence import Holder
from storage.errors import CorruptError


class PresentationState(StrEnum):
    """WAITING → (REDEEMED) → CONFIRMED | EXPIRED; EXPIRED is never stored but follows from the clock."""

    WAITING = "waiting"
    REDEEMED = "redeemed"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Presentation:
    """``case`` and ``licence_types`` are the holder's limits (empty: none); what follows is set when it is redeemed.

    Times are seconds since 1970 (UTC), 0: not yet. ``operator`` is ``uscc/operator id`` of who redeemed it. ``code`` is
    the tag of its QR code; empty for one that was made before codes were swept.
    """

    id: str
    holder: Holder = field(repr=False)
    channel: str
    case: str
    licence_types: tuple[str, ...]
    language: str
    created_time: int
    redeemed_case: str = ""
    department: str = ""
    operator: str = ""
    redeemed_time: int = 0
    confirmed_time: int = 0
    consents: tuple[str, ...] = ()
    code: str = ""

    @property
    def sweep(self) -> Due:
        """When its records are taken away if nobody has redeemed it by then; names both of them."""
        end = self.created_time + CODE_SECONDS + KEPT_SECONDS
        return Due(end, DueKind.PRESENTATION_CODE, f"{self.id}/{self.code}")

    @property
    def expire_time(self) -> int:
        """Until when the next step can be taken."""
        return self.redeemed_time + CONFIRM_SECONDS if self.redeemed_time else self.created_time + CODE_SECONDS

    def state(self, now: int) -> PresentationState:
        """How far it has come at ``now``."""
        if self.confirmed_time:
            return PresentationState.CONFIRMED
        if now >= self.expire_time:
            return PresentationState.EXPIRED
        return PresentationState.REDEEMED if self.redeemed_time else PresentationState.WAITING


@dataclass(frozen=True, slots=True)
class Fallback:
    """A case's eight digits: ``waiting`` (tag, presentation id, end of life), ``tries`` the tags of wrong ones."""

    waiting: tuple[tuple[str, str, int], ...] = ()
    tries: tuple[str, ...] = ()


def encode(value: Presentation | Fallback) -> bytes:
    """Canonical JSON of a presentation or a fallback."""
    return json.dumps(asdict(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode_presentation(content: bytes) -> Presentation:
    """The presentation that ``encode`` wrote. Raises ``CorruptError`` for anything else."""
    try:
        members = json.loads(content)
        members |= {
            "holder": Holder(**members["holder"]),
            "licence_types": tuple(members["licence_types"]),
            "consents": tuple(members["consents"]),
        }
        return Presentation(**members)
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError("a stored presentation does not decode: restore it from a backup") from error


def decode_fallback(content: bytes) -> Fallback:
    """The fallback that ``encode`` wrote. Raises ``CorruptError`` for anything else."""
    try:
        members = json.loads(content)
        return Fallback(tuple((tag, id_, int(end)) for tag, id_, end in members["waiting"]), tuple(members["tries"]))
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError("a stored fallback does not decode: restore it from a backup") from error
