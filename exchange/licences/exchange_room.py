"""What fetching and verifying need, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.call import Position
from exchange.cases.terms import EvidenceTerms
from exchange.entities.licence import FieldValue
from exchange.licences.gathering import Gathering
from exchange.licences.opening import CredentialOpener
from exchange.licences.presenting import Presenter
from exchange.licences.receipts import ReceiptDesk
from exchange.licences.store import LicenceStore
from exchange.reasons import Reason


@dataclass(frozen=True, slots=True)
class ExchangeRoom:
    """``policy_digest``: of the decision rules in force (``purpose.decision.policy_digest``)."""

    store: LicenceStore
    gathering: Gathering
    opener: CredentialOpener
    presenter: Presenter
    receipts: ReceiptDesk
    policy_digest: bytes
    terms: EvidenceTerms = field(default_factory=EvidenceTerms)


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """``matter``: needed only if two matters of the case use the same requirement id; ``fields`` empty: all allowed."""

    case: str
    requirement: str
    fields: tuple[str, ...]
    matter: str


@dataclass(frozen=True, slots=True)
class Extract:
    """A purpose-bound copy of a licence (加注件) and the hub's receipt for it."""

    requirement: str
    licence_type: str
    identifier: str
    presentation: str = field(repr=False)
    receipt: str
    fields: Mapping[str, FieldValue] = field(repr=False)
    prefill: Mapping[str, FieldValue] = field(repr=False)
    second_signature: str


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of which nothing was released: every reason that the caller may be told, and a receipt of the refusal."""

    requirement: str
    reasons: tuple[Reason, ...]
    receipt: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer of a fetch of one line."""

    extract: Extract
    position: Position


@dataclass(frozen=True, slots=True)
class ServedLine:
    """A requirement line of one case: case id, matter code (empty: the case has no such line), requirement id."""

    case: str
    matter: str
    requirement: str


@dataclass(frozen=True, slots=True)
class FormSource:
    """What one licence says for a form field. ``issue_time``: when that version was issued, in seconds since 1970."""

    line: ServedLine
    licence_type: str
    identifier: str
    version: int
    issue_time: int
    value: FieldValue


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form: ``value`` is None exactly if its sources differ, and then a person has to settle it."""

    name: str
    value: FieldValue | None
    sources: tuple[FormSource, ...]


@dataclass(frozen=True, slots=True)
class FetchedEvidence:
    """The answer of a fetch of several lines, in the guide's order."""

    results: tuple[Extract | RefusedLine, ...]
    position: Position
    form: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleResult:
    """One outcome and every line of the application that it is for."""

    lines: tuple[ServedLine, ...]
    outcome: Extract | RefusedLine


@dataclass(frozen=True, slots=True)
class FetchedBundle:
    """The answer of a fetch for an application: extracts, then refusals, in the order of its cases."""

    results: tuple[BundleResult, ...]
    form: tuple[FormField, ...]
    position: Position
