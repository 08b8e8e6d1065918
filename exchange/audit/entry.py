"""Entries of the access log: drafted while a call runs, serialised once, never re-encoded.

Rules:
1. The serialised bytes are the evidence. Protobuf's encoding is not canonical, so nothing ever encodes an entry again.
2. People and licences are in it as tags; raw identifiers are only inside ``sealed``, under the holder's data key.
3. A tag's key changes with the calendar year (UTC), so that tags of different years cannot be joined without the key.
4. Of the request stands a keyed digest only: whoever reads the entry cannot test guesses of what was asked (ADR 0022).
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from google.protobuf.message import DecodeError
from onceonly.v1 import access_record_pb2 as pb

from exchange.audit.errors import JournalError
from exchange.audit.journal import MAX_ENTRY_BYTES, SALT_BYTES
from exchange.entities.event import Event
from signer.strict_json import canonical
from storage.blind import BlindIndex
from storage.errors import LimitExceededError

VERSION = 2
READABLE = frozenset({1, VERSION})
"""Of version 1 the request's digest is plain SHA-256; nothing else differs."""

Seal = Callable[[str, bytes, bytes], bytes]
"""(owner, plaintext, context) in, sealed bytes out; opening needs the same context."""


class Outcome(StrEnum):
    """How a recorded call or item ended."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    PARTIAL = "partial"
    FAILED = "failed"


_OUTCOMES: Mapping[str, pb.Outcome] = {
    Outcome.ALLOWED: pb.OUTCOME_ALLOWED,
    Outcome.REFUSED: pb.OUTCOME_REFUSED,
    Outcome.PARTIAL: pb.OUTCOME_PARTIAL,
    Outcome.FAILED: pb.OUTCOME_FAILED,
}
OUTCOME_NAMES: Mapping[int, str] = {number: str(name) for name, number in _OUTCOMES.items()}


class Tagger:
    """16-byte tags of identifiers, keyed and separate for each calendar year (``epoch``)."""

    def __init__(self, blind: BlindIndex) -> None:
        self._blind = blind

    def operator(self, department: str, operator: str, epoch: int) -> bytes:
        """Tag of an operator of a department (USCC)."""
        return self._blind.tag(f"audit/{epoch}/operator", f"{department}/{operator}")

    def case(self, case: str, epoch: int) -> bytes:
        """Tag of a case id."""
        return self._blind.tag(f"audit/{epoch}/case", case)

    def licence(self, licence_type: str, identifier: str, epoch: int) -> bytes:
        """Tag of a licence by its type code and identifier."""
        return self._blind.tag(f"audit/{epoch}/licence", f"{licence_type}/{identifier}")

    def request(self, method: str, body: bytes) -> bytes:
        """32 bytes that tell a request from another by method and body: for repeats, in no entry, of no epoch."""
        return self._blind.digest("request", method.encode() + b"\0" + body)

    def holder(self, id_type: str, id_number: str, epoch: int) -> bytes:
        """Tag of a holder by the kind and the normalised number of the identity document."""
        return self._blind.tag(f"audit/{epoch}/holder", f"{id_type}/{id_number}")


@dataclass(slots=True)
class ItemDraft:
    """One requirement line or licence within a call; fields as in ``AccessItem``, empty where they do not apply."""

    requirement: str = ""
    licence_type: str = ""
    issuer: str = ""
    holder_tag: bytes = b""
    licence_tag: bytes = b""
    licence_version: int = 0
    outcome: str = Outcome.ALLOWED
    reasons: tuple[str, ...] = ()
    legal_basis: str = ""
    consent: str = ""
    agreement: str = ""
    fields_requested: tuple[str, ...] = ()
    fields_released: tuple[str, ...] = ()
    response_digest: bytes = b""
    facts: bytes = b""
    case_tag: bytes = b""
    matter: str = ""


@dataclass(slots=True)
class RecordDraft:
    """An access record while its call runs; use cases set what they know, ``finish`` makes the entry.

    ``raw`` holds raw identifiers by name (operator, case, licence, holder); they are sealed under the data key of
    ``sealed_owner`` and dropped if there is no owner to seal them for. Fields as in ``AccessEntry``.
    """

    method: str
    request_id: str = ""
    department: str = ""
    system: str = ""
    region: str = ""
    operator_tag: bytes = b""
    purpose: str = ""
    matter: str = ""
    matter_revision: int = 0
    guide_digest: bytes = b""
    case_tag: bytes = b""
    evidence_object: str = ""
    resource: str = ""
    policy_digest: bytes = b""
    sealed_owner: str = ""
    raw: dict[str, str] = field(default_factory=dict)
    items: list[ItemDraft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def event(self, event: Event) -> None:
        """Say that something happens by this call; it has happened once the call is committed."""
        self.events.append(event)

    def item(self, item: ItemDraft) -> ItemDraft:
        """Add an item and return it, so that later steps may complete it."""
        self.items.append(item)
        return item

    def subjects(self) -> bytes:
        """Whom and what the record names, by tag: kept with a stored answer, for ``recall`` by its repeats."""
        entry: bytes = pb.AccessEntry(
            purpose=self.purpose,
            evidence_object=self.evidence_object,
            matter=self.matter,
            matter_revision=self.matter_revision,
            guide_digest=self.guide_digest,
            resource=self.resource,
            items=[_item(item, self.matter) for item in self.items],
        ).SerializeToString()
        return entry

    def recall(self, subjects: bytes) -> None:
        """Name whom and what an earlier call named, since its answer leaves again."""
        earlier = pb.AccessEntry.FromString(subjects)
        self.purpose, self.matter, self.matter_revision = earlier.purpose, earlier.matter, earlier.matter_revision
        self.guide_digest, self.resource = earlier.guide_digest, earlier.resource
        self.evidence_object = earlier.evidence_object
        for item in earlier.items:
            self.item(
                ItemDraft(
                    requirement=item.requirement,
                    licence_type=item.licence_type,
                    issuer=item.issuer,
                    holder_tag=item.holder_tag,
                    licence_tag=item.licence_tag,
                    licence_version=item.licence_version,
                    legal_basis=item.legal_basis,
                    consent=item.consent,
                    fields_requested=tuple(item.fields_requested),
                    response_digest=item.response_digest,
                    case_tag=item.case_tag,
                    matter=item.matter,
                )
            )

    def withhold(self, outcome: str, reasons: tuple[str, ...]) -> None:
        """Nothing leaves after all: items that were allowed end as the call does, and nothing has happened."""
        self.events.clear()
        for item in self.items:
            if item.outcome == Outcome.ALLOWED:
                item.outcome, item.reasons = outcome, reasons
                item.fields_released, item.response_digest = (), b""


def key_epoch(time_us: int) -> int:
    """The calendar year (UTC) of a time in microseconds: the epoch of the tags' keys."""
    return time.gmtime(time_us // 1_000_000).tm_year


def hub_owner(epoch: int) -> str:
    """The owner of the hub's own data key of a year: of what no single holder owns."""
    return f"hub-{epoch}"


def new_salt() -> bytes:
    """32 random bytes for an entry's commitment."""
    return secrets.token_bytes(SALT_BYTES)


def seal_context(request_id: str, time_us: int) -> bytes:
    """The context under which an entry's raw identifiers are sealed: bound to that entry's call and time."""
    return b"onceonly-audit-sealed\0%b\0%d" % (request_id.encode(), time_us)


def event_context(request_id: str, time_us: int, place: int) -> bytes:
    """The context under which subject and details of an entry's event are sealed; ``place`` is its place from 0."""
    return b"onceonly-event-sealed\0%b\0%d\0%d" % (request_id.encode(), time_us, place)


def finish(
    draft: RecordDraft,
    *,
    time_us: int,
    outcome: str,
    reasons: tuple[str, ...],
    response_digest: bytes,
    request_digest: bytes,
    seal: Seal,
) -> bytes:
    """Serialise the entry: the one and only time.

    ``time_us`` is when the hub decided, ``outcome`` a value of ``Outcome``; digests are 32 bytes or empty, that of the
    request is an ``asked.request_mac``. Raises ``LimitExceededError`` over 256 KiB, ``KeyError`` for an unknown
    outcome, and what ``seal`` raises.
    """
    sealed = b""
    if draft.raw and draft.sealed_owner:
        sealed = seal(draft.sealed_owner, canonical(draft.raw), seal_context(draft.request_id, time_us))
    entry: bytes = pb.AccessEntry(
        version=VERSION,
        time_us=time_us,
        method=draft.method,
        outcome=_OUTCOMES[outcome],
        reasons=reasons,
        request_id=draft.request_id,
        department=draft.department,
        system=draft.system,
        operator_tag=draft.operator_tag,
        purpose=draft.purpose,
        matter=draft.matter,
        matter_revision=draft.matter_revision,
        guide_digest=draft.guide_digest,
        case_tag=draft.case_tag,
        items=[_item(item, draft.matter) for item in draft.items],
        response_digest=response_digest,
        policy_digest=draft.policy_digest,
        evidence_object=draft.evidence_object,
        key_epoch=key_epoch(time_us),
        sealed_owner=draft.sealed_owner if sealed else "",
        sealed=sealed,
        region=draft.region,
        resource=draft.resource,
        request_digest=request_digest,
        events=[_event(draft, event, time_us, place, seal) for place, event in enumerate(draft.events)],
    ).SerializeToString()
    if len(entry) > MAX_ENTRY_BYTES:
        raise LimitExceededError(f"access entry: {len(entry)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
    return entry


def parse(entry: bytes) -> pb.AccessEntry:
    """Read an entry's bytes. Raises ``JournalError`` for bytes that are no entry of a known version."""
    try:
        message = pb.AccessEntry.FromString(entry)
    except DecodeError as error:
        raise JournalError("the bytes of the entry are not an AccessEntry") from error
    if message.version not in READABLE:
        raise JournalError(f"the entry is of version {message.version}; this code reads up to version {VERSION}")
    return message


def _event(draft: RecordDraft, event: Event, time_us: int, place: int, seal: Seal) -> pb.LoggedEvent:
    owner = event.owner or draft.sealed_owner
    content = canonical({"subject": event.subject, "details": dict(event.details)})
    return pb.LoggedEvent(
        type=event.type,
        audience=sorted(event.audience),
        matter=event.matter,
        licence_type=event.licence_type,
        sealed_owner=owner,
        sealed=seal(owner, content, event_context(draft.request_id, time_us, place)),
    )


def _item(item: ItemDraft, own_matter: str) -> pb.AccessItem:
    return pb.AccessItem(
        requirement=item.requirement,
        licence_type=item.licence_type,
        issuer=item.issuer,
        holder_tag=item.holder_tag,
        licence_tag=item.licence_tag,
        licence_version=item.licence_version,
        outcome=_OUTCOMES[item.outcome],
        reasons=item.reasons,
        legal_basis=item.legal_basis,
        consent=item.consent,
        agreement=item.agreement,
        fields_requested=item.fields_requested,
        fields_released=item.fields_released,
        response_digest=item.response_digest,
        facts=item.facts,
        case_tag=item.case_tag,
        matter="" if item.matter == own_matter else item.matter,
    )
