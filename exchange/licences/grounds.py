"""Looks up what a representation rests on among the licences that the hub holds. Nothing of them is released.

Rules:
1. A legal representative is whom a business licence in force names by name and number; a handler is sent by that
   person. The guardian of a minor is whom the ward's birth certificate names as a parent, or who hands in the paper.
2. Which type is which is told by its fields, the catalogue's own vocabulary: a business licence is an organisation's
   type with ``_REGISTRATION``, a birth certificate a person's type with ``_BIRTH``.
3. The credential must be intact, signed and in force now. Whatever cannot be read shows nothing.
4. What is read here is expected unchanged at commit: an amended licence makes the call start over.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from exchange.call import Call
from exchange.cases.ground import NO_GROUND, FindGround, Ground
from exchange.civil_time import civil_midnight
from exchange.codes import citizen_id_birth_date, iso_date
from exchange.entities.case import Case, Representation, RepresentationKind
from exchange.entities.catalogue import HolderCategory
from exchange.entities.licence import FieldValue, Holder
from exchange.licences.fetch import is_kept
from exchange.licences.finding import is_in_force
from exchange.licences.opening import CredentialOpener, OpenCredential
from exchange.licences.store import LicenceStore

_REGISTRATION = frozenset({"unified_code", "legal_representative", "legal_representative_id"})
_BIRTH = frozenset({"newborn_name", "birth_date", "mother_id"})
_MAJORITY = 18
_CITIZEN_ID = "111"


def ground_finder(store: LicenceStore, opener: CredentialOpener) -> FindGround:
    """What looks among the licences of this store."""

    def find_ground(call: Call, case: Case, given: Representation) -> Ground:
        party = case.holder_of(given.party)
        if party is None:
            return NO_GROUND
        if given.kind is RepresentationKind.LEGAL_REPRESENTATIVE:
            return Ground(shown=_leads(call, store, opener, party, given.agent))
        if given.kind is RepresentationKind.HANDLER and given.authorised_by is not None and given.document_digest:
            return Ground(shown=_leads(call, store, opener, party, given.authorised_by))
        if given.kind is RepresentationKind.GUARDIAN:
            return _guardianship(call, store, opener, party, given)
        return NO_GROUND

    return find_ground


def _leads(call: Call, store: LicenceStore, opener: CredentialOpener, organisation: Holder, person: Holder) -> bool:
    """Whether a business licence in force names the person as the organisation's legal representative."""
    named = (person.name, person.id_number)
    return any(
        values.get("unified_code") == organisation.id_number
        and (values.get("legal_representative"), values.get("legal_representative_id")) == named
        for values in _contents(call, store, opener, organisation, HolderCategory.ORGANISATION, _REGISTRATION)
    )


def _guardianship(
    call: Call, store: LicenceStore, opener: CredentialOpener, ward: Holder, given: Representation
) -> Ground:
    """The birth certificate is the parents': it is the ward's if it has the ward's name and, where known, birthday."""
    born = citizen_id_birth_date(ward.id_number) if ward.id_type == _CITIZEN_ID else None
    parent = False
    for values in _contents(call, store, opener, given.agent, HolderCategory.PERSON, _BIRTH):
        said = iso_date(str(values.get("birth_date")))
        parents = {values.get("mother_id"), values.get("father_id")}
        if values.get("newborn_name") != ward.name or said is None or born not in {None, said}:
            continue
        if given.agent.id_number in parents:
            parent, born = True, said
            break
    majority = None if born is None else civil_midnight(_birthday(born, _MAJORITY).isoformat())
    return Ground(shown=parent or given.document_digest != "", majority_time=majority)


def _contents(
    call: Call,
    store: LicenceStore,
    opener: CredentialOpener,
    holder: Holder,
    category: HolderCategory,
    fields: frozenset[str],
) -> Iterator[Mapping[str, FieldValue]]:
    """The field values of the holder's licences in force of the types of that category with these fields."""
    for code, licence_type in sorted(call.register.licence_types.items()):
        if licence_type.holder_category is not category or not fields <= {one.name for one in licence_type.fields}:
            continue
        holding = call.read(store.holdings, f"{code}/{store.owner(holder)}").value
        for held in holding.licences if holding is not None else ():
            if not is_in_force(held, call.now):
                continue
            opened = opener.open(held.digest, held.identifier, held.issuer, holder)
            if isinstance(opened, OpenCredential) and is_kept(call, opened.owner):
                yield opened.values


def _birthday(born: date, years: int) -> date:
    """The birthday of that many years; who was born on 29 February has it on 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
