"""Synthetic people, organisations and licences: as many as wanted, the same for the same seed, nobody's.

Every number is valid by its check character and invalid by its region (98 and 99 are not assigned in GB/T 2260).
"""

from exchange.entities.catalogue import HolderCategory, LicenceType
from exchange.entities.licence import FieldValue, Holder
from exchange.synthetic.contents import contents
from exchange.synthetic.draws import TODAY, Draws
from exchange.synthetic.organisations import Organisation, make_organisation
from exchange.synthetic.people import Household, Person, Place, make_household, make_person
from exchange.synthetic.subject import Subject

__all__ = ["TODAY", "Household", "Organisation", "Person", "Place", "Synthetic"]


class Synthetic:
    """The population of one seed. Everything is computed from (seed, number) when asked for; nothing is kept.

    Person ``n`` belongs to household ``n // 4``; organisation ``n`` is led by the husband of household ``n`` and
    employs that household's wife and elder.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def person(self, number: int) -> Person:
        """Person ``number``, 0 to forty million. Raises ValueError outside."""
        return make_person(self.seed, number)

    def household(self, number: int) -> Household:
        """Household ``number``: its four people, its flat and the couple's dates. Raises ValueError outside."""
        return make_household(self.seed, number)

    def organisation(self, number: int) -> Organisation:
        """Organisation ``number``. Raises ValueError outside."""
        return make_organisation(self.seed, number)

    def legal_representative(self, organisation: Organisation) -> Person:
        """The person who leads the organisation."""
        return self.person(4 * organisation.number)

    def employer(self, person: Person) -> Organisation:
        """Where the person works (or, of a child, where the father does)."""
        return self.organisation(person.household)

    def holder(self, of: Person | Organisation) -> Holder:
        """The person or organisation as the holder of a licence."""
        if isinstance(of, Organisation):
            return Holder("001", of.uscc, of.name)
        return Holder("111", of.citizen_id, of.name)

    def holders(self, licence_type: LicenceType, of: Person | Organisation) -> tuple[Holder, ...]:
        """Who holds such a licence: both spouses where the type allows co-holders, ``of`` first; else ``of`` alone."""
        if not licence_type.co_holders or isinstance(of, Organisation) or of.place not in {Place.HUSBAND, Place.WIFE}:
            return (self.holder(of),)
        spouse = self.person(of.number + (1 if of.place is Place.HUSBAND else -1))
        return self.holder(of), self.holder(spouse)

    def licence_fields(
        self, licence_type: LicenceType, of: Person | Organisation, issuer_name: str = "清河市示例机关"
    ) -> dict[str, FieldValue]:
        """What the licence of this type held by ``of`` says, right by the type's field definitions.

        ``issuer_name`` is what it prints as its issuing body.

        Raises ValueError when such a holder cannot hold such a licence.
        """
        is_organisation = isinstance(of, Organisation)
        wrong = HolderCategory.PERSON if is_organisation else HolderCategory.ORGANISATION
        if licence_type.holder_category is wrong:
            raise ValueError(f"a {licence_type.name.en} is not held by such a holder")
        if isinstance(of, Organisation):
            person, organisation, household = self.legal_representative(of), of, of.number
        else:
            person, organisation, household = of, self.employer(of), of.household
        subject = Subject(
            seed=self.seed,
            person=person,
            organisation=organisation,
            is_organisation=is_organisation,
            household=self.household(household),
            licence_type=licence_type,
            issuer_name=issuer_name,
            draws=Draws(self.seed, "licence", licence_type.code, is_organisation, of.number),
            belongings=Draws(self.seed, "belongings", is_organisation, of.number),
        )
        return contents(subject)
