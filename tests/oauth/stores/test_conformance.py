"""The published suite on every store, and on stores that are wrong: each must be found out."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from katana_async.oauth.stores import (
    MemoryTokenStore,
    RedisTokenStore,
    Row,
    SQLTokenStore,
    TokenStore,
)
from katana_async.testing.token_store_suite import TokenStoreSuite
from tests.services import REDIS, postgres_database, redis_keys


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


def test_the_suite_needs_no_automatic_mode_of_pytest_asyncio(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from katana_async.oauth.stores import MemoryTokenStore\n"
        "from katana_async.testing.token_store_suite import TokenStoreSuite\n\n"
        "STORE = MemoryTokenStore()\n\n"
        "class TestIt(TokenStoreSuite):\n"
        "    async def open(self):\n"
        "        return STORE\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "not machine and not model"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout
    assert int(done.stdout.split(" passed")[0].rpartition("\n")[2]) > 35


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


async def _pause() -> None:
    await asyncio.sleep(0)


WRONG = [
    (NoCompare, "of_many_writers"),
    (KeepsTtl, "each_write_sets_how_long"),
    (LooksLikely, "wildcard"),
    (IgnoresOwner, "only_the_holder"),
    (TakesTwice, "one_has_it"),
    (FoldsCase, "case"),
]


@pytest.mark.parametrize(("wrong", "test"), WRONG, ids=lambda each: getattr(each, "__name__", each))
def test_a_wrong_store_fails_the_test_that_says_so(
    wrong: type[MemoryTokenStore], test: str, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text(
        f"from {wrong.__module__} import {wrong.__name__}\n"
        "from katana_async.testing.token_store_suite import TokenStoreSuite\n\n"
        f"STORE = {wrong.__name__}()\n\n"
        "class TestIt(TokenStoreSuite):\n"
        "    async def open(self):\n"
        "        return STORE\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", test, "--rootdir", tmp_path, tmp_path],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "AssertionError" in done.stdout or "assert " in done.stdout
