import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import licence_pb2 as _licence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HandOffKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HAND_OFF_KIND_UNSPECIFIED: _ClassVar[HandOffKind]
    HAND_OFF_KIND_CASE_APPROVED: _ClassVar[HandOffKind]
    HAND_OFF_KIND_LICENCE_CHANGED: _ClassVar[HandOffKind]

class CommitmentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMITMENT_STATE_UNSPECIFIED: _ClassVar[CommitmentState]
    COMMITMENT_STATE_OPEN: _ClassVar[CommitmentState]
    COMMITMENT_STATE_KEPT: _ClassVar[CommitmentState]
    COMMITMENT_STATE_BROKEN: _ClassVar[CommitmentState]

class SupervisionOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPERVISION_OUTCOME_UNSPECIFIED: _ClassVar[SupervisionOutcome]
    SUPERVISION_OUTCOME_PASSED: _ClassVar[SupervisionOutcome]
    SUPERVISION_OUTCOME_TO_RECTIFY: _ClassVar[SupervisionOutcome]
    SUPERVISION_OUTCOME_FAILED: _ClassVar[SupervisionOutcome]

class PenaltyKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PENALTY_KIND_UNSPECIFIED: _ClassVar[PenaltyKind]
    PENALTY_KIND_SUSPEND: _ClassVar[PenaltyKind]
    PENALTY_KIND_REVOKE: _ClassVar[PenaltyKind]

class PenaltyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PENALTY_STATE_UNSPECIFIED: _ClassVar[PenaltyState]
    PENALTY_STATE_PROPOSED: _ClassVar[PenaltyState]
    PENALTY_STATE_CARRIED_OUT: _ClassVar[PenaltyState]
    PENALTY_STATE_REFUSED: _ClassVar[PenaltyState]
HAND_OFF_KIND_UNSPECIFIED: HandOffKind
HAND_OFF_KIND_CASE_APPROVED: HandOffKind
HAND_OFF_KIND_LICENCE_CHANGED: HandOffKind
COMMITMENT_STATE_UNSPECIFIED: CommitmentState
COMMITMENT_STATE_OPEN: CommitmentState
COMMITMENT_STATE_KEPT: CommitmentState
COMMITMENT_STATE_BROKEN: CommitmentState
SUPERVISION_OUTCOME_UNSPECIFIED: SupervisionOutcome
SUPERVISION_OUTCOME_PASSED: SupervisionOutcome
SUPERVISION_OUTCOME_TO_RECTIFY: SupervisionOutcome
SUPERVISION_OUTCOME_FAILED: SupervisionOutcome
PENALTY_KIND_UNSPECIFIED: PenaltyKind
PENALTY_KIND_SUSPEND: PenaltyKind
PENALTY_KIND_REVOKE: PenaltyKind
PENALTY_STATE_UNSPECIFIED: PenaltyState
PENALTY_STATE_PROPOSED: PenaltyState
PENALTY_STATE_CARRIED_OUT: PenaltyState
PENALTY_STATE_REFUSED: PenaltyState

class HandOff(_message.Message):
    __slots__ = ("name", "kind", "origin", "matter", "case", "licence", "licence_state", "made_time", "acknowledged_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_STATE_FIELD_NUMBER: _ClassVar[int]
    MADE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: HandOffKind
    origin: str
    matter: str
    case: str
    licence: str
    licence_state: _licence_pb2.LicenceState
    made_time: _timestamp_pb2.Timestamp
    acknowledged_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[HandOffKind, str]] = ..., origin: _Optional[str] = ..., matter: _Optional[str] = ..., case: _Optional[str] = ..., licence: _Optional[str] = ..., licence_state: _Optional[_Union[_licence_pb2.LicenceState, str]] = ..., made_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledged_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CommitmentCheck(_message.Message):
    __slots__ = ("case", "matter", "requirement", "made_time", "state")
    CASE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    MADE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    case: str
    matter: str
    requirement: str
    made_time: _timestamp_pb2.Timestamp
    state: CommitmentState
    def __init__(self, case: _Optional[str] = ..., matter: _Optional[str] = ..., requirement: _Optional[str] = ..., made_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[CommitmentState, str]] = ...) -> None: ...

class Penalty(_message.Message):
    __slots__ = ("name", "licence", "kind", "legal_reference", "supervisor", "issuer", "state", "proposed_time", "due_time", "settled_time", "refusal", "overdue")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SUPERVISOR_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    SETTLED_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    licence: str
    kind: PenaltyKind
    legal_reference: str
    supervisor: str
    issuer: str
    state: PenaltyState
    proposed_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    settled_time: _timestamp_pb2.Timestamp
    refusal: str
    overdue: bool
    def __init__(self, name: _Optional[str] = ..., licence: _Optional[str] = ..., kind: _Optional[_Union[PenaltyKind, str]] = ..., legal_reference: _Optional[str] = ..., supervisor: _Optional[str] = ..., issuer: _Optional[str] = ..., state: _Optional[_Union[PenaltyState, str]] = ..., proposed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refusal: _Optional[str] = ..., overdue: _Optional[bool] = ...) -> None: ...

class ListHandOffsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "include_acknowledged")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    include_acknowledged: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., include_acknowledged: _Optional[bool] = ...) -> None: ...

class ListHandOffsResponse(_message.Message):
    __slots__ = ("hand_offs", "next_page_token")
    HAND_OFFS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    hand_offs: _containers.RepeatedCompositeFieldContainer[HandOff]
    next_page_token: str
    def __init__(self, hand_offs: _Optional[_Iterable[_Union[HandOff, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcknowledgeHandOffRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AcknowledgeHandOffResponse(_message.Message):
    __slots__ = ("hand_off",)
    HAND_OFF_FIELD_NUMBER: _ClassVar[int]
    hand_off: HandOff
    def __init__(self, hand_off: _Optional[_Union[HandOff, _Mapping]] = ...) -> None: ...

class ListCommitmentChecksRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCommitmentChecksResponse(_message.Message):
    __slots__ = ("checks", "next_page_token")
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[CommitmentCheck]
    next_page_token: str
    def __init__(self, checks: _Optional[_Iterable[_Union[CommitmentCheck, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SettleCommitmentCheckRequest(_message.Message):
    __slots__ = ("case", "matter", "requirement", "state", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    matter: str
    requirement: str
    state: CommitmentState
    request_id: str
    def __init__(self, case: _Optional[str] = ..., matter: _Optional[str] = ..., requirement: _Optional[str] = ..., state: _Optional[_Union[CommitmentState, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SettleCommitmentCheckResponse(_message.Message):
    __slots__ = ("check",)
    CHECK_FIELD_NUMBER: _ClassVar[int]
    check: CommitmentCheck
    def __init__(self, check: _Optional[_Union[CommitmentCheck, _Mapping]] = ...) -> None: ...

class SubmitSupervisionResultRequest(_message.Message):
    __slots__ = ("subject", "outcome", "findings", "request_id", "task")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    subject: str
    outcome: SupervisionOutcome
    findings: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    task: str
    def __init__(self, subject: _Optional[str] = ..., outcome: _Optional[_Union[SupervisionOutcome, str]] = ..., findings: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., task: _Optional[str] = ...) -> None: ...

class SubmitSupervisionResultResponse(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ProposePenaltyRequest(_message.Message):
    __slots__ = ("licence", "kind", "legal_reference", "request_id")
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    licence: str
    kind: PenaltyKind
    legal_reference: str
    request_id: str
    def __init__(self, licence: _Optional[str] = ..., kind: _Optional[_Union[PenaltyKind, str]] = ..., legal_reference: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ProposePenaltyResponse(_message.Message):
    __slots__ = ("penalty",)
    PENALTY_FIELD_NUMBER: _ClassVar[int]
    penalty: Penalty
    def __init__(self, penalty: _Optional[_Union[Penalty, _Mapping]] = ...) -> None: ...

class ListProposedPenaltiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProposedPenaltiesResponse(_message.Message):
    __slots__ = ("penalties", "next_page_token")
    PENALTIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    penalties: _containers.RepeatedCompositeFieldContainer[Penalty]
    next_page_token: str
    def __init__(self, penalties: _Optional[_Iterable[_Union[Penalty, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class InspectionTask(_message.Message):
    __slots__ = ("name", "subject", "licence_type", "party", "fields", "legal_reference", "until_time", "matter", "opened_time", "closed_time", "result", "max_uses")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    OPENED_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    name: str
    subject: str
    licence_type: str
    party: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    legal_reference: str
    until_time: _timestamp_pb2.Timestamp
    matter: str
    opened_time: _timestamp_pb2.Timestamp
    closed_time: _timestamp_pb2.Timestamp
    result: str
    max_uses: int
    def __init__(self, name: _Optional[str] = ..., subject: _Optional[str] = ..., licence_type: _Optional[str] = ..., party: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., legal_reference: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., matter: _Optional[str] = ..., opened_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., result: _Optional[str] = ..., max_uses: _Optional[int] = ...) -> None: ...

class OpenInspectionTaskRequest(_message.Message):
    __slots__ = ("task", "request_id")
    TASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    task: InspectionTask
    request_id: str
    def __init__(self, task: _Optional[_Union[InspectionTask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class OpenInspectionTaskResponse(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: InspectionTask
    def __init__(self, task: _Optional[_Union[InspectionTask, _Mapping]] = ...) -> None: ...

class ListInspectionTasksRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListInspectionTasksResponse(_message.Message):
    __slots__ = ("tasks", "next_page_token")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[InspectionTask]
    next_page_token: str
    def __init__(self, tasks: _Optional[_Iterable[_Union[InspectionTask, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
