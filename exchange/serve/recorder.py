"""The recorder process: the one writer. Told to stop, it commits and answers what had come in."""

import sys

from exchange.background import build_recorder
from exchange.layout import layout
from exchange.serve.role import Duty, run


def work(duty: Duty) -> None:
    """Record until stopped."""
    recorder = build_recorder(duty.config)
    recorder.listen(layout(duty.config).socket)
    duty.on_stop.append(recorder.stop)
    duty.ready()
    recorder.run()


if __name__ == "__main__":
    sys.exit(run(work, sys.argv[1:]))
