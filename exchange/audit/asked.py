"""The digest of what was asked, as entries hold it: who has the key of the entry's year can compare a request with it.

Rule: since version 2 it is a MAC, so that whoever reads an entry cannot test guesses of the request (ADR 0022).
"""

from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from onceonly.v1 import access_record_pb2 as pb

from exchange.audit.entry import hub_owner
from storage.vault import DataKey

_USE: Final = b"onceonly-audit-request"
_PLAIN_VERSION: Final = 1


def request_mac(key: DataKey, request_sha256: bytes) -> bytes:
    """The digest of a request, 32 bytes, by the data key of ``hub_owner`` in the entry's year.

    Without that key nobody can test what the request was; once it is destroyed, nobody ever can.
    """
    return key.mac(request_sha256, _USE)


def is_request(entry: pb.AccessEntry, request: bytes, data_key: Callable[[str], DataKey]) -> bool:
    """Whether these bytes are the request that the entry records, of whichever version the entry is.

    ``data_key`` gives an owner's key. Raises what it raises: ``ErasedError`` where the key of the year was destroyed.
    An entry without a digest records no request.
    """
    digest = sha256(request).digest()
    if entry.version != _PLAIN_VERSION:
        digest = request_mac(data_key(hub_owner(entry.key_epoch)), digest)
    return compare_digest(digest, entry.request_digest)
