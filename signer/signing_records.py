"""What a signer process asks of the records that a hub signs about its own work: consents given, imports finished."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from signer.errors import FormatError
from signer.signing_claims import Rule, Rules, check_claims, check_header, header_and_claims, number, text, texts, time
from signer.signing_kinds import AskedKey, Place, check_now

CONSENT_RECORD_TYP: Final = "consent-record+jwt"
"""A record of a consent, shaped after ISO/IEC TS 27560:2023."""
IMPORT_REPORT_TYP: Final = "onceonly-import+jwt"
"""The reconciliation report of an import."""

MAX_BYTES: Final = 256 * 1024
_MAX_ITEMS: Final = 256


def consent_record(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """The record of a consent that was given at this hub, made now."""
    header, claims = header_and_claims(data, MAX_BYTES)
    check_header(header, key, CONSENT_RECORD_TYP)
    check_claims(claims, _CONSENT_RECORD, {})
    _check_hub(claims["issuer"], place)
    try:
        made = datetime.strptime(str(claims["issued_time"]), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise FormatError("OBJECT_CLAIMS", "the claim issued_time is not a time") from error
    check_now(int(made.timestamp()), now)


def import_report(key: AskedKey, place: Place, now: int, data: bytes) -> None:
    """The report of an import that is finished now at this hub."""
    header, claims = header_and_claims(data, MAX_BYTES)
    check_header(header, key, IMPORT_REPORT_TYP)
    check_claims(claims, _IMPORT_REPORT, {})
    _check_hub(claims["iss"], place)
    made = claims["iat"]
    assert isinstance(made, int)
    check_now(made, now)


def _check_hub(name: object, place: Place) -> None:
    if name != place.hub:
        raise FormatError("OBJECT_HUB", "the record is not one of this hub")


def _members(rules: Rules) -> Rule:
    def rule(value: object) -> None:
        if not isinstance(value, dict):
            raise FormatError("OBJECT_CLAIMS", "is not an object")
        check_claims(value, rules, {})

    return rule


def _each(one: Rule) -> Rule:
    def rule(value: object) -> None:
        if not isinstance(value, list) or len(value) > _MAX_ITEMS:
            raise FormatError("OBJECT_CLAIMS", f"is not a list of at most {_MAX_ITEMS} items")
        for item in value:
            one(item)

    return rule


def _counts(value: object) -> None:
    if not isinstance(value, dict) or len(value) > _MAX_ITEMS:
        raise FormatError("OBJECT_CLAIMS", f"is not an object of at most {_MAX_ITEMS} counts")
    for count in value.values():
        number(count)


def _any_text(value: object) -> None:
    if not isinstance(value, str) or len(value) > 2_000:
        raise FormatError("OBJECT_CLAIMS", "is not a text of at most 2000 characters")


_CONSENT_RECORD: Final[Rules] = MappingProxyType(
    {
        "consent_events": _each(_members({"event_state": text, "event_time": text, "event_type": text})),
        "issued_time": text,
        "issuer": text,
        "lawful_basis": text,
        "notice": _members({"digest": text, "digest_alg": text, "language": _any_text}),
        "pii_controllers": texts,
        "pii_information": _each(_members({"legal_reference": _any_text, "pii_attributes": texts, "pii_type": text})),
        "pii_principal_id": text,
        "processing": _members({"case": text, "max_uses": number, "validity": _members({"from": text, "until": text})}),
        "purposes": texts,
        "recipients": texts,
        "record_id": text,
        "schema_version": text,
        "state": text,
    }
)
_IMPORT_REPORT: Final[Rules] = MappingProxyType(
    {
        "department": text,
        "digest": text,
        "first_row": number,
        "iat": time,
        "import_id": text,
        "iss": text,
        "last_row": number,
        "licence_type": text,
        "open_time": time,
        "operator": text,
        "provenance": text,
        "totals": _counts,
    }
)
