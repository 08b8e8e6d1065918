"""What the offline verification of a log found."""

from dataclasses import dataclass, field
from typing import Final

from signer.cosignature import CosignedCheckpoint

_MAX_FINDINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in ``file``, from entry ``index`` on (None: the file has no entry to name)."""

    file: str
    index: int | None
    problem: str


@dataclass(slots=True)
class LogReport:
    """The outcome: ``size`` and ``root`` as the checkpoint says, how much was checked, and what was found wrong.

    ``cosigned`` is what the named witnesses cosigned; None where none were named or it does not hold.
    """

    origin: str = ""
    size: int = 0
    root: bytes = b""
    tiles: int = 0
    entries: int = 0
    cosigned: CosignedCheckpoint | None = None
    findings: list[Finding] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything that was there is right."""
        return not self.findings

    @property
    def first(self) -> Finding | None:
        """The finding with the lowest entry index; those without one come first."""
        return min(self.findings, key=lambda found: -1 if found.index is None else found.index, default=None)

    def add(self, file: str, index: int | None, problem: str) -> None:
        """Note a finding; after 100 no more are kept."""
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.append(Finding(file, index, problem))
