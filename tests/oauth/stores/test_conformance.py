"""The published suite on every store, and on stores that are wrong: each must be found out."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from katana_async.oauth.stores import (
    MemoryTokenStore,
    RedisTokenStore,
    Row,
    SQLTokenStore,
    TokenStore,
)
from katana_async.testing.client_clock import ClientClock
from katana_async.testing.token_store_suite import TokenStoreSuite
from tests.pages import python_blocks
from tests.services import REDIS, postgres_database, redis_keys

ROOT = Path(__file__).resolve().parents[3]


class TestMemory(TokenStoreSuite):
    machine_examples = 100

    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.time = 1_700_000_000.0
        self.store = MemoryTokenStore(clock=lambda: self.time)

    async def open(self) -> TokenStore:
        return self.store

    async def advance(self, seconds: float) -> None:
        self.time += seconds


class TestSQLite(TokenStoreSuite):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "tokens.db"

    async def open(self) -> TokenStore:
        return SQLTokenStore.sqlite(self.path)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres_database() as url:
        yield url


class TestPostgreSQL(TokenStoreSuite):
    @pytest.fixture(autouse=True)
    def _url(self, database: str) -> None:
        self.url = database

    async def open(self) -> TokenStore:
        return SQLTokenStore(self.url)


@pytest.fixture(scope="module")
def prefix() -> Iterator[str]:
    with redis_keys() as prefix:
        yield prefix


class TestRedis(TokenStoreSuite):
    @pytest.fixture(autouse=True)
    def _prefix(self, prefix: str) -> None:
        # What a pattern would take for more than itself must not be taken so.
        self.prefix = f"{prefix}[a-z]*?:"

    async def open(self) -> TokenStore:
        return RedisTokenStore(REDIS, prefix=self.prefix)


# ---- The suite itself ---------------------------------------------------------------------------


def run_suite(folder: Path, code: str, *chosen: str) -> subprocess.CompletedProcess[str]:
    """Run a file of tests in a folder, with no settings but pytest's own."""
    (folder / "test_it.py").write_text(code, encoding="utf-8")
    arguments = ["-q", "-rfs", "-p", "no:cacheprovider", "--rootdir", "."]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, *chosen],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_suite_runs_as_the_page_says_without_an_automatic_mode(tmp_path: Path) -> None:
    opened, advanced = python_blocks("docs/token-stores.md")[-2:]
    done = run_suite(
        tmp_path,
        "from katana_async.oauth import MemoryTokenStore\n\n"
        "class Clock:\n"
        "    now = 1.0\n"
        "    def move(self, seconds):\n"
        "        self.now += seconds\n\n"
        "CLOCK = Clock()\n"
        "STORE = MemoryTokenStore(clock=lambda: CLOCK.now)\n\n"
        "def MyStore(path):\n"
        "    return STORE\n\n"
        f"{opened}\n{advanced}\n"
        "    clock = CLOCK\n",
    )
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split(" passed")[0].rpartition("\n")[2]) > 40


class NoCompare(MemoryTokenStore):
    """Reads, waits, and writes without looking again."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        row = await self.read(key)
        await _pause()
        if version != (row.version if row else 0) + 1:
            return False
        if row:
            await self.delete(key, row.version)
        for each in range(1, version + 1):
            await super().write(key, each, data, ttl=ttl)
        return True


class KeepsTtl(MemoryTokenStore):
    """Forgets that a row may outlive what its first write said."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        if version > 1 and ttl is None:
            ttl = 0.2
        return await super().write(key, version, data, ttl=ttl)


class LooksLikely(MemoryTokenStore):
    """Finds keys as SQL's LIKE does."""

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        pattern = re.escape(prefix).replace("_", ".").replace("%", ".*")
        async for key in super().keys(""):
            if re.match(pattern, key):
                yield key


class IgnoresOwner(MemoryTokenStore):
    """Frees anyone's lease."""

    async def release(self, key: str, owner: str) -> bool:
        return any([await super(IgnoresOwner, self).release(key, one) for one in ("a", "b", owner)])


class TakesTwice(MemoryTokenStore):
    """Looks whether a lease is free, and takes it a moment later."""

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        if not await super().lease(key, owner, seconds):
            return False
        await super().release(key, owner)
        await _pause()
        return await super().lease(key, owner, seconds) or True


class FoldsCase(MemoryTokenStore):
    """Compares keys as some databases do."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        return await super().write(key.lower(), version, data, ttl=ttl)

    async def read(self, key: str) -> Row | None:
        return await super().read(key.lower())


class ExpiresByTheClient(MemoryTokenStore):
    """Says when a row expires by the clock of who writes it."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        until = None if ttl is None else ttl + time.time() - self.clock()
        return await super().write(key, version, data, ttl=until)


