"""The worked example of ``docs/audit-format.md`` is what this code computes.

``python -m tests.unit.test_audit_format_page`` prints the example, to be pasted into the page when the format changes.
"""

from hashlib import sha256
from pathlib import Path

from onceonly.v1 import access_record_pb2 as pb
from onceonly.v1.case_service_pb2 import GetCaseRequest

from exchange.audit import journal
from exchange.audit.asked import request_mac
from exchange.audit.entry import hub_owner
from exchange.audit.entry_lines import write_line
from exchange.audit.journal import JournalEntry
from exchange.audit.unit import Committed, Unit
from signer.commitment import commitment
from signer.merkle import leaf_hash, node_hash
from storage.vault import DataKey
from tests.fakes.audit_world import memory_world

PAGE = Path(__file__).parents[2] / "docs" / "audit-format.md"
SALTS = [bytes([number]) * 32 for number in range(3)]


def entries():
    """Three small entries; serialised here, as an implementation in another language would find them."""
    return [
        pb.AccessEntry(version=1, time_us=1_790_000_000_000_000 + number, method="demo", outcome=1).SerializeToString()
        for number in range(3)
    ]


def example():
    made = entries()
    with memory_world() as world:
        replies = world.commit(*[Unit(entry, salt) for entry, salt in zip(made, SALTS, strict=True)])
        assert replies == [Committed(0), Committed(1), Committed(2)]
        world.integrator().run_once()
        (batch,) = world.records.journal()
        lines = [f"log key (seed 00 01 … 1f)  {world.key.vkey}", ""]
        leaves = []
        for number, (entry, salt) in enumerate(zip(made, SALTS, strict=True)):
            leaves.append(leaf_hash(commitment(salt, entry)))
            lines += [
                f"entry {number}       {entry.hex()}",
                f"salt {number}        {salt.hex()}",
                f"commitment {number}  {commitment(salt, entry).hex()}",
                f"leaf hash {number}   {leaves[-1].hex()}",
            ]
        pair = node_hash(leaves[0], leaves[1])
        lines += [
            f"node (0, 1)   {pair.hex()}",
            f"root of 3     {node_hash(pair, leaves[2]).hex()}",
            "",
            "journal batch body:",
            batch.body.hex(),
            "",
            "tile/0/000.p/3:",
            world.objects.get("log/tile/0/000.p/3").hex(),
            "",
            "tile/entries/000.p/3:",
            world.objects.get("log/tile/entries/000.p/3").hex(),
            "",
            "checkpoint:",
            world.log.note(),
            "receipt of entry 1:",
            world.log.receipt(1),
            "line 0 of entries.jsonl:",
            write_line(JournalEntry(0, 0, SALTS[0], made[0])).decode(),
        ]
    return "\n".join(lines)


def request_example():
    """The digest of one request, by a data key of the bytes 0 to 31."""
    request = GetCaseRequest(name="cases/1").SerializeToString()
    plain = sha256(request).digest()
    lines = [
        f"request          {request.hex()}",
        f"its SHA-256      {plain.hex()}",
        f"request_digest   {request_mac(DataKey(hub_owner(2026), bytes(range(32))), plain).hex()}",
    ]
    return "\n".join(lines) + "\n"


def test_the_page_shows_what_the_code_computes():
    for shown in (example(), request_example()):
        assert f"```text\n{shown}```" in PAGE.read_text("utf-8")


def test_the_journal_reads_back_the_example():
    assert journal.decode(journal.encode(zip(SALTS, entries(), strict=True)), 3) == list(
        zip(SALTS, entries(), strict=True)
    )


if __name__ == "__main__":
    print(example())
