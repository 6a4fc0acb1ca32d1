"""The examples start with one command, and their forms are safe from other sites."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=["aiohttp_partner", "fastapi_partner"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Start an example as its own text says, and give its address."""
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
        async with session.get(f"{site}katana/start?mend=%00", allow_redirects=False) as begun:
            assert begun.status == 303
        for connection in ("nothing", "-", "%2f", "%00"):
            async with session.get(f"{site}connections/{connection}") as page:
                assert page.status == 404
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
