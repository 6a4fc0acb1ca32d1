"""The log records of requests, and KATANA_LOG."""

import logging
import os
import re
import subprocess
import sys

import pytest

from katana_async import ApiKey, ConnectionFailed, KatanaClient
from katana_async.sandbox import ManualClock, Sandbox, faults, threaded
from tests.client.conftest import MakeClient

PROGRAM = """
import asyncio
import logging
from katana_async import KatanaClient

async def main():
    async with KatanaClient() as katana:
        await katana.products.list(name="Private").first()
        print(katana.base_url)
{set_up}
asyncio.run(main())
"""


async def test_the_debug_line_has_names_host_time_attempt_and_quota(
    caplog: pytest.LogCaptureFixture, make_client: MakeClient
) -> None:
    async with Sandbox(products=2, clock=ManualClock()) as sandbox:
        port = sandbox.port
        katana = make_client(auth=ApiKey(sandbox.api_key), base_url=sandbox.base_url)
        with caplog.at_level(logging.DEBUG, "katana_async"):
            await katana.products.list(ids=[1, 2], name="Private").first()
    [line] = [text for text in caplog.messages if text.startswith("GET ")]
    assert re.fullmatch(
        rf"GET /products\?ids&name&limit&page at 127\.0\.0\.1:{port}: 200 in \d\.\d\d\d s"
        r" \(attempt 1, 59 of 60 requests left\)",
        line,
    )


async def test_an_attempt_without_an_answer_is_logged(
    caplog: pytest.LogCaptureFixture, katana: KatanaClient, sandbox: Sandbox
) -> None:
    sandbox.faults.add(faults.ResetAfterRead(), times=None)
    once = katana.with_options(retries=0)
    with caplog.at_level(logging.DEBUG, "katana_async"), pytest.raises(ConnectionFailed):
        await once.factory.get()
    [line] = [text for text in caplog.messages if text.startswith("GET ")]
    assert ": no answer in " in line
    assert line.endswith("(attempt 1, quota not stated)")


@pytest.mark.parametrize(
    ("level", "shown", "hidden"),
    [("debug", "GET /products?name", None), ("INFO", "client of http", "GET /products")],
)
def test_the_variable_shows_the_log_on_stderr(level: str, shown: str, hidden: str | None) -> None:
    out, err = _run(PROGRAM.format(set_up=""), level)
    assert out.startswith("http://127.0.0.1:")
    assert shown in err
    assert hidden is None or hidden not in err
    assert "Private" not in err


def test_without_the_variable_nothing_is_written() -> None:
    assert _run(PROGRAM.format(set_up=""), None)[1] == ""


def test_a_program_that_configures_logging_gets_each_line_once() -> None:
    set_up = "logging.basicConfig(format='mine: %(message)s')"
    _, err = _run(PROGRAM.format(set_up=set_up), "debug")
    lines = [line for line in err.splitlines() if "GET /products" in line]
    assert len(lines) == 1
    assert lines[0].startswith("mine: GET")


def test_another_value_of_the_variable_is_reported() -> None:
    _, err = _run(PROGRAM.format(set_up=""), "verbose")
    assert err == "KATANA_LOG must be debug or info, not 'verbose'\n"


def _run(program: str, level: str | None) -> tuple[str, str]:
    environment = {name: text for name, text in os.environ.items() if name != "KATANA_LOG"}
    with threaded(Sandbox(products=2)) as sandbox:
        environment |= {"KATANA_API_KEY": sandbox.api_key, "KATANA_BASE_URL": sandbox.base_url}
        if level is not None:
            environment["KATANA_LOG"] = level
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr
