"""Judging a package of evidence (``exchange.evidence``), with nothing but its files and the verifier's own trust.

Rules:
1. Anchors that come with a package prove nothing: the verifier pins them, by a trust directory or by their digest.
   Otherwise the verdict is INDETERMINATE at best.
2. Lists are read as of the time that the package was made: they were in force then, and are kept for that reason.
3. The status at the time asked about is what the hub's signed statement says for exactly that time, else the list.
4. What the log must prove, the issue of a credential or the release of an extract, is asked for whether or not the
   package brings it.
5. A file that is missing or altered fails the package, whatever it is: evidence is judged whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from exchange.entities.catalogue import Label
from exchange.evidence.package import (
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_TOTAL_BYTES,
    Item,
    Kind,
    Manifest,
    read_manifest,
)
from exchange.offline.errors import UnusableError
from exchange.offline.files import read_bounded
from exchange.offline.log_proof import LogEvidence
from exchange.offline.sentences import sentence
from exchange.offline.status_folder import StatusFolder
from exchange.offline.verifying import Question, Submission, Verdict, Verifier
from signer import base64url
from signer.errors import FormatError, SignerError
from signer.receipt import Act, Receipt
from signer.receipt import verify as verify_receipt
from signer.report import PASSED, Check, CheckName, Outcome, failed, undecided
from signer.trust_keeper import Anchors, TrustKeeper, anchors_digest
from signer.trust_list import KeyUse, TrustList

FILES, TRUST_ANCHORS, TRUST_LIST = "files", "trust_anchors", "trust_list"

_LATER: Final = 100 * 366 * 86_400
"""How old a list may be for a package: it was the latest when that was made, and its own expiry says the rest."""

_NO_PROOF: Final = undecided(CheckName.LOG_INCLUSION, "LOG_PROOF_MISSING", "the package has no proof from the log")

_STATUS_CODES: Final = frozenset({"NOT_ISSUED", "STATUS_REVOKED", "STATUS_SUPERSEDED", "STATUS_SUSPENDED"})


@dataclass(frozen=True, slots=True)
class PackageCheck:
    """One thing that was looked at in the package itself."""

    name: str
    outcome: Outcome
    code: str
    message: Label


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """The verdict on one item, in its folder."""

    folder: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """What a package proves. ``anchors`` is the hex digest of the anchors that all of it rests on, empty if none do."""

    outcome: Outcome
    manifest: Manifest
    checks: tuple[PackageCheck, ...]
    items: tuple[ItemVerdict, ...]
    anchors: str
    notices: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class _Files:
    """A package's files as the manifest names them, read once."""

    manifest: Manifest
    contents: Mapping[str, bytes] = field(repr=False)
    problems: tuple[str, ...]

    def get(self, name: str) -> bytes | None:
        return self.contents.get(name)

    def text(self, name: str) -> str | None:
        content = self.get(name)
        return None if content is None else content.decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True)
class _Trust:
    """What the items are judged by; ``trust_list`` None: nothing can be."""

    trust_list: TrustList | None
    anchors: str
    checks: tuple[PackageCheck, ...]


def is_evidence(folder: Path) -> bool:
    """Whether a folder is a package of evidence."""
    return (folder / MANIFEST).is_file()


def verify_evidence(
    folder: Path, *, own: TrustList | None, own_anchors: str = "", anchor: str = "", at: int | None = None
) -> EvidenceReport:
    """Judge the package in a folder.

    ``own`` is the trust list of the verifier's trust directory, and ``own_anchors`` the digest of its anchors. Without
    one the package's own list counts, confirmed only if ``anchor`` is the digest of its anchors (hex). ``at``: a time
    to answer for in place of each item's. Raises ``UnusableError`` if there is no manifest that can be read.
    """
    files = _read(folder)
    trust = _Trust(own, own_anchors, ()) if own is not None else _own_trust(files, anchor)
    checks = (_files_check(files), *trust.checks)
    items: tuple[ItemVerdict, ...] = ()
    if trust.trust_list is not None:
        verifier = Verifier(trust.trust_list, _status(folder, trust.trust_list))
        items = tuple(
            ItemVerdict(item.folder, _judged(verifier, files, item, item.time if at is None else at))
            for item in files.manifest.items
        )
    notices = tuple(Label(zh=f"证据包缺少：{each}", en=f"Not in the package: {each}") for each in files.manifest.absent)
    outcomes = [each.outcome for each in checks] + [each.verdict.report.outcome for each in items]
    return EvidenceReport(_worst(outcomes), files.manifest, checks, items, trust.anchors, notices)


def _read(folder: Path) -> _Files:
    try:
        content = read_bounded(folder / MANIFEST, MAX_FILE_BYTES)
        manifest = read_manifest(content or b"")
    except (FormatError, OSError) as error:
        zh, en = f"{folder / MANIFEST} 无法读取。", f"{folder / MANIFEST} cannot be used: {error}."
        raise UnusableError("EVIDENCE_MANIFEST", Label(zh=zh, en=en)) from error
    contents: dict[str, bytes] = {}
    problems: list[str] = []
    total = 0
    for name, digest in manifest.files.items():
        found = _file(folder, name)
        total += 0 if found is None else len(found)
        if found is None or total > MAX_TOTAL_BYTES:
            problems.append("EVIDENCE_FILE_MISSING")
        elif sha256(found).hexdigest() != digest:
            problems.append("EVIDENCE_FILE_ALTERED")
        else:
            contents[name] = found
    return _Files(manifest, contents, tuple(problems))


