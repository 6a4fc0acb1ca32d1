"""How `login` gets its address to the person: by the browser, or written."""

import json
import sys
import webbrowser
from pathlib import Path

import pytest

from .conftest import Account, Browser, Katana
from .person import decide
from .processes import running

APPROVE = b"Approve the connection in your browser. Ctrl-C gives up.\n"
PERSON = f"{sys.executable} {Path(__file__).with_name('person.py')} %s"


def test_as_a_process_it_opens_what_browser_names(account: Account) -> None:
    with running(
        "login", "--redirect-port", "0", environment={**account.variables, "BROWSER": f"{PERSON} &"}
    ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["status"] == "connected"
    assert err == APPROVE
    with running("list", "products", "-n", "2", environment=account.variables) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.count(b"\n"), err) == (0, 2, b"")


@pytest.mark.parametrize("variables", [{}, {"SSH_CONNECTION": "10.0.0.1 2 10.0.0.2 22"}])
def test_without_a_browser_it_writes_what_to_open(
    account: Account, variables: dict[str, str]
) -> None:
    options = () if variables else ("--no-browser",)
    environment = {**account.variables, **variables}
    with running("login", "--redirect-port", "0", *options, environment=environment) as process:
        assert process.stderr is not None
        before: list[str] = []
        while "/authorize?" not in (line := process.stderr.readline().decode()):
            assert line, before
            before.append(line)
        assert decide(line.strip()).status == 200
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["status"]) == (0, "connected")
    assert any("ssh -L" in each for each in before) == bool(variables)


@pytest.mark.parametrize("browser", ["", "/bin/false %s"], ids=["none", "does not open"])
def test_a_browser_that_is_not_there_or_does_not_open_is_the_same(
    browser: str, account: Account
) -> None:
    variables = {**account.variables, "BROWSER": browser, "PATH": ""}
    with running("login", "--redirect-port", "0", environment=variables) as process:
        assert process.stderr is not None
        before: list[str] = []
        while "/authorize?" not in (line := process.stderr.readline().decode()):
            assert line
            before.append(line)
        assert decide(line.strip()).status == 200
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert "".join(before) == "Open this address in your browser:\n\n"


def test_a_browser_that_runs_until_it_is_closed_is_waited_for(account: Account) -> None:
    variables = {
        **account.variables,
        "BROWSER": f"{sys.executable} -c 'import time; time.sleep(5)' %s",
    }
    with running("login", "--redirect-port", "0", environment=variables) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == APPROVE


_NOISY = """
import os, sys, time
from tests.cli.person import decide
says, closed, url = sys.argv[1:]
with open(says, "w") as file:
    print(repr(os.read(0, 1)), os.isatty(2), file=file)
os.write(1, b"a browser's stray line\\n")
os.write(2, b"and another\\n")
decide(url)
while not os.path.exists(closed):
    time.sleep(0.05)
"""


def test_a_browser_has_no_part_in_our_output(account: Account, tmp_path: Path) -> None:
    program, says, closed = (tmp_path / name for name in ("browser.py", "says", "closed"))
    program.write_text(_NOISY, encoding="utf-8")
    variables = {
        **account.variables,
        "BROWSER": f"{sys.executable} {program} {says} {closed} %s",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with running("login", "--redirect-port", "0", environment=variables) as process:
        # Until the pipes end, which the browser that goes on would have open.
        try:
            out, err = process.communicate(timeout=30)
        finally:
            closed.touch()
    assert (process.returncode, json.loads(out)["status"]) == (0, "connected")
    assert err in (b"", APPROVE)  # it was faster than we say it
    assert says.read_text(encoding="utf-8") == "b'' False\n"


def test_a_browser_for_the_terminal_is_not_opened(
    account: Account, command: Katana, person: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.get", lambda: webbrowser.GenericBrowser("/usr/bin/w3m"))
    done = command("login", "--redirect-port", "0", "--timeout", "0.1")
    assert (done.status, person.opened) == (1, [])
    assert "Open this address in your browser" in done.err
