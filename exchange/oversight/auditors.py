"""Who is told of what has to be watched: the audit departments."""

from exchange.call import Call
from exchange.entities.catalogue import Role, Status


def auditors(call: Call) -> frozenset[str]:
    """USCCs of the audit departments that are active today."""
    return frozenset(
        department.uscc
        for department in call.register.departments.values()
        if Role.AUDITOR in department.roles and department.status is Status.ACTIVE
    )
