"""Being alone with a hub's stores: no hub serves from them while they are carried.

Rules:
1. In a data folder the lock is that of ``onceonly serve``. On a database it is the integrator's lead, which some
   machine of a running hub always holds.
2. The lead is asked for again and again while work goes on: whoever stands still loses it.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import monotonic
from typing import Final

from exchange.config import Config, ConfigError
from exchange.layout import layout
from exchange.moving.carrying import Progress
from exchange.moving.stores import private_folder
from exchange.serve.run_folder import RunFolder
from exchange.stores import Leadership, open_leadership

_AGAIN_SECONDS: Final = 2.0
_INTEGRATOR: Final = "integrator"


@contextmanager
def alone(config: Config, progress: Progress) -> Iterator[Progress]:
    """Hold the data folder and the lead of the hub; what it yields opens the bars of the work.

    Raises ``ConfigError`` if a hub runs, also later from within a bar, ``StorageUnavailableError``.
    """
    private_folder(layout(config).data)
    with RunFolder(layout(config).run), closing(open_leadership(config, _INTEGRATOR)) as leadership:
        keep = _Keep(config, leadership)
        keep.ask()

        @contextmanager
        def bars(what: str) -> Iterator[Callable[[int, int], None]]:
            with progress(what) as done:
                keep.ask()
                yield lambda count, total: keep.tell(done, count, total)

        yield bars


class _Keep:
    """Asks for the lead now and then."""

    def __init__(self, config: Config, leadership: Leadership) -> None:
        self._config = config
        self._leadership = leadership
        self._asked = 0.0

    def ask(self) -> None:
        if not self._leadership.try_lead():
            raise ConfigError([f"A hub runs on {self._config.records.url}: stop it on every machine."])
        self._asked = monotonic()

    def tell(self, done: Callable[[int, int], None], count: int, total: int) -> None:
        if monotonic() - self._asked > _AGAIN_SECONDS:
            self.ask()
        done(count, total)
