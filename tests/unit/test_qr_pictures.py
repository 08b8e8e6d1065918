"""QR codes as pictures: what is drawn is read back, worn as paper is; hostile pictures raise one error."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from exchange import qr_pictures
from signer import qr
from signer.errors import FormatError
from signer.report import Outcome
from tests.fakes.sealed_paper import PaperSeal
from tests.fakes.signing import IDENTIFIER

TEN_FIELDS = {
    "enterprise_name": "清河市桥西区好味道示例餐饮有限公司",
    "legal_representative": "欧阳示例",
    "address": "清河市桥西区人民路一百二十八号商贸大厦三层",
    "business_scope": ["热食类食品制售", "冷食类食品制售", "糕点类食品制售"],
    "business_form": "餐饮服务经营者（中型餐馆）",
    "supervision_body": "清河市桥西区市场监督管理局",
    "supervisor": "监管人员示例",
    "complaint_phone": "请拨打投诉举报电话一二三一五",
    "issuing_officer": "签发人示例",
    "remarks": "本证仅供示例使用，不具有任何效力",
}


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    return PaperSeal(tmp_path_factory.mktemp("paper"))


@pytest.fixture(scope="module", params=["credential", "pointer"])
def text(request, paper):
    return paper.text(TEN_FIELDS) if request.param == "credential" else qr.pointer_text(IDENTIFIER, "5e" * 32)


def picture(text):
    return Image.open(BytesIO(qr_pictures.draw(text).png)).convert("L")


def png(image):
    target = BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def test_what_is_drawn_is_read_back(text, paper):
    drawn = qr_pictures.draw(text)
    assert qr_pictures.read_png(drawn.png) == (text,)
    assert drawn.modules == 17 + 4 * drawn.version
    assert Image.open(BytesIO(drawn.png)).size == (drawn.pixels, drawn.pixels)
    assert drawn.pixels == (drawn.modules + 8) * qr_pictures.MODULE_PIXELS
    if text.startswith(qr.CREDENTIAL_PREFIX):
        assert paper.check(qr_pictures.read_png(drawn.png)[0]).outcome is Outcome.PASSED


def test_ten_chinese_fields_and_a_pointer_are_of_a_printable_size(paper):
    assert qr_pictures.draw(paper.text(TEN_FIELDS)).version <= 22
    assert qr_pictures.draw(qr.pointer_text(IDENTIFIER, "5e" * 32)).version <= 9


@pytest.mark.parametrize("degrees", [7, 90, 180, 270])
def test_turned(text, degrees):
    turned = picture(text).rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert qr_pictures.read_png(png(turned)) == (text,)


@pytest.mark.parametrize("factor", [0.5, 0.4, 2])
def test_larger_and_smaller(text, factor):
    whole = picture(text)
    side = int(whole.width * factor)
    assert qr_pictures.read_png(png(whole.resize((side, side), Image.Resampling.BICUBIC))) == (text,)


def smudge(image, across, down):
    """Put a blotch over 3 % of the code, its centre at these parts of the code's side."""
    quiet = qr_pictures.QUIET_MODULES * qr_pictures.MODULE_PIXELS
    side = image.width - 2 * quiet
    left, top = quiet + (across - 0.1) * side, quiet + (down - 0.1) * side
    ImageDraw.Draw(image).ellipse((left, top, left + 0.2 * side, top + 0.2 * side), fill=90)


@pytest.mark.parametrize(("across", "down"), [(0.9, 0.9), (0.5, 0.5), (0.95, 0.5), (0.5, 0.05)])
def test_smudged(text, across, down):
    """In the corner without a finder pattern, in the middle, at the edges."""
    whole = picture(text)
    smudge(whole, across, down)
    assert qr_pictures.read_png(png(whole)) == (text,)


def test_smudged_over_the_side_of_a_finder_pattern(paper):
    """Two modules deep. A corner of a finder pattern must be whole: it is what a reader finds the code by."""
    text = paper.text(TEN_FIELDS)
    whole, modules = picture(text), qr_pictures.draw(text).modules
    smudge(whole, 4 / modules + 0.1, 2 / modules - 0.1)
    assert qr_pictures.read_png(png(whole)) == (text,)


