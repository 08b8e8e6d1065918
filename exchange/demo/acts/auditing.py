"""Act nine: the auditor asks who looked and why, and proves the log whole, without the hub."""

import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from onceonly.v1 import access_record_pb2, audit_service_pb2

from exchange.audit.log_export import export_log
from exchange.audit.log_report import LogReport
from exchange.audit.offline import verify_log
from exchange.audit.proofs import PublishedLog
from exchange.demo.stage import Stage
from exchange.demo.telling import Told
from exchange.reasons import Reason
from exchange.stores import open_objects, open_records
from signer.note import parse_vkey
from signer.tiles import Tile, bundle_path

MANDATE = "mandates/audit-programme"
_AUDITOR = ("city-audit", "auditor-1")
_PATIENCE_SECONDS = 20.0
_RECORD_BYTES = 35
_FETCH_LICENCE = "onceonly.v1.ExchangeService/FetchLicence"
_FETCHES = (_FETCH_LICENCE, "onceonly.v1.ExchangeService/FetchEvidence")
_SHOWN = 25


def play(stage: Stage, log: Path) -> None:
    """Tables, an explanation, a proof; ``log`` is the folder that the log is exported to."""
    tell = stage.telling
    tell.act("九、审计", "Who looked, why, and is the log whole?")
    tell.step(
        "索引与检查点已覆盖全部访问", "Index and checkpoint cover every access", "covered", lambda: _covered(stage)
    )
    tell.step("按事由统计", "Refusals by reason", "counted", lambda: _by_reason(stage))
    tell.step("谁调取了什么、为何", "Who fetched what, for which matter", "listed", lambda: _accesses(stage))
    tell.step("解释一次拒绝", "A refusal, decided again from its record", "agrees", lambda: _explain_refusal(stage))
    tell.step("解释一次提供", "A release, decided again from its record", "agrees", lambda: _explain_release(stage))
    tell.step("导出全部日志并离线核验", "The whole log, verified offline", "whole", lambda: _verify(stage, log))
    expected = f"found: entry {stage.last_index}"
    tell.step("在副本中翻转一个比特", "One flipped bit in a copy", expected, lambda: _flip(stage, log))


def _covered(stage: Stage) -> Told:
    """Wait until what the story did is indexed and under a checkpoint."""
    hub = stage.desk(*_AUDITOR)
    end = time.monotonic() + _PATIENCE_SECONDS
    indexed = size = 0
    while time.monotonic() < end:
        request = audit_service_pb2.SummariseAccessesRequest(filter=_filter(), by="outcome")
        indexed = hub.call(hub.audit.SummariseAccesses, request).indexed_through
        note = hub.call(hub.audit.GetCheckpoint, audit_service_pb2.GetCheckpointRequest()).checkpoint
        size = int(note.split("\n")[1])
        if min(indexed, size) > stage.last_index:
            return Told("covered", f"{size} 条 entries")
        time.sleep(0.2)
    return Told("behind", f"indexed {indexed}, checkpoint {size}, wanted {stage.last_index + 1}")


def _by_reason(stage: Stage) -> Told:
    hub = stage.desk(*_AUDITOR)
    request = audit_service_pb2.SummariseAccessesRequest(filter=_filter(), by="reason")
    counts = hub.call(hub.audit.SummariseAccesses, request).counts
    stage.telling.table(("事由 reason", "次数 count"), [(count.value, str(count.count)) for count in counts])
    return Told("counted" if counts else "nothing", facts={count.value: count.count for count in counts})


def _accesses(stage: Stage) -> Told:
    """The latest reads of cases; departments and matters by their names, people as tags."""
    reads = [record for method in _FETCHES for record in _records(stage, purpose="service", method=method)]
    records = sorted(reads, key=lambda record: record.index, reverse=True)[:_SHOWN]
    stage.telling.table(
        ("序号", "时间 time", "部门 department", "事项 matter", "结果 outcome", "字段 fields released / 事由 reasons"),
        [_row(stage, record) for record in reversed(records)],
    )
    return Told("listed" if records else "nothing", facts={"records": len(records)})


