"""Status and sentences of the reasons about callers: their certificates, tokens, roles and limits."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "ASSURANCE_LOW": (
            "PERMISSION_DENIED",
            "The login is too weak for this call, or too old; log in again, with a stronger method if need be.",
            "登录认证等级不足或登录时间过久，请使用符合要求的方式重新登录后重试。",
        ),
        "CERTIFICATE_REVOKED": (
            "UNAUTHENTICATED",
            "The TLS certificate of this connection is no longer registered as valid.",
            "当前连接的客户端证书已失效，请更换证书。",
        ),
        "CERTIFICATE_UNKNOWN": (
            "UNAUTHENTICATED",
            "The TLS certificate of this connection is not registered for the department.",
            "当前连接的客户端证书未登记，请联系目录管理员。",
        ),
        "EVIDENCE_OBJECT_UNKNOWN": (
            "PERMISSION_DENIED",
            "There is no valid mandate, presentation, session or other evidence object of that name for you.",
            "未找到对您有效的授权依据（审计授权、亮证、会话等）。",
        ),
        "LOCKED_OUT": (
            "RESOURCE_EXHAUSTED",
            "Too many refusals: the operator is locked out for some minutes.",
            "被拒绝次数过多，操作员已被临时锁定，请稍后再试。",
        ),
        "OPERATOR_UNKNOWN": (
            "PERMISSION_DENIED",
            "The operator is not registered or not active at the department.",
            "操作员未登记或已停用。",
        ),
        "PURPOSE_NOT_ALLOWED": (
            "PERMISSION_DENIED",
            "Your role may not declare this purpose.",
            "您的角色不能以该用途调用数据。",
        ),
        "RATE_LIMITED": (
            "RESOURCE_EXHAUSTED",
            "The operator has reached the hourly limit.",
            "操作员已达每小时调用上限，请稍后再试。",
        ),
        "ROLE_MISSING": (
            "PERMISSION_DENIED",
            "The department or the operator lacks the role that this call needs.",
            "单位或操作员缺少调用该接口所需的角色。",
        ),
        "TOKEN_EXCEEDED": (
            "PERMISSION_DENIED",
            "The request asks for more than the access token's authorization details allow.",
            "请求超出访问令牌声明的授权范围。",
        ),
        "TOKEN_INVALID": (
            "UNAUTHENTICATED",
            "The access token is missing, malformed, expired or not signed by the department's key.",
            "访问令牌缺失、格式错误、已过期或签名无效。",
        ),
        "TOKEN_UNBOUND": (
            "UNAUTHENTICATED",
            "The access token is not bound to the TLS certificate of this connection.",
            "访问令牌与当前连接的证书不匹配。",
        ),
        "TRAWL_SUSPECTED": (
            "RESOURCE_EXHAUSTED",
            "The operator has read the licences of far more people than the cases they opened.",
            "操作员调取的持证主体数量明显超过其办件数量，已暂停调用。",
        ),
    }
)
