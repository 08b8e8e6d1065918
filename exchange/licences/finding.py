"""Step 4 of the fetch walk: which of a holder's licences answers a line, and what phase two may know of it."""

from exchange.entities.catalogue import Purpose, Sharing
from exchange.entities.licence import LicenceState
from exchange.licences.codec import HeldLicence, Holding
from exchange.licences.gathering import Line
from exchange.purpose.facts import LicenceFacts

NOT_FOUND = LicenceFacts(found=False)


def chosen(line: Line, holding: Holding | None, now: int) -> HeldLicence | None:
    """The licence that answers the line: one in force with the latest begin; else the newest of the others.

    Under an agreement only licences of its issuer count, unless the type's defining authority made it for all issuers.
    An evidence object that is about one licence, or one issuer's, lets no other answer.
    """
    if holding is None:
        return None
    held = [one for one in holding.licences if _is_meant(line, one) and _is_shared(line, one)]
    return next((one for one in held if is_in_force(one, now)), held[0] if held else None)


def licence_facts(line: Line, held: HeldLicence | None, *, intact: bool = True, signed: bool = True) -> LicenceFacts:
    """What phase two decides from. ``intact`` and ``signed`` are what steps 6 and 7 have seen."""
    if held is None:
        return NOT_FOUND
    return LicenceFacts(
        found=True,
        type_code=line.plan.type_facts.code,
        holders=frozenset({line.holder_tag.hex()}),
        state=held.state,
        valid_from_time=held.valid_from_time,
        valid_until_time=held.valid_until_time,
        digest_ok=intact,
        signature_ok=signed,
        status_fresh=True,  # the unit expects the very version of the holding that this state was read from
    )


def is_in_force(held: HeldLicence, now: int) -> bool:
    """Whether a licence is active and within its period."""
    begun = held.state is LicenceState.ACTIVE and held.valid_from_time <= now
    return begun and (held.valid_until_time == 0 or now < held.valid_until_time)


def _is_meant(line: Line, held: HeldLicence) -> bool:
    return line.identifier in {"", held.identifier} and line.issuer in {"", held.issuer}


def _is_shared(line: Line, held: HeldLicence) -> bool:
    """Outside a case the object's profile takes the place of the agreement."""
    if line.facts.purpose is not Purpose.SERVICE:
        return True
    licence_type, agreement = line.plan.licence_type, line.agreement
    if licence_type is None or licence_type.sharing is not Sharing.CONDITIONAL:
        return True
    return agreement is not None and agreement.issuer in {held.issuer, licence_type.defining_authority}
