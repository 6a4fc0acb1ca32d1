"""How `login` brings its address to the user: the browser opens it, and the terminal shows it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Account
from .person import decide
from .processes import running

LAST_LINE = "Waiting for your approval. Ctrl-C cancels.\n"
PERSON = f"{sys.executable} {Path(__file__).with_name('person.py')} %s"


def read_address(process: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """Return the address that a login shows, and the whole text up to its end."""
    assert process.stderr is not None
    lines: list[str] = []
    while not lines or lines[-1] != LAST_LINE:
        lines.append(process.stderr.readline().decode())
        assert lines[-1], lines
    [address] = [line.strip() for line in lines if "/authorize?" in line]
    return address, "".join(lines)


def test_the_browser_that_the_environment_names_opens_the_address(account: Account) -> None:
    with running(
        "login", "--redirect-port", "0", environment={**account.variables, "BROWSER": f"{PERSON} &"}
    ) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["status"] == "connected"
    assert err.decode().startswith("Your browser should open. Otherwise, open this address")
    assert err.decode().endswith(LAST_LINE)
    with running("list", "products", "-n", "2", environment=account.variables) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.count(b"\n"), err) == (0, 2, b"")


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (("--no-browser",), {"BROWSER": f"{PERSON} &"}),
        ((), {"BROWSER": "/bin/false %s"}),
        ((), {"BROWSER": "", "PATH": ""}),
        ((), {"BROWSER": "true %s", "SSH_CONNECTION": "10.0.0.1 2 10.0.0.2 22"}),
    ],
    ids=["not wanted", "does not open", "none", "over ssh"],
)
def test_the_address_works_where_no_browser_opens(
    account: Account, options: tuple[str, ...], variables: dict[str, str]
) -> None:
    environment = {**account.variables, **variables}
    with running("login", "--redirect-port", "0", *options, environment=environment) as process:
        address, shown = read_address(process)
        assert decide(address).status == 200
        out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["status"], err) == (0, "connected", b"")
    assert ("ssh -L" in shown) == ("SSH_CONNECTION" in variables)
    assert ("should open" in shown) == (not options)


_NOISY = """
import os, sys, time
from tests.cli.person import decide
report, closed, url = sys.argv[1:]
with open(report, "w") as file:
    print(repr(os.read(0, 1)), os.isatty(2), file=file)
os.write(1, b"a browser's stray line\\n")
os.write(2, b"and another\\n")
decide(url)
while not os.path.exists(closed):
    time.sleep(0.05)
"""


def test_a_browser_that_stays_open_does_not_have_our_output(
    account: Account, tmp_path: Path
) -> None:
    program, report, closed = (tmp_path / name for name in ("browser.py", "report", "closed"))
    program.write_text(_NOISY, encoding="utf-8")
    variables = {
        **account.variables,
        "BROWSER": f"{sys.executable} {program} {report} {closed} %s",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with running("login", "--redirect-port", "0", environment=variables) as process:
        try:
            # Returns at the end of the pipes, which a browser with our output would keep open.
            out, err = process.communicate(timeout=30)
        finally:
            closed.touch()
    assert (process.returncode, json.loads(out)["status"]) == (0, "connected")
    assert b"stray" not in err
    assert err.decode().endswith(LAST_LINE)
    assert report.read_text(encoding="utf-8") == "b'' False\n"
