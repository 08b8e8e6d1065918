"""From a caller and a request to a recorded answer: attempts, idempotency and the record of refusals.

Rules:
1. Every call of a known caller ends in exactly one entry, or in UNAVAILABLE with nothing released.
2. An attempt whose reads were stale is thrown away and run again on fresh ones.
3. The same request id again: a CHANGE returns its stored answer, unless the token is limited to less than the first
   one's was; a FETCH is decided anew and spends no use that the first call has spent; with another body it is refused.
4. A refusal commits what the attempt read as expected, so that no refusal rests on stale data either.
5. An attempt is made only for a caller who is in the register in force as they were when they were authenticated.
"""

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgpack
from google.protobuf.message import Message

from exchange.attempts import Asked, Attempts
from exchange.audit.entry import Outcome, Tagger
from exchange.audit.unit import Recorder
from exchange.cache import RecordCache
from exchange.call import COMMIT_SECONDS, Call, Caller, Position, RepeatError, Scope, reaches, remembered_uses
from exchange.catalogue.source import RegisterSource
from exchange.edge.methods import Access, MethodRule
from exchange.entities.register import Register
from exchange.errors import HubError, InvalidError, RefusedError, StaleError, UnavailableError, Violation
from exchange.purpose.limits import Limits
from exchange.reasons import Reason
from storage.records.changes import Remember
from storage.records.interface import Records, Remembered
from storage.vault import Vault

_ATTEMPTS: Final = 8
_SPENT: Final = frozenset(
    {
        Reason.CONSENT_EXHAUSTED,
        Reason.CONSENT_REVOKED,  # of a newer consent, which is told of when the one that was spent is used up
        Reason.CONSENT_SCOPE,
        Reason.EVIDENCE_NOT_REQUIRED,
        Reason.LETTER_EXHAUSTED,
        Reason.TASK_EXHAUSTED,
        Reason.USES_EXHAUSTED,
    }
)
"""Why a fetch may be refused that has been answered before."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a known caller; ``request_id`` is empty for methods that take none."""

    method: str
    rule: MethodRule
    caller: Caller
    request_id: str
    raw: bytes
    deadline: float
    validate_only: bool = False

    @property
    def stored(self) -> bool:
        """Whether the answer is kept for a repeat: of every change, but not of a mere validation."""
        return self.rule.access is Access.CHANGE and self.request_id != "" and not self.validate_only


@dataclass(frozen=True, slots=True)
class Recorded:
    """A serialised answer and where the log holds its record."""

    body: bytes
    position: Position


