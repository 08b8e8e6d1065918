"""The server of EventService: asynchronous, since a stream must not hold a thread, on one loop in a thread of its own.

Rules:
1. Calls go through the same pipeline as a worker's, in a bounded pool of threads.
2. A stream is counted before it is recorded, and recorded before its first message leaves.
3. What ends a stream is told with a reason; its longest life ends it as if it were finished, and its client resumes.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing
from typing import Any, Final, NoReturn

import grpc
import grpc.aio
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import _async, health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from onceonly.v1 import event_service_pb2 as pb

from exchange.call import Call
from exchange.edge.errors import hub_error, internal, primary_reason, status_of
from exchange.edge.methods import EVENT_METHODS
from exchange.edge.pipeline import COMMITMENT_TRAILER, INDEX_TRAILER, Failed, Method, Pipeline
from exchange.edge.recording import Recorded
from exchange.edge.server import TlsFiles, snake_case
from exchange.events.cursor import Cursors
from exchange.events.messages import event_filter
from exchange.events.servicer import EventServicer
from exchange.events.streams import Bell, EventStreams, Opened
from exchange.events.subscription import subscriber_name
from exchange.events.tail import EventTail
from exchange.reasons import Reason

_SERVICE: Final = "onceonly.v1.EventService"
_GRACE_SECONDS: Final = 1.0
_START_SECONDS: Final = 30.0

Context = grpc.aio.ServicerContext[Any, Any]


class EventServer:
    """``start`` it, ``stop`` it. ``streams`` is given the bell once the loop runs."""

    def __init__(
        self,
        address: str,
        tls: TlsFiles,
        options: list[tuple[str, int]],
        most_calls: int,
        pipeline: Pipeline,
        servicer: EventServicer,
        cursors: Cursors,
        streams: Callable[[ThreadPoolExecutor, Callable[[], Bell]], tuple[EventStreams, EventTail]],
        pool: ThreadPoolExecutor,
        before: Callable[[], None],
        closing: Callable[[], None],
    ) -> None:
        self._address = address
        self._tls = tls
        self._options = options
        self._most_calls = most_calls
        self._pipeline = pipeline
        self._servicer = servicer
        self._cursors = cursors
        self._pool = pool
        self._before = before
        self._closing = closing
        self._loop = asyncio.new_event_loop()
        self._bell = Bell(self._loop)
        self._streams, self._tail = streams(pool, lambda: self._bell)
        self._server: grpc.aio.Server | None = None
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Serve. Raises ``OSError`` when the address cannot be had."""
        self._before()
        self._tail.start()
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(_START_SECONDS)

    def stop(self) -> None:
        """End every stream and close what was opened."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_START_SECONDS)
        self._tail.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._pool.shutdown()
        self._closing()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self) -> None:
        server = grpc.aio.server(options=self._options, maximum_concurrent_rpcs=self._most_calls)
        handlers: dict[str, Any] = {
            "WatchEvents": grpc.unary_stream_rpc_method_handler(self._watch),
        }
        for rpc in pb.DESCRIPTOR.services_by_name["EventService"].methods:
            if rpc.name not in handlers:
                use_case = getattr(self._servicer, snake_case(rpc.name))
                handlers[rpc.name] = self._unary(rpc.name, GetMessageClass(rpc.input_type), use_case)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
        healthy = _async.HealthServicer()
        await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
        credentials = grpc.ssl_server_credentials(
            [(self._tls.key, self._tls.chain)], self._tls.client_authorities, require_client_auth=True
        )
        try:
            port = server.add_secure_port(self._address, credentials)
        except RuntimeError:
            port = 0
        if port == 0:
            raise OSError(f"cannot listen on {self._address}: is the port taken, or the certificate unreadable?")
        await server.start()
        self._server = server

    async def _close(self) -> None:
        if self._server is not None:
            await self._server.stop(_GRACE_SECONDS)

    def _unary(self, name: str, request: type[Message], use_case: Callable[[Call, Any], Message]) -> Any:
        method: Method[Message] = Method(f"{_SERVICE}/{name}", EVENT_METHODS[f"{_SERVICE}/{name}"], request, use_case)

        async def behaviour(raw: bytes, context: Context) -> bytes:
            answer = await self._blocking(lambda: self._pipeline.answer(method, raw, context))
            if isinstance(answer, Failed):
                await _abort(answer, context)
            position = answer.position
            context.set_trailing_metadata(
                ((INDEX_TRAILER, str(position.index)), (COMMITMENT_TRAILER, position.commitment))
            )
            body: bytes = answer.body
            return body

        return grpc.unary_unary_rpc_method_handler(behaviour)

    async def _watch(self, raw: bytes, context: Context) -> AsyncIterator[bytes]:
        failed: Failed | None = None
        with ExitStack() as held:
            place = self._pipeline.place(f"{_SERVICE}/WatchEvents", context)
            failed = await self._blocking(lambda: held.enter_context(place))
            if failed is None:
                answer, opened = await self._blocking(lambda: self._opened(raw, context))
                if isinstance(answer, Failed):
                    failed = answer
                else:
                    yield answer.body
                    async with aclosing(self._streams.messages(opened[0])) as messages:
                        try:
                            async for message in messages:
                                yield message
                        except Exception as error:  # noqa: BLE001 outermost frame: the caller gets a status
                            failed = _failed(error)
        if failed is not None:
            await _abort(failed, context)

    def _opened(self, raw: bytes, context: Context) -> tuple[Recorded | Failed, list[Opened]]:
        """The recorded opening: its first message, and the stream that it opens."""
        name = f"{_SERVICE}/WatchEvents"
        found: list[Opened] = []

        def planned(call: Call, request: pb.WatchEventsRequest) -> Message:
            first = self._servicer.watch_events(call, request)
            subscriber = subscriber_name(call.caller, request.subscription)
            begins = self._cursors.open(subscriber, first.cursor)
            found[:] = [Opened(call.caller, subscriber, event_filter(request.filter), begins)]
            return first

        method = Method(name, EVENT_METHODS[name], pb.WatchEventsRequest, planned)
        return self._pipeline.answer(method, raw, context), found

    async def _blocking(self, work: Callable[[], Any]) -> Any:
        return await self._loop.run_in_executor(self._pool, work)


def _failed(error: Exception) -> Failed:
    known = hub_error(error)
    if known is None:
        return Failed(internal(""), Reason.INTERNAL)
    return Failed(status_of(known, ""), primary_reason(known.reasons))


async def _abort(failed: Failed, context: Context) -> NoReturn:
    status = rpc_status.to_status(failed.status)
    await context.abort(status.code, status.details, status.trailing_metadata)
    raise AssertionError("abort returned")
