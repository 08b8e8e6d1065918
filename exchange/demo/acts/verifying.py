"""Act five: what was handed over is verified; tampering shows, and so does use for another purpose."""

import base64
import json

from onceonly.v1 import verification_service_pb2

from exchange.demo import desks
from exchange.demo.stage import Stage
from exchange.demo.telling import Told


def play(stage: Stage) -> None:
    """An extract as it was released, the same with a changed value, and the same shown to another department."""
    tell = stage.telling
    tell.act("五、核验", "Verifications: as released, tampered with, used elsewhere")
    extract = stage.extract
    assert extract is not None
    changed = tampered(extract.presentation)
    tell.step(
        "服务中心核验收到的加注件",
        "The extract, where it was released to",
        "PASSED",
        lambda: verified(stage, "city-service", extract.presentation, extract.receipt),
    )
    tell.step(
        "核验被篡改的加注件",
        "The same with one value changed",
        "FAILED DISCLOSURE_UNREFERENCED",
        lambda: verified(stage, "city-service", changed, extract.receipt),
    )
    tell.step(
        "税务局收到移作他用的加注件",
        "The same, shown to the tax bureau",
        "FAILED RECEIPT_FOR_OTHER_AUDIENCE",
        lambda: verified(stage, "city-tax", extract.presentation, extract.receipt),
    )


def verified(stage: Stage, department: str, credential: str, receipt: str) -> Told:
    """The verdict, and the code of each check that failed."""
    report = desks.verify(stage.desk(department, "clerk-1"), credential, receipt)
    stage.telling.counts["verifications"] += 1
    failed = [check for check in report.checks if check.verdict == verification_service_pb2.VERDICT_FAILED]
    verdict = verification_service_pb2.Verdict.Name(report.verdict).removeprefix("VERDICT_")
    passed = "、".join(check.name for check in report.checks)
    detail = "；".join(f"{check.name}: {check.message.zh}" for check in failed) or passed
    return Told(" ".join([verdict, *(check.code for check in failed)]), detail)


def tampered(presentation: str) -> str:
    """The presentation with the value of its first disclosure changed, well-formed as before."""
    issuer, first, *rest = presentation.split("~")
    salt, name, value = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    changed = json.dumps([salt, name, f"{value}（改）"], ensure_ascii=False).encode()
    return "~".join([issuer, base64.urlsafe_b64encode(changed).decode().rstrip("="), *rest])
