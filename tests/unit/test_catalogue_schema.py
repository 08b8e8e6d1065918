"""Reading YAML: what is right becomes entities; what is wrong is told by file, line, entry and field, all at once."""

import pytest
import yaml

from exchange.catalogue import yaml_reader
from exchange.catalogue.codec import to_json
from exchange.catalogue.schema import (
    MAX_FILES,
    CatalogueFilesError,
    entity_shape_problems,
    load_folder,
    shape_problems,
)
from exchange.catalogue.yaml_reader import MAX_BYTES, YamlTextError, read_yaml
from exchange.entities.catalogue import DataType, EntityKind, Level, Status

DEPARTMENT = """\
departments:
  - uscc: 11990000MB0000000J
    name: {zh: 示例, en: Sample}
    region: "990000"
    level: province
    roles: [auditor]
"""
LICENCE_TYPE = """\
licence_types:
  - code: 11990000MB0000000J001
    name: {zh: 证, en: Licence}
    kind: licence
    holder_category: person
    defining_authority: 11990000MB0000000J
    issuers: [11990000MB0000000J]
    validity_text: {zh: 长期, en: Long-term}
    sharing: none
    retention_days: 1
    fields:
      - {name: a, label: {zh: 甲, en: A}, field_class: 1}
      - {name: b, label: {zh: 乙, en: B}, field_class: 3, data_type: date}
"""


def problems_of(folder):
    with pytest.raises(CatalogueFilesError) as caught:
        load_folder(folder)
    for problem in caught.value.problems:
        assert problem.en
        assert problem.zh
        assert str(problem) in str(caught.value)
    return [(p.file, p.line, p.entry, p.field, p.en) for p in caught.value.problems]


def test_entries_of_several_files_become_entities(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a.yaml").write_text(DEPARTMENT)
    (tmp_path / "b" / "types.yml").write_text(LICENCE_TYPE)
    (tmp_path / "README.md").write_text("not YAML: [")
    catalogue = load_folder(tmp_path)
    (department,), (licence_type,) = catalogue.departments, catalogue.licence_types
    assert (department.level, department.status, department.parent) == (Level.PROVINCE, Status.ACTIVE, None)
    assert not department.certificates
    assert not department.token_keys
    assert [(f.data_type, f.required, f.max_length) for f in licence_type.fields] == [
        (DataType.STRING, True, 200),
        (DataType.DATE, True, 10),
    ]
    assert catalogue.entities() == (department, licence_type)


def test_every_finding_of_every_file_is_told_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text(DEPARTMENT.replace('"990000"', "990000").replace("province", "planet"))
    (tmp_path / "b.yaml").write_text(
        LICENCE_TYPE.replace("kind: licence", "kid: licence").replace("{name: a", "{name: A")
    )
    (tmp_path / "c.yaml").write_text("departments: [\n")
    found = problems_of(tmp_path)
    department, licence_type = "departments/11990000MB0000000J", "licenceTypes/11990000MB0000000J001"
    assert ("a.yaml", 4, department, "region", "must be text (put numbers in quotes)") in found
    assert any(f[:4] == ("a.yaml", 5, department, "level") and "'province'" in f[4] for f in found)
    assert ("b.yaml", 2, licence_type, "kind", "is missing") in found
    assert ("b.yaml", 4, licence_type, "kid", "is not a known key") in found
    assert any(f[:4] == ("b.yaml", 12, licence_type, "fields[0].name") for f in found)
    assert any(f[0] == "c.yaml" and "not YAML" in f[4] for f in found)


def test_findings_outside_entries_are_told_too(tmp_path):
    (tmp_path / "a.yaml").write_text("departements: []\ndepartments: {}\n")
    (tmp_path / "b.yaml").write_text("- 1\n")
    (tmp_path / "c.yaml").write_text('departments:\n  - just text\n  - {uscc: 1}\n  - {uscc: "\\u0000"}\n')
    found = problems_of(tmp_path)
    assert ("a.yaml", 1, "", "departements", "is not a known key") in found
    assert ("a.yaml", 2, "", "departments", "must be a list") in found
    assert any(f[:4] == ("b.yaml", 1, "", "") for f in found)
    assert any(f[:3] == ("c.yaml", 2, "departments[0]") for f in found)
    assert any(f[:4] == ("c.yaml", 3, "departments[1]", "uscc") for f in found)
    assert any(f[:4] == ("c.yaml", 4, "departments[2]", "uscc") for f in found)


def test_an_entity_defined_twice_is_told(tmp_path):
    (tmp_path / "a.yaml").write_text(DEPARTMENT)
    (tmp_path / "b.yaml").write_text("# second\n" + DEPARTMENT)
    assert problems_of(tmp_path) == [("b.yaml", 3, "departments/11990000MB0000000J", "", "is defined twice")]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("roles: [auditor]", "roles: [auditor, auditor]", "roles"),
        ("roles: [auditor]", "roles: [auditor]\n    operators: [{id: 'a b', roles: []}]", "operators[0].id"),
        (
            "roles: [auditor]",
            "roles: [auditor]\n    operators: [{id: a, roles: [], assurance: 4}]",
            "operators[0].assurance",
        ),
        (
            "roles: [auditor]",
            "roles: [auditor]\n    operators: [{id: a, roles: [], assurance: true}]",
            "operators[0].assurance",
        ),
        ("en: Sample", "en: ''", "name.en"),
        ("en: Sample", "en: " + "x" * 401, "name.en"),
        ('region: "990000"', 'region: "９９００００"', "region"),
        ("11990000MB0000000J", "11990000MB0000000J ", None),
        ("11990000MB0000000J", "'11990000MB0000000J '", "uscc"),
        ("level: province", "level: province\n    status: yes", "status"),
    ],
)
def test_bounds_and_shapes(tmp_path, old, new, field):
    (tmp_path / "a.yaml").write_text(DEPARTMENT.replace(old, new))
    if field is None:
        assert load_folder(tmp_path).departments
    else:
        assert [f[3] for f in problems_of(tmp_path)] == [field]


