import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from onceonly.v1 import licence_pb2 as _licence_pb2
from onceonly.v1 import reason_pb2 as _reason_pb2
from onceonly.v1 import values_pb2 as _values_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CaseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_STATE_UNSPECIFIED: _ClassVar[CaseState]
    CASE_STATE_OPEN: _ClassVar[CaseState]
    CASE_STATE_ACCEPTED: _ClassVar[CaseState]
    CASE_STATE_AWAITING_EVIDENCE: _ClassVar[CaseState]
    CASE_STATE_APPROVED: _ClassVar[CaseState]
    CASE_STATE_REFUSED: _ClassVar[CaseState]
    CASE_STATE_WITHDRAWN: _ClassVar[CaseState]
    CASE_STATE_LAPSED: _ClassVar[CaseState]

class CaseAssurance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_ASSURANCE_UNSPECIFIED: _ClassVar[CaseAssurance]
    CASE_ASSURANCE_C0: _ClassVar[CaseAssurance]
    CASE_ASSURANCE_C1: _ClassVar[CaseAssurance]
    CASE_ASSURANCE_C2: _ClassVar[CaseAssurance]

class RatingChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RATING_CHANNEL_UNSPECIFIED: _ClassVar[RatingChannel]
    RATING_CHANNEL_COUNTER: _ClassVar[RatingChannel]
    RATING_CHANNEL_ONLINE: _ClassVar[RatingChannel]
    RATING_CHANNEL_PHONE: _ClassVar[RatingChannel]
    RATING_CHANNEL_KIOSK: _ClassVar[RatingChannel]
    RATING_CHANNEL_MESSAGE: _ClassVar[RatingChannel]

class RectificationOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECTIFICATION_OUTCOME_UNSPECIFIED: _ClassVar[RectificationOutcome]
    RECTIFICATION_OUTCOME_RECTIFIED: _ClassVar[RectificationOutcome]
    RECTIFICATION_OUTCOME_EXPLAINED: _ClassVar[RectificationOutcome]
    RECTIFICATION_OUTCOME_UNFOUNDED: _ClassVar[RectificationOutcome]

class Availability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AVAILABILITY_UNSPECIFIED: _ClassVar[Availability]
    AVAILABILITY_AVAILABLE: _ClassVar[Availability]
    AVAILABILITY_CONSENT_NEEDED: _ClassVar[Availability]
    AVAILABILITY_DEFERRABLE: _ClassVar[Availability]
    AVAILABILITY_REPLACEABLE: _ClassVar[Availability]
    AVAILABILITY_HAND_IN: _ClassVar[Availability]
    AVAILABILITY_NOT_NEEDED: _ClassVar[Availability]
    AVAILABILITY_REFUSED: _ClassVar[Availability]
CASE_STATE_UNSPECIFIED: CaseState
CASE_STATE_OPEN: CaseState
CASE_STATE_ACCEPTED: CaseState
CASE_STATE_AWAITING_EVIDENCE: CaseState
CASE_STATE_APPROVED: CaseState
CASE_STATE_REFUSED: CaseState
CASE_STATE_WITHDRAWN: CaseState
CASE_STATE_LAPSED: CaseState
CASE_ASSURANCE_UNSPECIFIED: CaseAssurance
CASE_ASSURANCE_C0: CaseAssurance
CASE_ASSURANCE_C1: CaseAssurance
CASE_ASSURANCE_C2: CaseAssurance
RATING_CHANNEL_UNSPECIFIED: RatingChannel
RATING_CHANNEL_COUNTER: RatingChannel
RATING_CHANNEL_ONLINE: RatingChannel
RATING_CHANNEL_PHONE: RatingChannel
RATING_CHANNEL_KIOSK: RatingChannel
RATING_CHANNEL_MESSAGE: RatingChannel
RECTIFICATION_OUTCOME_UNSPECIFIED: RectificationOutcome
RECTIFICATION_OUTCOME_RECTIFIED: RectificationOutcome
RECTIFICATION_OUTCOME_EXPLAINED: RectificationOutcome
RECTIFICATION_OUTCOME_UNFOUNDED: RectificationOutcome
AVAILABILITY_UNSPECIFIED: Availability
AVAILABILITY_AVAILABLE: Availability
AVAILABILITY_CONSENT_NEEDED: Availability
AVAILABILITY_DEFERRABLE: Availability
AVAILABILITY_REPLACEABLE: Availability
AVAILABILITY_HAND_IN: Availability
AVAILABILITY_NOT_NEEDED: Availability
AVAILABILITY_REFUSED: Availability

