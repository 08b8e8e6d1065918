"""Licences and their history."""

from collections.abc import Mapping

from onceonly.v1 import licence_pb2

from exchange.edge.convert.values import (
    enum_member,
    enum_value,
    field_value,
    holder,
    holder_message,
    put_field_values,
    timestamp,
)
from exchange.entities.catalogue import EntityKind
from exchange.entities.licence import FieldValue, Licence, LicenceEvent, LicenceState, RevocationCause
from exchange.errors import InvalidError, Violation
from exchange.licences.issue import NewLicence
from exchange.licences.room import LicenceView, licence_name

_OUTPUT_ONLY = (
    "name",
    "identifier",
    "type_revision",
    "issuing_authority",
    "version",
    "state",
    "cause",
    "predecessor",
    "successor",
    "digest",
    "history",
    "etag",
)


def new_licence(message: licence_pb2.Licence) -> NewLicence:
    """What is to be issued; raises ``InvalidError`` when the caller sets what only the hub may."""
    set_fields = {field.name for field, _ in message.ListFields()}
    wrong = [name for name in _OUTPUT_ONLY if name in set_fields]
    if wrong:
        raise InvalidError(
            tuple(Violation(f"licence.{name}", "is set by the hub only", "只能由系统设置") for name in wrong)
        )
    return NewLicence(
        number=message.number,
        holders=tuple(holder(item) for item in message.holders),
        fields=field_values(message),
        issued_time=message.issued_time.seconds,
        valid_from_time=message.valid_from_time.seconds,
        valid_until_time=message.valid_until_time.seconds,
        related_matter=message.related_matter,
    )


def field_values(message: licence_pb2.Licence) -> Mapping[str, FieldValue]:
    return {name: field_value(value, f"licence.fields.{name}") for name, value in message.fields.items()}


def licence_message(view: LicenceView, *, contents: bool = True) -> licence_pb2.Licence:
    """A licence as its issuing authority sees it; without ``contents`` holders, fields and history are left out."""
    licence: Licence = view.licence
    message = licence_pb2.Licence(
        name=licence_name(licence.type_code, licence.identifier),
        identifier=licence.identifier,
        number=licence.number,
        type_revision=licence.type_revision,
        issuing_authority=licence.issuing_authority,
        issued_time=timestamp(licence.issued_time),
        valid_from_time=timestamp(licence.valid_from_time),
        valid_until_time=timestamp(licence.valid_until_time),
        version=licence.version,
        state=enum_value(LicenceState, licence.state),
        cause=cause_name(licence.cause),
        predecessor=licence.predecessor,
        successor=licence.successor,
        digest=licence.digest,
        related_matter=licence.related_matter,
        etag=view.etag,
    )
    if contents:
        message.holders.extend(holder_message(item) for item in licence.holders)
        put_field_values(message.fields, licence.fields)
        message.history.extend(_event(event) for event in licence.history)
    return message


def parse_type_name(text: str) -> str:
    """The type code in ``licenceTypes/{code}``; raises ``InvalidError``."""
    collection, _, code = text.partition("/")
    if collection != EntityKind.LICENCE_TYPE or not code or "/" in code:
        raise InvalidError((Violation("parent", "must be licenceTypes/{code}", "应为 licenceTypes/{code}"),))
    return code


def parse_licence_name(text: str, field: str = "name") -> tuple[str, str]:
    """Type code and identifier in ``licenceTypes/{code}/licences/{identifier}``; raises ``InvalidError``."""
    form = "licenceTypes/{code}/licences/{identifier}"
    parts = text.split("/", 4)
    if len(parts) != 4 or parts[0] != EntityKind.LICENCE_TYPE or parts[2] != "licences" or not parts[1] or not parts[3]:
        raise InvalidError((Violation(field, f"must be {form}", f"应为 {form}"),))
    return parts[1], parts[3]


def revocation_cause(value: int) -> RevocationCause:
    """The cause; NONE for UNSPECIFIED."""
    return enum_member(RevocationCause, licence_pb2.RevocationCause.Name(value)) or RevocationCause.NONE


def cause_name(cause: RevocationCause) -> str | None:
    return None if cause is RevocationCause.NONE else enum_value(RevocationCause, cause)


def _event(event: LicenceEvent) -> licence_pb2.LicenceEvent:
    return licence_pb2.LicenceEvent(
        operation=event.operation,
        state=enum_value(LicenceState, event.state),
        cause=cause_name(event.cause),
        reason=event.reason,
        legal_reference=event.legal_reference,
        operator=event.operator,
        effective_time=timestamp(event.effective_time),
        recorded_time=timestamp(event.recorded_time),
    )
