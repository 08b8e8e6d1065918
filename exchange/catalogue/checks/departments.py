"""Checks of departments: codes, the tree of parents, operators, keys and delegations to counters."""

from collections.abc import Iterator

from exchange.catalogue.checks.scope import (
    UNKNOWN_DEPARTMENT,
    UNKNOWN_MATTER,
    Finding,
    Scope,
    period_findings,
    repeated_findings,
)
from exchange.codes import region_code_problem, uscc_problem
from exchange.entities.catalogue import CROSS_REGION, Department, Label, Role
from exchange.entities.delegation import CounterDelegation, DelegatedDuty

_CYCLE = Label(zh="上级部门形成循环", en="is its own ancestor")
_ROLES_WIDER = Label(
    zh="操作员的角色超出所属部门的角色", en="gives an operator a role that the department does not have"
)
_SELF_DELEGATION = Label(zh="不得委托给本部门", en="delegates to the department itself")
_SAME_REGION = Label(zh="代收和共享单位应属于其他地区", en="is of the same region: only others collect and share")
_NOT_ACROSS_REGIONS = Label(zh="该事项未开通跨区域办理", en="is not offered across regions")
_NOT_OWN_MATTER = Label(zh="只能委托本部门实施的事项", en="delegates a matter that another department implements")
_CERTIFICATE_SHARED = Label(zh="证书已登记在另一部门名下", en="registers a certificate of another department")


def department_findings(department: Department, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with the department as one of the scope's."""
    for path, problem in (
        ("uscc", uscc_problem(department.uscc)),
        ("region", region_code_problem(department.region)),
    ):
        if problem is not None:
            yield path, problem
    yield from _parent_findings(department, scope)
    yield from repeated_findings("operators", (operator.id for operator in department.operators))
    for operator in department.operators:
        if not operator.roles <= department.roles:
            yield f"operators[{operator.id}].roles", _ROLES_WIDER
    yield from repeated_findings("token_keys", (key.kid for key in department.token_keys))
    if any(len(scope.certificate_owners[each]) > 1 for each in department.certificates):
        yield "certificates", _CERTIFICATE_SHARED
    for number, delegation in enumerate(department.delegations):
        yield from _delegation_findings(f"delegations[{number}].", department, delegation, scope)


def _parent_findings(department: Department, scope: Scope) -> Iterator[Finding]:
    seen = {department.uscc}
    parent = department.parent
    while parent is not None:
        if parent in seen:
            yield "parent", _CYCLE
            return
        seen.add(parent)
        found = scope.departments.get(parent)
        if found is None:
            if parent == department.parent:  # a missing grandparent is the parent's own finding
                yield "parent", UNKNOWN_DEPARTMENT
            return
        parent = found.parent


def _delegation_findings(
    path: str, department: Department, delegation: CounterDelegation, scope: Scope
) -> Iterator[Finding]:
    if delegation.counter == department.uscc:
        yield f"{path}counter", _SELF_DELEGATION
    else:
        yield from scope.role_findings(f"{path}counter", delegation.counter, Role.REQUESTER)
        counter = scope.departments.get(delegation.counter)
        if delegation.duty is not DelegatedDuty.HANDLE and counter is not None and counter.region == department.region:
            yield f"{path}counter", _SAME_REGION
    for code in sorted(delegation.matters):
        matter = scope.matters.get(code)
        if matter is None:
            if scope.whole:
                yield f"{path}matters[{code}]", UNKNOWN_MATTER
        elif matter.implementer != department.uscc:
            yield f"{path}matters[{code}]", _NOT_OWN_MATTER
        elif delegation.duty is not DelegatedDuty.HANDLE and CROSS_REGION not in matter.channels:
            yield f"{path}matters[{code}]", _NOT_ACROSS_REGIONS
    yield from period_findings(path, delegation.valid_from, delegation.valid_until)
