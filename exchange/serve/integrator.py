"""The integrator process: brings the public tree and the index up to date, and once more when it is told to stop."""

import os
import sys

from exchange.background import build_integrator
from exchange.serve.role import Duty, run

_NICE = 5
"""Calls come first: the tree may lag for a moment."""


def work(duty: Duty) -> None:
    """Integrate and index until stopped."""
    os.nice(_NICE)
    integrator = build_integrator(duty.config)
    duty.ready()
    integrator.run(duty.stop)


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
