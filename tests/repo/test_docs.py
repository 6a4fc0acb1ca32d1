"""Every block of Python on a page runs as printed, against a sandbox, and asserts something."""

import ast
import asyncio
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

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

RUN_ELSEWHERE = {
    "docs/encryption.md": "tests/oauth/test_key_remedies.py",
    "docs/deployment.md": "tests/oauth/test_other_loops.py",
    "docs/oauth.md": "tests/oauth/test_docs_page.py",
    "docs/oauth-web.md": "tests/oauth/web/test_web_page.py",
    "docs/token-stores.md": "tests/oauth/stores/test_token_stores_page.py",
}
"""Pages about OAuth, by the test that runs them with the partner's app they are about."""


def pages() -> list[str]:
    """Return the pages that are run here."""
    names = [str(page.relative_to(ROOT)) for page in PAGES]
    return [name for name in names if name not in RUN_ELSEWHERE]


def blocks(page: str) -> list[Any]:
    """Return the blocks of Python on a page, each named by its place."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [
        pytest.param(block[1], id=f"{page}:{text.count(chr(10), 0, block.start()) + 1}")
        for block in found
    ]


BLOCKS = [block for page in pages() for block in blocks(page)]


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox that the environment leads to, as the sandbox itself prints it."""
    with threaded(Sandbox(products=60, rate_limit=None)) as running:
        monkeypatch.setenv("KATANA_BASE_URL", running.base_url)
        for variable in ("KATANA_API_KEY", "KATANA_KEY_NORTH", "KATANA_KEY_SOUTH"):
            monkeypatch.setenv(variable, running.api_key)
        (tmp_path / "katana").write_text(running.api_key, encoding="utf-8")
        yield running


@pytest.mark.parametrize("code", BLOCKS)
async def test_each_block_runs_as_printed(
    code: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code.replace("/run/secrets/katana", str(tmp_path / "katana"))
    if "asyncio.run(main())" in code:
        await run(tmp_path, code, "program.py")
    elif "def test_" in code:
        await run(tmp_path, code, "test_program.py", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    else:
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
        await run(tmp_path, blocks(page)[0].values[0], "first.py")
    assert sandbox.journal.count(method="GET", path="/factory") == 2
    assert {seen.method for seen in sandbox.journal} == {"GET"}


def test_each_page_with_python_is_run() -> None:
    for page, test in RUN_ELSEWHERE.items():
        assert (ROOT / page).exists()
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_command_line_page_has_every_command() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        assert f"| `katana-async {name}" in page


def test_no_page_names_a_place_of_one_machine() -> None:
    home = str(Path.home())
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert f"{ROOT}{os.sep}" not in text
        assert home not in text
