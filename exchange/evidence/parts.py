"""The files of one item of a package, and those that all items share."""

import base64
from dataclasses import dataclass, field
from typing import Final

from exchange.audit.journal import JournalEntry
from exchange.errors import InvalidError, Violation
from exchange.evidence.log_parts import LogRoom, entry_files
from exchange.evidence.openssl_files import chain_files, jws_files
from exchange.evidence.package import EvidenceFile, Item, Kind, Manifest, write_manifest, write_sums
from exchange.evidence.published import key_files, log_files, status_files, trust_files
from exchange.evidence.readme import write_readme
from signer import base64url, jws
from signer.errors import FormatError
from signer.strict_json import load_object
from storage.errors import CorruptError

MAX_ANSWER_BYTES: Final = 7 * 512 * 1024
"""One answer of the hub holds no more, and leaves room for names."""

_MAX_PAYLOAD: Final = 128 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemParts:
    """What is known of one item. ``issued`` and ``fetched`` are the log's entries, None where it has none."""

    folder: str
    kind: Kind
    time: int
    credential: str = field(repr=False)
    statement: str | None = field(repr=False)
    issued: JournalEntry | None
    fetched: JournalEntry | None = None
    receipt: str = ""
    second: str = ""

    @property
    def item(self) -> Item:
        """The item as the manifest names it."""
        return Item(self.folder, self.kind, self.time)


def item_files(room: LogRoom, parts: ItemParts, roots: tuple[bytes, ...]) -> tuple[EvidenceFile, ...]:
    """The files of an item. Raises ``UnavailableError`` while an entry is not published yet."""
    at = parts.folder
    issuer_jwt = parts.credential.partition("~")[0]
    files = [
        EvidenceFile(f"{at}/credential.sd-jwt", parts.credential.encode("ascii")),
        EvidenceFile(f"{at}/signing-time.txt", b"%d\n" % _signing_time(issuer_jwt)),
        *jws_files(f"{at}/credential", issuer_jwt),
        *chain_files(at, _chain(issuer_jwt), roots),
    ]
    for name, token in (("receipt", parts.receipt), ("status", parts.statement or "")):
        if token:
            files += [EvidenceFile(f"{at}/{name}.jwt", token.encode("ascii")), *jws_files(f"{at}/{name}", token)]
    if parts.second:
        files.append(EvidenceFile(f"{at}/second.jws", parts.second.encode("ascii")))
    for name, entry in (("issue", parts.issued), ("fetch", parts.fetched)):
        if entry is not None:
            files += entry_files(room, f"{at}/{name}", entry)
    return tuple(files)


def absent_of(parts: ItemParts) -> tuple[str, ...]:
    """Sentences about what an item ought to have and has not."""
    said = []
    if parts.issued is None:
        said.append(f"{parts.folder}/issue: the access log has no entry that names this credential.")
    if parts.statement is None:
        said.append(f"{parts.folder}/status.jwt: the hub has no record of this licence any more.")
    return tuple(said)


def whole(
    room: LogRoom, hub: str, subject: str, reason: str, now: int, items: tuple[ItemParts, ...], roots: tuple[bytes, ...]
) -> tuple[EvidenceFile, ...]:
    """All files of a package, with manifest, README and sums.

    Raises as ``item_files``, and ``InvalidError`` for more than one answer holds."""
    trust, absent = trust_files(room.objects)
    files = [*trust, *key_files(trust), *log_files(room.objects)]
    said = list(absent)
    for uri in sorted({_status_uri(parts.credential) for parts in items}):
        lists, missing = status_files(room.objects, hub, uri)
        files += lists
        said += missing
    for parts in items:
        files += item_files(room, parts, roots)
        said += absent_of(parts)
    manifest = Manifest(
        subject=subject,
        hub=hub,
        time=now,
        reason=reason,
        items=tuple(parts.item for parts in items),
        absent=tuple(dict.fromkeys(said)),
    )
    files.append(write_readme(manifest, files))
    files.append(write_manifest(manifest, files))
    files.append(write_sums(files))
    if sum(len(each.content) for each in files) > MAX_ANSWER_BYTES:
        raise InvalidError((Violation("extracts", "are too many for one package", "数量过多，请分次导出"),))
    return tuple(files)


def _claims(credential: str) -> dict[str, object]:
    """The payload of a credential of this hub's own. Raises ``CorruptError`` for one that is broken."""
    try:
        payload = jws.split(credential.partition("~")[0], max_bytes=_MAX_PAYLOAD).payload
        return load_object(base64url.decode(payload), max_bytes=_MAX_PAYLOAD)
    except FormatError as error:
        raise CorruptError("a credential is not a compact JWS") from error


def _signing_time(credential: str) -> int:
    issued = _claims(credential).get("iat")
    return issued if isinstance(issued, int) else 0


def _status_uri(credential: str) -> str:
    status = _claims(credential).get("status")
    reference = status.get("status_list") if isinstance(status, dict) else None
    return str(reference.get("uri", "")) if isinstance(reference, dict) else ""


def _chain(credential: str) -> tuple[bytes, ...]:
    header = jws.decode_header(jws.split(credential, max_bytes=_MAX_PAYLOAD).header)
    encoded = header.get("x5c")
    return tuple(_der(each) for each in encoded) if isinstance(encoded, list) else ()


def _der(encoded: object) -> bytes:
    return base64.b64decode(str(encoded))
