"""Act six: what a hub must refuse, each with its reason."""

import grpc
from onceonly.v1 import case_service_pb2

from exchange.client import CallError, HubClient
from exchange.demo import desks
from exchange.demo.acts.restaurant import state_of
from exchange.demo.stage import Stage, refused
from exchange.demo.telling import Told
from exchange.reasons import Reason

_CLERK = ("city-service", "clerk-2")
_TRAWLER = ("city-land", "clerk-2")
_TRAWL_CASES = 3


def play(stage: Stage) -> None:
    """A field too many, a closed case, someone else's case, a stolen token, a clerk who trawls."""
    tell = stage.telling
    tell.act("六、必须拒绝的请求", "What must be refused, each with its reason")
    tell.step("开办件：食品经营许可变更", "Another case of the restaurant", "OPEN", lambda: _open(stage))
    clerk = stage.desk(*_CLERK)
    tell.step(
        "索取清单以外的字段（注册资本）",
        "A field that the guide does not ask for",
        refused(Reason.FIELD_NOT_ALLOWED),
        lambda: stage.fetch_refused(clerk, stage.cases["change"], "business_licence", ("registered_capital",)),
    )
    tell.step(
        "已办结的办件",
        "A closed case",
        refused(Reason.CASE_NOT_OPEN),
        lambda: stage.fetch_refused(clerk, stage.cases["food"], "business_licence"),
    )
    tell.step(
        "其他部门的办件",
        "Another department's case",
        refused(Reason.CASE_UNKNOWN),
        lambda: stage.fetch_refused(stage.desk("city-tax", "clerk-2"), stage.cases["change"], "business_licence"),
    )
    tell.step(
        "盗用令牌：另一部门的证书",
        "A stolen token over another department's certificate",
        refused(Reason.CERTIFICATE_UNKNOWN),
        lambda: _stolen(stage, stage.desk("city-tax", "clerk-2")),
    )
    tell.step(
        "盗用令牌：本部门另一设备的证书",
        "A stolen token over another machine's certificate",
        refused(Reason.TOKEN_UNBOUND),
        lambda: _stolen(stage, stage.desk("city-service", "clerk-2", "kiosk")),
    )
    tell.step("公安局核发九人的身份证", "Identity cards of nine people", "issued 9", lambda: _people(stage))
    tell.step(
        "窗口人员三个办件读取八人信息",
        "A clerk with three cases reads eight people",
        "released 8",
        lambda: _trawl(stage, 8),
    )
    tell.step("第九人：涉嫌批量调取", "The ninth: a trawl", refused(Reason.TRAWL_SUSPECTED), lambda: _ninth(stage))


def _open(stage: Stage) -> Told:
    cast = stage.cast
    case = desks.open_case(
        stage.desk(*_CLERK),
        "QH-2026-0002",
        stage.city.matter("food-change").code,
        {"applicant": cast.holder(cast.restaurant), "legal_representative": cast.holder(cast.principal)},
        ("place_change",),
    )
    stage.cases["change"] = case.name
    stage.telling.counts["cases opened"] += 1
    return Told(state_of(case), case.name, {"case": case.name})


def _stolen(stage: Stage, thief: HubClient) -> Told:
    """The clerk's own token, sent over somebody else's connection."""
    token = stage.desk(*_CLERK).token()
    stage.telling.counts["refusals"] += 1
    request = case_service_pb2.GetCaseRequest(name=stage.cases["change"])
    try:
        thief.cases.GetCase(request, timeout=10, metadata=(("authorization", f"Bearer {token}"),))
    except grpc.RpcError as error:
        raise CallError(error) from error
    return Told("answered")


def _people(stage: Stage) -> Told:
    people = [person for person, _ in zip(stage.cast.others(), range(3 * _TRAWL_CASES), strict=False)]
    for number, person in enumerate(people):
        stage.issue(f"person-{number}", "city-police", "identity-card", person)
    land, matter = stage.desk(*_TRAWLER), stage.city.matter("house-transfer").code
    for number in range(_TRAWL_CASES):
        roles = zip(("seller", "buyer", "seller_spouse"), people[3 * number :], strict=False)
        parties = {role: stage.cast.holder(person) for role, person in roles}
        case = desks.open_case(land, f"QH-2026-T{number}", matter, parties, ("married_seller",))
        stage.cases[f"trawl-{number}"] = case.name
        stage.telling.counts["cases opened"] += 1
    return Told(f"issued {len(people)}")


def _lines(stage: Stage) -> list[tuple[str, str]]:
    """Every identity card that the clerk could ask for, by case."""
    lines = ("seller_identity", "buyer_identity", "seller_spouse_identity")
    return [(stage.cases[f"trawl-{number}"], line) for number in range(_TRAWL_CASES) for line in lines]


def _trawl(stage: Stage, most: int) -> Told:
    released = 0
    for case, line in _lines(stage)[:most]:
        stage.note(desks.fetch(stage.desk(*_TRAWLER), case, line).log_position.index)
        released += 1
    stage.telling.counts["extracts released"] += released
    return Told(f"released {released}", "上限：1.2 × 办件数 + 5  at most 1.2 × cases + 5 people a day")


def _ninth(stage: Stage) -> Told:
    return stage.fetch_refused(stage.desk(*_TRAWLER), *_lines(stage)[-1])
