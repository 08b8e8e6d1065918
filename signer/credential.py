"""The licence as a credential: an SD-JWT in the profile of SD-JWT VC, built for the issuing authority and checked
for anyone.

In the open: ``iss`` (the authority's USCC), ``vct`` (type and revision), ``iat``, ``nbf``, ``exp`` (absent: valid
without end), ``status``, ``licence`` (the identifier) and ``hub``. Selectively disclosable: every licence field and
every holder attribute, under its own name. The header carries the seal's chain (``x5c``) and the thumbprint of its
key (``kid``).

Rule of ``check``: a bad signature is a result, not an error. Whatever the token, a Report comes back, and nothing
in it is unproven.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from signer import jws, sdjwt
from signer.errors import ChainError, FormatError, SdJwtError
from signer.identifier import parse_foreign
from signer.purpose_binding import PurposeExpectation, check_purpose
from signer.report import PASSED, Check, CheckName, Outcome, Report, failed, overall, undecided
from signer.sdjwt_format import Compact, decode_issuer_header, decode_payload, digest, hash_of, split_compact
from signer.sdjwt_process import Processed, process
from signer.sdjwt_verify import check_issuer_header, check_issuer_signature
from signer.seals import SealCertificate
from signer.trust import SealTrust, TrustedHeader, encode_x5c

TYP: Final = "dc+sd-jwt"
OPEN_CLAIMS: Final = frozenset({"iss", "vct", "iat", "nbf", "exp", "status", "licence", "hub"})
"""Never disclosable: hiding one would hide what a verifier must know (SD-JWT VC section 3.2.2.2)."""

RESERVED_CLAIMS: Final = OPEN_CLAIMS | {"aud", "cnf", "jti", "nonce", "sub", "vct#integrity"}
"""Names that no licence field may have, since they already mean something in a JWT."""

ALWAYS: Final = tuple(CheckName)[: list(CheckName).index(CheckName.PURPOSE_BINDING)]
"""The checks that every report has; those after them only where they are asked for."""

MAX_TEXT: Final = 512
MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999, beyond which calendars and certificates end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What is always visible of a licence. Times are Unix seconds; ``expire_time`` None means without end."""

    issuer: str
    licence_type: str
    """``vct``: the licence type and its revision."""
    identifier: str
    hub: str
    issue_time: int
    start_time: int
    expire_time: int | None
    status_uri: str
    status_index: int


AuthorisedLookup = Callable[[SealCertificate, str, int], Check | bool | None]
"""(seal, vct, iat) in; whether that authority, with that certificate, might issue that type then, None if unknown, or a
check with a code of its own. A revoked seal might not."""

StatusLookup = Callable[[Mapping[str, object]], Check | int | None]
"""The credential's proven claims in; its status at the time asked about (0 valid, 1 invalid, 2 suspended), None if
unknown, or a check with a code of its own."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a further check may rest on: signature and disclosures of the credential hold, its chain is valid."""

    licence: Licence
    claims: Mapping[str, object]
    seal: SealCertificate
    sd_hash: str
    issuer_jwt: bytes
    """The issuer-signed JWT: the same in every extract."""


FurtherCheck = Callable[[Proven], Check]
"""One more thing that the caller can tell: a second signature, an entry in the log. The check has its name."""

NO_FURTHER: Final[Mapping[CheckName, FurtherCheck]] = MappingProxyType({})


def encode_header(kid: str, alg: str, chain_der: Sequence[bytes]) -> str:
    """Return the encoded protected header of an authority's seal; keep it for as long as the seal signs. The chain
    leaves out the root."""
    return jws.encode_header({"alg": alg, "kid": kid, "typ": TYP, "x5c": encode_x5c(chain_der)})


def build(
    licence: Licence, fields: Mapping[str, object], holder: Mapping[str, object], header: str, sign: jws.SignFunction
) -> sdjwt.IssuedSdJwt:
    """Return the signed credential of a licence, every field and holder attribute selectively disclosable by its
    name.

    ``header`` comes from ``encode_header``; ``sign`` is the seal's. Raises SdJwtError: ``CLAIM_EXISTS`` for a name
    that both fields and holder have, ``RESERVED_NAME`` for one that means something else in a JWT, and the codes of
    ``sdjwt.issue``. Does not check the licence's facts.
    """
    if not fields.keys().isdisjoint(holder):
        raise SdJwtError("CLAIM_EXISTS", "a name is both a licence field and a holder attribute")
    disclosable = {**fields, **holder}
    if not RESERVED_CLAIMS.isdisjoint(disclosable):
        raise SdJwtError("RESERVED_NAME", "a licence field has a name that means something else in a JWT")
    always: dict[str, object] = {
        "hub": licence.hub,
        "iat": licence.issue_time,
        "iss": licence.issuer,
        "licence": licence.identifier,
        "nbf": licence.start_time,
        "status": {"status_list": {"idx": licence.status_index, "uri": licence.status_uri}},
        "vct": licence.licence_type,
    }
    if licence.expire_time is not None:
        always["exp"] = licence.expire_time
    return sdjwt.issue(always, disclosable, header, sign)


