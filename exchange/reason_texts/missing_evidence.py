"""Status and sentences of the reasons about evidence that the hub does not have."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "DEFERRAL_EXCLUDED": (
            "FAILED_PRECONDITION",
            (
                "The applicant let deferred evidence lapse before and may defer none until the exclusion "
                "ends or is lifted."
            ),
            "申请人此前容缺逾期未补，在排除期届满或解除前不适用容缺受理。",
        ),
        "DEFERRAL_LAPSED": (
            "FAILED_PRECONDITION",
            "The deadline of the deferred evidence has passed; the case lapses.",
            "容缺补交期限已过，本办件终止，请申请人重新申请。",
        ),
        "DISPUTE_EXISTS": (
            "ALREADY_EXISTS",
            "This line of the case has a dispute that is not answered yet.",
            "该材料已有尚未答复的异议，请等待颁发机构答复。",
        ),
        "DISPUTE_NOT_FOUND": (
            "NOT_FOUND",
            "There is no such dispute, or it is not your department's.",
            "没有该异议，或不属于贵单位。",
        ),
        "DISPUTE_STATE": (
            "FAILED_PRECONDITION",
            "The dispute was answered already, or was checked already.",
            "该异议已答复或已核查，不能重复操作。",
        ),
        "EVIDENCE_ALREADY_IN": (
            "FAILED_PRECONDITION",
            "This evidence was fetched or handed in, or is deferred or committed already.",
            "该材料已调用、已提交、已容缺或已承诺，无需重复办理。",
        ),
        "EVIDENCE_AVAILABLE": (
            "FAILED_PRECONDITION",
            "The hub holds this evidence: fetch it, and let the applicant defer or promise nothing.",
            "系统已有该证照，请直接调用，不得要求申请人容缺或承诺。",
        ),
        "EVIDENCE_MISSING": (
            "FAILED_PRECONDITION",
            (
                "Evidence that the guide asks for is neither fetched, handed in, deferred nor committed; the "
                "subject lists it."
            ),
            "指南要求的材料尚未调用、提交、容缺或承诺，请按所列材料补齐后再受理。",
        ),
        "MATERIAL_NOT_FOUND": (
            "NOT_FOUND",
            "No such material was handed in for this case.",
            "本办件没有该上传材料。",
        ),
        "NOT_DEFERRABLE": (
            "FAILED_PRECONDITION",
            "The guide does not let this evidence follow later.",
            "指南不允许该材料容缺后补。",
        ),
        "NOT_REPLACEABLE": (
            "FAILED_PRECONDITION",
            "The guide does not let a commitment take the place of this evidence.",
            "指南不允许以告知承诺代替该材料。",
        ),
        "PROMISE_CHANGED": (
            "FAILED_PRECONDITION",
            (
                "The text that was signed is not the text for these lines, form and deadline; show the text "
                "again and have it signed."
            ),
            "所签文本与当前材料、形式、期限对应的文本不一致，请重新出示并签署。",
        ),
        "TOO_MANY_LINES": (
            "FAILED_PRECONDITION",
            "The case asks for more lines of evidence than can be told at once: check it situation by situation.",
            "该办件所需材料超过一次性告知的上限，请按情形分别核对。",
        ),
    }
)