def _row(stage: Stage, record: audit_service_pb2.AccessRecord) -> tuple[str, ...]:
    entry = record.entry
    catalogue = stage.city.catalogue
    departments = {each.uscc: each.name.zh for each in catalogue.departments}
    matters = {each.code: each.name.zh for each in catalogue.matters}
    released = sum(len(item.fields_released) for item in entry.items)
    reasons = dict.fromkeys([*entry.reasons, *(reason for item in entry.items for reason in item.reasons)])
    return (
        str(record.index),
        time.strftime("%H:%M:%S", time.localtime(entry.time_us // 1_000_000)),
        departments.get(entry.department, entry.department),
        matters.get(entry.matter, entry.method.rpartition("/")[2]),
        access_record_pb2.Outcome.Name(entry.outcome).removeprefix("OUTCOME_").lower(),
        ", ".join([f"{released} fields"] * bool(released) + list(reasons)),
    )


def _explain_refusal(stage: Stage) -> Told:
    records = _records(stage, reason=Reason.FIELD_NOT_ALLOWED)
    return _explained(stage, records[0].index, held=False)


def _explain_release(stage: Stage) -> Told:
    records = _records(stage, method=_FETCH_LICENCE, outcome=access_record_pb2.OUTCOME_ALLOWED)
    return _explained(stage, records[0].index, held=True)


def _explained(stage: Stage, index: int, *, held: bool) -> Told:
    hub = stage.desk(*_AUDITOR)
    request = audit_service_pb2.ExplainDecisionRequest(name=f"accessRecords/{index}", mandate=MANDATE)
    items = hub.call(hub.audit.ExplainDecision, request).items
    guards = [guard for item in items for guard in item.guards]
    failed = [f"第{guard.step}步 {guard.guard}: {guard.reason}" for guard in guards if not guard.held]
    detail = "；".join(failed) or f"{len(guards)} 条规则全部成立 every rule held"
    right = bool(items) and all(item.agrees for item in items) and held == (not failed)
    return Told("agrees" if right else "disagrees", f"#{index} {detail}", {"index": index})


def _verify(stage: Stage, folder: Path) -> Told:
    """Export as the hub's operator does, verify as anyone can: with the folder and the log's public key."""
    config = stage.city.config
    hub = stage.desk(*_AUDITOR)
    vkey = hub.call(hub.audit.GetCheckpoint, audit_service_pb2.GetCheckpointRequest()).verifier_key
    with (
        closing(open_objects(config)) as objects,
        closing(open_records(config, read_only=True)) as records,
    ):
        export_log(folder, PublishedLog(objects, parse_vkey(vkey)), objects, records)
    report = verify_log(folder, vkey)
    stage.telling.counts["log entries"] = report.size
    facts = {"size": report.size, "root": report.root.hex(), "verifier_key": vkey}
    return Told(
        "whole" if report.ok else "broken", _found(report) or f"{report.size} 条 entries, {report.tiles} tiles", facts
    )


def _flip(stage: Stage, folder: Path) -> Told:
    """Flip one bit of the commitment of the last access of the story, in a copy."""
    copy = folder.with_name(f"{folder.name}-flipped")
    shutil.copytree(folder, copy)
    try:
        vkey = (folder / "vkey").read_text("utf-8").strip()
        name = next(bundle for bundle in _bundles(copy, stage.last_index))
        content = bytearray((copy / name).read_bytes())
        content[stage.last_index % 256 * _RECORD_BYTES + 20] ^= 1
        (copy / name).write_bytes(content)
        first = verify_log(copy, vkey).first
    finally:
        shutil.rmtree(copy)
    if first is None:
        return Told("not found")
    return Told(f"found: entry {first.index}", f"{first.file}: {first.problem}", {"file": first.file})


def _bundles(folder: Path, index: int) -> Sequence[str]:
    """The names of the exported bundles that hold an entry."""
    paths = (bundle_path(Tile(0, index // 256, width)) for width in range(256, 0, -1))
    return [path for path in paths if (folder / path).is_file()]


def _found(report: LogReport) -> str:
    first = report.first
    return f"{first.file}, entry {first.index}: {first.problem}" if first else ""


def _filter(**members: object) -> audit_service_pb2.AccessFilter:
    return audit_service_pb2.AccessFilter(mandate=MANDATE, **members)  # type: ignore[arg-type]  # protobuf refuses names that are not the message's


def _records(stage: Stage, **members: object) -> Sequence[audit_service_pb2.AccessRecord]:
    """The newest records that a filter finds."""
    hub = stage.desk(*_AUDITOR)
    request = audit_service_pb2.ListAccessRecordsRequest(filter=_filter(**members), page_size=50)
    return hub.call(hub.audit.ListAccessRecords, request).records
