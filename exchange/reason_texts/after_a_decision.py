"""Status and sentences of the reasons about results, ratings and supervision."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "COMMITMENT_NOT_FOUND": (
            "NOT_FOUND",
            "Your department has no such commitment to check.",
            "没有由贵单位核查的该项承诺。",
        ),
        "COMMITMENT_STATE": (
            "FAILED_PRECONDITION",
            "The commitment was checked before.",
            "该项承诺已核查。",
        ),
        "HAND_OFF_NOT_FOUND": (
            "NOT_FOUND",
            "Nothing of that name was handed over to your department.",
            "没有移交给贵单位的该项记录。",
        ),
        "ISSUANCE_NOT_DUE": (
            "FAILED_PRECONDITION",
            "Your department owes that case no licence of this type.",
            "该办件没有待贵单位颁发的此类证照。",
        ),
        "PENALTY_EXISTS": (
            "ALREADY_EXISTS",
            "A penalty for this licence waits for its issuer.",
            "该证照已有待颁发机构处理的处罚建议。",
        ),
        "PENALTY_NOT_FOUND": (
            "NOT_FOUND",
            "There is no such penalty, or it is not addressed to your department.",
            "没有该处罚建议，或其不由贵单位处理。",
        ),
        "PENALTY_STATE": (
            "FAILED_PRECONDITION",
            "The penalty was carried out or refused before, or is for another licence or step.",
            "该处罚建议已执行或已拒绝，或与本次操作的证照、措施不符。",
        ),
        "RATER_HANDLED_CASE": (
            "PERMISSION_DENIED",
            "A department that handled the case may not pass on its rating.",
            "办理过该办件的单位不得代为提交评价。",
        ),
        "RATING_EXISTS": (
            "ALREADY_EXISTS",
            "The case was rated with this ticket or through this channel before.",
            "该办件已使用此评价凭证或通过此渠道评价过。",
        ),
        "RATING_TICKET_INVALID": (
            "PERMISSION_DENIED",
            "The ticket does not let anyone rate this case.",
            "评价凭证无效，不能评价该办件。",
        ),
        "RECTIFICATION_NOT_FOUND": (
            "NOT_FOUND",
            "The case has no bad rating through this channel.",
            "该办件没有通过此渠道的差评。",
        ),
        "RECTIFICATION_STATE": (
            "FAILED_PRECONDITION",
            "The bad rating was answered before, or its contact was recorded already.",
            "该差评已答复，或已登记联系情况。",
        ),
        "RESULT_MISSING": (
            "FAILED_PRECONDITION",
            "The matter ends with a licence: give its content with the decision.",
            "该事项应出具结果证照：请随审批决定一并提交证照内容。",
        ),
    }
)
