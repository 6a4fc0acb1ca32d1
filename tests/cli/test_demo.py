"""The demo: what it shows, and that its table cannot lie."""

import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from katana_async.cli.demo import Done, report
from katana_async.http.options import Stats

from .processes import running


def rows(out: str) -> dict[str, str]:
    """Return the table at the end: the first word or two of a line, and its number."""
    line = r"^(Calls made|Records read|Retries|429s|Time) +([\d,.]+)"
    return dict(re.findall(line, out, re.MULTILINE))


def test_the_demo_reads_writes_fails_and_rotates_and_its_table_is_true() -> None:
    with running("demo", environment={"COLUMNS": "200"}) as process:
        out, err = process.communicate(timeout=60)
    shown = out.decode()
    assert (process.returncode, err) == (0, b""), shown
    table = rows(shown)
    assert table["Records read"] == "2,000"
    assert table["Retries"] == "0"
    assert table["429s"] == "0"
    assert float(table["Time"]) < 30
    said = re.search(r"journal of (\d+) requests says the same", shown)
    again = re.search(r"and (\d+) repeated with the new key", shown)
    assert said is not None
    assert again is not None
    assert int(again[1]) >= 1
    assert int(said[1]) == int(table["Calls made"]) + int(again[1])
    assert int(said[1]) < 60
    assert "ValidationFailed" in shown
    assert "customer_ref None, additional_info 'Call first'" in shown


JOURNAL = {"requests": 17, "refused": 2, "invalid": 1, "rate_limited": 0, "answered": 14}


def done(**changes: int) -> Done:
    numbers = {"calls": 15, "requests": 17, "retries": 0, "rate_limited": 0}
    changed: dict[str, Any] = {name: changes.get(name, number) for name, number in numbers.items()}
    return Done(Stats(**changed), changes.get("records", 2_000), changes.get("asked", 2), 1.0, 2.0)


def test_a_true_table_is_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(Console(), done(), JOURNAL, 2_000) == 0
    assert "says the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    "lie",
    [{"calls": 14}, {"requests": 16}, {"retries": 1}, {"records": 1_999}, {"asked": 3}],
)
def test_a_number_that_the_sandbox_did_not_see_fails_the_demo(
    lie: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(Console(), done(**lie), JOURNAL, 2_000) == 1
    said = capsys.readouterr().out
    assert "The table is wrong" in said
    assert "says the same" not in said


def test_a_429_fails_the_demo_even_where_the_numbers_agree() -> None:
    assert report(Console(), done(rate_limited=1), JOURNAL | {"rate_limited": 1}, 2_000) == 1


def test_ctrl_c_ends_the_demo_quietly_and_its_sandbox_with_it() -> None:
    with running("demo", environment={"PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        first = process.stdout.readline().decode() + process.stdout.readline().decode()
        port = re.search(r"127\.0\.0\.1:(\d+)", first)
        assert port is not None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert not listens(int(port[1]))


def listens(port: int) -> bool:
    """Tell whether a TCP port of this machine is listened on."""
    hexadecimal = f":{port:04X} "
    table = Path("/proc/net/tcp")
    if not table.exists():  # no such table outside Linux: ask the system's own tool
        done = subprocess.run(["lsof", f"-iTCP:{port}"], capture_output=True, check=False)
        return done.returncode == 0
    lines = table.read_text(encoding="ascii").splitlines()[1:]
    return any(hexadecimal in f"{line.split()[1]} " and line.split()[3] == "0A" for line in lines)
