"""The form of a case or an application, filled from what was released for it.

Rules:
1. A form field is filled by the lines whose guides map a licence field to it (``prefills``); it has one name for all
   matters of an application, which share one form.
2. Two licences that say different things are a conflict: the field stays empty, and both values and sources are told.
3. A masked value fills nothing, neither does a field that was not released.
"""

from collections.abc import Iterable, Sequence

from exchange.entities.licence import FieldValue
from exchange.licences.exchange_room import FormField, FormSource, ServedLine
from exchange.licences.gathering import CaseContext
from exchange.licences.releasing import Released, prefill


def form_of(released: Sequence[tuple[CaseContext, Released]]) -> tuple[FormField, ...]:
    """The fields that the released lines fill, sorted by name; sources in the order of the lines."""
    found: dict[str, list[FormSource]] = {}
    for context, one in released:
        requirement = one.line.plan.requirement
        assert requirement is not None
        line = ServedLine(context.case_id, one.line.plan.matter, requirement.id)
        for target, value in _values(one):
            source = FormSource(
                line, requirement.licence_type, one.held.identifier, one.held.version, one.issue_time, value
            )
            found.setdefault(target, []).append(source)
    return tuple(FormField(name, _agreed(sources), tuple(sources)) for name, sources in sorted(found.items()))


def _values(one: Released) -> Iterable[tuple[str, FieldValue]]:
    """Form field and value of each mapping; a line that maps two fields to one form field gives both."""
    requirement, presentation = one.line.plan.requirement, one.presentation
    assert requirement is not None
    unmasked = prefill(one.line, presentation)
    for source, target in requirement.prefills:
        if target in unmasked and source in presentation.fields and source not in presentation.masked:
            yield target, presentation.fields[source]


def _agreed(sources: Sequence[FormSource]) -> FieldValue | None:
    """The value that every source has; a number and a truth value are never the same."""
    first = sources[0].value
    same = all(type(each.value) is type(first) and each.value == first for each in sources)
    return first if same else None
