"""The task that has the newest checkpoint cosigned by witnesses and publishes it as ``log/cosigned``.

Rules:
1. Every witness is asked at the same time, each within its own time; what one does keeps no other waiting for long.
2. A witness says itself what it has seen (status 409): the consistency proof then begins there. Nothing is remembered
   between processes, so nothing can be remembered wrongly.
3. Only cosignatures that verify under the configured key are kept, and none whose time lies in the future.
4. ``log/cosigned`` is written when the quorum is reached, and never an older one over a newer one: compare-and-swap of
   the state ``cosigned`` comes first, as with the integrator's tree.
5. A witness that holds another history than ours is no witness that is late: it is told apart, loudly.
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from exchange.audit.errors import AuditError, FencedError, LogForkError, ProofError
from exchange.audit.proofs import COSIGNED, PublishedLog
from exchange.publishing.errors import PostError, QuorumError, WitnessDisputeError, WitnessRefusalError
from exchange.publishing.posting import Poster
from signer.checkpoint import Checkpoint
from signer.cosignature import MAX_ANSWER_BYTES, WitnessKey, open_cosigned, read_cosignature
from signer.errors import NoteError
from signer.witnessing import AddCheckpoint, format_request, parse_size
from storage.errors import ConditionFailedError, ObjectNotFoundError, StorageError
from storage.objects.interface import Objects
from storage.records.interface import AccessIndex

STATE: Final = "cosigned"
_MAX_AHEAD_SECONDS: Final = 300
_REQUEST_TYPE: Final = "text/plain; charset=utf-8"


class WitnessOutcome(StrEnum):
    """What came of asking one witness."""

    COSIGNED = "cosigned"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    INVALID = "invalid"
    """An answer that does not verify."""
    DISPUTED = "disputed"
    """It holds another history, or a longer one."""


@dataclass(frozen=True, slots=True)
class WitnessLink:
    """A witness of the configuration: its key, and the prefix of the URL that takes checkpoints."""

    key: WitnessKey
    url: str


class WitnessObserver(Protocol):
    """What metrics and logs may know. Must not raise and must be quick."""

    def answered(self, witness: str, outcome: WitnessOutcome) -> None:
        """One witness, by its key's name, was asked."""
        ...


