"""Checks the holders of a licence against its type."""

from exchange.codes import HOLDER_ID_TYPES, ORGANISATION_ID_TYPES, holder_id_problem, name_problem
from exchange.entities.catalogue import HolderCategory, Label, LicenceType
from exchange.entities.licence import Holder
from exchange.errors import Violation

MAX_HOLDERS = 20

_NONE = Label(zh="至少应有一个持证主体", en="must name at least one holder")
_TOO_MANY = Label(zh=f"持证主体不得超过{MAX_HOLDERS}个", en=f"must name at most {MAX_HOLDERS} holders")
_NO_CO_HOLDERS = Label(zh="该证照类型不允许共同持证", en="must name one holder: the type allows no co-holders")
_TWICE = Label(zh="同一持证主体重复出现", en="names the same holder twice")
_NOT_PERSON = Label(zh="该证照类型的持证主体应为自然人", en="must be a person: the type is for persons")
_NOT_ORGANISATION = Label(
    zh="该证照类型的持证主体应为法人或其他组织", en="must be an organisation: the type is for these"
)


def holder_problems(licence_type: LicenceType, holders: tuple[Holder, ...], path: str) -> list[Violation]:
    """Everything wrong with the holders of a licence of this type; ``path`` is where they stand in the request."""
    if not holders:
        return [Violation(path, _NONE.en, _NONE.zh)]
    if len(holders) > MAX_HOLDERS:
        return [Violation(path, _TOO_MANY.en, _TOO_MANY.zh)]
    found: list[Violation] = []
    if len(holders) > 1 and not licence_type.co_holders:
        found.append(Violation(path, _NO_CO_HOLDERS.en, _NO_CO_HOLDERS.zh))
    seen: set[tuple[str, str]] = set()
    for place, holder in enumerate(holders):
        here = f"{path}[{place}]"
        for member, problem in _problems(licence_type.holder_category, holder, seen):
            found.append(Violation(f"{here}.{member}", problem.en, problem.zh))
        seen.add((holder.id_type, holder.id_number))
    return found


def _problems(category: HolderCategory, holder: Holder, seen: set[tuple[str, str]]) -> list[tuple[str, Label]]:
    found: list[tuple[str, Label]] = []
    number_problem = holder_id_problem(holder.id_type, holder.id_number)
    if holder.id_type not in HOLDER_ID_TYPES:
        found.append(("id_type", number_problem or _NONE))
    else:
        organisation = holder.id_type in ORGANISATION_ID_TYPES
        if category is HolderCategory.PERSON and organisation:
            found.append(("id_type", _NOT_PERSON))
        if category is HolderCategory.ORGANISATION and not organisation:
            found.append(("id_type", _NOT_ORGANISATION))
        if number_problem is not None:
            found.append(("id_number", number_problem))
    name = name_problem(holder.name)
    if name is not None:
        found.append(("name", name))
    if (holder.id_type, holder.id_number) in seen:
        found.append(("id_number", _TWICE))
    return found
