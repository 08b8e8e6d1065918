"""The hub's signed statement of one access: what left, for whom, for which purpose, or why it was refused.

A receipt is a compact JWS, ``typ: onceonly-receipt+jwt``. With it an extract proves for what it was made
(``sd_hash`` ties it to one presentation), a clerk proves what the decision relied on, and a department finds
accesses that are missing from the log (``commitment`` names the log's leaf). It carries names of fields, never
their values, and no data about the holder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from signer import base64url, jws
from signer.algorithms import PublicKey
from signer.commitment import COMMITMENT_BYTES
from signer.errors import FormatError
from signer.strict_json import canonical, load_object

TYP: Final = "onceonly-receipt+jwt"
MAX_BYTES: Final = 32 * 1024
MAX_TEXT: Final = 512
MAX_ITEMS: Final = 256
CLOCK_SKEW_SECONDS: Final = 60


class Act(StrEnum):
    """What the hub did."""

    RELEASED = "released"
    REFUSED = "refused"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One access. Times are Unix seconds; texts are 1 to 512 characters; a fact that does not apply is None or
    empty."""

    identifier: str
    """The receipt's own number (``jti``)."""
    hub: str
    """Name of the hub that answers (``iss``)."""
    audience: str
    """USCC of the department that asked (``aud``)."""
    system: str
    """The department's system that asked."""
    act: Act
    issue_time: int
    expire_time: int
    """After this second an extract must not be relied on."""
    purpose: str
    matter: str | None = None
    guide_revision: str | None = None
    case: str | None = None
    legal_basis: str | None = None
    consent: str | None = None
    fields: tuple[str, ...] = ()
    """Names of the fields released."""
    sd_hash: str | None = None
    """Digest of the presentation as in RFC 9901 section 4.3.1; None where nothing left."""
    licence: str | None = None
    licence_version: int | None = None
    commitment: bytes | None = None
    """The 33 bytes by which the log knows the access."""
    reasons: tuple[str, ...] = ()
    """Reason codes of a refusal, or of a verification that did not pass."""
    verdict: str | None = None
    """Outcome of a verification."""
    asked_time: int | None = None
    """The time that a verification answered for (``at``)."""
    cases: tuple[str, ...] = ()
    """Every case that one extract serves, if there are several: the first is ``case``."""
    matters: tuple[str, ...] = ()
    """The matter of each of ``cases``, in their order: the first is ``matter``."""
    guides: tuple[str, ...] = ()
    """The guide revision of each of ``cases``."""
    consents: tuple[str, ...] = ()
    """The consent of each of ``cases``, where the basis is consent."""
    evidence_object: str | None = None
    """Resource name of what the access rests on outside a case: a dispute, a task, a letter, an incident."""
    report: str | None = None
    """Base64url SHA-256 of what a verification found (``report``), as the hub's documents say how it is made."""


def encode_header(kid: str, alg: str) -> str:
    """Return the encoded protected header for a signing key; keep it for as long as the key signs."""
    return jws.encode_header({"alg": alg, "kid": kid, "typ": TYP})


def sign(receipt: Receipt, header: str, key: jws.SignFunction) -> str:
    """Return the receipt as a compact JWS; ``header`` comes from ``encode_header``, ``key`` signs.

    Does not check the receipt's bounds: the hub makes it from facts that it has checked, and ``verify`` refuses
    what breaks them.
    """
    claims: dict[str, object] = {
        "act": receipt.act.value,
        "aud": receipt.audience,
        "exp": receipt.expire_time,
        "iat": receipt.issue_time,
        "iss": receipt.hub,
        "jti": receipt.identifier,
        "purpose": receipt.purpose,
        "system": receipt.system,
    }
    optional = {
        "at": receipt.asked_time,
        "basis": receipt.legal_basis,
        "case": receipt.case,
        "commitment": None if receipt.commitment is None else base64url.encode(receipt.commitment),
        "cases": receipt.cases or None,
        "consent": receipt.consent,
        "consents": receipt.consents or None,
        "fields": receipt.fields or None,
        "guide": receipt.guide_revision,
        "guides": receipt.guides or None,
        "licence": receipt.licence,
        "matter": receipt.matter,
        "matters": receipt.matters or None,
        "object": receipt.evidence_object,
        "reasons": receipt.reasons or None,
        "report": receipt.report,
        "sd_hash": receipt.sd_hash,
        "verdict": receipt.verdict,
        "version": receipt.licence_version,
    }
    claims.update((name, value) for name, value in optional.items() if value is not None)
    return jws.sign(header, canonical(claims), key)


