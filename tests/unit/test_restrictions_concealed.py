"""What a restriction conceals is committed at once, seen by auditors at once, and shown to its holder afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from exchange.assistance.answering import approve_letter, get_received_letter
from exchange.assistance.requesting import NewLetter, request_letter
from exchange.audit.entry import RecordDraft
from exchange.audit.queries import AccessFilter
from exchange.consents import accesses
from exchange.consents.accesses import OwnAccess, list_accesses_to_my_data
from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder
from exchange.entities.restriction import Restriction
from exchange.restrictions.placing import lift_restriction
from exchange.restrictions.reading import get_restriction, list_restrictions_on_me
from exchange.supervision.tasks import NewTask, open_case_task
from tests.fakes.consent_world import Counter, counter_over
from tests.fakes.licence_world import IDENTITY, MARKET, POLICE, line, matter, open_keys
from tests.fakes.restriction_world import DAY, INSPECTION, by, prepare, proposed, restrict, room
from tests.fakes.result_world import PERMIT, PERMIT_MATTER, PROVINCE, ResultWorld, open_result_world
from tests.fakes.warrant_world import fetch_under, letter_room

ARTICLE = "《示例条例》第五十条"


@dataclass
class Town:
    """A supervised matter, a holder with an identity card and an approved case, and the holder's own channel."""

    world: ResultWorld
    counter: Counter
    holder: Holder
    case: str

    @property
    def now(self) -> int:
        return self.world.hub.clock.seconds

    def conceal(self, days: int = 3, **changes: Any) -> Restriction:
        return restrict(self.world, self.holder, conceal_until=self.now + days * DAY, **changes)

    def inspect(self) -> None:
        """Open an inspection task and read under it: one look for SUPERVISION."""
        new = NewTask((), ARTICLE, self.now + 5 * DAY, 5)
        task = self.world.watch(open_case_task, self.case, IDENTITY, "", new)
        fetch_under(self.world, PROVINCE, "watch", f"inspectionTasks/{task.id}")

    def investigate(self) -> None:
        """Ask by letter, have the issuer look at it and agree, and read: four looks for ASSISTANCE."""
        letter = NewLetter(POLICE, self.holder, {IDENTITY: ("name",)}, ARTICLE, "核查", self.now + 5 * DAY, 2)
        hub, letters = self.world.hub, letter_room(self.world)
        asked = hub.run(hub.caller(MARKET, "clerk"), request_letter, letters, letter)
        hub.run(hub.caller(POLICE, "issuer"), get_received_letter, letters, asked.id)
        hub.run(hub.caller(POLICE, "issuer"), approve_letter, letters, asked.id)
        fetch_under(self.world, MARKET, "clerk", f"letters/{asked.id}")

    def serve(self) -> None:
        """A look for SERVICE."""
        self.world.fetch(self.world.open_case(self.holder, matters=(PERMIT_MATTER,)))

    def page(self, before: int | None = None, limit: int = 50) -> Any:
        self.counter.indexed()
        return self.counter.as_holder(self.holder, list_accesses_to_my_data, 0, before=before, limit=limit)

    def seen(self) -> list[OwnAccess]:
        """What the holder sees of looks by others, oldest first, however many pages it takes."""
        found: list[OwnAccess] = []
        page = self.page(limit=4)
        found += page.accesses
        while page.next_before is not None:
            page = self.page(page.next_before, 4)
            found += page.accesses
        return [each for each in reversed(found) if each.purpose != "self"]

    def purposes(self) -> list[str]:
        return [each.purpose for each in self.seen()]

    def recorded(self) -> list[str]:
        """The purposes of every record that names the holder, as auditors and the index have them, oldest first."""
        self.counter.indexed()
        tag = self.world.tagger.holder(self.holder.id_type, self.holder.id_number, 2026)
        page = self.counter.room.accesses.list(AccessFilter((("holder", tag),)), frozenset(), limit=200)
        found = {record.index for record in page.records}
        entries = [self.counter.room.accesses.get(index, frozenset()) for index in sorted(found)]
        return [accesses.parse(entry.entry).purpose for entry in entries if entry is not None]

    def restrictions(self, limit: int = 50) -> list[str]:
        caller = self.counter.holder_caller(self.holder)
        found: list[str] = []
        after = ""
        while True:
            page = self.world.hub.run(caller, list_restrictions_on_me, room(self.world), after=after, limit=limit)
            found += [each.id for each in page.items]
            after = page.next_key
            if not after:
                return found
            assert len(page.items) == limit


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One world for all tests, since each has a holder of its own."""
    folder = tmp_path_factory.mktemp("world")
    with open_result_world(folder, keys=open_keys(folder / "keys")) as world:
        prepare(world)
        guide = matter(
            PERMIT_MATTER,
            line("identity", IDENTITY, "name"),
            result_type=PERMIT,
            supervising_department=PROVINCE,
        )
        world.hub.publish(guide)
        yield counter_over(world)


@pytest.fixture
def town(counter: Counter) -> Town:
    world = counter.world
    assert isinstance(world, ResultWorld)
    world.hub.clock.advance(7200)  # nobody's limits of the hour are left
    holder = world.person()
    case = world.accepted(PERMIT_MATTER, applicant=holder)
    world.decide(case, world.approval(world.permit(holder.id_number)))
    world.issue(holder)
    return Town(world, counter, holder, case)


def test_it_is_hidden_until_its_time_and_shown_afterwards(town: Town) -> None:
    before = town.purposes()
    restriction = town.conceal()
    town.inspect()
    town.investigate()
    town.serve()
    everything = town.recorded()
    assert town.purposes() == [*before, "service", "service"]  # what is done at a counter is never concealed
    town.world.hub.clock.us = restriction.conceal_until * 1_000_000 - 1
    assert "supervision" not in town.purposes()
    town.world.hub.clock.us += 1
    shown = town.purposes()
    looks = ["supervision"] * 3 + ["assistance"] * 4 + ["service"] * 2
    assert shown == [*before, *looks]
    assert [purpose for purpose in everything if purpose != "self"] == shown  # auditors had them all along


def test_what_was_before_it_or_is_after_it_is_shown_at_once(town: Town) -> None:
    town.inspect()
    before = town.purposes()
    assert before[-1] == "supervision"
    town.world.hub.clock.advance(1)
    restriction = town.conceal()
    town.inspect()
    assert town.purposes() == before
    lifted = by(town.world, "watch", lift_restriction, restriction.id)
    assert lifted.lifted_time
    assert town.purposes() == [*before, *["supervision"] * 4]  # its proposal, approval and lifting, and a look
    town.inspect()
    assert len(town.purposes()) == len(before) + 5


def test_a_proposal_conceals_nothing_but_itself(town: Town) -> None:
    before = town.purposes()
    waiting = proposed(town.world, town.holder, conceal_until=town.now + DAY)
    by(town.world, "second", get_restriction, waiting.id)
    assert town.purposes() == before
    town.inspect()
    assert town.purposes() == [*before, "supervision"]
    town.world.hub.clock.us = waiting.conceal_until * 1_000_000
    assert town.purposes() == [*before, *["supervision"] * 3]


def test_each_conceals_what_is_done_in_its_own_time(town: Town) -> None:
    """Placing one anew before the first ends does not keep what the first concealed any longer."""
    before = town.purposes()
    first = town.conceal(days=3)
    town.inspect()
    town.world.hub.clock.advance(2 * DAY)
    second = town.conceal(days=3)
    town.inspect()
    assert town.purposes() == before
    town.world.hub.clock.us = first.conceal_until * 1_000_000
    assert town.purposes() == [*before, *["supervision"] * 3]  # the first with its look; nothing of the second
    town.world.hub.clock.us = second.conceal_until * 1_000_000
    assert town.purposes() == [*before, *["supervision"] * 6]


def test_one_that_only_forbids_conceals_nothing(town: Town) -> None:
    before = town.purposes()
    restriction = restrict(town.world, town.holder, Purpose.SERVICE)
    town.inspect()
    assert town.purposes() == [*before, *["supervision"] * 3]
    assert town.restrictions() == [restriction.id]


def test_pages_show_no_gap(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little of the log is looked through at a time."""
    monkeypatch.setattr(accesses, "MAX_PAGE", 2)
    shown = [each.index for each in town.page().accesses]
    town.conceal()
    for _ in range(2):
        town.inspect()
        town.serve()
        shown[:0] = [town.page().accesses[0].index]
    town.inspect()
    for limit in (1, 2, 3, 50):
        found: list[int] = []
        sizes = []
        before: int | None = max(shown) + 1  # what is newer is the reader's own looks
        while before is not None:
            page = town.page(before, limit)
            found += [each.index for each in page.accesses if each.purpose != "self"]
            sizes.append(len(page.accesses))
            before = page.next_before
        assert set(shown) <= set(found)
        assert set(sizes[:-1]) <= {limit}
        assert 0 < sizes[-1] <= limit


