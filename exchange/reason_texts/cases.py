"""Status and sentences of the reasons about cases: their lines, consents, codes, agents and clocks."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "APPLICATION_EXISTS": (
            "ALREADY_EXISTS",
            "Your department has already opened an application with this number.",
            "该申请编号在本单位已存在，请核对申请编号。",
        ),
        "APPLICATION_UNKNOWN": (
            "NOT_FOUND",
            "There is no such application, or none of its cases is your department's.",
            "没有该申请，或其中没有本单位的办件。",
        ),
        "CASE_ASSURANCE_LOW": (
            "PERMISSION_DENIED",
            (
                "This evidence needs a case of higher assurance: confirm the applicant's presence or sign "
                "the case number first."
            ),
            "该材料要求更高的办件可信等级，请先核验申请人到场或对办件号签名。",
        ),
        "CASE_EXISTS": (
            "ALREADY_EXISTS",
            "A case with this number is already open for your department.",
            "该办件号在本单位已存在，请核对办件号。",
        ),
        "CASE_EXPIRED": (
            "FAILED_PRECONDITION",
            "The case's time window is over.",
            "办件已超过有效期，不能再调用证照。",
        ),
        "CASE_NOT_OPEN": (
            "FAILED_PRECONDITION",
            "The case is closed; nothing can be read or changed for it.",
            "办件已办结或终止，不能再调用证照或变更。",
        ),
        "CASE_NOT_YOURS": (
            "NOT_FOUND",
            "There is no case of that name that your department handles.",
            "未找到由贵单位办理的该办件。",
        ),
        "CASE_STATE": (
            "FAILED_PRECONDITION",
            "The case is not in a state that allows this step.",
            "办件当前状态不允许此操作。",
        ),
        "CASE_UNKNOWN": (
            "NOT_FOUND",
            "There is no case of that name that your department handles.",
            "未找到由贵单位办理的该办件。",
        ),
        "CLERK_IS_AGENT": (
            "PERMISSION_DENIED",
            "The operator at the counter cannot be the applicant's agent.",
            "窗口操作员不得同时担任代办人。",
        ),
        "CLOCK_RUNNING": (
            "FAILED_PRECONDITION",
            "No special procedure is under way; there is nothing to resume.",
            "当前没有进行中的特别程序，无需恢复计时。",
        ),
        "CLOCK_STOPPED": (
            "FAILED_PRECONDITION",
            "A special procedure is under way already; end it first.",
            "已有特别程序正在进行，请先结束后再发起。",
        ),
        "CODE_AUDIENCE": (
            "PERMISSION_DENIED",
            "The presentation code is for another case, or somebody else redeemed it; ask the holder for a new one.",
            "用证码属于其他办件，或已由他人核验，请申请人重新出示。",
        ),
        "CODE_INVALID": (
            "PERMISSION_DENIED",
            "The presentation code is unknown, used or expired; ask the holder for a new one.",
            "用证码无效、已使用或已过期，请申请人重新出示。",
        ),
        "CONSENT_EXHAUSTED": (
            "PERMISSION_DENIED",
            "The holder's consent has been used as often as it allows.",
            "持证主体授权的使用次数已用完，请重新取得授权。",
        ),
        "CONSENT_MISSING": (
            "PERMISSION_DENIED",
            "This evidence needs the holder's consent, and none is recorded for the case.",
            "该材料须经持证主体授权，本办件尚无授权记录。",
        ),
        "CONSENT_NOT_FOUND": (
            "NOT_FOUND",
            "There is no such consent on a case that your department handles.",
            "未找到贵单位办件中的该授权记录。",
        ),
        "CONSENT_REVOKED": (
            "PERMISSION_DENIED",
            "The holder has withdrawn the consent.",
            "持证主体已撤回授权。",
        ),
        "CONSENT_SCOPE": (
            "PERMISSION_DENIED",
            "The holder's consent does not cover this evidence, these fields or this time.",
            "持证主体的授权未覆盖该材料、字段或时间。",
        ),
        "EVIDENCE_NOT_REQUIRED": (
            "PERMISSION_DENIED",
            "The case does not ask for this evidence in its situations, or no longer waits for it.",
            "该办件在所选情形下不需要该材料，或已不再等待该材料，不能调用。",
        ),
        "FIELD_NOT_ALLOWED": (
            "PERMISSION_DENIED",
            "One of the requested fields is more than the matter guide, or the object that is read under, allows.",
            "请求的字段超出实施清单或所依据的协查函、任务等允许的范围。",
        ),
        "MATTER_NOT_IN_FORCE": (
            "PERMISSION_DENIED",
            "The matter guide of the case is no longer in force.",
            "办件所依据的实施清单已失效。",
        ),
        "NOT_IMPLEMENTER": (
            "PERMISSION_DENIED",
            "Your department neither implements this matter nor is delegated to handle it.",
            "贵单位不是该事项的实施机构，也未被授权代为受理。",
        ),
        "PROCEDURES_EXHAUSTED": (
            "FAILED_PRECONDITION",
            "The case has had as many special procedures as a case may have.",
            "本办件的特别程序次数已达上限。",
        ),
        "PROCEDURE_UNKNOWN": (
            "FAILED_PRECONDITION",
            "The guide that the case follows has no special procedure of this id.",
            "本办件适用的实施清单中没有该特别程序。",
        ),
        "REPRESENTATION_EXPIRED": (
            "PERMISSION_DENIED",
            "The agent's authority has expired.",
            "代办授权已过期。",
        ),
        "REPRESENTATION_MISSING": (
            "PERMISSION_DENIED",
            "The agent has no recorded authority for this party.",
            "没有该当事人的代办授权记录。",
        ),
        "REPRESENTATION_SCOPE": (
            "PERMISSION_DENIED",
            "The agent's authority does not cover this evidence.",
            "代办授权未覆盖该材料。",
        ),
        "REQUIREMENT_WITHDRAWN": (
            "PERMISSION_DENIED",
            "The guide in force no longer asks for this evidence.",
            "现行实施清单已取消该材料。",
        ),
        "USES_EXHAUSTED": (
            "RESOURCE_EXHAUSTED",
            "This evidence was already fetched as often as the guide allows for one case.",
            "本办件已达该材料允许的调用次数。",
        ),
    }
)
