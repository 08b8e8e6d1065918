"""The events process: streams of events, and what the hub does by itself when it falls due."""

import os
import sys
from typing import Final

from exchange.eventing import build_events
from exchange.serve.role import Duty, run

_NICE: Final = 5
"""Calls come first, as with the publisher."""


def work(duty: Duty) -> None:
    """Tell, and do what falls due, until stopped."""
    os.nice(_NICE)
    events = build_events(duty.config)
    events.start()
    duty.ready()
    events.run(duty.stop)


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
