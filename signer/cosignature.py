"""Cosignatures: what a witness says of a log's checkpoint (C2SP tlog-cosignature, Ed25519, key type 0x04).

Rules:
1. A cosignature is timestamped: it says that, at that time, this was the largest consistent tree of the log that
   the witness had seen. The signed message has a header of its own, so that no other signature can pass for it.
2. Witnesses are counted by their keys. The message does not name the witness: one key under two names would count
   twice, so such a set of witnesses is refused, as is a log that witnesses itself.
3. A known key's signature that does not match makes the whole note invalid; unknown keys are ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from signer.algorithms import SUITES
from signer.checkpoint import Checkpoint, parse_checkpoint
from signer.errors import NoteError
from signer.jws import SignFunction
from signer.note import (
    NoteKey,
    check_name,
    format_vkey,
    key_hash,
    open_note,
    parse_ed25519_vkey,
    parse_note,
    signature_line,
)

COSIGNATURE_TYPE: Final = 0x04
MAX_ANSWER_BYTES: Final = 16 * 1024
MAX_TIME: Final = 2**63 - 1

_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's public key with the name it signs under, a ``note.Verifier``. NoteError for a name with spaces
    or plus signs."""

    name: str
    public: Ed25519PublicKey

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def hash(self) -> bytes:
        """See Verifier."""
        return key_hash(self.name, self._typed_key())

    @property
    def vkey(self) -> str:
        """The key as ``name+hash+base64`` with the type byte 0x04."""
        return format_vkey(self.name, self._typed_key())

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """See Verifier. ``signature`` is 8 bytes of time, big-endian, and 64 of Ed25519."""
        if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
            return False
        time = _time(signature)
        return time <= MAX_TIME and SUITES["EdDSA"].verify(self.public, signature[_TIME_BYTES:], _message(text, time))

    def _typed_key(self) -> bytes:
        return bytes([COSIGNATURE_TYPE]) + self.public.public_bytes_raw()


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness and the Unix second at which it says that it saw the checkpoint."""

    key: WitnessKey
    time: int


@dataclass(frozen=True, slots=True)
class CosignedCheckpoint:
    """A checkpoint, the note it came in, and the known witnesses that cosigned it, in the order of their lines."""

    checkpoint: Checkpoint
    note: str
    cosigners: tuple[Cosigner, ...]

    def seen_by(self, quorum: int) -> int:
        """Return the Unix second by which ``quorum`` of the witnesses had seen the checkpoint.

        It is as true as those witnesses. Raises NoteError if fewer cosigned, or ``quorum`` is below 1.
        """
        if not 1 <= quorum <= len(self.cosigners):
            raise NoteError(f"{len(self.cosigners)} witnesses cosigned, not {quorum}")
        return sorted(cosigner.time for cosigner in self.cosigners)[quorum - 1]


def parse_witness_vkey(vkey: str) -> WitnessKey:
    """Return the witness's key that a ``name+hash+base64`` line spells. NoteError if it is malformed, of another
    type than 0x04, or its hash is wrong."""
    name, public = parse_ed25519_vkey(vkey, COSIGNATURE_TYPE)
    return WitnessKey(name, public)


def cosign(text: str, key: WitnessKey, time: int, sign: SignFunction) -> str:
    """Return the signature line by which the witness ``key`` cosigns a checkpoint's ``text`` at ``time`` (Unix
    seconds).

    Raises NoteError if the text is no checkpoint or the time does not fit. That the checkpoint is consistent with
    what the witness has seen is for the caller to know: see ``witnessing.decide``.
    """
    parse_checkpoint(text)
    if not 0 <= time <= MAX_TIME:
        raise NoteError("a cosignature's time is 0 … 2^63 - 1 seconds")
    signature = sign(_message(text.encode("utf-8"), time))
    return signature_line(key, time.to_bytes(_TIME_BYTES) + signature)


def read_cosignature(note: str, answer: bytes, key: WitnessKey) -> tuple[str, Cosigner]:
    """Return the line in a witness's ``answer`` by which ``key`` cosigns ``note``, made anew, and what it says.

    Raises NoteError if the answer is over 16 KiB or malformed, if the key's line is missing or does not match.
    Lines of other keys are dropped. Does not compare the time with a clock.
    """
    if len(answer) > MAX_ANSWER_BYTES:
        raise NoteError(f"a witness's answer has at most {MAX_ANSWER_BYTES} bytes")
    text = parse_note(note).text
    opened = open_note(text.encode("utf-8") + b"\n" + answer, [key])
    if opened.text != text:
        raise NoteError("a witness's answer is signature lines and nothing else")
    (signature,) = opened.signatures
    return signature_line(key, signature), Cosigner(key, _time(signature))


def open_cosigned(
    note: str | bytes, log_keys: Sequence[NoteKey], witnesses: Sequence[WitnessKey], quorum: int, *, origin: str
) -> CosignedCheckpoint:
    """Return the checkpoint of ``origin`` that one of ``log_keys`` signed and ``quorum`` of ``witnesses``
    cosigned; with a quorum of 0 the log's own signature is enough.

    Raises NoteError otherwise, for a quorum that the witnesses cannot reach, and for a set of keys in which one
    stands twice. Does not compare with an earlier checkpoint, nor the witnesses' times with a clock.
    """
    _check_distinct(log_keys, witnesses)
    if not 0 <= quorum <= len(witnesses):
        raise NoteError(f"{len(witnesses)} witnesses cannot make a quorum of {quorum}")
    text = open_note(note, log_keys).text
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != origin:
        raise NoteError("the checkpoint is of another log")
    cosigners = _cosigners(note, witnesses)
    if len(cosigners) < quorum:
        raise NoteError(f"{len(cosigners)} known witnesses cosigned the checkpoint, of the {quorum} that it needs")
    whole = note.decode("utf-8") if isinstance(note, bytes) else note
    return CosignedCheckpoint(checkpoint, whole, cosigners)


def _cosigners(note: str | bytes, witnesses: Sequence[WitnessKey]) -> tuple[Cosigner, ...]:
    named = {(line.name, line.key_hash) for line in parse_note(note).signatures}
    if not any((key.name, key.hash) in named for key in witnesses):
        return ()
    opened = open_note(note, witnesses)
    pairs = zip(opened.signers, opened.signatures, strict=True)
    return tuple(Cosigner(key, _time(signature)) for key, signature in pairs)


def _check_distinct(log_keys: Sequence[NoteKey], witnesses: Sequence[WitnessKey]) -> None:
    names = {key.name for key in witnesses}
    raw = {key.public.public_bytes_raw() for key in witnesses}
    if len(names) != len(witnesses) or len(raw) != len(witnesses):
        raise NoteError("one witness stands twice among the witnesses")
    if not raw.isdisjoint(key.public.public_bytes_raw() for key in log_keys):
        raise NoteError("a log cannot witness itself")


def _message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def _time(signature: bytes) -> int:
    return int.from_bytes(signature[:_TIME_BYTES])
