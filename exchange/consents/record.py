"""A consent as a record after ISO/IEC TS 27560:2023, signed by the hub.

The members follow the sections of the technical specification as its public descriptions give them (record header,
processing, notice, consent events); whoever must conform to its letter compares with the text. No name and no number of
a person stands in it: the PII principal is a pseudonym that this hub alone can resolve.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from exchange.call import Call
from exchange.consents.notice import CoveredLine
from exchange.consents.room import ConsentRoom
from exchange.entities.case import Case, Consent
from signer.jws import sign
from signer.signing_records import CONSENT_RECORD_TYP
from signer.strict_json import canonical

SCHEMA: Final = "ISO/IEC TS 27560:2023"


def consent_record(
    room: ConsentRoom, call: Call, case: Case, consent: Consent, lines: tuple[CoveredLine, ...], owner: str
) -> str:
    """The record as a compact JWS. Raises ``SignerError`` if the key cannot be used."""
    signer = room.signer()
    pseudonym = sha256(f"{owner}/{consent.id}".encode()).hexdigest()[:32]
    header = {"typ": CONSENT_RECORD_TYP, "alg": signer.alg, "kid": signer.kid}
    members = _members(room.hub, call.now, case, consent, lines, pseudonym)
    return sign(header, canonical(members), signer.sign)


def _members(
    hub: str, now: int, case: Case, consent: Consent, lines: tuple[CoveredLine, ...], pseudonym: str
) -> dict[str, Any]:
    events = [{"event_type": "explicit", "event_time": _time(consent.valid_from_time), "event_state": "given"}]
    if consent.revoked_time:
        events.append({"event_type": "revoked", "event_time": _time(consent.revoked_time), "event_state": "withdrawn"})
    return {
        "schema_version": SCHEMA,
        "record_id": f"consents/{consent.id}",
        "issuer": hub,
        "issued_time": _time(now),
        "pii_principal_id": pseudonym,
        "pii_controllers": [case.handling_department],
        "notice": {"digest": consent.statement_digest, "digest_alg": "sha-256", "language": consent.language},
        "purposes": sorted({line.matter for line in lines}),
        "lawful_basis": "consent",
        "pii_information": [
            {
                "pii_type": line.requirement.licence_type,
                "pii_attributes": sorted(field for field in line.requirement.fields if _covers(consent, field)),
                "legal_reference": line.requirement.legal_reference,
            }
            for line in lines
        ],
        "recipients": sorted({case.handling_department, case.collecting_department} - {""}),
        "processing": {
            "case": f"cases/{case.id}",
            "max_uses": consent.max_uses,
            "validity": {"from": _time(consent.valid_from_time), "until": _time(consent.valid_until_time)},
        },
        "consent_events": events,
        "state": _state(consent, now),
    }


def _covers(consent: Consent, field: str) -> bool:
    return not consent.fields or field in consent.fields


def _state(consent: Consent, now: int) -> str:
    if consent.revoked_time:
        return "withdrawn"
    return "expired" if now >= consent.valid_until_time else "given"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
