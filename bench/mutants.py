"""Make mutants of a source file: copies with one small change each, which a test ought to notice.

`<` becomes `<=` and `>=`, `and` becomes `or`, a number grows by one or becomes 0, a condition is
negated, a `raise` disappears. Texts, logging, types and decorators stay: they decide nothing.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple, cast

SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOUCHED = {"annotation", "returns", "decorator_list", "exc", "cause"}
"""Fields of nodes that stay: types, decorators, raised exceptions."""


class Mutant(NamedTuple):
    """One change of a file.

    Attributes:
        name: Function, statement before, and statement after. It stays when lines move.
    """

    line: int
    name: str
    code: CodeType


class Place(NamedTuple):
    """A node of a syntax tree, and where it is.

    Attributes:
        position: Its index in the parent's field, if that is a list.
        scope: The qualified name of the function or class around it.
        statement: The node itself or the statement around it.
    """

    node: Any
    parent: Any
    field: str
    position: int | None
    scope: str
    function: Any
    statement: Any

    def put(self, node: ast.AST) -> None:
        """Put another node here."""
        if self.position is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.position] = node


def mutants_of(path: Path) -> list[Mutant]:
    """Return all mutants of a source file, in order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[Mutant] = []
    names: Counter[str] = Counter()
    for place in _places(tree):
        before = _first_line(place.statement)
        for new in _changes(place):
            place.put(new)
            after = _first_line(new if isinstance(new, ast.stmt) else place.statement)
            name = f"{place.scope or 'module'}: {before} => {after}"
            names[name] += 1
            name += f" ({names[name]})" if names[name] > 1 else ""
            code = compile(ast.fix_missing_locations(tree), str(path), "exec")
            found.append(Mutant(place.statement.lineno, name, code))
            place.put(place.node)
    return found


def _first_line(statement: ast.AST) -> str:
    lines = ast.unparse(statement).splitlines()
    return next(line for line in lines if not line.startswith("@"))


def _places(
    parent: Any, scope: str = "", function: Any = None, statement: Any = None
) -> Iterator[Place]:
    """Yield the nodes that may be changed."""
    for field in parent._fields:
        value: Any = None if field in UNTOUCHED else getattr(parent, field, None)
        nodes = cast("Sequence[Any]", value) if isinstance(value, list) else [value]
        for index, node in enumerate(nodes):
            if not isinstance(node, ast.AST) or _is_skipped(node):
                continue
            around = node if isinstance(node, ast.stmt) else statement
            if around:
                position = index if nodes is value else None
                yield Place(node, parent, field, position, scope, function, around)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _places(node, f"{scope}.{node.name}".lstrip("."), node, node)
            elif isinstance(node, ast.ClassDef):
                yield from _places(node, f"{scope}.{node.name}".lstrip("."), None, node)
            else:
                yield from _places(node, scope, function, around)


def _is_skipped(node: ast.AST) -> bool:
    match node:
        case ast.operator() | ast.boolop() | ast.unaryop() | ast.cmpop() | ast.expr_context():
            return True
        case ast.JoinedStr() | ast.FunctionDef(name="__repr__"):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
        case _:
            return False


def _changes(place: Place) -> Iterator[ast.AST]:
    """Yield the replacements of a node, one after another."""
    node, parent, field, _, _, function, _ = place
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for other in SWAPS[type(op)]:
                    yield _copy(node, ops=[*ops[:at], other(), *ops[at + 1 :]])
        case ast.BoolOp(op=op) | ast.BinOp(op=op) | ast.AugAssign(op=op):
            for other in SWAPS.get(type(op), ()):
                yield _copy(node, op=other())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
            if value:
                yield ast.Constant(0 * value)
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield _copy(node, func=ast.Name(CALLS[name], ast.Load()))
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant()]):
            yield ast.Constant(0.0)
        case ast.Return(value=ast.expr() as value) if not _is_simple(value):
            yield from _other_returns(value, function)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case _:
            pass
    is_condition = field in ("test", "ifs") or isinstance(parent, ast.BoolOp)
    if is_condition and not isinstance(node, ast.Compare | ast.UnaryOp | ast.BoolOp | ast.Constant):
        yield ast.UnaryOp(ast.Not(), cast("ast.expr", node))
    is_default = field in ("defaults", "kw_defaults") or (
        isinstance(parent, ast.AnnAssign) and field == "value" and not function
    )
    if is_default and isinstance(node, ast.Constant) and node.value is None:
        yield ast.Constant(0)
    elif is_default and isinstance(node, ast.Name | ast.Attribute):
        yield ast.Constant(None)
    if function and _may_go(node, function):
        yield ast.Pass()


def _copy(node: Any, **fields: Any) -> Any:
    """Return a copy of a node with other values in some of its fields."""
    return type(node)(**{name: getattr(node, name) for name in node._fields} | fields)


def _is_simple(value: ast.expr) -> bool:
    """Return whether a returned value is None, or a constant that is changed on its own."""
    return isinstance(value, ast.Constant) and (
        value.value is None or isinstance(value.value, bool)
    )


def _other_returns(value: ast.expr, function: Any) -> Iterator[ast.AST]:
    of_bool = isinstance(function.returns, ast.Name) and function.returns.id == "bool"
    if not of_bool:
        yield ast.Return(ast.Constant(None))
    elif not isinstance(value, ast.Compare | ast.UnaryOp):
        yield ast.Return(ast.UnaryOp(ast.Not(), value))


def _may_go(node: ast.AST, function: ast.AST) -> bool:
    """Return whether a statement may be left out: not one that gives a variable its only value."""
    match node:
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Delete() | ast.AugAssign():
            return True
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom()):
            return True
        case ast.Assign() | ast.AnnAssign(value=ast.expr()):
            stored = Counter(_stored_in(function))
            return all(stored[name] > 1 for name in _stored_in(node))
        case _:
            return False


def _stored_in(node: ast.AST) -> list[str]:
    """Return the names of the variables that get a value in a node, once for each time."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return [each.id for each in names if isinstance(each.ctx, ast.Store)]
