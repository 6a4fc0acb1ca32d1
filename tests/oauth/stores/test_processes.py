"""Stores that several processes share, and a process that is killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from katana_async.oauth import SQLTokenStore
from tests.oauth.stores.racer import open_store

ROOT = Path(__file__).parents[3]
PROCESSES = 4


@contextmanager
def start_racer(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.oauth.stores.racer", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the process ended without output"
    return line.strip()


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Return the URL of an empty store, and the prefix of its keys."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/tokens.db", ""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url"), ""
    return request.getfixturevalue("redis_url"), request.getfixturevalue("redis_prefix")


async def test_concurrent_processes_write_each_version_once(
    location: tuple[str, str],
) -> None:
    racers = [start_racer("race", *location, f"racer-{n}") for n in range(PROCESSES)]
    running = [racer.__enter__() for racer in racers]
    try:
        assert [read_line(each) for each in running] == ["ready"] * PROCESSES
        for each in running:  # the tables do not exist yet
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        results = [json.loads(read_line(each)) for each in running]
        assert [each.wait() for each in running] == [0] * PROCESSES
    finally:
        for racer in racers:
            racer.__exit__(None, None, None)
    won = [version for result in results for version in result["won"]]
    assert sorted(won) == list(range(1, 26))
    store = open_store(*location)
    inside = await store.read("inside")
    await store.close()
    assert inside is not None
    assert inside.version == 5 * PROCESSES


async def test_confirmed_writes_survive_a_killed_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tokens.db"
    store = SQLTokenStore(url)
    with start_racer("write", url) as writer:
        confirmed = max(int(read_line(writer)) for _ in range(20))
        writer.kill()
        writer.wait()
        assert writer.stdout is not None
        for line in writer.stdout:
            if line.endswith("\n"):
                confirmed = int(line)
    row = await store.read("row")
    assert row is not None
    # One more write may have finished before its confirmation was printed.
    assert row.version in (confirmed, confirmed + 1)
    assert row.data == b"%d" % row.version
    assert await store.write("row", row.version + 1, b"next")
    await store.close()
