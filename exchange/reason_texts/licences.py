"""Status and sentences of the reasons about licences, their imports, their proofs."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "ACCESS_RECORD_NOT_FOUND": (
            "NOT_FOUND",
            "The log has no such access record under your mandate.",
            "在您的审计授权范围内没有该访问记录。",
        ),
        "IMPORT_DIGEST": (
            "FAILED_PRECONDITION",
            "The rows that the hub has seen are not those that the caller has sent.",
            "系统收到的数据行与调用方发送的不一致。",
        ),
        "IMPORT_NOT_FOUND": (
            "NOT_FOUND",
            "The department has no such import.",
            "贵单位没有该批次的存量导入。",
        ),
        "IMPORT_SECOND_PERSON": (
            "PERMISSION_DENIED",
            "Another person than the importer must let the source win.",
            "采用来源数据须由导入人以外的人员确认。",
        ),
        "IMPORT_STATE": (
            "FAILED_PRECONDITION",
            "The import is finished, is of another type or provenance, or rows are missing before these.",
            "导入已结束，或类型、来源不符，或此前的数据行有缺失。",
        ),
        "LICENCE_EXISTS": (
            "ALREADY_EXISTS",
            "A licence with this number of this type was already issued by your department.",
            "贵单位已颁发过该类型同编号的证照。",
        ),
        "LICENCE_NOT_ACTIVE": (
            "FAILED_PRECONDITION",
            "The licence is suspended, revoked, superseded or expired.",
            "证照处于暂扣、撤销、注销、失效或过期状态，不能使用。",
        ),
        "LICENCE_NOT_FOUND": (
            "NOT_FOUND",
            (
                "No licence of this type was found for the holder. Defer it, accept a commitment, upload it, "
                "or ask the issuer to add it."
            ),
            "未查询到该持证主体的此类证照，可容缺受理、告知承诺、上传材料或请颁发机构补充归集。",
        ),
        "LICENCE_STATE": (
            "FAILED_PRECONDITION",
            "The licence is not in a state that allows this transition.",
            "证照当前状态不允许此操作。",
        ),
        "LIST_NOT_FOUND": (
            "NOT_FOUND",
            "This hub has published no such list.",
            "本平台没有发布该清单。",
        ),
        "NOT_ISSUER": (
            "PERMISSION_DENIED",
            "Your department may not issue or change licences of this type.",
            "贵单位无权颁发或变更该类型证照。",
        ),
        "RECEIPT_NOT_FOUND": (
            "NOT_FOUND",
            "The log does not hold this commitment at this index.",
            "日志在该位置没有这一承诺值。",
        ),
        "RECEIPT_NOT_READY": (
            "UNAVAILABLE",
            "The access is recorded, but not yet under a published checkpoint; try again in a few seconds.",
            "该访问已记录，但尚未纳入已公布的检查点，请稍后重试。",
        ),
        "RECORD_CORRUPT": (
            "DATA_LOSS",
            "A stored record does not match its digest; it was not released.",
            "存储数据校验失败，未予提供，请联系运维。",
        ),
        "SIGNATURE_FAILED": (
            "DATA_LOSS",
            "The licence's signature did not verify; it was not released.",
            "证照签名验证失败，未予提供。",
        ),
        "SIGNER_UNAVAILABLE": (
            "UNAVAILABLE",
            "A signing key cannot be used right now; try again shortly.",
            "签名服务暂不可用，请稍后重试。",
        ),
        "STATUS_STALE": (
            "UNAVAILABLE",
            "The licence's status is not known freshly enough; try again shortly.",
            "证照状态信息不够新，请稍后重试。",
        ),
    }
)
