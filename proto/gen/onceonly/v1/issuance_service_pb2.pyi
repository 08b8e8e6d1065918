import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import licence_pb2 as _licence_pb2
from onceonly.v1 import supervision_service_pb2 as _supervision_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QrForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QR_FORM_UNSPECIFIED: _ClassVar[QrForm]
    QR_FORM_CREDENTIAL: _ClassVar[QrForm]
    QR_FORM_POINTER: _ClassVar[QrForm]

class ImportProvenance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_PROVENANCE_UNSPECIFIED: _ClassVar[ImportProvenance]
    IMPORT_PROVENANCE_BACK_FILLED_REGISTER: _ClassVar[ImportProvenance]
    IMPORT_PROVENANCE_BACK_FILLED_SCAN: _ClassVar[ImportProvenance]

class ImportOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_OUTCOME_UNSPECIFIED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_ISSUED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_UNCHANGED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_DUPLICATE: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_IDENTITY_MISMATCH: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_INVALID: _ClassVar[ImportOutcome]

class ImportDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_DECISION_UNSPECIFIED: _ClassVar[ImportDecision]
    IMPORT_DECISION_KEEP_OURS: _ClassVar[ImportDecision]
    IMPORT_DECISION_TAKE_THEIRS: _ClassVar[ImportDecision]
    IMPORT_DECISION_REJECT: _ClassVar[ImportDecision]

class DueIssuanceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DUE_ISSUANCE_STATE_UNSPECIFIED: _ClassVar[DueIssuanceState]
    DUE_ISSUANCE_STATE_WAITING: _ClassVar[DueIssuanceState]
    DUE_ISSUANCE_STATE_OVERDUE: _ClassVar[DueIssuanceState]
    DUE_ISSUANCE_STATE_SETTLED: _ClassVar[DueIssuanceState]
QR_FORM_UNSPECIFIED: QrForm
QR_FORM_CREDENTIAL: QrForm
QR_FORM_POINTER: QrForm
IMPORT_PROVENANCE_UNSPECIFIED: ImportProvenance
IMPORT_PROVENANCE_BACK_FILLED_REGISTER: ImportProvenance
IMPORT_PROVENANCE_BACK_FILLED_SCAN: ImportProvenance
IMPORT_OUTCOME_UNSPECIFIED: ImportOutcome
IMPORT_OUTCOME_ISSUED: ImportOutcome
IMPORT_OUTCOME_UNCHANGED: ImportOutcome
IMPORT_OUTCOME_DUPLICATE: ImportOutcome
IMPORT_OUTCOME_IDENTITY_MISMATCH: ImportOutcome
IMPORT_OUTCOME_INVALID: ImportOutcome
IMPORT_DECISION_UNSPECIFIED: ImportDecision
IMPORT_DECISION_KEEP_OURS: ImportDecision
IMPORT_DECISION_TAKE_THEIRS: ImportDecision
IMPORT_DECISION_REJECT: ImportDecision
DUE_ISSUANCE_STATE_UNSPECIFIED: DueIssuanceState
DUE_ISSUANCE_STATE_WAITING: DueIssuanceState
DUE_ISSUANCE_STATE_OVERDUE: DueIssuanceState
DUE_ISSUANCE_STATE_SETTLED: DueIssuanceState

class IssueLicenceRequest(_message.Message):
    __slots__ = ("parent", "licence", "request_id", "validate_only", "case")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    licence: _licence_pb2.Licence
    request_id: str
    validate_only: bool
    case: str
    def __init__(self, parent: _Optional[str] = ..., licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., case: _Optional[str] = ...) -> None: ...

class IssueLicenceResponse(_message.Message):
    __slots__ = ("licence", "credential", "second_signature")
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    credential: str
    second_signature: str
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., credential: _Optional[str] = ..., second_signature: _Optional[str] = ...) -> None: ...

