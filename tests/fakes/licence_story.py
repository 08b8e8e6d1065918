"""A licence's life on a running hub, and its auditor's look at what was read of it."""

import time

from onceonly.v1 import audit_service_pb2 as audit
from onceonly.v1 import issuance_service_pb2 as issuance
from onceonly.v1 import licence_pb2

from exchange.audit.proofs import verify_receipt
from exchange.client import new_request_id
from exchange.demo import desks
from signer.note import parse_vkey
from tests.fakes.town import AUDIT, LINE, MANDATE, POLICE, Town, refused, until


def lead_a_licence(town: Town) -> None:
    """Suspended, reinstated, amended, renewed, revoked; read and listed."""
    hub = town.hub(POLICE, "issuer-1")
    card = town.issue_card(town.head(town.organisation()))
    act = {"reason": "测试", "legal_reference": "《示例条例》第一条"}

    def ids(etag: str) -> dict[str, str]:
        return {"name": card.name, "etag": etag, "request_id": new_request_id(), **act}

    suspended = hub.call(hub.issuance.SuspendLicence, issuance.SuspendLicenceRequest(**ids(card.etag))).licence
    assert suspended.state == licence_pb2.LICENCE_STATE_SUSPENDED
    active = hub.call(hub.issuance.ReinstateLicence, issuance.ReinstateLicenceRequest(**ids(suspended.etag))).licence
    assert active.state == licence_pb2.LICENCE_STATE_ACTIVE
    amend = issuance.AmendLicenceRequest(**ids(active.etag), update_fields=["address"])
    amend.licence.fields["address"].text = "清河市新路二号"
    amended = hub.call(hub.issuance.AmendLicence, amend)
    assert amended.licence.fields["address"].text == "清河市新路二号"
    assert amended.credential
    renew = issuance.RenewLicenceRequest(**(ids(amended.licence.etag) | {"name": amended.licence.name}))
    renew.valid_from_time.seconds = int(time.time()) - 86_400
    renew.valid_until_time.seconds = int(time.time()) + 10 * 365 * 86_400
    renewed = hub.call(hub.issuance.RenewLicence, renew)
    assert renewed.licence.valid_until_time.seconds == renew.valid_until_time.seconds
    revoke = issuance.RevokeLicenceRequest(**(ids(renewed.licence.etag) | {"name": renewed.licence.name}))
    revoke.cause = licence_pb2.REVOCATION_CAUSE_APPLICATION
    revoked = hub.call(hub.issuance.RevokeLicence, revoke).licence
    assert (revoked.state, revoked.cause) == (licence_pb2.LICENCE_STATE_REVOKED, revoke.cause)
    read = _licence_of(town, revoked.name)
    assert read.validity == licence_pb2.VALIDITY_REVOKED
    assert [event.reason for event in read.licence.history][-1] == "测试"
    assert read.licence.holders[0].id_number
    parent = card.name.partition("/licences/")[0]
    listed = hub.call(hub.issuance.ListLicences, issuance.ListLicencesRequest(parent=parent)).licences
    assert revoked.name in {each.name for each in listed}
    assert not any(each.holders or each.fields for each in listed)


def audit_a_fetch(town: Town) -> None:
    """A fetch is seen, explained, counted, proved, receipted and exported."""
    hub = town.hub(AUDIT, "auditor-1")
    name, _ = town.ready_case()
    position = desks.fetch(town.hub(), name, LINE).log_position
    read = audit.GetAccessRecordRequest(name=f"accessRecords/{position.index}", mandate=MANDATE)
    record = hub.call(hub.audit.GetAccessRecord, read).record
    assert record.commitment == position.commitment
    explain = audit.ExplainDecisionRequest(name=record.name, mandate=MANDATE)
    explained = hub.call(hub.audit.ExplainDecision, explain).items
    assert [item.agrees for item in explained] == [True]
    town.entries(case=name)
    summary = audit.SummariseAccessesRequest(filter=audit.AccessFilter(mandate=MANDATE), by="method")
    assert hub.call(hub.audit.SummariseAccesses, summary).counts

    def published() -> bool:
        note = hub.call(hub.audit.GetCheckpoint, audit.GetCheckpointRequest()).checkpoint
        return int(note.split("\n")[1]) > position.index

    until(published, "the checkpoint")
    proof = hub.call(hub.audit.GetInclusionProof, audit.GetInclusionProofRequest(index=position.index))
    assert proof.hashes
    assert hub.call(hub.audit.GetConsistencyProof, audit.GetConsistencyProofRequest(old_size=1)).hashes
    with town.machine() as machine:
        kept = audit.GetReceiptRequest(index=position.index, commitment=position.commitment)
        receipt = machine.call(machine.audit.GetReceipt, kept)
        checkpoint = verify_receipt(receipt.receipt, position.commitment, parse_vkey(receipt.verifier_key)).checkpoint
        assert checkpoint.size > position.index
        assert not receipt.cosigned
        other = audit.GetReceiptRequest(index=position.index, commitment=bytes(33))
        assert refused(machine.call, machine.audit.GetReceipt, other).reasons == ("RECEIPT_NOT_FOUND",)
    export = audit.ExportAccessRecordsRequest(mandate=MANDATE, end_index=position.index, format="jsonl")
    *pieces, last = hub.receive(hub.audit.ExportAccessRecords, export)
    assert len(b"".join(piece.data for piece in pieces).splitlines()) == position.index
    assert last.manifest


def _licence_of(town: Town, name: str) -> issuance.GetLicenceResponse:
    hub = town.hub(POLICE, "issuer-1")
    return hub.call(hub.issuance.GetLicence, issuance.GetLicenceRequest(name=name))
