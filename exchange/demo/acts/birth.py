"""Act four: a child is born (出生一件事): one application, three matters, from the ward to the household register.

The grandmother stands at the window for the parents. One paper is missing and follows later, one licence needs the
mother's consent, which she gives on her telephone, and at the end she says how it was.
"""

import time
from functools import partial
from typing import Final

from google.protobuf import timestamp_pb2
from onceonly.v1 import application_service_pb2, case_service_pb2, consent_service_pb2, exchange_service_pb2

from exchange.client import new_request_id
from exchange.demo import desks
from exchange.demo.acts.restaurant import state_of
from exchange.demo.stage import Stage
from exchange.demo.telling import Told
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.synthetic import Person

_COUNTER: Final = ("city-service", "clerk-1")
_CERTIFICATE, _FILING, _REGISTER = "birth-1", "birth-2", "birth-3"
_SITUATIONS: Final = ("married", "with_mother")
_MONTH: Final = 30 * 86_400


def play(stage: Stage) -> None:
    """Application, code, deferral, three decisions, a rating."""
    tell, family = stage.telling, stage.cast.parents
    mother, father = family.wife, family.husband
    tell.act("四、出生一件事：从产房到户口簿", "A child is born: from the ward to the household register")
    for zh, en, name, kind, of in (
        ("身份证：母亲", "The mother's identity card", "mother-id", "identity-card", mother),
        ("身份证：父亲", "The father's identity card", "father-id", "identity-card", father),
        ("户口簿：母亲", "The mother's household register", "mother-register", "household-register", mother),
    ):
        tell.step(zh, en, "issued", partial(stage.issue, name, "city-police", kind, of))
    tell.step(
        "外婆代办：一张表开三个办件",
        "The grandmother applies as agent: one form, three cases",
        "3 cases of 2 departments",
        lambda: _open(stage),
    )
    tell.step(
        "一次性告知：生育登记",
        "What the filing of the birth needs",
        "available 2, consent needed 1, deferrable 1",
        lambda: _check(stage),
    )
    tell.step(
        "母亲在手机上出示码并同意调取户口簿",
        "The mother shows a code on her telephone and agrees",
        "CONFIRMED",
        lambda: _agree(stage, mother),
    )
    tell.step(
        "一次调取三个办件的材料",
        "The evidence of all three cases, in one call",
        "released 7, refused 3",
        lambda: _fetch(stage),
    )
    tell.step(
        "结婚证尚无电子证照：签承诺后容缺",
        "The marriage certificate is missing: deferred with a signed promise",
        "deferred",
        lambda: _defer(stage),
    )
    tell.step(
        "卫健委容缺受理生育登记",
        "The filing is accepted and awaits it",
        "AWAITING_EVIDENCE",
        lambda: _accept(stage, _FILING),
    )
    tell.step(
        "签发出生医学证明",
        "The certificate of birth is granted and issued",
        "APPROVED",
        lambda: _grant(stage, "city-health", _CERTIFICATE, "birth-proof", mother),
    )
    tell.step(
        "落户办件随即查到出生医学证明",
        "The register's case finds it at once",
        "birth_proof released",
        lambda: _found(stage),
    )
    tell.step(
        "公安局为新生儿落户",
        "The child is entered in the household register",
        "APPROVED",
        lambda: _grant(stage, "city-police", _REGISTER, "household-register", family.child),
    )
    tell.step(
        "民政局补录结婚证",
        "Civil affairs brings in the marriage certificate",
        "issued",
        lambda: stage.issue("parents-marriage", "city-civil", "marriage", mother),
    )
    tell.step(
        "容缺材料到齐，自动转为受理",
        "What was deferred is fetched, and the case goes on by itself",
        "ACCEPTED",
        lambda: _complete(stage),
    )
    tell.step(
        "母亲给出生登记好评",
        "The mother rates how the register's case was handled",
        "5",
        lambda: _rate(stage),
    )


def _open(stage: Stage) -> Told:
    hub, family, holder = stage.desk(*_COUNTER), stage.cast.parents, stage.cast.holder
    parties = {
        "mother": holder(family.wife),
        "father": holder(family.husband),
        "applicant": holder(family.wife),
        "spouse": holder(family.husband),
    }
    application = application_service_pb2.Application(
        number="QH-2026-BIRTH",
        bundle="bundles/birth",
        parties=[case_service_pb2.CaseParty(role=role, holder=holder_message(each)) for role, each in parties.items()],
        representations=[
            case_service_pb2.Representation(
                party=role,
                agent=holder_message(holder(family.elder)),
                valid_until_time=timestamp_pb2.Timestamp(seconds=int(time.time()) + _MONTH - 3600),
            )
            for role in parties
        ],
        situations=_SITUATIONS,
        channel="counter",
    )
    request = application_service_pb2.OpenApplicationRequest(application=application, request_id=new_request_id())
    opened = hub.call(hub.applications.OpenApplication, request).application
    stage.cases["birth"] = opened.name
    stage.cases |= {f"birth-{place}": case.name for place, case in enumerate(opened.cases, 1)}
    stage.telling.counts["cases opened"] += len(opened.cases)
    departments = {case.handling_department for case in opened.cases}
    return Told(f"{len(opened.cases)} cases of {len(departments)} departments", opened.name)


