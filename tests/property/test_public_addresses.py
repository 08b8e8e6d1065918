"""Whatever path is asked for: nothing but an object of the table is ever looked for."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from exchange.public.addresses import INDEX_PATH, PageKind, find

OBJECT = re.compile(
    r"status/[0-9A-Z]{21}/[0-9]{4}/[0-9]{1,10}\.jwt"
    r"|trust/(list\.jwt|lists/[0-9]{10}\.jwt|anchors\.json)"
    r"|log/(checkpoint|cosigned|vkey|tile/(entries|[0-7])/(x[0-9]{3}/){0,6}[0-9]{3}(\.p/[1-9][0-9]{0,2})?)"
)
REVISION = re.compile(r"[0-9A-Z]{21}/[1-9][0-9]{0,5}")
TYPE = "11990100MB0000001A001"
KNOWN = [
    f"/status/{TYPE}/2026/1",
    "/trust/list",
    "/trust/lists/7",
    "/trust/anchors",
    "/log/checkpoint",
    "/log/cosigned",
    "/log/vkey",
    "/log/tile/0/000",
    "/log/tile/entries/x001/234.p/17",
    f"/licenceTypes/{TYPE}/revisions/3",
    INDEX_PATH,
]
TRICKS = [
    "..",
    "%2e%2e",
    "//",
    "/./",
    "\0",
    "%00",
    "\\",
    ";",
    "?",
    "#",
    "é",
    "~",
    " ",
    "\r\n",
    "a" * 300,
    "/",
    ".jwt",
    "0",
]


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A path of the table with tricks put in, parts taken out or letters exchanged."""
    text = draw(st.sampled_from(KNOWN))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 4)))
        text = text[:start] + draw(st.sampled_from(TRICKS) | st.text(max_size=3)) + text[end:]
    return text.encode("utf-8", "surrogatepass")


@given(st.one_of(bent(), bent(), bent(), st.binary(max_size=300)))
@example(b"/status/../log/vkey")
@example(b"/status/../2026/1")
@example(b"/status/11990100MB0000001a001/2026/1")
@example(b"/status/11990100MB0000001A001/../1")
@example(b"/trust/lists/..")
@example(b"/trust/lists/12345678901")
@example(b"/licenceTypes/../revisions/1")
@example(b"/log/tile/0/x000/000/../../../../credentials/a")
@example(b"/log/tile/0/000.p/256")
@example(b"/log/tile/0/x000/001")
@example(b"/trust/list\n")
@example(b"/log/vkey\x00")
def test_no_path_leads_out_of_the_table(path: bytes) -> None:
    page = find(path)
    if page is None:
        return
    assert re.fullmatch(rb"[A-Za-z0-9./-]{1,200}", path)
    assert b"//" not in path
    assert b".." not in path
    if page.kind is PageKind.INDEX:
        assert page.source == ""
    elif page.kind is PageKind.LICENCE_TYPE:
        assert REVISION.fullmatch(page.source)
    else:
        assert OBJECT.fullmatch(page.source)


@given(st.sampled_from(KNOWN))
def test_what_the_table_names_is_found(path: str) -> None:
    assert find(path.encode()) is not None


@given(bent(), bent())
def test_two_paths_never_share_a_page(one: bytes, other: bytes) -> None:
    """So that what is kept under one address is what stands at that address."""
    first, second = find(one), find(other)
    if one != other and first is not None:
        assert first != second
