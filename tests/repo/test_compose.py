"""The services of the page's compose file run as printed, without docker."""

import asyncio
import os
import re
import shlex
import signal
import sys
from typing import Any

import pytest
import yaml

from katana_async import ConfigurationError, KatanaClient
from tests.pages import blocks

PAGE = "docs/deployment.md"


@pytest.fixture
def services() -> dict[str, Any]:
    """The services of the compose file."""
    [block] = [block for block in blocks(PAGE) if block.language == "yaml"]
    services: dict[str, Any] = yaml.safe_load(block.code)["services"]
    return services


@pytest.fixture
def count_customers() -> Any:
    """The function that the service `app` calls."""
    [block] = [block for block in blocks(PAGE) if "allow_http" in block.code]
    names: dict[str, Any] = {"KatanaClient": KatanaClient}
    exec(block.code, names)
    return names["count_customers"]


async def test_the_client_reads_the_environment_of_the_app_and_finds_the_sandbox(
    services: dict[str, Any], count_customers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, option, command = services["sandbox"]["command"]
    install, _, run = command.partition(" && exec ")
    assert (shell, option, install) == ("sh", "-c", "pip install --quiet katana-async")
    program, *arguments = shlex.split(run)
    assert program == "python"
    port = arguments.index("--port") + 1
    address = services["app"]["environment"]["KATANA_BASE_URL"]
    assert address == f"http://sandbox:{arguments[port]}/v1"
    assert f"('127.0.0.1', {arguments[port]})" in services["sandbox"]["healthcheck"]["test"][-1]
    arguments[port] = "0"  # any free one: another program may have the page's

    sandbox = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, **services["sandbox"]["environment"]},
        stdout=asyncio.subprocess.PIPE,
    )
    assert sandbox.stdout is not None
    try:
        ready = (await sandbox.stdout.readline()).decode()
        found = re.search(r":(\d+)/v1", ready)
        assert found, ready
        for name, value in services["app"]["environment"].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KATANA_BASE_URL", f"http://127.0.0.1:{found[1]}/v1")
        assert await count_customers() > 0
    finally:
        sandbox.send_signal(signal.SIGTERM)
        await sandbox.wait()
    assert "sandbox-key" not in ready
    assert sandbox.returncode == 0


async def test_the_page_allows_http_because_it_has_to(
    services: dict[str, Any], count_customers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["app"]["environment"].items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=r"pass KatanaClient\(allow_http=True\)"):
        KatanaClient()
    async with KatanaClient(allow_http=True) as katana:
        assert katana.base_url == "http://sandbox:8000/v1"


def test_the_app_waits_for_a_sandbox_with_its_key(services: dict[str, Any]) -> None:
    sandbox, app = services["sandbox"], services["app"]
    assert app["environment"]["KATANA_API_KEY"] == sandbox["environment"]["KATANA_API_KEY"]
    assert app["depends_on"] == {"sandbox": {"condition": "service_healthy"}}
    assert "healthcheck" in sandbox
