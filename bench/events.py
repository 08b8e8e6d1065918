"""Open streams of events: what they weigh, how soon an event reaches all of them, and what fetches beside them lose."""

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import Any

import grpc
import grpc.aio
from onceonly.v1 import event_service_pb2 as pb

from bench.hub import MARKET, SEED, Prepared, open_one
from bench.load import SMOKE, Load, run_round
from bench.results import Results
from bench.stage import Stage
from bench.usage import resident_kb
from exchange.synthetic import Synthetic

_ON_ONE_CONNECTION = 100


class Audience:
    """Many streams of one department, held by one loop in a thread of its own; notes when each event arrives."""

    def __init__(self, hub: Prepared, streams: int) -> None:
        self.streams = streams
        self.begun = 0
        self.lost = 0
        self.arrived: dict[str, list[float]] = {}
        self._hub = hub
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: list[Future[None]] = []

    def open(self) -> None:
        """Open every stream and wait for each one's first message."""
        self._thread.start()
        identity = self._hub.city.profile(MARKET).identity
        with self._hub.city.client(MARKET) as client:
            metadata = (("authorization", f"Bearer {client.token()}"),)
        address = self._hub.city.config.events.address
        assert address is not None

        async def connect() -> list[Any]:
            credentials = grpc.ssl_channel_credentials(identity.authority, identity.key, identity.certificate)
            own = [("grpc.use_local_subchannel_pool", 1)]
            count = -(-self.streams // _ON_ONE_CONNECTION)
            return [grpc.aio.secure_channel(address, credentials, own) for _ in range(count)]

        channels = asyncio.run_coroutine_threadsafe(connect(), self._loop).result(30)
        for number in range(self.streams):
            listening = self._listen(channels[number // _ON_ONE_CONNECTION], metadata)
            self._tasks.append(asyncio.run_coroutine_threadsafe(listening, self._loop))
        end = time.monotonic() + 120
        while self.begun + self.lost < self.streams and time.monotonic() < end:
            time.sleep(0.05)

    def close(self) -> None:
        """End every stream."""
        for task in self._tasks:
            task.cancel()
        time.sleep(1.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _listen(self, channel: Any, metadata: Any) -> None:
        method = channel.unary_stream(
            "/onceonly.v1.EventService/WatchEvents",
            request_serializer=pb.WatchEventsRequest.SerializeToString,
            response_deserializer=pb.WatchEventsResponse.FromString,
        )
        try:
            await self._read(method, metadata)
        except grpc.aio.AioRpcError:
            self.lost += 1

    async def _read(self, method: Any, metadata: Any) -> None:
        first = True
        async for message in method(pb.WatchEventsRequest(from_now=True), metadata=metadata):
            if first:
                self.begun += 1
                first = False
            elif message.HasField("event"):
                self.arrived.setdefault(message.event.subject, []).append(time.monotonic())


def measure(results: Results, stage: Stage) -> None:
    """Memory with all streams open, the time from a case's answer to each stream, and fetches without and beside."""
    streams, cases, load = (50, 3, SMOKE) if results.smoke else (1_000, 20, Load(8.0))
    hub = stage.hub()
    events = hub.city.pids()["events"]
    before = resident_kb((events,))
    alone = run_round(hub.target, hub.fetch(), load).per_second
    audience = Audience(hub, streams)
    audience.open()
    try:
        results.figure("events_streams_open", audience.begun, "", f"streams open of {streams:,}")
        beside = run_round(hub.target, hub.fetch(), load).per_second
        again = run_round(hub.target, hub.fetch(), load).per_second
        late = _delays(hub, audience, cases)
        held = resident_kb((events,)) / 1024
    finally:
        audience.close()
    results.figure("events_before_mb", before / 1024, "MB", "resident of the events process without streams")
    results.figure("events_resident_mb", held, "MB", f"the same with {audience.begun:,} open streams (at most 250)")
    at = late[min(len(late) - 1, len(late) * 99 // 100)] if late else float("nan")
    results.figure("events_p99_ms", at * 1000, "ms", "from a case's answer to each stream, p99 (at most 1,000)")
    results.figure("events_told", len(late) / (cases * max(1, audience.begun)), "", "part of all tellings that arrived")
    results.ratio("events_fetch_ratio", (beside + again) / 2 / alone, ">= 0.9 of the rate without streams")


def _delays(hub: Prepared, audience: Audience, cases: int) -> list[float]:
    """Seconds from the answer of opening a case to each stream's message, sorted."""
    synthetic = Synthetic(SEED)
    found: list[float] = []
    with hub.city.client(MARKET, "clerk-1") as desk:
        for number in range(cases):
            name = open_one(hub.city, desk, synthetic, synthetic.organisation(50_000 + number))
            answered = time.monotonic()
            while len(audience.arrived.get(name, ())) < audience.begun and time.monotonic() < answered + 5:
                time.sleep(0.02)
            found += [each - answered for each in audience.arrived.get(name, ())]
    return sorted(found)
