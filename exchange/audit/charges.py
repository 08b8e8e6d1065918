"""Limits, tallies and bars of a batch: judged against the fast store and against the batch's own earlier units.

Rules:
1. ``admit`` judges one unit and notes its charges; ``withdraw`` takes the unit admitted last back out.
2. Nothing reaches the fast store before ``keep``, which is called once the batch is durable.
3. Losing the fast store loses counts, never data; the recorder rebuilds them from the journal.
"""

from collections.abc import Sequence

from exchange.audit.unit import Bar, Charge, Limit, LimitReached, Tally
from storage.errors import StorageError
from storage.fast.interface import Fast

_BAR_RETRY = 60
"""Seconds: the fast store does not tell how long a bar still stands."""


class ChargeBook:
    """The charges of one batch."""

    def __init__(self, fast: Fast) -> None:
        self._fast = fast
        self._kept: list[Limit | Tally] = []
        self._added: dict[str, int] = {}
        self._members: dict[str, set[bytes]] = {}
        self._bars: dict[str, int] = {}  # how many charges there were once it was set
        self._undo: list[tuple[str, bytes]] = []
        self._mark = 0

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
        failure: StorageError | None = None
        for charge in self._kept:
            try:
                self._store(charge)
            except StorageError as error:
                failure = error
        if failure is not None:
            raise failure

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
        if bar.key in self._bars or self._fast.count(bar.key):
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
        return not self._fast.has_member(charge.key, charge.member)

    def _count(self, key: str) -> int:
        return self._fast.count(key) + self._added.get(key, 0) + len(self._members.get(key, ()))

    def _store(self, charge: Limit | Tally) -> None:
        if charge.member:
            count = self._fast.add_member(charge.key, charge.member, charge.ttl)
        else:
            count = self._fast.add(charge.key, 1, charge.ttl)
        if isinstance(charge, Tally) and 0 < charge.threshold <= count and not self._fast.count(charge.bar):
            self._fast.add(charge.bar, 1, charge.bar_ttl)


def standing(fast: Fast, keys: Sequence[str]) -> tuple[int, ...]:
    """Count of each limit's key, or 1 for a bar that is set. Raises ``StorageError`` if the fast store is away."""
    return tuple(fast.count(key) for key in keys)
