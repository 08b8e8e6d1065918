"""The hub's receipt keys by ``kid``, looked for again when a receipt names one that this process has not seen yet."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from exchange.trust.standing import CurrentStanding
from signer.algorithms import PublicKey
from signer.errors import SignerError
from signer.keys.backend import KeyInfo

LEAST_SECONDS: Final = 1.0
"""Between two looks: whoever sends unknown names does not make the hub read its keys all day."""


class FreshKeys(Mapping[str, PublicKey]):
    """Every version of a key, but for those that the trust list calls distrusted. Safe for threads."""

    def __init__(
        self,
        versions: Callable[[], tuple[KeyInfo, ...]],
        refresh: Callable[[], None],
        standing: CurrentStanding,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``versions`` gives the versions of the key that are known, ``refresh`` looks for others."""
        self._versions = versions
        self._refresh = refresh
        self._standing = standing
        self._clock = clock
        self._looked = -LEAST_SECONDS
        self._lock = threading.Lock()

    def __getitem__(self, kid: str) -> PublicKey:
        found = self._known()
        if kid not in found and self._may_look():
            try:
                self._refresh()
            except SignerError:
                raise KeyError(kid) from None
            found = self._known()
        return found[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def _known(self) -> dict[str, PublicKey]:
        distrusted = self._standing().distrusted_keys
        return {
            info.kid: info.public
            for info in self._versions()
            if info.kid is not None and info.public is not None and info.kid not in distrusted
        }

    def _may_look(self) -> bool:
        with self._lock:
            now = self._clock()
            if now - self._looked < LEAST_SECONDS:
                return False
            self._looked = now
            return True
