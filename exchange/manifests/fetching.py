"""Fetching under a manifest: a page of its lines, each decided on its own, like any other line of its case.

Rules:
1. Only who proposed the manifest fetches under it, once it is approved and until it ends or is withdrawn.
2. In the place of the operator's counts of the hour and the day stand those of the manifest: its lines released so far,
   of as many as it has, and nobody beyond its cases. A lock-out stops it all the same, and each line keeps its uses.
3. One unit and one access record a page, with an item a line under the tag of its case.
"""

from dataclasses import dataclass, replace
from typing import Final

from exchange.call import Call, Position
from exchange.entities.manifest import Manifest, ManifestItem, ManifestState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.arrivals import note_arrivals
from exchange.licences.exchange_room import BundleResult, ExchangeRoom, FetchRequest, ServedLine
from exchange.licences.fetch import deny_unknown, gather, open_case, refuse, walk_line, wanted_line
from exchange.licences.gathering import CaseContext, Line
from exchange.licences.releasing import (
    Refused,
    Released,
    charge,
    commit_all,
    extract_of,
    prepare_all,
    refusal_of,
    spend_uses,
)
from exchange.manifests.room import ManifestRoom, find_manifest, operator_tag
from exchange.purpose import limits as purpose_limits
from exchange.reasons import Reason
from storage.records.changes import Spend

PAGE: Final = 40
"""Lines of one call."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """An outcome for each line, in the order of the manifest; ``next``: position to go on from, 0 at the end."""

    results: tuple[BundleResult, ...]
    next: int
    position: Position


_Outcome = tuple[ManifestItem, CaseContext, Released | Refused]


def fetch_manifest(call: Call, room: ManifestRoom, manifest_id: str, first: int) -> FetchedPage:
    """Fetch at most 40 lines of a manifest from position ``first`` (1 is its first line), an outcome for each.

    Raises ``RefusedError`` with EVIDENCE_OBJECT_UNKNOWN or MANIFEST_NOT_OPEN, ``InvalidError`` for a position that it
    does not have, and what ``Call.commit`` raises.
    """
    # 1 Caller, manifest, the page's lines.
    manifest = _open(call, room, manifest_id)
    if not 1 <= first <= len(manifest.items):
        last = len(manifest.items)
        raise InvalidError((Violation("first", f"must be 1 to {last}", f"应为1至{last}"),))
    items = manifest.items[first - 1 : first - 1 + PAGE]
    # 2 to 8 The walk over each line.
    outcomes = _walked(call, room, manifest, items)
    released = tuple(one for _, _, one in outcomes if isinstance(one, Released))
    refused = tuple(one for _, _, one in outcomes if isinstance(one, Refused))
    # 9 Commit the unit: one access record, uses, consents, the manifest's count.
    _charge(call, room.exchange, manifest, released, refused)
    for context in {context.case_id: context for _, context, _ in outcomes}.values():
        ours = [one for _, other, one in outcomes if other.case_id == context.case_id and isinstance(one, Released)]
        note_arrivals(call, room.exchange, context, ours)
    prepared = prepare_all(call, released, refused)
    results = tuple(
        BundleResult(
            (ServedLine(item.case, _matter(one), item.requirement),),
            extract_of(call, room.exchange, context, one, prepared)
            if isinstance(one, Released)
            else refusal_of(call, room.exchange, context, one, prepared),
        )
        for item, context, one in outcomes
    )
    position = commit_all(call, prepared)
    # 10 Return.
    after = first + len(items)
    return FetchedPage(results, after if after <= len(manifest.items) else 0, position)


def counter_of(manifest: Manifest) -> str:
    """The durable counter of the lines released under a manifest."""
    return f"manifest/{manifest.id}"


def _open(call: Call, room: ManifestRoom, manifest_id: str) -> Manifest:
    """Step 1: rule 1. A colleague's manifest may be read, and not fetched under."""
    manifest = find_manifest(call, room, manifest_id).manifest
    name = f"manifests/{manifest_id}"
    if manifest.proposer != operator_tag(call, room):
        raise RefusedError(Reason.EVIDENCE_OBJECT_UNKNOWN, subject=name)
    if manifest.state(call.now) is not ManifestState.APPROVED:
        raise RefusedError(Reason.MANIFEST_NOT_OPEN, subject=name)
    return manifest


def _walked(call: Call, room: ManifestRoom, manifest: Manifest, items: tuple[ManifestItem, ...]) -> list[_Outcome]:
    """Steps 2 to 8, over contexts that are read once a case; rule 3."""
    contexts: dict[str, CaseContext] = {}
    outcomes: list[_Outcome] = []
    used = room.records.counter(counter_of(manifest))
    for item in items:
        if item.case not in contexts:
            _read_anew(room.exchange, item.case)
            contexts[item.case] = open_case(call, room.exchange, item.case)
        context = contexts[item.case]
        outcome = _walk(call, room.exchange, context, item, manifest, used)
        used += isinstance(outcome, Released) and not call.used_before(outcome.line.uses_counter)
        outcomes.append((item, context, outcome))
        call.draft.items[-1].case_tag = bytes.fromhex(context.tag)
    call.draft.case_tag = b""
    call.draft.raw.pop("case", None)
    return outcomes


def _walk(
    call: Call, room: ExchangeRoom, context: CaseContext, item: ManifestItem, manifest: Manifest, used: int
) -> Released | Refused:
    wanted = wanted_line(call, room, context, FetchRequest(item.case, item.requirement, (), item.matter))
    line = gather(call, room, context, wanted)
    if not isinstance(line, Line):
        return refuse(call, room, wanted, line, None, deny_unknown(line))
    if line.holder is not None and line.plan.type_facts.code:
        room.store.holdings.forget(room.store.holding_key(line.plan.type_facts.code, line.holder))
    standing = line.facts.standing
    before = 0 if call.used_before(line.uses_counter) else used  # what its first call has released, a repeat may again
    counts = replace(standing, fetches=before, fetches_limit=len(manifest.items), holders=0, cases=manifest.cases)
    return walk_line(call, room, wanted, replace(line, facts=replace(line.facts, standing=counts)))


def _read_anew(room: ExchangeRoom, case: str) -> None:
    """Forget what this process knows of a case: among so many, what is stale would be found one attempt at a time."""
    cases = room.gathering.cases
    cases.cases.forget(case)
    cases.consents.forget(case)
    cases.evidence.lines.forget(case)


def _charge(
    call: Call,
    room: ExchangeRoom,
    manifest: Manifest,
    released: tuple[Released, ...],
    refused: tuple[Refused, ...],
) -> None:
    """Step 9: a page of which nothing is released is a refusal like any other.

    A repeat counts the lines that its first call has not released.
    """
    if not released:
        charge(call, room, (), refused)
        return
    call.charge(purpose_limits.for_manifest_fetch(call.draft.operator_tag.hex(), call.now))
    spend_uses(call, released)
    counter = counter_of(manifest)
    fresh = sum(not call.used_before(one.line.uses_counter) for one in released)
    if fresh:
        call.spend(Spend(counter, fresh, len(manifest.items)), Reason.RATE_LIMITED)


def _matter(outcome: Released | Refused) -> str:
    return outcome.line.plan.matter if isinstance(outcome, Released) else outcome.matter
