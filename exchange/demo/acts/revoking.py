"""Act seven: the business licence is revoked, and the next reader sees it."""

import time

from exchange.demo import desks
from exchange.demo.acts.verifying import verified
from exchange.demo.stage import Stage, refused
from exchange.demo.telling import Told
from exchange.reasons import Reason


def play(stage: Stage) -> None:
    """Fetched, revoked, refused; and what was handed out before no longer verifies."""
    tell = stage.telling
    clerk = stage.desk("city-service", "clerk-2")
    tell.act("七、吊销即时生效", "A revocation, seen at the next fetch")
    tell.step("吊销前：可调取营业执照", "Before: the business licence is released", "released", lambda: _fetch(stage))
    tell.step("市场监管局吊销营业执照", "Market regulation revokes it", "REVOKED", lambda: _revoke(stage))
    tell.step(
        "下一次调取即被拒绝",
        "The very next fetch",
        refused(Reason.LICENCE_NOT_ACTIVE),
        lambda: stage.fetch_refused(clerk, stage.cases["change"], "business_licence"),
    )
    tell.step(
        "此前的加注件核验不通过",
        "The extract of before no longer verifies",
        "FAILED STATUS_REVOKED",
        lambda: _verify(stage),
    )


def _fetch(stage: Stage) -> Told:
    answer = desks.fetch(stage.desk("city-service", "clerk-2"), stage.cases["change"], "business_licence")
    stage.note(answer.log_position.index)
    stage.telling.counts["extracts released"] += 1
    stage.extract = answer.extract
    return Told("released", "、".join(sorted(answer.extract.fields)))


def _revoke(stage: Stage) -> Told:
    ended = desks.revoke(
        stage.desk("city-market", "issuer-1"), stage.licences["business"], "REVOCATION_CAUSE_PENALTY", "严重违法失信"
    )
    return Told(stage.state(ended), facts={"time": int(time.time())})


def _verify(stage: Stage) -> Told:
    assert stage.extract is not None
    return verified(stage, "city-service", stage.extract.presentation, stage.extract.receipt)
