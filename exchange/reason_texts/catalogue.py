"""Status and sentences of the reasons about the catalogue: who publishes it, and what it shares."""

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "AGREEMENT_MISSING": (
            "PERMISSION_DENIED",
            "This licence type is shared only under an agreement, and your department has none with its issuer.",
            "该类证照须签订共享协议后方可使用，贵单位与颁发机构尚无协议，请联系目录管理员。",
        ),
        "AGREEMENT_SCOPE": (
            "PERMISSION_DENIED",
            "Your department's agreement does not cover this licence type, these fields, this matter or this date.",
            "贵单位的共享协议未覆盖该证照类型、字段、事项或日期，请核对协议范围。",
        ),
        "APPROVAL_MISSING": (
            "FAILED_PRECONDITION",
            "The revision lets others read more: a second department must approve it over what is in force now.",
            "该版本扩大了数据访问范围，须经第二个部门在现行版本基础上同意后方可发布。",
        ),
        "APPROVER_NOT_CONCERNED": (
            "PERMISSION_DENIED",
            "Only another department than the author's that keeps the catalogue or answers for the data may approve.",
            "仅提出部门以外的目录管理部门或相关证照的定义、颁发机构可以同意。",
        ),
        "BASIS_MISSING": (
            "PERMISSION_DENIED",
            "The matter guide names no lawful basis for this evidence.",
            "实施清单未为该材料列明法定依据，不能调用。",
        ),
        "CATALOGUE_EXISTS": (
            "ALREADY_EXISTS",
            "A draft of this entry is already waiting for review.",
            "该目录条目已有待审核的草稿。",
        ),
        "CATALOGUE_NOT_FOUND": (
            "NOT_FOUND",
            "The catalogue has no such entry.",
            "目录中没有该条目。",
        ),
        "CATALOGUE_STATE": (
            "FAILED_PRECONDITION",
            "The catalogue entry is not in a state that allows this step.",
            "目录条目当前状态不允许此操作。",
        ),
        "PROHIBITED": (
            "PERMISSION_DENIED",
            "The licence type forbids this use of one of the fields, or a restriction applies to the holder.",
            "该证照类型禁止将所请求字段用于此用途，或持证主体信息受限。",
        ),
        "PUBLISHER_IS_AUTHOR": (
            "PERMISSION_DENIED",
            "The person who publishes a revision cannot be its author.",
            "发布人不得与起草人为同一人。",
        ),
        "SHARING_FORBIDDEN": (
            "PERMISSION_DENIED",
            "The licence type is not shared with other departments.",
            "该类证照不予共享。",
        ),
    }
)
