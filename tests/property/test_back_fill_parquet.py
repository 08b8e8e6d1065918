"""Parquet gives the rows that were put in, whatever they hold; a file that is none, or is damaged, is our error."""

import contextlib
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from exchange.back_fill.parquet import BATCH, parquet_rows
from exchange.back_fill.rows import HeaderError

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def file_of(columns: dict[str, list[object]], **options: object) -> io.BytesIO:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **options)
    file.seek(0)
    return file


NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(TEXTS, NUMBERS, st.booleans(), st.lists(TEXTS, max_size=3))))
def test_rows_come_back_as_they_were_put_in(rows: list[tuple[str, int | None, bool, list[str]]]) -> None:
    kinds = (pa.string(), pa.int64(), pa.bool_(), pa.list_(pa.string()))
    names = ("名称", "n", "b", "l")
    columns = {
        name: pa.array([row[place] for row in rows], kind)
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    read = list(parquet_rows(file_of(columns)))
    wanted = [{name: cell for name, cell in zip(names, row, strict=True) if cell is not None} for row in rows]
    assert [row.values for row in read] == wanted
    assert [(row.number, row.offset, row.problem) for row in read] == [(n + 1, n, "") for n in range(len(rows))]
    canonical = [json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for one in wanted]
    assert [row.digest for row in read] == [sha256(text.encode()).digest() for text in canonical]


def test_dates_and_decimals_are_texts_and_batches_go_on() -> None:
    count = 2 * BATCH + 1
    columns = {"d": [date(2020, 1, 2)] * count, "m": [Decimal("1.50")] * count, "f": [0.5] * count}
    read = list(parquet_rows(file_of(columns, row_group_size=700)))
    assert len(read) == read[-1].number == count
    assert all(row.values == {"d": "2020-01-02", "m": "1.50", "f": "0.5"} for row in read)


@pytest.mark.parametrize(
    ("cell", "problem"), [({"a": {"b": 1}}, "json"), ("x" * 70_000, "oversized"), ("a\0b", "nul"), ([1, 2], "json")]
)
def test_a_cell_that_cannot_be_understood_is_a_row_with_a_code(cell: object, problem: str) -> None:
    (row,) = parquet_rows(file_of({"c": [cell]}))
    assert (row.values, row.problem) == ({}, problem)


GOOD = file_of({"a": ["x", "y"], "b": [1, 2]}).getvalue()


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.integers(0, len(GOOD)).map(lambda end: GOOD[:end]))
def test_what_is_no_parquet_file_is_refused(data: bytes) -> None:
    if data == GOOD:
        return
    with pytest.raises(HeaderError):
        list(parquet_rows(io.BytesIO(data)))


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_damaged_file_gives_rows_or_our_error(place: int, by: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= by
    with contextlib.suppress(HeaderError):
        list(parquet_rows(io.BytesIO(bytes(data))))


def test_times_are_of_china_and_a_midnight_is_a_date() -> None:
    zoned = pa.array([datetime(2025, 12, 31, 16, tzinfo=UTC)], pa.timestamp("ms", "UTC"))
    plain = pa.array([1_767_259_800_000_000], pa.timestamp("us"))
    (row,) = parquet_rows(file_of({"zoned": zoned, "plain": plain}))
    assert row.values == {"zoned": "2026-01-01", "plain": "2026-01-01T09:30:00"}


def test_a_cell_without_a_value_spoils_its_row_alone() -> None:
    times = pa.array([1_600_000_000_000_000_000, 1_600_000_000_000_000_001, None], pa.timestamp("ns"))
    days = pa.array([0, 0, 2_000_000_000], pa.date32())
    read = list(parquet_rows(file_of({"n": ["A", "B", "C"], "t": times, "d": days})))
    assert [row.problem for row in read] == ["", "value", "value"]
    assert read[0].values["n"] == "A"
    assert len({row.digest for row in read}) == 3
