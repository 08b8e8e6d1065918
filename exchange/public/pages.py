"""The public pages as an ASGI application: a path in, an answer out.

Rules:
1. GET and HEAD alone, without a body and without a query: anything else is refused in a few words.
2. Every answer, also a refusal, forbids browsers to guess types and to tell others where they came from, and lets
   scripts of any origin read it: everything here is public, and no cookie or key changes what is answered.
3. A store that does not answer is 503 with a time to come back, never 404: a verifier must not take it for an answer.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from exchange.public.addresses import Freshness, Page, PageKind, find
from exchange.public.shelf import Body, CrowdedError, OversizeError, Shelf
from storage.errors import StorageError

OTHER: Final = "other"
"""The kind of whatever the table has no page for."""
_PLAIN: Final = "text/plain; charset=utf-8"
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
_RETRY_SECONDS: Final = 5
_QUIET_SECONDS: Final = 10.0
_STATUS_LIST_TIME: Final = b"time="


class PageObserver(Protocol):
    """What metrics and logs may know. Must not raise and must be quick."""

    def answered(self, kind: str, status: int) -> None:
        """A request for a page of that kind (``other``: of none) was answered with that status."""
        ...


class PublicPages:
    """Answers requests from a shelf. ``max_age`` is for how many seconds others may keep what changes."""

    def __init__(
        self, shelf: Shelf, max_age: int, observer: PageObserver, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._shelf = shelf
        self._observer = observer
        self._clock = clock
        self._last_line = float("-inf")
        self._log = structlog.get_logger("onceonly.public")
        self._keep: Final = {
            Freshness.FOR_EVER: "public, max-age=31536000, immutable",
            Freshness.A_WHILE: f"public, max-age={max_age}",
            Freshness.ASK_EACH_TIME: "no-cache",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI 3.0, HTTP connection scope."""
        page = find(scope["raw_path"])
        answer = await self._answer(scope, page)
        self._observer.answered(page.kind if page is not None else OTHER, answer.status_code)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, page: Page | None) -> Response:
        headers = Headers(scope=scope)
        # 1. What is asked: one page of the table, without anything else.
        refused = _refused(scope["method"], headers, scope["query_string"], page)
        if refused is not None or page is None:
            return refused or _not_found()
        # 2. What stands there.
        try:
            body = await self._shelf.get(page)
        except CrowdedError:
            return _refusal(503, "too many at once: come back later", {"Retry-After": str(_RETRY_SECONDS)})
        except (StorageError, OversizeError) as error:
            self._say(error)
            return _refusal(503, "it cannot be read now: come back later", {"Retry-After": str(_RETRY_SECONDS)})
        if body is None:
            return _not_found()
        # 3. Whoever has it already is told so.
        return self._found(page, body, headers.getlist("if-none-match"))

    def _found(self, page: Page, body: Body, known: list[str]) -> Response:
        told = {**_ALWAYS, "ETag": body.etag, "Cache-Control": self._keep[page.freshness]}
        if _matches(known, body.etag):
            return Response(status_code=304, headers=told)
        return Response(body.content, headers={**told, "Content-Type": page.content_type})

    def _say(self, error: Exception) -> None:
        now = self._clock()
        if now - self._last_line >= _QUIET_SECONDS:
            self._last_line = now
            self._log.warning("a public page cannot be read", error=type(error).__name__)


def _refused(method: str, headers: Headers, query: bytes, page: Page | None) -> Response | None:
    """Why a request is not looked at further, if so. A query means nothing here, and would pass by every cache."""
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        # It is not read, so nothing else can come over this connection.
        return _refusal(400, "no body is taken here", {"Connection": "close"})
    if method not in {"GET", "HEAD"}:
        return _refusal(405, "GET and HEAD only", {"Allow": "GET, HEAD"})
    if page is not None and page.kind is PageKind.STATUS_LIST and query.startswith(_STATUS_LIST_TIME):
        # Token Status List, historical resolution: the answer of whoever does not serve lists of a past time.
        return _refusal(501, "status lists of the past are not served")
    return _not_found() if query else None


def _matches(known: list[str], etag: str) -> bool:
    """RFC 9110 section 13.1.2: weak comparison with each tag of ``If-None-Match``, or ``*``."""
    tags = {tag.strip().removeprefix("W/") for value in known for tag in value.split(",")}
    return etag in tags or "*" in tags


def _not_found() -> Response:
    return _refusal(404, "there is no such page")


def _refusal(status: int, text: str, more: dict[str, str] | None = None) -> Response:
    headers = {**_ALWAYS, "Cache-Control": "no-store", "Content-Type": _PLAIN, **(more or {})}
    return Response(f"{text}\n", status_code=status, headers=headers)
