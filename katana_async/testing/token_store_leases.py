"""What a token store must do about leases, as tests; `token_store_suite` has them all."""

import asyncio

import pytest

from .token_store_handles import LONG, SOON, Pair, TwoHandles

__all__ = ["LeaseTests"]


class LeaseTests(TwoHandles):
    """Test leases through two handles."""

    @pytest.mark.asyncio
    async def test_a_lease_has_one_holder(self, pair: Pair, key: str) -> None:
        one, other = pair
        assert await one.lease(key, "a", LONG) is True
        assert await other.lease(key, "b", LONG) is False
        assert await one.lease(f"{key}/other", "b", LONG) is True
        assert await other.lease(key, "A", LONG) is False
        assert await other.lease(key, "a", LONG) is True

    @pytest.mark.asyncio
    async def test_only_the_holder_frees_a_lease(self, pair: Pair, key: str) -> None:
        one, other = pair
        assert await one.release(key, "a") is False
        await one.lease(key, "a", LONG)
        assert await other.release(key, "b") is False
        assert await other.lease(key, "b", LONG) is False
        assert await other.release(key, "a") is True
        assert await one.release(key, "a") is False
        assert await other.lease(key, "b", LONG) is True
        assert await one.lease(key, "a", LONG) is False

    @pytest.mark.asyncio
    async def test_a_lease_lasts_as_long_as_was_last_asked_for(self, pair: Pair, key: str) -> None:
        one, other = pair
        for each, first, second in (("shorter", LONG, SOON), ("longer", SOON, LONG)):
            assert await one.lease(f"{key}/{each}", "a", first) is True
            assert await one.lease(f"{key}/{each}", "a", second) is True
        await self.advance(SOON + 0.05)
        assert await one.release(f"{key}/shorter", "a") is False
        assert await other.lease(f"{key}/shorter", "b", LONG) is True
        assert await one.lease(f"{key}/shorter", "a", LONG) is False
        assert await other.lease(f"{key}/longer", "b", LONG) is False

    @pytest.mark.asyncio
    async def test_a_lease_has_nothing_to_do_with_the_row(self, pair: Pair, key: str) -> None:
        one, other = pair
        assert await one.lease(key, "a", LONG) is True
        assert await other.read(key) is None
        assert [each async for each in other.keys(key)] == []
        assert await other.write(key, 1, b"x") is True
        assert await other.delete(key, 1) is True
        assert await other.lease(key, "b", LONG) is False
        assert await one.write(key, 1, b"x", ttl=SOON) is True
        assert await one.release(key, "a") is True
        await self._holds(other, key, 1, b"x")

    @pytest.mark.asyncio
    async def test_of_many_who_ask_for_a_lease_one_has_it(self, pair: Pair, key: str) -> None:
        for free in range(3):
            asked = await asyncio.gather(
                *[pair[n % 2].lease(key, f"{free}-{n}", LONG) for n in range(30)]
            )
            holders = [n for n, has in enumerate(asked) if has]
            assert len(holders) == 1
            assert await pair[0].release(key, f"{free}-{holders[0]}") is True
        await pair[0].lease(key, "gone", SOON)
        await self.advance(SOON + 0.05)
        asked = await asyncio.gather(*[pair[n % 2].lease(key, f"{n}", LONG) for n in range(30)])
        assert sum(asked) == 1