def _file(folder: Path, name: str) -> bytes | None:
    """A file; None if it is not there, is no plain file of this very folder, or is too large."""
    path = folder / name
    try:
        own = path.is_file() and path.resolve() == folder.resolve() / name
        return read_bounded(path, MAX_FILE_BYTES) if own else None
    except OSError:
        return None


def _files_check(files: _Files) -> PackageCheck:
    problem = min(files.problems, default="")
    return _check(FILES, Outcome.FAILED, problem) if problem else _passed(FILES)


def _own_trust(files: _Files, anchor: str) -> _Trust:
    """The package's own trust list, under its own anchors, if the verifier names those."""
    try:
        anchors = Anchors.from_json(files.get("trust/anchors.json") or b"")
        keeper = TrustKeeper(anchors.public_keys(), hub=files.manifest.hub)
        trust_list = keeper.accept((files.get("trust/trust-list.jwt") or b"").strip(), files.manifest.time)
    except SignerError as error:
        message = sentence("TRUST_LIST_UNUSABLE")
        said = Label(zh=f"{message.zh}（{error}）", en=f"{message.en} ({error})")
        return _Trust(None, "", (PackageCheck(TRUST_LIST, Outcome.FAILED, "TRUST_LIST_UNUSABLE", said),))
    digest = anchors_digest(anchors.public_keys())
    if not anchor:
        check = _check(TRUST_ANCHORS, Outcome.INDETERMINATE, "ANCHORS_UNCONFIRMED")
    elif anchor.lower() != digest:
        check = _check(TRUST_ANCHORS, Outcome.FAILED, "ANCHORS_OTHER")
    else:
        check = _passed(TRUST_ANCHORS)
    return _Trust(trust_list, digest, (check, _passed(TRUST_LIST)))


def _status(folder: Path, trust_list: TrustList) -> StatusFolder:
    return StatusFolder(folder, trust_list.hub, trust_list.keys_for(KeyUse.STATUS_LISTS, None), _LATER)


def _judged(verifier: Verifier, files: _Files, item: Item, at: int) -> Verdict:
    is_extract = item.kind is Kind.EXTRACT
    submission = Submission(
        text=files.text(f"{item.folder}/credential.sd-jwt") or "",
        receipt=(files.text(f"{item.folder}/receipt.jwt") or "") if is_extract else None,
        second=files.text(f"{item.folder}/second.jws"),
        issue_proof=_log_evidence(files, f"{item.folder}/issue") or (None if is_extract else _NO_PROOF),
        release_proof=_log_evidence(files, f"{item.folder}/fetch") or (_NO_PROOF if is_extract else None),
    )
    statement = files.text(f"{item.folder}/status.jwt")
    presented = base64url.encode(sha256(submission.text.encode("utf-8")).digest())
    status = partial(_stated, verifier, statement, presented)
    return verifier.verify(submission, Question(at=at), status)


def _log_evidence(files: _Files, folder: str) -> LogEvidence | None:
    entry, salt = files.get(f"{folder}/entry.bin"), files.get(f"{folder}/salt.bin")
    proof = files.get(f"{folder}/proof.txt")
    if entry is None and salt is None and proof is None:
        return None
    stamp = files.get(f"{folder}/timestamp.tsr")
    return LogEvidence(entry or b"", salt or b"", (proof or b"").decode("utf-8", "replace"), stamp)


def _stated(verifier: Verifier, text: str | None, presented: str, claims: Mapping[str, object], at: int) -> Check:
    """The status by the hub's statement for exactly that time, else by the list."""
    if text is None:
        return verifier.status.check(claims, at)
    name = CheckName.STATUS
    try:
        statement = verify_receipt(text, verifier.trust_list.keys_for(KeyUse.RECEIPTS, None), at=None)
    except SignerError as error:
        return failed(name, "STATUS_STATEMENT_INVALID", str(error))
    if not _is_of(statement, str(claims.get("licence", "")), presented, verifier.trust_list.hub):
        return failed(name, "STATUS_STATEMENT_INVALID", "the statement is of another licence or presentation")
    return _says(statement) if statement.asked_time == at else verifier.status.check(claims, at)


def _says(statement: Receipt) -> Check:
    name = CheckName.STATUS
    code = next((reason for reason in statement.reasons if reason in _STATUS_CODES), None)
    if code is not None:
        return failed(name, code, "the hub says so of that time")
    if statement.verdict == Outcome.PASSED:
        return PASSED[name]
    return failed(name, "STATUS_STATEMENT_INVALID", "the statement gives no reason for its verdict")


def _is_of(statement: Receipt, licence: str, presented: str, hub: str) -> bool:
    same = statement.licence == licence and statement.sd_hash == presented
    return same and statement.act is Act.VERIFIED and statement.hub == hub


def _check(name: str, outcome: Outcome, code: str) -> PackageCheck:
    return PackageCheck(name, outcome, code, sentence(code))


def _passed(name: str) -> PackageCheck:
    return PackageCheck(name, Outcome.PASSED, "OK", Label(zh="通过。", en="Passed."))


def _worst(outcomes: list[Outcome]) -> Outcome:
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    return Outcome.INDETERMINATE if Outcome.INDETERMINATE in outcomes else Outcome.PASSED