class LeasesByTheClient(MemoryTokenStore):
    """Says when a lease is over by the clock of who takes it."""

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        return await super().lease(key, owner, seconds + time.time() - self.clock())


class StampsByTheClient(MemoryTokenStore):
    """Stamps what is read by the clock of who reads it."""

    async def read(self, key: str) -> Row | None:
        row = await super().read(key)
        return row and Row(row.version, row.data, time.time())


class GoesByTheClient(MemoryTokenStore):
    """Has no clock but its client's, which is right in memory and wrong on a server."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()


class ExpiredStays(MemoryTokenStore):
    """Makes a row as a plain INSERT does: not where one is, even if nobody sees that any more."""

    inserted: ClassVar[set[str]] = set()

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        if version == 1 and key in self.inserted:
            return False
        written = await super().write(key, version, data, ttl=ttl)
        if written:
            self.inserted.add(key)
        return written

    async def delete(self, key: str, version: int) -> bool:
        deleted = await super().delete(key, version)
        if deleted:
            self.inserted.remove(key)
        return deleted


async def _pause() -> None:
    await asyncio.sleep(0)


_BEGAN = time.time() - time.monotonic()


def server_clock() -> float:
    """Tell the time as a server does, whatever a client's clock says."""
    return _BEGAN + time.monotonic()


WRONG = {
    NoCompare: "test_of_many_writers_of_one_version_one_wins",
    KeepsTtl: "test_each_write_sets_how_long_the_row_stays",
    LooksLikely: "test_no_character_of_a_prefix_is_a_wildcard",
    IgnoresOwner: "test_only_the_holder_frees_a_lease",
    TakesTwice: "test_of_many_who_ask_for_a_lease_one_has_it",
    FoldsCase: "test_keys_differ_by_case_and_by_every_character",
    ExpiresByTheClient: "test_a_row_lasts_as_long_for_clients_whose_clocks_differ",
    LeasesByTheClient: "test_a_lease_lasts_as_long_for_clients_whose_clocks_differ",
    GoesByTheClient: "test_the_clock_is_the_same_for_clients_whose_own_differ",
    StampsByTheClient: "test_the_clock_is_the_same_for_clients_whose_own_differ",
    ExpiredStays: "test_a_row_is_gone_when_its_time_is_over",
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give what pytest says of the wrong stores, each in the test that is to find it out."""
    names = [wrong.__name__ for wrong in WRONG]
    classes = [
        f"class Test{name}(TokenStoreSuite):\n"
        f"    store = {name}(clock=server_clock)\n"
        "    async def open(self):\n"
        "        return self.store\n"
        for name in names
    ]
    done = run_suite(
        tmp_path_factory.mktemp("wrong"),
        "from katana_async.testing.token_store_suite import TokenStoreSuite\n"
        f"from {__name__} import {', '.join(names)}, server_clock\n\n"
        + "\n".join(classes)
        + "\nclass TestOneClock(TestGoesByTheClient):\n    one_clock = True\n",
        *[f"test_it.py::Test{wrong.__name__}::{test}" for wrong, test in WRONG.items()],
        f"test_it.py::TestOneClock::{WRONG[GoesByTheClient]}",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_store_fails_the_test_that_says_so(
    wrong: type[MemoryTokenStore], failed: str
) -> None:
    test = re.escape(f"::Test{wrong.__name__}::{WRONG[wrong]}")
    assert re.search(rf"^FAILED \S+{test}\S* - (Assertion|assert )", failed, re.MULTILINE), failed


def test_a_store_whose_clients_have_one_clock_is_excused_from_the_tests_of_two(failed: str) -> None:
    assert re.search(r"^SKIPPED .*: all who reach this store have one clock$", failed, re.MULTILINE)


@pytest.mark.parametrize(
    "tell",
    [
        lambda: time.time(),
        lambda: time.time_ns() / 1e9,
        lambda: datetime.now(UTC).timestamp(),
        lambda: datetime.now().timestamp(),  # noqa: DTZ005 - what is easily written
        lambda: datetime.utcnow().replace(tzinfo=UTC).timestamp(),  # noqa: DTZ003 - as above
        lambda: datetime.today().timestamp(),  # noqa: DTZ002 - as above
    ],
    ids=["time", "time_ns", "now(UTC)", "now()", "utcnow()", "today()"],
)
def test_the_clients_clock_is_off_however_it_is_read(
    tell: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, began, ticked = ClientClock(), time.time(), time.monotonic()
    clock.take_over(monkeypatch, [])
    for seconds in (-3600.0, 3600.0):
        with clock.off_by(seconds):
            assert abs(tell() - began - seconds) < 60
            assert time.monotonic() - ticked < 60
        assert abs(tell() - began) < 60
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert isinstance(made, datetime)
    monkeypatch.undo()
    assert type(made) is datetime
    assert not hasattr(time.time, "__code__")  # it is the one in C
