"""The witness's HTTP service (C2SP tlog-witness): one method, bounded in bytes, time and connections.

Rules:
1. A request's body is at most 64 KiB and comes within ten seconds; a connection lives a minute, whatever it does.
2. Nobody is asked who they are: the checkpoint's own signature is what counts. What a caller may cost is bounded here.
3. What fails inside is answered 500 without saying what; the log of the witness says it.
"""

import asyncio
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from exchange.options import split_address
from exchange.witness.desk import WitnessDesk
from exchange.witness.errors import WitnessError
from exchange.witness.options import WitnessOptions
from signer.witnessing import MAX_REQUEST_BYTES

_BODY_SECONDS: Final = 10.0
_CONNECTION_SECONDS: Final = 60.0
_CONNECTIONS: Final = 128
_HEADER_BYTES: Final = 16 * 1024


class _TooLargeError(Exception):
    """The body is too large. Never leaves this page."""


class _BoundedProtocol(H11Protocol):
    """HTTP/1.1 on a connection that ends after a minute: one that sends nothing, or a byte now and then, ends too."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(_CONNECTION_SECONDS, transport.close)


def witness_app(desk: WitnessDesk) -> Starlette:
    """The application: ``POST /add-checkpoint`` and ``GET /healthz``."""
    log = structlog.get_logger("onceonly.witness")

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return PlainTextResponse("the request took too long\n", 408)
        except _TooLargeError:
            return PlainTextResponse(f"a request has at most {MAX_REQUEST_BYTES} bytes\n", 413)
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            answer = await run_in_threadpool(desk.add_checkpoint, body)
        except WitnessError as error:
            log.warning("nothing was cosigned", error=type(error).__name__)
            return PlainTextResponse("the witness cannot cosign now\n", 500)
        if answer.contradicts:
            log.warning("a signed checkpoint does not continue what was seen", origin=answer.contradicts)
        log.info("asked", status=answer.status)
        return Response(answer.body, answer.status, {"Content-Type": answer.content_type})

    async def healthy(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"]), Route("/healthz", healthy, methods=["GET"])]
    )


def serve(desk: WitnessDesk, options: WitnessOptions) -> None:
    """Serve until the process is told to stop (SIGTERM, SIGINT)."""
    host, port = split_address(options.address)
    uvicorn.Server(
        uvicorn.Config(
            witness_app(desk),
            host=host,
            port=port,
            http=_BoundedProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=_HEADER_BYTES,
            ssl_certfile=options.certificate,
            ssl_keyfile=options.key,
        )
    ).run()


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_REQUEST_BYTES:
            raise _TooLargeError
    return bytes(content)
