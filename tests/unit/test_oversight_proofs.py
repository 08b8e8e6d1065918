"""What an auditor takes along: checkpoint, proofs, receipts, and an export that its manifest binds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from onceonly.v1 import audit_service_pb2 as pb

from exchange.audit import journal
from exchange.audit.export import verify_manifest
from exchange.audit.proofs import PublishedLog, verify_receipt
from exchange.edge.paging import PageTokens
from exchange.edge.servicers.audit import AuditServicer
from exchange.errors import InvalidError, UnavailableError
from exchange.reasons import Reason
from signer.commitment import commitment
from signer.keys.files import FileKeyBackend
from signer.note import parse_vkey
from storage.objects.memory import MemoryObjects
from tests.fakes.audit_office import ALL, ONE, PAST, Office, open_office
from tests.fakes.audit_world import log_key
from tests.fakes.licence_world import MARKET


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, keys: FileKeyBackend) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("records"), keys) as office:
        yield office


def test_proofs_and_the_checkpoint_are_the_published_logs(office: Office) -> None:
    checkpoint = office.ask("get_checkpoint", pb.GetCheckpointRequest())
    assert checkpoint.checkpoint.startswith("log.onceonly.example\n")
    assert checkpoint.verifier_key == office.room.log.verifier_key
    size = int(checkpoint.checkpoint.split("\n")[1])
    proof = office.ask("get_inclusion_proof", pb.GetInclusionProofRequest(index=size - 1))
    assert (proof.index, proof.tree_size, proof.checkpoint) == (size - 1, size, checkpoint.checkpoint)
    assert len(proof.leaf_hash) == 32
    older = office.ask("get_consistency_proof", pb.GetConsistencyProofRequest(old_size=1))
    assert (older.old_size, older.new_size) == (1, size)
    assert older.hashes


def test_a_receipt_needs_the_commitment_and_no_mandate(office: Office) -> None:
    clerk = office.world.hub.caller(MARKET, None)
    log, records = office.room.log, office.room.records
    item = next(journal.read(records, office.first, office.first + 1))
    own = commitment(item.salt, item.entry)
    kept = office.ask("get_receipt", pb.GetReceiptRequest(index=item.index, commitment=own), caller=clerk)
    opened = verify_receipt(kept.receipt, own, parse_vkey(kept.verifier_key))
    assert opened.checkpoint.size > item.index
    assert (kept.verifier_key, kept.cosigned) == (log.verifier_key, False)
    for index, claimed in ((item.index + 1, own), (item.index, bytes(33)), (-1, own), (10**6, own), (2**63 - 1, own)):
        error = office.refusal("get_receipt", pb.GetReceiptRequest(index=index, commitment=claimed), caller=clerk)
        assert error.reasons == (Reason.RECEIPT_NOT_FOUND,)
    for short in (b"", own[:-1], own + b"x"):
        error = office.refusal("get_receipt", pb.GetReceiptRequest(index=item.index, commitment=short), caller=clerk)
        assert isinstance(error, InvalidError)


def test_a_receipt_waits_for_a_checkpoint_and_says_so_to_who_knows_the_commitment(office: Office) -> None:
    office.publish()
    office.ask("get_checkpoint", pb.GetCheckpointRequest())
    records = office.room.records
    last = records.journal_length() - 1
    item = next(journal.read(records, last, last + 1))
    own = commitment(item.salt, item.entry)
    error = office.refusal("get_receipt", pb.GetReceiptRequest(index=last, commitment=own))
    assert isinstance(error, UnavailableError)
    assert (error.reasons, error.retry_seconds) == ((Reason.RECEIPT_NOT_READY,), 2)
    error = office.refusal("get_receipt", pb.GetReceiptRequest(index=last, commitment=bytes(33)))
    assert error.reasons == (Reason.RECEIPT_NOT_FOUND,)
    office.publish()
    assert office.ask("get_receipt", pb.GetReceiptRequest(index=last, commitment=own)).receipt


@pytest.mark.parametrize("index", [-1, 10**6, 2**63 - 1])
def test_proofs_beyond_the_log_are_the_callers_mistake(office: Office, index: int) -> None:
    for name, request in (
        ("get_inclusion_proof", pb.GetInclusionProofRequest(index=index)),
        ("get_inclusion_proof", pb.GetInclusionProofRequest(index=0, tree_size=index)),
        ("get_consistency_proof", pb.GetConsistencyProofRequest(old_size=index)),
        ("get_consistency_proof", pb.GetConsistencyProofRequest(old_size=1, new_size=index)),
    ):
        assert isinstance(office.refusal(name, request), InvalidError)


@pytest.mark.parametrize("format_name", ["jsonl", "csv"])
def test_an_export_ends_with_a_manifest_that_binds_it(office: Office, format_name: str) -> None:
    office.publish()
    request = pb.ExportAccessRecordsRequest(mandate=ALL, start_index=office.first, format=format_name)
    plan = office.ask("export_access_records", request)
    office.publish()  # the log has grown since: what is streamed is what was recorded
    parts = list(office.servicer.export_parts(plan))
    data = [part.data for part in parts[:-1]]
    manifest = verify_manifest(parts[-1].manifest, {"m": office.key.public_key()}, "ES256", data)
    assert (manifest.first, manifest.format) == (office.first, format_name)
    assert manifest.count == len(b"".join(data).splitlines()) - (format_name == "csv")
    assert manifest.time == office.world.hub.clock.seconds
    assert office.world.records()[-1].resource == f"accessRecords/{manifest.first}-{manifest.end - 1}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "parquet"}, "format"),
        ({"format": ""}, "format"),
        ({"start_index": -1}, "end_index"),
        ({"start_index": 5, "end_index": 5}, "end_index"),
        ({"end_index": 10**9}, "end_index"),
    ],
)
def test_an_export_of_what_is_not_there_is_the_callers_mistake(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    error = office.refusal(
        "export_access_records", pb.ExportAccessRecordsRequest(**{"mandate": ALL, "format": "csv"} | changes)
    )
    assert isinstance(error, InvalidError)
    assert [each.field for each in error.violations] == [field]


@pytest.mark.parametrize("name", [ONE, PAST])
def test_only_a_mandate_over_everyone_exports(office: Office, name: str) -> None:
    error = office.refusal("export_access_records", pb.ExportAccessRecordsRequest(mandate=name, format="csv"))
    assert error.reasons == (Reason.EVIDENCE_OBJECT_UNKNOWN,)


def test_a_log_without_a_checkpoint_is_not_ready(tmp_path: Path, office: Office) -> None:
    young = replace(office.room, log=PublishedLog(MemoryObjects(), log_key()[0]))
    servicer = AuditServicer(young, PageTokens(b"p" * 32), lambda: 0)
    for use_case, request in (
        (servicer.get_checkpoint, pb.GetCheckpointRequest()),
        (servicer.export_access_records, pb.ExportAccessRecordsRequest(mandate=ALL, format="csv")),
    ):
        with pytest.raises(UnavailableError):
            office.world.hub.run(office.caller(), use_case, request)