class CaseParty(_message.Message):
    __slots__ = ("role", "holder")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    role: str
    holder: _values_pb2.Holder
    def __init__(self, role: _Optional[str] = ..., holder: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ...) -> None: ...

class Representation(_message.Message):
    __slots__ = ("party", "agent", "requirements", "valid_from_time", "valid_until_time")
    PARTY_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    party: str
    agent: _values_pb2.Holder
    requirements: _containers.RepeatedScalarFieldContainer[str]
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    def __init__(self, party: _Optional[str] = ..., agent: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ..., requirements: _Optional[_Iterable[str]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PinnedMatter(_message.Message):
    __slots__ = ("name", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("name", "number", "matters", "bundle", "pinned_matters", "handling_department", "collecting_department", "parties", "representation", "situations", "channel", "assurance", "state", "opened_time", "accepted_time", "closed_time", "expires_time", "etag", "result")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    PINNED_MATTERS_FIELD_NUMBER: _ClassVar[int]
    HANDLING_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    SITUATIONS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ASSURANCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OPENED_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: str
    matters: _containers.RepeatedScalarFieldContainer[str]
    bundle: str
    pinned_matters: _containers.RepeatedCompositeFieldContainer[PinnedMatter]
    handling_department: str
    collecting_department: str
    parties: _containers.RepeatedCompositeFieldContainer[CaseParty]
    representation: Representation
    situations: _containers.RepeatedScalarFieldContainer[str]
    channel: str
    assurance: CaseAssurance
    state: CaseState
    opened_time: _timestamp_pb2.Timestamp
    accepted_time: _timestamp_pb2.Timestamp
    closed_time: _timestamp_pb2.Timestamp
    expires_time: _timestamp_pb2.Timestamp
    etag: str
    result: CaseResult
    def __init__(self, name: _Optional[str] = ..., number: _Optional[str] = ..., matters: _Optional[_Iterable[str]] = ..., bundle: _Optional[str] = ..., pinned_matters: _Optional[_Iterable[_Union[PinnedMatter, _Mapping]]] = ..., handling_department: _Optional[str] = ..., collecting_department: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[CaseParty, _Mapping]]] = ..., representation: _Optional[_Union[Representation, _Mapping]] = ..., situations: _Optional[_Iterable[str]] = ..., channel: _Optional[str] = ..., assurance: _Optional[_Union[CaseAssurance, str]] = ..., state: _Optional[_Union[CaseState, str]] = ..., opened_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., result: _Optional[_Union[CaseResult, _Mapping]] = ...) -> None: ...

class CaseResult(_message.Message):
    __slots__ = ("refusal_reasons", "legal_reference", "licences", "due_matters")
    REFUSAL_REASONS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LICENCES_FIELD_NUMBER: _ClassVar[int]
    DUE_MATTERS_FIELD_NUMBER: _ClassVar[int]
    refusal_reasons: _containers.RepeatedScalarFieldContainer[str]
    legal_reference: str
    licences: _containers.RepeatedScalarFieldContainer[str]
    due_matters: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, refusal_reasons: _Optional[_Iterable[str]] = ..., legal_reference: _Optional[str] = ..., licences: _Optional[_Iterable[str]] = ..., due_matters: _Optional[_Iterable[str]] = ...) -> None: ...

class ResultContent(_message.Message):
    __slots__ = ("matter", "licence")
    MATTER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    matter: str
    licence: _licence_pb2.Licence
    def __init__(self, matter: _Optional[str] = ..., licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ...) -> None: ...

class IssuedResult(_message.Message):
    __slots__ = ("matter", "licence", "credential", "second_signature")
    MATTER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    SECOND_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    matter: str
    licence: _licence_pb2.Licence
    credential: str
    second_signature: str
    def __init__(self, matter: _Optional[str] = ..., licence: _Optional[_Union[_licence_pb2.Licence, _Mapping]] = ..., credential: _Optional[str] = ..., second_signature: _Optional[str] = ...) -> None: ...

