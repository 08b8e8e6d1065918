"""The stored form of licences and holdings: JSON with one member per field, strict when it is read back.

Rules:
1. A licence's bytes are sealed before they are stored; a holding's are not: they hold no name, number or field value.
2. Bytes that do not decode raise ``CorruptError``: the hub wrote them itself, so they were changed since.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from exchange.entities.licence import (
    FieldValue,
    Holder,
    Licence,
    LicenceEvent,
    LicenceState,
    Provenance,
    RevocationCause,
)
from storage.errors import CorruptError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HeldLicence:
    """What a fetch must know of one licence before it reads it. ``digest`` names the credential's object."""

    identifier: str
    version: int
    state: LicenceState
    valid_from_time: int
    valid_until_time: int
    issuer: str
    digest: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Every licence of one type that one holder has or had: those in force first, then the ended, newest first."""

    licences: tuple[HeldLicence, ...]


def encode_licence(licence: Licence) -> bytes:
    """The licence as JSON bytes."""
    return _dump(
        {
            "identifier": licence.identifier,
            "number": licence.number,
            "type_code": licence.type_code,
            "type_revision": licence.type_revision,
            "holders": [[holder.id_type, holder.id_number, holder.name] for holder in licence.holders],
            "issuing_authority": licence.issuing_authority,
            "fields": dict(licence.fields),
            "issued_time": licence.issued_time,
            "valid_from_time": licence.valid_from_time,
            "valid_until_time": licence.valid_until_time,
            "version": licence.version,
            "state": licence.state,
            "cause": licence.cause,
            "provenance": licence.provenance,
            "predecessor": licence.predecessor,
            "successor": licence.successor,
            "status_index": licence.status_index,
            "status_list": licence.status_list,
            "digest": licence.digest,
            "signed_digest": licence.signed_digest,
            "object_name": licence.object_name,
            "related_matter": licence.related_matter,
            "history": [_event_row(event) for event in licence.history],
        }
    )


def decode_licence(body: bytes) -> Licence:
    """The licence that ``encode_licence`` gives these bytes for. Raises ``CorruptError``."""
    return _load(body, "licence", _licence)


def encode_holding(holding: Holding) -> bytes:
    """The holding as JSON bytes: one row per licence."""
    return _dump(
        [
            [
                held.identifier,
                held.version,
                held.state,
                held.valid_from_time,
                held.valid_until_time,
                held.issuer,
                held.digest,
            ]
            for held in holding.licences
        ]
    )


def decode_holding(body: bytes) -> Holding:
    """The holding that ``encode_holding`` gives these bytes for. Raises ``CorruptError``."""
    return _load(body, "holding", _holding)


def plain(value: FieldValue) -> str | int | bool | list[str]:
    """A field's value as JSON carries it."""
    return list(value) if isinstance(value, tuple) else value


def field_value(value: Any) -> FieldValue:
    """A field's value from JSON. Raises ``TypeError`` for anything that is none."""
    if isinstance(value, str | int):  # bool is an int
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise TypeError("not a field value")


def _event_row(event: LicenceEvent) -> list[str | int]:
    return [
        event.operation,
        event.state,
        event.cause,
        event.reason,
        event.legal_reference,
        event.operator,
        event.effective_time,
        event.recorded_time,
    ]


def _licence(data: Any) -> Licence:
    return Licence(
        **data
        | {
            "holders": tuple(Holder(*row) for row in data["holders"]),
            "fields": MappingProxyType({name: field_value(value) for name, value in data["fields"].items()}),
            "state": LicenceState(data["state"]),
            "cause": RevocationCause(data["cause"]),
            "provenance": Provenance(data["provenance"]),
            "history": tuple(_event(*row) for row in data["history"]),
        }
    )


def _event(
    operation: str,
    state: str,
    cause: str,
    reason: str,
    legal_reference: str,
    operator: str,
    effective_time: int,
    recorded_time: int,
) -> LicenceEvent:
    return LicenceEvent(
        operation,
        LicenceState(state),
        RevocationCause(cause),
        reason,
        legal_reference,
        operator,
        effective_time,
        recorded_time,
    )


def _holding(data: Any) -> Holding:
    return Holding(
        tuple(
            HeldLicence(identifier, version, LicenceState(state), valid_from, valid_until, issuer, digest)
            for identifier, version, state, valid_from, valid_until, issuer, digest in data
        )
    )


def _dump(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _load(body: bytes, what: str, build: Callable[[Any], T]) -> T:
    try:
        return build(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CorruptError(f"a stored {what} does not decode") from error
