"""What can be said of a line of a case besides whether the hub could release it: how it stands, and the ways around it.

Rule: nothing here looks for a licence, so nothing here tells whether there is one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from exchange.call import Call
from exchange.cases.case_now import CaseEvidence, read_evidence
from exchange.cases.deferring import latest_deadline
from exchange.cases.exclusion import excluded_until
from exchange.cases.line_standing import standing
from exchange.cases.promise import commitment_text
from exchange.cases.requirements import CaseLine
from exchange.entities.case import Case, CaseState
from exchange.entities.catalogue import Label, Necessity
from exchange.entities.evidence import Standing
from exchange.licences.evidence_line import EvidenceCheck
from exchange.licences.evidence_words import sentence_of
from exchange.licences.exchange_room import ExchangeRoom
from exchange.reasons import Reason
from storage.errors import ErasedError

_AGREEMENT = frozenset({Reason.AGREEMENT_MISSING, Reason.AGREEMENT_SCOPE})


@dataclass(frozen=True, slots=True)
class Rest:
    """What is known of the case as a whole; ``lines`` by each of their names.

    ``latest``: how long evidence may be deferred now, 0: not at all.
    """

    case: Case
    lines: Mapping[tuple[str, str], CaseLine]
    evidence: CaseEvidence
    latest: int


def read_rest(call: Call, room: ExchangeRoom, case: Case, lines: Iterable[CaseLine]) -> Rest:
    """Read what became of the case's evidence, expected unchanged at commit."""
    store = room.gathering.cases
    may = case.state is CaseState.OPEN and not excluded_until(call, store, case)
    latest = latest_deadline(call, room.terms, case) if may else 0
    evidence = read_evidence(call, store.evidence, case.id)
    return Rest(
        case, {(matter, line.requirement.id): line for line in lines for matter in line.matters}, evidence, latest
    )


def completed(call: Call, room: ExchangeRoom, rest: Rest, check: EvidenceCheck) -> EvidenceCheck:
    """The check with everything else that can be said of its line."""
    line = rest.lines.get((check.matter, check.requirement))
    if line is None:  # withdrawn: nobody asks for it
        return replace(check, sentence=sentence_of(check, None))
    known = rest.evidence.of(line)
    stands = standing(room.gathering.cases.evidence, rest.case.id, line, known, call.now)
    necessity = line.requirement.necessity
    until = rest.latest if necessity is Necessity.DEFERRABLE else 0
    if stands is Standing.DEFERRED and known.deferral is not None:
        until = known.deferral.deadline
    more = replace(
        check,
        standing=stands,
        covered_by=line.covered_by,
        deferrable_until=until if stands in {Standing.OUT, Standing.DEFERRED} else 0,
        commitment_text=commitment_text(line) if necessity is Necessity.REPLACEABLE else None,
        agreement_issuers=_issuers(call, check),
        dispute=known.dispute,
        dispute_state=_dispute_state(call, room, known.dispute),
    )
    return replace(more, sentence=sentence_of(more, _cover(rest, line)))


def _cover(rest: Rest, line: CaseLine) -> Label | None:
    cover = rest.lines.get(line.covered_by) if line.covered_by is not None else None
    return cover.requirement.name if cover is not None else None


def _issuers(call: Call, check: EvidenceCheck) -> tuple[str, ...]:
    """With whom the caller's department would need an agreement."""
    licence_type = call.register.licence_types.get(check.licence_type)
    if licence_type is None or _AGREEMENT.isdisjoint(check.reasons):
        return ()
    return tuple(sorted(licence_type.issuers))


def _dispute_state(call: Call, room: ExchangeRoom, dispute: str) -> str:
    if not dispute:
        return ""
    try:
        found = call.read(room.gathering.cases.disputes.disputes, dispute).value
    except ErasedError:
        return ""
    return found.state.value if found is not None else ""
