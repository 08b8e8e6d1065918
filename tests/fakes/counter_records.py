"""What the model of the counter keeps: cases with their lines, consents, licences, debts, penalties, used-up uses."""

from dataclasses import dataclass, field

from tests.fakes.counter_city import HANDLERS

OPEN, AWAITING, ACCEPTED = "open", "awaiting_evidence", "accepted"
APPROVED, REFUSED, WITHDRAWN, LAPSED = "approved", "refused", "withdrawn", "lapsed"
CLOSED = frozenset({APPROVED, REFUSED, WITHDRAWN, LAPSED})
ACTIVE, SUSPENDED, REVOKED = "active", "suspended", "revoked"
PROPOSED, CARRIED_OUT, DECLINED = "proposed", "carried_out", "refused"
YEAR = 365 * 86_400


@dataclass
class ModelLicence:
    """A licence of a person; ``etags`` oldest first, the last one is in force; ``matter``: that of its decision."""

    name: str
    licence_type: str
    issuer: str
    person: int
    state: str
    etags: list[str]
    matter: str = ""


@dataclass
class ModelDebt:
    """A licence that is owed to an approved case; ``licence`` empty: still; ``told``: that it is late."""

    case: "ModelCase"
    due: int
    licence: str = ""
    told: bool = False


@dataclass
class ModelPenalty:
    """What a supervisor has proposed (``operation``: Suspend or Revoke); ``told``: that it is late."""

    name: str
    licence: ModelLicence
    operation: str
    due: int
    state: str = PROPOSED
    told: bool = False


@dataclass
class ModelConsent:
    """A consent to the lines of one case."""

    name: str
    case: str
    requirements: frozenset[str]
    from_time: int
    until_time: int
    max_uses: int
    uses: int = 0
    revoked: bool = False


@dataclass
class ModelLine:
    """What became of one line; ``deferred_until`` 0: it is not waited for."""

    uses: int = 0
    files: set[str] = field(default_factory=set)
    committed: bool = False
    deferred_until: int = 0
    dispute: str = ""
    dispute_answered: bool = True


@dataclass
class ModelAgent:
    """Who acts for the applicant; ``requirements`` empty: in all."""

    requirements: frozenset[str]
    from_time: int
    until_time: int
    revoked: bool = False


@dataclass
class ModelCase:
    """A case of one matter; ``withdrawn``: lines that its pinned guide had withdrawn already."""

    name: str
    matter: str
    person: int
    expires: int
    withdrawn: frozenset[str]
    etags: list[str]
    application: str = ""
    state: str = OPEN
    clock: str = ""
    accepted: bool = False
    ticket: str = ""
    ticket_used: bool = False
    agent: ModelAgent | None = None
    lines: dict[str, ModelLine] = field(default_factory=dict)

    @property
    def handler(self) -> str:
        return HANDLERS[self.matter]

    @property
    def waiting(self) -> dict[str, ModelLine]:
        return {name: line for name, line in self.lines.items() if line.deferred_until}


@dataclass(frozen=True)
class Spent:
    """What a fetch used up: names of lines, and of consents."""

    lines: frozenset[tuple[str, str]] = frozenset()
    consents: frozenset[str] = frozenset()


NOTHING_SPENT = Spent()
