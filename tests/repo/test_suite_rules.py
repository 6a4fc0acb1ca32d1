"""The rules that the suite holds itself to: nothing left open, and mocks that really answer."""

import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from aioresponses import aioresponses

ROOT = Path(__file__).resolve().parents[2]


async def test_a_mocked_answer_longer_than_a_stream_buffer_is_read_whole() -> None:
    body = b"x" * 1_000_000
    with aioresponses() as mocked:
        mocked.get("https://api.test/v1/products", body=body, headers={"X-Page": "1"})
        async with (
            aiohttp.ClientSession() as session,
            session.get("https://api.test/v1/products") as answer,
        ):
            assert (answer.status, answer.headers["X-Page"]) == (200, "1")
            assert await answer.read() == body


async def test_a_mocked_failure_is_raised() -> None:
    with aioresponses() as mocked:
        mocked.get("https://api.test/v1/products", exception=aiohttp.ServerDisconnectedError())
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await session.get("https://api.test/v1/products")


def run_suite(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run one test file under this suite's own conftest and configuration."""
    (folder / "conftest.py").write_bytes((ROOT / "tests" / "conftest.py").read_bytes())
    (folder / "test_it.py").write_text(code, encoding="utf-8")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            ROOT / "pyproject.toml",
            "--rootdir=.",
            "test_it.py",
        ],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("kind", ["ClientSession", "TCPConnector"])
def test_what_a_test_leaves_open_fails_it_and_no_other(kind: str, tmp_path: Path) -> None:
    done = run_suite(
        tmp_path,
        "import aiohttp\n\n"
        "kept = []\n\n"
        f"async def test_leaks():\n    kept.append(aiohttp.{kind}())\n\n"
        "async def test_closes():\n    async with aiohttp.ClientSession():\n        pass\n",
    )
    assert done.returncode == 1, done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith("E   ")]
    assert any("left open: " in line and kind in line for line in said), done.stdout
    assert "2 passed, 1 error" in done.stdout
    assert "ERROR test_it.py::test_leaks" in done.stdout


def test_a_session_that_is_forgotten_unclosed_fails_the_suite(tmp_path: Path) -> None:
    code = "import aiohttp\n\nasync def test_forgets():\n    aiohttp.ClientSession()\n"
    done = run_suite(tmp_path, code)
    assert done.returncode == 1, done.stdout
    assert "Unclosed client session" in done.stdout


def test_a_warning_fails_the_test_that_causes_it(tmp_path: Path) -> None:
    done = run_suite(tmp_path, "import warnings\n\ndef test_warns():\n    warnings.warn('x')\n")
    assert done.returncode == 1, done.stdout
    assert "1 failed" in done.stdout