def check(
    token: str,
    *,
    trust: SealTrust,
    at: int,
    authorised: AuthorisedLookup | None = None,
    status: StatusLookup | int | None = None,
    purpose: PurposeExpectation | None = None,
    further: Mapping[CheckName, FurtherCheck] = NO_FURTHER,
) -> Report:
    """Return the verdict on a credential, with all its fields or an extract of them, as of ``at`` (Unix seconds).

    ``authorised`` and ``status`` are what the caller knows; without them those checks are INDETERMINATE.
    ``purpose`` asks for the purpose binding too, ``further`` for what the caller alone can tell. Raises nothing for any
    token; what the lookups raise passes through. Key binding is not part of the profile: a token with it fails.
    """
    asked = _asked(purpose, further)
    # 1. Form: cut, decode, and find the claims that must be in the open.
    try:
        compact, header, payload = _read(token, trust)
        licence = open_licence(payload)
    except FormatError as error:
        return _stopped([], CheckName.FORMAT, error, asked)
    checks = [PASSED[CheckName.FORMAT]]
    sd_hash = digest(compact.presented, hash_of(payload))
    # 2. Chain, at signing time; from memory where this header has been seen.
    try:
        trusted = _trusted(compact, header, licence, trust)
    except ChainError as error:
        return _stopped(checks, CheckName.ISSUER_CHAIN, error, asked, sd_hash=sd_hash)
    checks.append(PASSED[CheckName.ISSUER_CHAIN])
    # 3. Signature, under the algorithm of the seal's key.
    try:
        check_issuer_header(header, trusted.seal.alg, TYP)
        check_issuer_signature(compact, trusted.seal.alg, trusted.seal.public)
    except SdJwtError as error:
        return _stopped(checks, CheckName.SIGNATURE, error, asked, sd_hash=sd_hash, issuer=trusted.seal)
    checks.append(PASSED[CheckName.SIGNATURE])
    trust.remember(compact.issuer.header, trusted)
    # 4. Disclosures.
    try:
        processed = _disclosed(compact, payload)
    except SdJwtError as error:
        return _stopped(checks, CheckName.DISCLOSURES, error, asked, sd_hash=sd_hash, issuer=trusted.seal)
    checks.append(PASSED[CheckName.DISCLOSURES])
    # 5. What the licence says, each check on its own.
    checks.append(check_authorised(licence, trusted.seal, authorised))
    checks.append(check_identifier(licence))
    checks.append(check_validity(licence, at))
    checks.append(check_status(processed.claims, status))
    if purpose is not None:
        checks.append(check_purpose(purpose, licence.identifier, sd_hash, at))
    if further:
        proven = Proven(licence, processed.claims, trusted.seal, sd_hash, compact.issuer.token)
        checks.extend(look(proven) for look in further.values())
    return Report(overall(checks), tuple(checks), processed.claims, processed.paths, trusted.seal, sd_hash)


def _read(token: str, trust: SealTrust) -> tuple[Compact, Mapping[str, object], dict[str, object]]:
    compact = split_compact(token)
    if compact.key_binding:
        raise SdJwtError("KEY_BINDING_UNEXPECTED", "a Key Binding JWT is there, and this profile has none")
    known = trust.known(compact.issuer.header)
    header = decode_issuer_header(compact) if known is None else known.header
    payload = decode_payload(compact)
    hash_of(payload)
    return compact, header, payload


def open_licence(payload: Mapping[str, object]) -> Licence:
    """Return the open claims, each of its type and within bounds; FormatError (``CLAIM_INVALID``) otherwise."""
    status = payload.get("status")
    reference = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(reference, dict):
        raise FormatError("CLAIM_INVALID", "the claim status holds no status_list")
    return Licence(
        issuer=_text(payload, "iss"),
        licence_type=_text(payload, "vct"),
        identifier=_text(payload, "licence"),
        hub=_text(payload, "hub"),
        issue_time=_time(payload, "iat"),
        start_time=_time(payload, "nbf"),
        expire_time=_time(payload, "exp") if "exp" in payload else None,
        status_uri=_text(reference, "uri"),
        status_index=_time(reference, "idx"),
    )


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise FormatError("CLAIM_INVALID", f"the claim {name} is not a text of 1 to {MAX_TEXT} characters")
    return value