def test_a_folder_without_files_or_with_too_many_is_refused(tmp_path):
    assert "1 to 500" in problems_of(tmp_path)[0][4]
    assert "1 to 500" in problems_of(tmp_path / "absent")[0][4]
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.yaml").touch()
    assert "1 to 500" in problems_of(tmp_path)[0][4]


def test_a_file_larger_than_allowed_is_refused_unread(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    assert "larger" in problems_of(tmp_path)[0][4]


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text(DEPARTMENT)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert problems_of(tmp_path) == [("a.yaml", 1, "", "", "cannot be read: Permission denied")]


def test_shapes_of_entities_that_did_not_come_from_files(tmp_path):
    (tmp_path / "a.yaml").write_text(DEPARTMENT)
    (department,) = load_folder(tmp_path).departments
    assert entity_shape_problems(department) == ()
    data = to_json(department) | {"region": "x", "level": 7}
    assert {violation.field for violation in shape_problems(EntityKind.DEPARTMENT, data)} == {"region", "level"}
    assert shape_problems(EntityKind.MANDATE, None)
    assert shape_problems(EntityKind.MANDATE, {"id": float("nan"), "reference": "\ud800"})


def test_scalars_mean_what_they_say():
    text = b"[1, -2, 0, true, false, null, ~, '1', 007, 1.5, .nan, 2026-01-01, no, on, 1_000, 0x10, 9999999999999999]"
    assert read_yaml(text).value == [
        *(1, -2, 0, True, False, None, None, "1", "007", "1.5", ".nan", "2026-01-01", "no", "on", "1_000", "0x10"),
        "9999999999999999",
    ]
    assert read_yaml(b"{a: , b: ''}").value == {"a": None, "b": ""}
    assert read_yaml(b"# nothing but a value\n|\n  1\n").value == "1\n"


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, "repeats"),
        (b"a: &x [1]\n", 1, "anchor"),
        (b"a: 1\nb: *x\n", 2, "anchor"),
        (b"a: !!python/object/apply:os.system ['x']\n", 1, "tag"),
        (b"!x\na: 1\n", 1, "tag"),
        (b"a: 1\n---\nb: 1\n", 2, "second"),
        (b"", 1, "no document"),
        (b"# only a comment\n", 1, "no document"),
        (b"a: [1,\n  2\n", 3, "not YAML"),
        (b"a:\n\t- b\n", 2, "not YAML"),
        (b"a: 'half", 1, "not YAML"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        (b"a: \x07\n", 1, "characters"),
        (b"? {a: b}\n: 1\n", 1, "not text"),
        (b"a: " + b"[" * 20, 1, "nested"),
        (b"a: " + b"{b: " * 20, 1, "nested"),
        (b'a: "\\uD800"\n', 1, "surrogate|not YAML"),
    ],
)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_reader.LOADER])
def test_text_that_is_refused(content, line, word, loader, monkeypatch):
    monkeypatch.setattr(yaml_reader, "LOADER", loader)
    with pytest.raises(YamlTextError, match=word) as caught:
        read_yaml(content)
    assert abs(caught.value.line - line) <= 1  # the two parsers differ by one where a document ends too soon
    assert caught.value.zh


def test_the_number_of_values_is_bounded(monkeypatch):
    monkeypatch.setattr(yaml_reader, "MAX_NODES", 10)
    assert read_yaml(b"[1, 2, 3]").value == [1, 2, 3]
    with pytest.raises(YamlTextError, match="more than 10"):
        read_yaml(b"[" + b"1, " * 20 + b"]")


def test_the_line_of_a_path_is_that_of_the_nearest_value():
    document = read_yaml(b"a:\n  - b: 1\n    c: 2\n")
    assert document.line_of(("a", 0, "c")) == 3
    assert document.line_of(("a", 0, "missing", "deep")) == 2
    assert document.line_of(("nothing",)) == 1
