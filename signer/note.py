"""Signed notes: a text and the signatures of named keys below it (C2SP signed-note).

A note is opened with the keys that the reader knows. Signatures of other keys are ignored, as the format
requires, so that a log can be cosigned by witnesses whom not everyone knows; a *known* key whose signature
does not match makes the note invalid.

Each kind of signature has a type byte, which is hashed into the key's name. This file knows type 0x01, an Ed25519
signature over the text itself; other kinds are a ``Verifier`` of their own (signer/cosignature.py has 0x04).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Generic, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from signer.algorithms import SUITES
from signer.errors import NoteError
from signer.jws import SignFunction

MAX_NOTE_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
ED25519_TYPE: Final = 0x01

_SIGNATURE_START: Final = "— "
_KEY_HASH_BYTES: Final = 4
# Below the space, only the line feed may occur (C2SP signed-note, "Format").
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME: Final = re.compile(r"[^\s+\x00-\x1f\x7f\ud800-\udfff]{1,255}")
_HEX8: Final = re.compile(r"[0-9a-f]{8}")


class Verifier(Protocol):
    """A public key with its name and kind of signature."""

    @property
    def name(self) -> str:
        """The name it signs under."""
        ...

    @property
    def hash(self) -> bytes:
        """The 4 bytes by which a signature line hints at it (``key_hash``)."""
        ...

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Tell whether ``signature`` (what follows the key's hash, any hostile bytes) is by this key over
        ``text``. Never raises."""
        ...


AnyVerifier = TypeVar("AnyVerifier", bound=Verifier)


def check_name(name: str) -> None:
    """Raise NoteError unless ``name`` may name a key: 1 to 255 characters, neither spaces nor plus signs."""
    if not _NAME.fullmatch(name):
        raise NoteError("a note key's name has 1 to 255 characters and neither spaces nor plus signs")


def key_hash(name: str, typed_key: bytes) -> bytes:
    """Return the first 4 bytes of SHA-256(name ‖ 0x0A ‖ type byte ‖ key): a hint which key signed, not a proof."""
    return sha256(name.encode() + b"\n" + typed_key).digest()[:_KEY_HASH_BYTES]


def format_vkey(name: str, typed_key: bytes) -> str:
    """Return ``name+hash+base64``, the form in which other programs take a key (type byte ‖ key)."""
    return f"{name}+{key_hash(name, typed_key).hex()}+{b64encode(typed_key).decode()}"


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key with the name it signs under. ``name`` has no space and no plus sign; NoteError
    otherwise."""

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
        """The key as ``name+hash+base64``, the form in which other programs take it."""
        return format_vkey(self.name, self._typed_key())

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """See Verifier."""
        return SUITES["EdDSA"].verify(self.public, signature, text)

    def _typed_key(self) -> bytes:
        return bytes([ED25519_TYPE]) + self.public.public_bytes_raw()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: ``name``, the 4-byte ``key_hash`` and what follows it (64 bytes for Ed25519)."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; ``text`` ends with a line feed. Nothing is verified by parsing."""

    text: str
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True)
class OpenedNote(Generic[AnyVerifier]):
    """A note that at least one known key signed; ``signers`` are those keys, in the order of their signatures,
    and ``signatures`` the bytes that each of them made."""

    text: str
    signers: tuple[AnyVerifier, ...]
    signatures: tuple[bytes, ...]


def parse_vkey(vkey: str) -> NoteKey:
    """Return the key that a ``name+hash+base64`` line spells. NoteError if it is malformed, of another type,
    or its hash is wrong."""
    name, public = parse_ed25519_vkey(vkey, ED25519_TYPE)
    return NoteKey(name, public)


def parse_ed25519_vkey(vkey: str, kind: int) -> tuple[str, Ed25519PublicKey]:
    """Return the name and the key of a vkey whose type byte is ``kind``. NoteError as for ``parse_vkey``."""
    name, _, rest = vkey[:1024].partition("+")
    spelled_hash, _, encoded = rest.partition("+")
    data = _base64(encoded)
    check_name(name)
    if not _HEX8.fullmatch(spelled_hash) or len(data) != 33 or data[0] != kind:
        raise NoteError(f"a verifier key is name+hash+base64 of an Ed25519 key of type 0x{kind:02x}")
    if key_hash(name, data).hex() != spelled_hash:
        raise NoteError("the verifier key's hash is not that of its name and key")
    return name, Ed25519PublicKey.from_public_bytes(data[1:])


