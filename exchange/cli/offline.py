"""The offline half of ``onceonly verify``: one text, a picture, many files, or a folder of evidence."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from exchange.cli.failures import FAILED, UseError
from exchange.cli.files import STDIN, read_bytes, read_text
from exchange.cli.verdict_tables import FileVerdict, Language, write_evidence, write_one, write_several
from exchange.offline.errors import UnusableError
from exchange.offline.evidence import is_evidence, verify_evidence
from exchange.offline.log_proof import MAX_PROOF_BYTES, LogEvidence, read_proof
from exchange.offline.trust_folder import TrustFolder
from exchange.offline.verifying import Question, Submission, Verdict, Verifier, text_of
from exchange.qr_pictures import MAX_BYTES as MAX_PICTURE_BYTES
from exchange.qr_pictures import read_png
from signer.errors import FormatError
from signer.report import Outcome
from signer.sdjwt import MAX_TOKEN_BYTES

UNUSABLE: Final = 3
UNDECIDED: Final = 4

_MAX_SECOND: Final = 16 * 1024
_MAX_FILES: Final = 10_000
_PNG: Final = b"\x89PNG"
_BESIDE: Final = (".receipt", ".second", ".proof")
"""Files of these names belong to the credential of the same name, and are none themselves."""
_CODES: Final = {Outcome.PASSED: 0, Outcome.FAILED: FAILED, Outcome.INDETERMINATE: UNDECIDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asked for. Times in Unix seconds; ``at`` None: now, or a package's own times."""

    file: Path
    trust: Path | None
    anchor: str
    receipt: Path | None
    second: Path | None
    proof: Path | None
    at: int | None
    now: int
    max_age: int
    audience: str | None
    case: str | None


def verify_offline(asked: Asked, language: Language, *, json: bool) -> int:
    """Verify and write what was found; returns the exit code. Raises ``UseError``."""
    try:
        if asked.trust is None:
            return _evidence(asked, None, language, json=json)
        trust = TrustFolder(asked.trust, asked.now, asked.max_age)
        code = _under(asked, trust, language, json=json)
        notices = (*trust.opened.notices, *trust.close())
    except UnusableError as error:
        sys.stderr.write(f"onceonly: {error.code}: {error.label.en}\nonceonly: {error.label.zh}\n")
        return UNUSABLE
    for notice in notices:
        sys.stderr.write(f"onceonly: {notice.en} {notice.zh}\n")
    return code


def _under(asked: Asked, trust: TrustFolder, language: Language, *, json: bool) -> int:
    if is_evidence(asked.file):
        return _evidence(asked, trust, language, json=json)
    verifier = Verifier(trust.opened.trust_list, trust.opened.status)
    at = asked.now if asked.at is None else asked.at
    question = Question(at=at, audience=asked.audience, case=asked.case)
    if asked.file != STDIN and asked.file.is_dir():
        return _several(asked, verifier, question, language, json=json)
    if (asked.audience or asked.case) and not asked.receipt:
        raise UseError("--audience and --case are answered by the extract's receipt: name it with --receipt.")
    texts = _texts(asked.file)
    verdicts = [verifier.verify(_submission(asked, text), question) for text in texts]
    if len(verdicts) == 1:
        write_one(verdicts[0], language, json=json)
    else:  # a page with several QR codes
        named = [FileVerdict(f"{asked.file.name} {number}", verdict) for number, verdict in enumerate(verdicts, 1)]
        write_several(named, language, json=json)
    return exit_code([verdict.report.outcome for verdict in verdicts])


def _evidence(asked: Asked, trust: TrustFolder | None, language: Language, *, json: bool) -> int:
    if any((asked.receipt, asked.second, asked.proof, asked.audience, asked.case)):
        raise UseError("a folder of evidence brings its own receipts and proofs: leave the other options out.")
    report = verify_evidence(
        asked.file,
        own=None if trust is None else trust.opened.trust_list,
        own_anchors="" if trust is None else trust.opened.anchors,
        anchor=asked.anchor,
        at=asked.at,
    )
    write_evidence(report, language, json=json)
    return exit_code([report.outcome])


def _several(asked: Asked, verifier: Verifier, question: Question, language: Language, *, json: bool) -> int:
    """Each file of a folder, with the receipt, second signature and proof that have its name."""
    if asked.receipt or asked.second or asked.proof:
        raise UseError("for a folder, receipts, second signatures and proofs lie beside the files: <name>.receipt ….")
    found = list(islice(_files(asked.file), _MAX_FILES + 1))
    if not found or len(found) > _MAX_FILES:
        raise UseError(f"{asked.file} holds no file to verify, or more than {_MAX_FILES}.")
    verdicts = [FileVerdict(path.name, verdict) for path in found for verdict in _of_file(path, verifier, question)]
    write_several(verdicts, language, json=json)
    return exit_code([each.verdict.report.outcome for each in verdicts])


def _of_file(path: Path, verifier: Verifier, question: Question) -> Iterator[Verdict]:
    beside = {suffix: path.with_suffix(suffix) for suffix in _BESIDE}
    receipt, second, proof = (each if each.is_file() else None for each in beside.values())
    for text in _texts(path):
        submission = Submission(
            text=text,
            receipt=read_text(receipt, MAX_TOKEN_BYTES) if receipt else None,
            second=read_text(second, _MAX_SECOND) if second else None,
            issue_proof=_proof(proof) if proof else None,
        )
        yield verifier.verify(submission, question)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix not in _BESIDE and not path.name.startswith("."):
            yield path


def _submission(asked: Asked, text: str) -> Submission:
    return Submission(
        text=text,
        receipt=read_text(asked.receipt, MAX_TOKEN_BYTES) if asked.receipt else None,
        second=read_text(asked.second, _MAX_SECOND) if asked.second else None,
        issue_proof=_proof(asked.proof) if asked.proof else None,
    )


def _proof(path: Path) -> LogEvidence:
    """The log's proof in a file, with the time-stamp beside it (``timestamp.tsr``) if there is one."""
    stamp = path.parent / "timestamp.tsr"
    try:
        text = read_bytes(path, MAX_PROOF_BYTES).decode("utf-8")
        return read_proof(text, read_bytes(stamp, MAX_PROOF_BYTES) if stamp.is_file() else None)
    except (UnicodeDecodeError, FormatError) as error:
        raise UseError(f"{path} is no proof of the log: {error}") from error


def _texts(path: Path) -> tuple[str, ...]:
    """The texts to verify in a file: itself, or the QR codes in a picture. Raises ``UseError``."""
    content = read_bytes(path, MAX_PICTURE_BYTES)
    try:
        texts = read_png(content) if content.startswith(_PNG) else (text_of(content),)
    except FormatError as error:
        raise UseError(f"{path}: {error.message}.") from error
    if not texts:
        raise UseError(f"{path}: no QR code was found in the picture.")
    return texts


def exit_code(outcomes: list[Outcome]) -> int:
    """The code for the worst of these: FAILED before INDETERMINATE before PASSED."""
    return max((_CODES[outcome] for outcome in outcomes), key=(0, UNDECIDED, FAILED).index)
