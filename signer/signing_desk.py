"""The desk of the signer process: who asks, for what, with which key; then a line in the log, then the signature.

Rules:
1. A hub's serving processes may ask for what they make: credentials, QR codes, second signatures, receipts, manifests,
   status lists, checkpoints. Operators may ask for trust lists and certificates, and make keys. Neither may do the
   other's: whoever takes over a hub can sign no trust list and no certificate.
2. The steps of ``sign`` stand in an order: identity, key, object, limit, memory, log, signature. What is irreversible
   comes last, and is recorded before.
3. Refusals are in the log too, up to a rate: a flood of them must not fill the disk.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from signer.errors import FormatError, KeyNotFoundError, SignerError
from signer.keys.backend import KeyInfo, KeyKind, SignatureBackend, Signer
from signer.signing_kinds import AskedKey, Kind, Place
from signer.signing_limits import SigningLimits
from signer.signing_log import Line, SigningLog
from signer.signing_memory import GoesBackError, SigningMemory
from signer.signing_requests import Judged, judge, kinds_of

REFUSALS: Final = "refusals"
"""The name of the limit on refusals that are logged."""


class Role(StrEnum):
    """What a client is."""

    HUB = "hub"
    OPERATOR = "operator"


_MAY_ASK: Final[Mapping[Role, frozenset[Kind]]] = MappingProxyType(
    {
        Role.HUB: frozenset(
            {
                Kind.CREDENTIAL,
                Kind.RECEIPT,
                Kind.EXPORT,
                Kind.STATUS_LIST,
                Kind.CHECKPOINT,
                Kind.QR,
                Kind.SECOND,
                Kind.WEBHOOK,
                Kind.CONSENT_RECORD,
                Kind.IMPORT_REPORT,
            }
        ),
        Role.OPERATOR: frozenset({Kind.TRUST_LIST, Kind.CERTIFICATE}),
    }
)


_ROLLED_OVER: Final = frozenset({Kind.CHECKPOINT, Kind.TRUST_LIST})
"""What an older version of a key may sign too: readers who know no other key must be led on to the new one."""


class RefusedError(SignerError):
    """The desk does not sign. ``code`` is stable; ``retry_seconds`` is 0 where asking again does not help."""

    def __init__(self, code: str, message: str, retry_seconds: float = 0) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_seconds = retry_seconds


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: a name for the log, and what it is."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: an object of a kind, and the key version that it names."""

    kind: Kind
    key_id: str
    kid: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature, where the log has it, and when it was made (Unix seconds)."""

    signature: bytes
    line: Line
    time: int


class SigningDesk:
    """Signs what may be signed. ``clock`` gives Unix seconds."""

    def __init__(
        self,
        keys: SignatureBackend,
        place: Place,
        log: SigningLog,
        memory: SigningMemory,
        limits: SigningLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._place = place
        self._log = log
        self._memory = memory
        self._limits = limits
        self._clock = clock
        self._versions: dict[str, int] = {}

    def sign(self, client: Client, asked: Asked) -> Signed:
        """Return the signature over one object.

        Raises FormatError for what is no such object, KeyNotFoundError, RefusedError (``NOT_YOURS``,
        ``KEY_NOT_NEWEST``, ``GOES_BACK``, ``TOO_MANY``), SigningLogError, SigningMemoryError and KeyBackendError.
        """
        try:
            # 1. Identity: may this client ask for this kind at all?
            self._check_client(client, asked.kind)
            # 2. Key: it is there, and the version that the object names still signs such objects.
            signer = self._signer(asked)
            # 3. Object: completely understood, of this hub and of now.
            key = AskedKey(asked.key_id, signer.kid, signer.alg, signer.public)
            judged = judge(asked.kind, key, self._place, int(self._clock()), asked.data)
            # 4. Limit.
            self._take(asked.key_id)
            # 5. Memory: nothing goes back behind what was signed.
            self._remember(judged)
        except (FormatError, KeyNotFoundError, RefusedError) as error:
            self._record_refusal(client, asked, error)
            raise
        # 6. Log, then 7. signature.
        now = int(self._clock())
        entry = {**_facts(client, asked), "outcome": "signed", "time": now, "version": self._version(asked)}
        line = self._log.append(entry)
        return Signed(signer.sign(asked.data), line, now)

    def list(self, prefixes: tuple[str, ...]) -> tuple[KeyInfo, ...]:
        """Return every version of the signature keys that this signer knows a use for; raises as the backend does."""
        self._keys.refresh()
        return tuple(
            version
            for info in self._keys.list()
            if info.kind is KeyKind.SIGNATURE and kinds_of(info.key_id) and info.key_id.startswith(prefixes or "")
            for version in self._keys.versions(info.key_id)
        )

    def make_key(self, client: Client, key_id: str, alg: str) -> KeyInfo:
        """Make a key, for an operator.

        Raises RefusedError (``NOT_YOURS``, ``KEY_WITHOUT_USE``, ``KEY_EXISTS``), SigningLogError, and as the backend
        does.
        """
        self._check_operator(client, key_id)
        if self._known(key_id) is not None:
            raise RefusedError("KEY_EXISTS", "there is a key of that id; it can be rotated")
        return self._made(client, "make-key", key_id, lambda: self._keys.generate(key_id, alg))

    def rotate_key(self, client: Client, key_id: str) -> KeyInfo:
        """Add a version to a key, for an operator; raises as ``make_key``."""
        self._check_operator(client, key_id)
        return self._made(client, "rotate-key", key_id, lambda: self._keys.rotate(key_id))

    def healthy(self) -> bool:
        """Whether the log could be written the last time."""
        return self._log.writable

    def close(self) -> None:
        """Close the log and the keys."""
        self._log.close()
        self._keys.close()

    def _check_client(self, client: Client, kind: Kind) -> None:
        if kind not in _MAY_ASK[client.role]:
            raise RefusedError("NOT_YOURS", f"a client of the role {client.role.value} may not ask for a {kind.value}")

    def _check_operator(self, client: Client, key_id: str) -> None:
        if client.role is not Role.OPERATOR:
            raise RefusedError("NOT_YOURS", "only an operator makes keys")
        if not kinds_of(key_id):
            raise RefusedError("KEY_WITHOUT_USE", "no object is signed by a key of that id")

    def _signer(self, asked: Asked) -> Signer:
        signer = self._known(asked.key_id)
        if signer is None or signer.kid != asked.kid:
            self._keys.refresh()  # another process may have made or rotated it
            signer = self._keys.signer(asked.key_id)
        if signer.kid != asked.kid and asked.kind in _ROLLED_OVER:
            signer = self._version_of(asked) or signer
        if signer.kid != asked.kid:
            raise RefusedError("KEY_NOT_NEWEST", "the object names a version of the key that does not sign any more")
        return signer

    def _version_of(self, asked: Asked) -> Signer | None:
        versions = self._keys.versions(asked.key_id)
        version = next((info.version for info in versions if info.kid == asked.kid), None)
        return None if version is None else self._keys.signer(asked.key_id, version)

    def _version(self, asked: Asked) -> int:
        if asked.kid not in self._versions:
            self._versions |= {info.kid: info.version for info in self._keys.versions(asked.key_id) if info.kid}
        return self._versions[asked.kid]

    def _known(self, key_id: str) -> Signer | None:
        try:
            return self._keys.signer(key_id)
        except KeyNotFoundError:
            return None

    def _take(self, key_id: str) -> None:
        wait = self._limits.take(key_id)
        if wait:
            raise RefusedError("TOO_MANY", "the key has made as many signatures as it may in this time", wait)

    def _remember(self, judged: Judged) -> None:
        try:
            if judged.checkpoint is not None:
                self._memory.remember_checkpoint(judged.checkpoint)
            if judged.sequence is not None:
                self._memory.remember_trust_list(judged.sequence)
        except GoesBackError as error:
            raise RefusedError("GOES_BACK", str(error)) from error

    def _record_refusal(
        self, client: Client, asked: Asked, error: FormatError | KeyNotFoundError | RefusedError
    ) -> None:
        if self._limits.take(REFUSALS) == 0:
            code = "KEY_NOT_FOUND" if isinstance(error, KeyNotFoundError) else error.code
            refused = {"code": code, "outcome": "refused", "time": int(self._clock())}
            self._log.append({**_facts(client, asked), **refused})

    def _made(self, client: Client, act: str, key_id: str, make: Callable[[], KeyInfo]) -> KeyInfo:
        """Record that a key is asked for, make it, and record which it is."""
        entry = {"client": client.name, "key": key_id, "kind": act}
        self._log.append({**entry, "outcome": "asked", "time": int(self._clock())})
        info = make()
        made = {"kid": info.kid, "outcome": "made", "time": int(self._clock()), "version": info.version}
        self._log.append({**entry, **made})
        return info


def _facts(client: Client, asked: Asked) -> dict[str, object]:
    """What every line says: no part of the object but its digest."""
    return {
        "client": client.name,
        "digest": sha256(asked.data).hexdigest(),
        "key": asked.key_id[:80],
        "kid": asked.kid[:80],
        "kind": asked.kind.value,
    }
