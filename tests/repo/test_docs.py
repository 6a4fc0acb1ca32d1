"""Every block of Python on a page runs as printed, against a sandbox, and asserts something."""

import ast
import asyncio
import codeop
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from katana_async import KatanaClient
from katana_async.cli.app import app
from katana_async.sandbox import Sandbox, threaded
from tests.oauth.pages import oauth_here
from tests.pages import PAGES, ROOT, blocks, python_blocks, read_page

RUN_ELSEWHERE = {
    "docs/encryption.md": "tests/oauth/test_encryption_page.py",
    "docs/deployment.md": "tests/oauth/test_other_loops.py",
    "docs/etl.md": "tests/etl/test_etl_page.py",
    "docs/oauth.md": "tests/oauth/test_docs_page.py",
    "docs/oauth-web.md": "tests/oauth/web/test_web_page.py",
    "docs/token-stores.md": "tests/oauth/stores/test_token_stores_page.py",
}
"""Pages that need more than a sandbox, by the test that runs all of their blocks of Python."""

SHOWN_ONLY = {
    ("docs/check-api.md", "json"): "tests/cli/test_check_api.py checks the object's fields",
    ("docs/check-api.md", "sh"): "it sends mail; its command stands in a console block as well",
    ("docs/check-api.md", "yaml"): "a workflow of GitHub's",
    ("docs/deployment.md", "yaml"): "needs docker: test_compose.py runs what its services run",
    ("docs/fleets.md", "py"): "Airflow and Dagster are not installed here, as the page says",
    ("docs/token-stores.md", "sql"): "tests/oauth/stores/test_sql.py compares it with the DDL",
    ("docs/tutorial.md", "text"): "lines of a log, with their times and ports",
}
"""Blocks of other languages, by page and language, with the reason why nothing runs them.

Console blocks are run by `test_page_commands.py`.
"""

BLOCKS = [
    pytest.param(block.code, id=str(block))
    for page in PAGES
    if page not in RUN_ELSEWHERE
    for block in blocks(page)
    if block.language == "python"
]


def is_fragment(code: str) -> bool:
    """Return whether a block is neither a whole program nor a file of tests."""
    return "asyncio.run(main())" not in code and "def test_" not in code


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox that the environment leads to, as the sandbox itself prints it."""
    with threaded(Sandbox(products=60, rate_limit=None)) as running:
        monkeypatch.setenv("KATANA_BASE_URL", running.base_url)
        for variable in ("KATANA_API_KEY", "KATANA_KEY_NORTH", "KATANA_KEY_SOUTH"):
            monkeypatch.setenv(variable, running.api_key)
        (tmp_path / "katana.key").write_text(running.api_key, encoding="utf-8")
        yield running


@pytest.mark.parametrize("code", BLOCKS)
async def test_each_block_runs_as_printed(
    code: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("pandas", "polars"):
        if f"import {package} " in code:
            pytest.importorskip(package, reason=f"only the slow part has {package}")
    if "def test_" in code:
        await run(tmp_path, code, "test_program.py", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    elif not is_fragment(code):
        await run(tmp_path, code, "program.py")
    else:
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {"__name__": "page", "sandbox": sandbox}
        names |= oauth_here(sandbox, tmp_path, monkeypatch)[0]
        wrapped = f"async def block(katana):\n{textwrap.indent(code, '    ')}"
        exec(compile(ast.parse(wrapped), "page", "exec"), names)
        async with KatanaClient() as katana:
            await names["block"](katana)


async def run(folder: Path, code: str, name: str, *command: str) -> None:
    """Run a whole program, or a file of tests, in a process and a directory of its own."""
    (folder / name).write_text(code, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command, name),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()


@pytest.mark.parametrize("code", BLOCKS)
def test_each_block_asserts_something(code: str) -> None:
    tree = ast.parse(f"async def block():\n{textwrap.indent(code, '    ')}")
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree))


async def test_the_first_program_only_reads(sandbox: Sandbox, tmp_path: Path) -> None:
    for page in ("README.md", "docs/tutorial.md"):
        await run(tmp_path, python_blocks(page)[0], "first.py")
    assert sandbox.journal.count(method="GET", path="/factory") == 2
    assert {seen.method for seen in sandbox.journal} == {"GET"}


@pytest.mark.parametrize("code", [each for each in BLOCKS if is_fragment(str(each.values[0]))])
def test_each_fragment_can_be_pasted_into_the_interactive_interpreter(code: str) -> None:
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    statement: list[str] = []
    for line in (*code.splitlines(), ""):
        statement.append(line)
        # Before Python 3.13, a blank line has to end each compound statement, and only there.
        if compiler("\n".join(statement)) is not None:
            statement = []
    assert not statement


@pytest.mark.parametrize("page", ["docs/ahead.md", "docs/stale-reads.md", "docs/tutorial.md"])
def test_no_fragment_replaces_the_client_that_the_next_ones_use(page: str) -> None:
    for code in filter(is_fragment, python_blocks(page)):
        names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
        assert not [
            name for name in names if name.id == "katana" and isinstance(name.ctx, ast.Store)
        ], code


def test_each_page_that_is_run_elsewhere_is_run_there_with_all_its_blocks() -> None:
    for page, test in RUN_ELSEWHERE.items():
        assert python_blocks(page)
        code = (ROOT / test).read_text(encoding="utf-8")
        assert f'PAGE = "{page}"' in code
        assert "python_blocks(PAGE)" in code


def test_each_block_of_another_language_has_a_reason_why_it_is_not_run() -> None:
    executed = {"python", "console", "{eval-rst}", "{toctree}"}  # the latter two by Sphinx
    others = {(block.page, block.language) for page in PAGES for block in blocks(page)}
    assert {other for other in others if other[1] not in executed} == set(SHOWN_ONLY)


@pytest.mark.parametrize("page", PAGES)
def test_links_within_the_project_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", read_page(page)):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


def test_the_command_line_page_has_every_command() -> None:
    page = read_page("docs/command-line.md")
    for name in app.commands:
        assert f"| `katana-async {name}" in page


def test_no_page_names_a_place_of_one_machine() -> None:
    home = str(Path.home())
    for page in PAGES:
        text = read_page(page)
        assert f"{ROOT}{os.sep}" not in text
        assert home not in text