def _check(stage: Stage) -> Told:
    checks = desks.check(stage.desk(*_COUNTER), stage.cases[_FILING])
    found = [case_service_pb2.Availability.Name(check.availability) for check in checks]
    available, consent, deferrable = (
        found.count(f"AVAILABILITY_{name}") for name in ("AVAILABLE", "CONSENT_NEEDED", "DEFERRABLE")
    )
    detail = "；".join(check.advice.zh for check in checks)
    return Told(f"available {available}, consent needed {consent}, deferrable {deferrable}", detail)


def _agree(stage: Stage, mother: Person) -> Told:
    with stage.city.holder(stage.cast.holder(mother)) as phone:
        code = desks.show_code(phone, stage.cases[_FILING])
        asked = desks.redeem(stage.desk(*_COUNTER), stage.cases[_FILING], code.digits)
        seen = desks.confirm(phone, asked.name) if asked.confirmation_needed else asked
    stage.telling.counts["consents recorded"] += len(seen.consents)
    state = consent_service_pb2.PresentationState.Name(seen.state).removeprefix("PRESENTATION_STATE_")
    return Told(state, seen.notice.text_zh.splitlines()[0])


def _fetch(stage: Stage) -> Told:
    hub = stage.desk(*_COUNTER)
    request = exchange_service_pb2.FetchEvidenceRequest(application=stage.cases["birth"], request_id=new_request_id())
    answer = hub.call(hub.exchange.FetchEvidence, request)
    stage.note(answer.log_position.index)
    served = [result for result in answer.results if result.HasField("extract")]
    lines = sum(len(result.lines) for result in served)
    stage.telling.counts["extracts released"] += len(served)
    stage.telling.counts["papers spared"] += lines
    filled = "、".join(sorted({field.name for field in answer.form}))
    refusals = len(answer.results) - len(served)
    return Told(f"released {lines}, refused {refusals}", f"预填 prefilled: {filled}")


def _defer(stage: Stage) -> Told:
    hub, name = stage.desk(*_COUNTER), stage.cases[_FILING]
    case = hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case
    request = case_service_pb2.DeferEvidenceRequest(
        case=name,
        etag=case.etag,
        lines=[case_service_pb2.EvidenceName(requirement="marriage")],
        form=case_service_pb2.EVIDENCE_FORM_ELECTRONIC,
        validate_only=True,
        request_id=new_request_id(),
    )
    made = hub.call(hub.cases.DeferEvidence, request)
    request.validate_only, request.request_id = False, new_request_id()
    request.deadline.CopyFrom(made.deadline)
    request.promise.CopyFrom(
        case_service_pb2.Promise(
            text_digest=made.text_digest, language="zh", signature=case_service_pb2.SIGNATURE_CONFIRMED
        )
    )
    hub.call(hub.cases.DeferEvidence, request)
    return Told("deferred", made.text.zh.splitlines()[0])


def _accept(stage: Stage, case: str) -> Told:
    return Told(state_of(desks.accept(stage.desk(*_COUNTER), stage.cases[case])))


def _grant(stage: Stage, department: str, case: str, type_key: str, of: Person) -> Told:
    """Accept the case at the counter, and grant it at the department with the licence that it ends with."""
    licence_type, synthetic = stage.city.licence_type(type_key), stage.cast.synthetic
    desks.accept(stage.desk(*_COUNTER), stage.cases[case])
    content = case_service_pb2.ResultContent()
    content.licence.number = f"QH-{type_key}-{of.number}"
    put_field_values(
        content.licence.fields, synthetic.licence_fields(licence_type, of, stage.city.department(department).name.zh)
    )
    hub = stage.desk(department, "approver-1")
    decided = desks.approve_with_licence(hub, stage.cases[case], "准予", content.licence)
    stage.cases[f"{case}-ticket"] = decided.rating_ticket
    stage.telling.counts["licences issued"] += 1
    return Told(state_of(decided.case), decided.results[0].licence.identifier)


def _found(stage: Stage) -> Told:
    answer = desks.fetch(stage.desk(*_COUNTER), stage.cases[_REGISTER], "birth_proof")
    stage.note(answer.log_position.index)
    stage.telling.counts["extracts released"] += 1
    return Told(f"{answer.extract.requirement} released", answer.extract.licence)


def _complete(stage: Stage) -> Told:
    hub, name = stage.desk(*_COUNTER), stage.cases[_FILING]
    stage.note(desks.fetch(hub, name, "marriage").log_position.index)
    stage.telling.counts["extracts released"] += 1
    return Told(state_of(hub.call(hub.cases.GetCase, case_service_pb2.GetCaseRequest(name=name)).case))


def _rate(stage: Stage) -> Told:
    hub = stage.desk("city-tax", "clerk-1")  # any department that had no part in it may pass a rating on
    request = case_service_pb2.RateCaseRequest(
        case=stage.cases[_REGISTER],
        rating_ticket=stage.cases[f"{_REGISTER}-ticket"],
        rating=case_service_pb2.Rating(level=5, channel=case_service_pb2.RATING_CHANNEL_ONLINE),
        request_id=new_request_id(),
    )
    return Told(str(hub.call(hub.cases.RateCase, request).rating.level))
