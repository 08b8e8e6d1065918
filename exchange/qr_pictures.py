"""QR codes as pictures: a text drawn as PNG, and the texts of the QR codes in a PNG.

Rules:
1. Drawn at error correction M, with the quiet zone that the standard asks for, one grey level for each bit.
2. PNG and nothing else is read: one format, one decoder. A photograph must be saved as PNG first.
3. Bytes and pixels are bounded before anything is decoded. The search takes time with the square of what looks like a
   code, so a large picture is made smaller first: the worst made on purpose takes a few seconds.
4. Whatever the bytes, reading raises ``FormatError`` alone. What a QR code says is hostile until it is checked.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image

from signer.errors import FormatError

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_PIXELS: Final = 16_000_000
"""A page of A4 scanned at 300 dots an inch has 8.7 million, a telephone's photograph 12 million."""

MAX_SEARCHED_PIXELS: Final = 4_000_000

MAX_CODES: Final = 16
MODULE_PIXELS: Final = 8
"""At 300 dots an inch a module is 0.68 mm wide."""

QUIET_MODULES: Final = 4
"""Left white on every side (ISO/IEC 18004 section 5.3.8)."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = struct.Struct(">8s4x4sII")
"""Signature, length of the first chunk (left to the decoder), its name, width, height."""


@dataclass(frozen=True, slots=True)
class QrPicture:
    """A drawn QR code: ``version`` 1 to 40; ``modules`` and ``pixels`` are the lengths of a side, the second with its
    quiet zone."""

    png: bytes
    version: int
    modules: int
    pixels: int


def draw(text: str) -> QrPicture:
    """Draw a text as a QR code of the smallest version that holds it at error correction M.

    Raises FormatError (``QR_TOO_LARGE``) for what version 40 does not hold.
    """
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except ValueError as error:
        raise FormatError("QR_TOO_LARGE", "no QR code holds a text of this length") from error
    small = Image.fromarray(code.to_image(scale=1, add_quiet_zones=False))
    modules = small.width
    side = modules + 2 * QUIET_MODULES
    page = Image.new("L", (side, side), 255)
    page.paste(small, (QUIET_MODULES, QUIET_MODULES))
    pixels = side * MODULE_PIXELS
    large = page.convert("1").resize((pixels, pixels), Image.Resampling.NEAREST)
    target = BytesIO()
    large.save(target, "PNG")
    return QrPicture(target.getvalue(), (modules - 17) // 4, modules, pixels)


def read_png(data: bytes) -> tuple[str, ...]:
    """The texts of the QR codes in a PNG, at most ``MAX_CODES``; empty if there is none.

    Raises FormatError: ``PICTURE_TOO_LARGE`` (bytes or pixels), ``PICTURE_NOT_PNG``, ``PICTURE_BROKEN``. Does not look
    at what the codes say.
    """
    image = _decoded(data)
    found = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode), text_mode=zxingcpp.TextMode.Plain
    )
    return tuple(code.text for code in found[:MAX_CODES] if code.valid)


def _decoded(data: bytes) -> Image.Image:
    """The picture in grey on white, decoded only once its header has been found within bounds."""
    if len(data) > MAX_BYTES:
        raise FormatError("PICTURE_TOO_LARGE", f"more than {MAX_BYTES} bytes")
    if len(data) < _HEADER.size:
        raise FormatError("PICTURE_NOT_PNG", "not a PNG picture")
    signature, chunk, width, height = _HEADER.unpack_from(data)
    if signature != _SIGNATURE or chunk != b"IHDR":
        raise FormatError("PICTURE_NOT_PNG", "not a PNG picture")
    if width * height > MAX_PIXELS:
        raise FormatError("PICTURE_TOO_LARGE", f"more than {MAX_PIXELS} pixels")
    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as opened:
            return _shrunk(_on_white(opened))
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ) as error:
        raise FormatError("PICTURE_BROKEN", "the PNG picture is cut short or damaged") from error


def _on_white(opened: Image.Image) -> Image.Image:
    if not opened.has_transparency_data:
        return opened.convert("L")
    coloured = opened.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured).convert("L")


def _shrunk(image: Image.Image) -> Image.Image:
    """The picture with every square of so many pixels made one that it can be searched."""
    factor = 1
    while image.width * image.height > MAX_SEARCHED_PIXELS * factor**2:
        factor += 1
    return image if factor == 1 else image.reduce(factor)
