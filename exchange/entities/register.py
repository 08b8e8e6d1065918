"""The catalogue in force at one moment: immutable, shared by every thread, swapped whole when something is published.

Rules:
1. A register is built once from the published revisions and never changes.
2. ``epoch`` is the version of the record ``catalogue/epoch``; every unit expects it, so that a decision made on an
   older register can never be committed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from exchange.entities.catalogue import (
    Agreement,
    Bundle,
    Calendar,
    Department,
    EntityKind,
    LicenceType,
    Mandate,
    Matter,
    Operator,
)
from exchange.entities.revision import Revision

EPOCH_KIND = "catalogue"
EPOCH_KEY = "epoch"


@dataclass(frozen=True, slots=True)
class Register:
    """Look-ups by code over everything in force."""

    epoch: int
    revisions: Mapping[tuple[EntityKind, str], Revision]
    departments: Mapping[str, Department]
    operators: Mapping[tuple[str, str], Operator]
    licence_types: Mapping[str, LicenceType]
    matters: Mapping[str, Matter]
    bundles: Mapping[str, Bundle]
    agreements: tuple[Agreement, ...]
    mandates: Mapping[str, Mandate]
    calendars: Mapping[str, Calendar]

    @classmethod
    def build(cls, epoch: int, published: Iterable[Revision]) -> Self:
        """Build from the revisions in force at ``epoch``; one per entity."""
        revisions: dict[tuple[EntityKind, str], Revision] = {}
        departments: dict[str, Department] = {}
        licence_types: dict[str, LicenceType] = {}
        matters: dict[str, Matter] = {}
        bundles: dict[str, Bundle] = {}
        agreements: list[Agreement] = []
        mandates: dict[str, Mandate] = {}
        calendars: dict[str, Calendar] = {}
        for revision in published:
            revisions[revision.kind, revision.code] = revision
            match revision.entity:
                case Department() as department:
                    departments[department.uscc] = department
                case LicenceType() as licence_type:
                    licence_types[licence_type.code] = licence_type
                case Matter() as matter:
                    matters[matter.code] = matter
                case Bundle() as bundle:
                    bundles[bundle.code] = bundle
                case Agreement() as agreement:
                    agreements.append(agreement)
                case Mandate() as mandate:
                    mandates[mandate.id] = mandate
                case Calendar() as calendar:
                    calendars[calendar.code] = calendar
        operators = {
            (department.uscc, operator.id): operator
            for department in departments.values()
            for operator in department.operators
        }
        return cls(
            epoch=epoch,
            revisions=MappingProxyType(revisions),
            departments=MappingProxyType(departments),
            operators=MappingProxyType(operators),
            licence_types=MappingProxyType(licence_types),
            matters=MappingProxyType(matters),
            bundles=MappingProxyType(bundles),
            agreements=tuple(agreements),
            mandates=MappingProxyType(mandates),
            calendars=MappingProxyType(calendars),
        )
