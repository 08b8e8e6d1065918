"""Checks of matters and of the evidence that their guides ask for: the lines that decide who reads what."""

from collections.abc import Iterator
from typing import Final

from exchange.catalogue.checks.scope import UNKNOWN_TYPE, Finding, Scope, repeated_findings
from exchange.codes import LEVEL_DIGITS, matter_code_problem
from exchange.entities.catalogue import (
    Basis,
    EvidenceRequirement,
    FieldClass,
    HolderCategory,
    Label,
    LicenceType,
    Matter,
    Necessity,
    Purpose,
    Role,
    Sharing,
)

MAX_EVIDENCE: Final = 100
"""Lines of a guide, and of the guides of one case: the applicant is told of all of them at once (一次性告知)."""

_LEVEL_AT = 18
"""Where an implementation code has its level digit; the lower, the higher the level."""

_LEVEL = Label(zh="实施编码的层级位与实施部门层级不符", en="has a level digit other than its department's level")
_BASIC_CODE = Label(zh="实施编码与基本编码不符", en="is not the basic code inside the implementation code")
_PROMISE_LATE = Label(zh="承诺时限长于法定时限", en="promises more days than the statutory limit")
_NO_PARTY = Label(zh="至少应有一个必需的当事人", en="must have a required party")
_RESULT_NOT_ISSUED = Label(zh="实施部门不是结果证照的颁发机构", en="is a type that the implementer does not issue")
_NO_BASIS = Label(zh="应有依职能或依授权的依据", en="must name a lawful basis: duty or consent")
_NO_REFERENCE = Label(zh="依职能取证应写明法律依据", en="must give the legal reference of the duty")
_NEEDS_CONSENT = Label(
    zh="个人或敏感信息应依授权取得或写明法律依据",
    en="asks for personal data without consent or a legal reference",
)
_TOO_MUCH_EVIDENCE = Label(
    zh=f"材料不得超过{MAX_EVIDENCE}项，否则无法一次性告知",
    en=f"must be at most {MAX_EVIDENCE} lines, since all of them are told at once",
)
_MAX_USES = Label(zh="使用次数应至少为1", en="must be at least 1")
_PARTY = Label(zh="当事人未在指南中定义", en="names a party that the guide does not define")
_PARTY_CATEGORY = Label(zh="当事人类别与证照持证主体类别不符", en="names a party that cannot hold this licence type")
_SITUATION = Label(zh="情形未在指南中定义", en="names a situation that the guide does not define")
_FIELD = Label(zh="证照类型没有该字段", en="names a field that the licence type does not have")
_FIELD_PROHIBITED = Label(zh="该字段禁止用于政务服务", en="names a field whose use for service is prohibited")
_NOT_SHARED = Label(zh="该证照类型不予共享", en="names a licence type that is not shared")
_COMMITMENT = Label(zh="仅可由承诺代替的材料可写承诺文本", en="belongs only to a line that a commitment may replace")
_PREFILL = Label(zh="预填来源字段未在该材料中列出", en="prefills from a field that the line does not ask for")


def matter_findings(matter: Matter, scope: Scope) -> Iterator[Finding]:
    """Everything wrong with the matter as one of the scope's."""
    yield from _code_findings(matter, scope)
    yield from _same_matter_findings(matter, scope)
    if matter.statutory_days and matter.promised_days > matter.statutory_days:
        yield "promised_days", _PROMISE_LATE
    if matter.supervising_department:
        yield from scope.role_findings("supervising_department", matter.supervising_department, Role.SUPERVISOR)
    yield from _result_findings(matter, scope)
    if not any(party.required for party in matter.parties):
        yield "parties", _NO_PARTY
    yield from repeated_findings("parties", (party.id for party in matter.parties))
    yield from repeated_findings("situations", (situation.id for situation in matter.situations))
    yield from repeated_findings("evidence", (line.id for line in matter.evidence))
    if len(matter.evidence) > MAX_EVIDENCE:
        yield "evidence", _TOO_MUCH_EVIDENCE
    yield from repeated_findings("special_procedures", (procedure.id for procedure in matter.special_procedures))
    for line in matter.evidence:
        for path, sentence in _line_findings(line, matter, scope):
            yield f"evidence[{line.id}].{path}", sentence


