"""The memory store, beyond the shared suite."""

from katana_async.oauth import MemoryTokenStore


async def test_expired_rows_and_leases_are_purged() -> None:
    now = 0.0
    store = MemoryTokenStore(clock=lambda: now)
    for number in range(5000):
        now += 1.0
        await store.write(f"pending/{number}", 1, b"x", ttl=10.0)
        await store.lease(f"pending/{number}", "owner", 10.0)
    assert len(store._rows) < 300
    assert len(store._leases) < 300
    assert await store.read("pending/4999") is not None
