"""Page tokens: opaque, and good only for the caller and query that they were made for (AIP-158).

A token is base64url of HMAC-SHA-256 (16 bytes) and the key to read on after. The HMAC covers the caller, the query and
the key, so that a token of another caller or query, or a made-up one, is refused.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from exchange.errors import InvalidError, Violation
from signer.base64url import decode, encode
from signer.errors import FormatError

_TAG: Final = 16
_MAX_KEY: Final = 400
_DEFAULT_SIZE: Final = 50


class PagedRequest(Protocol):
    """A request for one page of a list."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class AskedPage:
    """Which page of a list is asked for: at most ``limit`` items after the key ``after`` (empty: the first ones).

    ``token`` makes of the key to read on after (empty: there is no more) what the caller asks for the next page with.
    """

    after: str
    limit: int
    token: Callable[[str], str]


class PageTokens:
    """Seals and opens page tokens; ``secret`` is the same in every process of the hub."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def asked(self, caller: str, query: bytes, request: PagedRequest) -> AskedPage:
        """The page that a caller asks a query for. Raises ``InvalidError`` for a token that is not this query's."""

        def token(key: str) -> str:
            return self.seal(caller, query, key)

        after = self.open(caller, query, request.page_token)
        return AskedPage(after, request.page_size or _DEFAULT_SIZE, token)

    def seal(self, caller: str, query: bytes, key: str) -> str:
        """The token to read on after ``key``; empty when ``key`` is empty (no more pages)."""
        if not key:
            return ""
        raw = key.encode()
        return encode(self._tag(caller, query, raw) + raw)

    def open(self, caller: str, query: bytes, token: str) -> str:
        """The key in a token; empty for an empty one. Raises ``InvalidError`` for a token that is not this query's."""
        if not token:
            return ""
        try:
            raw = decode(token)
        except FormatError as error:
            raise _invalid() from error
        tag, key = raw[:_TAG], raw[_TAG:]
        if not key or len(key) > _MAX_KEY or not hmac.compare_digest(tag, self._tag(caller, query, key)):
            raise _invalid()
        return key.decode()

    def _tag(self, caller: str, query: bytes, key: bytes) -> bytes:
        bound = hashlib.sha256(caller.encode()).digest() + hashlib.sha256(query).digest() + key
        return hmac.digest(self._secret, bound, "sha256")[:_TAG]


def _invalid() -> InvalidError:
    return InvalidError(
        (Violation("page_token", "is not a token of this query and caller", "分页标记不属于本次查询或调用方"),)
    )
