"""The evidence objects beside the case, the session and the mandate: task, letter, dispute, incident.

The rules of ``facts`` hold here too. Each object carries its profile: the licence type and the fields that it is for.
A profile is set when the object is registered, never by the call.
"""

from dataclasses import dataclass

from exchange.entities.incident import IncidentReason


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """The evidence object of SUPERVISION (step 6): an inspection task or a hand-off.

    ``supervisor`` is a USCC; ``supervised``: the guide of ``matter`` names it as the supervising department. ``open``:
    neither finished nor called off. ``uses_left``: how often it may still be read under.
    """

    id: str | None = None
    supervisor: str | None = None
    matter: str | None = None
    supervised: bool | None = None
    licence_type: str | None = None
    fields: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    open: bool | None = None
    uses_left: int | None = None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """The evidence object of ASSISTANCE (step 6): a letter of request.

    ``requester`` is the USCC that the letter names; ``legal_reference`` the clause that it rests on; ``approved``: the
    issuer agreed to it.
    """

    id: str | None = None
    requester: str | None = None
    legal_reference: str | None = None
    approved: bool | None = None
    licence_types: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    uses_left: int | None = None


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """The evidence object of CORRECTION (step 6): somebody says that a licence is wrong.

    ``issuer`` and ``disputant`` are USCCs; ``fields`` are the disputed ones. ``open``: not yet answered.
    """

    id: str | None = None
    issuer: str | None = None
    disputant: str | None = None
    licence_type: str | None = None
    fields: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    open: bool | None = None


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """The evidence object of EMERGENCY (step 6).

    ``department`` declared it. ``seconded``: a second person of it agreed; ``alerted``: the audit department was told
    at once. ``review_overdue``: an incident of this operator was not reviewed by the end of the next working day.
    """

    id: str | None = None
    department: str | None = None
    reason: IncidentReason | None = None
    seconded: bool | None = None
    alerted: bool | None = None
    licence_types: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    from_time: int | None = None
    until_time: int | None = None
    ended: bool | None = None
    review_overdue: bool | None = None
