"""Checks of licence types: their codes, who defines and issues them, their fields, and what an incident opens."""

from collections.abc import Iterator

from exchange.catalogue.checks.holder_mentions import holder_mention_findings
from exchange.catalogue.checks.scope import (
    UNKNOWN_DEPARTMENT,
    UNKNOWN_MATTER,
    Finding,
    Scope,
    repeated_findings,
)
from exchange.catalogue.masks import MASKS
from exchange.codes import licence_type_code_problem
from exchange.entities.catalogue import DataType, Field, Label, LicenceType, Purpose, Role

RESERVED_FIELD_NAMES = frozenset(
    # JWT and SD-JWT (RFC 7519, RFC 7800, RFC 9901), SD-JWT VC and the token status list
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "act", "typ", "alg", "kid", "nonce", "vct", "status"}
    | {"_sd", "_sd_alg", "...", "sd_hash"}
    # what the hub itself puts into a licence's credential and record
    | {"licence", "hub", "holder", "holders", "number", "identifier", "version", "fields"}
)
"""Names that a field must not take: a disclosed field would stand where a claim with a meaning of its own stands."""

_AUTHORITY_NOT_IN_CODE = Label(
    zh="类型代码前18位与定义机构不符", en="is not the authority that the type code begins with"
)
_RESERVED = Label(zh="字段名为保留名称", en="is a name reserved for claims of the credential")
_MASK_UNKNOWN = Label(zh="未知的脱敏规则", en="names a mask rule that does not exist")
_CODES_MISSING = Label(zh="代码型字段应列出代码值", en="must list the values of a code field")
_CODES_UNWANTED = Label(zh="只有代码型字段可列出代码值", en="lists values though the field is not a code")
_CODE_TOO_LONG = Label(zh="代码值超过字段最大长度", en="lists a value longer than the field's max_length")
_FIELD_UNKNOWN = Label(zh="该证照类型没有此字段", en="is not a field of the licence type")
_EMERGENCY_PROHIBITED = Label(zh="该字段禁止用于紧急用途", en="is a field that is prohibited for emergency")
_DATE_LENGTH = Label(zh="日期字段最大长度应为10", en="must be 10 for a date")


def licence_type_findings(licence_type: LicenceType, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with the licence type as one of the scope's."""
    problem = licence_type_code_problem(licence_type.code)
    if problem is not None:
        yield "code", problem
    if licence_type.code[:18] != licence_type.defining_authority:
        yield "defining_authority", _AUTHORITY_NOT_IN_CODE
    if licence_type.defining_authority not in scope.departments:
        yield "defining_authority", UNKNOWN_DEPARTMENT
    for issuer in sorted(licence_type.issuers):
        yield from scope.role_findings(f"issuers[{issuer}]", issuer, Role.ISSUER)
    if scope.whole and licence_type.related_matter and licence_type.related_matter not in scope.matters:
        yield "related_matter", UNKNOWN_MATTER
    yield from repeated_findings("fields", (field.name for field in licence_type.fields))
    for field in licence_type.fields:
        for path, sentence in _field_findings(field):
            yield f"fields[{field.name}].{path}", sentence
    yield from _emergency_findings(licence_type)
    yield from holder_mention_findings(licence_type)


def _emergency_findings(licence_type: LicenceType) -> Iterator[Finding]:
    """What an incident is said to open must be there, and must not be prohibited to it."""
    fields = {field.name: field for field in licence_type.fields}
    for name in sorted(licence_type.emergency_profile):
        if name not in fields:
            yield f"emergency_profile[{name}]", _FIELD_UNKNOWN
        elif Purpose.EMERGENCY in fields[name].prohibited_purposes:
            yield f"emergency_profile[{name}]", _EMERGENCY_PROHIBITED


def _field_findings(field: Field) -> Iterator[Finding]:
    if field.name in RESERVED_FIELD_NAMES:
        yield "name", _RESERVED
    if field.mask and field.mask not in MASKS:
        yield "mask", _MASK_UNKNOWN
    if field.data_type is DataType.CODE and not field.codes:
        yield "codes", _CODES_MISSING
    if field.data_type is not DataType.CODE and field.codes:
        yield "codes", _CODES_UNWANTED
    if any(len(code) > field.max_length for code in field.codes):
        yield "codes", _CODE_TOO_LONG
    if field.data_type is DataType.DATE and field.max_length != 10:
        yield "max_length", _DATE_LENGTH
