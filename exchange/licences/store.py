"""Where licences are kept: their records, who holds them, their numbers, and their signed credentials.

Rules:
1. ``licence``/identifier: the owner's tag (16 bytes), then the licence sealed under the first holder's data key.
   Indexed under ``issued``: issuer/type, so that an authority can list its own.
2. ``holding``/type/holder tag: one small record with every licence of that type and holder and its state, replaced by
   every issue and transition. One read of it and one expectation at commit tell a fetch which licence there is and
   that it is in force this very moment.
3. ``licence_number``/tag of (type, issuer, number): inserted once, so a number is never given twice.
4. ``second-signatures/ab/cd/<sha-256>``: the second signature of the credential with that digest, where there is one,
   sealed in the same way and put before the credential.
5. ``credentials/ab/cd/<sha-256>``: the signed credential, sealed under the same data key, named by the digest of its
   plain bytes. It is put before the unit that makes it visible; a crash leaves at most an object nobody names.
6. ``packs/ab/<sha-256>``: the sealed credentials of one batch of an import, one after the other, named by the digest
   of the object. ``packed``/digest of a credential says which pack, from where and how long. A credential is looked
   for as an object first: those issued one by one are what is fetched most.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate

from exchange.cache import RecordCache
from exchange.entities.licence import Holder, Licence, LicenceState
from exchange.licences.codec import (
    HeldLicence,
    Holding,
    decode_holding,
    decode_licence,
    encode_holding,
    encode_licence,
)
from exchange.licences.status_index import StatusPlaces
from storage.blind import BlindIndex
from storage.errors import CorruptError, ErasedError, ObjectNotFoundError, StorageError, StorageUnavailableError
from storage.objects.interface import Objects
from storage.records.changes import Change, Insert, Replace
from storage.records.interface import Record, Records
from storage.vault import DataKey, Vault

LICENCE = "licence"
HOLDING = "holding"
NUMBER = "licence_number"
PACKED = "packed"
ISSUED = "issued"
MAX_HELD = 2_000
"""Licences in force of one type that one holder may have: their record stays well below 1 MiB."""
MAX_ENDED = 20
"""Ended licences that a holding keeps: enough to tell that there was one; the whole history is in the licences."""

_TAG_BYTES = 16
_IN_FORCE = frozenset({LicenceState.ACTIVE, LicenceState.SUSPENDED})
_EMPTY = Holding(())


class LicenceStore:
    """Reads and writes of licences; ``cache_size`` bounds each of the caches of decoded records."""

    def __init__(
        self, records: Records, objects: Objects, vault: Vault, blind: BlindIndex, cache_size: int = 50_000
    ) -> None:
        self._records = records
        self._objects = objects
        self._vault = vault
        self._blind = blind
        self.licences: RecordCache[Licence] = RecordCache(records, LICENCE, self._open_licence, cache_size)
        self.holdings: RecordCache[Holding] = RecordCache(
            records, HOLDING, lambda record: decode_holding(record.body), cache_size
        )
        self.places = StatusPlaces(records)
        self.numbers: RecordCache[str] = RecordCache(records, NUMBER, lambda record: record.body.decode(), cache_size)

    def owner(self, holder: Holder) -> str:
        """The holder's tag in hex: owner of the data key, and part of the holding's key."""
        return self._blind.tag("holder", f"{holder.id_type}:{holder.id_number}").hex()

    def holding_key(self, type_code: str, holder: Holder) -> str:
        """The key of the holder's holding of a type."""
        return f"{type_code}/{self.owner(holder)}"

    def number_key(self, type_code: str, issuer: str, number: str) -> str:
        """The key under which a licence number is taken."""
        return self._blind.tag("licence number", f"{type_code}/{issuer}/{number}").hex()

    def listed(self, issuer: str, type_code: str, *, after: str, limit: int) -> tuple[list[tuple[Licence, int]], str]:
        """An authority's licences of a type with their record versions, by identifier, and the key to read on after.

        Licences of holders whose data were erased are left out.
        """
        rows = self._records.find(LICENCE, ISSUED, _issued(issuer, type_code), after=after, limit=limit + 1)
        found = []
        for row in rows[:limit]:
            try:
                found.append((self._open_licence(row), row.version))
            except ErasedError:
                continue
        return found, rows[limit - 1].key if len(rows) > limit else ""

    def ever_issued(self) -> bool:
        """Whether any licence was ever issued here: none is taken away again."""
        return bool(self._records.scan(LICENCE, limit=1))

    def put_credential(self, credential: str, owner: str, key: DataKey) -> tuple[str, str]:
        """Seal and put a credential; returns (hex digest of its plain bytes, object name)."""
        body = credential.encode("ascii")
        digest = sha256(body).hexdigest()
        name = object_name(digest)
        self._objects.create(name, bytes.fromhex(owner) + key.seal(body, _credential_context(digest)))
        return digest, name

    def seal_credential(self, credential: str, key: DataKey) -> tuple[str, bytes]:
        """(hex digest of a credential's plain bytes, its sealed bytes) for ``put_pack``."""
        body = credential.encode("ascii")
        digest = sha256(body).hexdigest()
        return digest, bytes.fromhex(key.owner) + key.seal(body, _credential_context(digest))

    def put_pack(self, sealed: Sequence[tuple[str, bytes]]) -> tuple[str, tuple[Insert, ...]]:
        """Put the credentials of one batch as one object; its name, and the changes by which each is found in it."""
        pack = b"".join(body for _, body in sealed)
        named = sha256(pack).hexdigest()
        name = f"packs/{named[:2]}/{named}"
        self._objects.create(name, pack)
        starts = accumulate((len(body) for _, body in sealed), initial=0)
        places = (
            Insert(PACKED, digest, f"{name} {start} {len(body)}".encode())
            for (digest, body), start in zip(sealed, starts, strict=False)
        )
        return name, tuple(places)

    def put_second(self, second: str, digest: str, key: DataKey) -> None:
        """Seal and put the second signature of the credential with that digest."""
        sealed = bytes.fromhex(key.owner) + key.seal(second.encode("ascii"), _second_context(digest))
        self._objects.create(second_name(digest), sealed)

    def discard(self, licences: Sequence[Licence]) -> None:
        """Remove what was put for licences whose unit was refused; nothing of those that are stored nevertheless."""
        stored = self._records.get_many(LICENCE, [licence.identifier for licence in licences])
        if stored:
            return
        names = {licence.object_name for licence in licences} | {second_name(each.digest) for each in licences}
        for name in sorted(names):
            if self._objects.exists(name):
                self._objects.delete(name)

    def second(self, digest: str) -> str | None:
        """The second signature of the credential with that digest; None if there is none.

        Raises ``CorruptError`` if it does not open, ``ErasedError`` if its holder's data key was destroyed.
        """
        try:
            sealed = self._objects.get(second_name(digest))
        except ObjectNotFoundError:
            return None
        return self._key_of(sealed).open(sealed[_TAG_BYTES:], _second_context(digest)).decode("ascii")

    def credential(self, digest: str) -> tuple[str, str]:
        """The credential of that digest, and the owner of the data key that opened it.

        Raises ``CorruptError`` if the object is missing from its name's bytes, does not open or has another digest;
        ``ObjectNotFoundError`` if there is none; ``ErasedError`` if its holder's data key was destroyed.
        """
        sealed = self._sealed_credential(digest)
        key = self._key_of(sealed)
        body = key.open(sealed[_TAG_BYTES:], _credential_context(digest))
        if sha256(body).hexdigest() != digest:
            raise CorruptError("a credential does not have the digest that names it")
        return body.decode("ascii"), key.owner

    def _sealed_credential(self, digest: str) -> bytes:
        try:
            return self._objects.get(object_name(digest))
        except ObjectNotFoundError:
            place = self._records.get(PACKED, digest)
            if place is None:
                raise
        name, start, length = place.body.decode().split(" ")
        return self._objects.get(name)[int(start) : int(start) + int(length)]

    def inserted(self, licence: Licence, key: DataKey) -> Insert:
        """The change that stores a new licence under its first holder's key."""
        return Insert(LICENCE, licence.identifier, self._seal(licence, key), _indexes(licence))

    def replaced(self, licence: Licence, version: int) -> Replace:
        """The change that stores a changed licence over record version ``version``."""
        key = self._vault.data_key(self.owner(licence.holders[0]))
        return Replace(LICENCE, licence.identifier, version, self._seal(licence, key), _indexes(licence))

    def numbered(self, licence: Licence) -> Insert:
        """The change that takes the licence's number."""
        key = self.number_key(licence.type_code, licence.issuing_authority, licence.number)
        return Insert(NUMBER, key, licence.identifier.encode())

    def held(self, key: str, version: int, holding: Holding) -> Change:
        """The change that puts a holding in place of record version ``version`` (0: there was none)."""
        body = encode_holding(holding)
        return Replace(HOLDING, key, version, body) if version else Insert(HOLDING, key, body)

    def _seal(self, licence: Licence, key: DataKey) -> bytes:
        return bytes.fromhex(key.owner) + key.seal(encode_licence(licence), _licence_context(licence.identifier))

    def opened(self, record: Record) -> Licence:
        """The licence in a record of kind ``licence`` that was read past the cache; raises ``ErasedError``."""
        return self._open_licence(record)

    def _open_licence(self, record: Record) -> Licence:
        key = self._key_of(record.body)
        return decode_licence(key.open(record.body[_TAG_BYTES:], _licence_context(record.key)))

    def _key_of(self, sealed: bytes) -> DataKey:
        if len(sealed) <= _TAG_BYTES:
            raise CorruptError("sealed bytes are cut short")
        try:
            return self._vault.data_key(sealed[:_TAG_BYTES].hex())
        except (ErasedError, StorageUnavailableError):
            raise
        except StorageError as error:
            raise CorruptError("sealed bytes name an owner who has no data key") from error


