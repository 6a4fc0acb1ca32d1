"""Tests of leases, expiry and clocks; `token_store_suite` includes them."""

import asyncio

import pytest
import pytest_asyncio

from .client_clock import ClientClock
from .token_store_handles import LONG, SOON, Pair, TwoHandles

__all__ = ["LeaseTests", "TimeTests"]

HOUR = 3600.0
"""The shift of a client's clock: longer than any duration in the tests."""

CLOCKS = [(-HOUR, 0.0), (HOUR, 0.0), (0.0, -HOUR), (0.0, HOUR)]
"""Shifts of the clock of the first client, and of the second."""


class LeaseTests(TwoHandles):
    """Test leases through two handles."""

    @pytest.mark.asyncio
    async def test_a_lease_has_one_owner(self, pair: Pair, key: str) -> None:
        one, other = pair
        assert await one.lease(key, "a", LONG) is True
        assert await other.lease(key, "b", LONG) is False
        assert await one.lease(f"{key}/other", "b", LONG) is True
        assert await other.lease(key, "A", LONG) is False
        assert await other.lease(key, "a", LONG) is True

    @pytest.mark.asyncio
    async def test_only_the_owner_releases_a_lease(self, pair: Pair, key: str) -> None:
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
    async def test_a_renewal_sets_the_duration_of_a_lease(self, pair: Pair, key: str) -> None:
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
    async def test_a_lease_is_independent_of_the_row(self, pair: Pair, key: str) -> None:
        one, other = pair
        assert await one.lease(key, "a", LONG) is True
        assert await other.read(key) is None
        assert [each async for each in other.keys(key)] == []
        assert await other.write(key, 1, b"x") is True
        assert await other.delete(key, 1) is True
        assert await other.lease(key, "b", LONG) is False
        assert await one.write(key, 1, b"x", ttl=SOON) is True
        assert await one.release(key, "a") is True
        await self._check_row(other, key, 1, b"x")

    @pytest.mark.asyncio
    async def test_one_of_many_owners_acquires_a_lease(self, pair: Pair, key: str) -> None:
        for attempt in range(3):
            results = await asyncio.gather(
                *[pair[n % 2].lease(key, f"{attempt}-{n}", LONG) for n in range(30)]
            )
            owners = [n for n, acquired in enumerate(results) if acquired]
            assert len(owners) == 1
            assert await pair[0].release(key, f"{attempt}-{owners[0]}") is True
        await pair[0].lease(key, "expired", SOON)
        await self.advance(SOON + 0.05)
        results = await asyncio.gather(*[pair[n % 2].lease(key, f"{n}", LONG) for n in range(30)])
        assert sum(results) == 1


