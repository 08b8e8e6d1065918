"""Keeps a worker's trust up to date while it serves: new trust lists, roots, and versions of keys.

Rules:
1. A call never waits for any of it: it reads what was last loaded. A store that is away leaves everything as it was.
2. Lists are followed one after the other, each signed by a key that the one before names. At a start, the latest is
   taken with the published anchors: who can change a hub's objects at rest is answered by backups, not here.
3. A list that cannot be believed changes nothing, and is reported with each look.
"""

import threading
from collections.abc import Callable
from typing import Final

from exchange.trust.certificates import read_roots
from exchange.trust.places import ANCHORS, ROOTS, last_sequence, list_name, next_sequence
from exchange.trust.standing import NO_LIST, Standing
from signer.errors import SignerError
from signer.trust import SealTrust
from signer.trust_keeper import Anchors, TrustKeeper
from storage.errors import StorageError
from storage.objects.interface import Objects

POLL_SECONDS: Final = 1.0
_MAX_ROOTS: Final = 100


class TrustWatch:
    """Loads the trust list at once: raises ``SignerError`` for one that cannot be believed, ``StorageError``.

    ``trust`` gets roots that are added, ``refresh`` looks for new versions of keys. ``failed`` is told of each look
    that failed, and must not raise.
    """

    def __init__(
        self,
        objects: Objects,
        trust: SealTrust,
        refresh: Callable[[], None],
        *,
        failed: Callable[[Exception], None] | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._objects = objects
        self._trust = trust
        self._refresh = refresh
        self._failed = failed
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._root_names = self._objects.names(ROOTS, limit=_MAX_ROOTS)
        self._keeper: TrustKeeper | None = None
        self._standing = NO_LIST
        sequence = last_sequence(objects)
        if sequence:
            self._follow(sequence)

    def standing(self) -> Standing:
        """How seals stand under the list that was last loaded."""
        return self._standing

    def look(self) -> None:
        """Look for new versions of keys, new roots and new lists. Raises ``SignerError``, ``StorageError``."""
        self._refresh()
        names = self._objects.names(ROOTS, limit=_MAX_ROOTS)
        if names != self._root_names:
            self._trust.add_roots(read_roots(self._objects))
            self._root_names = names
        while sequence := next_sequence(self._objects, self._standing.sequence):
            self._follow(sequence)

    def start(self) -> None:
        """Begin to look every ``poll_seconds`` in a thread of its own."""
        if self._thread is not None:
            raise RuntimeError("the trust watch was started before")
        self._thread = threading.Thread(target=self._poll, name="trust-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. May be called without ``start``."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self, sequence: int) -> None:
        token = self._objects.get(list_name(sequence))
        keeper = self._keeper
        if keeper is None:
            keeper = TrustKeeper(Anchors.from_json(self._objects.get(ANCHORS)).public_keys())
        self._standing = Standing.under(keeper.follow(token))
        self._keeper = keeper

    def _poll(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            try:
                self.look()
            except (SignerError, StorageError, ValueError) as error:
                if self._failed is not None:
                    self._failed(error)
