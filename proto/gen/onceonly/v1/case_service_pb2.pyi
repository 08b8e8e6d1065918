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

class CaseRelation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_RELATION_UNSPECIFIED: _ClassVar[CaseRelation]
    CASE_RELATION_OWN: _ClassVar[CaseRelation]
    CASE_RELATION_SHARED: _ClassVar[CaseRelation]

class ClockState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_STATE_UNSPECIFIED: _ClassVar[ClockState]
    CLOCK_STATE_RUNNING: _ClassVar[ClockState]
    CLOCK_STATE_STOPPED: _ClassVar[ClockState]
    CLOCK_STATE_ENDED: _ClassVar[ClockState]

class RepresentationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPRESENTATION_KIND_UNSPECIFIED: _ClassVar[RepresentationKind]
    REPRESENTATION_KIND_AGENT: _ClassVar[RepresentationKind]
    REPRESENTATION_KIND_LEGAL_REPRESENTATIVE: _ClassVar[RepresentationKind]
    REPRESENTATION_KIND_HANDLER: _ClassVar[RepresentationKind]
    REPRESENTATION_KIND_GUARDIAN: _ClassVar[RepresentationKind]

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

class EvidenceForm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_FORM_UNSPECIFIED: _ClassVar[EvidenceForm]
    EVIDENCE_FORM_ELECTRONIC: _ClassVar[EvidenceForm]
    EVIDENCE_FORM_COPY: _ClassVar[EvidenceForm]
    EVIDENCE_FORM_ORIGINAL: _ClassVar[EvidenceForm]

class Signature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNATURE_UNSPECIFIED: _ClassVar[Signature]
    SIGNATURE_CONFIRMED: _ClassVar[Signature]
    SIGNATURE_PAPER: _ClassVar[Signature]

