"""``python -m bench [--smoke] [--only NAME…]``: measure, print tables, write ``bench/results/latest.json``.

A smoke run writes ``build/bench-smoke.json``.

A slow machine makes bad figures, never a failure: the exit code is 0 unless something could not be measured at all.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bench import (
    bundle,
    commit,
    crypto,
    events,
    growth,
    imports,
    interop,
    keys,
    memory,
    postgres,
    scale,
    scaled,
    service,
    start,
    status,
    verification,
    workers,
)
from bench.results import Results
from bench.stage import Stage

MEASUREMENTS: Mapping[str, Callable[[Results, Stage], None]] = MappingProxyType(
    {
        "crypto": crypto.measure,
        "decision": crypto.measure_decision,
        "status": status.measure,
        "keys": keys.measure,
        "start": start.measure,
        "service": service.measure,
        "verification": verification.measure,
        "bundle": bundle.measure,
        "commit": commit.measure,
        "interop": interop.measure,
        "memory": memory.measure,
        "scale": scale.measure,
        "postgres": postgres.measure,
        "scaled": scaled.measure,
        "workers": workers.measure,
        "growth": growth.measure,
        "events": events.measure,
        "import": imports.measure,
    }
)
_CASES = 400
_SMOKE_CASES = 40


def main() -> None:
    """Run the measurements asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Ratios against baselines of the same run.")
    parser.add_argument(
        "--smoke", action="store_true", help="a minute and a quarter: shows that it works, not how fast"
    )
    parser.add_argument("--only", nargs="+", choices=list(MEASUREMENTS), default=list(MEASUREMENTS), metavar="NAME")
    asked = parser.parse_args()
    results = Results(smoke=asked.smoke)
    with Stage(_SMOKE_CASES if asked.smoke else _CASES) as stage:
        try:
            for name in asked.only:
                started = time.perf_counter()
                print(f"{name} … ", end="", file=sys.stderr, flush=True)
                MEASUREMENTS[name](results, stage)
                print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
        finally:  # what was measured before something failed, or was interrupted, is kept
            results.show()
            results.write()


if __name__ == "__main__":
    main()
