"""Whom a synthetic licence is about."""

from dataclasses import dataclass

from exchange.entities.catalogue import LicenceType
from exchange.synthetic.draws import Draws
from exchange.synthetic.organisations import Organisation
from exchange.synthetic.people import MAX_HOUSEHOLDS, Household, Person, make_household


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a licence is about, and those around them.

    ``person`` is the holder or, for an organisation, its legal representative; ``organisation`` is the holder or, for
    a person, the employer. ``issuer_name`` is printed as the issuing body. ``draws`` are this licence's, ``belongings``
    the holder's, so that two licences of one vehicle agree.
    """

    seed: int

    person: Person
    organisation: Organisation
    is_organisation: bool
    household: Household
    licence_type: LicenceType
    issuer_name: str
    draws: Draws
    belongings: Draws

    @property
    def name(self) -> str:
        """The holder's name."""
        return self.organisation.name if self.is_organisation else self.person.name

    @property
    def id_number(self) -> str:
        """The holder's number: a USCC or a citizen identity number."""
        return self.organisation.uscc if self.is_organisation else self.person.citizen_id

    @property
    def address(self) -> str:
        """The holder's address."""
        return self.organisation.address if self.is_organisation else self.household.address

    @property
    def next_household(self) -> Household:
        """The household that sells the flat which this one buys."""
        return make_household(self.seed, (self.household.number + 1) % MAX_HOUSEHOLDS)

    @property
    def couple(self) -> tuple[Person, Person]:
        """The household's husband and wife."""
        return self.household.husband, self.household.wife
