"""The task that has the newest checkpoint stamped by a time-stamp authority (RFC 3161), while the log grows.

Rules:
1. What is stamped is the cosigned checkpoint; the plain one only where no witness is configured. The whole note is
   stamped, signatures included: its bytes are kept first, under the size, and never change.
2. A response is checked against the configured roots before it is kept. ``log/stamped/latest`` names the newest size
   and comes last: a crash in between leaves a note without a stamp, which the next run stamps.
3. The authority learns a digest and a time, nothing else.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from exchange.audit.errors import LogForkError, ProofError
from exchange.audit.proofs import PublishedLog
from exchange.audit.stamped import latest_size, note_name, response_name, write_latest
from exchange.publishing.errors import StampError
from exchange.publishing.posting import Poster
from signer import timestamp
from signer.checkpoint import Checkpoint, open_checkpoint
from signer.errors import NoteError, SignerError
from storage.errors import ObjectExistsError
from storage.objects.interface import Objects

_REQUEST_TYPE: Final = "application/timestamp-query"
_MAX_APART_SECONDS: Final = 300


class TimestampTask:
    """Stamps the newest checkpoint if it has grown. ``roots`` are DER certificates of whom the stamps must lead to;
    ``clock`` gives seconds since 1970; one thread owns it."""

    name: str = "timestamps"

    def __init__(
        self,
        log: PublishedLog,
        objects: Objects,
        url: str,
        roots: Sequence[bytes],
        poster: Poster,
        clock: Callable[[], float],
        interval: float,
        *,
        cosigned_only: bool,
    ) -> None:
        self.interval = interval
        self._log = log
        self._objects = objects
        self._url = url
        self._roots = roots
        self._poster = poster
        self._clock = clock
        self._cosigned_only = cosigned_only

    def run_once(self) -> None:
        """Have the newest checkpoint stamped, unless it is already.

        Raises ``PostError``, ``StampError``, ``LogForkError`` and what reading the log and the stores raise.
        """
        newest = self._newest()
        if newest is None or newest[0].size <= latest_size(self._objects):
            return
        checkpoint, note = newest
        kept = self._keep(checkpoint, note.encode("utf-8"))
        response = self._stamp(kept)
        with suppress(ObjectExistsError):  # another publisher had the same bytes stamped meanwhile: one is enough
            self._objects.create(response_name(checkpoint.size), response)
        write_latest(self._objects, checkpoint.size)

    def _newest(self) -> tuple[Checkpoint, str] | None:
        if self._cosigned_only:
            return self._log.cosigned()
        try:
            return self._log.checkpoint()
        except ProofError:
            return None  # a hub so young that it has published nothing

    def _keep(self, checkpoint: Checkpoint, note: bytes) -> bytes:
        """The note to stamp: this one, or the one that an interrupted run kept for the same tree."""
        name = note_name(checkpoint.size)
        try:
            self._objects.create(name, note)
        except ObjectExistsError:
            note = self._objects.get(name)
            try:
                kept = open_checkpoint(note, self._log.key, origin=self._log.key.name)
            except NoteError as error:
                raise LogForkError(f"{name} is not the log's own") from error
            if kept.root != checkpoint.root:
                raise LogForkError(f"{name} is of another tree of the same size") from None
        return note

    def _stamp(self, note: bytes) -> bytes:
        request = timestamp.request(note)
        reply = self._poster.post(self._url, request.der, _REQUEST_TYPE, timestamp.MAX_BYTES)
        if reply.status != 200:
            raise StampError(f"the time-stamp authority answered {reply.status}")
        try:
            at = timestamp.check_response(reply.body, note, self._roots, nonce=request.nonce)
        except SignerError as error:
            raise StampError(f"the time-stamp does not hold: {error}") from error
        if abs(at - self._clock()) > _MAX_APART_SECONDS:
            raise StampError("the authority's clock and ours are minutes apart")
        return reply.body
