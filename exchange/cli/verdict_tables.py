"""How verdicts are shown: tables for people, in one language or both, or JSON for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from exchange.cli.output import cell, write_json, write_line, write_table
from exchange.entities.catalogue import Label
from exchange.licences.verdicts import NAMES, CheckResult
from exchange.offline.evidence import EvidenceReport, PackageCheck
from exchange.offline.verifying import Verdict
from signer.report import Outcome


class Language(StrEnum):
    """In which language sentences are."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """The verdict on one file of many."""

    name: str
    verdict: Verdict


def write_one(verdict: Verdict, language: Language, *, json: bool) -> None:
    """Write one verdict: a line, a row for each check, the values disclosed, and what else to know."""
    if json:
        write_json(_plain(verdict))
        return
    report = verdict.report
    write_line(f"{report.outcome} {report.identifier}".rstrip())
    write_table("", ("check", "verdict", "code", ""), [_row(check, language) for check in report.checks])
    if verdict.fields:
        write_table("", ("field", "value"), [(name, cell(value)) for name, value in sorted(verdict.fields.items())])
    _write_notices(verdict.notices, language)


def write_several(verdicts: Sequence[FileVerdict], language: Language, *, json: bool) -> None:
    """Write a line for each file and the totals."""
    totals = {str(outcome): sum(each.verdict.report.outcome is outcome for each in verdicts) for outcome in Outcome}
    if json:
        write_json({"files": [{"file": each.name} | _plain(each.verdict) for each in verdicts], "totals": totals})
        return
    rows = [(each.name, *_line(each.verdict, language)) for each in verdicts]
    write_table("", ("file", "verdict", "licence", "code", ""), rows)
    write_line(", ".join(f"{count} {outcome}" for outcome, count in totals.items()))


def write_evidence(report: EvidenceReport, language: Language, *, json: bool) -> None:
    """Write what a package proves, item by item."""
    manifest = report.manifest
    if json:
        write_json(
            {
                "anchors": report.anchors,
                "checks": [_plain_check(check.name, check) for check in report.checks],
                "items": [{"folder": each.folder} | _plain(each.verdict) for each in report.items],
                "made_time": manifest.time,
                "notices": [_plain_label(each) for each in report.notices],
                "outcome": report.outcome.value,
                "subject": manifest.subject,
            }
        )
        return
    write_line(f"{report.outcome} {manifest.subject}")
    rows = [(check.name, check.outcome.value, check.code, words(check.message, language)) for check in report.checks]
    write_table("", ("package", "verdict", "code", ""), rows)
    write_line(f"trust anchors: {report.anchors or '-'}")
    for each in report.items:
        write_line(f"{each.folder}, as of {_time(each.verdict.report.at_time)}")
        write_one(each.verdict, language, json=False)
    _write_notices(report.notices, language)


def words(label: Label, language: Language) -> str:
    """A sentence in the language asked for."""
    return {Language.ZH: label.zh, Language.EN: label.en, Language.BOTH: f"{label.zh} {label.en}"}[language]


def _row(check: CheckResult, language: Language) -> tuple[str, str, str, str]:
    name = check.name.value if language is Language.EN else f"{NAMES[check.name].zh} {check.name.value}"
    return name, check.outcome.value, check.code, words(check.message, language)


def _line(verdict: Verdict, language: Language) -> tuple[str, str, str, str]:
    """Verdict, identifier, and the first thing that did not pass."""
    report = verdict.report
    first = next((check for check in report.checks if check.outcome is report.outcome), None)
    if first is None or report.outcome is Outcome.PASSED:
        return report.outcome.value, report.identifier, "OK", ""
    return report.outcome.value, report.identifier, first.code, words(first.message, language)


def _plain(verdict: Verdict) -> dict[str, Any]:
    report = verdict.report
    return {
        "at_time": report.at_time,
        "checks": [_plain_check(check.name.value, check) for check in report.checks],
        "disclosed_fields": list(report.disclosed_fields),
        "fields": dict(verdict.fields),
        "identifier": report.identifier,
        "issuing_authority": report.issuing_authority,
        "licence_type": report.licence_type,
        "notices": [_plain_label(notice) for notice in verdict.notices],
        "outcome": report.outcome.value,
    }


def _plain_check(name: str, check: CheckResult | PackageCheck) -> dict[str, Any]:
    return {"code": check.code, "message": _plain_label(check.message), "name": name, "verdict": check.outcome.value}


def _plain_label(label: Label) -> dict[str, str]:
    return {"en": label.en, "zh": label.zh}


def _write_notices(notices: Sequence[Label], language: Language) -> None:
    for notice in notices:
        write_line(words(notice, language))


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
