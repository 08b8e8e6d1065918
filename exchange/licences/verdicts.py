"""What a verification found, in words for both languages.

Rules:
1. Every outcome that is not OK has a code of its own and a sentence; sentences hold nothing of the licence.
2. A code without a sentence here says in Chinese which check did not pass, and in English what the signer found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from exchange.entities.catalogue import Label
from signer.credential import ALWAYS
from signer.report import PASSED, Check, CheckName, Outcome


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was looked at."""

    name: CheckName
    outcome: Outcome
    code: str
    message: Label


@dataclass(frozen=True, slots=True)
class Report:
    """What is true of a credential. ``identifier``, ``licence_type`` and ``disclosed_fields`` are empty unless its
    signature and disclosures hold, ``issuing_authority`` unless its chain does."""

    outcome: Outcome
    checks: tuple[CheckResult, ...]
    identifier: str
    licence_type: str
    issuing_authority: str
    disclosed_fields: tuple[str, ...]
    at_time: int
    sd_hash: str = ""
    """Digest of what was presented (RFC 9901 section 4.3.1), where it could be read."""


NAMES: Mapping[CheckName, Label] = MappingProxyType(
    {
        CheckName.FORMAT: Label(zh="格式", en="format"),
        CheckName.ISSUER_CHAIN: Label(zh="颁发机构证书链", en="issuer's certificate chain"),
        CheckName.SIGNATURE: Label(zh="签名", en="signature"),
        CheckName.DISCLOSURES: Label(zh="披露项", en="disclosures"),
        CheckName.ISSUER_AUTHORISED: Label(zh="颁发权限", en="issuer's authority"),
        CheckName.IDENTIFIER: Label(zh="证照标识", en="licence identifier"),
        CheckName.VALIDITY: Label(zh="有效期", en="period of validity"),
        CheckName.STATUS: Label(zh="证照状态", en="licence status"),
        CheckName.PURPOSE_BINDING: Label(zh="用途绑定", en="purpose binding"),
        CheckName.SECOND_SIGNATURE: Label(zh="第二签名", en="second signature"),
        CheckName.LOG_INCLUSION: Label(zh="日志存证", en="inclusion in the log"),
    }
)