class WitnessTask:
    """Submits the newest checkpoint whenever it has grown. ``clock`` gives seconds since 1970; one thread owns it."""

    name: str = "witnesses"

    def __init__(
        self,
        log: PublishedLog,
        objects: Objects,
        index: AccessIndex,
        witnesses: Sequence[WitnessLink],
        quorum: int,
        poster: Poster,
        observer: WitnessObserver,
        clock: Callable[[], float],
        interval: float,
    ) -> None:
        self.interval = interval
        self._log = log
        self._objects = objects
        self._index = index
        self._witnesses = witnesses
        self._keys = [link.key for link in witnesses]
        self._quorum = quorum
        self._poster = poster
        self._observer = observer
        self._clock = clock
        self._seen: dict[str, int] = {}

    def run_once(self) -> None:
        """Have the newest checkpoint cosigned, unless it is already.

        Raises ``QuorumError``, ``WitnessDisputeError``, ``LogForkError``, ``FencedError`` and what reading the log
        and the stores raise.
        """
        try:
            checkpoint, note = self._log.checkpoint()
        except ProofError:
            return  # a hub so young that it has published nothing
        if checkpoint.size == 0 or self._is_cosigned(checkpoint):
            return
        answers = self._ask_all(checkpoint, note)
        lines = [line for line, _ in answers if line]
        if len(lines) >= self._quorum:
            self._publish(checkpoint, note + "".join(lines))
        if any(outcome is WitnessOutcome.DISPUTED for _, outcome in answers):
            raise WitnessDisputeError("a witness has seen another history of the log than the one published")
        if len(lines) < self._quorum:
            raise QuorumError(f"{len(lines)} witnesses cosigned, of the {self._quorum} that it needs")

    def _is_cosigned(self, checkpoint: Checkpoint) -> bool:
        try:
            kept = self._objects.get(COSIGNED)
        except ObjectNotFoundError:
            return False
        try:
            opened = open_cosigned(kept, [self._log.key], self._keys, self._quorum, origin=self._log.key.name)
        except NoteError:
            return False  # made under other witnesses, as before a change of the configuration: cosigned anew
        if opened.checkpoint.size == checkpoint.size and opened.checkpoint.root != checkpoint.root:
            raise LogForkError(f"two trees of {checkpoint.size} entries: the checkpoint and the cosigned one differ")
        return opened.checkpoint.size >= checkpoint.size

    def _ask_all(self, checkpoint: Checkpoint, note: str) -> list[tuple[str, WitnessOutcome]]:
        """What each witness said, in no order. Raises what reading the log raised in any of the threads."""
        answers: list[tuple[str, WitnessOutcome]] = []
        failures: list[AuditError | StorageError] = []

        def ask(link: WitnessLink) -> None:
            try:
                answers.append(self._ask(link, checkpoint, note))
            except (AuditError, StorageError) as error:
                failures.append(error)

        # Daemons, unlike those of a pool: a process that is told to stop waits for no witness.
        threads = [threading.Thread(target=ask, args=(link,), name="witness", daemon=True) for link in self._witnesses]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return answers

    def _ask(self, link: WitnessLink, checkpoint: Checkpoint, note: str) -> tuple[str, WitnessOutcome]:
        """The witness's line, if it gave one that verifies, and what came of it. Raises what reading the log raises."""
        line, outcome = "", WitnessOutcome.COSIGNED
        try:
            line = self._submit(link, checkpoint, note)
        except PostError:
            outcome = WitnessOutcome.UNREACHABLE
        except WitnessDisputeError:
            outcome = WitnessOutcome.DISPUTED
        except NoteError:
            outcome = WitnessOutcome.INVALID
        except WitnessRefusalError:
            outcome = WitnessOutcome.REFUSED
        self._observer.answered(link.key.name, outcome)
        return line, outcome

    def _submit(self, link: WitnessLink, checkpoint: Checkpoint, note: str) -> str:
        old = self._seen.get(link.key.name, 0)
        for _ in range(2):
            reply = self._poster.post(
                f"{link.url.removesuffix('/')}/add-checkpoint",
                format_request(AddCheckpoint(old, self._proof(old, checkpoint.size), note)),
                _REQUEST_TYPE,
                MAX_ANSWER_BYTES,
            )
            if reply.status == 200:
                return self._read(link.key, checkpoint.size, note, reply.body)
            if reply.status != 409:
                raise _refusal(reply.status)
            said = parse_size(reply.body)
            if checkpoint.size < said <= self._log.checkpoint()[0].size:
                raise WitnessRefusalError("the log has grown meanwhile, and another publisher was faster")
            if said == old or said > checkpoint.size:
                raise WitnessDisputeError(f"the witness stands at {said}, and does not go on from there")
            old = said
        raise WitnessRefusalError("the witness was asked by somebody else meanwhile")

    def _read(self, key: WitnessKey, size: int, note: str, answer: bytes) -> str:
        line, cosigner = read_cosignature(note, answer, key)
        if cosigner.time > math.ceil(self._clock()) + _MAX_AHEAD_SECONDS:
            raise NoteError("the witness's clock is ahead of ours by minutes")
        self._seen[key.name] = size
        return line

    def _proof(self, old: int, size: int) -> tuple[bytes, ...]:
        return self._log.consistency(old, size).hashes if 0 < old < size else ()

    def _publish(self, checkpoint: Checkpoint, note: str) -> None:
        size = checkpoint.size.to_bytes(8)
        head = size + checkpoint.root
        stored = self._index.state(STATE)
        if stored is not None and stored[:8] > size:
            raise FencedError("another publisher had a larger checkpoint cosigned meanwhile")
        if stored is not None and stored[:8] == size and stored != head:
            raise LogForkError(f"two trees of {checkpoint.size} entries: another one was cosigned before")
        if stored != head:
            try:
                self._index.set_state(STATE, stored, head)
            except ConditionFailedError as error:
                raise FencedError("another publisher had a checkpoint cosigned meanwhile") from error
        if self._index.state(STATE) != head:
            raise FencedError("another publisher had a checkpoint cosigned meanwhile")
        self._objects.replace(COSIGNED, note.encode("utf-8"))


def _refusal(status: int) -> AuditError:
    """What a status means: a proof that does not lead there is a dispute, all else is trouble of other kinds."""
    if status == 422:
        return WitnessDisputeError("the witness says that the checkpoint does not continue what it has seen")
    return WitnessRefusalError(f"the witness answered {status}")
