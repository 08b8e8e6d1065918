"""A warrant: the evidence object that a read outside a case rests on, as the hub's own registers have it.

Rules:
1. The object fixes whose licence of which type may be read, and which fields. The caller picks among what it fixes.
2. An object that is missing, erased or another department's makes a warrant too: one of which every fact is missing, so
   that the decision refuses all of them alike and the record says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from exchange.entities.catalogue import Purpose, Role
from exchange.entities.event import Event
from exchange.entities.licence import Holder
from exchange.purpose.caller_guards import DECLARED_BY
from exchange.purpose.object_facts import DisputeFacts, IncidentFacts, LetterFacts, TaskFacts
from exchange.reasons import Reason

DISPUTES: Final = "disputes"
TASKS: Final = "inspectionTasks"
LETTERS: Final = "letters"
INCIDENTS: Final = "incidents"

PURPOSES: Final[Mapping[str, Purpose]] = MappingProxyType(
    {
        DISPUTES: Purpose.CORRECTION,
        TASKS: Purpose.SUPERVISION,
        LETTERS: Purpose.ASSISTANCE,
        INCIDENTS: Purpose.EMERGENCY,
    }
)
"""The purpose that each kind of object serves, by the collection of its resource name."""

_NO_DISPUTE, _NO_TASK, _NO_LETTER, _NO_INCIDENT = DisputeFacts(), TaskFacts(), LetterFacts(), IncidentFacts()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks for: the object (``collection``/``id``), and which of what it fixes.

    ``licence_type`` empty: the only one that the object has. ``fields`` empty: all of its profile.
    """

    collection: str
    id: str
    licence_type: str
    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """The object's resource name."""
        return f"{self.collection}/{self.id}"


@dataclass(frozen=True, slots=True)
class Warrant:
    """``role``: what its purpose asks of this caller. ``until``: when the object ends, in seconds since 1970 (UTC).

    ``identifier`` and ``issuer`` narrow it to one licence, or to one issuer's. ``counter``, ``uses`` and ``exhausted``:
    the durable counter of its uses, their number, and the reason when they are spent; empty: it has none. ``alert``:
    what is said to whoever watches, once something is released.
    """

    name: str
    purpose: Purpose
    role: Role
    dispute: DisputeFacts = _NO_DISPUTE
    task: TaskFacts = _NO_TASK
    letter: LetterFacts = _NO_LETTER
    incident: IncidentFacts = _NO_INCIDENT
    holder: Holder | None = None
    licence_type: str = ""
    matter: str = ""
    identifier: str = ""
    issuer: str = ""
    until: int = 0
    counter: str = ""
    uses: int = 0
    exhausted: Reason = Reason.USES_EXHAUSTED
    alert: Event | None = None


def unknown(asked: Asked) -> Warrant:
    """Rule 2."""
    purpose = PURPOSES[asked.collection]
    return Warrant(asked.name, purpose, DECLARED_BY[purpose])
