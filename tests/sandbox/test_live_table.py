"""The tests in docs/sandbox.md's table of the live service's behaviour exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "sandbox.md"
_ROW = re.compile(r"^\| (.+?) \| (.+?) \| `(test_\w+\.py)::(test_\w+)` \|$", re.MULTILINE)
ROWS = _ROW.findall(PAGE.read_text(encoding="utf-8"))


@cache
def functions_of(module: str) -> frozenset[str]:
    tree = ast.parse((FOLDER / module).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


@pytest.mark.parametrize(
    ("statement", "switch", "module", "test"), ROWS, ids=[row[0][:60] for row in ROWS]
)
def test_every_statement_of_the_table_has_a_test(
    statement: str, switch: str, module: str, test: str
) -> None:
    assert test in functions_of(module), statement
    assert switch.startswith(("default", "`"))


def test_the_table_is_there() -> None:
    assert len(ROWS) > 100
    assert len({row[0] for row in ROWS}) == len(ROWS)
