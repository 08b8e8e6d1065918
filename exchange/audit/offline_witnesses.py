"""What witnesses say of a log that is verified offline.

The cosigned checkpoint is usually some seconds older than the newest one: the tree that it speaks of must be the
beginning of the log at hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from exchange.audit.log_files import LogFiles
from exchange.audit.log_report import LogReport
from signer.cosignature import CosignedCheckpoint, WitnessKey, open_cosigned
from signer.errors import NoteError
from signer.merkle import CompactTree
from signer.note import NoteKey

FILE: Final = "cosigned"


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Whom the verifier trusts to have cosigned, and how many of them must have; 0: nobody is asked."""

    keys: tuple[WitnessKey, ...] = ()
    quorum: int = 0


NO_WITNESSES: Final = Witnesses()


def read_cosigned(files: LogFiles, key: NoteKey, witnesses: Witnesses, report: LogReport) -> CosignedCheckpoint | None:
    """The checkpoint that the witnesses cosigned; None, with a finding, where it is missing or does not hold."""
    if not witnesses.quorum:
        return None
    note = files.get(FILE)
    if note is None:
        report.add(FILE, None, "is missing: no checkpoint here has been cosigned")
        return None
    try:
        opened = open_cosigned(note, [key], witnesses.keys, witnesses.quorum, origin=key.name)
    except NoteError as error:
        report.add(FILE, None, str(error))
        return None
    if opened.checkpoint.size > report.size:
        report.add(FILE, None, f"covers {opened.checkpoint.size} entries, the checkpoint only {report.size}")
        return None
    return opened


def check_cosigned(cosigned: CosignedCheckpoint | None, leaves: Iterator[bytes], report: LogReport) -> None:
    """Compare the cosigned root with that of the log's first ``leaves`` (hashes); what holds goes into the report."""
    if cosigned is None:
        return
    tree = CompactTree()
    for leaf in islice(leaves, cosigned.checkpoint.size):
        tree.append(leaf)
    if tree.root() == cosigned.checkpoint.root:
        report.cosigned = cosigned
    else:
        size = cosigned.checkpoint.size
        report.add(FILE, None, f"is of another history: its {size} entries are not the first {size} here")
