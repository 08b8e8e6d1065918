"""The mistakes that ``tools.mutate`` makes: one at a time, and only in what runs."""

import ast

from tools.mutation_points import mutants

SOURCE = """
def rule(a: int | None, b: int) -> bool | None:
    if a is None or b < 5:
        return None
    return a <= b
"""


def test_mutants_change_one_thing_each_and_no_annotation() -> None:
    found = list(mutants(SOURCE))
    assert [mutant.what for mutant in found] == [
        "condition is negated",
        "or becomes and",
        "comparison 1: Is becomes IsNot",
        "comparison 1: Lt becomes LtE",
        "5 becomes 6",
        "answer becomes None",
        "comparison 1: LtE becomes Lt",
    ]
    original = ast.unparse(ast.parse(SOURCE))
    assert len({mutant.source for mutant in found} | {original}) == len(found) + 1
    assert all(mutant.source.splitlines()[0] == original.splitlines()[0] for mutant in found)


def test_mutants_of_nothing_that_runs_are_none() -> None:
    assert list(mutants('"""A sentence."""\nx: int | None\n')) == []
