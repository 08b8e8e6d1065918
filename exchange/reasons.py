"""Reason codes: why a call was refused, with its status and a sentence for a clerk in both languages.

Rules:
1. Codes are stable: programs branch on them. The proto enum ``Reason`` and ``docs/errors.md`` list the same.
2. CASE_UNKNOWN and CASE_NOT_YOURS answer alike, so that a refusal does not tell whether a case exists.
3. ``status`` is the name of a gRPC status code; this module does not know gRPC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from exchange.missing_reasons import MISSING_EVIDENCE
from exchange.representation_reasons import REPRESENTATION
from exchange.result_reasons import AFTER_A_DECISION


class Reason(StrEnum):
    """Every reason, in alphabetical order."""

    ACCESS_RECORD_NOT_FOUND = "ACCESS_RECORD_NOT_FOUND"
    AGREEMENT_MISSING = "AGREEMENT_MISSING"
    AGREEMENT_SCOPE = "AGREEMENT_SCOPE"
    APPLICATION_EXISTS = "APPLICATION_EXISTS"
    APPLICATION_UNKNOWN = "APPLICATION_UNKNOWN"
    ASSURANCE_LOW = "ASSURANCE_LOW"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    BASIS_MISSING = "BASIS_MISSING"
    CASE_ASSURANCE_LOW = "CASE_ASSURANCE_LOW"
    CASE_EXISTS = "CASE_EXISTS"
    CASE_EXPIRED = "CASE_EXPIRED"
    CASE_NOT_HANDED_OVER = "CASE_NOT_HANDED_OVER"
    CASE_NOT_OPEN = "CASE_NOT_OPEN"
    CASE_NOT_YOURS = "CASE_NOT_YOURS"
    CASE_STATE = "CASE_STATE"
    CASE_UNKNOWN = "CASE_UNKNOWN"
    APPROVAL_MISSING = "APPROVAL_MISSING"
    APPROVER_NOT_CONCERNED = "APPROVER_NOT_CONCERNED"
    CATALOGUE_EXISTS = "CATALOGUE_EXISTS"
    CATALOGUE_NOT_FOUND = "CATALOGUE_NOT_FOUND"
    CATALOGUE_STALE = "CATALOGUE_STALE"
    CATALOGUE_STATE = "CATALOGUE_STATE"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    CERTIFICATE_UNKNOWN = "CERTIFICATE_UNKNOWN"
    CLERK_IS_AGENT = "CLERK_IS_AGENT"
    CLOCK_RUNNING = "CLOCK_RUNNING"
    CLOCK_STOPPED = "CLOCK_STOPPED"
    CLOCK_UNTRUSTED = "CLOCK_UNTRUSTED"
    CODE_AUDIENCE = "CODE_AUDIENCE"
    CODE_INVALID = "CODE_INVALID"
    COLLECTS_ONLY = "COLLECTS_ONLY"
    COMMITMENT_NOT_FOUND = "COMMITMENT_NOT_FOUND"
    COMMITMENT_STATE = "COMMITMENT_STATE"
    CONSENT_EXHAUSTED = "CONSENT_EXHAUSTED"
    CONSENT_MISSING = "CONSENT_MISSING"
    CONSENT_NOT_FOUND = "CONSENT_NOT_FOUND"
    CONSENT_REVOKED = "CONSENT_REVOKED"
    CONSENT_SCOPE = "CONSENT_SCOPE"
    DEADLINE_TOO_SHORT = "DEADLINE_TOO_SHORT"
    DEFERRAL_EXCLUDED = "DEFERRAL_EXCLUDED"
    DEFERRAL_LAPSED = "DEFERRAL_LAPSED"
    DISPUTE_EXISTS = "DISPUTE_EXISTS"
    DISPUTE_NOT_FOUND = "DISPUTE_NOT_FOUND"
    DISPUTE_STATE = "DISPUTE_STATE"
    ETAG_MISMATCH = "ETAG_MISMATCH"
    EVIDENCE_ALREADY_IN = "EVIDENCE_ALREADY_IN"
    EVIDENCE_AVAILABLE = "EVIDENCE_AVAILABLE"
    EVIDENCE_MISSING = "EVIDENCE_MISSING"
    EVIDENCE_NOT_REQUIRED = "EVIDENCE_NOT_REQUIRED"
    EVIDENCE_OBJECT_UNKNOWN = "EVIDENCE_OBJECT_UNKNOWN"
    FIELD_INVALID = "FIELD_INVALID"
    FIELD_NOT_ALLOWED = "FIELD_NOT_ALLOWED"
    HAND_OFF_NOT_FOUND = "HAND_OFF_NOT_FOUND"
    INTERNAL = "INTERNAL"
    ISSUANCE_NOT_DUE = "ISSUANCE_NOT_DUE"
    LICENCE_EXISTS = "LICENCE_EXISTS"
    LICENCE_NOT_ACTIVE = "LICENCE_NOT_ACTIVE"
    LICENCE_NOT_FOUND = "LICENCE_NOT_FOUND"
    LICENCE_STATE = "LICENCE_STATE"
    LIST_NOT_FOUND = "LIST_NOT_FOUND"
    LOCKED_OUT = "LOCKED_OUT"
    LOG_UNWITNESSED = "LOG_UNWITNESSED"
    MATERIAL_NOT_FOUND = "MATERIAL_NOT_FOUND"
    MATTER_NOT_IN_FORCE = "MATTER_NOT_IN_FORCE"
    METHOD_UNKNOWN = "METHOD_UNKNOWN"
    NOT_DEFERRABLE = "NOT_DEFERRABLE"
    NOT_IMPLEMENTER = "NOT_IMPLEMENTER"
    NOT_ISSUER = "NOT_ISSUER"
    NOT_REPLACEABLE = "NOT_REPLACEABLE"
    OPERATOR_UNKNOWN = "OPERATOR_UNKNOWN"
    OVERLOADED = "OVERLOADED"
    PROCEDURES_EXHAUSTED = "PROCEDURES_EXHAUSTED"
    PROCEDURE_UNKNOWN = "PROCEDURE_UNKNOWN"
    PENALTY_EXISTS = "PENALTY_EXISTS"
    PENALTY_NOT_FOUND = "PENALTY_NOT_FOUND"
    PENALTY_STATE = "PENALTY_STATE"
    PROHIBITED = "PROHIBITED"
    PROMISE_CHANGED = "PROMISE_CHANGED"
    PUBLISHER_IS_AUTHOR = "PUBLISHER_IS_AUTHOR"
    PURPOSE_NOT_ALLOWED = "PURPOSE_NOT_ALLOWED"
    RATER_HANDLED_CASE = "RATER_HANDLED_CASE"
    RATE_LIMITED = "RATE_LIMITED"
    RATING_EXISTS = "RATING_EXISTS"
    RATING_TICKET_INVALID = "RATING_TICKET_INVALID"
    RECEIPT_NOT_FOUND = "RECEIPT_NOT_FOUND"
    RECEIPT_NOT_READY = "RECEIPT_NOT_READY"
    RECORD_CORRUPT = "RECORD_CORRUPT"
    RECTIFICATION_NOT_FOUND = "RECTIFICATION_NOT_FOUND"
    RECTIFICATION_STATE = "RECTIFICATION_STATE"
    REPRESENTATION_EXPIRED = "REPRESENTATION_EXPIRED"
    REPRESENTATION_MISSING = "REPRESENTATION_MISSING"
    REPRESENTATION_NOT_SHOWN = "REPRESENTATION_NOT_SHOWN"
    REPRESENTATION_REVOKED = "REPRESENTATION_REVOKED"
    REPRESENTATION_SCOPE = "REPRESENTATION_SCOPE"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    REQUEST_REPLAYED = "REQUEST_REPLAYED"
    REQUIREMENT_WITHDRAWN = "REQUIREMENT_WITHDRAWN"
    RESULT_MISSING = "RESULT_MISSING"
    ROLE_MISSING = "ROLE_MISSING"
    SHARING_FORBIDDEN = "SHARING_FORBIDDEN"
    SIGNATURE_FAILED = "SIGNATURE_FAILED"
    SIGNER_UNAVAILABLE = "SIGNER_UNAVAILABLE"
    STATUS_STALE = "STATUS_STALE"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    TOKEN_EXCEEDED = "TOKEN_EXCEEDED"
    TOKEN_INVALID = "TOKEN_INVALID"
    TOKEN_UNBOUND = "TOKEN_UNBOUND"
    TRAWL_SUSPECTED = "TRAWL_SUSPECTED"
    USES_EXHAUSTED = "USES_EXHAUSTED"
    WARD_OF_AGE = "WARD_OF_AGE"


@dataclass(frozen=True, slots=True)
class ReasonText:
    """The gRPC status name and the sentences of a reason."""

    status: str
    en: str
    zh: str


TEXTS: Mapping[Reason, ReasonText] = MappingProxyType(
    {
        Reason.ACCESS_RECORD_NOT_FOUND: ReasonText(
            "NOT_FOUND",
            "The log has no such access record under your mandate.",
            "在您的审计授权范围内没有该访问记录。",
        ),
        Reason.AGREEMENT_MISSING: ReasonText(
            "PERMISSION_DENIED",
            "This licence type is shared only under an agreement, and your department has none with its issuer.",
            "该类证照须签订共享协议后方可使用，贵单位与颁发机构尚无协议，请联系目录管理员。",
        ),
        Reason.AGREEMENT_SCOPE: ReasonText(
            "PERMISSION_DENIED",
            "Your department's agreement does not cover this licence type, these fields, this matter or this date.",
            "贵单位的共享协议未覆盖该证照类型、字段、事项或日期，请核对协议范围。",
        ),
        Reason.APPLICATION_EXISTS: ReasonText(
            "ALREADY_EXISTS",
            "Your department has already opened an application with this number.",
            "该申请编号在本单位已存在，请核对申请编号。",
        ),
        Reason.APPLICATION_UNKNOWN: ReasonText(
            "NOT_FOUND",
            "There is no such application, or none of its cases is your department's.",
            "没有该申请，或其中没有本单位的办件。",
        ),
        Reason.ASSURANCE_LOW: ReasonText(
            "PERMISSION_DENIED",
            "The operator's login is not strong enough for this call; log in with a stronger method.",
            "操作员登录认证等级不足，请使用更高等级的方式登录后重试。",
        ),
        Reason.AUDIT_UNAVAILABLE: ReasonText(
            "UNAVAILABLE",
            "The access could not be recorded, so nothing was released; try again shortly.",
            "访问记录暂时无法写入，未提供任何数据，请稍后重试。",
        ),
        Reason.BASIS_MISSING: ReasonText(
            "PERMISSION_DENIED",
            "The matter guide names no lawful basis for this evidence.",
            "实施清单未为该材料列明法定依据，不能调用。",
        ),
        Reason.CASE_ASSURANCE_LOW: ReasonText(
            "PERMISSION_DENIED",
            "This evidence needs a case of higher assurance: confirm the applicant's presence or sign the case number first.",
            "该材料要求更高的办件可信等级，请先核验申请人到场或对办件号签名。",
        ),
        Reason.CASE_EXISTS: ReasonText(
            "ALREADY_EXISTS",
            "A case with this number is already open for your department.",
            "该办件号在本单位已存在，请核对办件号。",
        ),
        Reason.CASE_EXPIRED: ReasonText(
            "FAILED_PRECONDITION",
            "The case's time window is over.",
            "办件已超过有效期，不能再调用证照。",
        ),
        Reason.CASE_NOT_OPEN: ReasonText(
            "FAILED_PRECONDITION",
            "The case is closed; nothing can be read or changed for it.",
            "办件已办结或终止，不能再调用证照或变更。",
        ),
        Reason.CASE_NOT_YOURS: ReasonText(
            "NOT_FOUND",
            "There is no case of that name that your department handles.",
            "未找到由贵单位办理的该办件。",
        ),
        Reason.CASE_STATE: ReasonText(
            "FAILED_PRECONDITION",
            "The case is not in a state that allows this step.",
            "办件当前状态不允许此操作。",
        ),
        Reason.CASE_UNKNOWN: ReasonText(
            "NOT_FOUND",
            "There is no case of that name that your department handles.",
            "未找到由贵单位办理的该办件。",
        ),
        Reason.CATALOGUE_EXISTS: ReasonText(
            "ALREADY_EXISTS",
            "A draft of this entry is already waiting for review.",
            "该目录条目已有待审核的草稿。",
        ),
        Reason.CATALOGUE_NOT_FOUND: ReasonText(
            "NOT_FOUND",
            "The catalogue has no such entry.",
            "目录中没有该条目。",
        ),
        Reason.CATALOGUE_STALE: ReasonText(
            "UNAVAILABLE",
            "The hub's catalogue is not current; try again shortly.",
            "目录版本未同步，请稍后重试。",
        ),
        Reason.APPROVAL_MISSING: ReasonText(
            "FAILED_PRECONDITION",
            "The revision lets others read more: a second department must approve it over what is in force now.",
            "该版本扩大了数据访问范围，须经第二个部门在现行版本基础上同意后方可发布。",
        ),
        Reason.APPROVER_NOT_CONCERNED: ReasonText(
            "PERMISSION_DENIED",
            "Only another department than the author's that keeps the catalogue or answers for the data may approve.",
            "仅提出部门以外的目录管理部门或相关证照的定义、颁发机构可以同意。",
        ),
        Reason.CATALOGUE_STATE: ReasonText(
            "FAILED_PRECONDITION",
            "The catalogue entry is not in a state that allows this step.",
            "目录条目当前状态不允许此操作。",
        ),
        Reason.CERTIFICATE_REVOKED: ReasonText(
            "UNAUTHENTICATED",
            "The TLS certificate of this connection is no longer registered as valid.",
            "当前连接的客户端证书已失效，请更换证书。",
        ),
        Reason.CERTIFICATE_UNKNOWN: ReasonText(
            "UNAUTHENTICATED",
            "The TLS certificate of this connection is not registered for the department.",
            "当前连接的客户端证书未登记，请联系目录管理员。",
        ),
        Reason.CLERK_IS_AGENT: ReasonText(
            "PERMISSION_DENIED",
            "The operator at the counter cannot be the applicant's agent.",
            "窗口操作员不得同时担任代办人。",
        ),
        Reason.CLOCK_RUNNING: ReasonText(
            "FAILED_PRECONDITION",
            "No special procedure is under way; there is nothing to resume.",
            "当前没有进行中的特别程序，无需恢复计时。",
        ),
        Reason.CLOCK_STOPPED: ReasonText(
            "FAILED_PRECONDITION",
            "A special procedure is under way already; end it first.",
            "已有特别程序正在进行，请先结束后再发起。",
        ),
        Reason.CLOCK_UNTRUSTED: ReasonText(
            "UNAVAILABLE",
            "The hub's clock stepped back; it will not record until an operator has looked at it.",
            "系统时钟异常，暂停服务，请联系运维。",
        ),
        Reason.CODE_AUDIENCE: ReasonText(
            "PERMISSION_DENIED",
            "The presentation code was made for another department or case.",
            "用证码不适用于本单位或本办件。",
        ),
        Reason.CODE_INVALID: ReasonText(
            "PERMISSION_DENIED",
            "The presentation code is unknown, used or expired.",
            "用证码无效、已使用或已过期，请申请人重新出示。",
        ),
        Reason.CONSENT_EXHAUSTED: ReasonText(
            "PERMISSION_DENIED",
            "The holder's consent has been used as often as it allows.",
            "持证主体授权的使用次数已用完，请重新取得授权。",
        ),
        Reason.CONSENT_MISSING: ReasonText(
            "PERMISSION_DENIED",
            "This evidence needs the holder's consent, and none is recorded for the case.",
            "该材料须经持证主体授权，本办件尚无授权记录。",
        ),
        Reason.CONSENT_NOT_FOUND: ReasonText(
            "NOT_FOUND",
            "There is no such consent on a case that your department handles.",
            "未找到贵单位办件中的该授权记录。",
        ),
        Reason.CONSENT_REVOKED: ReasonText(
            "PERMISSION_DENIED",
            "The holder has withdrawn the consent.",
            "持证主体已撤回授权。",
        ),
        Reason.CONSENT_SCOPE: ReasonText(
            "PERMISSION_DENIED",
            "The holder's consent does not cover this evidence, these fields or this time.",
            "持证主体的授权未覆盖该材料、字段或时间。",
        ),
        Reason.DEADLINE_TOO_SHORT: ReasonText(
            "DEADLINE_EXCEEDED",
            "The call's deadline passed before it could be answered; nothing was released.",
            "请求超时，未提供任何数据，请重试。",
        ),
        Reason.ETAG_MISMATCH: ReasonText(
            "ABORTED",
            "The resource changed since you read it; read it again.",
            "数据已被更新，请重新读取后再提交。",
        ),
        Reason.EVIDENCE_NOT_REQUIRED: ReasonText(
            "PERMISSION_DENIED",
            "The matter guide does not ask for this evidence in the chosen situations.",
            "实施清单在所选情形下不需要该材料，不能调用。",
        ),
        Reason.EVIDENCE_OBJECT_UNKNOWN: ReasonText(
            "PERMISSION_DENIED",
            "There is no valid mandate, session or other evidence object of that name for you.",
            "未找到对您有效的授权依据（审计授权、会话等）。",
        ),
        Reason.FIELD_INVALID: ReasonText(
            "INVALID_ARGUMENT",
            "Some fields of the request are not valid; each is named in the details.",
            "请求中有字段不符合要求，详见各字段说明。",
        ),
        Reason.FIELD_NOT_ALLOWED: ReasonText(
            "PERMISSION_DENIED",
            "The matter guide does not ask for one of the requested fields.",
            "请求的字段超出实施清单允许的范围。",
        ),
        Reason.INTERNAL: ReasonText(
            "INTERNAL",
            "The hub failed; quote the request id to its operator.",
            "系统内部错误，请将请求编号提供给运维人员。",
        ),
        Reason.LICENCE_EXISTS: ReasonText(
            "ALREADY_EXISTS",
            "A licence with this number of this type was already issued by your department.",
            "贵单位已颁发过该类型同编号的证照。",
        ),
        Reason.LICENCE_NOT_ACTIVE: ReasonText(
            "FAILED_PRECONDITION",
            "The licence is suspended, revoked, superseded or expired.",
            "证照处于暂扣、撤销、注销、失效或过期状态，不能使用。",
        ),
        Reason.LICENCE_NOT_FOUND: ReasonText(
            "NOT_FOUND",
            "No licence of this type was found for the holder. Defer it, accept a commitment, upload it, or ask the issuer to add it.",
            "未查询到该持证主体的此类证照，可容缺受理、告知承诺、上传材料或请颁发机构补充归集。",
        ),
        Reason.LICENCE_STATE: ReasonText(
            "FAILED_PRECONDITION",
            "The licence is not in a state that allows this transition.",
            "证照当前状态不允许此操作。",
        ),
        Reason.LIST_NOT_FOUND: ReasonText(
            "NOT_FOUND",
            "This hub has published no such list.",
            "本平台没有发布该清单。",
        ),
        Reason.LOCKED_OUT: ReasonText(
            "RESOURCE_EXHAUSTED",
            "Too many refusals: the operator is locked out for some minutes.",
            "被拒绝次数过多，操作员已被临时锁定，请稍后再试。",
        ),
        Reason.LOG_UNWITNESSED: ReasonText(
            "UNAVAILABLE",
            "Nobody outside has vouched for the access log for too long; the hub serves again once witnesses or time-stamps have caught up.",
            "访问日志长时间未获外部见证或时间戳，系统已暂停服务，恢复后将自动继续，请联系运维。",
        ),
        Reason.MATTER_NOT_IN_FORCE: ReasonText(
            "PERMISSION_DENIED",
            "The matter guide of the case is no longer in force.",
            "办件所依据的实施清单已失效。",
        ),
        Reason.METHOD_UNKNOWN: ReasonText(
            "UNIMPLEMENTED",
            "The hub has no such method.",
            "系统没有该接口。",
        ),
        Reason.NOT_IMPLEMENTER: ReasonText(
            "PERMISSION_DENIED",
            "Your department neither implements this matter nor is delegated to handle it.",
            "贵单位不是该事项的实施机构，也未被授权代为受理。",
        ),
        Reason.NOT_ISSUER: ReasonText(
            "PERMISSION_DENIED",
            "Your department may not issue or change licences of this type.",
            "贵单位无权颁发或变更该类型证照。",
        ),
        Reason.OPERATOR_UNKNOWN: ReasonText(
            "PERMISSION_DENIED",
            "The operator is not registered or not active at the department.",
            "操作员未登记或已停用。",
        ),
        Reason.OVERLOADED: ReasonText(
            "RESOURCE_EXHAUSTED",
            "The hub has more work than it can take; try again shortly.",
            "系统繁忙，请稍后重试。",
        ),
        Reason.PROCEDURES_EXHAUSTED: ReasonText(
            "FAILED_PRECONDITION",
            "The case has had as many special procedures as a case may have.",
            "本办件的特别程序次数已达上限。",
        ),
        Reason.PROCEDURE_UNKNOWN: ReasonText(
            "FAILED_PRECONDITION",
            "The guide that the case follows has no special procedure of this id.",
            "本办件适用的实施清单中没有该特别程序。",
        ),
        Reason.PROHIBITED: ReasonText(
            "PERMISSION_DENIED",
            "The licence type forbids this use of one of the fields, or a restriction applies to the holder.",
            "该证照类型禁止将所请求字段用于此用途，或持证主体信息受限。",
        ),
        Reason.PUBLISHER_IS_AUTHOR: ReasonText(
            "PERMISSION_DENIED",
            "The person who publishes a revision cannot be its author.",
            "发布人不得与起草人为同一人。",
        ),
        Reason.PURPOSE_NOT_ALLOWED: ReasonText(
            "PERMISSION_DENIED",
            "Your role may not declare this purpose.",
            "您的角色不能以该用途调用数据。",
        ),
        Reason.RATE_LIMITED: ReasonText(
            "RESOURCE_EXHAUSTED",
            "The operator has reached the hourly limit.",
            "操作员已达每小时调用上限，请稍后再试。",
        ),
        Reason.RECEIPT_NOT_FOUND: ReasonText(
            "NOT_FOUND",
            "The log does not hold this commitment at this index.",
            "日志在该位置没有这一承诺值。",
        ),
        Reason.RECEIPT_NOT_READY: ReasonText(
            "UNAVAILABLE",
            "The access is recorded, but not yet under a published checkpoint; try again in a few seconds.",
            "该访问已记录，但尚未纳入已公布的检查点，请稍后重试。",
        ),
        Reason.RECORD_CORRUPT: ReasonText(
            "DATA_LOSS",
            "A stored record does not match its digest; it was not released.",
            "存储数据校验失败，未予提供，请联系运维。",
        ),
        Reason.REPRESENTATION_EXPIRED: ReasonText(
            "PERMISSION_DENIED",
            "The agent's authority has expired.",
            "代办授权已过期。",
        ),
        Reason.REPRESENTATION_MISSING: ReasonText(
            "PERMISSION_DENIED",
            "The agent has no recorded authority for this party.",
            "没有该当事人的代办授权记录。",
        ),
        Reason.REPRESENTATION_SCOPE: ReasonText(
            "PERMISSION_DENIED",
            "The agent's authority does not cover this evidence.",
            "代办授权未覆盖该材料。",
        ),
        Reason.REQUEST_ID_REUSED: ReasonText(
            "ALREADY_EXISTS",
            "This request id was used for a different request.",
            "该请求编号已用于其他请求，请更换。",
        ),
        Reason.REQUEST_REPLAYED: ReasonText(
            "PERMISSION_DENIED",
            "This request id was already used for another read, or the request is not fresh.",
            "该请求编号已被使用或请求已过期。",
        ),
        Reason.REQUIREMENT_WITHDRAWN: ReasonText(
            "PERMISSION_DENIED",
            "The guide in force no longer asks for this evidence.",
            "现行实施清单已取消该材料。",
        ),
        Reason.ROLE_MISSING: ReasonText(
            "PERMISSION_DENIED",
            "The department or the operator lacks the role that this call needs.",
            "单位或操作员缺少调用该接口所需的角色。",
        ),
        Reason.SHARING_FORBIDDEN: ReasonText(
            "PERMISSION_DENIED",
            "The licence type is not shared with other departments.",
            "该类证照不予共享。",
        ),
        Reason.SIGNATURE_FAILED: ReasonText(
            "DATA_LOSS",
            "The licence's signature did not verify; it was not released.",
            "证照签名验证失败，未予提供。",
        ),
        Reason.SIGNER_UNAVAILABLE: ReasonText(
            "UNAVAILABLE",
            "A signing key cannot be used right now; try again shortly.",
            "签名服务暂不可用，请稍后重试。",
        ),
        Reason.STATUS_STALE: ReasonText(
            "UNAVAILABLE",
            "The licence's status is not known freshly enough; try again shortly.",
            "证照状态信息不够新，请稍后重试。",
        ),
        Reason.STORAGE_UNAVAILABLE: ReasonText(
            "UNAVAILABLE",
            "Storage cannot be reached; try again shortly.",
            "存储服务暂不可用，请稍后重试。",
        ),
        Reason.TOKEN_EXCEEDED: ReasonText(
            "PERMISSION_DENIED",
            "The request asks for more than the access token's authorization details allow.",
            "请求超出访问令牌声明的授权范围。",
        ),
        Reason.TOKEN_INVALID: ReasonText(
            "UNAUTHENTICATED",
            "The access token is missing, malformed, expired or not signed by the department's key.",
            "访问令牌缺失、格式错误、已过期或签名无效。",
        ),
        Reason.TOKEN_UNBOUND: ReasonText(
            "UNAUTHENTICATED",
            "The access token is not bound to the TLS certificate of this connection.",
            "访问令牌与当前连接的证书不匹配。",
        ),
        Reason.TRAWL_SUSPECTED: ReasonText(
            "RESOURCE_EXHAUSTED",
            "The operator has read the licences of far more people than the cases they opened.",
            "操作员调取的持证主体数量明显超过其办件数量，已暂停调用。",
        ),
        Reason.USES_EXHAUSTED: ReasonText(
            "RESOURCE_EXHAUSTED",
            "This evidence was already fetched as often as the guide allows for one case.",
            "本办件已达该材料允许的调用次数。",
        ),
        **{Reason[name]: ReasonText(*text) for name, text in AFTER_A_DECISION.items()},
    }
    | {Reason(name): ReasonText(*text) for name, text in MISSING_EVIDENCE.items()}
    | {Reason(name): ReasonText(*text) for name, text in REPRESENTATION.items()}
)
