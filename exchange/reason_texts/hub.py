"""Status and sentences of the reasons about requests by themselves, and the hub's own state."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "AUDIT_UNAVAILABLE": (
            "UNAVAILABLE",
            "The access could not be recorded, so nothing was released; try again shortly.",
            "访问记录暂时无法写入，未提供任何数据，请稍后重试。",
        ),
        "CATALOGUE_STALE": (
            "UNAVAILABLE",
            "The hub's catalogue is not current; try again shortly.",
            "目录版本未同步，请稍后重试。",
        ),
        "CLOCK_UNTRUSTED": (
            "UNAVAILABLE",
            "The hub's clock stepped back; it will not record until an operator has looked at it.",
            "系统时钟异常，暂停服务，请联系运维。",
        ),
        "DEADLINE_TOO_SHORT": (
            "DEADLINE_EXCEEDED",
            "The call's deadline passed before it could be answered; nothing was released.",
            "请求超时，未提供任何数据，请重试。",
        ),
        "ETAG_MISMATCH": (
            "ABORTED",
            "The resource changed since you read it; read it again.",
            "数据已被更新，请重新读取后再提交。",
        ),
        "FIELD_INVALID": (
            "INVALID_ARGUMENT",
            "Some fields of the request are not valid; each is named in the details.",
            "请求中有字段不符合要求，详见各字段说明。",
        ),
        "INTERNAL": (
            "INTERNAL",
            "The hub failed; quote the request id to its operator.",
            "系统内部错误，请将请求编号提供给运维人员。",
        ),
        "LOG_UNWITNESSED": (
            "UNAVAILABLE",
            (
                "Nobody outside has vouched for the access log for too long; the hub serves again once "
                "witnesses or time-stamps have caught up."
            ),
            "访问日志长时间未获外部见证或时间戳，系统已暂停服务，恢复后将自动继续，请联系运维。",
        ),
        "METHOD_UNKNOWN": (
            "UNIMPLEMENTED",
            "The hub has no such method.",
            "系统没有该接口。",
        ),
        "OVERLOADED": (
            "RESOURCE_EXHAUSTED",
            "The hub has more work than it can take; try again shortly.",
            "系统繁忙，请稍后重试。",
        ),
        "REQUEST_ID_REUSED": (
            "ALREADY_EXISTS",
            "This request id was used for a different request.",
            "该请求编号已用于其他请求，请更换。",
        ),
        "REQUEST_REPLAYED": (
            "PERMISSION_DENIED",
            "This request id was already used for another read, or the request is not fresh.",
            "该请求编号已被使用或请求已过期。",
        ),
        "STORAGE_UNAVAILABLE": (
            "UNAVAILABLE",
            "Storage cannot be reached; try again shortly.",
            "存储服务暂不可用，请稍后重试。",
        ),
        "WEBHOOKS_EXHAUSTED": (
            "RESOURCE_EXHAUSTED",
            "The department has as many webhooks as it may have; delete one first.",
            "本部门的推送地址已达上限，请先删除不用的地址。",
        ),
        "WEBHOOKS_OFF": (
            "FAILED_PRECONDITION",
            "This hub is not set up to post events; watch or list them.",
            "本平台未开通事件推送，请使用订阅或分页查询。",
        ),
        "WEBHOOK_UNKNOWN": (
            "NOT_FOUND",
            "There is no such webhook or dead letter of this system.",
            "本系统没有该推送地址或未送达记录。",
        ),
    }
)
