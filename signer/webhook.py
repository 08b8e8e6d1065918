"""The hub's signed statement that goes with an event posted to a department: who says it, to whom, which body, when.

A compact JWS, ``typ: onceonly-webhook+jwt``, signed by the hub's receipt key. The body stands beside it and is named by
its SHA-256, so a receiver that keeps both can show later what it was told.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from signer import base64url, jws
from signer.algorithms import PublicKey
from signer.errors import FormatError
from signer.strict_json import canonical, load_object

TYP: Final = "onceonly-webhook+jwt"
MAX_BYTES: Final = 8 * 1024
TOLERANCE_SECONDS: Final = 300
"""Older statements, and those of the future, are refused: a body caught on its way is not good for ever."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is stated. ``identifier`` is the event's for this webhook, the same at every attempt; ``time`` is the
    attempt's, in seconds since 1970 (UTC); ``audience`` is the department's USCC."""

    identifier: str
    hub: str
    audience: str
    time: int


def sign(delivery: Delivery, body: bytes, kid: str, alg: str, key: jws.SignFunction) -> str:
    """Return the statement over a body; ``key`` signs and is named by ``kid`` and ``alg``."""
    claims = {
        "aud": delivery.audience,
        "iat": delivery.time,
        "iss": delivery.hub,
        "jti": delivery.identifier,
        "sha256": _digest(body),
    }
    return jws.sign({"alg": alg, "kid": kid, "typ": TYP}, canonical(claims), key)


def verify(
    token: str, body: bytes, keys: Mapping[str, PublicKey], *, hub: str, audience: str, now: int, alg: str = "ES256"
) -> Delivery:
    """Return what one of the hub's receipt ``keys`` (by ``kid``) stated of ``body``.

    Raises FormatError for anything malformed (``WEBHOOK_CLAIM``), another body (``WEBHOOK_BODY``), another hub or
    department (``WEBHOOK_AUDIENCE``), a time more than five minutes from ``now`` (``WEBHOOK_TIME``), and
    SignatureError. Not checked: whether the identifier was seen before.
    """
    verified = jws.verify(token, keys, typ=TYP, alg=alg, max_bytes=MAX_BYTES)
    claims = load_object(verified.payload, max_bytes=MAX_BYTES, max_depth=2)
    match claims:
        case {"aud": str(aud), "iat": int(iat), "iss": str(iss), "jti": str(jti), "sha256": str(digest)}:
            delivery = Delivery(jti, iss, aud, iat)
        case _:
            raise FormatError("WEBHOOK_CLAIM", "a claim is missing or of another type")
    if digest != _digest(body):
        raise FormatError("WEBHOOK_BODY", "the statement is of another body")
    if (iss, aud) != (hub, audience):
        raise FormatError("WEBHOOK_AUDIENCE", "the statement is of another hub, or for another department")
    if abs(now - iat) > TOLERANCE_SECONDS:
        raise FormatError("WEBHOOK_TIME", f"the statement was made more than {TOLERANCE_SECONDS} seconds from now")
    return delivery


def _digest(body: bytes) -> str:
    return base64url.encode(hashlib.sha256(body).digest())
