"""The command as a process: terminals and pipes, signals, and starting."""

import importlib.metadata
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from katana_async.sandbox import Sandbox
from katana_async.sandbox.faults import Latency
from tests.processes import run_python

from .processes import COMMAND, on_terminal, running

Environment = dict[str, str]


def wait_until(happened: Callable[[], object]) -> None:
    """Wait for another process, for at most as long as a slow machine may take."""
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        select.select([], [], [], 0.01)


def test_a_terminal_gets_a_table_and_a_pipe_json_lines(environment: Environment) -> None:
    terminal = on_terminal("list", "products", "-n", "2", environment=environment)
    assert terminal.status == 0
    assert "category_name" in terminal.out.splitlines()[0]
    piped = on_terminal("list", "products", "-n", "2", environment=environment, out=False)
    assert [json.loads(line)["uom"] for line in piped.out.splitlines()]


def test_a_long_list_shows_a_bar_on_a_terminal(environment: Environment, sandbox: Sandbox) -> None:
    shown = on_terminal("list", "products", environment=environment)
    assert f"/{len(sandbox.store['products'])}" in shown.err
    assert "\x1b" not in shown.err.rpartition("\x1b[2K")[2]  # and takes it away again


@pytest.mark.parametrize(
    ("arguments", "out", "err"),
    [
        (("list", "products"), True, False),  # stderr is not a terminal
        (("list", "products", "-o", "jsonl"), True, True),  # it would get between the records
        (("list", "customers"), True, True),  # it is over at once
    ],
)
def test_no_bar_where_it_would_mix_with_records(
    arguments: tuple[str, ...], out: bool, err: bool, environment: Environment, sandbox: Sandbox
) -> None:
    shown = on_terminal(*arguments, environment=environment, out=out, err=err)
    assert shown.status == 0
    assert f"/{len(sandbox.store['products'])}" not in shown.err


def test_records_come_out_as_they_arrive(sandbox: Sandbox, environment: Environment) -> None:
    sandbox.faults.add(Latency(30), path="/products", times=None, after=1)
    with running("list", "products", environment=environment) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"]
        assert process.poll() is None


def test_ctrl_c_ends_a_list_quietly_with_130(sandbox: Sandbox, environment: Environment) -> None:
    sandbox.faults.add(Latency(30), path="/products", times=None)
    with running("list", "products", environment=environment) as process:
        wait_until(lambda: sandbox.journal.count(path="/products"))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("command", [("list", "variants"), ("operations",)])
def test_a_reader_that_ends_early_ends_the_command_quietly(
    command: tuple[str, ...], environment: Environment
) -> None:
    read, write = os.pipe()
    os.close(read)
    with (
        os.fdopen(write, "wb") as pipe,
        running(*command, environment=environment, stdout=pipe) as process,
    ):
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "command", [("list", "products"), ("operations",), ("--help",), ("--version",), ("get", "-h")]
)
def test_a_full_disk_is_an_error_of_one_line(
    command: tuple[str, ...], environment: Environment
) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        running(*command, environment=environment, stdout=full) as process,
    ):
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err == b"katana-async: cannot write: No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "closed", "status"),
    [
        (("create", "products", "--data", "-"), "<&-", 2),
        (("operations",), ">&-", 0),
        (("list", "nothing"), "2>&-", 2),  # and its complaint is not output
        (("operations",), "<&- >&- 2>&-", 0),
    ],
)
def test_a_closed_stream_is_like_the_null_device(
    arguments: tuple[str, ...], closed: str, status: int
) -> None:
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert "Traceback" not in done.stderr


def test_the_installed_command_says_its_version() -> None:
    command = Path(sys.executable).parent / "katana-async"
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"katana-async {importlib.metadata.version('katana-async')}\n"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_nothing_that_is_slow(option: str) -> None:
    loaded = run_python(
        "import sys\n"
        "from katana_async.cli.app import run\n"
        f"run(['{option}'])\n"
        "names = ('aiohttp', 'asyncio', 'authlib', 'katana_async.client', 'katana_async.models',"
        " 'msgspec', 'rich')\n"
        "print([name for name in names if name in sys.modules])"
    )
    assert loaded.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("list sales_orde", "sales_order"),
        ("expo", "export"),
        ("create customers --data - --ou", "--output"),
    ],
)
def test_a_shell_completes_words_without_reading_data(words: str, completions: str) -> None:
    variables = {
        "_KATANA_ASYNC_COMPLETE": "bash_complete",
        "COMP_WORDS": f"katana-async {words}",
        "COMP_CWORD": str(words.count(" ") + 1),
    }
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write):
        done = subprocess.run(
            [Path(sys.executable).parent / "katana-async"],
            env={**os.environ, **variables},
            stdin=read,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    assert done.stdout.startswith(f"plain,{completions}"), done.stderr


def test_without_the_extra_the_error_names_the_package_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_CLICK], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "click missing" in done.stderr
    assert "pip install 'katana-async[cli]'" in done.stderr
    assert done.stderr.count("\n") == 1


_WITHOUT_CLICK = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "click" else find(name, *rest)
from katana_async.cli import main
main()
"""


def test_no_arguments_and_help_show_the_commands() -> None:
    for arguments in ((), ("--help",), ("-h",)):
        with running(*arguments, environment={}) as process:
            out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, b"")
        for name in ("list", "get", "create", "update", "delete", "request", "whoami"):
            assert name in out.decode()
