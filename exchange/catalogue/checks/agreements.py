"""Checks of what binds entities together: bundles, agreements and audit mandates."""

from collections.abc import Iterator

from exchange.catalogue.checks.scope import (
    UNKNOWN_DEPARTMENT,
    UNKNOWN_TYPE,
    Finding,
    Scope,
    period_findings,
    repeated_findings,
)
from exchange.entities.catalogue import Agreement, Bundle, Label, Mandate, Role

_NOT_ISSUER = Label(zh="提供方不是该证照类型的颁发机构", en="names a type that the agreement's issuer does not issue")
_FIELD = Label(zh="协议所列证照类型均无该字段", en="names a field that none of the types has")
_SAME_PARTY = Label(zh="协议双方不得为同一部门", en="is an agreement of a department with itself")
_CAP = Label(zh="每日上限应至少为1", en="must be at least 1")


def bundle_findings(bundle: Bundle, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with the bundle as one of the scope's."""
    if bundle.lead_department not in scope.departments:
        yield "lead_department", UNKNOWN_DEPARTMENT
    yield from repeated_findings("matters", bundle.matters)
    yield from scope.matter_findings("matters", set(bundle.matters))


def agreement_findings(agreement: Agreement, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with the agreement as one of the scope's. Signatures are not checked here."""
    yield from scope.role_findings("issuer", agreement.issuer, Role.ISSUER)
    yield from scope.role_findings("requester", agreement.requester, Role.REQUESTER)
    if agreement.issuer == agreement.requester:
        yield "requester", _SAME_PARTY
    known: set[str] = set()
    for code in sorted(agreement.licence_types):
        licence_type = scope.licence_types.get(code)
        if licence_type is None:
            yield f"licence_types[{code}]", UNKNOWN_TYPE
            continue
        if agreement.issuer not in licence_type.issuers:
            yield f"licence_types[{code}]", _NOT_ISSUER
        known |= scope.fields[code].keys()
    for name in sorted(agreement.fields - known):
        yield f"fields[{name}]", _FIELD
    yield from scope.matter_findings("matters", agreement.matters)
    yield from period_findings("", agreement.valid_from, agreement.valid_until)
    if agreement.daily_cap < 1:
        yield "daily_cap", _CAP


def mandate_findings(mandate: Mandate, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with the mandate as one of the scope's."""
    yield from scope.role_findings("auditor", mandate.auditor, Role.AUDITOR)
    for department in sorted(mandate.departments):
        if department not in scope.departments:
            yield f"departments[{department}]", UNKNOWN_DEPARTMENT
    yield from period_findings("", mandate.valid_from, mandate.valid_until)
