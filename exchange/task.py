"""What a task is: something that is done again and again, by the one machine of the hub that leads."""

from typing import Protocol


class Task(Protocol):
    """One thing that the hub keeps doing. One thread owns it; another machine may take over between two runs."""

    @property
    def name(self) -> str:
        """Names its thread, and its runs in metrics and logs: lower-case words with hyphens between them."""
        ...

    @property
    def interval(self) -> float:
        """Seconds between the end of a run and the next."""
        ...

    def run_once(self) -> None:
        """Do what there is to do now, bounded in time by time-outs of its own.

        May raise anything: it is logged, counted and tried again, but for what no later run could mend, such as a log
        that would fork.
        """
        ...
