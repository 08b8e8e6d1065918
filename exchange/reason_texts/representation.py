"""Status and sentences of the reasons about who acts for whom, and where a case is collected and handled."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "CASE_NOT_HANDED_OVER": (
            "FAILED_PRECONDITION",
            "The collecting department has not handed the case over yet.",
            "代收单位尚未移交该办件。",
        ),
        "COLLECTION_MIXED": (
            "PERMISSION_DENIED",
            "An application is collected elsewhere in all its matters or none: your department handles these itself.",
            "异地代收的一件事须全部为代收事项，所列事项由本单位直接办理。",
        ),
        "COLLECTS_ONLY": (
            "PERMISSION_DENIED",
            "Your department collects this case for another region: the fields go to the department that handles it.",
            "本单位仅负责异地代收，证照信息由办理单位调取。",
        ),
        "REPRESENTATION_NOT_SHOWN": (
            "PERMISSION_DENIED",
            "The business licence in force, or the paper of guardianship, does not show that this person may act.",
            "现行营业执照或监护证明未载明该人有权办理。",
        ),
        "REPRESENTATION_REVOKED": (
            "PERMISSION_DENIED",
            "The authority to act for this party was taken back.",
            "该当事人的代办授权已被撤销。",
        ),
        "WARD_OF_AGE": (
            "PERMISSION_DENIED",
            "The guardianship has ended or cannot be judged: the ward is not known to be under 18.",
            "监护已终止或无法核实：被监护人并非已知的未满18周岁人员。",
        ),
    }
)
