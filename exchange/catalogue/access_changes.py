"""What a new revision changes in who may read what: what it widens, and what it narrows.

Rules:
1. Pure: the revision in force and the one that would follow it in, every difference out, in both languages.
2. Only what opens data counts: lines, who supervises, types, emergency profiles, agreements, mandates, delegations, and
   the role of responders, to which every emergency profile is open. Who speaks for a department, its other roles, its
   status, and who issues a type open nothing by themselves, so they are not compared.
3. When in doubt it widens: a line of another type or party is one taken away and one added.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from exchange.entities.catalogue import (
    Agreement,
    Basis,
    Department,
    Entity,
    EvidenceRequirement,
    Field,
    Label,
    LicenceType,
    Mandate,
    Matter,
    Role,
    Sharing,
)
from exchange.entities.delegation import CounterDelegation, DelegatedDuty

T = TypeVar("T")

EMERGENCY_PROFILE: Final = "emergency_profile"
"""The path of what changes in what an incident opens of a licence type."""
SUPERVISOR: Final = "supervising_department"
"""The path of what changes in who supervises a matter."""
ROLES: Final = "roles"
"""The path of what changes in the roles of a department."""

_OPENNESS: Mapping[Sharing, int] = MappingProxyType({Sharing.NONE: 0, Sharing.CONDITIONAL: 1, Sharing.UNCONDITIONAL: 2})


class AccessEffect(StrEnum):
    WIDENS = "widens"
    NARROWS = "narrows"


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One difference: ``path`` inside the entity, what it does, in words, and whose licence type it concerns, or ""."""

    effect: AccessEffect
    path: str
    label: Label
    licence_type: str = ""


def access_changes(before: Entity | None, after: Entity | None) -> tuple[AccessChange, ...]:
    """Everything that ``after`` changes in access over ``before``, in the entity's order.

    None: nothing is in force before, or nothing will be after. Both are revisions of one entity; what others say of it
    (a guide that asks for a type that opens up) is not looked at.
    """
    either = after if after is not None else before
    match either:
        case Matter():
            return tuple(_matter(_of(Matter, before), _of(Matter, after)))
        case LicenceType():
            return tuple(_licence_type(_of(LicenceType, before), _of(LicenceType, after)))
        case Department():
            return tuple(_department(_of(Department, before), _of(Department, after)))
        case Agreement():
            return tuple(_agreement(_of(Agreement, before), _of(Agreement, after)))
        case Mandate():
            return tuple(_mandate(_of(Mandate, before), _of(Mandate, after)))
    return ()


def widens(changes: Iterable[AccessChange]) -> bool:
    """Whether anyone may read more than before."""
    return any(change.effect is AccessEffect.WIDENS for change in changes)


def _of(kind: type[T], entity: Entity | None) -> T | None:
    return entity if isinstance(entity, kind) else None


def _wider(path: str, zh: str, en: str, licence_type: str = "") -> AccessChange:
    return AccessChange(AccessEffect.WIDENS, path, Label(zh=zh, en=en), licence_type)


def _narrower(path: str, zh: str, en: str, licence_type: str = "") -> AccessChange:
    return AccessChange(AccessEffect.NARROWS, path, Label(zh=zh, en=en), licence_type)


def _matter(before: Matter | None, after: Matter | None) -> Iterator[AccessChange]:
    old = {line.id: line for line in before.evidence} if before else {}
    new = {line.id: line for line in after.evidence} if after else {}
    for line_id in (*old, *(line_id for line_id in new if line_id not in old)):
        path = f"evidence[{line_id}]"
        was, becomes = old.get(line_id), new.get(line_id)
        if was and becomes and (was.licence_type, was.party) == (becomes.licence_type, becomes.party):
            yield from _line(path, was, becomes)
            continue
        if was and not was.withdrawn:
            yield _narrower(path, "不再调用该材料", "is not asked for any more", was.licence_type)
        if becomes and not becomes.withdrawn:
            names = ", ".join(sorted(becomes.fields))
            yield _wider(path, f"新增调用材料，字段：{names}", f"asks for {names} anew", becomes.licence_type)
    was_watched = before.supervising_department if before else ""
    watched = after.supervising_department if after else ""
    if watched != was_watched:
        if was_watched:
            yield _narrower(SUPERVISOR, "原监管部门不再监管", "is not supervised by the department of before")
        if watched:
            yield _wider(SUPERVISOR, "新的监管部门可开展检查", "is supervised by another department")


