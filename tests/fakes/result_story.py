"""One decision and everything that follows from it, on a real hub: every call of results, ratings and supervision."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgpack
from onceonly.v1 import case_service_pb2 as case
from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import issuance_service_pb2 as issuance
from onceonly.v1 import licence_pb2
from onceonly.v1 import supervision_service_pb2 as supervision
from onceonly.v1.access_record_pb2 import AccessEntry

from exchange.audit.entry import new_salt
from exchange.audit.unit import Committed, Unit
from exchange.client import new_request_id
from exchange.demo import desks
from exchange.entities.catalogue import LicenceType
from exchange.supervision.commitments import COMMITMENT_CHECK
from exchange.synthetic import Organisation
from storage.records.changes import Change, Insert
from tests.fakes.missing_story import submit
from tests.fakes.town import MARKET, Town, refused

APPROVER, ISSUER = "approver-1", "issuer-1"
SUPERVISOR = "province-market", "supervisor-1"
CHANNEL = "city-tax", "clerk-1"
"""A department that has nothing to do with the case: it passes on ratings."""
ARTICLE = "《示例条例》第五十条"


@dataclass(frozen=True)
class Approved:
    """A case that was approved with its licence, and how."""

    name: str
    request: case.DecideCaseRequest
    response: case.DecideCaseResponse


def permit_content(town: Town, organisation: Organisation, number: str) -> licence_pb2.Licence:
    """The content of a food business permit, without holders."""
    return content(town, town.city.licence_type("food-permit"), organisation, number)


def content(town: Town, licence_type: LicenceType, of: Any, number: str) -> licence_pb2.Licence:
    message = licence_pb2.Licence(number=number)
    desks.put_field_values(message.fields, town.synthetic.licence_fields(licence_type, of))
    if licence_type.validity_days:
        message.valid_until_time.seconds = int(datetime.now(UTC).timestamp()) + licence_type.validity_days * 86_400
    return message


def accepted(town: Town, organisation: Organisation, matter: str) -> str:
    """The name of an accepted case of the market department."""
    hub = town.hub()
    new = town.new_case(organisation)
    new.matters[:] = [town.city.matter(matter).code]
    name = str(hub.call(hub.cases.OpenCase, case.OpenCaseRequest(case=new, request_id=new_request_id())).case.name)
    asked = hub.call(hub.cases.CheckEvidence, case.CheckEvidenceRequest(case=name)).checks
    for check in asked:
        if check.availability not in {case.AVAILABILITY_NOT_NEEDED, case.AVAILABILITY_REFUSED}:
            submit(hub, name, check.requirement)
    desks.accept(hub, name)
    return name


def decision(town: Town, name: str, *results: case.ResultContent) -> case.DecideCaseRequest:
    hub = town.hub()
    etag = hub.call(hub.cases.GetCase, case.GetCaseRequest(name=name)).case.etag
    return case.DecideCaseRequest(
        name=name, etag=etag, approved=True, note="准予", results=results, request_id=new_request_id()
    )


def approve_with_licence(town: Town) -> Approved:
    """Approve a change of a food permit with the new permit."""
    organisation = town.organisation()
    name = accepted(town, organisation, "food-change")
    result = case.ResultContent(licence=permit_content(town, organisation, town.number("PERMIT")))
    request = decision(town, name, result)
    hub = town.hub(MARKET, APPROVER)
    return Approved(name, request, hub.call(hub.cases.DecideCase, request))


def owe_and_issue(town: Town) -> issuance.DueIssuance:
    """Approve a case whose permit comes from the department's own system, which then issues it."""
    organisation = town.organisation()
    name = accepted(town, organisation, "food-new")
    hub = town.hub()
    hub.call(hub.cases.DecideCase, decision(town, name))
    issuer = town.hub(MARKET, ISSUER)
    owed = issuer.call(issuer.issuance.ListDueIssuances, issuance.ListDueIssuancesRequest(page_size=100)).due_issuances
    due = next(each for each in owed if each.case == name)
    request = issuance.IssueLicenceRequest(parent=due.licence_type, case=name, request_id=new_request_id())
    request.licence.CopyFrom(permit_content(town, organisation, town.number("OWED")))
    request.licence.holders.append(desks.holder_message(town.synthetic.holder(organisation)))
    issuer.call(issuer.issuance.IssueLicence, request)
    settled = issuance.ListDueIssuancesRequest(page_size=100, settled=True)
    return next(
        each for each in issuer.call(issuer.issuance.ListDueIssuances, settled).due_issuances if each.case == name
    )


