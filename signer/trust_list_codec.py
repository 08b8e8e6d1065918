"""The trust list as it travels: a compact JWS, ``typ: onceonly-trust-list+jwt``, signed by a key made for that alone.

Rules:
1. Size, counts, texts and times are bounded before anything is built of them.
2. Nothing stands twice: no authority, certificate, type's revision or key of a use.
3. A list names the key that signed it, so that whoever holds it can check it again after a rollover.
4. Members that this version does not know are ignored. What an older verifier must not ignore gets another ``typ``.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from signer import base64url, jws
from signer.algorithms import PublicKey, public_to_jwk, suite_of
from signer.errors import FormatError, SignatureError
from signer.identifier import uscc_valid
from signer.strict_json import canonical, load_object
from signer.trust_list import (
    HubKey,
    KeyUse,
    SecondRule,
    Term,
    TimestampAuthority,
    TrustedAuthority,
    TrustedCertificate,
    TrustedKey,
    TrustedLog,
    TrustedRoot,
    TrustedType,
    TrustedWitness,
    TrustList,
)
from signer.trust_members import (
    MAX_TIME,
    Members,
    certificate,
    certificates,
    integer,
    items,
    jwk_claims,
    matching,
    member,
    public_jwk,
    refuse,
    refuse_repeated,
    term,
    text,
    time,
)

TYP: Final = "onceonly-trust-list+jwt"
MAX_BYTES: Final = 16 * 1024 * 1024
CLOCK_SKEW_SECONDS: Final = 300
"""How far a verifier's clock may be behind the hub's."""

_MAX_DEPTH: Final = 8
_MAX_SEQUENCE: Final = 9_999_999_999
_MAX_FEW: Final = 100
"""Trust keys, roots, logs, witnesses, time-stamp authorities."""
_MAX_KEYS: Final = 1_000
_MAX_AUTHORITIES: Final = 20_000
_MAX_OF_AUTHORITY: Final = 20_000

_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{21}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_VKEY: Final = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{4,8192}={0,2}")


def sign_trust_list(trust_list: TrustList, *, kid: str, alg: str, sign: jws.SignFunction) -> str:
    """Return the signed list; ``sign`` is that of the key which ``kid`` and ``alg`` name.

    Raises FormatError for a list that ``open_trust_list`` would refuse: no such list is ever signed.
    """
    if kid not in trust_list.trust_key_map():
        raise FormatError("TRUST_LIST_SIGNER", "the list does not name the key that would sign it")
    payload = canonical(_claims(trust_list))
    _parse(payload)
    token = jws.sign({"alg": alg, "kid": kid, "typ": TYP}, payload, sign)
    jws.split(token, max_bytes=MAX_BYTES)
    return token


def open_trust_list(token: str | bytes, keys: Mapping[str, PublicKey], *, at: int | None) -> TrustList:
    """Return the list that one of ``keys`` (by ``kid``) signed, under the suite of that key.

    ``at`` is the Unix time asked about; None leaves the times alone. Raises FormatError for anything malformed
    (``TRUST_LIST_CLAIM`` and the codes of JWS, JSON, base64url and JWK), ``TRUST_LIST_KEY_UNKNOWN``,
    ``TRUST_LIST_SIGNER``, ``TRUST_LIST_DUPLICATE``, and as ``check_times``; SignatureError. Does not look for a newer
    list: ``TrustKeeper`` does.
    """
    parts = jws.split(token, max_bytes=MAX_BYTES)
    header = jws.decode_header(parts.header)
    kid = header.get("kid")
    public = keys.get(kid) if isinstance(kid, str) else None
    if public is None:
        raise FormatError("TRUST_LIST_KEY_UNKNOWN", "no known key signed the trust list; the lists between may name it")
    alg = suite_of(public).name
    jws.check_header(header, alg=alg, typ=TYP)
    if not jws.signature_matches(parts, alg, public):
        raise SignatureError("the trust list is not signed by the key that kid names")
    trust_list = _parse(base64url.decode(parts.payload))
    named = trust_list.trust_key_map().get(str(kid))
    if named is None or public_to_jwk(named) != public_to_jwk(public):
        raise FormatError("TRUST_LIST_SIGNER", "the list does not name the key that signed it")
    check_times(trust_list, at)
    return trust_list


def check_times(trust_list: TrustList, at: int | None) -> None:
    """Refuse a list that is not in force at that time: FormatError ``TRUST_LIST_EXPIRED``,
    ``TRUST_LIST_NOT_YET_VALID``; None: any time will do."""
    if at is None:
        return
    if at >= trust_list.expire_time:
        raise FormatError("TRUST_LIST_EXPIRED", "the trust list has expired: fetch the latest one")
    if at < trust_list.issue_time - CLOCK_SKEW_SECONDS:
        raise FormatError("TRUST_LIST_NOT_YET_VALID", "the trust list is from the future: look at the clock")


def _parse(payload: bytes) -> TrustList:
    claims = load_object(payload, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    witnesses = tuple(
        TrustedWitness(matching(each, "vkey", _VKEY)) for each in items(claims, "witnesses", _MAX_FEW, required=False)
    )
    trust_list = TrustList(
        hub=text(claims, "iss"),
        issue_time=time(claims, "iat"),
        expire_time=time(claims, "exp"),
        sequence=integer(claims, "seq", 1, _MAX_SEQUENCE),
        trust_keys=tuple(public_jwk(each, each) for each in items(claims, "trust_keys", _MAX_FEW)),
        roots=tuple(_root(each) for each in items(claims, "roots", _MAX_FEW)),
        authorities=tuple(_authority(each) for each in items(claims, "authorities", _MAX_AUTHORITIES)),
        keys=tuple(_hub_key(each) for each in items(claims, "keys", _MAX_KEYS)),
        logs=tuple(_log(each) for each in items(claims, "logs", _MAX_FEW)),
        witnesses=witnesses,
        quorum=integer(claims, "quorum", 0, len(witnesses)) if "quorum" in claims else 0,
        timestamp_authorities=tuple(
            TimestampAuthority(certificate(each, "x5c"), text(each, "name"))
            for each in items(claims, "timestamp_authorities", _MAX_FEW, required=False)
        ),
    )
    if not trust_list.trust_key_map():
        raise refuse("trust_keys", "a list with at least one key of a known suite")
    refuse_repeated([each.kid for each in trust_list.trust_keys])
    refuse_repeated([each.uscc for each in trust_list.authorities])
    refuse_repeated([one.sha256 for each in trust_list.authorities for one in each.certificates])
    refuse_repeated([(each.use, each.jwk.kid) for each in trust_list.keys])
    return trust_list


def _root(claims: Members) -> TrustedRoot:
    return TrustedRoot(
        certificate=certificate(claims, "x5c"), term=term(claims), distrusted_after=_distrusted_after(claims)
    )


def _authority(claims: Members) -> TrustedAuthority:
    uscc, name = text(claims, "uscc"), member(claims, "name")
    if not uscc_valid(uscc):
        raise refuse("uscc", "a valid USCC")
    authority = TrustedAuthority(
        uscc=uscc,
        name={language: text(name, language) for language in ("zh", "en")},
        certificates=tuple(_certificate(each) for each in items(claims, "certificates", _MAX_OF_AUTHORITY)),
        second_keys=tuple(
            _second_key(each) for each in items(claims, "second_keys", _MAX_OF_AUTHORITY, required=False)
        ),
        types=tuple(_type(each) for each in items(claims, "types", _MAX_OF_AUTHORITY)),
    )
    refuse_repeated([each.jwk.kid for each in authority.second_keys])
    refuse_repeated([(each.code, each.revision) for each in authority.types])
    return authority


def _certificate(claims: Members) -> TrustedCertificate:
    chain = certificates(claims, "x5c") if "x5c" in claims else ()
    found = TrustedCertificate(
        sha256=matching(claims, "sha256", _SHA256),
        kid=text(claims, "kid"),
        term=term(claims),
        distrusted_after=_distrusted_after(claims),
        chain=chain,
    )
    if chain and sha256(chain[0]).hexdigest() != found.sha256:
        raise refuse("sha256", "the digest of the certificate beside it")
    return found


def _second_key(claims: Members) -> TrustedKey:
    jwk = public_jwk(claims, member(claims, "jwk"))
    return TrustedKey(jwk=jwk, term=term(claims), distrusted_after=_distrusted_after(claims))


def _type(claims: Members) -> TrustedType:
    try:
        second = SecondRule(text(claims, "second")) if "second" in claims else None
    except ValueError as error:
        raise refuse("second", f"one of {', '.join(SecondRule)}") from error
    return TrustedType(
        code=matching(claims, "type", _TYPE_CODE),
        revision=integer(claims, "revision", 1, 999_999),
        term=term(claims),
        second=second,
    )


def _hub_key(claims: Members) -> HubKey:
    try:
        use = KeyUse(text(claims, "use"))
    except ValueError as error:
        raise refuse("use", f"one of {', '.join(KeyUse)}") from error
    jwk = public_jwk(claims, member(claims, "jwk"))
    return HubKey(use=use, jwk=jwk, term=term(claims), distrusted_after=_distrusted_after(claims))


def _log(claims: Members) -> TrustedLog:
    return TrustedLog(vkey=matching(claims, "vkey", _VKEY), term=term(claims))


def _distrusted_after(claims: Members) -> int | None:
    return integer(claims, "distrusted_after", 0, MAX_TIME) if "distrusted_after" in claims else None


def _claims(trust_list: TrustList) -> dict[str, object]:
    return {
        "iss": trust_list.hub,
        "iat": trust_list.issue_time,
        "exp": trust_list.expire_time,
        "seq": trust_list.sequence,
        "trust_keys": [jwk_claims(each) for each in trust_list.trust_keys],
        "roots": [
            {"x5c": _b64(each.certificate), **_lasting(each.term, each.distrusted_after)} for each in trust_list.roots
        ],
        "authorities": [_authority_claims(each) for each in trust_list.authorities],
        "keys": [{"use": each.use.value, **_key_claims(each)} for each in trust_list.keys],
        "logs": [{"vkey": each.vkey, **_lasting(each.term)} for each in trust_list.logs],
        "witnesses": [{"vkey": each.vkey} for each in trust_list.witnesses],
        "quorum": trust_list.quorum,
        "timestamp_authorities": [
            {"name": each.name, "x5c": _b64(each.certificate)} for each in trust_list.timestamp_authorities
        ],
    }


def _authority_claims(authority: TrustedAuthority) -> dict[str, object]:
    return {
        "uscc": authority.uscc,
        "name": dict(authority.name),
        "certificates": [
            {
                "sha256": each.sha256,
                "kid": each.kid,
                **_lasting(each.term, each.distrusted_after),
                **({"x5c": [_b64(link) for link in each.chain]} if each.chain else {}),
            }
            for each in authority.certificates
        ],
        "second_keys": [_key_claims(each) for each in authority.second_keys],
        "types": [
            {
                "type": each.code,
                "revision": each.revision,
                **_lasting(each.term),
                **({"second": each.second.value} if each.second is not None else {}),
            }
            for each in authority.types
        ],
    }


def _key_claims(key: TrustedKey) -> dict[str, object]:
    lasting = _lasting(key.term, key.distrusted_after)
    return {"kid": key.jwk.kid, "alg": key.jwk.alg, "jwk": dict(key.jwk.members), **lasting}


def _lasting(lasts: Term, distrusted_after: int | None = None) -> dict[str, int]:
    """The members that say from when to when an entry counts."""
    times = {"from": lasts.since, "until": lasts.until, "distrusted_after": distrusted_after}
    return {name: value for name, value in times.items() if value is not None}


def _b64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
