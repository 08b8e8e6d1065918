"""A witness at work: decide, keep, sign, in this order.

Rules:
1. Nothing is signed that was not kept first: after a crash the witness may have kept a head whose cosignature nobody
   got, never the other way round. The log then asks again from that size.
2. What moved between the decision and the keeping is answered as any other conflict: with the size seen now.
3. One at a time: a cosignature says that nothing larger was seen at its time, so none may be signed after a larger one
   with the size before it. For the same reason its clock never runs back within a process.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Protocol

from exchange.witness.errors import HeadMovedError
from signer.cosignature import WitnessKey, cosign
from signer.jws import SignFunction
from signer.note import NoteKey
from signer.witnessing import TEXT_TYPE, Answer, Head, conflict, decide


class HeadStore(Protocol):
    """What was seen, durable: see ``heads.Heads``."""

    def head(self, origin: str) -> Head: ...

    def advance(self, origin: str, old: Head, new: Head) -> None: ...


class WitnessDesk:
    """Answers add-checkpoint requests, from several threads; ``clock`` gives seconds since 1970."""

    def __init__(
        self,
        key: WitnessKey,
        sign: SignFunction,
        logs: Mapping[str, Sequence[NoteKey]],
        heads: HeadStore,
        clock: Callable[[], float],
    ) -> None:
        self._key = key
        self._sign = sign
        self._logs = logs
        self._heads = heads
        self._clock = clock
        self._lock = Lock()
        self._latest = 0

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a request's body: status 200 with the cosignature, or a refusal. Raises ``HeadsError``."""
        decision = decide(body, self._logs, self._heads.head)
        if isinstance(decision, Answer):
            return decision
        with self._lock:
            try:
                self._heads.advance(decision.origin, decision.old, decision.new)
            except HeadMovedError:
                return conflict(self._heads.head(decision.origin))
            self._latest = max(self._latest, int(self._clock()))
            return Answer(200, cosign(decision.text, self._key, self._latest, self._sign), TEXT_TYPE)
