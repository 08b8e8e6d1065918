"""A worker process: answers calls until it is told to stop, then finishes those under way."""

import gc
import sys
from typing import Final

from exchange.app import build_worker
from exchange.serve.role import Duty, run

_YOUNG_OBJECTS: Final = 20_000


def work(duty: Duty) -> None:
    """Serve until stopped."""
    hub = build_worker(duty.config)
    settle_collector()
    hub.start()
    duty.ready()
    duty.stop.wait()
    hub.stop(duty.config.listen.stop_grace_seconds)
    hub.wait()


def settle_collector() -> None:
    """Leave what was built once out of every garbage collection, and collect less often: calls make few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 50)


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
