"""The published suite on every store, and on faulty stores: the suite must detect each fault."""

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

from katana_async.oauth import (
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
        # The characters of a pattern must have no special meaning.
        self.prefix = f"{prefix}[a-z]*?:"

    async def open(self) -> TokenStore:
        return RedisTokenStore(REDIS, prefix=self.prefix)


# ---- The suite itself ---------------------------------------------------------------------------


def run_suite(folder: Path, code: str, *chosen: str) -> subprocess.CompletedProcess[str]:
    """Run a test file in a folder, with the default settings of pytest."""
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


def test_the_suite_runs_like_on_the_page_without_asyncio_mode(tmp_path: Path) -> None:
    class_block, advance_block = python_blocks("docs/token-stores.md")[-2:]
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
        f"{class_block}\n{advance_block}\n"
        "    clock = CLOCK\n",
    )
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split(" passed")[0].rpartition("\n")[2]) >= 38


class NoCompare(MemoryTokenStore):
    """Read, wait, and write without a second check."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        row = await self.read(key)
        await _pause()
        if version != (row.version if row else 0) + 1:
            return False
        self._rows.pop(key, None)
        for each in range(1, version + 1):
            await super().write(key, each, data, ttl=ttl)
        return True


class KeepsTtl(MemoryTokenStore):
    """Ignore that a later write may remove the ttl."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        if version > 1 and ttl is None:
            ttl = 0.2
        return await super().write(key, version, data, ttl=ttl)


class MatchesLikeSql(MemoryTokenStore):
    """Match keys like LIKE in SQL."""

    async def rows(self, prefix: str) -> AsyncIterator[tuple[str, Row]]:
        pattern = re.escape(prefix).replace("_", ".").replace("%", ".*")
        async for key, row in super().rows(""):
            if re.match(pattern, key):
                yield key, row


class IgnoresOwner(MemoryTokenStore):
    """Release the lease of any owner."""

    async def release(self, key: str, owner: str) -> bool:
        return any([await super(IgnoresOwner, self).release(key, one) for one in ("a", "b", owner)])


class ChecksThenLeases(MemoryTokenStore):
    """Check whether a lease is free, and acquire it later."""

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        if not await super().lease(key, owner, seconds):
            return False
        await super().release(key, owner)
        await _pause()
        return await super().lease(key, owner, seconds) or True


class FoldsCase(MemoryTokenStore):
    """Compare keys without case, like some databases."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        return await super().write(key.lower(), version, data, ttl=ttl)

    async def read(self, key: str) -> Row | None:
        return await super().read(key.lower())


class ExpiresByTheClient(MemoryTokenStore):
    """Use the writer's clock for the expiry of rows."""

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        until = None if ttl is None else ttl + time.time() - self.clock()
        return await super().write(key, version, data, ttl=until)


class LeasesByTheClient(MemoryTokenStore):
    """Use the owner's clock for the expiry of leases."""

    async def lease(self, key: str, owner: str, seconds: float) -> bool:
        return await super().lease(key, owner, seconds + time.time() - self.clock())


class StampsByTheClient(MemoryTokenStore):
    """Use the reader's clock for the time of a read."""

    async def read(self, key: str) -> Row | None:
        row = await super().read(key)
        return row and Row(row.version, row.data, time.time())


class UsesTheClientsClock(MemoryTokenStore):
    """Use the client's clock for everything, which is wrong on a server."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()


class ExpiredStays(MemoryTokenStore):
    """Create a row like a plain INSERT, which fails while an expired row exists."""

    inserted: ClassVar[set[str]] = set()

    async def write(self, key: str, version: int, data: bytes, *, ttl: float | None = None) -> bool:
        if version == 1 and key in self.inserted:
            return False
        written = await super().write(key, version, data, ttl=ttl)
        if written:
            self.inserted.add(key)
        return written


async def _pause() -> None:
    await asyncio.sleep(0)


_BEGAN = time.time() - time.monotonic()


def server_clock() -> float:
    """Return the time like a server, independent of the client's clock."""
    return _BEGAN + time.monotonic()


