"""One consent for a whole application: what a holder agrees to once, recorded in each case that it serves.

Rules:
1. A consent stays bound to one case, so that the decision and a revocation need not know of applications: one is
   recorded for each case, in one unit, under the same notice.
2. Each covers only what its own case needs of what was agreed to, and ends with its case at the latest.
"""

from dataclasses import replace

from exchange.audit.entry import key_epoch
from exchange.call import Call
from exchange.cases.applications import ApplicationRoom, find_application
from exchange.cases.consent import NewConsent, record_consent
from exchange.cases.store import owner_party
from exchange.entities.case import CLOSED, Case, Consent
from exchange.entities.catalogue import Basis, EntityKind, EvidenceRequirement, Matter
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason
from storage.errors import CorruptError


def record_application_consent(
    call: Call, room: ApplicationRoom, application_id: str, new: NewConsent
) -> tuple[Consent, ...]:
    """Record what a party agreed to in every open case of the application that needs it, in the application's order.

    Raises what ``find_application`` and ``record_consent`` raise, and ``InvalidError`` if a requirement is none of the
    party's lines that rest on consent in any open case.
    """
    # 1. The cases that are open and the lines of each that rest on this party's consent
    found = find_application(call, room, application_id)
    tag = room.cases.tagger.case(application_id, key_epoch(call.now_us))
    open_cases = [
        each.case for each in found.cases if each.case.state not in CLOSED and call.now < each.case.expires_time
    ]
    if not open_cases:
        raise RefusedError(Reason.CASE_NOT_OPEN, subject=f"applications/{application_id}")
    asked = [(case, _lines(room, case, new)) for case in open_cases]
    # 2. What was agreed to, against all of them together
    _check_scope(new, [line for _, lines in asked for line in lines])
    # 3. One consent a case, narrowed to it
    given = []
    for case, lines in asked:
        fields = frozenset(field for line in lines for field in line.fields) & new.fields
        if not lines or (new.fields and not fields):  # no fields would mean all of them
            continue
        own = replace(
            new,
            requirements=frozenset(line.id for line in lines),
            fields=fields,
            valid_until_time=min(new.valid_until_time, case.expires_time),
        )
        placed = len(call.draft.items)
        given.append(record_consent(call, room.cases, case.id, own))
        for item in call.draft.items[placed:]:
            item.case_tag = room.cases.tagger.case(case.id, key_epoch(call.now_us))
    # 4. The record is the application's
    call.draft.case_tag = tag
    call.draft.raw.pop("case", None)
    call.draft.sealed_owner = room.cases.store.owner(owner_party(found.cases[0].case))
    return tuple(given)


def _lines(room: ApplicationRoom, case: Case, new: NewConsent) -> list[EvidenceRequirement]:
    """The lines named that the case's pinned guide asks of the party by consent, in the case's situations."""
    if new.party not in {party.role for party in case.parties}:
        return []
    found = []
    for pinned in case.matters:
        revision = room.cases.catalogue.revision(EntityKind.MATTER, pinned.code, pinned.revision)
        if revision is None or not isinstance(revision.entity, Matter):
            raise CorruptError(f"matters/{pinned.code}/revisions/{pinned.revision} is pinned by a case and missing")
        found += [
            line
            for line in revision.entity.evidence
            if line.id in new.requirements
            and line.party == new.party
            and Basis.CONSENT in line.bases
            and not line.withdrawn
            and (not line.situations or not line.situations.isdisjoint(case.situations))
        ]
    return found


def _check_scope(new: NewConsent, lines: list[EvidenceRequirement]) -> None:
    problems = []
    if not new.requirements:
        problems.append(Violation("consent.requirements", "must not be empty", "不得为空"))
    elif not new.requirements <= {line.id for line in lines}:
        en, zh = "names evidence that no case needs by consent of this party", "含有无需该当事人授权的材料"
        problems.append(Violation("consent.requirements", en, zh))
    if not new.fields <= {field for line in lines for field in line.fields}:
        en, zh = "names a field that these lines do not ask for", "含有所列材料未要求的字段"
        problems.append(Violation("consent.fields", en, zh))
    if problems:
        raise InvalidError(tuple(problems))