class EvidenceStanding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_STANDING_UNSPECIFIED: _ClassVar[EvidenceStanding]
    EVIDENCE_STANDING_OUT: _ClassVar[EvidenceStanding]
    EVIDENCE_STANDING_FETCHED: _ClassVar[EvidenceStanding]
    EVIDENCE_STANDING_HANDED_IN: _ClassVar[EvidenceStanding]
    EVIDENCE_STANDING_DEFERRED: _ClassVar[EvidenceStanding]
    EVIDENCE_STANDING_COMMITTED: _ClassVar[EvidenceStanding]

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
CASE_RELATION_UNSPECIFIED: CaseRelation
CASE_RELATION_OWN: CaseRelation
CASE_RELATION_SHARED: CaseRelation
CLOCK_STATE_UNSPECIFIED: ClockState
CLOCK_STATE_RUNNING: ClockState
CLOCK_STATE_STOPPED: ClockState
CLOCK_STATE_ENDED: ClockState
REPRESENTATION_KIND_UNSPECIFIED: RepresentationKind
REPRESENTATION_KIND_AGENT: RepresentationKind
REPRESENTATION_KIND_LEGAL_REPRESENTATIVE: RepresentationKind
REPRESENTATION_KIND_HANDLER: RepresentationKind
REPRESENTATION_KIND_GUARDIAN: RepresentationKind
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
EVIDENCE_FORM_UNSPECIFIED: EvidenceForm
EVIDENCE_FORM_ELECTRONIC: EvidenceForm
EVIDENCE_FORM_COPY: EvidenceForm
EVIDENCE_FORM_ORIGINAL: EvidenceForm
SIGNATURE_UNSPECIFIED: Signature
SIGNATURE_CONFIRMED: Signature
SIGNATURE_PAPER: Signature
EVIDENCE_STANDING_UNSPECIFIED: EvidenceStanding
EVIDENCE_STANDING_OUT: EvidenceStanding
EVIDENCE_STANDING_FETCHED: EvidenceStanding
EVIDENCE_STANDING_HANDED_IN: EvidenceStanding
EVIDENCE_STANDING_DEFERRED: EvidenceStanding
EVIDENCE_STANDING_COMMITTED: EvidenceStanding
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
    __slots__ = ("party", "agent", "requirements", "valid_from_time", "valid_until_time", "kind", "authorised_by", "document_digest", "revoked_time")
    PARTY_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AUTHORISED_BY_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REVOKED_TIME_FIELD_NUMBER: _ClassVar[int]
    party: str
    agent: _values_pb2.Holder
    requirements: _containers.RepeatedScalarFieldContainer[str]
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    kind: RepresentationKind
    authorised_by: _values_pb2.Holder
    document_digest: str
    revoked_time: _timestamp_pb2.Timestamp
    def __init__(self, party: _Optional[str] = ..., agent: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ..., requirements: _Optional[_Iterable[str]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[RepresentationKind, str]] = ..., authorised_by: _Optional[_Union[_values_pb2.Holder, _Mapping]] = ..., document_digest: _Optional[str] = ..., revoked_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PinnedMatter(_message.Message):
    __slots__ = ("name", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("name", "number", "matters", "bundle", "pinned_matters", "handling_department", "collecting_department", "parties", "situations", "channel", "assurance", "state", "opened_time", "accepted_time", "closed_time", "expires_time", "etag", "evidence", "promised_deadline_time", "statutory_deadline_time", "clock_state", "stopped_procedure", "procedure_deadline_time", "working_days_left", "deadlines_provisional", "overdue", "cross_region", "result", "representations")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    PINNED_MATTERS_FIELD_NUMBER: _ClassVar[int]
    HANDLING_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    COLLECTING_DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    SITUATIONS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ASSURANCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OPENED_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSED_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    PROMISED_DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUTORY_DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOCK_STATE_FIELD_NUMBER: _ClassVar[int]
    STOPPED_PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    PROCEDURE_DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    WORKING_DAYS_LEFT_FIELD_NUMBER: _ClassVar[int]
    DEADLINES_PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    CROSS_REGION_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: str
    matters: _containers.RepeatedScalarFieldContainer[str]
    bundle: str
    pinned_matters: _containers.RepeatedCompositeFieldContainer[PinnedMatter]
    handling_department: str
    collecting_department: str
    parties: _containers.RepeatedCompositeFieldContainer[CaseParty]
    situations: _containers.RepeatedScalarFieldContainer[str]
    channel: str
    assurance: CaseAssurance
    state: CaseState
    opened_time: _timestamp_pb2.Timestamp
    accepted_time: _timestamp_pb2.Timestamp
    closed_time: _timestamp_pb2.Timestamp
    expires_time: _timestamp_pb2.Timestamp
    etag: str
    evidence: _containers.RepeatedCompositeFieldContainer[LineEvidence]
    promised_deadline_time: _timestamp_pb2.Timestamp
    statutory_deadline_time: _timestamp_pb2.Timestamp
    clock_state: ClockState
    stopped_procedure: str
    procedure_deadline_time: _timestamp_pb2.Timestamp
    working_days_left: int
    deadlines_provisional: bool
    overdue: _containers.RepeatedScalarFieldContainer[str]
    cross_region: CrossRegion
    result: CaseResult
    representations: _containers.RepeatedCompositeFieldContainer[Representation]
    def __init__(self, name: _Optional[str] = ..., number: _Optional[str] = ..., matters: _Optional[_Iterable[str]] = ..., bundle: _Optional[str] = ..., pinned_matters: _Optional[_Iterable[_Union[PinnedMatter, _Mapping]]] = ..., handling_department: _Optional[str] = ..., collecting_department: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[CaseParty, _Mapping]]] = ..., situations: _Optional[_Iterable[str]] = ..., channel: _Optional[str] = ..., assurance: _Optional[_Union[CaseAssurance, str]] = ..., state: _Optional[_Union[CaseState, str]] = ..., opened_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., evidence: _Optional[_Iterable[_Union[LineEvidence, _Mapping]]] = ..., promised_deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., statutory_deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., clock_state: _Optional[_Union[ClockState, str]] = ..., stopped_procedure: _Optional[str] = ..., procedure_deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., working_days_left: _Optional[int] = ..., deadlines_provisional: _Optional[bool] = ..., overdue: _Optional[_Iterable[str]] = ..., cross_region: _Optional[_Union[CrossRegion, _Mapping]] = ..., result: _Optional[_Union[CaseResult, _Mapping]] = ..., representations: _Optional[_Iterable[_Union[Representation, _Mapping]]] = ...) -> None: ...