def verify(token: str, keys: Mapping[str, PublicKey], *, at: int | None, alg: str = "ES256") -> Receipt:
    """Return the receipt that one of the hub's ``keys`` (by ``kid``) signed.

    ``at`` is the Unix time asked about; None leaves the times alone, as for evidence of the past. Raises
    FormatError for anything malformed (``RECEIPT_CLAIM``), for ``RECEIPT_EXPIRED`` and ``RECEIPT_NOT_YET_VALID``,
    and SignatureError. Does not compare the receipt with a presentation, an audience or a case:
    ``credential.check`` does.
    """
    verified = jws.verify(token, keys, typ=TYP, alg=alg, max_bytes=MAX_BYTES)
    claims = load_object(verified.payload, max_bytes=MAX_BYTES, max_depth=2)
    receipt = Receipt(
        identifier=_text(claims, "jti"),
        hub=_text(claims, "iss"),
        audience=_text(claims, "aud"),
        system=_text(claims, "system"),
        act=_act(claims),
        issue_time=_integer(claims, "iat"),
        expire_time=_integer(claims, "exp"),
        purpose=_text(claims, "purpose"),
        matter=_optional_text(claims, "matter"),
        guide_revision=_optional_text(claims, "guide"),
        case=_optional_text(claims, "case"),
        legal_basis=_optional_text(claims, "basis"),
        consent=_optional_text(claims, "consent"),
        fields=_texts(claims, "fields"),
        sd_hash=_optional_text(claims, "sd_hash"),
        licence=_optional_text(claims, "licence"),
        licence_version=_integer(claims, "version") if "version" in claims else None,
        commitment=_commitment(claims),
        reasons=_texts(claims, "reasons"),
        verdict=_optional_text(claims, "verdict"),
        asked_time=_integer(claims, "at") if "at" in claims else None,
        cases=_texts(claims, "cases"),
        matters=_texts(claims, "matters"),
        guides=_texts(claims, "guides"),
        consents=_texts(claims, "consents"),
        evidence_object=_optional_text(claims, "object"),
        report=_optional_text(claims, "report"),
    )
    _check_bound(receipt)
    if at is not None and at >= receipt.expire_time:
        raise FormatError("RECEIPT_EXPIRED", "the receipt has expired")
    if at is not None and at < receipt.issue_time - CLOCK_SKEW_SECONDS:
        raise FormatError("RECEIPT_NOT_YET_VALID", "the receipt is from the future")
    return receipt


def _check_bound(receipt: Receipt) -> None:
    """Of several cases every list tells of the same ones, and the single claims tell of the first."""
    lists = {"matter": receipt.matters, "guide": receipt.guides, "consent": receipt.consents}
    if not receipt.cases and not any(lists.values()):
        return
    firsts = {"matter": receipt.matter, "guide": receipt.guide_revision, "consent": receipt.consent}
    alike = all(
        len(values) == len(receipt.cases) and values[0] == firsts[name]
        for name, values in lists.items()
        if values or name != "consent" or receipt.consent is not None
    )
    if not receipt.cases or receipt.cases[0] != receipt.case or not alike:
        raise FormatError("RECEIPT_CLAIM", "the claims of the cases that the extract serves do not fit together")


def _act(claims: Mapping[str, object]) -> Act:
    try:
        return Act(_text(claims, "act"))
    except ValueError as error:
        raise FormatError("RECEIPT_CLAIM", f"the claim act is none of {', '.join(Act)}") from error


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise FormatError("RECEIPT_CLAIM", f"the claim {name} is not a text of 1 to {MAX_TEXT} characters")
    return value


def _optional_text(claims: Mapping[str, object], name: str) -> str | None:
    return _text(claims, name) if name in claims else None


def _integer(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FormatError("RECEIPT_CLAIM", f"the claim {name} is not a non-negative integer")
    return value


def _texts(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = claims.get(name, [])
    if not isinstance(values, list) or len(values) > MAX_ITEMS:
        raise FormatError("RECEIPT_CLAIM", f"the claim {name} is not a list of at most {MAX_ITEMS} texts")
    if not all(isinstance(value, str) and 0 < len(value) <= MAX_TEXT for value in values):
        raise FormatError("RECEIPT_CLAIM", f"the claim {name} is not a list of texts of 1 to {MAX_TEXT} characters")
    return tuple(values)


def _commitment(claims: Mapping[str, object]) -> bytes | None:
    encoded = _optional_text(claims, "commitment")
    if encoded is None:
        return None
    commitment = base64url.decode(encoded)
    if len(commitment) != COMMITMENT_BYTES:
        raise FormatError("RECEIPT_CLAIM", f"the claim commitment is not {COMMITMENT_BYTES} bytes")
    return commitment