SENTENCES: Mapping[str, Label] = MappingProxyType(
    {
        "AUTHORISATION_UNKNOWN": Label(
            zh="目录中没有该证照类型版本，无法判断颁发权限。",
            en="The catalogue has no such revision of a licence type, so the issuer's authority cannot be told.",
        ),
        "EXPIRED": Label(zh="在所查询时间证照已过有效期。", en="The licence had expired at that time."),
        "IDENTIFIER_FOREIGN": Label(
            zh="证照标识与国家标准不完全一致。", en="The identifier departs from the standard in some part."
        ),
        "IDENTIFIER_ISSUER": Label(
            zh="证照标识中的颁发机构与签名机构不符。", en="The identifier names another authority than the seal."
        ),
        "ISSUER_MISMATCH": Label(
            zh="所称颁发机构与签章证书不符。", en="The issuer claimed is not the one that the seal names."
        ),
        "ISSUER_NOT_AUTHORISED": Label(
            zh="该机构在签发时无权颁发该类型证照。", en="The authority might not issue this type at that time."
        ),
        "CHAIN_UNTRUSTED": Label(
            zh="签章证书不能追溯到受信任的根证书。", en="The seal's chain does not lead to a trusted root."
        ),
        "QR_POINTER": Label(
            zh="该二维码只指明一份证照，本身不含签名，请向平台查询。",
            en="This code only names a licence and holds no signature; ask the hub for the licence.",
        ),
        "QR_UNKNOWN": Label(zh="这不是证照二维码。", en="This is not the QR code of a licence."),
        "SEAL_UNKNOWN": Label(
            zh="未找到签发该二维码的签章证书，无法核验签名。",
            en="The certificate of the seal that signed is not at hand, so the signature cannot be checked.",
        ),
        "LICENCE_ERASED": Label(
            zh="持证主体的数据已删除，无法确认状态。", en="The holder's data were erased; the status cannot be told."
        ),
        "LICENCE_OF_OTHER_HUB": Label(
            zh="该证照由其他平台登记，本平台不掌握其状态。",
            en="The licence is registered at another hub; its status is not known here.",
        ),
        "LICENCE_UNKNOWN": Label(
            zh="本平台没有该证照的登记记录。", en="This hub has no record of a licence with this identifier."
        ),
        "NOT_ISSUED": Label(zh="在所查询时间证照尚未颁发。", en="The licence was not yet issued at that time."),
        "NOT_REACHED": Label(zh="前一项检查未通过，未继续检查。", en="Not reached: an earlier check failed."),
        "NOT_YET_VALID": Label(zh="在所查询时间证照尚未生效。", en="The licence was not yet valid at that time."),
        "POINTER_MISMATCH": Label(
            zh="本平台没有与该标识和摘要相符的证照。",
            en="This hub has no licence with this identifier and this digest.",
        ),
        "RECEIPT_EXPIRED": Label(zh="加注件回执已过期。", en="The extract's receipt has expired."),
        "RECEIPT_FOR_OTHER_AUDIENCE": Label(
            zh="该加注件是为其他单位出具的。", en="The extract was made for another department."
        ),
        "RECEIPT_FOR_OTHER_CASE": Label(zh="该加注件是为其他办件出具的。", en="The extract was made for another case."),
        "RECEIPT_NOT_YET_VALID": Label(
            zh="在所查询时间回执尚未出具。", en="The receipt was not yet issued at that time."
        ),
        "RECEIPT_OF_OTHER_EXTRACT": Label(
            zh="回执与所提交的加注件不对应。", en="The receipt was given for another extract."
        ),
        "RECEIPT_SIGNATURE": Label(zh="回执不是本平台签发的。", en="The receipt was not signed by this hub."),
        "RECORD_MISMATCH": Label(
            zh="证照与登记记录不一致。", en="The credential does not agree with the record of the licence."
        ),
        "SEAL_DISTRUSTED": Label(
            zh="该签章已被宣布不可信，且该证照在此之前没有登记。",
            en="The seal is no longer trusted, and the licence was not on record before that.",
        ),
        "SEAL_DISTRUSTED_UNPROVEN": Label(
            zh="该签章已被宣布不可信，无法证明证照在此之前已经存在。",
            en="The seal is no longer trusted, and nothing proves that the licence existed before that.",
        ),
        "SECOND_KEY_UNKNOWN": Label(
            zh="第二签名所用的密钥不在该颁发机构的已知密钥之中。",
            en="The second signature names no key that is known to be the issuing authority's.",
        ),
        "SECOND_SIGNATURE_INVALID": Label(
            zh="第二签名与颁发机构的密钥或证照内容不符。",
            en="The second signature is not the authority's, or not over this licence.",
        ),
        "SECOND_SIGNATURE_MISSING": Label(
            zh="该证照类型要求第二签名，但未提供。",
            en="The licence type requires a second signature, and none was given.",
        ),
        "SECOND_SUITE_NOT_ACCEPTED": Label(
            zh="本平台不接受第二签名所用的算法。", en="The algorithm of the second signature is not accepted here."
        ),
        "SIGNATURE_INVALID": Label(
            zh="签名与颁发机构签章不符，内容可能被篡改。", en="The signature is not the issuer's: it may be altered."
        ),
        "STATUS_INDEX_OUT_OF_BOUNDS": Label(
            zh="状态列表中没有证照所指的位置。", en="The status list has no such place as the licence names."
        ),
        "STATUS_INVALID": Label(
            zh="状态列表显示证照已被撤销、注销或取代。",
            en="The status list says that the licence was revoked or replaced.",
        ),
        "STATUS_LIST_EXPIRED": Label(
            zh="所持状态列表已过期，请重新获取。", en="The status list at hand has expired; fetch a new one."
        ),
        "STATUS_LIST_MISSING": Label(
            zh="未持有证照所指的状态列表，请先获取。",
            en="The status list that the licence names is not at hand; fetch it.",
        ),
        "STATUS_LIST_OF_OTHER_TIME": Label(
            zh="所持状态列表晚于所查询时间，无法判断当时状态。",
            en="The status list was made after the time asked about, so it cannot tell the status then.",
        ),
        "STATUS_LIST_STALE": Label(
            zh="所持状态列表已超过允许的时限，请重新获取。",
            en="The status list at hand is older than this verifier allows; fetch a new one.",
        ),
        "STATUS_REFERENCE_MISSING": Label(
            zh="证照未指明状态列表中的位置。", en="The credential names no place in a status list."
        ),
        "STATUS_REVOKED": Label(zh="在所查询时间证照已被撤销或注销。", en="The licence was revoked at that time."),
        "STATUS_SUPERSEDED": Label(
            zh="在所查询时间证照已被延续或变更后的新证照取代。",
            en="The licence was replaced by a newer one at that time.",
        ),
        "STATUS_SUSPENDED": Label(zh="在所查询时间证照处于暂扣状态。", en="The licence was suspended at that time."),
        "STATUS_UNDEFINED": Label(
            zh="状态列表给出的状态未定义，不予认可。", en="The status list gives a status that has no meaning here."
        ),
        "SUITE_UNAVAILABLE": Label(
            zh="本机无法计算该签名算法，无法判断。",
            en="This machine cannot compute the signature's algorithm, so it cannot be told.",
        ),
    }
)
"""By code. Codes of the signer that are not here are told by rule 2."""


def results_of(checks: tuple[Check, ...]) -> tuple[CheckResult, ...]:
    """Checks with their sentences; one and the same tuple wherever all that are always made have passed."""
    return ALL_PASSED if checks == _ALL_PASSED else tuple([result_of(check) for check in checks])


def result_of(check: Check) -> CheckResult:
    """A signer's check with its sentences."""
    if check is PASSED[check.name]:
        return _PASSED[check.name]
    return CheckResult(check.name, check.outcome, check.code, _message(check))


def _message(check: Check) -> Label:
    name = NAMES[check.name]
    known = SENTENCES.get(check.code)
    if known is not None:
        return known
    if check.outcome is Outcome.PASSED:
        return Label(zh=f"{name.zh}：通过。", en=f"{name.en[0].upper()}{name.en[1:]}: passed.")
    word = "未通过" if check.outcome is Outcome.FAILED else "无法判断"
    return Label(zh=f"{name.zh}：{word}（{check.code}）。", en=f"The {name.en}: {check.detail}.")


_PASSED: Mapping[CheckName, CheckResult] = MappingProxyType(
    {name: CheckResult(name, check.outcome, check.code, _message(check)) for name, check in PASSED.items()}
)
"""Checks that passed without remark are most of all: made once."""

_ALL_PASSED = tuple(PASSED[name] for name in ALWAYS)
ALL_PASSED = tuple(_PASSED[name] for name in ALWAYS)
"""The results of a verification that asked for nothing more and found nothing wrong."""