def _time(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_TIME:
        raise FormatError("CLAIM_INVALID", f"the claim {name} is not a whole number within bounds")
    return value


def _trusted(compact: Compact, header: Mapping[str, object], licence: Licence, trust: SealTrust) -> TrustedHeader:
    known = trust.known(compact.issuer.header)
    if known is not None and known.seal.valid_from <= licence.issue_time <= known.seal.valid_until:
        trusted = known
    else:
        trusted = trust.validate(header, licence.issue_time)
    if licence.issuer != trusted.seal.authority:
        raise ChainError("ISSUER_MISMATCH", "the claim iss is not the authority that the seal names")
    return trusted


def _disclosed(compact: Compact, payload: Mapping[str, object]) -> Processed:
    processed = process(payload, compact.disclosures, hash_of(payload))
    if not RESERVED_CLAIMS.isdisjoint(processed.paths):
        raise SdJwtError("CLAIM_NOT_OPEN", "a claim that must be in the open was selectively disclosed")
    return processed


def check_authorised(licence: Licence, seal: SealCertificate, authorised: AuthorisedLookup | None) -> Check:
    """Return whether the authority might issue this type, with this seal, at signing time."""
    name = CheckName.ISSUER_AUTHORISED
    answer = None if authorised is None else authorised(seal, licence.licence_type, licence.issue_time)
    if isinstance(answer, Check):
        return answer
    if answer is None:
        return undecided(name, "AUTHORISATION_UNKNOWN", "no trust list says whether the authority may issue this type")
    if not answer:
        return failed(name, "ISSUER_NOT_AUTHORISED", "the authority might not issue this type at that time")
    return PASSED[name]


def check_identifier(licence: Licence) -> Check:
    """Return whether the identifier keeps the standard and names the authority that issued."""
    name = CheckName.IDENTIFIER
    try:
        identifier = parse_foreign(licence.identifier)
    except FormatError as error:
        return failed(name, error.code, error.message)
    if identifier.quality:
        # A departure is no forgery, as the signature covers the identifier; but it is never passed over in silence.
        return Check(name, Outcome.PASSED, "IDENTIFIER_FOREIGN", ", ".join(sorted(identifier.quality)))
    if identifier.issuer != licence.issuer:
        return failed(name, "IDENTIFIER_ISSUER", "the identifier names another issuing authority than the claim iss")
    return PASSED[name]


def check_validity(licence: Licence, at: int) -> Check:
    """Return whether ``at`` (Unix seconds) lies within the licence's period."""
    if at < licence.start_time:
        return failed(CheckName.VALIDITY, "NOT_YET_VALID", "the licence was not yet valid at that time")
    if licence.expire_time is not None and at >= licence.expire_time:
        return failed(CheckName.VALIDITY, "EXPIRED", "the licence had expired at that time")
    return PASSED[CheckName.VALIDITY]


def check_status(claims: Mapping[str, object], status: StatusLookup | int | None) -> Check:
    """Return whether the licence was in force at the time asked about."""
    value = status(claims) if callable(status) else status
    if isinstance(value, Check):
        return value
    if value is None:
        return undecided(CheckName.STATUS, "STATUS_UNKNOWN", "no status list or register says whether it was in force")
    if value == 0:
        return PASSED[CheckName.STATUS]
    if value == 2:
        return failed(CheckName.STATUS, "STATUS_SUSPENDED", "the licence was suspended at that time")
    return failed(CheckName.STATUS, "STATUS_INVALID", "the licence was revoked or replaced at that time")


def _asked(purpose: PurposeExpectation | None, further: Mapping[CheckName, FurtherCheck]) -> tuple[CheckName, ...]:
    """Return the checks that this report is to have, in order."""
    binding = () if purpose is None else (CheckName.PURPOSE_BINDING,)
    return (*ALWAYS, *binding, *further)


def _stopped(
    checks: list[Check],
    name: CheckName,
    error: FormatError | ChainError,
    asked: tuple[CheckName, ...],
    *,
    sd_hash: str | None = None,
    issuer: SealCertificate | None = None,
) -> Report:
    """Return the report of a credential that failed a check on which all later ones rest."""
    checks = [*checks, failed(name, error.code, error.message)]
    later = asked[len(checks) :]
    checks.extend(undecided(other, "NOT_REACHED", f"{name} failed before") for other in later)
    return Report(Outcome.FAILED, tuple(checks), {}, (), issuer, sd_hash)