def test_a_list_ends_though_all_that_follows_is_concealed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """So much in a row is bounded: the page is short then, and the next goes on where it stopped."""
    shown = town.page().accesses
    town.conceal()
    for _ in range(3):
        town.inspect()
    assert [each.index for each in town.page().accesses if each.purpose != "self"] == [
        each.index for each in shown if each.purpose != "self"
    ]
    monkeypatch.setattr(accesses, "MAX_PAGE", 2)
    monkeypatch.setattr(accesses, "_BATCHES", 2)
    found: list[int] = []
    page = town.page(limit=10)
    for _ in range(20):
        found += [each.index for each in page.accesses]
        if page.next_before is None:
            break
        page = town.page(page.next_before, 10)
    assert page.next_before is None
    assert found == sorted(set(found), reverse=True)
    assert {each.index for each in shown} <= set(found)


def test_a_holder_is_told_of_restrictions_that_conceal_nothing_any_more(town: Town) -> None:
    assert town.restrictions() == []
    proposed(town.world, town.holder, Purpose.SERVICE)
    town.world.hub.clock.advance(1)
    plain = restrict(town.world, town.holder, Purpose.SERVICE)
    town.world.hub.clock.advance(1)
    hiding = town.conceal(days=2)
    town.world.hub.clock.advance(1)
    last = restrict(town.world, town.holder, Purpose.EMERGENCY)
    restrict(town.world, town.world.person(), Purpose.SERVICE)
    assert town.restrictions() == [plain.id, last.id]  # a proposal is none yet, and somebody else's is not theirs
    assert town.restrictions(limit=1) == [plain.id, last.id]
    town.world.hub.clock.us = hiding.conceal_until * 1_000_000
    assert town.restrictions() == [plain.id, hiding.id, last.id]
    again = town.conceal(days=2)
    assert again.id not in town.restrictions()
    by(town.world, "watch", lift_restriction, again.id)
    assert again.id in town.restrictions()
    town.world.hub.clock.us = again.until_time * 1_000_000
    assert town.restrictions() == [plain.id, hiding.id, last.id, again.id]  # also those that are over


def test_a_repeat_names_the_restriction_as_its_first_call_did() -> None:
    """Else a repeated proposal would stand in its holder's list under no name, and not be known for what it is."""
    first = RecordDraft("m", "r", INSPECTION, "s", "990100", b"", "o")
    first.purpose, first.evidence_object = "supervision", "restrictions/1"
    again = RecordDraft("m", "r", INSPECTION, "s", "990100", b"", "o")
    again.recall(first.subjects())
    assert (again.purpose, again.evidence_object) == ("supervision", "restrictions/1")
