"""A second signature over the credential's own payload, for departments that must have SM2.

It is one more signature of the General JWS JSON Serialization (RFC 7515 section 7.2): a protected header of its own
over the payload part of the issuer-signed JWT, with nothing of it repeated. As text it is a JWS with detached content
(RFC 7515 appendix F): ``BASE64URL(header)..BASE64URL(signature)``. The signing input is header ‖ "." ‖ payload part.

Rules: the header holds ``alg``, ``kid`` and ``typ`` and nothing else, and ``typ`` is this kind's alone, so that the
text can pass as no other token; the key's type decides the algorithm, never the header; the suite must be accepted.
The payload names the issuing authority, and the payload is what was signed: which keys are that authority's second
keys is for the caller to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from signer import base64url, jws
from signer.algorithms import SECOND, PublicKey, suite_of
from signer.credential import Proven
from signer.errors import FormatError, SuiteUnavailableError
from signer.report import PASSED, Check, CheckName, Outcome, failed, undecided
from signer.sdjwt import MAX_TOKEN_BYTES

TYP: Final = "onceonly-second+jwt"

MAX_BYTES: Final = 8 * 1024
"""A signature of ML-DSA-44 takes 3,227 characters, one of SM2 86."""

MAX_KID: Final = 200

_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_NAME: Final = CheckName.SECOND_SIGNATURE
_NOT_OFFERED: Final = Check(
    _NAME, Outcome.PASSED, "SECOND_NOT_OFFERED", "no second signature is there, none is required"
)


def sign_second(issuer_jwt: bytes | str, *, kid: str, alg: str, sign: jws.SignFunction) -> str:
    """Return the second signature over an issuer-signed JWT that this hub has just made.

    ``kid`` and ``alg`` are those of the key behind ``sign``. FormatError if ``issuer_jwt`` is no compact JWS. Does not
    check the first signature.
    """
    payload = _payload(issuer_jwt)
    header = jws.encode_header({"alg": alg, "kid": kid, "typ": TYP})
    return f"{header}..{base64url.encode(sign(header.encode('ascii') + b'.' + payload))}"


def check_second(
    text: str | None,
    *,
    required: bool,
    keys: Mapping[str, PublicKey],
    proven: Proven,
    accepted: frozenset[str] = SECOND,
) -> Check:
    """Return whether ``text`` (hostile, None if there was none) is the second signature of a proven credential.

    ``required`` says that the licence's type asks for one, ``keys`` are the second keys of the authority that the
    credential names, by ``kid``, and ``accepted`` the suites that policy allows. Codes: ``OK``;
    ``SECOND_SIGNATURE_MISSING`` and ``SECOND_SIGNATURE_INVALID`` failed; ``SECOND_NOT_OFFERED`` passed, as nothing was
    asked for and nothing came; ``SECOND_KEY_UNKNOWN``, ``SECOND_SUITE_NOT_ACCEPTED`` and ``SUITE_UNAVAILABLE``
    undecided. Raises nothing for any text. Does not check when a key was the authority's.
    """
    if text is None:
        return _absent(required=required)
    try:
        second = _read(text)
        payload = _payload(proven.issuer_jwt)
    except FormatError as error:
        return _invalid(f"the second signature is malformed: {error.message}")
    public = keys.get(second.kid)
    if public is None:
        return undecided(_NAME, "SECOND_KEY_UNKNOWN", "its kid names no known second key of the issuing authority")
    return _compared(second, payload, public, accepted)


def _absent(*, required: bool) -> Check:
    if required:
        return failed(_NAME, "SECOND_SIGNATURE_MISSING", "the licence type requires a second signature")
    return _NOT_OFFERED


def _invalid(detail: str) -> Check:
    return failed(_NAME, "SECOND_SIGNATURE_INVALID", detail)


@dataclass(frozen=True, slots=True)
class _Second:
    """A second signature taken apart; nothing of it is proven."""

    header: bytes
    """As it was signed: encoded."""
    alg: object
    kid: str
    signature: bytes


def _compared(second: _Second, payload: bytes, public: PublicKey, accepted: frozenset[str]) -> Check:
    suite = suite_of(public)
    if suite.name not in accepted:
        return undecided(_NAME, "SECOND_SUITE_NOT_ACCEPTED", f"{suite.name} is not accepted here")
    if second.alg != suite.name:
        return _invalid("its alg is not that of the key that kid names")
    try:
        matches = suite.verify(public, second.signature, second.header + b"." + payload)
    except SuiteUnavailableError as error:
        return undecided(_NAME, error.code, error.message)
    return PASSED[_NAME] if matches else _invalid("the second signature is not by the key that kid names")


def _read(text: str) -> _Second:
    header, payload, signature, _, _ = jws.split(text, max_bytes=MAX_BYTES)
    if payload:
        raise FormatError("SECOND_CONTENT", "a second signature carries no payload of its own")
    members = jws.decode_header(header)
    if members.keys() != _MEMBERS or members["typ"] != TYP:
        raise FormatError("HEADER_REFUSED", f"its header holds alg, kid and the typ {TYP}, and nothing else")
    kid = members["kid"]
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise FormatError("HEADER_REFUSED", f"its kid is not a text of 1 to {MAX_KID} characters")
    return _Second(header, members["alg"], kid, base64url.decode(signature))


def _payload(issuer_jwt: bytes | str) -> bytes:
    return jws.split(issuer_jwt, max_bytes=MAX_TOKEN_BYTES).payload
