"""The load generator's process: so many calls in flight for so many seconds, as bytes, from a job file.

    python -m bench.generator JOB      warms up, writes "ready", waits for a line, runs, writes what it saw as JSON

Rules:
1. No message is built in the loop: requests were serialised before, and only the text of a fresh id is put into them.
2. With a pace, each caller begins a call so often and not sooner; without, as soon as it has its answer.
3. Every connection is one of its own, so that the kernel spreads them over the workers.
"""

import asyncio
import itertools
import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import msgpack

PLACEHOLDER = b"00000000-0000-4000-8000-000000000000"
"""What stands in a request where each call gets a fresh id."""


@dataclass(slots=True)
class Seen:
    """What one run saw: seconds of each call that was answered, and the statuses of those that were refused."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Generator:
    """Keeps ``in_flight`` calls of one job under way."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._prefix = f"{uuid.uuid4()}"[:24]
        self._numbers = itertools.count()
        self._requests = [body.split(PLACEHOLDER) for body in job["requests"]]
        self._channels = [self._channel() for _ in range(job["connections"])]

    async def run(self, seconds: float, calls: int) -> tuple[Seen, float]:
        """Call for so many seconds, or (unless 0) so many times; returns what was seen and how long it took."""
        seen = Seen()
        started = time.perf_counter()
        tickets: Iterator[int] = iter(range(calls)) if calls else itertools.count()
        until = float("inf") if calls else started + seconds
        await asyncio.gather(
            *(self._keep_calling(number, seen, tickets, until) for number in range(self._job["in_flight"]))
        )
        return seen, time.perf_counter() - started

    async def close(self) -> None:
        """Close every connection."""
        for channel in self._channels:
            await channel.close(None)

    async def _keep_calling(self, number: int, seen: Seen, tickets: Iterator[int], until: float) -> None:
        method = self._channels[number % len(self._channels)].unary_unary(self._job["method"], None, None)
        requests, metadata, prefix = self._requests, self._job["metadata"], self._prefix
        clock = time.perf_counter
        pace, due = self._job["pace_seconds"], clock()
        if pace:
            due += pace * number / self._job["in_flight"]
        while True:
            if (pause := due - clock()) > 0:
                await asyncio.sleep(pause)
            if (started := clock()) >= until or next(tickets, None) is None:
                return
            due += pace
            count = next(self._numbers)
            parts = requests[count % len(requests)]
            body = parts[0] if len(parts) == 1 else f"{prefix}{count:012x}".encode().join(parts)
            try:
                await method(body, metadata=metadata[count % len(metadata)], timeout=30)
            except grpc.aio.AioRpcError as error:
                seen.errors[f"{error.code().name}: {error.details()}"[:200]] += 1
            else:
                seen.seconds.append(clock() - started)

    def _channel(self) -> grpc.aio.Channel:
        job = self._job
        credentials = grpc.ssl_channel_credentials(job["authority"], job["key"], job["certificate"])
        return grpc.aio.secure_channel(job["address"], credentials, [("grpc.use_local_subchannel_pool", 1)])


async def work(job: dict[str, Any]) -> None:
    """Warm up, wait for the word, run, report."""
    generator = Generator(job)
    await generator.run(job["warm_seconds"], 0)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    seen, took = await generator.run(job["seconds"], job["calls"])
    print(json.dumps({"seconds": seen.seconds, "errors": seen.errors, "took": took}), flush=True)
    await generator.close()


if __name__ == "__main__":
    asyncio.run(work(msgpack.unpackb(Path(sys.argv[1]).read_bytes())))