class RenewLicenceRequest(_message.Message):
    __slots__ = ("name", "etag", "valid_from_time", "valid_until_time", "reason", "legal_reference", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    reason: str
    legal_reference: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., legal_reference: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RenewLicenceResponse(_message.Message):
    __slots__ = ("licence", "credential", "second_signature")
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    credential: str
    second_signature: str
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., credential: _Optional[str] = ..., second_signature: _Optional[str] = ...) -> None: ...

class AmendLicenceRequest(_message.Message):
    __slots__ = ("name", "etag", "licence", "update_fields", "update_holders", "reason", "legal_reference", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELDS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_HOLDERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    licence: _licence_pb2.Licence
    update_fields: _containers.RepeatedScalarFieldContainer[str]
    update_holders: bool
    reason: str
    legal_reference: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., update_fields: _Optional[_Iterable[str]] = ..., update_holders: _Optional[bool] = ..., reason: _Optional[str] = ..., legal_reference: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AmendLicenceResponse(_message.Message):
    __slots__ = ("licence", "credential", "second_signature")
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    credential: str
    second_signature: str
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., credential: _Optional[str] = ..., second_signature: _Optional[str] = ...) -> None: ...

class SuspendLicenceRequest(_message.Message):
    __slots__ = ("name", "etag", "reason", "legal_reference", "effective_time", "request_id", "penalty")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PENALTY_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    reason: str
    legal_reference: str
    effective_time: _timestamp_pb2.Timestamp
    request_id: str
    penalty: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., legal_reference: _Optional[str] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., penalty: _Optional[str] = ...) -> None: ...

class SuspendLicenceResponse(_message.Message):
    __slots__ = ("licence",)
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ...) -> None: ...

class ReinstateLicenceRequest(_message.Message):
    __slots__ = ("name", "etag", "reason", "legal_reference", "effective_time", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    reason: str
    legal_reference: str
    effective_time: _timestamp_pb2.Timestamp
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., legal_reference: _Optional[str] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReinstateLicenceResponse(_message.Message):
    __slots__ = ("licence",)
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ...) -> None: ...

class RevokeLicenceRequest(_message.Message):
    __slots__ = ("name", "etag", "cause", "reason", "legal_reference", "effective_time", "request_id", "penalty")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PENALTY_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    cause: _licence_pb2.RevocationCause
    reason: str
    legal_reference: str
    effective_time: _timestamp_pb2.Timestamp
    request_id: str
    penalty: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., cause: _Optional[_Union[_licence_pb2.RevocationCause, str]] = ..., reason: _Optional[str] = ..., legal_reference: _Optional[str] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., penalty: _Optional[str] = ...) -> None: ...

class RevokeLicenceResponse(_message.Message):
    __slots__ = ("licence",)
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ...) -> None: ...