class Rating(_message.Message):
    __slots__ = ("level", "reasons", "comment", "channel", "rated_time")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    RATED_TIME_FIELD_NUMBER: _ClassVar[int]
    level: int
    reasons: _containers.RepeatedScalarFieldContainer[str]
    comment: str
    channel: RatingChannel
    rated_time: _timestamp_pb2.Timestamp
    def __init__(self, level: _Optional[int] = ..., reasons: _Optional[_Iterable[str]] = ..., comment: _Optional[str] = ..., channel: _Optional[_Union[RatingChannel, str]] = ..., rated_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Rectification(_message.Message):
    __slots__ = ("case", "rating", "contact_due_time", "answer_due_time", "contacted_time", "answered_time", "answer", "outcome", "overdue")
    CASE_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    CONTACT_DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTACTED_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_TIME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    case: str
    rating: Rating
    contact_due_time: _timestamp_pb2.Timestamp
    answer_due_time: _timestamp_pb2.Timestamp
    contacted_time: _timestamp_pb2.Timestamp
    answered_time: _timestamp_pb2.Timestamp
    answer: str
    outcome: RectificationOutcome
    overdue: bool
    def __init__(self, case: _Optional[str] = ..., rating: _Optional[_Union[Rating, _Mapping]] = ..., contact_due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contacted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer: _Optional[str] = ..., outcome: _Optional[_Union[RectificationOutcome, str]] = ..., overdue: _Optional[bool] = ...) -> None: ...

class RatingFigures(_message.Message):
    __slots__ = ("month", "ratings", "satisfied_permille", "answered", "answered_in_time")
    MONTH_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    SATISFIED_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_IN_TIME_FIELD_NUMBER: _ClassVar[int]
    month: str
    ratings: _containers.RepeatedScalarFieldContainer[int]
    satisfied_permille: int
    answered: int
    answered_in_time: int
    def __init__(self, month: _Optional[str] = ..., ratings: _Optional[_Iterable[int]] = ..., satisfied_permille: _Optional[int] = ..., answered: _Optional[int] = ..., answered_in_time: _Optional[int] = ...) -> None: ...

class EvidenceCheck(_message.Message):
    __slots__ = ("requirement", "matter", "label", "licence_type", "party", "availability", "reasons", "fields", "uses_left", "advice")
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    LICENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    USES_LEFT_FIELD_NUMBER: _ClassVar[int]
    ADVICE_FIELD_NUMBER: _ClassVar[int]
    requirement: str
    matter: str
    label: _values_pb2.Label
    licence_type: str
    party: str
    availability: Availability
    reasons: _containers.RepeatedScalarFieldContainer[_reason_pb2.Reason]
    fields: _containers.RepeatedScalarFieldContainer[str]
    uses_left: int
    advice: _values_pb2.Label
    def __init__(self, requirement: _Optional[str] = ..., matter: _Optional[str] = ..., label: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., licence_type: _Optional[str] = ..., party: _Optional[str] = ..., availability: _Optional[_Union[Availability, str]] = ..., reasons: _Optional[_Iterable[_Union[_reason_pb2.Reason, str]]] = ..., fields: _Optional[_Iterable[str]] = ..., uses_left: _Optional[int] = ..., advice: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class Consent(_message.Message):
    __slots__ = ("name", "party", "requirements", "fields", "valid_from_time", "valid_until_time", "max_uses", "statement_digest", "revoked_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REVOKED_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    party: str
    requirements: _containers.RepeatedScalarFieldContainer[str]
    fields: _containers.RepeatedScalarFieldContainer[str]
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    max_uses: int
    statement_digest: str
    revoked_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., party: _Optional[str] = ..., requirements: _Optional[_Iterable[str]] = ..., fields: _Optional[_Iterable[str]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_uses: _Optional[int] = ..., statement_digest: _Optional[str] = ..., revoked_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenCaseRequest(_message.Message):
    __slots__ = ("case", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: Case
    request_id: str
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class OpenCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CheckEvidenceRequest(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: str
    def __init__(self, case: _Optional[str] = ...) -> None: ...

class CheckEvidenceResponse(_message.Message):
    __slots__ = ("checks",)
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[EvidenceCheck]
    def __init__(self, checks: _Optional[_Iterable[_Union[EvidenceCheck, _Mapping]]] = ...) -> None: ...

class AcceptCaseRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AcceptCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class DecideCaseRequest(_message.Message):
    __slots__ = ("name", "etag", "approved", "note", "request_id", "refusal_reasons", "legal_reference", "results")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_REASONS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    approved: bool
    note: str
    request_id: str
    refusal_reasons: _containers.RepeatedScalarFieldContainer[str]
    legal_reference: str
    results: _containers.RepeatedCompositeFieldContainer[ResultContent]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., approved: _Optional[bool] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ..., refusal_reasons: _Optional[_Iterable[str]] = ..., legal_reference: _Optional[str] = ..., results: _Optional[_Iterable[_Union[ResultContent, _Mapping]]] = ...) -> None: ...

class DecideCaseResponse(_message.Message):
    __slots__ = ("case", "results", "rating_ticket")
    CASE_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    RATING_TICKET_FIELD_NUMBER: _ClassVar[int]
    case: Case
    results: _containers.RepeatedCompositeFieldContainer[IssuedResult]
    rating_ticket: str
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., results: _Optional[_Iterable[_Union[IssuedResult, _Mapping]]] = ..., rating_ticket: _Optional[str] = ...) -> None: ...

class WithdrawCaseRequest(_message.Message):
    __slots__ = ("name", "etag", "note", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    note: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., note: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WithdrawCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class RecordConsentRequest(_message.Message):
    __slots__ = ("case", "consent", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    consent: Consent
    request_id: str
    def __init__(self, case: _Optional[str] = ..., consent: _Optional[_Union[Consent, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecordConsentResponse(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: Consent
    def __init__(self, consent: _Optional[_Union[Consent, _Mapping]] = ...) -> None: ...

class RevokeConsentRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RevokeConsentResponse(_message.Message):
    __slots__ = ("consent",)
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    consent: Consent
    def __init__(self, consent: _Optional[_Union[Consent, _Mapping]] = ...) -> None: ...

class RateCaseRequest(_message.Message):
    __slots__ = ("case", "rating_ticket", "rating", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    RATING_TICKET_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    rating_ticket: str
    rating: Rating
    request_id: str
    def __init__(self, case: _Optional[str] = ..., rating_ticket: _Optional[str] = ..., rating: _Optional[_Union[Rating, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RateCaseResponse(_message.Message):
    __slots__ = ("rating",)
    RATING_FIELD_NUMBER: _ClassVar[int]
    rating: Rating
    def __init__(self, rating: _Optional[_Union[Rating, _Mapping]] = ...) -> None: ...

class ListRatingsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRatingsResponse(_message.Message):
    __slots__ = ("ratings", "next_page_token")
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ratings: _containers.RepeatedCompositeFieldContainer[Rating]
    next_page_token: str
    def __init__(self, ratings: _Optional[_Iterable[_Union[Rating, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListRectificationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRectificationsResponse(_message.Message):
    __slots__ = ("rectifications", "next_page_token")
    RECTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    rectifications: _containers.RepeatedCompositeFieldContainer[Rectification]
    next_page_token: str
    def __init__(self, rectifications: _Optional[_Iterable[_Union[Rectification, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AnswerRectificationRequest(_message.Message):
    __slots__ = ("case", "channel", "answer", "outcome", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    channel: RatingChannel
    answer: str
    outcome: RectificationOutcome
    request_id: str
    def __init__(self, case: _Optional[str] = ..., channel: _Optional[_Union[RatingChannel, str]] = ..., answer: _Optional[str] = ..., outcome: _Optional[_Union[RectificationOutcome, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class AnswerRectificationResponse(_message.Message):
    __slots__ = ("rectification",)
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    rectification: Rectification
    def __init__(self, rectification: _Optional[_Union[Rectification, _Mapping]] = ...) -> None: ...

class SummariseRatingsRequest(_message.Message):
    __slots__ = ("department", "matter", "first_month", "last_month")
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    FIRST_MONTH_FIELD_NUMBER: _ClassVar[int]
    LAST_MONTH_FIELD_NUMBER: _ClassVar[int]
    department: str
    matter: str
    first_month: str
    last_month: str
    def __init__(self, department: _Optional[str] = ..., matter: _Optional[str] = ..., first_month: _Optional[str] = ..., last_month: _Optional[str] = ...) -> None: ...

class SummariseRatingsResponse(_message.Message):
    __slots__ = ("figures",)
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    figures: _containers.RepeatedCompositeFieldContainer[RatingFigures]
    def __init__(self, figures: _Optional[_Iterable[_Union[RatingFigures, _Mapping]]] = ...) -> None: ...
