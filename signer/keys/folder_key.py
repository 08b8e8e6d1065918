"""From a passphrase to one key for the folder, and from that to a password for each file."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import scrypt, sha256
from pathlib import Path
from typing import Final

from signer import base64url
from signer.errors import FormatError, KeyBackendError
from signer.keys import folder as key_folder
from signer.strict_json import canonical, load_object

DESCRIPTION: Final = "folder.json"
MIN_PASSPHRASE_BYTES: Final = 8

# RFC 7914 parameters: about 0.1 s and 32 MiB. They stand in the file too, so that a later release may raise them
# and still know old folders.
_COST: Final = 2**15
_BLOCK: Final = 8
_PARALLEL: Final = 1
_MAX_MEMORY: Final = 128 * _BLOCK * _COST * 2
_SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class FolderKey:
    """The key that opens every file of one folder. It has no printed form."""

    _key: bytes

    def password(self, file_name: str) -> bytes:
        """Return the password of one file, bound to its name so that files cannot stand in for each other."""
        return base64url.encode(self._tag(b"file\x00" + file_name.encode())).encode()

    def check_tag(self) -> str:
        """Return the text by which the folder's description tells a wrong passphrase; it reveals nothing of any
        password."""
        return base64url.encode(self._tag(b"check")[:16])

    def _tag(self, label: bytes) -> bytes:
        return hmac.digest(self._key, b"onceonly key folder v1\x00" + label, sha256)


def open_folder_key(folder: Path, passphrase: bytes) -> FolderKey:
    """Return the folder's key, describing the folder first if it is new (empty).

    Raises KeyBackendError for a passphrase that is wrong or under 8 bytes, a description that is not ours, and a
    folder that has key files but no description.
    """
    if len(passphrase) < MIN_PASSPHRASE_BYTES:
        raise KeyBackendError(f"the passphrase of a key folder has at least {MIN_PASSPHRASE_BYTES} bytes")
    present = key_folder.names(folder)
    if DESCRIPTION not in present:
        if present:
            raise KeyBackendError(f"{folder} has files but no {DESCRIPTION}; restore it from the backup")
        _describe(folder, passphrase)
    # Read back even when just written: of two processes that start at once, one description stands.
    path = folder / DESCRIPTION
    try:
        description = load_object(key_folder.read(path), max_bytes=1024, max_depth=1)
        key = _derive(passphrase, description)
    except FormatError as error:
        raise KeyBackendError(f"{path} is not the description of a key folder; restore it from the backup") from error
    if not hmac.compare_digest(key.check_tag(), str(description.get("check"))):
        raise KeyBackendError(f"the passphrase does not open the key folder {folder}")
    return key


def _describe(folder: Path, passphrase: bytes) -> None:
    description: dict[str, object] = {
        "block": _BLOCK,
        "cost": _COST,
        "kdf": "scrypt",
        "parallel": _PARALLEL,
        "salt": base64url.encode(os.urandom(_SALT_BYTES)),
    }
    description["check"] = _derive(passphrase, description).check_tag()
    key_folder.create(folder / DESCRIPTION, canonical(description) + b"\n")


def _derive(passphrase: bytes, description: Mapping[str, object]) -> FolderKey:
    salt, cost = description.get("salt"), description.get("cost")
    if description.get("kdf") != "scrypt" or not isinstance(salt, str) or not isinstance(cost, int):
        raise FormatError("KEY_FOLDER", "unknown key derivation")
    # A description from elsewhere must not be able to make derivation cheap, or exhaust memory.
    if cost != _COST or description.get("block") != _BLOCK or description.get("parallel") != _PARALLEL:
        raise FormatError("KEY_FOLDER", "unknown cost of key derivation")
    key = scrypt(passphrase, salt=base64url.decode(salt), n=cost, r=_BLOCK, p=_PARALLEL, maxmem=_MAX_MEMORY, dklen=32)
    return FolderKey(key)
