"""What else in force names an entity: what would be left with a gap if it were retired."""

from collections.abc import Iterator

from exchange.catalogue.codec import code_of, kind_of
from exchange.entities.catalogue import (
    Agreement,
    Bundle,
    Department,
    Entity,
    EntityKind,
    LicenceType,
    Mandate,
    Matter,
)
from exchange.entities.register import Register


def dependents(entity: Entity, register: Register) -> tuple[str, ...]:
    """Names (``{collection}/{code}``) of the entries in force that name the entity, in order, each once.

    Not told: licences and cases. Licences of a retired type stay valid; cases go on under the guides that they pin, for
    as long as a transition lets them.
    """
    kind, code = kind_of(entity), code_of(entity)
    found = {
        f"{revision.kind}/{revision.code}"
        for revision in register.revisions.values()
        if (revision.kind, revision.code) != (kind, code) and code in _named(revision.entity, kind)
    }
    return tuple(sorted(found))


def _named(entity: Entity, kind: EntityKind) -> set[str]:
    """The codes of a collection that an entity names."""
    return {code for collection, code in _references(entity) if collection is kind}


def _references(entity: Entity) -> Iterator[tuple[EntityKind, str]]:
    department, licence_type, matter = EntityKind.DEPARTMENT, EntityKind.LICENCE_TYPE, EntityKind.MATTER
    match entity:
        case Matter():
            yield department, entity.implementer
            yield department, entity.supervising_department
            yield licence_type, entity.result_type
            yield from ((licence_type, line.licence_type) for line in entity.evidence if not line.withdrawn)
        case LicenceType():
            yield from ((department, code) for code in (entity.defining_authority, *entity.issuers))
            yield matter, entity.related_matter
        case Bundle():
            yield department, entity.lead_department
            yield from ((matter, code) for code in entity.matters)
        case Agreement():
            yield from ((department, code) for code in (entity.issuer, entity.requester))
            yield from ((licence_type, code) for code in entity.licence_types)
            yield from ((matter, code) for code in entity.matters)
        case Mandate():
            yield from ((department, code) for code in (entity.auditor, *entity.departments))
        case Department():
            yield department, entity.parent or ""
            yield from ((department, delegation.counter) for delegation in entity.delegations)
            yield from ((matter, code) for delegation in entity.delegations for code in delegation.matters)
