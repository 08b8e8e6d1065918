"""What processes have used, as the kernel counts it: processor time and memory. Linux only (``/proc``)."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def processor_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes since they began, all threads; the counter's step is 10 ms."""
    total = 0
    for pid in pids:
        # The name in parentheses may hold spaces; what follows it has fixed places (proc_pid_stat(5)).
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def tree_seconds(pid: int) -> float:
    """The same of a process, its children, and the children that ended and were waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    total = sum(int(field) for field in fields[11:15]) / _TICKS
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        try:
            total += processor_seconds((int(child),))
        except FileNotFoundError:
            continue  # it ended just now
    return total


def resident_kb(pids: Iterable[int]) -> float:
    """Memory resident of these processes, in KB; pages that they share are counted for each."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * _PAGE / 1024 for pid in pids)
