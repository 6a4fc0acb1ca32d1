"""A process that tests start: it races others for versions and leases, and says how it went."""

import asyncio
import json
import sys
from typing import Any

from katana_async.oauth.stores import RedisTokenStore, SQLTokenStore, TokenStore


def open_store(url: str, prefix: str) -> TokenStore:
    if url.startswith("redis"):
        return RedisTokenStore(url, prefix=prefix)
    return SQLTokenStore(url)


async def race(store: TokenStore, me: str) -> dict[str, Any]:
    """Count to 25 in a row, writing whenever a version is free; hold a lease that many times."""
    won: list[int] = []
    entered = 0
    version = 0
    while version < 25:
        row = await store.read("race")
        version = row.version if row else 0
        if version < 25 and await store.write("race", version + 1, me.encode()):
            won.append(version + 1)
    while entered < 5:
        if not await store.lease("gate", me, 60):
            await asyncio.sleep(0.005)
            continue
        # Only the holder is in here, so that what it reads is still so when it writes.
        row = await store.read("inside")
        assert await store.write("inside", (row.version if row else 0) + 1, me.encode())
        entered += 1
        assert await store.release("gate", me)
    return {"won": won, "entered": entered}


async def main(url: str, prefix: str, me: str) -> None:
    store = open_store(url, prefix)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(await race(store, me)), flush=True)
    await store.close()


async def write_and_wait(url: str) -> None:
    store = open_store(url, "")
    for version in range(1, 1000):
        assert await store.write("row", version, b"%d" % version)
        print(version, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "race":
        asyncio.run(main(*sys.argv[2:]))
    else:
        asyncio.run(write_and_wait(sys.argv[2]))