class GetLicenceRequest(_message.Message):
    __slots__ = ("name", "at_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    at_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetLicenceResponse(_message.Message):
    __slots__ = ("licence", "validity")
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    VALIDITY_FIELD_NUMBER: _ClassVar[int]
    licence: _licence_pb2.Licence
    validity: _licence_pb2.Validity
    def __init__(self, licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., validity: _Optional[_Union[_licence_pb2.Validity, str]] = ...) -> None: ...

class ListLicencesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLicencesResponse(_message.Message):
    __slots__ = ("licences", "next_page_token")
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    licences: _containers.RepeatedCompositeFieldContainer[_licence_pb2.Licence]
    next_page_token: str
    def __init__(self, licences: _Optional[_Iterable[_Union[_licence_pb2.Licence, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetLicenceQrCodeRequest(_message.Message):
    __slots__ = ("name", "form", "fields")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    form: QrForm
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., form: _Optional[_Union[QrForm, str]] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class GetLicenceQrCodeResponse(_message.Message):
    __slots__ = ("text", "png", "version", "modules", "pixels", "fields")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PNG_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    PIXELS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    text: str
    png: bytes
    version: int
    modules: int
    pixels: int
    fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, text: _Optional[str] = ..., png: _Optional[bytes] = ..., version: _Optional[int] = ..., modules: _Optional[int] = ..., pixels: _Optional[int] = ..., fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ImportRow(_message.Message):
    __slots__ = ("row", "source_digest", "licence", "foreign_identifier", "unreadable", "state", "cause", "state_time")
    ROW_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    FOREIGN_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    UNREADABLE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    row: int
    source_digest: bytes
    licence: _licence_pb2.Licence
    foreign_identifier: str
    unreadable: str
    state: _licence_pb2.LicenceState
    cause: _licence_pb2.RevocationCause
    state_time: _timestamp_pb2.Timestamp
    def __init__(self, row: _Optional[int] = ..., source_digest: _Optional[bytes] = ..., licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., foreign_identifier: _Optional[str] = ..., unreadable: _Optional[str] = ..., state: _Optional[_Union[_licence_pb2.LicenceState, str]] = ..., cause: _Optional[_Union[_licence_pb2.RevocationCause, str]] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ImportLicencesRequest(_message.Message):
    __slots__ = ("parent", "import_id", "provenance", "rows", "request_id", "validate_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    import_id: str
    provenance: ImportProvenance
    rows: _containers.RepeatedCompositeFieldContainer[ImportRow]
    request_id: str
    validate_only: bool
    def __init__(self, parent: _Optional[str] = ..., import_id: _Optional[str] = ..., provenance: _Optional[_Union[ImportProvenance, str]] = ..., rows: _Optional[_Iterable[_Union[ImportRow, _Mapping]]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ImportViolation(_message.Message):
    __slots__ = ("field", "en", "zh")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    EN_FIELD_NUMBER: _ClassVar[int]
    ZH_FIELD_NUMBER: _ClassVar[int]
    field: str
    en: str
    zh: str
    def __init__(self, field: _Optional[str] = ..., en: _Optional[str] = ..., zh: _Optional[str] = ...) -> None: ...

class ImportRowResult(_message.Message):
    __slots__ = ("row", "outcome", "identifier", "violations", "quality")
    ROW_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    row: int
    outcome: ImportOutcome
    identifier: str
    violations: _containers.RepeatedCompositeFieldContainer[ImportViolation]
    quality: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, row: _Optional[int] = ..., outcome: _Optional[_Union[ImportOutcome, str]] = ..., identifier: _Optional[str] = ..., violations: _Optional[_Iterable[_Union[ImportViolation, _Mapping]]] = ..., quality: _Optional[_Iterable[str]] = ...) -> None: ...

class ImportLicencesResponse(_message.Message):
    __slots__ = ("results", "last_row")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ROW_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ImportRowResult]
    last_row: int
    def __init__(self, results: _Optional[_Iterable[_Union[ImportRowResult, _Mapping]]] = ..., last_row: _Optional[int] = ...) -> None: ...

class Import(_message.Message):
    __slots__ = ("import_id", "parent", "provenance", "operator", "open_time", "finish_time", "last_row", "totals", "digest", "report")
    class TotalsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_ROW_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    parent: str
    provenance: ImportProvenance
    operator: str
    open_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    last_row: int
    totals: _containers.ScalarMap[str, int]
    digest: str
    report: str
    def __init__(self, import_id: _Optional[str] = ..., parent: _Optional[str] = ..., provenance: _Optional[_Union[ImportProvenance, str]] = ..., operator: _Optional[str] = ..., open_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_row: _Optional[int] = ..., totals: _Optional[_Mapping[str, int]] = ..., digest: _Optional[str] = ..., report: _Optional[str] = ...) -> None: ...

class GetImportRequest(_message.Message):
    __slots__ = ("import_id",)
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    def __init__(self, import_id: _Optional[str] = ...) -> None: ...

class GetImportResponse(_message.Message):
    __slots__ = ("progress",)
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    progress: Import
    def __init__(self, progress: _Optional[_Union[Import, _Mapping]] = ...) -> None: ...

class FinishImportRequest(_message.Message):
    __slots__ = ("import_id", "digest", "request_id")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    digest: str
    request_id: str
    def __init__(self, import_id: _Optional[str] = ..., digest: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class FinishImportResponse(_message.Message):
    __slots__ = ("progress",)
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    progress: Import
    def __init__(self, progress: _Optional[_Union[Import, _Mapping]] = ...) -> None: ...

class ImportIssue(_message.Message):
    __slots__ = ("row", "outcome", "licence", "identifier", "settled", "settled_by")
    ROW_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    SETTLED_BY_FIELD_NUMBER: _ClassVar[int]
    row: int
    outcome: ImportOutcome
    licence: _licence_pb2.Licence
    identifier: str
    settled: str
    settled_by: str
    def __init__(self, row: _Optional[int] = ..., outcome: _Optional[_Union[ImportOutcome, str]] = ..., licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., identifier: _Optional[str] = ..., settled: _Optional[str] = ..., settled_by: _Optional[str] = ...) -> None: ...

class ListImportIssuesRequest(_message.Message):
    __slots__ = ("import_id", "page_size", "page_token")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    page_size: int
    page_token: str
    def __init__(self, import_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListImportIssuesResponse(_message.Message):
    __slots__ = ("issues", "next_page_token")
    ISSUES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    issues: _containers.RepeatedCompositeFieldContainer[ImportIssue]
    next_page_token: str
    def __init__(self, issues: _Optional[_Iterable[_Union[ImportIssue, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SettleImportIssueRequest(_message.Message):
    __slots__ = ("import_id", "row", "decision", "reason", "request_id")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    row: int
    decision: ImportDecision
    reason: str
    request_id: str
    def __init__(self, import_id: _Optional[str] = ..., row: _Optional[int] = ..., decision: _Optional[_Union[ImportDecision, str]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SettleImportIssueResponse(_message.Message):
    __slots__ = ("issue", "identifier")
    ISSUE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    issue: ImportIssue
    identifier: str
    def __init__(self, issue: _Optional[_Union[ImportIssue, _Mapping]] = ..., identifier: _Optional[str] = ...) -> None: ...

class DueIssuance(_message.Message):
    __slots__ = ("case", "matter", "licence_type", "approved_time", "due_time", "state", "licence")
    CASE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    APPROVED_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    case: str
    matter: str
    licence_type: str
    approved_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    state: DueIssuanceState
    licence: str
    def __init__(self, case: _Optional[str] = ..., matter: _Optional[str] = ..., licence_type: _Optional[str] = ..., approved_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[DueIssuanceState, str]] = ..., licence: _Optional[str] = ...) -> None: ...

class ListDueIssuancesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "settled")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    settled: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., settled: _Optional[bool] = ...) -> None: ...

class ListDueIssuancesResponse(_message.Message):
    __slots__ = ("due_issuances", "next_page_token")
    DUE_ISSUANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    due_issuances: _containers.RepeatedCompositeFieldContainer[DueIssuance]
    next_page_token: str
    def __init__(self, due_issuances: _Optional[_Iterable[_Union[DueIssuance, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListPenaltiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "open_only")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    open_only: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., open_only: _Optional[bool] = ...) -> None: ...

class ListPenaltiesResponse(_message.Message):
    __slots__ = ("penalties", "next_page_token")
    PENALTIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    penalties: _containers.RepeatedCompositeFieldContainer[_supervision_service_pb2.Penalty]
    next_page_token: str
    def __init__(self, penalties: _Optional[_Iterable[_Union[_supervision_service_pb2.Penalty, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RefusePenaltyRequest(_message.Message):
    __slots__ = ("name", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RefusePenaltyResponse(_message.Message):
    __slots__ = ("penalty",)
    PENALTY_FIELD_NUMBER: _ClassVar[int]
    penalty: _supervision_service_pb2.Penalty
    def __init__(self, penalty: _Optional[_Union[_supervision_service_pb2.Penalty, _Mapping]] = ...) -> None: ...
