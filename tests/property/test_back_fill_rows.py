"""The readers: whatever bytes a file holds, there is a row for each line and nothing else is raised."""

import csv
import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.back_fill.mapping import Mapped, MappingError, import_row, read_mapping
from exchange.back_fill.rows import MAX_ROW_BYTES, HeaderError, csv_rows, json_rows
from exchange.civil_time import civil_date, civil_midnight

ENCODINGS = st.sampled_from(["utf-8", "gb18030"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=20)
PIECES = st.lists(
    st.sampled_from(
        [b'"', b",", b"\n", b"\r\n", b"\0", b"{", b"[", b"}", b'{"a":1}', b"\xff", b"\x81", b"ab", b"\\ud800"]
    ),
    max_size=60,
).map(b"".join)


def in_order(rows, size):
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(left.offset < right.offset < size for left, right in pairwise(rows))


@given(st.binary(max_size=300) | PIECES, ENCODINGS)
def test_any_csv_bytes_are_rows_that_the_hub_can_be_sent(content, encoding):
    try:
        rows = list(csv_rows(io.BytesIO(content), encoding))
    except HeaderError:
        return
    in_order(rows, len(content))
    assert all(import_row(row, Mapped()).row == row.number for row in rows)


@given(st.binary(max_size=300) | PIECES, ENCODINGS)
def test_any_json_lines_bytes_are_rows_that_the_hub_can_be_sent(content, encoding):
    rows = list(json_rows(io.BytesIO(content), encoding))
    in_order(rows, len(content))
    assert all(import_row(row, Mapped()).row == row.number for row in rows)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8), ENCODINGS, st.booleans())
def test_what_is_written_as_csv_is_read(table, encoding, bom):
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([("one", "two"), *table])
    content = (b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode(encoding)
    rows = list(csv_rows(io.BytesIO(content), encoding))
    assert [(row.values["one"], row.values["two"]) for row in rows] == table


@given(st.lists(st.dictionaries(TEXTS, TEXTS | st.booleans() | st.integers(), min_size=1), max_size=8))
def test_what_is_written_as_json_lines_is_read(table):
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table).encode()
    assert [dict(row.values) for row in json_rows(io.BytesIO(content), "utf-8")] == table


@given(st.text(max_size=200))
def test_any_mapping_is_understood_or_refused(text):
    try:
        read_mapping(text)
    except MappingError:
        return


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"1,2", ""),
        (b'"a\nb",2', ""),
        (b"1", "columns"),
        (b"1,2,3", "columns"),
        (b"1,\0", "nul"),
        (b"1,\xff\xff", "bytes"),
        (b"x" * (MAX_ROW_BYTES * 3) + b",2", "oversized"),
        (b'1,"open', "quote"),
    ],
)
def test_a_bad_csv_row_is_named_and_the_next_one_is_read(line, problem):
    content = b"one,two\n3,4\n" + line + b"\n5,6\n"
    rows = list(csv_rows(io.BytesIO(content), "utf-8"))
    assert [row.problem for row in rows] == ["", problem, ""]
    assert rows[2].values == {"one": "5", "two": "6"}
    assert rows[1].offset == 12
    if problem == "bytes":
        assert rows[1].bad_at == 14


@pytest.mark.parametrize("line", [b"[" * 50_000, b'{"a":' * 9_000, b"{", b"3", b'{"a":{}}', b'{"a":[1]}'])
def test_a_bad_json_row_is_named_and_the_next_one_is_read(line):
    rows = list(json_rows(io.BytesIO(line + b'\n{"a":"b"}\n'), "utf-8"))
    assert [row.problem for row in rows] == ["json", ""]


def test_standard_columns_codes_and_dates_are_understood():
    header = "证照编号,持证主体,持证主体代码,持证主体代码类型代码,证照颁发日期,证照状态代码,证照状态变更日期,name"
    content = f"{header}\nN-1,某人,X,111,2020年01月02日,07,20210102,某人\nN-2,某人,X,111,2020-01-02,99,,某人\n".encode()
    first, second = (import_row(row, Mapped()) for row in csv_rows(io.BytesIO(content), "utf-8"))
    assert first.licence.number == "N-1"
    assert first.licence.issued_time.seconds == 1_577_894_400
    assert (first.state, first.cause) == (3, 2)
    assert first.licence.fields["name"].text == "某人"
    assert second.unreadable == "value"


def test_a_mapping_names_columns_constants_dates_and_codes():
    mapped = read_mapping(
        'date_format = "%d.%m.%Y"\n[columns]\nno = "number"\nskip = ""\nst = "status"\n'
        '[constants]\nholder_id_type = "111"\n[codes.status]\nlive = "01"\n'
    )
    content = b"no,skip,st,issued_time\nN-1,x,live,02.01.2020\n"
    (row,) = (import_row(row, mapped) for row in csv_rows(io.BytesIO(content), "utf-8"))
    assert (row.licence.number, row.licence.holders[0].id_type, row.state) == ("N-1", "111", 1)
    assert row.licence.issued_time.seconds == 1_577_894_400
    assert not row.licence.fields


def test_days_are_those_of_china_and_a_last_day_is_one_of_validity():
    content = "证照编号,证照有效期起始日期,证照有效期截止日期\nA,2026-01-01,2026-12-31\n".encode()
    (row,) = (import_row(each, Mapped()) for each in csv_rows(io.BytesIO(content), "utf-8"))
    assert civil_date(row.licence.valid_from_time.seconds - 1) == "2025-12-31"
    assert civil_date(row.licence.valid_from_time.seconds) == "2026-01-01"
    assert civil_date(row.licence.valid_until_time.seconds - 1) == "2026-12-31"
    assert civil_date(row.licence.valid_until_time.seconds) == "2027-01-01"
    times = read_mapping('date_format = "%Y-%m-%d %H:%M"\n[columns]\nuntil = "valid_until_time"\n')
    (row,) = (import_row(each, times) for each in csv_rows(io.BytesIO(b"until\n2026-12-31 18:00\n"), "utf-8"))
    assert row.licence.valid_until_time.seconds == civil_midnight("2026-12-31") + 18 * 3_600


def test_a_quote_inside_a_field_is_a_character():
    content = b'a,b\n1,5" pipe\n2,"of ""two""\nlines"\n3,4"\n"x"y,5\n'
    read = list(csv_rows(io.BytesIO(content), "utf-8"))
    assert [row.problem for row in read] == ["", "", "", "quote"]
    assert [row.values.get("b") for row in read] == ['5" pipe', 'of "two"\nlines', '4"', None]


@given(st.lists(st.lists(st.text(st.sampled_from('",\n x5"'), max_size=6), min_size=2, max_size=2), max_size=6))
def test_records_end_where_the_csv_module_says(table):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["a", "b"], *table])
    read = list(csv_rows(io.BytesIO(text.getvalue().encode()), "utf-8"))
    assert [list(row.values.values()) for row in read] == table


@pytest.mark.parametrize("number", ['["A","B"]', "true"])
def test_a_number_is_a_text(number):
    (row,) = (
        import_row(each, Mapped())
        for each in json_rows(io.BytesIO(f'{{"number":{number}}}'.replace("number", "证照编号").encode()), "utf-8")
    )
    assert row.unreadable == "value"


def test_a_member_that_is_there_twice_is_no_row():
    (row,) = json_rows(io.BytesIO(b'{"a":"1","a":"2"}\n'), "utf-8")
    assert row.problem == "json"
