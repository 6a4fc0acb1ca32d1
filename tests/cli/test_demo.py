"""The demo, and its comparison with the sandbox."""

import re
import signal
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from katana_async.cli.demo import compare

from .processes import running


def test_the_demo_reads_writes_fails_rotates_and_agrees_with_the_sandbox() -> None:
    with running("demo", environment={"COLUMNS": "200"}) as process:
        out, err = process.communicate(timeout=60)
    shown = out.decode()
    assert (process.returncode, err) == (0, b""), shown
    rows = re.findall(r"^(\w.*?) {2,}([\d,]+) +([\d,]+)", shown, re.MULTILINE)
    numbers = {name: int(client.replace(",", "")) for name, client, _ in rows}
    assert [client for _, client, _ in rows] == [sandbox for _, _, sandbox in rows]
    assert numbers["products"] == 2_000
    assert numbers["refused for the old key"] >= 1
    assert numbers["refused as too many (429)"] == 0
    assert numbers["requests"] == (
        numbers["answered"] + numbers["refused for the old key"] + numbers["refused as invalid"]
    )
    assert "the key was fetched 2 times" in shown
    assert "ValidationFailed" in shown
    assert "customer_ref None, additional_info 'Call first'" in shown


COUNTS = {"requests": 17, "products": 2_000, "refused as too many (429)": 0}


def test_equal_counts_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(Console(), COUNTS, COUNTS) == 0
    assert "differs" not in capsys.readouterr().out


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_that_differs_fails_the_demo(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(Console(), {**COUNTS, name: 7}, COUNTS) == 1
    assert capsys.readouterr().out.count("differs") == 1


def test_a_429_fails_the_demo_even_where_the_counts_agree() -> None:
    counts = {**COUNTS, "refused as too many (429)": 1}
    assert compare(Console(), counts, counts) == 1


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
    """Return whether a process listens on a TCP port of this machine."""
    hexadecimal = f":{port:04X} "
    table = Path("/proc/net/tcp")
    if not table.exists():  # no such table outside Linux: ask the system's own tool
        done = subprocess.run(["lsof", f"-iTCP:{port}"], capture_output=True, check=False)
        return done.returncode == 0
    lines = table.read_text(encoding="ascii").splitlines()[1:]
    return any(hexadecimal in f"{line.split()[1]} " and line.split()[3] == "0A" for line in lines)
