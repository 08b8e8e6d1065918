"""What a hub's signpost (``/.well-known/onceonly``) names. It is no proof: what it names is signed itself."""

from typing import Final

from exchange.trust.public_side import FetchError, PublicSide
from signer.errors import FormatError
from signer.strict_json import load_object

PATH: Final = "/.well-known/onceonly"

_MAX_BYTES: Final = 4 * 1024 * 1024
_MARK: Final = "/status/"


def published_status_lists(side: PublicSide) -> tuple[str, ...]:
    """The status lists that a hub publishes, as ``type/year/n``. Raises FetchError for a signpost that is not there or
    cannot be read."""
    body = side.get(PATH, _MAX_BYTES)
    if body is None:
        raise FetchError(f"{PATH} is not published there: name the status lists one by one")
    try:
        named = load_object(body, max_bytes=_MAX_BYTES, max_depth=4).get("status_lists")
    except FormatError as error:
        raise FetchError(f"{PATH} cannot be read: {error.message}") from error
    if not isinstance(named, list):
        raise FetchError(f"{PATH} names no status lists")
    return tuple(uri.rpartition(_MARK)[2] for uri in named if isinstance(uri, str) and _MARK in uri)
