"""The machine that drives a counter through random steps, right and wrong, and holds every answer against the model.

It says how a step is sent and compared, and what must hold after each. The steps are in ``counter_*_steps``; all of
them together are ``counter_day.WholeDay``.
"""

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from onceonly.v1 import case_service_pb2 as pb

from exchange.cases.states import NEXT
from exchange.cases.store import CASE
from exchange.cases.uses import uses_counter
from exchange.clocks.due import due_now
from exchange.entities.licence import Holder
from exchange.licences.gathering import consent_counter
from signer.keys.files import FileKeyBackend
from storage.fast.interface import Fast
from storage.records.interface import Records
from tests.fakes.counter_bounds import NARROW
from tests.fakes.counter_city import COUNTER_CITY, LINES
from tests.fakes.counter_model import CounterModel
from tests.fakes.counter_records import CLOSED, ModelCase, ModelLine, Spent
from tests.fakes.counter_window import Ask, Counter, Told
from tests.fakes.licence_world import LAND, MARKET, POLICE, SERVICE_CENTRE, World, open_keys
from tests.fakes.rooms import open_hub

T = TypeVar("T")

PEOPLE = 2
NUMBERS = st.integers(0, 99)
"""Chooses one of what there is."""
WAYS = st.tuples(st.sampled_from((0, 1)), st.sampled_from(("once", "once", "once", "lost", "twice", "at_once")))
"""The window that a request goes to; and whether the other one gets it too: since its answer was lost, once it was
answered, or at the same time."""
WHO = st.sampled_from(("handler", "handler", "handler", "handler", "counter", "stranger"))
ETAGS = st.sampled_from((-1, -1, -1, -1, -1, -2, 0))
"""The etag in force, the one before it or the first one."""

_STEPS = {(before.value, after.value) for (before, _), after in NEXT.items()}


