"""Timing a function on one core: several rounds in turn with its baseline, and the median of each."""

import gc
import statistics
import time
from collections.abc import Callable


def rate(function: Callable[[], object], seconds: float) -> float:
    """Calls a second of one round of about ``seconds``."""
    count = 0
    gc.collect()
    started = time.perf_counter()
    ends = started + seconds
    while True:
        for _ in range(50):
            function()
        count += 50
        now = time.perf_counter()
        if now >= ends:
            return count / (now - started)


def paired(
    first: Callable[[], object], second: Callable[[], object], *, rounds: int, seconds: float
) -> tuple[float, float, float]:
    """Median rates of two functions measured in turn, and the median of the rounds' ratios first/second."""
    firsts, seconds_, ratios = [], [], []
    for _ in range(rounds):
        firsts.append(rate(first, seconds))
        seconds_.append(rate(second, seconds))
        ratios.append(firsts[-1] / seconds_[-1])
    return statistics.median(firsts), statistics.median(seconds_), statistics.median(ratios)