class CrossRegion(_message.Message):
    __slots__ = ("collecting_duties", "handling_duties", "handed_over_time", "shared_with")
    COLLECTING_DUTIES_FIELD_NUMBER: _ClassVar[int]
    HANDLING_DUTIES_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_TIME_FIELD_NUMBER: _ClassVar[int]
    SHARED_WITH_FIELD_NUMBER: _ClassVar[int]
    collecting_duties: _containers.RepeatedScalarFieldContainer[str]
    handling_duties: _containers.RepeatedScalarFieldContainer[str]
    handed_over_time: _timestamp_pb2.Timestamp
    shared_with: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, collecting_duties: _Optional[_Iterable[str]] = ..., handling_duties: _Optional[_Iterable[str]] = ..., handed_over_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., shared_with: _Optional[_Iterable[str]] = ...) -> None: ...

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

class OverdueCase(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class OverdueFigure(_message.Message):
    __slots__ = ("matter", "promised", "statutory", "procedure")
    MATTER_FIELD_NUMBER: _ClassVar[int]
    PROMISED_FIELD_NUMBER: _ClassVar[int]
    STATUTORY_FIELD_NUMBER: _ClassVar[int]
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    matter: str
    promised: int
    statutory: int
    procedure: int
    def __init__(self, matter: _Optional[str] = ..., promised: _Optional[int] = ..., statutory: _Optional[int] = ..., procedure: _Optional[int] = ...) -> None: ...

class Material(_message.Message):
    __slots__ = ("digest", "media_type", "size", "time")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    digest: str
    media_type: str
    size: int
    time: _timestamp_pb2.Timestamp
    def __init__(self, digest: _Optional[str] = ..., media_type: _Optional[str] = ..., size: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Upload(_message.Message):
    __slots__ = ("media_type", "content", "sha256")
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    media_type: str
    content: bytes
    sha256: str
    def __init__(self, media_type: _Optional[str] = ..., content: _Optional[bytes] = ..., sha256: _Optional[str] = ...) -> None: ...

class Promise(_message.Message):
    __slots__ = ("text_digest", "language", "signature", "paper")
    TEXT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PAPER_FIELD_NUMBER: _ClassVar[int]
    text_digest: str
    language: str
    signature: Signature
    paper: Upload
    def __init__(self, text_digest: _Optional[str] = ..., language: _Optional[str] = ..., signature: _Optional[_Union[Signature, str]] = ..., paper: _Optional[_Union[Upload, _Mapping]] = ...) -> None: ...

class LineEvidence(_message.Message):
    __slots__ = ("matter", "requirement", "materials", "deferred_until", "form", "deferral_ended_time", "lapsed", "committed_time", "text_digest", "dispute")
    MATTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    DEFERRAL_ENDED_TIME_FIELD_NUMBER: _ClassVar[int]
    LAPSED_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    matter: str
    requirement: str
    materials: _containers.RepeatedCompositeFieldContainer[Material]
    deferred_until: _timestamp_pb2.Timestamp
    form: EvidenceForm
    deferral_ended_time: _timestamp_pb2.Timestamp
    lapsed: bool
    committed_time: _timestamp_pb2.Timestamp
    text_digest: str
    dispute: str
    def __init__(self, matter: _Optional[str] = ..., requirement: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[Material, _Mapping]]] = ..., deferred_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., form: _Optional[_Union[EvidenceForm, str]] = ..., deferral_ended_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lapsed: _Optional[bool] = ..., committed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text_digest: _Optional[str] = ..., dispute: _Optional[str] = ...) -> None: ...

class EvidenceName(_message.Message):
    __slots__ = ("matter", "requirement")
    MATTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    matter: str
    requirement: str
    def __init__(self, matter: _Optional[str] = ..., requirement: _Optional[str] = ...) -> None: ...

class EvidenceNotice(_message.Message):
    __slots__ = ("text", "digest")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    text: _values_pb2.Label
    digest: str
    def __init__(self, text: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., digest: _Optional[str] = ...) -> None: ...

