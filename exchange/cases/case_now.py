"""A case as it stands at the time of a call, whether or not that was recorded yet: what every read and every step sees.

Rules:
1. A case that awaits evidence has lapsed with the first deadline that passed of a line that is still asked for.
2. One that awaits nothing any more that is asked for, since guides have withdrawn it all, is accepted.
3. The clock and the guides in force alone decide, as of now. So a lapse that nobody has noted before the line is
   withdrawn has not happened, and neither has an acceptance before the line is asked for again.
4. Nothing here changes anything: ``open_step.take_case`` notes it with the next step, ``completing`` and ``lapsing`` do
   by themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from exchange.call import Call, is_within_lines
from exchange.cases.evidence_store import EvidenceStore
from exchange.cases.requirements import CaseLine, case_lines
from exchange.cases.states import as_of
from exchange.catalogue.store import CatalogueStore
from exchange.entities.case import Case, CaseState
from exchange.entities.evidence import LineEvidence

Lines = Mapping[tuple[str, str], LineEvidence]


@dataclass(frozen=True, slots=True)
class CaseEvidence:
    """What is known of a case's evidence, by line, and the version of its record."""

    lines: Lines
    version: int

    def of(self, line: CaseLine) -> LineEvidence:
        """What is known of a line, under whichever of its matters; nothing, if nothing is."""
        names = ((matter, line.requirement.id) for matter in line.matters)
        known = next((self.lines[name] for name in names if name in self.lines), None)
        return known or LineEvidence(*line.name)


def read_evidence(call: Call, store: EvidenceStore, case_id: str) -> CaseEvidence:
    """What is known of the case's evidence, expected unchanged at commit. Raises ``ErasedError``."""
    found = call.read(store.lines, case_id)
    return CaseEvidence({line.line: line for line in found.value or ()}, found.version)


def case_now(call: Call, catalogue: CatalogueStore, case: Case, lines: Iterable[LineEvidence]) -> Case:
    """The case by rules 1 and 2; ``lines``: what is known of its evidence, where it awaits some."""
    if case.state is not CaseState.AWAITING_EVIDENCE:
        return case
    deferred = [line for line in lines if line.waits]
    waiting = waiting_lines(call, catalogue, case, deferred)
    if deferred and not waiting:
        return replace(case, state=CaseState.ACCEPTED)
    if has_lapsed(waiting, call.now):
        return replace(case, state=CaseState.LAPSED)
    return case


def awaits_nothing(call: Call, catalogue: CatalogueStore, case: Case, lines: Iterable[LineEvidence]) -> bool:
    """Whether the case counts as accepted, and that was not noted yet."""
    return case.state is not CaseState.ACCEPTED and case_now(call, catalogue, case, lines).state is CaseState.ACCEPTED


def shown_now(call: Call, evidence: EvidenceStore, catalogue: CatalogueStore, case: Case) -> Case:
    """The case as every read shows it: as ``case_now``, and lapsed if it was not accepted in its window.

    Raises ``ErasedError``.
    """
    if case.state is not CaseState.AWAITING_EVIDENCE:
        return as_of(case, call.now)
    return case_now(call, catalogue, case, read_evidence(call, evidence, case.id).lines.values())


def waiting_lines(
    call: Call, catalogue: CatalogueStore, case: Case, lines: Iterable[LineEvidence]
) -> tuple[LineEvidence, ...]:
    """Those of the lines that were deferred, have not ended, and that at least one matter of the case still asks for.

    What the guides in force have withdrawn meanwhile is waited for no more, and lets no case lapse.
    """
    waiting = tuple(line for line in lines if line.waits)
    if not waiting:
        return ()
    lines_now = case_lines(catalogue, call.register, case)
    asked = {(matter, line.requirement.id) for line in lines_now for matter in line.matters}
    return tuple(line for line in waiting if line.line in asked)


def is_deferred(known: LineEvidence, now: int) -> bool:
    """Whether the line may still follow at ``now``."""
    return known.waits and known.deferral is not None and now < known.deferral.deadline


def has_lapsed(lines: Iterable[LineEvidence], now: int) -> bool:
    """Whether a deferral of these lines was let lapse: by the clock, whether or not it was recorded yet."""
    return any(line.waits and line.deferral is not None and now >= line.deferral.deadline for line in lines)


def seen_lines(call: Call, catalogue: CatalogueStore, case: Case, evidence: CaseEvidence) -> tuple[LineEvidence, ...]:
    """The lines as answers show them: a deferral of a line that is asked for has lapsed with its deadline.

    A token that is limited to some lines sees those.
    """
    waiting = waiting_lines(call, catalogue, case, evidence.lines.values())
    shown = (line for line in evidence.lines.values() if is_within_lines(call, line.requirement))
    return tuple(_seen(line, call.now) if line in waiting else line for line in shown)


def _seen(line: LineEvidence, now: int) -> LineEvidence:
    if line.deferral is None or not has_lapsed((line,), now):
        return line
    return replace(line, deferral=replace(line.deferral, lapsed=True))
