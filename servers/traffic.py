"""Calls that go on while a story kills servers: what callers saw, and how long nobody was answered."""

import threading
import time
from dataclasses import dataclass
from typing import Final

import grpc
from onceonly.v1 import case_service_pb2

from exchange.client import HubClient

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
    """One clerk who lists cases again and again, each call a recorded one; a context manager.

    Calls are not tried again here, so that what a single call sees is counted.
    """

    def __init__(self, hub: HubClient) -> None:
        self._hub = hub
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._answers: list[float] = []
        self._unavailable: list[float] = []
        self._wrong: list[float] = []
        self._thread = threading.Thread(target=self._go_on, name="traffic", daemon=True)

    def __enter__(self) -> "Traffic":
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
        gap = max(later - earlier for earlier, later in zip(moments, moments[1:], strict=False))
        return Seen(len(answers), unavailable, wrong, gap)

    def _go_on(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            try:
                self._hub.cases.ListCases(
                    case_service_pb2.ListCasesRequest(),
                    timeout=_CALL_SECONDS,
                    metadata=(("authorization", f"Bearer {self._hub.token()}"),),
                )
                self._note(self._answers)
            except grpc.RpcError as error:
                away = error.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
                self._note(self._unavailable if away else self._wrong)

    def _note(self, moments: list[float]) -> None:
        with self._lock:
            moments.append(time.monotonic())
