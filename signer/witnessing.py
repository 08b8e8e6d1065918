"""What a witness decides: cosign a log's new checkpoint, or refuse it and say why (C2SP tlog-witness).

Rules:
1. The decision is pure: the request's bytes, the logs that the witness watches and what it has seen of this one go
   in; an acceptance, or a refusal with its HTTP status, comes out. Nothing is signed or kept here.
2. Order, as the protocol has it: form (400), log known (404), its signature (403), old size not above the new one
   (400), old size as last seen (409), same size and same root (409), consistency (422).
3. Who accepts must first keep the new head, atomically with the comparison of the old one, and only then sign: two
   requests at once must never both be cosigned from the same head with different trees.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from signer.checkpoint import parse_checkpoint
from signer.errors import NoteError, ProofError
from signer.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, verify_consistency
from signer.note import NoteKey, open_note, split_note

MAX_REQUEST_BYTES: Final = 64 * 1024
MAX_PROOF_LINES: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_OLD: Final = re.compile(rb"old (0|[1-9][0-9]{0,18})")
_SIZE_LINE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class Head:
    """The size and root (32 bytes) of the largest tree of a log that a witness has cosigned."""

    size: int = 0
    root: bytes = EMPTY_ROOT


UNSEEN: Final = Head()


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request taken apart: the ``old_size`` that the log believes the witness at, the consistency ``proof`` from
    there, and the checkpoint's signed ``note``. Nothing is verified by parsing."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: of a refusal, why nothing is cosigned; of an acceptance (200), the cosignature.

    ``contradicts`` is the origin of a log whose own signature stands under a checkpoint that has another root at the
    size that was seen, or whose proof does not lead from there: somebody should look. Else it is empty.
    """

    status: int
    body: str
    content_type: str = TEXT_TYPE
    contradicts: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What may be cosigned: the checkpoint's ``text``, and the heads of ``origin`` ``old`` and ``new`` between
    which the witness's record must move first."""

    origin: str
    text: str
    old: Head
    new: Head


def format_request(request: AddCheckpoint) -> bytes:
    """Return the body of an add-checkpoint request. NoteError for what the format cannot carry."""
    if not 0 <= request.old_size <= MAX_SIZE or len(request.proof) > MAX_PROOF_LINES:
        raise NoteError(f"a request has an old size of 0 … 2^63 - 1 and at most {MAX_PROOF_LINES} hashes")
    lines = [f"old {request.old_size}", *(b64encode(node).decode() for node in request.proof), ""]
    body = ("\n".join(lines) + "\n" + request.note).encode("utf-8")
    if len(body) > MAX_REQUEST_BYTES:
        raise NoteError(f"a request has at most {MAX_REQUEST_BYTES} bytes")
    return body


def parse_request(body: bytes) -> AddCheckpoint:
    """Take an add-checkpoint body apart. NoteError for anything malformed or over 64 KiB."""
    head, blank, note = body[: MAX_REQUEST_BYTES + 1].partition(b"\n\n")
    old, *proof = head.split(b"\n")
    matched = _OLD.fullmatch(old)
    if len(body) > MAX_REQUEST_BYTES or not blank or matched is None or int(matched[1]) > MAX_SIZE:
        raise NoteError(f"a request is at most {MAX_REQUEST_BYTES} bytes: an old size, hashes, a blank line, a note")
    if len(proof) > MAX_PROOF_LINES:
        raise NoteError(f"a request has at most {MAX_PROOF_LINES} hashes")
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("a note is UTF-8") from error
    return AddCheckpoint(int(matched[1]), tuple(_hash(line) for line in proof), text)


def parse_size(body: bytes) -> int:
    """Return the size that a witness says (status 409) it has cosigned last. NoteError for anything else."""
    matched = _SIZE_LINE.fullmatch(body)
    if matched is None or int(matched[1]) > MAX_SIZE:
        raise NoteError("a witness's size is a decimal number and a line feed")
    return int(matched[1])


def decide(body: bytes, logs: Mapping[str, Sequence[NoteKey]], seen: Callable[[str], Head]) -> Acceptance | Answer:
    """Return what a witness does with an add-checkpoint body.

    ``logs`` are the keys of each origin that it watches; ``seen`` returns the head of a watched origin that it has
    kept, ``UNSEEN`` if none. Raises nothing but what ``seen`` raises.
    """
    try:
        request = parse_request(body)
        checkpoint = parse_checkpoint(split_note(request.note)[0])
    except NoteError as error:
        return _refusal(400, str(error))
    if checkpoint.origin not in logs:
        return _refusal(404, "unknown log")
    try:
        text = open_note(request.note, logs[checkpoint.origin]).text
    except NoteError as error:
        return _refusal(403, f"invalid signature: {error}")
    if request.old_size > checkpoint.size:
        return _refusal(400, "the old size is larger than the checkpoint's")
    return _follow(request, Acceptance(checkpoint.origin, text, seen(checkpoint.origin), _head(text)))


def conflict(seen: Head) -> Answer:
    """Return the answer to who starts from another size than the witness has seen."""
    return Answer(409, f"{seen.size}\n", SIZE_TYPE)


def _follow(request: AddCheckpoint, step: Acceptance) -> Acceptance | Answer:
    old, new = step.old, step.new
    if old.size == new.size and old.root != new.root:
        return replace(conflict(old), contradicts=step.origin)
    if request.old_size != old.size:
        return conflict(old)
    if old.size == 0:
        # Every tree grows from the empty one: there is nothing to prove, and nothing may be claimed.
        return _refusal(422, "consistency proof: none leads from the empty tree") if request.proof else step
    try:
        verify_consistency(old.size, new.size, old.root, new.root, request.proof)
    except ProofError as error:
        return replace(_refusal(422, f"consistency proof: {error}"), contradicts=step.origin)
    return step


def _head(text: str) -> Head:
    checkpoint = parse_checkpoint(text)
    return Head(checkpoint.size, checkpoint.root)


def _refusal(status: int, sentence: str) -> Answer:
    return Answer(status, f"{sentence}\n")


def _hash(line: bytes) -> bytes:
    try:
        node = b64decode(line, validate=True)
    except (Error, ValueError) as error:
        raise NoteError("a hash is base64") from error
    if len(node) != HASH_BYTES or b64encode(node) != line:
        raise NoteError("a hash is the canonical base64 of 32 bytes")
    return node