def _line(path: str, was: EvidenceRequirement, becomes: EvidenceRequirement) -> Iterator[AccessChange]:
    code = becomes.licence_type
    if was.withdrawn and becomes.withdrawn:
        return
    if was.withdrawn != becomes.withdrawn:
        if becomes.withdrawn:
            yield _narrower(path, "不再调用该材料", "is not asked for any more", code)
        else:
            yield _wider(path, "恢复调用该材料", "is asked for again", code)
    yield from _members(f"{path}.fields", was.fields, becomes.fields, code)
    if (Basis.DUTY in was.bases) != (Basis.DUTY in becomes.bases):
        if Basis.DUTY in becomes.bases:
            yield _wider(f"{path}.bases", "改为可依职能调用，无须授权", "may be read without consent", code)
        else:
            yield _narrower(f"{path}.bases", "改为须经授权", "needs consent from now on", code)
    yield from _amount(f"{path}.max_uses", was.max_uses, becomes.max_uses, code)
    yield from _amount(f"{path}.min_assurance", -was.min_assurance, -becomes.min_assurance, code)
    yield from _reach(f"{path}.situations", was.situations, becomes.situations, code)


def _licence_type(before: LicenceType | None, after: LicenceType | None) -> Iterator[AccessChange]:
    if after is None:
        if before is not None:
            yield _narrower("", "该证照类型停用", "is taken out of force", before.code)
        return
    code = after.code
    opened = before.emergency_profile if before is not None else frozenset[str]()
    yield from _members(EMERGENCY_PROFILE, opened, after.emergency_profile, code)
    if before is None:
        return
    yield from _amount("sharing", _OPENNESS[before.sharing], _OPENNESS[after.sharing], code)
    old = {field.name: field for field in before.fields}
    for field in after.fields:
        if field.name in old:
            yield from _field(f"fields[{field.name}]", old[field.name], field, code)


def _field(path: str, was: Field, becomes: Field, code: str) -> Iterator[AccessChange]:
    lifted = was.prohibited_purposes - becomes.prohibited_purposes
    added = becomes.prohibited_purposes - was.prohibited_purposes
    if lifted:
        names = ", ".join(sorted(lifted))
        yield _wider(f"{path}.prohibited_purposes", f"取消禁止用途：{names}", f"is not prohibited for {names}", code)
    if added:
        names = ", ".join(sorted(added))
        yield _narrower(f"{path}.prohibited_purposes", f"新增禁止用途：{names}", f"is prohibited for {names}", code)
    if was.mask != becomes.mask:
        if was.mask:
            yield _wider(f"{path}.mask", "脱敏规则被取消或更换", "loses or changes its mask", code)
        else:
            yield _narrower(f"{path}.mask", "新增脱敏规则", "is masked from now on", code)
    yield from _amount(f"{path}.field_class", -was.field_class, -becomes.field_class, code)


def _department(before: Department | None, after: Department | None) -> Iterator[AccessChange]:
    responded = before is not None and Role.RESPONDER in before.roles
    responds = after is not None and Role.RESPONDER in after.roles
    if responds and not responded:
        yield _wider(ROLES, "可在紧急情形下调取", "may read in incidents")
    if responded and not responds:
        yield _narrower(ROLES, "不再可在紧急情形下调取", "may not read in incidents any more")
    old = before.delegations if before else ()
    new = after.delegations if after else ()
    yield from (_wider(*sentence) for sentence in _delegated("委托范围或期限扩大", "delegates more", new, old))
    yield from (_narrower(*sentence) for sentence in _delegated("委托范围或期限缩小", "delegates less", old, new))


