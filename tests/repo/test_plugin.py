"""The fixtures that the package gives to tests of programs that use it."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio
import time
import pytest
from katana_async import ApiKey, KatanaClient

@pytest.fixture
def katana_sandbox_options(katana_sandbox_options):
    return {**katana_sandbox_options, "products": 7}

def test_counts_products(katana_sandbox):
    async def count():
        auth = ApiKey(katana_sandbox.api_key)
        async with KatanaClient(auth=auth, base_url=katana_sandbox.base_url) as katana:
            return await katana.products.list().count()

    assert asyncio.run(count()) == 7

def test_creates_more_than_a_minute_allows_without_waiting(katana_sandbox):
    async def create():
        auth = ApiKey(katana_sandbox.api_key)
        async with KatanaClient(auth=auth, base_url=katana_sandbox.base_url) as katana:
            for number in range(75):
                await katana.customers.create(name=f"Customer {number}")

    started = time.monotonic()
    asyncio.run(create())
    assert time.monotonic() - started < 10
"""


def test_an_installed_package_gives_tests_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "test_program.py").write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio"],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
