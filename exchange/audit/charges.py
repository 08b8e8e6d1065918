"""Limits, tallies and bars of a batch: judged against the fast store and against the batch's own earlier units.

Rules:
1. ``load`` reads all that a batch needs in few round trips. ``admit`` judges one unit and notes its charges;
   ``withdraw`` takes the unit admitted last back out.
2. Nothing reaches the fast store before ``keep``, which is called once the batch is durable and writes it in few
   round trips.
3. Within a batch judging is exact. Recorders that share a fast store do not see each other's batch under way: together
   they may pass a limit by what they have in hand at one moment.
4. Losing the fast store loses counts, never data; the recorder rebuilds them from the journal.
"""

from collections.abc import Iterable, Sequence

from exchange.audit.unit import Bar, Charge, Limit, LimitReached, Tally
from storage.errors import StorageError, StorageUnavailableError
from storage.fast.interface import Add, AddMember, AtLeast, Fast, Step
from storage.fast.limits import check

_BAR_RETRY = 60
"""Seconds: the fast store does not tell how long a bar still stands."""


class ChargeBook:
    """The charges of one batch."""

    def __init__(self, fast: Fast) -> None:
        self._fast = fast
        self._known_counts: dict[str, int] = {}
        self._known_members: dict[tuple[str, bytes], bool] = {}
        self._away: StorageUnavailableError | None = None
        self._kept: list[Limit | Tally] = []
        self._added: dict[str, int] = {}
        self._members: dict[str, set[bytes]] = {}
        self._bars: dict[str, int] = {}  # how many charges there were once it was set
        self._undo: list[tuple[str, bytes]] = []
        self._mark = 0

    def load(self, charges: Iterable[Charge], others: Iterable[str] = ()) -> None:
        """Read in few round trips all that judging these charges needs; what is not loaded is asked one by one.

        ``others``: keys whose counts somebody asks for besides. Raises nothing: if the fast store is away, every unit
        with charges is told so by ``admit``.
        """
        keys: dict[str, None] = dict.fromkeys(others)
        members: dict[tuple[str, bytes], None] = {}
        for charge in charges:
            for key in _counted(charge):
                keys[key] = None
            if not isinstance(charge, Bar) and charge.member:
                members[charge.key, charge.member] = None
        asked = [key for key in keys if _allowed(key)]
        asked_members = [member for member in members if _allowed(*member)]
        if not asked and not asked_members:
            return
        try:
            counts, present = self._fast.look(asked, asked_members)
        except StorageUnavailableError as error:
            self._away = error
        except StorageError:
            return  # one key is not what it should be: asked one by one, the others still answer
        else:
            self._known_counts.update(zip(asked, counts, strict=True))
            self._known_members.update(zip(asked_members, present, strict=True))

    def loaded(self, keys: Sequence[str]) -> tuple[int, ...] | None:
        """The counts of keys as they were loaded, as ``standing`` tells them; None unless all of them were."""
        counts = [self._known_counts.get(key) for key in keys]
        known = tuple(count for count in counts if count is not None)
        return known if len(known) == len(counts) else None

    def admit(self, charges: Sequence[Charge]) -> LimitReached | None:
        """Judge a unit's charges in order; the first that refuses is the answer and none of them is noted.

        Raises ``StorageError`` if the fast store cannot be asked.
        """
        self._mark = len(self._kept)
        self._undo.clear()
        for charge in charges:
            refusal = self._judge(charge)
            if refusal is not None:
                self.withdraw()
                return refusal
        return None

    def withdraw(self) -> None:
        """Forget the charges of the unit admitted last: its changes did not hold."""
        del self._kept[self._mark :]
        for key, member in self._undo:
            if member:
                self._members[key].discard(member)
            else:
                self._added[key] -= 1
        for bar in [bar for bar, mark in self._bars.items() if mark > self._mark]:
            del self._bars[bar]
        self._undo.clear()

    def note(self, charge: Charge) -> None:
        """Note a charge that is known to have been admitted once."""
        if not isinstance(charge, Bar):
            self._note(charge)

    def keep(self) -> None:
        """Write what was noted to the fast store.

        Raises ``StorageError``, after having tried every charge, if one could not be written: its count is low then.
        """
        kept = sorted(self._kept, key=lambda charge: bool(charge.member))  # steps of a kind together travel cheaper
        for count in write_counts(self._fast, kept, [_step(charge) for charge in kept]):
            if isinstance(count, StorageError):
                raise count

    def _judge(self, charge: Charge) -> LimitReached | None:
        if isinstance(charge, Bar):
            return self._barred(charge)
        if isinstance(charge, Limit):
            allowed = charge.limit + (6 * self._count(charge.per) // 5 if charge.per else 0)
            if self._new(charge) and self._count(charge.key) >= allowed:
                # The mean distance between two allowed calls: sooner would most likely be refused again.
                return LimitReached(charge.reason, max(1, charge.ttl // max(1, allowed)))
        self._note(charge)
        return None

    def _barred(self, bar: Bar) -> LimitReached | None:
        if bar.key in self._bars or self._stored(bar.key):
            return LimitReached(bar.reason, _BAR_RETRY)
        return None

    def _note(self, charge: Limit | Tally) -> None:
        self._kept.append(charge)
        if not charge.member:
            self._added[charge.key] = self._added.get(charge.key, 0) + 1
            self._undo.append((charge.key, b""))
        elif self._new(charge):
            self._members.setdefault(charge.key, set()).add(charge.member)
            self._undo.append((charge.key, charge.member))
        if isinstance(charge, Tally) and 0 < charge.threshold <= self._count(charge.key):
            self._bars.setdefault(charge.bar, len(self._kept))

    def _new(self, charge: Limit | Tally) -> bool:
        """Whether the charge would add to its count: a member already seen does not."""
        if not charge.member:
            return True
        if charge.member in self._members.get(charge.key, ()):
            return False
        known = self._known_members.get((charge.key, charge.member))
        if known is None:
            self._fail_if_away()
            return not self._fast.has_member(charge.key, charge.member)
        return not known

    def _count(self, key: str) -> int:
        return self._stored(key) + self._added.get(key, 0) + len(self._members.get(key, ()))

    def _stored(self, key: str) -> int:
        known = self._known_counts.get(key)
        if known is None:
            self._fail_if_away()
            return self._fast.count(key)
        return known

    def _fail_if_away(self) -> None:
        if self._away is not None:
            raise self._away


def write_counts(fast: Fast, charges: Sequence[Limit | Tally], steps: Sequence[Step]) -> list[int | StorageError]:
    """Write the step that stands for each charge, and the bars of tallies that reach their threshold by it.

    Returns the count after each step or what went wrong with it, then the same of the bars.
    """
    counts = fast.charge(steps) if steps else []
    bars: dict[str, Step] = {}
    for charge, count in zip(charges, counts, strict=True):
        if isinstance(charge, Tally) and not isinstance(count, StorageError) and 0 < charge.threshold <= count:
            bars.setdefault(charge.bar, AtLeast(charge.bar, charge.bar_ttl, 1))  # one that stands is not prolonged
    return counts + fast.charge(list(bars.values())) if bars else counts


def standing(fast: Fast, keys: Sequence[str]) -> tuple[int, ...]:
    """Count of each limit's key, or 1 for a bar that is set. Raises ``StorageError`` if the fast store is away."""
    return tuple(fast.look(keys, ())[0])


def _counted(charge: Charge) -> Iterable[str]:
    """The keys whose counts judging the charge asks for."""
    if isinstance(charge, Limit):
        return (charge.key, charge.per) if charge.per else (charge.key,)
    if isinstance(charge, Tally) and not charge.threshold:
        return ()
    return (charge.key,)


def _allowed(key: str, member: bytes = b"") -> bool:
    """Whether the fast store takes the key and member; a unit that names another is told so when it is judged."""
    try:
        check(key, value=member)
    except StorageError:
        return False
    return True


def _step(charge: Limit | Tally) -> Step:
    if charge.member:
        return AddMember(charge.key, charge.ttl, charge.member)
    return Add(charge.key, charge.ttl)
