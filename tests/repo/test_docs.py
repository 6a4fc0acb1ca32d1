"""What the README, the tutorial and another page tell people to write is run, against a sandbox."""

import ast
import os
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import katana_async
from katana_async import ApiKey, KatanaClient
from katana_async.cli.app import app
from katana_async.sandbox import RateLimit, Sandbox, threaded
from tests.oauth.pages import oauth_here

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

RUN = ("README.md", "docs/tutorial.md", "docs/ahead.md", "docs/stale-reads.md")


def blocks(page: str) -> list[Any]:
    """Return the blocks of Python on a page, each named by its place."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [
        pytest.param(block[1], id=f"{page}:{text.count(chr(10), 0, block.start()) + 1}")
        for block in found
    ]


@pytest.fixture
def katana_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A sandbox that takes the place of Katana for whoever makes a client in the default way."""
    key_file = tmp_path / "katana"
    with threaded(Sandbox(products=60, rate_limit=RateLimit(100_000))) as sandbox:

        class Here(KatanaClient):
            def __init__(self, **options: Any) -> None:
                super().__init__(**{"base_url": sandbox.base_url, **options})

        key_file.write_text(sandbox.api_key, encoding="utf-8")
        for variable in ("KATANA_API_KEY", "KATANA_KEY_NORTH", "KATANA_KEY_SOUTH"):
            monkeypatch.setenv(variable, sandbox.api_key)
        monkeypatch.setattr(katana_async, "KatanaClient", Here)
        oauth, _ = oauth_here(sandbox, tmp_path, monkeypatch)
        yield Here, key_file, oauth


@pytest.mark.parametrize("code", [block for page in RUN for block in blocks(page)])
async def test_what_the_pages_show_runs(code: str, katana_here: Any) -> None:
    client, key_file, oauth = katana_here
    code = code.replace("/run/secrets/katana", str(key_file))
    names: dict[str, Any] = {"__name__": "page", "ApiKey": ApiKey, "KatanaClient": client}
    names |= {"Path": Path, **oauth}
    whole_program = "asyncio.run(" in code
    if whole_program:
        code = code.replace("asyncio.run(main())", "")
        exec(compile(code, "page", "exec"), names)
        await names["main"]()
        return
    wrapped = f"async def block(katana):\n{textwrap.indent(code, '    ')}"
    exec(compile(ast.parse(wrapped), "page", "exec"), names)
    async with client(auth=ApiKey.from_env()) as katana:
        await names["block"](katana)


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
