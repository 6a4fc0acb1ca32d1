"""The examples start with one command, and their forms are safe from other sites."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from katana_async.oauth import new_key
from tests.oauth.web.sandboxed import EXAMPLES, ROOT

SET = {
    "KATANA_CLIENT_ID": "client",
    "KATANA_CLIENT_SECRET": "canary-secret",
    "KATANA_REDIRECT_URI": "https://app.test/katana/callback",
    "KATANA_TOKEN_KEY": new_key(),
}


@pytest.fixture(params=EXAMPLES)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Start an example with the command of its docstring, and yield its address."""
    program = f"examples/{request.param}.py"
    assert f"python {program} --sandbox\n" in (ROOT / program).read_text(encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, program, "--sandbox", "--port", "0"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        assert re.fullmatch(r"http://localhost:\d+/", url)
        yield url.replace("localhost", "127.0.0.1")
    finally:
        process.terminate()
        await process.communicate()


async def test_an_example_serves_its_page_and_begins(site: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        async with session.get(site) as page:
            assert page.status == 200
            assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert "Connect Katana" in await page.text()
        async with session.get(f"{site}katana/start?next=/", allow_redirects=False) as begun:
            assert begun.status == 303
            assert "/authorize?" in begun.headers["Location"]
        for afterwards in ("/connections/nothing", "/connections/", "/connections/-"):
            start = f"{site}katana/start?next={afterwards}"
            async with session.get(start, allow_redirects=False) as begun:
                assert begun.status == 303
        for connection in ("nothing", "-", "%2f", "%00"):
            async with session.get(f"{site}connections/{connection}") as page:
                assert page.status == 404
                # FastAPI reads the quoted slash as another part of the path.
                assert "Back to the connections" in await page.text() or connection == "%2f"
        own, other = "__Host-form=" + "a" * 43, "b" * 43
        for cookie, token in (("", ""), ("", other), (own, other), (own, ""), (own, "ä")):
            async with session.post(
                f"{site}connections/nothing/disconnect",
                data={"token": token},
                headers={"Cookie": cookie},
                allow_redirects=False,
            ) as refused:
                assert refused.status == 403
        async with session.post(
            f"{site}connections/nothing/disconnect",
            data={"token": "a" * 43},
            headers={"Cookie": own},
            allow_redirects=False,
        ) as taken:
            assert taken.status == 303


async def run_failing(example: str, folder: Path, *options: str, **variables: str) -> str:
    """Run an example that cannot start, and return its error message."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("KATANA_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "examples" / f"{example}.py"), *options),
        cwd=folder,
        env={**others, "PYTHONPATH": str(ROOT), **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert (process.returncode, out) == (2, b""), errors
    text = errors.decode()
    assert "Traceback" not in text
    assert not any(
        value in text for value in (SET["KATANA_CLIENT_SECRET"], SET["KATANA_TOKEN_KEY"])
    )
    return text


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_names_missing_variables(example: str, tmp_path: Path) -> None:
    message = await run_failing(example, tmp_path)
    assert f"set {', '.join(SET)}, or use --sandbox" in message
    message = await run_failing(example, tmp_path, **{**SET, "KATANA_TOKEN_KEY": ""})
    assert "set KATANA_TOKEN_KEY, or use --sandbox" in message


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_names_an_invalid_variable(example: str, tmp_path: Path) -> None:
    for name, value, message in (
        ("KATANA_REDIRECT_URI", "app.test", "redirect_uri must be like https://app.example.com"),
        ("KATANA_REDIRECT_URI", "https://app.test", "must end in the name of a route"),
        ("KATANA_TOKEN_KEY", "rubbish", "KATANA_TOKEN_KEY"),
    ):
        assert message in await run_failing(
            example, tmp_path, "--port", "0", **{**SET, name: value}
        )


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_reports_a_port_in_use(example: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = await run_failing(example, tmp_path, "--sandbox", "--port", str(port))
    assert f"cannot listen on port {port}: " in message
    assert "Choose another with --port" in message
