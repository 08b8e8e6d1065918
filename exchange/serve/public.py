"""The public process: shows to anyone, over HTTP, what the hub has published. It holds no key."""

import os
import sys
from typing import Final

from exchange.public.server import build_public
from exchange.serve.role import Duty, run

_NICE: Final = 5
"""Calls come first: strangers must not slow them down."""


def work(duty: Duty) -> None:
    """Serve until stopped."""
    os.nice(_NICE)
    public = build_public(duty.config)
    public.start()
    duty.ready()
    public.run(duty.stop)


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
