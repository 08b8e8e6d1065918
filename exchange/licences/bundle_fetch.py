"""Fetching for an application: every line of its cases in one call, each licence read and handed out once.

The walk over a line is the fetch walk's (``fetch``); this module says what is new with several cases. Rules:
1. The decision is made for every (case, line); a release serves only the lines that are allowed. Each keeps an item
   of its own in the record, under its own case's tag, and each spends a use of its own.
2. One extract serves several lines only if the very same fields of the very same licence are allowed to each of them on
   the same basis. Lines with other fields have extracts of their own: nobody receives a field for another's sake.
3. The receipt of an extract names every case that it serves, with its matter, guide revision and consent.
4. Lines of cases that the caller neither handles nor opened are not touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.call import Call, Position, Prepared
from exchange.cases.applications import ApplicationRoom, FoundApplication, find_application
from exchange.cases.room import works_on
from exchange.cases.store import owner_party
from exchange.entities.catalogue import EvidenceRequirement
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.licences.arrivals import note_arrivals
from exchange.licences.exchange_room import (
    BundleResult,
    ExchangeRoom,
    Extract,
    FetchedBundle,
    FormField,
    RefusedLine,
    ServedLine,
)
from exchange.licences.fetch import MAX_LINES, Wanted, check_names, check_own, open_case, walk
from exchange.licences.form import form_of
from exchange.licences.gathering import CaseContext
from exchange.licences.lines import lines_of
from exchange.licences.releasing import (
    Refused,
    Released,
    bound_extract_of,
    charge,
    commit_all,
    prepare_all,
    refusal_of,
)
from exchange.purpose.decision import reasons_shown
from exchange.purpose.fields import lawful_basis
from exchange.reasons import Reason

MAX_BUNDLE_LINES = 80
"""Lines of one call for an application: with all their facts, they fit into one entry of the log."""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A filled form, the lines that were refused, and a receipt for each licence that was read."""

    form: tuple[FormField, ...]
    refusals: tuple[BundleResult, ...]
    receipts: tuple[str, ...]
    position: Position


_Place = tuple[CaseContext, Wanted]


def fetch_bundle(
    call: Call,
    room: ExchangeRoom,
    applications: ApplicationRoom,
    application_id: str,
    requirements: tuple[str, ...],
) -> FetchedBundle:
    """Fetch the lines of every case of an application (none named: all that apply), with an outcome for each.

    Raises what ``find_application`` raises, ``InvalidError`` for more than 80 lines, and what ``Call.commit`` raises.
    """
    # 1 Caller, application, requirements.
    if len(requirements) > MAX_LINES:
        raise InvalidError((Violation("requirements", f"must be at most {MAX_LINES}", f"不得超过{MAX_LINES}项"),))
    check_names("requirements", requirements)
    found = find_application(call, applications, application_id)
    contexts = _contexts(call, room, found)
    places = _places(call, room, contexts, requirements)
    # 2 to 10
    results, form, position = _served(call, room, applications, found, places, handed_out=True)
    return FetchedBundle(results, form, position)


def prefill_application(
    call: Call, room: ExchangeRoom, applications: ApplicationRoom, application_id: str
) -> Prefilled:
    """Fill the form of an application; only fields that the guides map to it are read. Raises as ``fetch_bundle``."""
    found = find_application(call, applications, application_id)
    places = [place for context in _contexts(call, room, found) for place in _filling(call, room, context)]
    results, form, position = _served(call, room, applications, found, places, handed_out=False)
    return _prefilled(results, form, position)


def prefill_case(call: Call, room: ExchangeRoom, case_id: str) -> Prefilled:
    """Fill the form of one case. Raises ``RefusedError`` if it is not the caller's, as ``fetch_evidence`` does."""
    context = open_case(call, room, case_id)
    places = _filling(call, room, context) if context.case is not None else [(context, Wanted(None, ""))]
    if not places:
        check_own(call, room, context)
    results, form, position = _walked(call, room, places, handed_out=False)
    return _prefilled(results, form, position)


def _contexts(call: Call, room: ExchangeRoom, found: FoundApplication) -> list[CaseContext]:
    """Step 1: the cases that the caller handles, or all of them if its department opened the application."""
    opened = found.application.department == call.caller.department.uscc
    mine = [each.case for each in found.cases if opened or works_on(call, each.case)]
    return [open_case(call, room, case.id) for case in mine]


def _places(
    call: Call, room: ExchangeRoom, contexts: Sequence[CaseContext], requirements: tuple[str, ...]
) -> list[_Place]:
    """Step 1: the lines named, or all that apply, case by case; a name that no guide has is refused as such."""
    places: list[_Place] = []
    for context in contexts:
        assert context.case is not None
        for pinned, line in lines_of(room.gathering.plans, call.register, context.case):
            if not requirements or line.id in requirements:
                places.append((context, Wanted(pinned, line.id)))
    known = {wanted.requirement for _, wanted in places}
    first = contexts[0]
    assert first.case is not None
    places += [
        (first, Wanted(first.case.matters[0], name)) for name in dict.fromkeys(requirements) if name not in known
    ]
    return places


def _filling(call: Call, room: ExchangeRoom, context: CaseContext) -> list[_Place]:
    """Step 1 of a prefill: the lines that fill form fields, and of each only the licence fields that do."""
    assert context.case is not None
    return [
        (context, Wanted(pinned, line.id, _sources(line)))
        for pinned, line in lines_of(room.gathering.plans, call.register, context.case)
        if line.prefills
    ]


