"""Act two: a restaurant applies for its food business permit at the service centre and hands in no paper."""

from collections import Counter

from onceonly.v1 import case_service_pb2

from exchange.demo import desks
from exchange.demo.stage import Stage
from exchange.demo.telling import Told

_COUNTER = ("city-service", "clerk-1")
_LINES = 4


def play(stage: Stage) -> None:
    """From the counter to the permit."""
    tell = stage.telling
    tell.act("二、食品经营许可：零材料", "A restaurant's food permit, with no paper handed in")
    tell.step("综合窗口开办件", "The service centre opens the case", "OPEN", lambda: _open(stage))
    expected = "available 2, consent needed 2, hand in 0"
    tell.step("一次性告知：所需材料", "What the matter needs", expected, lambda: _check(stage))
    tell.step(
        "未授权时仅提供依职能材料",
        "Before consent, only what duty allows",
        f"released 2 of {_LINES}",
        lambda: stage.fetch_all(*_COUNTER, "food", lines=_LINES),
    )
    tell.step(
        "厨师授权使用健康证明",
        "The cook consents to the health certificate",
        "consented",
        lambda: _consent(stage, "employee", "employee_health"),
    )
    tell.step(
        "餐馆授权使用不动产权证书",
        "The restaurant consents to the title",
        "consented",
        lambda: _consent(stage, "applicant", "premises_title"),
    )
    tell.step(
        "调取全部材料",
        "All evidence, in one call",
        f"released {_LINES} of {_LINES}",
        lambda: stage.fetch_all(*_COUNTER, "food", lines=_LINES),
    )
    tell.step("市场监管局受理", "Market regulation accepts", "ACCEPTED", lambda: _accept(stage))
    tell.step("市场监管局准予许可", "Market regulation grants it", "APPROVED", lambda: _approve(stage))
    tell.step(
        "核发食品经营许可证",
        "The food business permit is issued",
        "issued",
        lambda: stage.issue("permit", "city-market", "food-permit", stage.cast.restaurant, stage.cases["food"]),
    )


def _open(stage: Stage) -> Told:
    cast = stage.cast
    case = desks.open_case(
        stage.desk(*_COUNTER),
        "QH-2026-0001",
        stage.city.matter("food-new").code,
        {
            "applicant": cast.holder(cast.restaurant),
            "legal_representative": cast.holder(cast.principal),
            "employee": cast.holder(cast.cook),
        },
        ("catering",),
    )
    stage.cases["food"] = case.name
    stage.telling.counts["cases opened"] += 1
    return Told(state_of(case), case.name, {"case": case.name})


def _check(stage: Stage) -> Told:
    checks = desks.check(stage.desk(*_COUNTER), stage.cases["food"])
    states = Counter(case_service_pb2.Availability.Name(each.availability) for each in checks)
    counts = [states[f"AVAILABILITY_{name}"] for name in ("AVAILABLE", "CONSENT_NEEDED", "HAND_IN")]
    stage.telling.counts["papers handed in"] += counts[2]
    stage.telling.counts["papers spared"] += counts[0] + counts[1]
    return Told("available {}, consent needed {}, hand in {}".format(*counts), "；".join(c.label.zh for c in checks))


def _consent(stage: Stage, party: str, requirement: str) -> Told:
    given = desks.consent(stage.desk(*_COUNTER), stage.cases["food"], party, [requirement])
    stage.telling.counts["consents recorded"] += 1
    return Told("consented", facts={"consent": given.name})


def _accept(stage: Stage) -> Told:
    return Told(state_of(desks.accept(stage.desk("city-market", "clerk-1"), stage.cases["food"])))


def _approve(stage: Stage) -> Told:
    note = "符合条件，准予许可。"
    return Told(state_of(desks.approve(stage.desk("city-market", "clerk-1"), stage.cases["food"], note)), note)


def state_of(case: case_service_pb2.Case) -> str:
    """A case's state without the enum's prefix."""
    return case_service_pb2.CaseState.Name(case.state).removeprefix("CASE_STATE_")
