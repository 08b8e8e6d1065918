"""What became of the evidence lines of a case that the hub has no licence for.

Times are seconds since 1970 (UTC), 0: none. That a line was fetched is not here: the durable counter of its uses says
so (``exchange.cases.uses``).
"""

from dataclasses import dataclass
from enum import StrEnum


class MediaType(StrEnum):
    """What may be handed in as a file."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    OFD = "application/ofd"


class EvidenceForm(StrEnum):
    """How deferred evidence is to be handed in: as a file, as a copy, or as the original to be looked at."""

    ELECTRONIC = "electronic"
    COPY = "copy"
    ORIGINAL = "original"


class Signature(StrEnum):
    """How the applicant signed: agreed before the operator, who answers for it, or on paper that was uploaded."""

    CONFIRMED = "confirmed"
    PAPER = "paper"


class Language(StrEnum):
    """The language in which the applicant read a text."""

    ZH = "zh"
    EN = "en"


class Standing(StrEnum):
    """How a line stands at a given time. DEFERRED ends at the deadline, whether or not anything ran then."""

    OUT = "out"
    FETCHED = "fetched"
    HANDED_IN = "handed_in"
    DEFERRED = "deferred"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Material:
    """A file that was handed in: hex SHA-256 of its bytes, its type and size in bytes, when and by whose hands."""

    digest: str
    media_type: MediaType
    size: int
    time: int
    operator: str


@dataclass(frozen=True, slots=True)
class Promise:
    """The applicant's agreement to a text that the hub made: hex SHA-256 of the text, and how it was signed.

    ``paper`` is the signed paper, where the signature is one.
    """

    text_digest: str
    language: Language
    signature: Signature
    paper: Material | None
    time: int
    operator: str


@dataclass(frozen=True, slots=True)
class Deferral:
    """容缺: a line may follow until ``deadline`` (the first second that is too late).

    ``reminder_time``: when a reminder is due, 0: none is any more. ``ended_time``: set when the line came in, when the
    deferral lapsed, or when the case was closed.
    """

    form: EvidenceForm
    deadline: int
    reminder_time: int
    promise: Promise
    ended_time: int
    lapsed: bool


@dataclass(frozen=True, slots=True)
class LineEvidence:
    """One line of a case: ``matter`` is a matter code, ``requirement`` the line's id; ``dispute`` the newest one's id.

    ``fetched_time``: when a fetch brought in what had been deferred. ``commitment``: 告知承诺.
    """

    matter: str
    requirement: str
    materials: tuple[Material, ...] = ()
    deferral: Deferral | None = None
    commitment: Promise | None = None
    fetched_time: int = 0
    dispute: str = ""

    @property
    def line(self) -> tuple[str, str]:
        """(matter, requirement): what names the line in its case."""
        return self.matter, self.requirement

    @property
    def waits(self) -> bool:
        """Whether the line was deferred and that has not ended; its deadline may have passed all the same."""
        return self.deferral is not None and not self.deferral.ended_time