def rate(town: Town, approved: Approved, level: int, ticket: str = "") -> case.Rating:
    """Pass on a rating with the case's ticket."""
    hub = town.hub(*CHANNEL)
    rating = case.Rating(level=level, reasons=["slow"], comment="等了三次", channel=case.RATING_CHANNEL_ONLINE)
    request = case.RateCaseRequest(
        case=approved.name,
        rating_ticket=ticket or approved.response.rating_ticket,
        rating=rating,
        request_id=new_request_id(),
    )
    return hub.call(hub.cases.RateCase, request).rating


def rectify(town: Town, approved: Approved) -> case.Rectification:
    """Answer a bad rating, and see that it is open no longer."""
    hub = town.hub()
    waiting = hub.call(hub.cases.ListRectifications, case.ListRectificationsRequest()).rectifications
    assert approved.name in {each.case for each in waiting}
    assert hub.call(hub.cases.ListRatings, case.ListRatingsRequest()).ratings
    request = case.AnswerRectificationRequest(
        case=approved.name,
        channel=case.RATING_CHANNEL_ONLINE,
        answer="已增设窗口",
        outcome=case.RECTIFICATION_OUTCOME_RECTIFIED,
        request_id=new_request_id(),
    )
    answered = hub.call(hub.cases.AnswerRectification, request).rectification
    waiting = hub.call(hub.cases.ListRectifications, case.ListRectificationsRequest()).rectifications
    assert approved.name not in {each.case for each in waiting}
    return answered


def figures(town: Town) -> case.RatingFigures:
    """This month's ratings of the market department."""
    hub = town.hub()
    month = datetime.now(UTC).strftime("%Y-%m")
    department = town.city.matter("food-change").code[:18]
    request = case.SummariseRatingsRequest(department=department, first_month=month, last_month=month)
    return hub.call(hub.cases.SummariseRatings, request).figures[0]


def take_over(town: Town, approved: Approved) -> supervision.HandOff:
    """Take the approval over as its supervisor."""
    hub = town.hub(*SUPERVISOR)
    waiting = hub.call(hub.supervision.ListHandOffs, supervision.ListHandOffsRequest(page_size=100)).hand_offs
    hand_off = next(each for each in waiting if each.case == approved.name)
    request = supervision.AcknowledgeHandOffRequest(name=hand_off.name, request_id=new_request_id())
    return hub.call(hub.supervision.AcknowledgeHandOff, request).hand_off


def inspect(town: Town, approved: Approved, put: Callable[[Change], None]) -> str:
    """Check a commitment and report what was found; ``put`` writes the commitment as whoever takes it does."""
    hub = town.hub(*SUPERVISOR)
    case_id, matter = approved.name.removeprefix("cases/"), town.city.matter("food-change")
    commitment = {"case": case_id, "matter": matter.code, "requirement": "place", "made_time": 1, "state": "open"}
    index = ("supervisor", matter.supervising_department.encode())
    put(Insert(COMMITMENT_CHECK, f"{case_id}/{matter.code}/place", msgpack.packb(commitment), (index,)))
    checks = hub.call(hub.supervision.ListCommitmentChecks, supervision.ListCommitmentChecksRequest()).checks
    assert approved.name in {each.case for each in checks}
    settle = supervision.SettleCommitmentCheckRequest(
        case=approved.name,
        matter=matter.code,
        requirement="place",
        state=supervision.COMMITMENT_STATE_BROKEN,
        request_id=new_request_id(),
    )
    hub.call(hub.supervision.SettleCommitmentCheck, settle)
    report = supervision.SubmitSupervisionResultRequest(
        subject=approved.name,
        outcome=supervision.SUPERVISION_OUTCOME_FAILED,
        findings=["fire_exit_blocked"],
        request_id=new_request_id(),
    )
    return str(hub.call(hub.supervision.SubmitSupervisionResult, report).name)


