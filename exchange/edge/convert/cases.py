"""Cases, their parties (masked on the way out), consents and evidence checks."""

from onceonly.v1 import case_service_pb2 as pb

from exchange.cases.consent import NewConsent
from exchange.cases.masking import masked_holder
from exchange.cases.open import NewCase
from exchange.cases.read import CaseQuery
from exchange.cases.room import CaseView
from exchange.catalogue.names import format_entry_name
from exchange.edge.convert.clocks import put_clock
from exchange.edge.convert.missing import line_evidence_message
from exchange.edge.convert.representations import representation, representation_message
from exchange.edge.convert.values import enum_member, enum_value, holder, holder_message, label, timestamp
from exchange.edge.errors import outward, reason_name
from exchange.entities.case import Case, CaseParty, CaseRelation, CaseState, Consent
from exchange.entities.catalogue import CaseAssurance, EntityKind
from exchange.entities.collection import COLLECTING_DUTIES, HANDLING_DUTIES
from exchange.errors import InvalidError, Violation
from exchange.licences.evidence_line import Availability, EvidenceCheck

_OUTPUT_ONLY = (
    "name",
    "pinned_matters",
    "collecting_department",
    "assurance",
    "state",
    "opened_time",
    "accepted_time",
    "closed_time",
    "expires_time",
    "etag",
    "evidence",
    "promised_deadline_time",
    "statutory_deadline_time",
    "clock_state",
    "stopped_procedure",
    "procedure_deadline_time",
    "working_days_left",
    "deadlines_provisional",
    "overdue",
    "cross_region",
)
_CASES = "cases/"
_CONSENTS = "consents/"


def parse_case_name(text: str, field: str = "name") -> str:
    """The id in ``cases/{id}``; raises ``InvalidError``."""
    return _id(text, _CASES, field)


def parse_consent_name(text: str) -> str:
    """The id in ``consents/{id}``; raises ``InvalidError``."""
    return _id(text, _CONSENTS, "name")


def _id(text: str, prefix: str, field: str) -> str:
    name = text.removeprefix(prefix)
    if not text.startswith(prefix) or not name or not name.isascii() or len(name) > 64:
        raise InvalidError((Violation(field, f"must be {prefix}{{id}}", f"应为 {prefix}{{id}}"),))
    return name


def new_case(message: pb.Case, path: str = "case") -> NewCase:
    """What is to be opened; ``path`` is where it stands in the request.

    Raises ``InvalidError`` when the caller sets what only the hub may.
    """
    set_fields = {field.name for field, _ in message.ListFields()}
    wrong = [name for name in _OUTPUT_ONLY if name in set_fields]
    if wrong:
        raise InvalidError(
            tuple(Violation(f"{path}.{name}", "is set by the hub only", "只能由系统设置") for name in wrong)
        )
    return NewCase(
        number=message.number,
        matters=tuple(message.matters),
        bundle=message.bundle.removeprefix(f"{EntityKind.BUNDLE}/"),
        handling_department=message.handling_department,
        parties=tuple(CaseParty(party.role, holder(party.holder)) for party in message.parties),
        representations=tuple(
            representation(each, f"{path}.representations[{place}]")
            for place, each in enumerate(message.representations)
        ),
        situations=frozenset(message.situations),
        channel=message.channel,
    )


