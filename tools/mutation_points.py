"""Where a module can be changed by one small mistake, and the module with that mistake made.

Rules:
1. One mutant changes one thing: a comparison, a connective, a negation, a set or number operator, a number, a truth
   value, a branch's condition, or an answer (``return X`` becomes ``return None``).
2. What Python does not run is left alone: annotations, docstrings and the types in ``X | None``.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """``source`` is the whole module with one change, which ``what`` names; ``line`` is where."""

    line: int
    what: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its nodes. Raises ``SyntaxError`` if it is not Python."""
    tree = ast.parse(source)
    for index, node in enumerate(_run_nodes(tree)):
        for what, _ in _changes(node):
            changed = copy.deepcopy(tree)
            target = list(_run_nodes(changed))[index]
            dict(_changes(target))[what](target)
            yield Mutant(getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(changed)))


def _run_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run, without annotations."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _run_nodes(child)


def _changes(node: ast.AST) -> list[tuple[str, Callable[..., None]]]:
    """What can be changed at this node: a name for it, and what does it to the node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
        return [
            (f"comparison {place + 1}: {type(op).__name__} becomes {_SWAPPED[type(op)].__name__}", _swap(place))
            for place, op in enumerate(node.ops)
        ]
    if isinstance(node, ast.Constant):
        return _changes_of_constant(node)
    if isinstance(node, ast.BoolOp):
        return [("and becomes or" if isinstance(node.op, ast.And) else "or becomes and", _connect)]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATED and not _is_type(node):
        return [(f"{type(node.op).__name__} becomes {_OPERATED[type(node.op)].__name__}", _operate)]
    if isinstance(node, ast.If | ast.IfExp):
        return [("condition is negated", _negate)]
    forgets = isinstance(node, ast.Return) and not (node.value is None or _is_none(node.value))
    return [("answer becomes None", _forget)] if forgets else []


def _changes_of_constant(node: ast.Constant) -> list[tuple[str, Callable[..., None]]]:
    if isinstance(node.value, bool):
        return [(f"{node.value} becomes {not node.value}", _flip)]
    return [(f"{node.value} becomes {node.value + 1}", _count)] if isinstance(node.value, int) else []


def _swap(place: int) -> Callable[[ast.Compare], None]:
    def change(node: ast.Compare) -> None:
        node.ops[place] = _SWAPPED[type(node.ops[place])]()

    return change


def _connect(node: ast.BoolOp) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _operate(node: ast.BinOp) -> None:
    node.op = _OPERATED[type(node.op)]()


def _flip(node: ast.Constant) -> None:
    node.value = not node.value


def _count(node: ast.Constant) -> None:
    node.value = int(str(node.value)) + 1


def _negate(node: ast.If | ast.IfExp) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _forget(node: ast.Return) -> None:
    node.value = ast.Constant(None)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_type(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.BitOr) and (_is_none(node.right) or isinstance(node.left, ast.Name))
