"""Words for what only a verifier without the hub finds; all others are those of ``exchange.licences.verdicts``."""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.entities.catalogue import Label
from exchange.licences.verdicts import SENTENCES, CheckResult, result_of
from signer.report import Check, Outcome

OFFLINE_SENTENCES: Mapping[str, Label] = MappingProxyType(
    {
        "ISSUER_UNKNOWN": Label(
            zh="信任列表中没有该颁发机构。", en="The trust list does not name the issuing authority."
        ),
        "LOG_ENTRY_INVALID": Label(
            zh="日志条目无法读取。", en="The bytes of the log's entry are not an entry that can be read."
        ),
        "LOG_ENTRY_OTHER": Label(
            zh="日志条目记录的不是该证照或加注件。",
            en="The entry of the log records another credential or extract.",
        ),
        "LOG_ENTRY_UNBOUND": Label(
            zh="日志条目未载明证照摘要，不能证明记录的是该证照。",
            en="The entry names no digest, so it does not show that it records this credential.",
        ),
        "LOG_KEY_UNKNOWN": Label(
            zh="信任列表中没有签署检查点的日志公钥。",
            en="The trust list names no key of the log that the checkpoint is of.",
        ),
        "LOG_NOT_WITNESSED": Label(
            zh="检查点的见证签名未达到信任列表要求的数量。",
            en="Fewer witnesses cosigned the checkpoint than the trust list asks for.",
        ),
        "LOG_PROOF_INVALID": Label(
            zh="日志证明不成立：条目不在检查点所确定的日志中。",
            en="The proof does not hold: the entry is not in the log that the checkpoint fixes.",
        ),
        "LOG_PROOF_MISSING": Label(zh="没有日志证明。", en="There is no proof from the log."),
        "LOG_TIMESTAMP_INVALID": Label(
            zh="检查点的时间戳无效。", en="The time-stamp over the checkpoint does not verify."
        ),
        "RECEIPT_MISSING": Label(
            zh="没有回执，无法判断是为谁、为哪个办件出具的。",
            en="No receipt came with it, so for whom and for which case it was made cannot be told.",
        ),
        "SEAL_NOT_LISTED": Label(
            zh="信任列表中没有该签章证书。", en="The trust list does not name the seal's certificate."
        ),
        "SECOND_NOT_OFFERED": Label(
            zh="没有第二签名，该类型也不要求。", en="There is no second signature, and none is required."
        ),
        "STATUS_LIST_BROKEN": Label(
            zh="状态列表文件损坏或签名无效，未予采用。",
            en="The file of the status list is broken or not signed by the hub; it was not used.",
        ),
        "STATUS_LIST_FORKED": Label(
            zh="同一秒出现两份不同的状态列表。", en="Two different status lists of one second were seen."
        ),
        "STATUS_LIST_ROLLED_BACK": Label(
            zh="状态列表比此前见过的更旧，未予采用。",
            en="The status list is older than one that was seen before; it was not used.",
        ),
        "STATUS_STATEMENT_INVALID": Label(
            zh="证据中的状态声明不是平台签发的，或不属于该证照。",
            en="The statement of the status is not the hub's own, or is of another licence.",
        ),
        "ANCHORS_UNCONFIRMED": Label(
            zh="信任锚来自证据包自身，尚未与平台另行公布的核对：用 --trust 或 --anchor 指明。",
            en="The anchors come with the evidence itself: confirm them with --trust or --anchor.",
        ),
        "ANCHORS_OTHER": Label(
            zh="证据包的信任锚不是所指明的信任锚。", en="The anchors of the evidence are not those that were named."
        ),
        "EVIDENCE_FILE_ALTERED": Label(
            zh="有文件与清单中的摘要不符。", en="A file does not have the digest that the manifest names."
        ),
        "EVIDENCE_FILE_MISSING": Label(zh="清单中的文件有缺失。", en="A file that the manifest names is missing."),
        "TRUST_LIST_UNUSABLE": Label(
            zh="证据包的信任列表无法采用。", en="The trust list of the evidence cannot be used."
        ),
    }
)
"""By code. What the hub's own verification may find too is in ``SENTENCES``, which goes first."""


def said(check: Check) -> CheckResult:
    """A signer's check with its sentences."""
    if check.outcome is Outcome.PASSED and check.code == "OK":
        return result_of(check)
    known = SENTENCES.get(check.code) or OFFLINE_SENTENCES.get(check.code)
    return result_of(check) if known is None else CheckResult(check.name, check.outcome, check.code, known)


def sentence(code: str) -> Label:
    """The words for a code that has some. Raises ``KeyError``."""
    return SENTENCES.get(code) or OFFLINE_SENTENCES[code]
