"""Recorders that stand between a decision and its commit."""

from collections.abc import Callable

from exchange.audit.unit import Answer, Recorder, Unit
from exchange.errors import UnavailableError
from exchange.reasons import Reason


class Meddler:
    """A recorder before which something happens once."""

    def __init__(self, recorder: Recorder, before: Callable[[], object]) -> None:
        self._recorder = recorder
        self._before = [before]

    def commit(self, unit: Unit, timeout: float) -> Answer:
        if self._before:
            self._before.pop()()
        return self._recorder.commit(unit, timeout)

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        return self._recorder.standing(keys, timeout)


class Away:
    """A recorder that is gone by the time of the commit."""

    def commit(self, unit: Unit, timeout: float) -> Answer:
        raise UnavailableError(Reason.AUDIT_UNAVAILABLE)

    def standing(self, keys: tuple[str, ...], timeout: float) -> tuple[int, ...]:
        return (0,) * len(keys)
