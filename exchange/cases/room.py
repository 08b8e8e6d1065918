"""What the use cases on cases need, what they answer, and who may see a case."""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from exchange.audit.entry import ItemDraft, Tagger, key_epoch
from exchange.call import Call, is_within_lines
from exchange.cases.case_now import CaseEvidence, read_evidence, shown_now
from exchange.cases.delegation import is_counter_of
from exchange.cases.ground import FindGround, no_ground, unfit
from exchange.cases.store import CASE, CaseStore, owner_party
from exchange.cases.terms import EvidenceTerms
from exchange.catalogue.store import CatalogueStore
from exchange.clocks.case_clock import ClockView, WarningTerms
from exchange.entities.case import Case, Representation
from exchange.entities.catalogue import Purpose
from exchange.entities.collection import Collection
from exchange.entities.evidence import LineEvidence
from exchange.entities.page import etag
from exchange.errors import NotFoundError, RefusedError
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from storage.errors import ErasedError

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CaseRoom:
    """``random`` gives that many random bytes; ``tagger`` makes the tags of the access log.

    ``find_ground`` finds what a representation rests on; without it, only agents can act.
    """

    store: CaseStore
    catalogue: CatalogueStore
    tagger: Tagger
    limits: Limits = field(default_factory=Limits)
    random: Callable[[int], bytes] = os.urandom
    terms: EvidenceTerms = field(default_factory=EvidenceTerms)
    warnings: WarningTerms = field(default_factory=WarningTerms)
    find_ground: FindGround = no_ground


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case in full and the etag that the next step must name; the edge masks its parties (``masking``).

    ``evidence``: what became of the lines that were handed in, deferred or committed, where that was asked for.
    ``clock`` is None before acceptance, and where cases are listed. ``collection`` and ``shared_with``: how it was
    collected for another region, and the departments of others that read its files, where that was asked for.
    """

    case: Case
    etag: str
    clock: ClockView | None = None
    evidence: tuple[LineEvidence, ...] = ()
    collection: Collection | None = None
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case that the caller may read, as it stands now, and the etag of its record. Nothing is changed by it."""

    case: Case
    etag: str


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that may be changed: as its record says at ``version``, and what is known of its evidence.

    ``read_version``: that of the record before this call changed it, 0: it has not.
    """

    case: Case
    version: int
    evidence: CaseEvidence
    read_version: int = 0

    @property
    def etag(self) -> str:
        """The etag that a step must name: whoever read the case before this call knows no other."""
        return case_etag(self.case.id, self.read_version or self.version)


def case_etag(case_id: str, version: int) -> str:
    """The etag of a case whose record is at ``version``."""
    return etag(CASE, case_id, version)


def new_id(room: CaseRoom, now_us: int) -> str:
    """32 hex characters: 48 bits of time in milliseconds, so that ids sort by it, and 80 random bits."""
    return f"{now_us // 1000:012x}{room.random(10).hex()}"


def is_id(text: str) -> bool:
    """Whether ``new_id`` could have made it."""
    return len(text) == 32 and _ID.fullmatch(text) is not None


def works_on(call: Call, case: Case) -> bool:
    """Whether the caller's department handles the case, or is today a counter of the department that does."""
    department = call.caller.department.uscc
    if department == case.handling_department:
        return True
    matters = [pin.code for pin in case.matters]
    return is_counter_of(call.register, case.handling_department, matters, department, call.now)


def is_known_to(call: Call, case: Case) -> bool:
    """Whether the caller's department works on the case or collected it."""
    return works_on(call, case) or case.collecting_department == call.caller.department.uscc


def find_case(call: Call, room: CaseRoom, case_id: str, admits: Callable[[Call, Case], bool] = is_known_to) -> SeenCase:
    """The case to read, as it stands now, if ``admits`` says so: by itself, to who handles or collected it and to
    delegated counters.

    Raises ``NotFoundError`` with CASE_UNKNOWN or CASE_NOT_YOURS, which look alike outside, and
    ``RefusedError(TOKEN_EXCEEDED)``. Expects the case unchanged at commit.
    """
    case, version = _admitted(call, room, case_id, admits)
    return SeenCase(shown_now(call, room.store.evidence, room.catalogue, case), case_etag(case_id, version))


def find_recorded_case(call: Call, room: CaseRoom, case_id: str) -> FoundCase:
    """The case as its record says, for ``open_step.take_case`` alone: steps begin there. Raises as ``find_case``."""
    case, version = _admitted(call, room, case_id, is_known_to)
    return FoundCase(case, version, read_evidence(call, room.store.evidence, case_id))


def _admitted(call: Call, room: CaseRoom, case_id: str, admits: Callable[[Call, Case], bool]) -> tuple[Case, int]:
    name = f"cases/{case_id}"
    call.draft.purpose = Purpose.SERVICE.value
    case, version = _read_case(call, room, case_id)
    if not admits(call, case):
        raise NotFoundError(Reason.CASE_NOT_YOURS, CASE, name)
    check_scope(call, case)
    _draft(call, room, case)
    return case, version


