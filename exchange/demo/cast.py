"""Who plays: synthetic people and organisations, chosen from one seed so that every telling is the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from exchange.entities.licence import Holder
from exchange.synthetic import Organisation, Person, Synthetic
from exchange.synthetic.people import Household

SEED: Final = 2026
_DIVORCED: Final = 9  # of ten households, the one that has divorced


@dataclass(frozen=True, slots=True)
class Cast:
    """The restaurant with its people, the couple that buys and the one that sells, and some other families."""

    synthetic: Synthetic
    restaurant: Organisation
    principal: Person
    cook: Person
    buyers: Household
    sellers: Household
    parents: Household
    """The couple whose child is born."""

    def holder(self, of: Person | Organisation) -> Holder:
        """A person or organisation as a holder."""
        return self.synthetic.holder(of)

    def others(self) -> Iterator[Person]:
        """People who have nothing to do with the story, one after the other."""
        return (self.synthetic.person(4 * number) for number in count(10_000))


def choose(seed: int = SEED) -> Cast:
    """The cast of a seed."""
    synthetic = Synthetic(seed)
    restaurant = next(
        organisation
        for organisation in map(synthetic.organisation, count())
        if organisation.trade == "餐饮管理" and organisation.number % 10 != _DIVORCED
    )
    buyers = next(number for number in count(restaurant.number + 10) if number % 10 < _DIVORCED - 1)
    return Cast(
        synthetic=synthetic,
        restaurant=restaurant,
        principal=synthetic.legal_representative(restaurant),
        cook=synthetic.person(4 * restaurant.number + 1),
        buyers=synthetic.household(buyers),
        sellers=synthetic.household(buyers + 1),
        parents=synthetic.household(next(n for n in count(buyers + 2) if n % 10 < _DIVORCED)),
    )
