"""The plans of every statement on the path of a call or a commit: an index for each large table, whatever it holds."""

import json
import re
from dataclasses import fields

import pytest

from storage.records import postgres_statements
from storage.records.index_statements import index_statements
from storage.records.postgres_connection import connect, reading, writing
from storage.records.statements import postgres_dialect, record_statements

ROWS = 100_000
LARGE = {"record", "record_index", "counter", "request", "journal", "posting", "moment", "named_state"}
CHANGED = {"record", "record_index", "counter", "request", "journal", "posting", "moment", "log_state", "progress"}
RECORDS = record_statements(postgres_dialect())
INDEX = index_statements(postgres_dialect())

READS = {
    **{name: getattr(RECORDS, name) for name in ("get", "scan", "find", "counter", "remembered", "length", "batch")},
    "get_many": postgres_statements.GET_MANY,
    **{f"index_{name}": getattr(INDEX, name) for name in ("progress", "lowest", "highest", "rarity", "state")},
    **{f"index_find_{count}": INDEX.find[count] for count in (0, 1, 2, 5)},
    **{f"index_summarise_{count}": INDEX.summarise[count] for count in (0, 1, 2, 5)},
}
WRITES = {
    name: statement
    for name, statement in vars(postgres_statements).items()
    if name.isupper() and name not in {"BEGIN", "COMMIT", "CLEAR_INDEX"}
}
WALKS = ("index_find", "index_lowest", "index_highest")
IN_ORDER = {"scan", "find", "batch", *(name for name in READS if name.startswith(WALKS))}

FILL = f"""
INSERT INTO record SELECT 'kind' || n % 3, 'key' || n, 1, '\\x00' FROM generate_series(1, {ROWS}) n;
INSERT INTO record_index
  SELECT 'kind' || n % 3, 'name' || n % 2, int4send(n % 1000), 'key' || n FROM generate_series(1, {ROWS}) n;
INSERT INTO counter SELECT 'counter' || n, n FROM generate_series(1, {ROWS}) n;
INSERT INTO request SELECT int8send(n), '\\x00', '\\x00', n FROM generate_series(1, {ROWS}) n;
INSERT INTO journal SELECT n, 1, n, '\\x00' FROM generate_series(0, {ROWS}) n;
INSERT INTO moment SELECT n, n, n FROM generate_series(0, {ROWS}) n;
INSERT INTO posting SELECT 'department', int4send(n % 7), n FROM generate_series(0, {ROWS}) n;
INSERT INTO posting SELECT 'case', int4send(n), n FROM generate_series(0, {ROWS}) n;
INSERT INTO named_state SELECT 'state' || n, '\\x00' FROM generate_series(1, {ROWS}) n;
ANALYZE;
"""


@pytest.fixture(scope="module")
def address(postgres_databases):
    return postgres_databases.fresh()


@pytest.fixture(scope="module", params=["empty", "filled"])
def sessions(request, address):
    """A reader's and a writer's session: on tables just made, and on large ones."""
    reader = connect(address, reading(address), "primary", 60.0)
    writer = connect(address, writing(address, 60.0), "read-write", 60.0)
    if request.param == "filled":
        for statement in filter(str.strip, FILL.split(";")):
            writer.execute(statement)
    yield {"reads": reader, "writes": writer}
    reader.close()
    writer.close()


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def plan_of(session, statement):
    """The plan that a prepared statement gets once and for good."""
    numbers = {}

    def number(match):
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    text = re.sub(r"%\((\w+)\)[sb]", number, statement)
    ((answer,),) = session.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}").fetchall()
    (explained,) = answer if isinstance(answer, list) else json.loads(answer)
    return list(nodes(explained["Plan"]))


def check_indexed(found, name):
    scans = [node for node in found if node.get("Relation Name") in LARGE and node["Node Type"] != "ModifyTable"]
    kinds = {(node["Relation Name"], node["Node Type"]) for node in scans}
    assert {kind for _, kind in kinds} <= {"Index Scan", "Index Only Scan"}, (name, kinds)
    for node in scans:
        assert "Index Cond" in node, (name, node)


@pytest.mark.parametrize("name", READS)
def test_reads_use_an_index(sessions, name):
    found = plan_of(sessions["reads"], READS[name])
    check_indexed(found, name)
    if name in IN_ORDER:
        assert not [node for node in found if node["Node Type"] == "Sort"], name


@pytest.mark.parametrize("name", WRITES)
def test_writes_use_an_index(sessions, name):
    check_indexed(plan_of(sessions["writes"], WRITES[name]), name)


def test_no_statement_is_forgotten():
    used = {"get", "scan", "find", "counter", "remembered", "length", "batch"}
    one_by_one = {"get_many", "version", "insert", "replace", "delete", "entries", "add_entry", "drop_entry", "spend"}
    one_by_one |= {"remember", "advance", "append", "forget"}
    assert {field.name for field in fields(RECORDS)} == used | one_by_one