def test_a_code_on_a_page_among_others(text):
    page = Image.new("RGBA", (2480, 3508), (0, 0, 0, 0))  # A4 at 300 dots an inch, transparent: made smaller to search
    page.paste(picture(text), (300, 300))
    page.paste(picture("another text"), (300, 2600))
    assert sorted(qr_pictures.read_png(png(page))) == sorted([text, "another text"])


def test_the_longest_text():
    longest = "OC1:" + "Z" * (qr.MAX_DRAWN - 4)
    drawn = qr_pictures.draw(longest)
    assert drawn.version == 40
    assert qr_pictures.read_png(drawn.png) == (longest,)
    with pytest.raises(FormatError, match="QR_TOO_LARGE"):
        qr_pictures.draw(longest + "Z")


def test_no_code_is_no_text():
    assert qr_pictures.read_png(png(Image.new("L", (64, 64), 255))) == ()


def test_no_more_codes_than_a_page_may_have():
    small = picture("A").reduce(4)
    page = Image.new("L", (small.width * 6, small.width * 6), 255)
    for place in range(36):
        page.paste(small, (place % 6 * small.width, place // 6 * small.width))
    assert qr_pictures.read_png(png(page)) == ("A",) * qr_pictures.MAX_CODES


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def hand_made(width, height, *chunks):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", header), *chunks, chunk(b"IEND", b"")])


def saved_as(form):
    target = BytesIO()
    Image.new("L", (64, 64), 255).save(target, form)
    return target.getvalue()


BOMB = zlib.compress(b"\0" * 50_000_000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "PICTURE_NOT_PNG"),
        (b"\x89PNG\r\n\x1a\n", "PICTURE_NOT_PNG"),
        (saved_as("JPEG"), "PICTURE_NOT_PNG"),
        (saved_as("GIF"), "PICTURE_NOT_PNG"),
        (saved_as("TIFF"), "PICTURE_NOT_PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "PICTURE_NOT_PNG"),
        (hand_made(4001, 4000), "PICTURE_TOO_LARGE"),
        (hand_made(2**31 - 1, 2**31 - 1), "PICTURE_TOO_LARGE"),
        (hand_made(16_000_001, 1), "PICTURE_TOO_LARGE"),
        (b"\0" * (4 * 1024 * 1024 + 1), "PICTURE_TOO_LARGE"),
        (hand_made(0, 10, chunk(b"IDAT", zlib.compress(b""))), "PICTURE_BROKEN"),
        (hand_made(10, 10), "PICTURE_BROKEN"),
        (hand_made(10, 10, chunk(b"IDAT", b"not deflated")), "PICTURE_BROKEN"),
        (hand_made(10, 10, chunk(b"IDAT", zlib.compress(b"\0" * 5))), "PICTURE_BROKEN"),
        (hand_made(10, 10, chunk(b"zTXt", b"k\0\0" + BOMB), chunk(b"IDAT", b"")), "PICTURE_BROKEN"),
        (png(Image.new("L", (64, 64)))[:-30], "PICTURE_BROKEN"),
    ],
)
def test_hostile_pictures_raise_one_error(data, code):
    with pytest.raises(FormatError) as caught:
        qr_pictures.read_png(data)
    assert caught.value.code == code


def test_a_bomb_in_the_picture_itself_is_not_inflated_beyond_its_size():
    data = hand_made(10, 10, chunk(b"IDAT", BOMB))
    assert qr_pictures.read_png(data) == ()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_altered_pictures_raise_nothing_else(data):
    genuine = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        genuine[data.draw(st.integers(0, len(SMALL) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(SMALL)))
    for altered in (bytes(genuine), bytes(genuine[:cut])):
        with suppress(FormatError):
            qr_pictures.read_png(altered)


SMALL = qr_pictures.draw("OC1P:AB").png