def sign_note(text: str, signers: Sequence[tuple[NoteKey, SignFunction]]) -> str:
    """Return the note with one signature line for each signer.

    ``text`` ends with a line feed and has no other control character; at most 1 MB. Raises NoteError
    otherwise.
    """
    _check_text(text)
    lines = [text, "\n"]
    lines.extend(signature_line(key, sign(text.encode("utf-8"))) for key, sign in signers)
    return "".join(lines)


def signature_line(key: Verifier, signature: bytes) -> str:
    """Return the line, with its line feed, by which ``key`` signs a note. Does not check the signature."""
    return f"{_SIGNATURE_START}{key.name} {b64encode(key.hash + signature).decode()}\n"


def parse_note(note: str | bytes) -> Note:
    """Take a note apart. NoteError for anything malformed, larger than 1 MB, or with no or more than 100
    signatures."""
    text, tail = split_note(note)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"a note of more than {MAX_SIGNATURES} signatures")
    return Note(text, tuple(_signature(line) for line in lines))


def split_note(note: str | bytes) -> tuple[str, str]:
    """Return a note's text and its signature lines as they stand, which may be malformed. NoteError if the note is
    larger than 1 MB, not UTF-8, has no blank line or a text that a note cannot have."""
    if len(note) > MAX_NOTE_BYTES:
        raise NoteError(f"a note of more than {MAX_NOTE_BYTES} bytes")
    try:
        whole = note.decode("utf-8") if isinstance(note, bytes) else note
        whole.encode("utf-8")
    except UnicodeError as error:
        raise NoteError("a note is UTF-8") from error
    # The last blank line divides: the text itself may have blank lines, signatures cannot.
    head, blank_line, tail = whole.rpartition("\n\n")
    if not blank_line or not tail.endswith("\n"):
        raise NoteError("a note is a text, a blank line and signature lines")
    text = head + "\n"
    _check_text(text)
    return text, tail


def open_note(note: str | bytes, known: Iterable[AnyVerifier]) -> OpenedNote[AnyVerifier]:
    """Return the text of a note that at least one ``known`` key signed.

    Raises NoteError if it is malformed, if no known key signed it, or if a signature by a known key does not
    match. Signatures by others are ignored. A quorum of witnesses is for the caller to judge from
    ``signers``.
    """
    parsed = parse_note(note)
    keys = {(key.name, key.hash): key for key in known}
    message = parsed.text.encode("utf-8")
    signers: list[AnyVerifier] = []
    signatures: list[bytes] = []
    for line in parsed.signatures:
        key = keys.pop((line.name, line.key_hash), None)  # a second line by the same key counts for nothing
        if key is None:
            continue
        if not key.verifies(line.signature, message):
            raise NoteError(f"the signature of {key.name} does not match the text")
        signers.append(key)
        signatures.append(line.signature)
    if not signers:
        raise NoteError("no known key signed the note")
    return OpenedNote(parsed.text, tuple(signers), tuple(signatures))


def _check_text(text: str) -> None:
    if len(text) > MAX_NOTE_BYTES or not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("a note's text ends with a line feed and has no other control character")


def _signature(line: str) -> NoteSignature:
    start, name, encoded = (line[:2], *line[2:].partition(" ")[::2])
    data = _base64(encoded)
    if start != _SIGNATURE_START or not _NAME.fullmatch(name) or len(data) <= _KEY_HASH_BYTES:
        raise NoteError("a signature line is an em dash, a name and base64")
    return NoteSignature(name, data[:_KEY_HASH_BYTES], data[_KEY_HASH_BYTES:])


def _base64(text: str) -> bytes:
    """Decode padded standard base64 in its one canonical spelling."""
    try:
        data = b64decode(text, validate=True)
    except (Error, ValueError) as error:
        raise NoteError("not base64") from error
    if b64encode(data).decode() != text:
        raise NoteError("not the canonical base64 spelling")
    return data
