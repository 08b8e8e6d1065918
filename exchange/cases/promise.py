"""The texts that an applicant signs in place of evidence: made by the hub from the guide, the same at every asking.

Rules:
1. A text depends on the guide that the case pins and on what was chosen (form, deadline), never on the clock: what is
   shown and what is signed have one digest.
2. Both languages are one text: the digest covers both, whichever the applicant reads.
3. No name, number or field value of a person stands in it.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType

from exchange.cases.requirements import CaseLine
from exchange.civil_time import civil_date
from exchange.entities.catalogue import Label
from exchange.entities.evidence import EvidenceForm

FORMS: Mapping[EvidenceForm, Label] = MappingProxyType(
    {
        EvidenceForm.ELECTRONIC: Label(zh="电子文件", en="an electronic file"),
        EvidenceForm.COPY: Label(zh="复印件", en="a copy"),
        EvidenceForm.ORIGINAL: Label(zh="原件", en="the original"),
    }
)


def deferral_text(lines: Iterable[CaseLine], form: EvidenceForm, deadline: int) -> Label:
    """What the applicant promises who defers these lines: items, form, deadline and consequence.

    ``deadline`` is the first second that is too late.
    """
    items = tuple(lines)
    last_day = civil_date(deadline - 1)
    zh = "；".join(f"《{line.guide.name.zh}》所需的{line.requirement.name.zh}" for line in items)
    en = "; ".join(f"{line.requirement.name.en} (for {line.guide.name.en})" for line in items)
    return Label(
        zh=f"容缺受理承诺书：申请人承诺于{last_day}（含当日）前以{FORMS[form].zh}补交下列材料：{zh}。"
        "逾期未补齐的，本办件终止，且在规定期限内不再适用容缺受理。",
        en=f"Promise of deferred evidence: the applicant will hand in, as {FORMS[form].en}, by the end of {last_day}: "
        f"{en}. If anything is still missing then, the case lapses, and no evidence may be deferred for a time.",
    )


def commitment_text(line: CaseLine) -> Label:
    """What the applicant commits to in place of a replaceable line: the guide's own words, or the hub's."""
    own = line.requirement.commitment_text
    if own is not None:
        return own
    name, matter = line.requirement.name, line.guide.name
    return Label(
        zh=f"告知承诺书：办理《{matter.zh}》须符合“{name.zh}”所证明的条件。申请人承诺已符合该条件，所述真实；"
        "承诺不实的，依法撤销决定并承担责任。",
        en=f"Commitment: {matter.en} needs what is proven by: {name.en}. The applicant states that this is so; "
        "if it is not, the decision is annulled and the applicant answers for it.",
    )


def text_digest(text: Label) -> str:
    """Hex SHA-256 over the Chinese text, a line feed, and the English one, in UTF-8."""
    return sha256(f"{text.zh}\n{text.en}".encode()).hexdigest()
