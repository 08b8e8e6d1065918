"""ASSISTANCE: who wrote a letter of request reads what the issuer agreed to, of that issuer's licences alone."""

from exchange.assistance.room import AssistanceRoom, find_letter, letter_event, uses_counter
from exchange.call import Call
from exchange.entities.catalogue import Role
from exchange.entities.event import EventType
from exchange.entities.letter import LetterState
from exchange.purpose.object_facts import LetterFacts
from exchange.reasons import Reason
from exchange.warrants.room import FindWarrant
from exchange.warrants.warrant import PURPOSES, Asked, Warrant, unknown


def letter_warrants(room: AssistanceRoom) -> FindWarrant:
    """What finds the warrant of a letter; a repeat of a call does not count what the first call has used."""

    def find(call: Call, asked: Asked) -> Warrant:
        found = find_letter(call, room.store, asked.id)
        if found is None:
            return unknown(asked)
        letter, profile = found.value, dict(found.value.profile)
        code = asked.licence_type or (next(iter(profile)) if len(profile) == 1 else "")
        counter = uses_counter(letter.id)
        used = room.store.records.counter(counter) - call.used_before(counter)
        return Warrant(
            name=asked.name,
            purpose=PURPOSES[asked.collection],
            role=Role.REQUESTER,
            letter=LetterFacts(
                id=letter.id,
                requester=letter.requester,
                legal_reference=letter.legal_reference,
                approved=letter.state is LetterState.APPROVED,
                licence_types=frozenset(profile),
                fields=frozenset(profile.get(code, ())),
                from_time=letter.requested_time,
                until_time=letter.until_time,
                uses_left=max(letter.max_uses - used, 0),
            ),
            holder=letter.holder,
            licence_type=code,
            issuer=letter.issuer,
            until=letter.until_time,
            counter=counter,
            uses=letter.max_uses,
            exhausted=Reason.LETTER_EXHAUSTED,
            alert=letter_event(EventType.LETTER_READ, letter, found.owner, code),
        )

    return find
