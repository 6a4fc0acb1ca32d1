"""Feeds over HTTP: running them, and reading what they delivered."""

from datetime import timedelta
from typing import Any

from katana_async import KatanaClient
from katana_async.changes import ChangeBatch, ChangeFeed, Key, MemoryMirror

HOUR = 3600.0
SWEPT: dict[str, Any] = {"sweep_every": timedelta(0), "sweep_requests": 50}
"""Options of a run that contains a whole sweep."""


async def run(feed: ChangeFeed, mirror: MemoryMirror | None = None) -> list[ChangeBatch]:
    """Return the batches of a feed, applied to a mirror."""
    batches: list[ChangeBatch] = []
    async for batch in feed:
        if mirror is not None:
            mirror.apply(batch)
        batches.append(batch)
    return batches


async def load(katana: KatanaClient, collection: str) -> MemoryMirror:
    """Return a mirror after its first run."""
    mirror = MemoryMirror()
    await run(katana.changes(collection, mirror=mirror), mirror)
    return mirror


def resume(
    katana: KatanaClient, collection: str, mirror: MemoryMirror, **options: Any
) -> ChangeFeed:
    """Return a feed that continues from the cursor of a mirror."""
    return katana.changes(collection, cursor=mirror.cursor, mirror=mirror, **options)


def deletions(batches: list[ChangeBatch]) -> dict[Key, str]:
    """Return the reasons of all deletions by key."""
    return {each.key: each.reason for batch in batches for each in batch.deletes}


def ids_of(mirror: MemoryMirror) -> list[int]:
    return [key for key in mirror.records if isinstance(key, int)]
