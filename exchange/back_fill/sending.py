"""Sends the rows of a file and hands back one result for each, in order.

Rules:
1. At most ``WINDOW`` batches are under way; memory holds no more than these.
2. A stream that breaks is opened again and continues with the first batch that has no answer, with the same request
   id: what the hub did with it, it answers again.
3. Every message of a stream is judged by the token that the stream began with, so a stream ends before its token does.
"""

import queue
import random
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import grpc
from onceonly.v1 import issuance_service_pb2 as pb

from exchange.client import CallError, HubClient, new_request_id

BATCH: Final = 100
WINDOW: Final = 4
_ATTEMPTS: Final = 8
_AGAIN: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})
_LONGEST_PAUSE: Final = 5.0
_STREAM_SECONDS: Final = 40.0
"""For so long a stream takes up new batches; its token is good for at least a minute when it begins."""
_MAX_BYTES: Final = 512 * 1024


def send_rows(
    hub: HubClient, opening: pb.ImportLicencesRequest, rows: Iterable[pb.ImportRow]
) -> Iterator[tuple[pb.ImportLicencesRequest, pb.ImportLicencesResponse]]:
    """Each batch with its answer; ``opening`` has what every batch has. Raises ``CallError``."""
    batches = _batches(opening, rows)
    waiting: deque[pb.ImportLicencesRequest] = deque()
    failures = 0
    while True:
        answers = 0
        try:
            for answered in _streamed(hub, batches, waiting):
                answers, failures = answers + 1, 0
                yield answered
        except CallError as error:
            failures += 1
            outlived = error.code is grpc.StatusCode.UNAUTHENTICATED and answers > 0  # its token, by a slow answer
            if not (outlived or error.code in _AGAIN) or failures == _ATTEMPTS:
                raise
            time.sleep(min(_LONGEST_PAUSE, 0.2 * 2**failures) * random.uniform(0.5, 1.0))  # noqa: S311 spreads retries, no secret
        else:
            if not answers:
                return


def _streamed(
    hub: HubClient, batches: Iterator[pb.ImportLicencesRequest], waiting: deque[pb.ImportLicencesRequest]
) -> Iterator[tuple[pb.ImportLicencesRequest, pb.ImportLicencesResponse]]:
    """One stream: first what waits for an answer, then new batches, one for each answer; nothing once all are done."""
    outgoing: queue.SimpleQueue[pb.ImportLicencesRequest | None] = queue.SimpleQueue()
    for _ in range(WINDOW - len(waiting)):
        waiting.extend(islice(batches, 1))
    for batch in waiting:
        outgoing.put(batch)
    if not waiting:
        return
    ends = time.monotonic() + _STREAM_SECONDS
    try:
        for answer in hub.stream(hub.issuance.ImportLicences, iter(outgoing.get, None)):
            batch = waiting.popleft()
            for more in islice(batches, 1 if time.monotonic() < ends else 0):
                waiting.append(more)
                outgoing.put(more)
            yield batch, answer
            if not waiting:
                return
    finally:
        outgoing.put(None)


def _batches(opening: pb.ImportLicencesRequest, rows: Iterable[pb.ImportRow]) -> Iterator[pb.ImportLicencesRequest]:
    batch, size = _begun(opening), 0
    for row in rows:
        length = row.ByteSize()
        if batch.rows and (len(batch.rows) == BATCH or size + length > _MAX_BYTES):
            yield batch
            batch, size = _begun(opening), 0
        batch.rows.append(row)
        size += length
    if batch.rows:
        yield batch


def _begun(opening: pb.ImportLicencesRequest) -> pb.ImportLicencesRequest:
    batch = pb.ImportLicencesRequest()
    batch.CopyFrom(opening)
    batch.request_id = new_request_id()
    return batch
