"""What is the memory store's own: threads, and packages that it does not need."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from katana_async.oauth.stores import MemoryTokenStore
from tests.processes import run_python


def test_loops_in_several_threads_share_one_store() -> None:
    store = MemoryTokenStore()

    async def count() -> int:
        won = 0
        for _ in range(300):
            row = await store.read("a")
            version = (row.version if row else 0) + 1
            won += await store.write("a", version, b"x")
        return won

    with ThreadPoolExecutor(4) as threads:
        won = sum(threads.map(lambda _: asyncio.run(count()), range(4)))
    row = asyncio.run(store.read("a"))
    assert row is not None
    assert row.version == won


def test_it_shows_nothing_of_what_it_holds() -> None:
    store = MemoryTokenStore()
    asyncio.run(store.write("a", 1, b"canary"))
    assert "canary" not in repr(store) + repr(asyncio.run(store.read("a")))


def test_naming_a_store_loads_no_driver_of_another() -> None:
    said = run_python(
        "import sys\n"
        "from katana_async.oauth.stores import MemoryTokenStore, SQLTokenStore, RedisTokenStore\n"
        "print([name for name in ('sqlalchemy', 'aiosqlite', 'redis', 'asyncpg', 'pytest')"
        " if name in sys.modules])\n"
    )
    assert said.strip() == "[]"
