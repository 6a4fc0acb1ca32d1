"""What the store in memory does besides what every store does."""

from katana_async.oauth import MemoryTokenStore


async def test_rows_and_leases_that_are_over_do_not_pile_up() -> None:
    now = 0.0
    store = MemoryTokenStore(clock=lambda: now)
    for number in range(5000):
        now += 1.0
        await store.write(f"begun/{number}", 1, b"x", ttl=10.0)
        await store.lease(f"begun/{number}", "someone", 10.0)
    assert len(store._rows) < 300
    assert len(store._leases) < 300
    assert await store.read("begun/4999") is not None
