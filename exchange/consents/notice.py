"""What a consent would cover, and the notice that says so, in both languages.

Rules:
1. Lines and fields come from the guides that the case pins, names and classes from the catalogue in force.
2. The same case, scope and catalogue give the same text, byte for byte, so that its digest can be checked by whoever
   may ask for it. No holder's name or number stands in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from exchange.call import Call
from exchange.cases.consent import MAX_USES, pinned_lines
from exchange.consents.room import ConsentRoom
from exchange.entities.case import Case
from exchange.entities.catalogue import EvidenceRequirement, Field, FieldClass, Label
from exchange.entities.register import Register

CONSENT_DAYS: Final = 30
ZH, EN = "zh-CN", "en"
LANGUAGES: Final = frozenset({ZH, EN})


@dataclass(frozen=True, slots=True)
class CoveredLine:
    """A line that the consent would cover; fields in the order of the licence type."""

    matter: str
    requirement: EvidenceRequirement
    label: Label
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The text in both languages."""

    zh: str
    en: str

    def digest(self, language: str) -> str:
        """Hex SHA-256 of the text in ``zh-CN`` or ``en``."""
        return sha256((self.en if language == EN else self.zh).encode()).hexdigest()


def covered_lines(
    call: Call, room: ConsentRoom, case: Case, parties: Iterable[str], licence_types: Iterable[str]
) -> tuple[CoveredLine, ...]:
    """The lines that rest on these parties' consent, of these licence types (none named: of every type)."""
    wanted = frozenset(licence_types)
    return tuple(
        CoveredLine(matter, line, *_type(call.register, line))
        for party in sorted(parties)
        for matter, line in pinned_lines(room.cases, case, party)
        if not wanted or line.licence_type in wanted
    )


def needs_confirmation(lines: Iterable[CoveredLine]) -> bool:
    """Whether a field is personal or sensitive, or not known any more, so that the holder must confirm."""
    return any(
        len(line.fields) < len(line.requirement.fields)
        or any(field.field_class >= FieldClass.PERSONAL for field in line.fields)
        for line in lines
    )


def uses_of(lines: Iterable[CoveredLine]) -> int:
    """How many fetches a consent to these lines allows."""
    return min(MAX_USES, sum(line.requirement.max_uses for line in lines))


def notice(register: Register, case: Case, lines: tuple[CoveredLine, ...]) -> Notice:
    """The notice for a consent to these lines."""
    department = register.departments.get(case.handling_department)
    name = department.name if department else Label(case.handling_department, case.handling_department)
    matters = [register.matters[pin.code].name for pin in case.matters if pin.code in register.matters]
    about_zh, about_en = "、".join(each.zh for each in matters), ", ".join(each.en for each in matters)
    zh = [f"用证告知书：{name.zh}办理“{about_zh}”（办件编号{case.number}）需使用以下证照信息："]
    en = [f"Notice of use: {name.en} needs the following for {about_en} (case {case.number}):"]
    for line in lines:
        law = line.requirement.legal_reference
        zh.append(f"{line.label.zh}：{'、'.join(field.label.zh for field in line.fields)}。{law}")
        en.append(f"{line.label.en}: {', '.join(field.label.en for field in line.fields)}. {law}")
    uses = uses_of(lines)
    zh.append(f"仅用于办理上述事项，最多{uses}次，至办件有效期止且不超过{CONSENT_DAYS}天。")
    zh.append("可随时撤回，撤回后立即停止使用。")
    en.append(f"Used for this alone, at most {uses} times, until the case ends and at most {CONSENT_DAYS} days.")
    en.append("You may take this consent back at any time; use then ends at once.")
    return Notice("\n".join(zh), "\n".join(en))


def _type(register: Register, line: EvidenceRequirement) -> tuple[Label, tuple[Field, ...]]:
    known = register.licence_types.get(line.licence_type)
    if known is None:
        return line.name, ()
    return known.name, tuple(field for field in known.fields if field.name in line.fields)
