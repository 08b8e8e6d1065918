"""Status and sentences of the reasons about what a purpose rests on: tasks, letters, disputes, incidents."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "DISPUTE_NOT_OPEN": (
            "FAILED_PRECONDITION",
            "The dispute about the licence has been answered.",
            "该证照异议已答复。",
        ),
        "DISPUTE_SCOPE": (
            "PERMISSION_DENIED",
            "The dispute is about another licence type.",
            "该异议不涉及此类证照。",
        ),
        "INCIDENT_NOT_RUNNING": (
            "PERMISSION_DENIED",
            "The incident has ended, or its 30 minutes are over.",
            "该紧急事件已结束或已超过 30 分钟。",
        ),
        "INCIDENT_SCOPE": (
            "PERMISSION_DENIED",
            "The incident's profile does not cover this licence type.",
            "该紧急事件的范围不包括此类证照。",
        ),
        "INCIDENT_UNCONFIRMED": (
            "PERMISSION_DENIED",
            "The incident needs a second person, or an alert to the audit department.",
            "该紧急事件须经第二人确认，或即时报告审计单位。",
        ),
        "LETTER_EXHAUSTED": (
            "RESOURCE_EXHAUSTED",
            "The letter of request has been used as often as it allows.",
            "该协查函的使用次数已用完。",
        ),
        "LETTER_EXPIRED": (
            "PERMISSION_DENIED",
            "The letter of request is not in its period of validity.",
            "该协查函不在有效期内。",
        ),
        "LETTER_NOT_APPROVED": (
            "PERMISSION_DENIED",
            "The issuer has not agreed to the letter of request.",
            "颁发机构尚未同意该协查函。",
        ),
        "LETTER_SCOPE": (
            "PERMISSION_DENIED",
            "The letter of request does not ask for this licence type.",
            "该协查函未请求此类证照。",
        ),
        "LETTER_STATE": (
            "FAILED_PRECONDITION",
            "The letter of request has been answered or withdrawn.",
            "该协查函已答复或已撤回。",
        ),
        "MANIFEST_NOT_OPEN": (
            "FAILED_PRECONDITION",
            "The manifest is not approved, was taken back, or is outside its period.",
            "该批量调取清单未经批准、已撤回或不在期限内。",
        ),
        "RESTRICTIONS_EXHAUSTED": (
            "RESOURCE_EXHAUSTED",
            "As many restrictions as there may be are on this holder; one has to end first.",
            "该持证主体的限制数量已达上限，须待其中之一终止。",
        ),
        "RESTRICTION_NOT_FOUND": (
            "NOT_FOUND",
            "The department has placed no such restriction.",
            "本单位未设置该限制。",
        ),
        "RESTRICTION_STATE": (
            "FAILED_PRECONDITION",
            "The restriction was lifted, or its time is over.",
            "该限制已解除或已期满。",
        ),
        "REVIEW_OVERDUE": (
            "PERMISSION_DENIED",
            "An earlier incident of the operator has not been reviewed in time; no other may be used until it is.",
            "操作员此前的紧急事件逾期未复核，复核前不得再次使用。",
        ),
        "SECOND_PERSON_NEEDED": (
            "PERMISSION_DENIED",
            "This has to be done by another person than the one who asked for it.",
            "此操作须由申请人以外的另一人办理。",
        ),
        "TASK_EXHAUSTED": (
            "RESOURCE_EXHAUSTED",
            "The inspection task has been read under as often as it allows.",
            "该检查任务的调取次数已用完。",
        ),
        "TASK_NOT_OPEN": (
            "FAILED_PRECONDITION",
            "The inspection task is finished or outside its period.",
            "该检查任务已结束或不在期限内。",
        ),
        "TASK_SCOPE": (
            "PERMISSION_DENIED",
            "The inspection task does not cover this matter or licence type.",
            "该检查任务不涉及此事项或此类证照。",
        ),
    }
)
