"""What a clerk and an applicant are told of each line of a case, in both languages, and all of it as one text.

Rules:
1. A sentence says what to do next and nothing of what a licence holds.
2. The notice is every line's sentence in the guide's order; its digest covers both languages.
3. What the case does not need (optional, covered, already in) is said too, so that nobody asks for it again.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from exchange.cases.promise import text_digest
from exchange.civil_time import civil_date
from exchange.entities.catalogue import Label
from exchange.entities.evidence import Standing
from exchange.licences.evidence_line import Availability, EvidenceCheck, EvidenceNotice
from exchange.reasons import Reason

_STANDING: Mapping[Standing, Label] = MappingProxyType(
    {
        Standing.FETCHED: Label(zh="已由系统调取，无需提交", en="already fetched from the hub; hand in nothing"),
        Standing.HANDED_IN: Label(zh="已提交", en="already handed in"),
        Standing.DEFERRED: Label(
            zh="已容缺，请于{date}（含当日）前补交", en="deferred: hand it in by the end of {date}"
        ),
        Standing.COMMITTED: Label(zh="已作出告知承诺", en="replaced by your commitment"),
    }
)
_AVAILABILITY: Mapping[Availability, Label] = MappingProxyType(
    {
        Availability.AVAILABLE: Label(zh="由系统调取，无需提交", en="the hub holds it; hand in nothing"),
        Availability.CONSENT_NEEDED: Label(
            zh="经您授权可由系统调取；不授权的，请提交该材料",
            en="with your consent it is fetched from the hub; without, hand it in",
        ),
        Availability.DEFERRABLE: Label(
            zh="请提交该材料；也可先行受理，签署承诺后于{date}（含当日）前补交",
            en="hand it in, or sign a promise to hand it in by the end of {date}",
        ),
        Availability.REPLACEABLE: Label(
            zh="请提交该材料；也可签署告知承诺书代替", en="hand it in, or sign a commitment in its place"
        ),
        Availability.HAND_IN: Label(zh="请提交该材料", en="hand it in"),
        Availability.NOT_NEEDED: Label(zh="非必需，可不提交", en="not needed; you may hand it in"),
        Availability.REFUSED: Label(zh="系统暂不能调取，请提交该材料", en="the hub cannot fetch it now; hand it in"),
    }
)
_CLOSED = Label(zh="办件已办结或终止，无需提交", en="the case is closed; hand in nothing")
_COVERED = Label(zh="由材料“{cover}”涵盖，无需另行提交", en='covered by "{cover}"; hand in nothing more')
_AGREEMENT = Label(
    zh="（本部门与颁发机构签订共享协议后可由系统调取）",
    en=" (the hub could fetch it under an agreement of this department with its issuer)",
)
_DISPUTE: Mapping[str, Label] = MappingProxyType(
    {
        "open": Label(zh="（已向颁发机构提出异议，待核查）", en=" (disputed with its issuer, who has yet to check)"),
        "checked": Label(zh="（颁发机构已核查，待答复）", en=" (its issuer has checked and has yet to answer)"),
        "corrected": Label(zh="（颁发机构已更正）", en=" (its issuer has corrected it)"),
        "refused": Label(zh="（颁发机构不予更正）", en=" (its issuer refused to correct it)"),
    }
)


def sentence_of(check: EvidenceCheck, cover: Label | None) -> Label:
    """What the applicant is told of a line; ``cover``: the name of the line that covers it."""
    if check.standing is not Standing.OUT:
        words = _STANDING[check.standing]
    elif cover is not None:
        words = Label(zh=_COVERED.zh.format(cover=cover.zh), en=_COVERED.en.format(cover=cover.en))
    elif check.availability is Availability.DEFERRABLE and not check.deferrable_until:
        words = _AVAILABILITY[Availability.HAND_IN]
    elif Reason.CASE_NOT_OPEN in check.reasons:
        words = _CLOSED
    else:
        words = _AVAILABILITY[check.availability]
    date = civil_date(check.deferrable_until - 1) if check.deferrable_until else ""
    parts = [Label(zh=words.zh.format(date=date), en=words.en.format(date=date))]
    if check.agreement_issuers:
        parts.append(_AGREEMENT)
    if check.dispute_state:
        parts.append(_DISPUTE[check.dispute_state])
    zh, en = "".join(part.zh for part in parts), "".join(part.en for part in parts)
    return Label(zh=f"{check.label.zh}：{zh}。", en=f"{check.label.en}: {en}.")


def notice_of(checks: Iterable[EvidenceCheck]) -> EvidenceNotice:
    """All sentences as one numbered text in both languages, with its digest."""
    sentences = [check.sentence for check in checks]
    zh = "".join(f"{number}．{sentence.zh}" for number, sentence in enumerate(sentences, 1))
    en = " ".join(f"{number}. {sentence.en}" for number, sentence in enumerate(sentences, 1))
    text = Label(
        zh=f"一次性告知：办理本事项所需材料如下。{zh}",
        en=f"What this matter needs, all at once. {en}".rstrip(),
    )
    return EvidenceNotice(text, text_digest(text))
