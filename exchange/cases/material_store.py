"""Where handed-in files are kept: objects, sealed under the data key of the case's owner.

Rules:
1. ``materials/ab/cd/<hex>``: the name is SHA-256 over the case id and the file's digest, so that neither stands in it.
   The owner's tag (16 bytes) goes before the sealed bytes.
2. Object first, then the unit that names it: what a crash leaves is an object that nobody names.
3. Created once: the same file again in the same case is the same object.
"""

from hashlib import sha256

from exchange.entities.evidence import Material
from storage.errors import CorruptError, ObjectExistsError
from storage.objects.interface import Objects
from storage.vault import DataKey, Vault

_TAG_BYTES = 16


class MaterialStore:
    """Puts and reads handed-in files."""

    def __init__(self, objects: Objects, vault: Vault) -> None:
        self._objects = objects
        self._vault = vault

    def put(self, case_id: str, material: Material, content: bytes, key: DataKey) -> None:
        """Seal and put a file; one that is there already must open to the same bytes, else ``CorruptError``."""
        name = object_name(case_id, material.digest)
        sealed = bytes.fromhex(key.owner) + key.seal(content, name.encode())
        try:
            self._objects.create(name, sealed)
        except ObjectExistsError:
            self.content(case_id, material)

    def content(self, case_id: str, material: Material) -> bytes:
        """The file's bytes.

        Raises ``ObjectNotFoundError``, ``ErasedError``, and ``CorruptError`` for any other bytes.
        """
        name = object_name(case_id, material.digest)
        sealed = self._objects.get(name)
        if len(sealed) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        content = self._vault.data_key(sealed[:_TAG_BYTES].hex()).open(sealed[_TAG_BYTES:], name.encode())
        if sha256(content).hexdigest() != material.digest:
            raise CorruptError("a handed-in file does not have the digest that its case names")
        return content


def object_name(case_id: str, digest: str) -> str:
    """The name of the object of a case's file."""
    name = sha256(f"{case_id}/{digest}".encode()).hexdigest()
    return f"materials/{name[:2]}/{name[2:4]}/{name}"
