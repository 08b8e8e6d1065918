"""A process of the hub that does nothing but come, stay and go, and writes down in which order.

``STAND_IN_REFUSES``, ``STAND_IN_FAILS`` and ``STAND_IN_HANGS`` name processes that refuse, fail or hang as long as the
file named by ``STAND_IN_WHILE`` exists; ``STAND_IN_STUBBORN`` one that does not stop.
"""

import os
import sys
import time
from pathlib import Path

from exchange.config import ConfigError
from exchange.serve.role import Duty, orders, run

NAME = orders(sys.argv[1:]).name


def note(duty: Duty, what: str) -> None:
    with (duty.config.hub.data_dir / "order.txt").open("a") as file:
        file.write(f"{NAME} {what}\n")


def work(duty: Duty) -> None:
    active = Path(os.environ.get("STAND_IN_WHILE", "/")).exists()
    if active and os.environ.get("STAND_IN_REFUSES") == NAME:
        raise ConfigError([f"the {NAME} has a good reason."])
    if active and os.environ.get("STAND_IN_FAILS") == NAME:
        raise RuntimeError("a message with 33010019900101123X in it")
    if active and os.environ.get("STAND_IN_HANGS") == NAME:
        time.sleep(3600)
    note(duty, "ready")
    duty.ready()
    duty.stop.wait()
    while os.environ.get("STAND_IN_STUBBORN") == NAME:
        time.sleep(60)
    note(duty, "stopped")


sys.exit(run(work, sys.argv[1:]))