class Recording:
    """Runs use cases so that nothing is answered unrecorded. Built once; holds no state of a call."""

    def __init__(
        self,
        *,
        registers: RegisterSource,
        records: Records,
        recorder: Recorder,
        vault: Vault,
        tagger: Tagger,
        limits: Limits,
        caches: Sequence[RecordCache[object]],
        clock_us: Callable[[], int],
        longest_answer: int = 4 << 20,
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self._registers = registers
        self._records = records
        self._tagger = tagger
        self._longest_answer = longest_answer
        self._attempts = Attempts(
            registers=registers,
            recorder=recorder,
            vault=vault,
            tagger=tagger,
            limits=limits,
            caches=caches,
            clock_us=clock_us,
            commit_seconds=commit_seconds,
        )

    def answer(self, request: Request, run: Callable[[Call], Message]) -> Recorded:
        """Run the use case until it is committed; raises ``HubError`` once the refusal is recorded."""
        earlier: Remembered | None = None
        for attempt in range(_ATTEMPTS):
            call = self._call(request, earlier)
            try:
                recorded = self._attempt(request, call, run, first=earlier is None)
            except StaleError as stale:
                self._attempts.refresh(stale, call)
            except RepeatError:
                earlier = self._earlier(request)
            except Exception as error:  # noqa: BLE001 recorded as FAILED or REFUSED, then raised on
                if earlier is None and _used_up(request, error):
                    earlier = self._earlier(request)
                    if earlier is not None:
                        continue
                try:
                    self._attempts.record_refusal(call, error)
                except StaleError as stale:
                    self._attempts.refresh(stale, call)
                else:
                    raise
            else:
                self._attempts.settle(call)
                return recorded
            time.sleep(random.uniform(0, 0.002) * attempt)  # noqa: S311 spreads retries; no secret depends on it
        raise UnavailableError(Reason.STORAGE_UNAVAILABLE)

    def refuse(self, request: Request, error: HubError) -> None:
        """Record a refusal that came before any use case (permission, bad fields)."""
        for _ in range(_ATTEMPTS):
            call = self._call(request)
            try:
                self._attempts.record_refusal(call, error)
            except StaleError as stale:
                self._attempts.refresh(stale, call)
            else:
                return
        raise UnavailableError(Reason.AUDIT_UNAVAILABLE)

    def _attempt(self, request: Request, call: Call, run: Callable[[Call], Message], *, first: bool) -> Recorded:
        if request.stored:
            stored = self._stored_answer(request, call)
            if stored is not None:
                position = call.commit(call.prepare(Outcome.ALLOWED, (), hashlib.sha256(stored).digest()))
                return Recorded(stored, position)
        elif request.rule.access is Access.FETCH and first:
            call.remember(self._remember(request, call, b""))
        message = run(call)
        body = message.SerializeToString(deterministic=True)
        if call.committed is not None:
            return Recorded(body, call.committed)
        if len(body) > self._longest_answer:  # gRPC would not send it, and the log must not say that it left
            raise InvalidError((Violation("page_size", "asks for more than one answer holds", "请减少每页数量"),))
        if request.stored:
            call.remember(self._remember(request, call, self._sealed_answer(request, call, body)))
        position = call.commit(call.prepare(Outcome.ALLOWED, (), hashlib.sha256(body).digest()))
        return Recorded(body, position)

    def _call(self, request: Request, earlier: Remembered | None = None) -> Call:
        """A new attempt; ``earlier``: the call that this one repeats.

        Raises ``UnavailableError(CATALOGUE_STALE)`` if the caller was changed, perhaps suspended, since it came in: the
        caller tries again and is authenticated anew.
        """
        caller, register = request.caller, self._registers.current()
        if not _in_force(caller, register):
            raise UnavailableError(Reason.CATALOGUE_STALE)
        digest = hashlib.sha256(request.raw).digest()
        asked = Asked(request.method, request.request_id, caller, digest, request.deadline)
        used_before = remembered_uses(earlier.answer) if earlier and not request.stored else frozenset[bytes]()
        return self._attempts.call(asked, register, used_before)

    def _request_key(self, request: Request) -> bytes:
        """The caller's department and request id, whoever of its operators sent it; each holder has ids of its own."""
        holder = request.caller.holder
        whose = self._tagger.holder(holder.id_type, holder.id_number, 0).hex() if holder else ""
        return hashlib.sha256(
            f"{request.caller.department.uscc}{whose}\0{request.request_id.lower()}".encode()
        ).digest()

    def _remember(self, request: Request, call: Call, answer: bytes) -> Remember:
        digest = self._tagger.request(request.method, request.raw)
        return Remember(self._request_key(request), digest, answer, call.now_us)

    def _is_other(self, request: Request, known: Remembered) -> bool:
        """Whether what was remembered under this id is another request. Earlier versions kept a plain digest, by which
        whoever reads the database could test guesses of what was asked."""
        plain = hashlib.sha256(request.method.encode() + b"\0" + request.raw).digest()
        return known.body_digest not in {self._tagger.request(request.method, request.raw), plain}

    def _sealed_answer(self, request: Request, call: Call, body: bytes) -> bytes:
        owner = call.draft.sealed_owner
        content = msgpack.packb([body, call.draft.subjects(), [sorted(names) for names in request.caller.scope]])
        packed: bytes = msgpack.packb([owner, call.data_key(owner).seal(content, self._request_key(request))])
        return packed

    def _stored_answer(self, request: Request, call: Call) -> bytes | None:
        """The answer of an earlier call with the same id.

        Raises ``RefusedError`` with REQUEST_ID_REUSED if that call's body was another, and with TOKEN_EXCEEDED if this
        token does not reach all that that call's did: nobody decides again whether the answer is within it.

        Its data key is expected to be there still when the repeat commits: what was erased meanwhile does not leave.
        The repeat's record names whom the answer is about, as the first one did; but no case, since one that was
        opened once counts once.
        """
        known = self._records.remembered(self._request_key(request))
        if known is None:
            return None
        if self._is_other(request, known) or not known.answer:
            raise RefusedError(Reason.REQUEST_ID_REUSED)
        owner, sealed = msgpack.unpackb(known.answer)
        body, subjects, *limits = msgpack.unpackb(call.data_key(owner).open(sealed, self._request_key(request)))
        if not reaches(request.caller.scope, _scope(*limits)):
            raise RefusedError(Reason.TOKEN_EXCEEDED)
        call.draft.recall(subjects)
        answer: bytes = body
        return answer

    def _earlier(self, request: Request) -> Remembered | None:
        """The call that had this request id; one with another body is refused (and that is recorded)."""
        known = self._records.remembered(self._request_key(request))
        if known is not None and self._is_other(request, known):
            fetch = request.rule.access is Access.FETCH
            error = RefusedError(Reason.REQUEST_REPLAYED if fetch else Reason.REQUEST_ID_REUSED)
            self.refuse(request, error)
            raise error
        return known


def _scope(limits: Sequence[Sequence[str]] = ((), (), ())) -> Scope:
    """The scope of the token that got a stored answer; of one that was stored without, the widest there is."""
    matters, cases, requirements = limits
    return frozenset(matters), frozenset(cases), frozenset(requirements)


def _in_force(caller: Caller, register: Register) -> bool:
    department = register.departments.get(caller.department.uscc)
    operator = caller.operator and register.operators.get((caller.department.uscc, caller.operator.id))
    return department == caller.department and operator == caller.operator


def _used_up(request: Request, error: Exception) -> bool:
    """Whether a fetch is refused since no use or consent is left or its line is in: it may have done that itself."""
    return (
        request.rule.access is Access.FETCH and isinstance(error, RefusedError) and not _SPENT.isdisjoint(error.reasons)
    )