class EvidenceCheck(_message.Message):
    __slots__ = ("requirement", "matter", "label", "licence_type", "party", "availability", "reasons", "fields", "uses_left", "advice", "standing", "covered_by", "issued_time", "status_time", "deferrable_until", "commitment_text", "agreement_issuers", "dispute", "dispute_state", "sentence")
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
    STANDING_FIELD_NUMBER: _ClassVar[int]
    COVERED_BY_FIELD_NUMBER: _ClassVar[int]
    ISSUED_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_TIME_FIELD_NUMBER: _ClassVar[int]
    DEFERRABLE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_TEXT_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_ISSUERS_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_STATE_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
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
    standing: EvidenceStanding
    covered_by: EvidenceName
    issued_time: _timestamp_pb2.Timestamp
    status_time: _timestamp_pb2.Timestamp
    deferrable_until: _timestamp_pb2.Timestamp
    commitment_text: _values_pb2.Label
    agreement_issuers: _containers.RepeatedScalarFieldContainer[str]
    dispute: str
    dispute_state: str
    sentence: _values_pb2.Label
    def __init__(self, requirement: _Optional[str] = ..., matter: _Optional[str] = ..., label: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., licence_type: _Optional[str] = ..., party: _Optional[str] = ..., availability: _Optional[_Union[Availability, str]] = ..., reasons: _Optional[_Iterable[_Union[_reason_pb2.Reason, str]]] = ..., fields: _Optional[_Iterable[str]] = ..., uses_left: _Optional[int] = ..., advice: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., standing: _Optional[_Union[EvidenceStanding, str]] = ..., covered_by: _Optional[_Union[EvidenceName, _Mapping]] = ..., issued_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deferrable_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., commitment_text: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., agreement_issuers: _Optional[_Iterable[str]] = ..., dispute: _Optional[str] = ..., dispute_state: _Optional[str] = ..., sentence: _Optional[_Union[_values_pb2.Label, _Mapping]] = ...) -> None: ...

