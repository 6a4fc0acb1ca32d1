"""Every command on a page runs as printed, against a sandbox, or has a reason why it does not."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from katana_async.sandbox import Sandbox, threaded
from tests.pages import PAGES, ROOT, blocks

NOT_RUN = {
    "pip install ": "needs the network; test_package.py checks the extras",
    "make ": "of a clone of the repository: CI runs them",
    "katana-async sandbox": "runs until Ctrl-C: the sandbox of these tests is in its place",
    "python -m katana_async.sandbox": "runs until SIGTERM: tests/sandbox/test_serving.py",
    "python -m asyncio": "reads from the terminal: test_docs.py has what is typed there",
    "python examples/": "runs until Ctrl-C: tests/oauth/web/test_examples.py",
    "taskiq worker": "runs until Ctrl-C: tests/examples/test_fleet.py",
    "cd examples": "as above",
    "python fleet.py": "as above",
    "gunicorn ": "runs until SIGTERM: tests/oauth/test_other_loops.py has the site",
    "katana-async login": "needs a browser: tests/cli/test_login.py",
    "katana-async sync": "its output has times: tests/cli/test_sync.py",
    "KATANA_API_KEY=wrong katana-async sync": "as above",
    "katana-async check-api": "needs Katana's server: tests/cli/test_check_api.py",
    "katana-async create stocktake_rows": "its ids are the reader's: tests/cli/test_writing.py",
    "katana-async delete serial_numbers": "its ids are the reader's: tests/cli/test_writing.py",
    "export KATANA_BASE_URL=": "the tests' own sandbox has another address",
    "unset KATANA_BASE_URL": "for an account at Katana",
}
"""Beginnings of commands that are not run, with the reason."""

EXPORTED = re.compile(r"katana-async: [\d,]+ \w+ in \S+")
"""The line of a successful export on stderr."""


@frozen
class Command:
    """A command and the lines that the page prints below it."""

    page: str
    line: int
    text: str
    output: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def commands() -> list[Command]:
    """Return the commands of all pages."""
    found: list[Command] = []
    for page in PAGES:
        for block in blocks(page):
            if block.language != "console":
                continue
            for number, line in enumerate(block.code.splitlines(), start=block.line + 1):
                if line.startswith("$ "):
                    found.append(Command(page, number, line.removeprefix("$ "), ()))
                elif found and found[-1].page == page:
                    last = found.pop()
                    found.append(Command(page, last.line, last.text, (*last.output, line)))
    return found


def is_run(command: Command) -> bool:
    """Return whether a command can run here: it has no placeholder and no reason against it."""
    return "=..." not in command.text and not command.text.startswith(tuple(NOT_RUN))


COMMANDS = commands()


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """The variables that lead to a sandbox, and the directory of the commands."""
    with threaded(Sandbox(products=60, rate_limit=None)) as running:
        yield {
            **{name: value for name, value in os.environ.items() if name[:6] != "KATANA"},
            "KATANA_BASE_URL": running.base_url,
            "KATANA_API_KEY": running.api_key,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with the files that the commands read."""
    product = {"name": "Oak table", "variants": [{"sku": "OAK-1"}]}
    (tmp_path / "product.json").write_text(json.dumps(product), encoding="utf-8")
    (tmp_path / "changes.json").write_text('{"name": "Oak table"}', encoding="utf-8")
    periods = {"variant_id": 2000007, "location_id": 7000001, "periods": []}
    (tmp_path / "periods.json").write_text(json.dumps(periods), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", [each for each in COMMANDS if is_run(each)], ids=str)
def test_each_command_runs_as_printed(
    command: Command, environment: dict[str, str], folder: Path
) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    refusals = [line for line in command.output if line.startswith("katana-async: ")]
    assert (done.returncode != 0) == bool(refusals), done.stderr
    lines = done.stderr.splitlines()
    assert [line for line in lines if not EXPORTED.fullmatch(line)] == refusals
    for shown in command.output:
        if shown.startswith("{"):
            assert json.loads(done.stdout.splitlines()[0]).keys() == json.loads(shown).keys()


def test_each_reason_why_a_command_is_not_run_is_of_a_command_on_a_page() -> None:
    for beginning in NOT_RUN:
        assert any(command.text.startswith(beginning) for command in COMMANDS), beginning


def test_each_file_that_is_named_as_a_reason_is_there() -> None:
    for reason in NOT_RUN.values():
        for word in reason.replace(":", " ").split():
            if word.endswith(".py"):
                assert any((ROOT / parent / word).exists() for parent in (".", "tests/repo")), word