def case_message(view: CaseView, *, parties: bool = True) -> pb.Case:
    """A case as counters see it: names and numbers of its parties masked, or left out."""
    case: Case = view.case
    message = pb.Case(
        name=f"{_CASES}{case.id}",
        number=case.number,
        matters=[pinned.code for pinned in case.matters],
        bundle=f"{EntityKind.BUNDLE}/{case.bundle}" if case.bundle else "",
        pinned_matters=[
            pb.PinnedMatter(
                name=format_entry_name(EntityKind.MATTER, pinned.code, pinned.revision), digest=pinned.digest
            )
            for pinned in case.matters
        ],
        handling_department=case.handling_department,
        collecting_department=case.collecting_department,
        situations=sorted(case.situations),
        channel=case.channel,
        assurance=enum_value(CaseAssurance, case.assurance),
        state=enum_value(CaseState, case.state),
        opened_time=timestamp(case.opened_time),
        accepted_time=timestamp(case.accepted_time),
        closed_time=timestamp(case.closed_time),
        expires_time=timestamp(case.expires_time),
        etag=view.etag,
        evidence=[line_evidence_message(line) for line in view.evidence],
    )
    if parties:
        message.parties.extend(
            pb.CaseParty(role=party.role, holder=holder_message(masked_holder(party.holder))) for party in case.parties
        )
        message.representations.extend(representation_message(each) for each in case.representations)
    if view.clock is not None:
        put_clock(message, view.clock)
    if view.collection is not None or view.shared_with:
        message.cross_region.CopyFrom(_cross_region_message(view))
    return message


def _cross_region_message(view: CaseView) -> pb.CrossRegion:
    collected = view.collection
    return pb.CrossRegion(
        collecting_duties=COLLECTING_DUTIES if collected is not None else (),
        handling_duties=HANDLING_DUTIES if collected is not None else (),
        handed_over_time=timestamp(collected.handed_over_time) if collected is not None else None,
        shared_with=view.shared_with,
    )


def case_query(message: pb.ListCasesRequest) -> CaseQuery:
    return CaseQuery(enum_member(CaseRelation, pb.CaseRelation.Name(message.relation)), message.matter)


def query_bytes(query: CaseQuery) -> bytes:
    """The list and what it is asked for, so that a page's token serves no other question."""
    return f"ListCases/{query.relation or ''}/{query.matter}".encode()


def new_consent(message: pb.Consent) -> NewConsent:
    """What the holder agreed to; raises ``InvalidError`` when the caller sets what only the hub may."""
    if message.name or message.language or message.case or message.HasField("revoked_time"):
        raise InvalidError((Violation("consent", "has fields that only the hub sets", "含有只能由系统设置的字段"),))
    return NewConsent(
        party=message.party,
        requirements=frozenset(message.requirements),
        fields=frozenset(message.fields),
        valid_from_time=message.valid_from_time.seconds,
        valid_until_time=message.valid_until_time.seconds,
        max_uses=message.max_uses,
        statement_digest=message.statement_digest,
    )


def consent_message(consent: Consent) -> pb.Consent:
    return pb.Consent(
        name=f"{_CONSENTS}{consent.id}",
        party=consent.party,
        requirements=sorted(consent.requirements),
        fields=sorted(consent.fields),
        valid_from_time=timestamp(consent.valid_from_time),
        valid_until_time=timestamp(consent.valid_until_time),
        max_uses=consent.max_uses,
        statement_digest=consent.statement_digest,
        revoked_time=timestamp(consent.revoked_time),
        language=consent.language,
        case=f"{_CASES}{consent.case}",
    )


def evidence_check_message(check: EvidenceCheck) -> pb.EvidenceCheck:
    return pb.EvidenceCheck(
        requirement=check.requirement,
        matter=format_entry_name(EntityKind.MATTER, check.matter),
        label=label(check.label),
        licence_type=check.licence_type,
        party=check.party,
        availability=enum_value(Availability, check.availability),
        reasons=[reason_name(reason) for reason in outward(check.reasons)],
        fields=check.fields,
        uses_left=check.uses_left,
        advice=label(check.advice),
        standing=f"EVIDENCE_STANDING_{check.standing.name}",
        covered_by=pb.EvidenceName(matter=check.covered_by[0], requirement=check.covered_by[1])
        if check.covered_by is not None
        else None,
        issued_time=timestamp(check.issued_time),
        status_time=timestamp(check.status_time),
        deferrable_until=timestamp(check.deferrable_until),
        commitment_text=label(check.commitment_text) if check.commitment_text is not None else None,
        agreement_issuers=check.agreement_issuers,
        dispute=f"disputes/{check.dispute}" if check.dispute else "",
        dispute_state=check.dispute_state,
        sentence=label(check.sentence),
    )