def _sources(line: EvidenceRequirement) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for source, _ in line.prefills))


def _served(
    call: Call,
    room: ExchangeRoom,
    applications: ApplicationRoom,
    found: FoundApplication,
    places: list[_Place],
    *,
    handed_out: bool,
) -> tuple[tuple[BundleResult, ...], tuple[FormField, ...], Position]:
    """Steps 2 to 10; the record is the application's."""
    if len(places) > MAX_BUNDLE_LINES:
        en, zh = f"must name some: there are over {MAX_BUNDLE_LINES} lines", f"材料超过{MAX_BUNDLE_LINES}项，请分次调取"
        raise InvalidError((Violation("requirements", en, zh),))
    draft = call.draft
    draft.raw.pop("case", None)
    draft.case_tag = b""  # each item has its own
    draft.sealed_owner = applications.cases.store.owner(owner_party(found.cases[0].case))
    return _walked(call, room, places, handed_out=handed_out)


def _walked(
    call: Call, room: ExchangeRoom, places: list[_Place], *, handed_out: bool
) -> tuple[tuple[BundleResult, ...], tuple[FormField, ...], Position]:
    """Steps 2 to 10 over all lines; of what is only read to fill a form, nothing that a case waits for has come in.

    Raises ``RefusedError`` if the only case is not the caller's."""
    # 2 to 8 The walk over each line.
    outcomes = [(context, _walk_one(call, room, context, wanted)) for context, wanted in places]
    released = [(context, one) for context, one in outcomes if isinstance(one, Released)]
    refused = [(context, one) for context, one in outcomes if isinstance(one, Refused)]
    _check_seen(refused, found_any=bool(released))
    # 9 Commit the unit: one access record, uses, consents, limits.
    allowed, denied = tuple(one for _, one in released), tuple(one for _, one in refused)
    if outcomes:
        charge(call, room, allowed, denied)
    if handed_out:
        for context in dict.fromkeys(context.case_id for context, _ in released):
            note_arrivals(call, room, *_of_case(released, context))
    prepared = prepare_all(call, allowed, denied)
    results = (
        *(_bound(call, room, group, prepared) for group in _groups(released)),
        *(_refusal(call, room, context, one, prepared) for context, one in refused),
    )
    position = commit_all(call, prepared)
    # 10 Return.
    return results, form_of(released), position


def _of_case(
    released: Sequence[tuple[CaseContext, Released]], case_id: str
) -> tuple[CaseContext, tuple[Released, ...]]:
    ours = [(context, one) for context, one in released if context.case_id == case_id]
    return ours[0][0], tuple(one for _, one in ours)


def _walk_one(call: Call, room: ExchangeRoom, context: CaseContext, wanted: Wanted) -> Released | Refused:
    """Rule 1: the line's item is under its own case's tag where the record is not that case's."""
    outcome = walk(call, room, context, wanted)
    tag = bytes.fromhex(context.tag)
    if call.draft.case_tag != tag:
        call.draft.items[-1].case_tag = tag
    return outcome


def _check_seen(refused: Sequence[tuple[CaseContext, Refused]], *, found_any: bool) -> None:
    """A call of which every line is of cases that are not the caller's is refused as a whole, as if there were none."""
    shown = [reasons_shown(one.reasons) for _, one in refused]
    if refused and not found_any and all(Reason.CASE_UNKNOWN in reasons for reasons in shown):
        raise RefusedError(*dict.fromkeys(reason for reasons in shown for reason in reasons))


def _groups(released: Sequence[tuple[CaseContext, Released]]) -> list[list[tuple[CaseContext, Released]]]:
    """Rule 2: lines that one extract serves, in the order of the first of each."""
    groups: dict[object, list[tuple[CaseContext, Released]]] = {}
    for context, one in released:
        presentation = one.presentation
        fields = tuple(sorted(presentation.fields)), tuple(sorted(presentation.masked))
        held = (one.held.identifier, one.held.version, one.held.digest)
        key = (*held, *fields, presentation.digest, lawful_basis(one.line.facts))
        groups.setdefault(key, []).append((context, one))
    return list(groups.values())


def _bound(
    call: Call, room: ExchangeRoom, group: list[tuple[CaseContext, Released]], prepared: Prepared
) -> BundleResult:
    lines = tuple(_line(context, one.line.plan.matter, one.line.facts.request.requirement) for context, one in group)
    return BundleResult(lines, bound_extract_of(call, room, group, prepared))


def _refusal(
    call: Call, room: ExchangeRoom, context: CaseContext, refused: Refused, prepared: Prepared
) -> BundleResult:
    line = _line(context, refused.matter, refused.requirement)
    return BundleResult((line,), refusal_of(call, room, context, refused, prepared))


def _line(context: CaseContext, matter: str, requirement: str | None) -> ServedLine:
    return ServedLine(context.case_id, matter, requirement or "")


def _prefilled(results: tuple[BundleResult, ...], form: tuple[FormField, ...], position: Position) -> Prefilled:
    refusals = tuple(one for one in results if isinstance(one.outcome, RefusedLine))
    receipts = tuple(one.outcome.receipt for one in results if isinstance(one.outcome, Extract))
    return Prefilled(form, refusals, receipts, position)
