"""A child process of tests that competes for versions and leases, and prints its results."""

import asyncio
import json
import sys
from typing import Any

from katana_async.oauth import RedisTokenStore, SQLTokenStore, TokenStore


def open_store(url: str, prefix: str) -> TokenStore:
    if url.startswith("redis"):
        return RedisTokenStore(url, prefix=prefix)
    return SQLTokenStore(url)


async def compete(store: TokenStore, name: str) -> dict[str, Any]:
    """Write the free versions of a row up to 25, and hold a lease five times."""
    won: list[int] = []
    entered = 0
    version = 0
    while version < 25:
        row = await store.read("race")
        version = row.version if row else 0
        if version < 25 and await store.write("race", version + 1, name.encode()):
            won.append(version + 1)
    while entered < 5:
        if not await store.lease("gate", name, 60):
            await asyncio.sleep(0.005)
            continue
        # Only the lease's owner reads and writes this row, so the version cannot change between.
        row = await store.read("inside")
        assert await store.write("inside", (row.version if row else 0) + 1, name.encode())
        entered += 1
        assert await store.release("gate", name)
    return {"won": won, "entered": entered}


async def compete_on_signal(url: str, prefix: str, name: str) -> None:
    store = open_store(url, prefix)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(await compete(store, name)), flush=True)
    await store.close()


async def write_until_killed(url: str) -> None:
    store = open_store(url, "")
    for version in range(1, 1000):
        assert await store.write("row", version, b"%d" % version)
        print(version, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "race":
        asyncio.run(compete_on_signal(*sys.argv[2:]))
    else:
        asyncio.run(write_until_killed(sys.argv[2]))
