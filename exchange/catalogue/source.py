"""The register in force in this process, swapped whole when another process publishes.

An old register is never dangerous, only late: every unit expects the epoch that it was decided under.
"""

import threading
from collections.abc import Callable

from exchange.catalogue.store import CatalogueStore
from exchange.entities.register import Register
from storage.errors import StorageError

POLL_SECONDS = 0.5


class RegisterSource:
    """Loads the register at once, so making one raises ``StorageError`` if the catalogue cannot be read.

    ``failed`` is told of each failed look of the polling thread, and must not raise.
    """

    def __init__(
        self,
        store: CatalogueStore,
        *,
        failed: Callable[[StorageError], None] | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store = store
        self._failed = failed
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._register = store.load_register()

    def current(self) -> Register:
        """The register as last loaded."""
        return self._register

    def refresh(self) -> Register:
        """The register as of now, loaded only if the epoch has moved. Raises ``StorageError``."""
        with self._lock:
            if self._store.epoch() != self._register.epoch:
                self._register = self._store.load_register()
            return self._register

    def start(self) -> None:
        """Begin to look at the epoch every ``poll_seconds`` in a thread of its own."""
        if self._thread is not None:
            raise RuntimeError("the register source was started before")
        self._thread = threading.Thread(target=self._poll, name="register-source", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. May be called without ``start``."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _poll(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            try:
                self.refresh()
            except StorageError as error:
                if self._failed is not None:
                    self._failed(error)
