"""Two machines' publishers on PostgreSQL: one publishes, and the other within seconds of the first's end or loss."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from prometheus_client import CollectorRegistry

from exchange.metrics import PublisherMetrics
from exchange.publishing.publisher import PublisherProcess
from storage.records.postgres_leader import Leader
from tests.fakes.running_hub import until


class Counting:
    name = "status-lists"
    interval = 0.01

    def __init__(self) -> None:
        self.runs = 0

    def run_once(self) -> None:
        self.runs += 1


@contextmanager
def machine(leader: Leader, task: Counting) -> Iterator[threading.Event]:
    """A publisher that runs until the event is set or this is left."""
    stop = threading.Event()
    process = PublisherProcess([task], leader, PublisherMetrics(CollectorRegistry(), [task.name]), [])
    thread = threading.Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def test_the_publisher_moves_to_another_machine(postgres_databases):
    address = postgres_databases.fresh()
    first, second, third = Counting(), Counting(), Counting()
    with ExitStack() as held:
        stop = held.enter_context(machine(Leader(address, "publisher"), first))
        until(lambda: first.runs > 2, "the first to publish")
        other = held.enter_context(machine(Leader(address, "publisher"), second))
        held.enter_context(machine(Leader(address, "integrator"), third))
        until(lambda: third.runs > 2, "another work to have its own leader")
        assert second.runs == 0
        stop.set()
        until(lambda: second.runs > 2, "the second to take over")
        at = first.runs
        other.set()
        candidate = held.enter_context(closing(Leader(address, "publisher")))
        until(candidate.try_lead, "the second to give it up")
        assert first.runs == at