def _delegated(
    zh: str, en: str, given: Iterable[CounterDelegation], over: tuple[CounterDelegation, ...]
) -> Iterator[tuple[str, str, str]]:
    """Counters that ``given`` lets do a duty in a matter on days on which ``over`` does not; to handle is to do all."""
    for delegation in given:
        beyond = sorted(
            matter
            for matter in delegation.matters
            if not any(
                other.counter == delegation.counter
                and other.duty in {delegation.duty, DelegatedDuty.HANDLE}
                and matter in other.matters
                and other.valid_from <= delegation.valid_from
                and delegation.valid_until <= other.valid_until
                for other in over
            )
        )
        if beyond:
            until = delegation.valid_until
            yield (
                f"delegations[{delegation.counter}]",
                f"{zh}：{len(beyond)}个事项，至{until}",
                f"{en}: {len(beyond)} matters, until {until}",
            )


def _agreement(before: Agreement | None, after: Agreement | None) -> Iterator[AccessChange]:
    if before is None or after is None or (before.issuer, before.requester) != (after.issuer, after.requester):
        if before is not None:
            yield _narrower("", "协议停用", "ends")
        if after is not None:
            yield _wider("", "新的共享协议", "is a new agreement")
        return
    yield from _members("licence_types", before.licence_types, after.licence_types, "")
    yield from _members("fields", before.fields, after.fields, "")
    yield from _members("matters", before.matters, after.matters, "")
    yield from _window(before.valid_from, before.valid_until, after.valid_from, after.valid_until)
    yield from _amount("daily_cap", _cap(before.daily_cap), _cap(after.daily_cap), "")


def _mandate(before: Mandate | None, after: Mandate | None) -> Iterator[AccessChange]:
    if before is None or after is None or before.auditor != after.auditor:
        if before is not None:
            yield _narrower("", "审计授权停用", "ends")
        if after is not None:
            yield _wider("", "新的审计授权", "is a new mandate")
        return
    yield from _reach("departments", before.departments, after.departments, "")
    yield from _window(before.valid_from, before.valid_until, after.valid_from, after.valid_until)


def _members(path: str, was: AbstractSet[str], becomes: AbstractSet[str], code: str) -> Iterator[AccessChange]:
    added, removed = ", ".join(sorted(becomes - was)), ", ".join(sorted(was - becomes))
    if added:
        yield _wider(path, f"增加：{added}", f"adds {added}", code)
    if removed:
        yield _narrower(path, f"减少：{removed}", f"drops {removed}", code)


def _reach(path: str, was: AbstractSet[str], becomes: AbstractSet[str], code: str) -> Iterator[AccessChange]:
    """Sets of which the empty one means everything."""
    if was and (not becomes or becomes - was):
        yield _wider(path, "适用范围扩大", "applies to more", code)
    if becomes and (not was or was - becomes):
        yield _narrower(path, "适用范围缩小", "applies to less", code)


def _amount(path: str, was: float, becomes: float, code: str) -> Iterator[AccessChange]:
    if becomes > was:
        yield _wider(path, "放宽", "is loosened", code)
    elif becomes < was:
        yield _narrower(path, "收紧", "is tightened", code)


def _window(was_from: str, was_until: str, from_day: str, until_day: str) -> Iterator[AccessChange]:
    if from_day < was_from or until_day > was_until:
        yield _wider("valid_until", f"期限扩大：{from_day}至{until_day}", f"covers more: {from_day} to {until_day}")
    if from_day > was_from or until_day < was_until:
        yield _narrower("valid_until", f"期限缩小：{from_day}至{until_day}", f"covers fewer: {from_day} to {until_day}")


def _cap(cap: int) -> float:
    """A cap of 0 is none."""
    return float(cap) if cap else float("inf")
