"""The signed credential of a licence: what it says, under whose seal.

Rules:
1. Always visible: who issued it under which type revision, when it was signed and its period, its status place, its
   identifier and the hub. Every field and every attribute of the holders is disclosable one by one.
2. ``iat`` is the signing time: the seal's chain is validated at that time, then and ever after.
"""

import re
from functools import lru_cache
from hashlib import sha256

from exchange.entities.catalogue import EntityKind
from exchange.entities.licence import Licence
from exchange.errors import UnavailableError
from exchange.licences.codec import plain
from exchange.licences.fields import holder_values
from exchange.licences.seals import SealRing
from exchange.licences.status_index import StatusPlace
from exchange.reasons import Reason
from signer import credential
from signer.errors import KeyBackendError, KeyNotFoundError

_URIS_KEPT = 4_096
_TYPE_URI = re.compile(rf"/{EntityKind.LICENCE_TYPE}/([0-9A-Z]{{21}})/revisions/([1-9][0-9]{{0,5}})")


def signed_digest(credential: str) -> str:
    """Hex SHA-256 of the bytes that the seal signed (RFC 7515, section 5.1): the same in every extract."""
    signed, _, _ = credential.partition("~")[0].rpartition(".")
    return sha256(signed.encode("ascii", "replace")).hexdigest()


def sign_licence(seals: SealRing, hub: str, licence: Licence, place: StatusPlace, now: int) -> str:
    """The SD-JWT of a licence with every disclosure, signed at ``now`` with its authority's seal.

    Raises ``UnavailableError`` if the seal cannot be used, ``SdJwtError`` if the licence is too large for a credential.
    """
    seal = seals.seal(licence.issuing_authority)
    visible = credential.Licence(
        issuer=licence.issuing_authority,
        licence_type=type_uri(hub, licence.type_code, licence.type_revision),
        identifier=licence.identifier,
        hub=hub,
        issue_time=now,
        start_time=licence.valid_from_time,
        expire_time=licence.valid_until_time or None,
        status_uri=f"{hub}/status/{place.list_name}",
        status_index=place.index,
    )
    fields = {name: plain(value) for name, value in licence.fields.items()}
    holder = {name: plain(value) for name, value in holder_values(licence.holders).items()}
    try:
        return credential.build(visible, fields, holder, seal.header, seal.signer.sign).token
    except (KeyNotFoundError, KeyBackendError) as error:
        raise UnavailableError(Reason.SIGNER_UNAVAILABLE) from error


def type_uri(hub: str, type_code: str, revision: int) -> str:
    """The ``vct`` of a licence type's revision."""
    return f"{hub}/{EntityKind.LICENCE_TYPE}/{type_code}/revisions/{revision}"


@lru_cache(_URIS_KEPT)
def type_of_uri(hub: str, uri: str) -> tuple[str, int] | None:
    """The type code and revision that a ``vct`` of this hub names; None for any other text."""
    match = _TYPE_URI.fullmatch(uri.removeprefix(hub))
    return (match[1], int(match[2])) if match is not None and uri.startswith(hub) else None
