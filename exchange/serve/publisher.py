"""The publisher process: status lists, cosignatures, time-stamps, on the one machine of the hub that leads."""

import os
import sys
from typing import Final

from exchange.background import build_publisher
from exchange.serve.role import Duty, run

_NICE: Final = 5
"""Calls come first, as with the integrator."""


def work(duty: Duty) -> None:
    """Publish until stopped."""
    os.nice(_NICE)
    publisher = build_publisher(duty.config)
    duty.ready()
    publisher.run(duty.stop)


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