@cache
def shared_keys() -> FileKeyBackend:
    """Deriving a folder's key takes longer than a whole example."""
    folder = Path(tempfile.mkdtemp(prefix="counter-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return open_keys(folder)


@contextmanager
def open_counter_world(folder: Path, records: Records | None = None, fast: Fast | None = None) -> Iterator[World]:
    """The counter's city on an SQLite file in ``folder``, or on the stores given."""
    with open_hub(folder, records, fast) as hub:
        hub.publish(*COUNTER_CITY)
        yield World(hub, shared_keys())


class CounterMachine(RuleBasedStateMachine):
    """Sends steps to a counter of two windows; ``opened`` gives it a world for each run.

    ``narrow``: the limits of the hasty clerk's windows.
    """

    narrow = NARROW

    @initialize()
    def begin(self) -> None:
        self.held = ExitStack()
        self.world = self.held.enter_context(self.opened())
        self.counter = Counter(self.world, self.reader, self.narrow)
        self.model = CounterModel(self.world.hub.clock.seconds)
        self.people: list[Holder] = [self.world.person() for _ in range(PEOPLE)]
        self.agent = self.world.person()
        self.answered: list[tuple[Ask, Any]] = []
        self.spent: list[tuple[Ask, list[tuple[ModelCase, str]], Spent]] = []
        self.disputes: list[tuple[ModelLine, str, str]] = []
        self.made = 0
        self.meanwhile: Callable[[], None] | None = None
        self.stock()
        self.states = {case.name: case.state for case in self.model.cases.values()}

    def stock(self) -> None:
        """What is there when the day begins, so that steps have something to meet on."""

    def opened(self) -> AbstractContextManager[World]:
        """The world of one run."""
        return self._opened_in_folder()

    def reader(self) -> Records:
        """What a window reads: the same file, or a connection of its own."""
        return self.world.hub.records

    @contextmanager
    def _opened_in_folder(self) -> Iterator[World]:
        with tempfile.TemporaryDirectory(prefix="counter-") as folder, open_counter_world(Path(folder)) as world:
            yield world

    def teardown(self) -> None:
        if hasattr(self, "held"):
            self.held.close()

    # ---- sending

    def send(
        self,
        ask: Ask,
        in_the_way: Callable[[], Collection[str]] | Collection[str],
        follow: Callable[[Any], None],
        way: tuple[int, str] = (0, "once"),
    ) -> None:
        """Send a step, compare what it came to with the model, and let the model ``follow`` the answer.

        What is sent twice goes to the other window too, and gets the same answer. What is ``in_the_way`` is asked for
        once the step was answered, since something else may have happened before it was committed.
        """
        window, delivery = way
        at_once: list[Told] = []
        if delivery == "at_once":
            self.meanwhile = lambda: at_once.append(self.counter.deliver(ask, 1 - window))
        told = self.counter.deliver(ask, window, lost=delivery == "lost", meanwhile=self.take_meanwhile())
        obstacles = in_the_way() if callable(in_the_way) else in_the_way
        hold(told, {*obstacles, *told.bounds})
        again = told if delivery == "once" else at_once[0] if at_once else self.counter.deliver(ask, 1 - window)
        hold(again, {*obstacles, *again.bounds})
        if obstacles or told.bounds or again.bounds:
            return
        assert told.answer == again.answer or delivery == "lost"
        self.answered.append((ask, again.answer))
        follow(again.answer)

    def take_meanwhile(self) -> Callable[[], None] | None:
        """What happens before the next step is committed, once."""
        taken, self.meanwhile = self.meanwhile, None
        return taken

    def ask(self, method: str, message: Message, department: str, operator: str = "clerk") -> Ask:
        """A request with an id of its own, if its method takes one."""
        if "request_id" in message.DESCRIPTOR.fields_by_name:
            message.request_id = str(uuid.UUID(int=self.number()))  # type: ignore[attr-defined]
        return Ask(method, message, department, operator)

    def number(self) -> int:
        """A number that was not given before."""
        self.made += 1
        return self.made

    # ---- choosing

    def one(self, among: Collection[T], number: int) -> T:
        return list(among)[number % len(among)]

    def case(self, number: int) -> ModelCase:
        """One of the cases, now and then one that is closed."""
        live = [case for case in self.model.cases.values() if case.state not in CLOSED]
        return self.one(live if live and number % 5 else self.model.cases.values(), number // 5)

    def department(self, case: ModelCase, who: str) -> str:
        strangers = {MARKET: LAND, LAND: POLICE}
        return {"handler": case.handler, "counter": SERVICE_CENTRE, "stranger": strangers[case.handler]}[who]

    def etag(self, case: ModelCase, which: int) -> str:
        return case.etags[max(which, -len(case.etags))]

    def complete(self, case: ModelCase) -> bool:
        """Any step notes first that a case is accepted which awaits nothing any more; whether it had to."""
        completed = self.model.complete(case)
        if completed:
            self.states[case.name] = case.state
        return completed

    def complete_and_read(self, *cases: ModelCase) -> None:
        """The same for a step whose answer shows no etag of the case."""
        for case in cases:
            if self.complete(case):
                self.read(case, changed=True)

    # ---- what every answer about a case is held against

    def note_etag(self, case: ModelCase, etag: str, *, changed: bool) -> None:
        """The etag after a step: another one if, and only if, the case changed."""
        assert (etag not in case.etags) == changed
        if changed:
            case.etags.append(etag)
        assert etag == case.etags[-1]

    def read(self, case: ModelCase, *, changed: bool = False) -> None:
        """Read the case, as any window does before a step, and compare."""

        def follow(answer: pb.GetCaseResponse) -> None:
            self.note_etag(case, answer.case.etag, changed=changed)
            state = pb.CaseState.Name(answer.case.state).removeprefix("CASE_STATE_").lower()
            assert state == self.model.shown_state(case)

        self.send(self.ask("CaseService/GetCase", pb.GetCaseRequest(name=case.name), case.handler), (), follow)

    # ---- what holds after every step

    @invariant()
    def hub_and_model_agree(self) -> None:
        if not hasattr(self, "counter"):
            return
        assert not self.counter.new_entries(), "an entry that no call has left"
        records, store = self.world.hub.records, self.world.case_room.store
        for case in self.model.cases.values():
            identifier = case.name.removeprefix("cases/")
            found = store.cases.fresh(identifier).value
            assert found is not None
            assert found.state.value == case.state
            before = self.states.get(case.name, "open")
            assert before == case.state or (before, case.state) in _STEPS
            self.states[case.name] = case.state
            for name, line in case.lines.items():
                assert records.counter(uses_counter(identifier, case.matter, name)) == line.uses
                assert line.uses <= LINES[case.matter][name].max_uses
        for consent in self.model.consents.values():
            assert records.counter(consent_counter(consent.name.removeprefix("consents/"))) == consent.uses
            assert consent.uses <= consent.max_uses

    @invariant()
    def nothing_is_lost_or_double(self) -> None:
        """As many cases and licences are stored as were acknowledged, each of them once."""
        if not hasattr(self, "counter"):
            return
        records = self.world.hub.records
        assert len(records.scan(CASE, limit=1_000)) == len(self.model.cases)
        stored = {record.key for record in records.scan("licence", limit=1_000)}
        assert stored == {licence.name.rpartition("/")[2] for licence in self.model.licences.values()}

    def is_all_done(self) -> bool:
        return not due_now(self.world.hub.records, self.model.now)


def hold(told: Told, obstacles: Collection[str]) -> None:
    """Refused for one or more of the obstacles and for nothing else; or done, if there are none."""
    if obstacles:
        assert told.reasons, f"done in spite of {sorted(obstacles)}"
    assert told.reasons <= set(obstacles), f"{sorted(told.reasons)} instead of one of {sorted(obstacles)}"
