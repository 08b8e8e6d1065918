"""Files that are handed in: what they may be, judged by their bytes and not by what they are called.

Rules:
1. PDF, PNG, JPEG and OFD, of at most 3 MiB; the bytes must be what the caller declares, in type and digest.
2. A PDF that is encrypted, or that shows JavaScript or a launch action, is refused; an OFD with an encrypted part too.
3. Not checked: objects inside a PDF's compressed streams, what a picture shows, a second format hidden in a file, and
   malware. Whoever opens a file does so in a viewer that runs nothing.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from exchange.entities.evidence import Material, MediaType
from exchange.errors import Violation

MAX_BYTES: Final = 3 << 20
MAX_PARTS: Final = 2_000
"""Files inside an OFD."""

_HEX_NAME: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE: Final = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)(?![A-Za-z0-9])")
_ENCRYPTED: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_TAIL: Final = 1_024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a caller sends it; ``sha256`` is hex. ``media_type`` None: not one of the four."""

    media_type: MediaType | None
    content: bytes = field(repr=False)
    sha256: str

    def problems(self, path: str = "") -> list[Violation]:
        """Everything wrong with it; ``path`` is where it stands in the request."""
        prefix = f"{path}." if path else ""
        found: list[Violation] = []
        if self.sha256 != sha256(self.content).hexdigest():
            en, zh = "is not the SHA-256 of the content in lower-case hex", "与文件内容的SHA-256（小写十六进制）不一致"
            found.append(Violation(f"{prefix}sha256", en, zh))
        sized = 0 < len(self.content) <= MAX_BYTES
        if not sized:
            found.append(Violation(f"{prefix}content", "must have 1 byte to 3 MiB", "文件应为1字节至3MiB"))
        if self.media_type is None:
            en = "must be application/pdf, image/png, image/jpeg or application/ofd"
            found.append(Violation(f"{prefix}media_type", en, "应为PDF、PNG、JPEG或OFD文件"))
        elif sized:
            problem = _CHECKS[self.media_type](self.content)
            found += [Violation(f"{prefix}content", *problem)] if problem is not None else []
        return found


def material_of(upload: Upload, time: int, operator: str) -> Material:
    """What is kept of an upload that has no problems."""
    assert upload.media_type is not None
    return Material(upload.sha256, upload.media_type, len(upload.content), time, operator)


_Problem = tuple[str, str]
_OTHER: Final = ("is not a whole file of the declared type", "文件内容与声明的类型不符或不完整")


def _pdf(content: bytes) -> _Problem | None:
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-_TAIL:]:
        return _OTHER
    plain = _HEX_NAME.sub(lambda match: bytes([int(match[1], 16)]), content)
    if _ENCRYPTED.search(plain):
        return "is an encrypted PDF", "PDF文件已加密，请提交未加密的文件"
    if _ACTIVE.search(plain):
        return "is a PDF that runs or carries something else", "PDF文件含有脚本、启动动作或附件"
    return None


def _png(content: bytes) -> _Problem | None:
    whole = content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and content.endswith(b"IEND\xaeB`\x82")
    return None if whole else _OTHER


def _jpeg(content: bytes) -> _Problem | None:
    return None if content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9") else _OTHER


def _ofd(content: bytes) -> _Problem | None:
    """A ZIP archive with ``OFD.xml`` at its root (GB/T 33190); only its directory is read."""
    if not content.startswith(b"PK\x03\x04"):
        return _OTHER
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, OverflowError):
        # zipfile raises each of these for some bytes that are no archive; tests try any bytes
        return _OTHER
    if len(parts) > MAX_PARTS or "OFD.xml" not in {part.filename for part in parts}:
        return _OTHER
    if any(part.flag_bits & 0x1 for part in parts):
        return "is an OFD file with an encrypted part", "OFD文件含有加密内容，请提交未加密的文件"
    return None


_CHECKS: Mapping[MediaType, Callable[[bytes], _Problem | None]] = MappingProxyType(
    {MediaType.PDF: _pdf, MediaType.PNG: _png, MediaType.JPEG: _jpeg, MediaType.OFD: _ofd}
)