def with_licence(holding: Holding | None, licence: Licence) -> Holding:
    """The holding after this licence was added or changed; at most ``MAX_ENDED`` that ended are kept."""
    entry = HeldLicence(
        licence.identifier,
        licence.version,
        licence.state,
        licence.valid_from_time,
        licence.valid_until_time,
        licence.issuing_authority,
        licence.digest,
    )
    others = [held for held in (holding or _EMPTY).licences if held.identifier != licence.identifier]
    held = sorted([entry, *others], key=lambda one: (one.valid_from_time, one.identifier), reverse=True)
    in_force = [one for one in held if one.state in _IN_FORCE]
    ended = [one for one in held if one.state not in _IN_FORCE]
    return Holding((*in_force, *ended[:MAX_ENDED]))


def in_force(holding: Holding | None) -> int:
    """How many licences of the holding have not ended."""
    return sum(held.state in _IN_FORCE for held in (holding or _EMPTY).licences)


def object_name(digest: str) -> str:
    """The name of a credential's object."""
    return f"credentials/{digest[:2]}/{digest[2:4]}/{digest}"


def second_name(digest: str) -> str:
    """The name of the object that holds the second signature of a credential."""
    return f"second-signatures/{digest[:2]}/{digest[2:4]}/{digest}"


def _indexes(licence: Licence) -> tuple[tuple[str, bytes], ...]:
    return ((ISSUED, _issued(licence.issuing_authority, licence.type_code)),)


def _issued(issuer: str, type_code: str) -> bytes:
    return f"{issuer}/{type_code}".encode()


def _licence_context(identifier: str) -> bytes:
    return f"{LICENCE}/{identifier}".encode()


def _credential_context(digest: str) -> bytes:
    return f"credential/{digest}".encode()


def _second_context(digest: str) -> bytes:
    return f"second signature/{digest}".encode()
