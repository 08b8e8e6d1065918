"""What a hub has published and an evidence package carries: trust list, its keys, status lists, the log's key."""

import base64
import re
from collections.abc import Mapping
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.audit.proofs import LOG_VKEY
from exchange.evidence.openssl_files import jws_files, key_file
from exchange.evidence.package import EvidenceFile
from signer.algorithms import public_from_jwk
from signer.errors import FormatError, NoteError
from signer.note import parse_vkey
from signer.strict_json import load_object
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

TRUST_LIST: Final = "trust/list.jwt"
ANCHORS: Final = "trust/anchors.json"

_MAX_LIST: Final = 4 * 1024 * 1024
_KID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_JWK_MEMBERS: Final = frozenset({"kty", "crv", "x", "y", "alg"})
_STATUS: Final = re.compile(r"/(status/[0-9A-Z]{1,40}/[0-9]{4,6}/[1-9][0-9]{0,5})")


def trust_files(objects: Objects) -> tuple[tuple[EvidenceFile, ...], tuple[str, ...]]:
    """The trust list with the keys that sign it; and sentences about what this hub has not published."""
    files: list[EvidenceFile] = []
    absent: list[str] = []
    listed = _get(objects, TRUST_LIST)
    if listed is None:
        absent.append("trust/trust-list.jwt: this hub has published no trust list.")
    else:
        files += [EvidenceFile("trust/trust-list.jwt", listed), *_split("trust/trust-list", listed)]
    anchors = _get(objects, ANCHORS)
    if anchors is None:
        absent.append("trust/anchors.json: this hub has published no trust anchors.")
    else:
        files.append(EvidenceFile("trust/anchors.json", anchors))
    return tuple(files), tuple(absent)


def key_files(trust: tuple[EvidenceFile, ...]) -> tuple[EvidenceFile, ...]:
    """Every key that the trust list and its anchors name, as ``trust/keys/<kid>.pem``; ``tsa/roots.pem``."""
    contents = {each.name: each.content for each in trust}
    anchors = _object(contents.get("trust/anchors.json", b"{}"))
    listed = _object(contents.get("trust/trust-list.payload.json", b"{}"))
    found: dict[str, EvidenceFile] = {}
    for entry in (*_entries(anchors, "keys"), *_entries(listed, "trust_keys"), *_entries(listed, "keys")):
        kid, jwk = entry.get("kid"), entry.get("jwk", entry)
        file = _pem(kid, jwk) if isinstance(kid, str) and isinstance(jwk, dict) else None
        if file is not None:
            found[file.name] = file
    roots = [str(entry.get("x5c", "")) for entry in _entries(listed, "timestamp_authorities")]
    tsa = [EvidenceFile("tsa/roots.pem", b"".join(_certificate(each) for each in roots))] if roots else []
    return (*found.values(), *tsa)


def status_files(objects: Objects, hub: str, uri: str) -> tuple[tuple[EvidenceFile, ...], tuple[str, ...]]:
    """The status list of a URI as it is now; and a sentence if there is none of this hub."""
    match = _STATUS.fullmatch(uri.removeprefix(hub)) if uri.startswith(hub) else None
    content = None if match is None else _get(objects, f"{match[1]}.jwt")
    if match is None or content is None:
        return (), ("status: this hub has not published the status list that an item names.",)
    return (EvidenceFile(f"{match[1]}.jwt", content), *_split(match[1], content)), ()


def log_files(objects: Objects) -> tuple[EvidenceFile, ...]:
    """The log's public key as a vkey and as PEM."""
    vkey = _get(objects, LOG_VKEY)
    if vkey is None:
        return ()
    try:
        key = key_file("log/key.pem", parse_vkey(vkey.decode("ascii", "replace").removesuffix("\n")).public)
    except NoteError:
        key = None
    return (EvidenceFile("log/vkey", vkey), *([key] if key is not None else []))


def _object(content: bytes) -> Mapping[str, object]:
    try:
        return load_object(content, max_bytes=_MAX_LIST)
    except FormatError:
        return {}


def _entries(members: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = members.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _pem(kid: str, jwk: Mapping[str, object]) -> EvidenceFile | None:
    members = {name: value for name, value in jwk.items() if name in _JWK_MEMBERS}
    try:
        return key_file(f"trust/keys/{kid}.pem", public_from_jwk(members)) if _KID.fullmatch(kid) else None
    except FormatError:
        return None


def _certificate(encoded: str) -> bytes:
    return x509.load_der_x509_certificate(base64.b64decode(encoded)).public_bytes(Encoding.PEM)


def _get(objects: Objects, name: str) -> bytes | None:
    try:
        return objects.get(name)
    except ObjectNotFoundError:
        return None


def _split(base: str, content: bytes) -> tuple[EvidenceFile, ...]:
    try:
        return jws_files(base, content.decode("ascii"))
    except (UnicodeDecodeError, FormatError):
        return ()