def _code_findings(matter: Matter, scope: Scope) -> Iterator[Finding]:
    problem = matter_code_problem(matter.code)
    if problem is not None:
        yield "code", problem
    if matter.code[19:31] != matter.basic_code:
        yield "basic_code", _BASIC_CODE
    yield from scope.role_findings("code", matter.implementer, Role.REQUESTER)
    department = scope.departments.get(matter.implementer)
    if department is not None and matter.code[18:19] != LEVEL_DIGITS[department.level]:
        yield "code", _LEVEL


def _same_matter_findings(matter: Matter, scope: Scope) -> Iterator[Finding]:
    """四级四同: matters of one basic code agree in name, kind and legal bases, whoever implements them at what level.

    The one of the highest level, or of one level the first by code, says how it is for the others.
    """
    same = [other for other in scope.matters.values() if other.basic_code == matter.basic_code]
    leading = min(same, key=lambda other: other.code[_LEVEL_AT:] + other.code, default=matter)
    if leading.code == matter.code:
        return
    zh, en = (
        f"与同一基本编码的事项 {leading.code} 不一致",
        f"differs from {leading.code}, which has the same basic code",
    )
    if matter.name != leading.name:
        yield "name", Label(zh=zh, en=en)
    if matter.kind is not leading.kind:
        yield "kind", Label(zh=zh, en=en)
    if set(matter.legal_bases) != set(leading.legal_bases):
        yield "legal_bases", Label(zh=zh, en=en)


def _result_findings(matter: Matter, scope: Scope) -> Iterator[Finding]:
    if not matter.result_type:
        return
    for party in sorted(set(matter.result_parties) - {party.id for party in matter.parties}):
        yield f"result_parties[{party}]", _PARTY
    result = scope.licence_types.get(matter.result_type)
    if result is None:
        yield "result_type", UNKNOWN_TYPE
    elif matter.implementer not in result.issuers:
        yield "result_type", _RESULT_NOT_ISSUED


def _line_findings(line: EvidenceRequirement, matter: Matter, scope: Scope) -> Iterator[Finding]:
    if not line.bases:
        yield "bases", _NO_BASIS
    if Basis.DUTY in line.bases and not line.legal_reference:
        yield "legal_reference", _NO_REFERENCE
    if line.max_uses < 1:
        yield "max_uses", _MAX_USES
    if line.commitment_text is not None and line.necessity is not Necessity.REPLACEABLE:
        yield "commitment_text", _COMMITMENT
    known = {situation.id for situation in matter.situations}
    for situation in sorted(line.situations - known):
        yield f"situations[{situation}]", _SITUATION
    for source, _ in line.prefills:
        if source not in line.fields:
            yield f"prefills[{source}]", _PREFILL
    licence_type = scope.licence_types.get(line.licence_type)
    if licence_type is None:
        yield "licence_type", UNKNOWN_TYPE
    elif licence_type.sharing is Sharing.NONE:
        yield "licence_type", _NOT_SHARED
    yield from _party_findings(line, matter, licence_type)
    if licence_type is not None:
        yield from _field_findings(line, licence_type, scope)


def _party_findings(line: EvidenceRequirement, matter: Matter, licence_type: LicenceType | None) -> Iterator[Finding]:
    party = next((party for party in matter.parties if party.id == line.party), None)
    if party is None:
        yield "party", _PARTY
        return
    categories = {
        party.holder_category,
        HolderCategory.EITHER if licence_type is None else licence_type.holder_category,
    }
    if {HolderCategory.PERSON, HolderCategory.ORGANISATION} <= categories:
        yield "party", _PARTY_CATEGORY


def _field_findings(line: EvidenceRequirement, licence_type: LicenceType, scope: Scope) -> Iterator[Finding]:
    fields = scope.fields[licence_type.code]
    for name in sorted(line.fields):
        if name not in fields:
            yield f"fields[{name}]", _FIELD
        elif Purpose.SERVICE in fields[name].prohibited_purposes:
            yield f"fields[{name}]", _FIELD_PROHIBITED
    personal = any(name in fields and fields[name].field_class >= FieldClass.PERSONAL for name in line.fields)
    if personal and Basis.CONSENT not in line.bases and not line.legal_reference:
        yield "bases", _NEEDS_CONSENT
