"""Counts of failed attempts: what was written is read, what was not is set aside, and pauses stay within bounds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit.unit import WEBHOOK_DELAY, Note
from exchange.events.cursor import Place
from exchange.events.webhook_delays import Delay, DelayBook, Patience, delays_of, later
from storage.records.changes import Insert
from storage.records.memory import MemoryRecords

NUMBERS = st.integers(0, 2**60)
DELAYS = st.builds(Delay, st.builds(Place, NUMBERS, st.integers(-1, 2**32 - 1)), NUMBERS, st.integers(1, 100), NUMBERS)
PATIENCE = st.builds(Patience, st.just(12), st.floats(0.01, 60), st.floats(0.01, 3_600))


class Notebook:
    """Keeps notes as the recorder does, in records of its own."""

    def __init__(self) -> None:
        self.records = MemoryRecords()

    def note(self, note: Note, timeout: float) -> bool:
        with self.records.write() as transaction:
            transaction.apply(note.changes)
        return True


@given(st.lists(DELAYS, min_size=1, max_size=4), st.lists(st.binary(max_size=60), max_size=3))
@settings(max_examples=60, deadline=None)
def test_the_one_that_counts_is_read_again_beside_what_cannot_be_read(delays, bodies):
    notebook = Notebook()
    book = DelayBook(notebook.records, notebook)
    counts = None
    for delay in delays:
        counts = later(counts, delay)
        assert book.put("webhook", delay) == counts
    with notebook.records.write() as transaction:
        for number, body in enumerate(bodies):
            transaction.apply([Insert(WEBHOOK_DELAY, f"strange-{number}", body)])
    found = book.look()
    assert found.delays == {"webhook": counts} == delays_of(notebook.records, list(found.versions))
    assert found.strange == {f"strange-{number}" for number in range(len(bodies))}
    assert counts is not None
    book.take_away(found, {"webhook": counts.event})
    assert not notebook.records.scan(WEBHOOK_DELAY)


@given(PATIENCE, st.integers(1, 10_000), NUMBERS)
@settings(max_examples=60, deadline=None)
def test_a_pause_is_bounded_and_over_when_its_time_has_come(patience, failures, now_us):
    pause = patience.pause(failures)
    assert 0 < pause <= patience.longest
    assert pause >= min(patience.longest, patience.first) / 2
    delay = Delay(Place(0, 0), 0, failures, now_us + int(pause * 1_000_000))
    assert patience.over(delay, delay.not_before_us)
    assert not patience.over(delay, delay.not_before_us - 1)