def is_within_token(call: Call, case: Case) -> bool:
    """Whether the caller's token is for this case and a matter of it."""
    matters, cases, _ = call.caller.scope
    return (not cases or case.id in cases) and (not matters or any(pin.code in matters for pin in case.matters))


def check_scope(call: Call, case: Case) -> None:
    """The caller's token is for this case and one of its matters. Raises ``RefusedError(TOKEN_EXCEEDED)``."""
    if not is_within_token(call, case):
        raise RefusedError(Reason.TOKEN_EXCEEDED, subject=f"cases/{case.id}")


def check_whole(call: Call, case: Case) -> None:
    """The caller's token may change the whole case: it is for every matter of it, or for all matters.

    Raises ``RefusedError(TOKEN_EXCEEDED)``.
    """
    matters = call.caller.scope[0]
    if matters and not matters.issuperset(pin.code for pin in case.matters):
        raise RefusedError(Reason.TOKEN_EXCEEDED, subject=f"cases/{case.id}")


def check_lines(call: Call, case_id: str, requirements: Iterable[str]) -> None:
    """The caller's token is for all of these requirement lines. Raises ``RefusedError(TOKEN_EXCEEDED)``."""
    if not all(is_within_lines(call, requirement) for requirement in requirements):
        raise RefusedError(Reason.TOKEN_EXCEEDED, subject=f"cases/{case_id}")


def find_due_case(call: Call, room: CaseRoom, case_id: str) -> FoundCase:
    """The case that something is due for, as its record says: for what the hub does by itself, whoever handles it.

    Raises ``NotFoundError(CASE_UNKNOWN)``, also for a case whose applicant's data were erased. Expects the case
    unchanged at commit.
    """
    case, version = _read_case(call, room, case_id)
    _draft(call, room, case)
    return FoundCase(case, version, read_evidence(call, room.store.evidence, case_id))


def _read_case(call: Call, room: CaseRoom, case_id: str) -> tuple[Case, int]:
    name = f"cases/{case_id}"
    if not is_id(case_id):
        raise NotFoundError(Reason.CASE_UNKNOWN, CASE, name)
    call.draft.case_tag = room.tagger.case(case_id, key_epoch(call.now_us))
    call.draft.raw["case"] = case_id
    try:
        found = call.read(room.store.cases, case_id)
        if found.value is not None:
            call.data_key(room.store.owner(owner_party(found.value)))  # a case in memory may have been erased meanwhile
    except ErasedError as error:
        raise NotFoundError(Reason.CASE_UNKNOWN, CASE, name) from error
    if found.value is None:
        raise NotFoundError(Reason.CASE_UNKNOWN, CASE, name)
    return found.value, found.version


def _draft(call: Call, room: CaseRoom, case: Case) -> None:
    """Name the case's matter in the record, and seal the record so that it is erased with the case."""
    draft_matter(call, case)
    call.draft.sealed_owner = room.store.owner(owner_party(case))


def draft_matter(call: Call, case: Case) -> None:
    """Name the case's first matter guide in the access record."""
    pinned = case.matters[0]
    call.draft.matter = pinned.code
    call.draft.matter_revision = pinned.revision
    call.draft.guide_digest = bytes.fromhex(pinned.digest)


def draft_people(call: Call, room: CaseRoom, case: Case) -> None:
    """Name everyone whom the case is about in the access record, by tag."""
    epoch = key_epoch(call.now_us)
    holders = [party.holder for party in case.parties]
    for given in case.representations:
        holders += [given.agent] if given.authorised_by is None else [given.agent, given.authorised_by]
    for holder in dict.fromkeys((holder.id_type, holder.id_number) for holder in holders):
        call.draft.item(ItemDraft(holder_tag=room.tagger.holder(*holder, epoch)))


def check_representations(call: Call, room: CaseRoom, case: Case, given: Iterable[Representation]) -> None:
    """Those of the case's representations that are new may act, or will when their authority begins.

    Raises ``RefusedError`` with every reason why not: CLERK_IS_AGENT, REPRESENTATION_NOT_SHOWN, WARD_OF_AGE; the
    subject names the parties.
    """
    found: dict[str, tuple[Reason, ...]] = {}
    for each in given:
        reasons = unfit(call, case, each.party, room.find_ground(call, case, each))
        if call.now < each.valid_from_time:
            reasons = tuple(reason for reason in reasons if reason is not Reason.REPRESENTATION_EXPIRED)
        found |= {each.party: reasons} if reasons else {}
    if found:
        reasons = tuple(dict.fromkeys(reason for each in found.values() for reason in each))
        raise RefusedError(*reasons, subject=",".join(f"representation/{party}" for party in found))
