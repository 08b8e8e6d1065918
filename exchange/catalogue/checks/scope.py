"""What checks look other entities up in, and the sentences that they share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from exchange.codes import date_problem
from exchange.entities.catalogue import Department, Entity, Field, Label, LicenceType, Matter, Role
from exchange.entities.register import Register

Finding = tuple[str, Label]
"""A field path inside the entity and what is wrong there."""

UNKNOWN_DEPARTMENT = Label(zh="部门不在目录中", en="names a department that is not in the catalogue")
UNKNOWN_TYPE = Label(zh="证照类型不在目录中", en="names a licence type that is not in the catalogue")
UNKNOWN_MATTER = Label(zh="事项不在目录中", en="names a matter that is not in the catalogue")
REPEATED = Label(zh="标识重复", en="repeats an id that must be unique")
DATES_REVERSED = Label(zh="起始日期晚于截止日期", en="ends before it begins")


@dataclass(frozen=True, slots=True)
class Scope:
    """The entities under check over those in force, by code; of entities given twice the last counts.

    ``whole``: nothing lies beneath, so that every reference must be met. Otherwise the two references that go in a
    circle may wait for what is published later: a licence type's related matter and the matters of a delegation.
    """

    whole: bool
    departments: Mapping[str, Department]
    licence_types: Mapping[str, LicenceType]
    fields: Mapping[str, Mapping[str, Field]]
    matters: Mapping[str, Matter]
    certificate_owners: Mapping[str, AbstractSet[str]]

    @classmethod
    def of(cls, entities: Sequence[Entity], over: Register | None) -> "Scope":
        """The scope of ``entities`` over the register in force, or alone as a whole catalogue."""
        departments = dict(over.departments) if over is not None else {}
        types = dict(over.licence_types) if over is not None else {}
        matters = dict(over.matters) if over is not None else {}
        departments |= {entity.uscc: entity for entity in entities if isinstance(entity, Department)}
        types |= {entity.code: entity for entity in entities if isinstance(entity, LicenceType)}
        matters |= {entity.code: entity for entity in entities if isinstance(entity, Matter)}
        fields = {code: {field.name: field for field in entity.fields} for code, entity in types.items()}
        owners: dict[str, set[str]] = {}
        for department in departments.values():
            for certificate in department.certificates:
                owners.setdefault(certificate, set()).add(department.uscc)
        return cls(over is None, departments, types, fields, matters, owners)

    def role_findings(self, path: str, department: str, role: Role) -> Iterator[Finding]:
        """What is wrong with naming ``department`` where a department with ``role`` is meant."""
        found = self.departments.get(department)
        if found is None:
            yield path, UNKNOWN_DEPARTMENT
        elif role not in found.roles:
            yield path, Label(zh=f"该部门没有 {role} 角色", en=f"names a department without the role {role}")

    def matter_findings(self, path: str, codes: Iterable[str]) -> Iterator[Finding]:
        """The matters that do not exist."""
        for code in sorted(codes):
            if code not in self.matters:
                yield f"{path}[{code}]", UNKNOWN_MATTER


def repeated_findings(path: str, ids: Iterable[str]) -> Iterator[Finding]:
    """Ids that occur more than once, each named once."""
    seen: set[str] = set()
    told: set[str] = set()
    for each in ids:
        if each in seen and each not in told:
            told.add(each)
            yield f"{path}[{each}]", REPEATED
        seen.add(each)


def period_findings(path: str, valid_from: str, valid_until: str) -> Iterator[Finding]:
    """Dates that do not exist or are the wrong way round; ``path`` is empty or ends with a dot."""
    problems = [(f"{path}valid_from", date_problem(valid_from)), (f"{path}valid_until", date_problem(valid_until))]
    wrong = [(field, problem) for field, problem in problems if problem is not None]
    yield from wrong
    if not wrong and valid_from > valid_until:
        yield f"{path}valid_until", DATES_REVERSED
