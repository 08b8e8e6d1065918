"""Calls that go on while a story kills servers: what callers saw, and how long nobody was answered."""

import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self

import grpc
from onceonly.v1 import case_service_pb2

from exchange.client import HubClient
from exchange.edge.pipeline import COMMITMENT_TRAILER, INDEX_TRAILER

_PAUSE_SECONDS: Final = 0.02
_CALL_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Of a stretch of time: calls ``answered``, calls told UNAVAILABLE (to be tried again), calls that went wrong, and
    the longest time in seconds between two answers."""

    answered: int
    unavailable: int
    wrong: int
    longest_gap: float


class Traffic:
    """One clerk who asks again and again what a case of theirs needs; a context manager.

    Each call is decided, counted in the fast store and recorded. None is tried again, so that what one call sees is
    what is counted.
    """

    def __init__(self, hub: HubClient, case: str) -> None:
        self._hub = hub
        self._request = case_service_pb2.CheckEvidenceRequest(case=case)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._answers: list[float] = []
        self._unavailable: list[float] = []
        self._wrong: list[float] = []
        self.positions: list[tuple[int, bytes]] = []
        """(Log index, commitment) that each answer came with."""
        self._thread = threading.Thread(target=self._go_on, name="traffic", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for_answers(self, since: float, count: int = 20, seconds: float = 60.0) -> bool:
        """Wait until ``count`` calls were answered after the moment ``since``; False if it took too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self._lock:
                if sum(at > since for at in self._answers[-2 * count :]) >= count:
                    return True
            time.sleep(_PAUSE_SECONDS)
        return False

    def seen(self, since: float, until: float) -> Seen:
        """What was seen between two moments of the monotonic clock."""
        with self._lock:
            answers = [at for at in self._answers if since <= at <= until]
            unavailable = sum(since <= at <= until for at in self._unavailable)
            wrong = sum(since <= at <= until for at in self._wrong)
        moments = [since, *answers, until]
        gap = max(later - earlier for earlier, later in pairwise(moments))
        return Seen(len(answers), unavailable, wrong, gap)

    def _go_on(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            try:
                _, call = self._hub.cases.CheckEvidence.with_call(
                    self._request,
                    timeout=_CALL_SECONDS,
                    metadata=(("authorization", f"Bearer {self._hub.token()}"),),
                )
                trailers: dict[str, Any] = dict(call.trailing_metadata())
                self.positions.append((int(trailers[INDEX_TRAILER]), trailers[COMMITMENT_TRAILER]))
                self._note(self._answers)
            except grpc.RpcError as failed:
                error: Any = failed  # an error that a call raises is that call, which the types do not say
                away = error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
                self._note(self._unavailable if away else self._wrong)

    def _note(self, moments: list[float]) -> None:
        with self._lock:
            moments.append(time.monotonic())
