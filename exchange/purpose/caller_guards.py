"""Guards of steps 1 to 5 and 13: the caller, the request, the purpose and the operator's standing.

Rules:
1. A guard answers ``None`` only if every fact that it needs is there and right; it holds on to nothing.
2. A guard that raises counts as failed, with the first of its reasons (``decision``).
"""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.entities.catalogue import Purpose, Role, Status
from exchange.purpose.facts import Facts
from exchange.purpose.fields import binding_lines
from exchange.reasons import Reason

DECLARED_BY: Mapping[Purpose, Role] = MappingProxyType(
    {
        Purpose.SERVICE: Role.REQUESTER,
        Purpose.SELF: Role.HOLDER_CHANNEL,
        Purpose.OVERSIGHT: Role.AUDITOR,
        Purpose.SUPERVISION: Role.SUPERVISOR,
        Purpose.ASSISTANCE: Role.REQUESTER,
        Purpose.CORRECTION: Role.REQUESTER,
        Purpose.EMERGENCY: Role.RESPONDER,
    }
)
"""The role that may declare each purpose; for SELF it is the department that runs the holder's channel."""

ALSO_DECLARED_BY: Mapping[Purpose, Role] = MappingProxyType({Purpose.CORRECTION: Role.ISSUER})
"""A second role that may: a dispute has two sides, the department that met the licence and the one that issued it."""


def certificate_is_registered(facts: Facts) -> Reason | None:
    """Step 1: the TLS certificate is registered for the department."""
    return None if facts.caller.certificate_registered is True else Reason.CERTIFICATE_UNKNOWN


def certificate_is_not_revoked(facts: Facts) -> Reason | None:
    """Step 1: the TLS certificate is not revoked."""
    return None if facts.caller.certificate_revoked is False else Reason.CERTIFICATE_REVOKED


def token_is_valid(facts: Facts) -> Reason | None:
    """Step 2: the access token has the profile, a good signature, issuer, audience, expiry and type."""
    return None if facts.caller.token_valid is True else Reason.TOKEN_INVALID


def token_is_bound(facts: Facts) -> Reason | None:
    """Step 2: the token names the TLS certificate of this connection."""
    return None if facts.caller.token_bound is True else Reason.TOKEN_UNBOUND


def department_is_active(facts: Facts) -> Reason | None:
    """Step 3: the department is registered and active."""
    caller = facts.caller
    if caller.department and caller.department_status is Status.ACTIVE:
        return None
    return Reason.OPERATOR_UNKNOWN


def operator_is_active(facts: Facts) -> Reason | None:
    """Step 3: the operator is registered at the department and active."""
    return None if facts.caller.operator_status is Status.ACTIVE else Reason.OPERATOR_UNKNOWN


def department_has_role(facts: Facts) -> Reason | None:
    """Step 3: the department has the role that the method needs."""
    caller = facts.caller
    if caller.required_role is None or caller.department_roles is None:
        return Reason.ROLE_MISSING
    return None if caller.required_role in caller.department_roles else Reason.ROLE_MISSING


def operator_has_role(facts: Facts) -> Reason | None:
    """Step 3: the operator has the role that the method needs."""
    caller = facts.caller
    if caller.required_role is None or caller.operator_roles is None:
        return Reason.ROLE_MISSING
    return None if caller.required_role in caller.operator_roles else Reason.ROLE_MISSING


def login_is_strong(facts: Facts) -> Reason | None:
    """Step 3: the operator's login reaches the level of assurance that the method needs."""
    caller = facts.caller
    if caller.operator_assurance is None or caller.required_assurance is None:
        return Reason.ASSURANCE_LOW
    return None if caller.operator_assurance >= caller.required_assurance else Reason.ASSURANCE_LOW


def request_is_fresh(facts: Facts) -> Reason | None:
    """Step 4: the request id was not used for another read."""
    return None if facts.request.fresh is True else Reason.REQUEST_REPLAYED


def request_is_within_token(facts: Facts) -> Reason | None:
    """Step 4: matter, case and requirement are inside the token's authorization details, if it has any.

    A call that has no matter, case or requirement is outside a token that is limited to some.
    """
    request = facts.request
    for limit, asked in (
        (request.token_matters, facts.guide.matter),
        (request.token_cases, facts.case.tag),
        (request.token_requirements, request.requirement),
    ):
        if limit is None or (limit and asked not in limit):
            return Reason.TOKEN_EXCEEDED
    return None


def purpose_is_open_to_department(facts: Facts) -> Reason | None:
    """Step 5: the purpose has rules here, and the department has the role that may declare it."""
    return None if facts.policy and _may_declare(facts, facts.caller.department_roles) else Reason.PURPOSE_NOT_ALLOWED


def purpose_is_open_to_operator(facts: Facts) -> Reason | None:
    """Step 5: the operator has the role that may declare the purpose."""
    return None if _may_declare(facts, facts.caller.operator_roles) else Reason.PURPOSE_NOT_ALLOWED


def _may_declare(facts: Facts, roles: frozenset[Role] | None) -> bool:
    if not facts.purpose or not roles:
        return False
    return DECLARED_BY.get(facts.purpose) in roles or ALSO_DECLARED_BY.get(facts.purpose) in roles


def caller_is_not_locked_out(facts: Facts) -> Reason | None:
    """Step 13: the operator is not locked out after too many refusals."""
    return None if facts.standing.locked is False else Reason.LOCKED_OUT


def hourly_limit_is_not_reached(facts: Facts) -> Reason | None:
    """Step 13: the operator has fetches left in this hour."""
    standing = facts.standing
    if standing.fetches is None or standing.fetches_limit is None:
        return Reason.RATE_LIMITED
    return None if standing.fetches < standing.fetches_limit else Reason.RATE_LIMITED


def uses_are_left(facts: Facts) -> Reason | None:
    """Step 13: the line was read in this case less often than every binding statement of it allows."""
    uses = facts.standing.uses
    if uses is None:
        return Reason.USES_EXHAUSTED
    for line in binding_lines(facts):
        if line.max_uses is None or uses >= line.max_uses:
            return Reason.USES_EXHAUSTED
    return None


def holders_match_cases(facts: Facts) -> Reason | None:
    """Step 13: today's distinct holders are at most 6/5 of today's cases and some extra.

    Only a count that is already beyond is refused here: whether this holder adds to it, the recorder knows.
    """
    standing = facts.standing
    if standing.holders is None or standing.cases is None or standing.extra_holders is None:
        return Reason.TRAWL_SUSPECTED
    allowed = 6 * standing.cases // 5 + standing.extra_holders
    return None if standing.holders <= allowed else Reason.TRAWL_SUSPECTED