FAULTY = {
    NoCompare: "test_one_of_many_writers_of_a_version_succeeds",
    KeepsTtl: "test_each_write_sets_the_ttl",
    MatchesLikeSql: "test_no_character_of_a_prefix_is_a_wildcard",
    IgnoresOwner: "test_only_the_owner_releases_a_lease",
    ChecksThenLeases: "test_one_of_many_owners_acquires_a_lease",
    FoldsCase: "test_keys_differ_by_case_and_each_character",
    ExpiresByTheClient: "test_clients_with_different_clocks_agree_on_expiry",
    LeasesByTheClient: "test_clients_with_different_clocks_agree_on_expiry",
    UsesTheClientsClock: "test_clients_with_different_clocks_read_the_same_clock",
    StampsByTheClient: "test_clients_with_different_clocks_read_the_same_clock",
    ExpiredStays: "test_an_expired_row_is_absent",
}


@pytest.fixture(scope="module")
def faulty_output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return pytest's output for the faulty stores, each in the test that must detect it."""
    names = [faulty.__name__ for faulty in FAULTY]
    classes = [
        f"class Test{name}(TokenStoreSuite):\n"
        f"    store = {name}(clock=server_clock)\n"
        "    async def open(self):\n"
        "        return self.store\n"
        for name in names
    ]
    done = run_suite(
        tmp_path_factory.mktemp("faulty"),
        "from katana_async.testing.token_store_suite import TokenStoreSuite\n"
        f"from {__name__} import {', '.join(names)}, server_clock\n\n"
        + "\n".join(classes)
        + "\nclass TestOneClock(TestUsesTheClientsClock):\n    one_clock = True\n",
        *[f"test_it.py::Test{faulty.__name__}::{test}" for faulty, test in FAULTY.items()],
        f"test_it.py::TestOneClock::{FAULTY[UsesTheClientsClock]}",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("faulty", FAULTY, ids=lambda faulty: faulty.__name__)
def test_a_faulty_store_fails_the_test_for_its_fault(
    faulty: type[MemoryTokenStore], faulty_output: str
) -> None:
    test = re.escape(f"::Test{faulty.__name__}::{FAULTY[faulty]}")
    assert re.search(rf"^FAILED \S+{test}\S* - (Assertion|assert )", faulty_output, re.MULTILINE), (
        faulty_output
    )


def test_one_clock_skips_the_tests_with_two_clocks(faulty_output: str) -> None:
    assert re.search(
        r"^SKIPPED .*: all clients of this store share one clock$", faulty_output, re.MULTILINE
    )


@pytest.mark.parametrize(
    "read_clock",
    [
        lambda: time.time(),
        lambda: time.time_ns() / 1e9,
        lambda: datetime.now(UTC).timestamp(),
        lambda: datetime.now().timestamp(),  # noqa: DTZ005 - a frequent mistake
        lambda: datetime.utcnow().replace(tzinfo=UTC).timestamp(),  # noqa: DTZ003 - as above
        lambda: datetime.today().timestamp(),  # noqa: DTZ002 - as above
    ],
    ids=["time", "time_ns", "now(UTC)", "now()", "utcnow()", "today()"],
)
def test_the_clients_clock_is_shifted_for_all_functions(
    read_clock: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ticked = time.time(), time.monotonic()
    clock = ClientClock(monkeypatch, [])
    for seconds in (-3600.0, 3600.0):
        with clock.shift(seconds):
            assert abs(read_clock() - began - seconds) < 60
            assert time.monotonic() - ticked < 60
        assert abs(read_clock() - began) < 60
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert isinstance(made, datetime)
    monkeypatch.undo()
    assert type(made) is datetime
    assert not hasattr(time.time, "__code__")  # the original in C