class Consent(_message.Message):
    __slots__ = ("name", "party", "requirements", "fields", "valid_from_time", "valid_until_time", "max_uses", "statement_digest", "revoked_time", "language", "case")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENTS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    MAX_USES_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REVOKED_TIME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    name: str
    party: str
    requirements: _containers.RepeatedScalarFieldContainer[str]
    fields: _containers.RepeatedScalarFieldContainer[str]
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    max_uses: int
    statement_digest: str
    revoked_time: _timestamp_pb2.Timestamp
    language: str
    case: str
    def __init__(self, name: _Optional[str] = ..., party: _Optional[str] = ..., requirements: _Optional[_Iterable[str]] = ..., fields: _Optional[_Iterable[str]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_uses: _Optional[int] = ..., statement_digest: _Optional[str] = ..., revoked_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., language: _Optional[str] = ..., case: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("page_size", "page_token", "relation", "matter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    relation: CaseRelation
    matter: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., relation: _Optional[_Union[CaseRelation, str]] = ..., matter: _Optional[str] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CheckEvidenceRequest(_message.Message):
    __slots__ = ("case", "situations")
    CASE_FIELD_NUMBER: _ClassVar[int]
    SITUATIONS_FIELD_NUMBER: _ClassVar[int]
    case: str
    situations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, case: _Optional[str] = ..., situations: _Optional[_Iterable[str]] = ...) -> None: ...

class CheckEvidenceResponse(_message.Message):
    __slots__ = ("checks", "notice")
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[EvidenceCheck]
    notice: EvidenceNotice
    def __init__(self, checks: _Optional[_Iterable[_Union[EvidenceCheck, _Mapping]]] = ..., notice: _Optional[_Union[EvidenceNotice, _Mapping]] = ...) -> None: ...

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

class ClaimCaseRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ClaimCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class HandOverCaseRequest(_message.Message):
    __slots__ = ("case", "etag", "checked", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CHECKED_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    etag: str
    checked: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, case: _Optional[str] = ..., etag: _Optional[str] = ..., checked: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class HandOverCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class RecordRepresentationRequest(_message.Message):
    __slots__ = ("case", "etag", "representation", "request_id", "party")
    CASE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    case: str
    etag: str
    representation: Representation
    request_id: str
    party: str
    def __init__(self, case: _Optional[str] = ..., etag: _Optional[str] = ..., representation: _Optional[_Union[Representation, _Mapping]] = ..., request_id: _Optional[str] = ..., party: _Optional[str] = ...) -> None: ...

class RecordRepresentationResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class RevokeRepresentationRequest(_message.Message):
    __slots__ = ("case", "etag", "request_id", "party")
    CASE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    case: str
    etag: str
    request_id: str
    party: str
    def __init__(self, case: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., party: _Optional[str] = ...) -> None: ...

class RevokeRepresentationResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class StopClockRequest(_message.Message):
    __slots__ = ("name", "procedure", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    procedure: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., procedure: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class StopClockResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class ResumeClockRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeClockResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class ListOverdueCasesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOverdueCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token", "figures", "figures_incomplete")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    FIGURES_INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[OverdueCase]
    next_page_token: str
    figures: _containers.RepeatedCompositeFieldContainer[OverdueFigure]
    figures_incomplete: bool
    def __init__(self, cases: _Optional[_Iterable[_Union[OverdueCase, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., figures: _Optional[_Iterable[_Union[OverdueFigure, _Mapping]]] = ..., figures_incomplete: _Optional[bool] = ...) -> None: ...

class DeferEvidenceRequest(_message.Message):
    __slots__ = ("case", "etag", "lines", "form", "deadline", "promise", "validate_only", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    etag: str
    lines: _containers.RepeatedCompositeFieldContainer[EvidenceName]
    form: EvidenceForm
    deadline: _timestamp_pb2.Timestamp
    promise: Promise
    validate_only: bool
    request_id: str
    def __init__(self, case: _Optional[str] = ..., etag: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[EvidenceName, _Mapping]]] = ..., form: _Optional[_Union[EvidenceForm, str]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promise: _Optional[_Union[Promise, _Mapping]] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeferEvidenceResponse(_message.Message):
    __slots__ = ("case", "text", "text_digest", "deadline")
    CASE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    text: _values_pb2.Label
    text_digest: str
    deadline: _timestamp_pb2.Timestamp
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., text: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., text_digest: _Optional[str] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CommitEvidenceRequest(_message.Message):
    __slots__ = ("case", "etag", "line", "promise", "validate_only", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    PROMISE_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    etag: str
    line: EvidenceName
    promise: Promise
    validate_only: bool
    request_id: str
    def __init__(self, case: _Optional[str] = ..., etag: _Optional[str] = ..., line: _Optional[_Union[EvidenceName, _Mapping]] = ..., promise: _Optional[_Union[Promise, _Mapping]] = ..., validate_only: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class CommitEvidenceResponse(_message.Message):
    __slots__ = ("case", "text", "text_digest")
    CASE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    case: Case
    text: _values_pb2.Label
    text_digest: str
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., text: _Optional[_Union[_values_pb2.Label, _Mapping]] = ..., text_digest: _Optional[str] = ...) -> None: ...

class SubmitEvidenceRequest(_message.Message):
    __slots__ = ("case", "matter", "requirement", "media_type", "content", "sha256", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    matter: str
    requirement: str
    media_type: str
    content: bytes
    sha256: str
    request_id: str
    def __init__(self, case: _Optional[str] = ..., matter: _Optional[str] = ..., requirement: _Optional[str] = ..., media_type: _Optional[str] = ..., content: _Optional[bytes] = ..., sha256: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SubmitEvidenceResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class GetMaterialRequest(_message.Message):
    __slots__ = ("case", "digest")
    CASE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    case: str
    digest: str
    def __init__(self, case: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class GetMaterialResponse(_message.Message):
    __slots__ = ("material", "content")
    MATERIAL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    material: Material
    content: bytes
    def __init__(self, material: _Optional[_Union[Material, _Mapping]] = ..., content: _Optional[bytes] = ...) -> None: ...

class LiftDeferralExclusionRequest(_message.Message):
    __slots__ = ("case", "reason", "request_id")
    CASE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    case: str
    reason: str
    request_id: str
    def __init__(self, case: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class LiftDeferralExclusionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
