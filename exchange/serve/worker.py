"""A worker process: answers calls until it is told to stop, then finishes those under way."""

import sys

from exchange.app import build_worker
from exchange.serve.role import Duty, run


def work(duty: Duty) -> None:
    """Serve until stopped."""
    hub = build_worker(duty.config)
    hub.start()
    duty.ready()
    duty.stop.wait()
    hub.stop(duty.config.listen.stop_grace_seconds)
    hub.wait()


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
