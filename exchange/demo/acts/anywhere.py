"""Act eight: an inspector without network verifies what they are shown, by public lists alone.

The trust directory is fetched once from the hub's public pages; every verdict after that is reached from its files.
"""

import time
from pathlib import Path
from typing import Final

from exchange.demo import desks
from exchange.demo.acts.verifying import tampered
from exchange.demo.stage import Stage
from exchange.demo.telling import Told
from exchange.offline.evidence import verify_evidence
from exchange.offline.trust_folder import TrustFolder
from exchange.offline.verifying import Question, Submission, Verifier
from exchange.qr_pictures import read_png
from exchange.trust.directory import Refreshed, refresh
from exchange.trust.public_side import HttpSide
from exchange.trust.signpost import published_status_lists
from signer.report import Outcome

TRUST: Final = "trust"
PAPER: Final = "paper"
EVIDENCE: Final = "evidence"
"""Folders of the city in which a kept demonstration finds what this act made."""

_LICENCE: Final = "permit"
_PATIENCE_SECONDS: Final = 30.0


def play(stage: Stage) -> None:
    """A directory of trust; an extract, the same tampered with, a revoked one, a piece of paper, a file for a court."""
    tell = stage.telling
    tell.act("八、离线核验", "Verified without the hub, by public lists")
    tell.step("下载信任目录", "The trust directory is fetched", "fetched", lambda: _fetched(stage))
    tell.step("断网核验加注件", "An extract", "PASSED", lambda: _extract(stage, altered=False))
    tell.step(
        "断网核验被篡改的加注件",
        "The same with one value changed",
        "FAILED DISCLOSURE_UNREFERENCED",
        lambda: _extract(stage, altered=True),
    )
    tell.step(
        "吊销已见于状态列表",
        "The revoked licence, by the status list",
        "FAILED STATUS_INVALID",
        lambda: _revoked(stage),
    )
    tell.step("核验纸质证照上的二维码", "The QR code on a paper licence", "PASSED", lambda: _paper(stage))
    tell.step("核验交给法院的证据包", "Evidence for a court", "PASSED", lambda: _court(stage))


def _fetched(stage: Stage) -> Told:
    done = _refresh(stage)
    detail = f"信任列表第 {done.trust_list.sequence} 版，{done.status_lists} 份状态列表 status lists"
    return Told("fetched", detail, {"trust": str(_folder(stage))})


def _extract(stage: Stage, *, altered: bool) -> Told:
    extract = stage.extracts["legal_representative_identity"]
    text = tampered(extract.presentation) if altered else extract.presentation
    return _told(stage, Submission(text=text, receipt=extract.receipt))


def _revoked(stage: Stage) -> Told:
    """The list is out within seconds; the inspector fetches until it is."""
    assert stage.extract is not None
    submission = Submission(text=stage.extract.presentation)
    began = time.monotonic()
    while True:
        told = _told(stage, submission)
        if told.actual != "PASSED" or time.monotonic() > began + _PATIENCE_SECONDS:
            return told
        time.sleep(0.2)
        _refresh(stage)


def _paper(stage: Stage) -> Told:
    answer = desks.qr_code(stage.desk("city-market", "issuer-1"), stage.licences[_LICENCE].name, ())
    picture = stage.city.folder / PAPER / f"{_LICENCE}.png"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(answer.png)
    (text,) = read_png(picture.read_bytes())
    told = _told(stage, Submission(text=text))
    return Told(
        told.actual, f"QR 版本 version {answer.version}，{len(text)} 字符 characters", {"picture": str(picture)}
    )


def _court(stage: Stage) -> Told:
    issuer = stage.desk("city-market", "issuer-1")
    folder = stage.city.folder / EVIDENCE
    for name, content in desks.evidence(issuer, stage.licences[_LICENCE].name, "示例诉讼举证").items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    trust = TrustFolder(_folder(stage), int(time.time()))
    report = verify_evidence(folder, own=trust.opened.trust_list, own_anchors=trust.opened.anchors)
    trust.close()
    return Told(report.outcome.value, f"{len(list(folder.rglob('*')))} 个文件 files", {"evidence": str(folder)})


def _told(stage: Stage, submission: Submission) -> Told:
    """The verdict, and the code of each check that failed."""
    now = int(time.time())
    trust = TrustFolder(_folder(stage), now)
    report = Verifier(trust.opened.trust_list, trust.opened.status).verify(submission, Question(at=now)).report
    trust.close()
    stage.telling.counts["verifications offline"] += 1
    failed = [check.code for check in report.checks if check.outcome is Outcome.FAILED]
    undecided = [check.code for check in report.checks if check.outcome is Outcome.INDETERMINATE]
    detail = "、".join(check.name for check in report.checks)
    return Told(" ".join([report.outcome.value, *(failed or undecided)]), detail)


def _refresh(stage: Stage) -> Refreshed:
    side = HttpSide(stage.city.machines[0].public_url)
    return refresh(side, _folder(stage), int(time.time()), published_status_lists(side))


def _folder(stage: Stage) -> Path:
    return stage.city.folder / TRUST