class TimeTests(TwoHandles):
    """Test expiry, and the clock that decides it, through two handles."""

    @pytest_asyncio.fixture
    async def client_clock(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> ClientClock:
        """Return a clock that replaces that of the clients."""
        if self.one_clock:
            pytest.skip("all clients of this store share one clock")
        for each in pair:
            await each.now()  # modules that a store imports lazily must be loaded before
        clock = ClientClock()
        clock.install(monkeypatch, pair)
        return clock

    # ---- rows that expire ----------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_an_expired_row_is_absent(self, pair: Pair, key: str) -> None:
        one, other = pair
        keys = [f"{key}/{number}" for number in range(4)]
        for each in keys:
            assert await one.write(each, 1, b"later", ttl=LONG) is True
            await self._check_row(other, each, 1, b"later")
            assert await one.write(each, 2, b"soon", ttl=SOON) is True
        await self.advance(SOON + 0.05)
        assert await other.read(keys[0]) is None
        assert await other.write(keys[1], 3, b"next") is False
        assert await other.delete(keys[2], 2) is False
        assert [each async for each in other.keys(f"{key}/")] == []
        # Each can be created again.
        for each in keys:
            assert await other.write(each, 1, b"anew") is True
            await self._check_row(one, each, 1, b"anew")

    @pytest.mark.asyncio
    async def test_each_write_sets_the_ttl(self, pair: Pair, key: str) -> None:
        one, other = pair
        for each, first, second in (("kept", SOON, None), ("gone", None, SOON)):
            assert await one.write(f"{key}/{each}", 1, b"a", ttl=first) is True
            assert await one.write(f"{key}/{each}", 2, b"b", ttl=second) is True
        await one.write(f"{key}/expired", 1, b"a", ttl=SOON)
        await self.advance(SOON + 0.05)
        assert await one.write(f"{key}/expired", 1, b"anew") is True
        await self.advance(SOON + 0.05)
        await self._check_row(other, f"{key}/kept", 2, b"b")
        await self._check_row(other, f"{key}/expired", 1, b"anew")
        assert await other.read(f"{key}/gone") is None

    # ---- clocks --------------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_rows_carry_the_time_of_the_stores_clock(self, pair: Pair, key: str) -> None:
        one, other = pair
        await one.write(key, 1, b"x")
        before = await one.now()
        row = await other.read(key)
        after = await other.now()
        assert row is not None
        assert before - 0.002 <= row.now <= after + 0.002
        await self.advance(SOON)
        later = await one.now()
        assert before + SOON - 0.01 <= later <= before + SOON + 60

    @pytest.mark.asyncio
    async def test_clients_with_different_clocks_read_the_same_clock(
        self, pair: Pair, key: str, client_clock: ClientClock
    ) -> None:
        one, other = pair
        await one.write(key, 1, b"x")
        before = await one.now()
        for seconds in (-HOUR, HOUR):
            with client_clock.shift(seconds):
                now, row = await other.now(), await other.read(key)
            assert abs(now - before) < 60
            assert row is not None
            assert abs(row.now - before) < 60

    @pytest.mark.asyncio
    async def test_clients_with_different_clocks_agree_on_the_expiry_of_rows(
        self, pair: Pair, key: str, client_clock: ClientClock
    ) -> None:
        one, other = pair
        for number, (first, second) in enumerate(CLOCKS):
            lasts, ends = f"{key}/{number}/lasts", f"{key}/{number}/ends"
            with client_clock.shift(first):
                for each, ttl in ((lasts, LONG), (ends, SOON)):
                    for row in (f"{each}/a", f"{each}/b"):
                        assert await one.write(row, 1, b"later", ttl=LONG) is True
                        assert await one.write(row, 2, b"x", ttl=ttl) is True
            with client_clock.shift(second):
                await self._check_row(other, f"{lasts}/a", 2, b"x")
                assert len([each async for each in other.keys(f"{lasts}/")]) == 2
                assert await other.write(f"{lasts}/a", 1, b"anew") is False
                assert await other.write(f"{lasts}/a", 3, b"next") is True
                assert await other.delete(f"{lasts}/b", 2) is True
        await self.advance(SOON + 0.05)
        for number, (_, second) in enumerate(CLOCKS):
            ends = f"{key}/{number}/ends"
            with client_clock.shift(second):
                assert await other.read(f"{ends}/a") is None
                assert [each async for each in other.keys(f"{ends}/")] == []
                assert await other.write(f"{ends}/a", 3, b"next") is False
                assert await other.delete(f"{ends}/b", 2) is False
                assert await other.write(f"{ends}/a", 1, b"anew") is True

    @pytest.mark.asyncio
    async def test_clients_with_different_clocks_agree_on_the_expiry_of_leases(
        self, pair: Pair, key: str, client_clock: ClientClock
    ) -> None:
        one, other = pair
        for number, (first, second) in enumerate(CLOCKS):
            lasts, ends = f"{key}/{number}/lasts", f"{key}/{number}/ends"
            with client_clock.shift(first):
                for each, seconds in ((lasts, LONG), (ends, SOON), (f"{ends}/b", SOON)):
                    assert await one.lease(each, "a", LONG) is True
                    assert await one.lease(each, "a", seconds) is True
            with client_clock.shift(second):
                assert await other.lease(lasts, "b", LONG) is False
                assert await other.release(lasts, "a") is True
        await self.advance(SOON + 0.05)
        for number, (_, second) in enumerate(CLOCKS):
            ends = f"{key}/{number}/ends"
            with client_clock.shift(second):
                assert await other.lease(ends, "b", LONG) is True
                assert await other.release(f"{ends}/b", "a") is False
