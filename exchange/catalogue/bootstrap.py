"""The first entries of an empty catalogue, which nobody is registered to publish yet.

Rules:
1. Only for a hub whose catalogue never held anything: the changes themselves fail anywhere else.
2. Departments only, with at least two active catalogue managers among them; from then on they publish the rest.
"""

from collections.abc import Sequence

from exchange.catalogue.codec import digest
from exchange.catalogue.department_keys import key_problems
from exchange.catalogue.publish import LEAST_MANAGERS
from exchange.catalogue.store import CatalogueStore, EntryHead, bump_epoch, write_head, write_revision
from exchange.catalogue.validation import validate
from exchange.entities.catalogue import Department, EntityKind, Role, Status
from exchange.entities.register import Register
from exchange.entities.revision import Revision, RevisionState
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason
from storage.records.changes import Change

AUTHOR = "hub/bootstrap"
"""Author and publisher of the first entries: the operator of the hub, outside the rule of two people."""


def bootstrap(store: CatalogueStore, departments: Sequence[Department], *, now: int) -> tuple[Change, ...]:
    """The changes that put the first departments in force; commit them through the recorder.

    ``now`` in seconds since 1970 (UTC). Raises ``RefusedError(CATALOGUE_EXISTS)`` if the catalogue is not empty and
    ``InvalidError`` with everything wrong with the departments.
    """
    if store.epoch():
        raise RefusedError(Reason.CATALOGUE_EXISTS, subject=EntityKind.DEPARTMENT)
    problems = [Violation(each.field, each.en, each.zh) for each in validate(departments, Register.build(0, ()))]
    problems += [problem for department in departments for problem in key_problems(department)]
    managers = [
        operator
        for department in departments
        if Role.CATALOGUE_MANAGER in department.roles and department.status is Status.ACTIVE
        for operator in department.operators
        if Role.CATALOGUE_MANAGER in operator.roles and operator.status is Status.ACTIVE
    ]
    if len(managers) < LEAST_MANAGERS:
        en = f"must have at least {LEAST_MANAGERS} active catalogue managers: the second publishes"
        problems.append(Violation("operators", en, f"应至少有{LEAST_MANAGERS}名有效的目录管理员，由第二人发布"))
    if problems:
        raise InvalidError(tuple(problems))
    changes: list[Change] = []
    for department in departments:
        revision = _first(department, now)
        changes.append(write_revision(revision, 0))
        changes.append(write_head(revision.kind, revision.code, EntryHead(latest=1, in_force=1), 0))
    return *changes, bump_epoch(0, now)


def _first(department: Department, now: int) -> Revision:
    return Revision(
        kind=EntityKind.DEPARTMENT,
        code=department.uscc,
        number=1,
        state=RevisionState.PUBLISHED,
        entity=department,
        digest=digest(department),
        author=AUTHOR,
        publisher=AUTHOR,
        proposed_time=now,
        published_time=now,
        superseded_time=0,
        note="",
    )
