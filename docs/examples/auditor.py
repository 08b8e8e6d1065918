"""An auditor asks who looked, has a refusal explained, and checks that an entry is in the log.

python docs/examples/auditor.py PROFILE MANDATE
"""

import sys
from pathlib import Path

from onceonly.v1 import access_record_pb2, audit_service_pb2

from exchange.client import HubClient
from exchange.profile import load_profile
from signer.checkpoint import open_checkpoint
from signer.merkle import leaf_hash, verify_inclusion
from signer.note import parse_vkey


def main(profile: str, mandate: str) -> int:
    """Returns 0 if the newest record is proven to be in the log."""
    with load_profile(Path(profile)).connect() as hub:
        # Who looked? People, cases and licences stand in records as tags, which the hub alone can make.
        summary = audit_service_pb2.SummariseAccessesRequest(
            filter=audit_service_pb2.AccessFilter(mandate=mandate), by="department"
        )
        for count in hub.call(hub.audit.SummariseAccesses, summary).counts:
            print(f"{count.count:6} {count.value}")

        # Why was it refused? The decision runs again from the facts that were recorded with it.
        refused = audit_service_pb2.AccessFilter(mandate=mandate, outcome=access_record_pb2.OUTCOME_REFUSED)
        for record in _records(hub, refused)[:1]:
            asked = audit_service_pb2.ExplainDecisionRequest(name=record.name, mandate=mandate)
            for item in hub.call(hub.audit.ExplainDecision, asked).items:
                failed = [guard.message.zh for guard in item.guards if not guard.held]
                print("refused", record.name, *failed, "agrees" if item.agrees else "DOES NOT AGREE")

        # Is it in the log? The proof is checked here, against the signed checkpoint, and not by the hub.
        signed = hub.call(hub.audit.GetCheckpoint, audit_service_pb2.GetCheckpointRequest())
        key = parse_vkey(signed.verifier_key)  # take it from elsewhere in earnest: the hub vouches for itself here
        checkpoint = open_checkpoint(signed.checkpoint, key, origin=key.name)
        everything = _records(hub, audit_service_pb2.AccessFilter(mandate=mandate))
        record = next(record for record in everything if record.index < checkpoint.size)
        proving = audit_service_pb2.GetInclusionProofRequest(index=record.index, tree_size=checkpoint.size)
        proof = hub.call(hub.audit.GetInclusionProof, proving)
        leaf = leaf_hash(record.commitment)
        verify_inclusion(record.index, checkpoint.size, leaf, tuple(proof.hashes), checkpoint.root)
        print("proven", record.name, "in", checkpoint.size)
    return 0


def _records(hub: HubClient, asked: audit_service_pb2.AccessFilter) -> list[audit_service_pb2.AccessRecord]:
    """The newest records that a filter finds, those indexed so far."""
    request = audit_service_pb2.ListAccessRecordsRequest(filter=asked, page_size=20)
    return list(hub.call(hub.audit.ListAccessRecords, request).records)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