def inspect_licence(town: Town, licence: licence_pb2.Licence) -> exchange.Extract:
    """Open an inspection of a licence, read it under the task, and end the task by a report."""
    hub = town.hub(*SUPERVISOR)
    task = supervision.InspectionTask(subject=licence.name, legal_reference=ARTICLE, max_uses=2)
    task.until_time.seconds = int(datetime.now(UTC).timestamp()) + 3600
    request = supervision.OpenInspectionTaskRequest(task=task, request_id=new_request_id())
    opened = hub.call(hub.supervision.OpenInspectionTask, request).task
    listed = hub.call(hub.supervision.ListInspectionTasks, supervision.ListInspectionTasksRequest(page_size=100)).tasks
    assert opened in listed
    fetch = exchange.FetchForPurposeRequest(evidence_object=opened.name, request_id=new_request_id())
    extract = hub.call(hub.exchange.FetchForPurpose, fetch).extract
    hub.call(hub.exchange.FetchForPurpose, fetch)  # an answer that was lost spends no second use
    report = supervision.SubmitSupervisionResultRequest(
        subject=licence.name,
        outcome=supervision.SUPERVISION_OUTCOME_PASSED,
        task=opened.name,
        request_id=new_request_id(),
    )
    hub.call(hub.supervision.SubmitSupervisionResult, report)
    fetch.request_id = new_request_id()
    assert refused(hub.call, hub.exchange.FetchForPurpose, fetch).reasons == ("TASK_NOT_OPEN",)
    set_by_hub = supervision.OpenInspectionTaskRequest(task=opened, request_id=new_request_id())
    told = refused(hub.call, hub.supervision.OpenInspectionTask, set_by_hub)
    assert "task.matter" in {field for field, _ in told.violations}
    return extract


def punish(town: Town, licence: licence_pb2.Licence) -> tuple[supervision.Penalty, ...]:
    """Propose a penalty that is refused, and another that is carried out; as the supervisor sees them in the end."""
    hub, issuer = town.hub(*SUPERVISOR), town.hub(MARKET, ISSUER)

    def propose() -> supervision.Penalty:
        request = supervision.ProposePenaltyRequest(
            licence=licence.name,
            kind=supervision.PENALTY_KIND_SUSPEND,
            legal_reference=ARTICLE,
            request_id=new_request_id(),
        )
        return hub.call(hub.supervision.ProposePenalty, request).penalty

    first = propose()
    refuse = issuance.RefusePenaltyRequest(name=first.name, reason="证据不足", request_id=new_request_id())
    issuer.call(issuer.issuance.RefusePenalty, refuse)
    second = propose()
    waiting = issuance.ListPenaltiesRequest(open_only=True)
    assert second.name in {each.name for each in issuer.call(issuer.issuance.ListPenalties, waiting).penalties}
    suspend = issuance.SuspendLicenceRequest(
        name=licence.name,
        etag=licence.etag,
        reason="检查不合格",
        legal_reference=ARTICLE,
        penalty=second.name,
        request_id=new_request_id(),
    )
    issuer.call(issuer.issuance.SuspendLicence, suspend)
    request = supervision.ListProposedPenaltiesRequest(page_size=100)
    found = {each.name: each for each in hub.call(hub.supervision.ListProposedPenalties, request).penalties}
    return found[first.name], found[second.name]


def supervise(town: Town, approved: Approved) -> None:
    """The supervisor takes it over, inspects, proposes one penalty in vain and another that is carried out."""
    assert take_over(town, approved).acknowledged_time.seconds

    def put(change: Change) -> None:
        entry = AccessEntry(version=1, time_us=time.time_ns() // 1000, method="test", outcome="OUTCOME_ALLOWED")
        unit = Unit(entry.SerializeToString(), new_salt(), (change,))
        assert isinstance(town.recorder.commit(unit, 5), Committed)

    assert inspect(town, approved, put).startswith("supervisionResults/")
    licence = approved.response.results[0].licence
    assert inspect_licence(town, licence).licence == licence.name
    first, second = punish(town, licence)
    assert (first.state, first.refusal) == (supervision.PENALTY_STATE_REFUSED, "证据不足")
    assert second.state == supervision.PENALTY_STATE_CARRIED_OUT
