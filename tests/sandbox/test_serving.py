"""The sandbox as a process, in a thread and as a fixture; and its dependencies."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from katana_async.sandbox import RateLimit, Sandbox, threaded
from katana_async.sandbox.command import main, serve

pytest_plugins = ("pytester",)
ROOT = Path(__file__).resolve().parents[2]


def fetch(url: str, key: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def process(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "katana_async.sandbox", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_prints_its_address_and_ends_cleanly(number: signal.Signals) -> None:
    with process("--products", "3") as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
        assert said["base_url"].startswith("http://127.0.0.1:")
        assert len(fetch(said["base_url"] + "/products", said["api_key"])["data"]) == 3
        running.send_signal(number)
        _, errors = running.communicate(timeout=10)
        assert (running.returncode, errors) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
def test_a_key_from_the_environment_is_not_printed() -> None:
    with process("--api-key-env", "THE_KEY", "--no-rate-limit", THE_KEY="s3cret") as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert "s3cret" not in line
        assert fetch(json.loads(line)["base_url"] + "/user_info", "s3cret")["id"]
        running.terminate()
        running.communicate(timeout=10)


def test_a_key_that_is_not_in_the_environment_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    assert main(["--api-key-env", "NO_SUCH_KEY"]) == 2
    assert "NO_SUCH_KEY" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
@pytest.mark.parametrize("arguments", [("--rate-limit", "0"), ("--no-rate-limit",)])
def test_a_process_without_a_limit_answers_with_a_very_large_one(
    arguments: tuple[str, ...],
) -> None:
    with process("--products", "1", *arguments) as running:
        assert running.stdout is not None
        place = json.loads(running.stdout.readline())
        request = urllib.request.Request(
            place["base_url"] + "/factory", headers={"Authorization": f"Bearer {place['api_key']}"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.headers["X-Ratelimit-Remaining"] == "1000000"
        running.terminate()
        running.communicate(timeout=10)


def test_a_sandbox_on_all_addresses_names_one_that_can_be_called() -> None:
    with threaded(Sandbox(products=1, host="0.0.0.0")) as sandbox:
        assert sandbox.base_url == f"http://127.0.0.1:{sandbox.port}/v1"
        assert sandbox.oauth.url == f"http://127.0.0.1:{sandbox.port}"
        assert fetch(sandbox.base_url + "/user_info", sandbox.api_key)["id"]


async def test_a_port_in_use_is_reported_in_one_line(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await asyncio.to_thread(main, ["--port", str(sandbox.port), "--products", "1"])
    assert status == 1
    assert capsys.readouterr().err.count("\n") == 1


async def test_serving_ends_when_it_is_cancelled() -> None:
    sandbox = Sandbox(products=1)
    ready = asyncio.Event()
    task = asyncio.create_task(serve(sandbox, lambda _: ready.set()))
    await ready.wait()
    assert sandbox.port
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(RuntimeError):
        _ = sandbox.port


def test_a_sandbox_in_a_thread_serves_code_that_is_not_asynchronous() -> None:
    with threaded(Sandbox(products=2, rate_limit=RateLimit(3))) as sandbox:
        made = sandbox.store["products"].create({"name": "Here"})
        first = fetch(sandbox.base_url + "/products?limit=1", sandbox.api_key)["data"][0]
        assert first["id"] == made["id"]
        assert sandbox.journal.count(path="/products") == 1
    with threaded(sandbox):
        assert fetch(sandbox.base_url + "/user_info", sandbox.api_key)["id"]


def test_an_answer_never_sees_half_a_change_of_another_thread() -> None:
    with threaded(Sandbox(products=300, rate_limit=None)) as sandbox:
        products, over = sandbox.store["products"], threading.Event()

        def change() -> None:
            while not over.is_set():
                products.delete(products.create()["id"])
                products.create({"created_at": "2020-01-01T00:00:00.000Z"})

        changing = threading.Thread(target=change)
        changing.start()
        try:
            for _ in range(8):
                url = sandbox.base_url + "/products?limit=250"
                rows = fetch(url, sandbox.api_key)["data"]
                order = [(row["created_at"], row["id"]) for row in rows]
                assert order == sorted(set(order), reverse=True)
                assert len(order) == 250
        finally:
            over.set()
            changing.join()


def test_a_failed_start_in_a_thread_raises_its_error() -> None:
    with (
        threaded(Sandbox(products=1)) as first,
        pytest.raises(OSError, match=str(first.port)),
        threaded(Sandbox(products=1, port=first.port)),
    ):
        pass


def test_the_fixture_works_in_tests_of_any_kind(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(
        """
        import urllib.request, pytest

        @pytest.fixture
        def katana_sandbox_options():
            return {"products": 7, "rate_limit": None}

        def test_it(katana_sandbox):
            assert len(katana_sandbox.store["products"]) == 7
            with pytest.raises(urllib.request.HTTPError, match="401"):
                urllib.request.urlopen(katana_sandbox.base_url + "/products")
        """
    )
    plugin = "katana_async.sandbox.pytest_plugin"
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    result = pytester.runpytest_subprocess("-p", plugin, "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("katana_async.sandbox", "attrs aiohttp msgspec asyncio"),
        ("katana_async.sandbox.pytest_plugin", "attrs aiohttp msgspec asyncio"),
        ("katana_async.sandbox.server", "aiohttp cattrs authlib"),
    ],
)
def test_the_import_loads_no_heavy_modules(imported: str, absent: str) -> None:
    code = f"""
import sys
import pytest
before = set(sys.modules)
import {imported}
new = set(sys.modules) - before
heavy = [name for name in new if name.split(".")[0] in {absent.split()!r}]
shared = [
    name for name in new
    if name.startswith("katana_async.") and not name.startswith("katana_async.sandbox")
]
assert not heavy and not shared, (heavy, shared)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_sandbox_imports_nothing_of_the_sdk() -> None:
    sources = (ROOT / "katana_async" / "sandbox").rglob("*.py")
    for source in sources:
        text = source.read_text()
        assert "from ..." not in text
        assert "import katana_async" not in text
        if source.parent.name == "sandbox":
            assert "from .." not in text


def test_every_public_name_is_there() -> None:
    import katana_async.sandbox as package

    for name in package.__all__:
        assert getattr(package, name) is not None
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = package.no_such_name
