"""What a token store must do about time, as tests; `token_store_suite` has them all."""

import pytest
import pytest_asyncio

from .client_clock import ClientClock
from .token_store_handles import LONG, SOON, Pair, TwoHandles

__all__ = ["TimeTests"]

HOUR = 3600.0
"""Seconds by which a client's clock is off: more than anything here lasts."""

CLOCKS = [(-HOUR, 0.0), (HOUR, 0.0), (0.0, -HOUR), (0.0, HOUR)]
"""By how much the clock is off of who writes or takes, and of who comes later."""


class TimeTests(TwoHandles):
    """Test what expires, and by whose clock, through two handles."""

    @pytest_asyncio.fixture
    async def client_clock(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> ClientClock:
        """Give what sets the clients' clock off."""
        if self.one_clock:
            pytest.skip("all who reach this store have one clock")
        for each in pair:
            await each.now()  # what is imported now keeps the real clock
        clock = ClientClock()
        clock.take_over(monkeypatch, pair)
        return clock

    # ---- rows that expire ----------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_a_row_is_gone_when_its_time_is_over(self, pair: Pair, key: str) -> None:
        one, other = pair
        keys = [f"{key}/{number}" for number in range(4)]
        for each in keys:
            assert await one.write(each, 1, b"later", ttl=LONG) is True
            await self._holds(other, each, 1, b"later")
            assert await one.write(each, 2, b"soon", ttl=SOON) is True
        await self.advance(SOON + 0.05)
        assert await other.read(keys[0]) is None
        assert await other.write(keys[1], 3, b"next") is False
        assert await other.delete(keys[2], 2) is False
        assert [each async for each in other.keys(f"{key}/")] == []
        # ... and each can be made anew, as if it had never been.
        for each in keys:
            assert await other.write(each, 1, b"anew") is True
            await self._holds(one, each, 1, b"anew")

    @pytest.mark.asyncio
    async def test_each_write_sets_how_long_the_row_stays(self, pair: Pair, key: str) -> None:
        one, other = pair
        for each, first, second in (("kept", SOON, None), ("gone", None, SOON)):
            assert await one.write(f"{key}/{each}", 1, b"a", ttl=first) is True
            assert await one.write(f"{key}/{each}", 2, b"b", ttl=second) is True
        await one.write(f"{key}/expired", 1, b"a", ttl=SOON)
        await self.advance(SOON + 0.05)
        assert await one.write(f"{key}/expired", 1, b"anew") is True
        await self.advance(SOON + 0.05)
        await self._holds(other, f"{key}/kept", 2, b"b")
        await self._holds(other, f"{key}/expired", 1, b"anew")
        assert await other.read(f"{key}/gone") is None

    # ---- clocks --------------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_the_clock_moves_and_rows_are_stamped_by_it(self, pair: Pair, key: str) -> None:
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
    async def test_the_clock_is_the_same_for_clients_whose_own_differ(
        self, pair: Pair, key: str, client_clock: ClientClock
    ) -> None:
        one, other = pair
        await one.write(key, 1, b"x")
        before = await one.now()
        for seconds in (-HOUR, HOUR):
            with client_clock.off_by(seconds):
                now, row = await other.now(), await other.read(key)
            assert abs(now - before) < 60
            assert row is not None
            assert abs(row.now - before) < 60

    @pytest.mark.asyncio
    async def test_a_row_lasts_as_long_for_clients_whose_clocks_differ(
        self, pair: Pair, key: str, client_clock: ClientClock
    ) -> None:
        one, other = pair
        for number, (writers, readers) in enumerate(CLOCKS):
            lasts, ends = f"{key}/{number}/lasts", f"{key}/{number}/ends"
            with client_clock.off_by(writers):
                for each, ttl in ((lasts, LONG), (ends, SOON)):
                    for row in (f"{each}/a", f"{each}/b"):
                        assert await one.write(row, 1, b"later", ttl=LONG) is True
                        assert await one.write(row, 2, b"x", ttl=ttl) is True
            with client_clock.off_by(readers):
                await self._holds(other, f"{lasts}/a", 2, b"x")
                assert len([each async for each in other.keys(f"{lasts}/")]) == 2
                assert await other.write(f"{lasts}/a", 1, b"anew") is False
                assert await other.write(f"{lasts}/a", 3, b"next") is True
                assert await other.delete(f"{lasts}/b", 2) is True
        await self.advance(SOON + 0.05)
        for number, (_, readers) in enumerate(CLOCKS):
            ends = f"{key}/{number}/ends"
            with client_clock.off_by(readers):
                assert await other.read(f"{ends}/a") is None
                assert [each async for each in other.keys(f"{ends}/")] == []
                assert await other.write(f"{ends}/a", 3, b"next") is False
                assert await other.delete(f"{ends}/b", 2) is False
                assert await other.write(f"{ends}/a", 1, b"anew") is True

    @pytest.mark.asyncio
    async def test_a_lease_lasts_as_long_for_clients_whose_clocks_differ(
        self, pair: Pair, key: str, client_clock: ClientClock
    ) -> None:
        one, other = pair
        for number, (takers, others) in enumerate(CLOCKS):
            lasts, ends = f"{key}/{number}/lasts", f"{key}/{number}/ends"
            with client_clock.off_by(takers):
                for each, seconds in ((lasts, LONG), (ends, SOON), (f"{ends}/b", SOON)):
                    assert await one.lease(each, "a", LONG) is True
                    assert await one.lease(each, "a", seconds) is True
            with client_clock.off_by(others):
                assert await other.lease(lasts, "b", LONG) is False
                assert await other.release(lasts, "a") is True
        await self.advance(SOON + 0.05)
        for number, (_, others) in enumerate(CLOCKS):
            ends = f"{key}/{number}/ends"
            with client_clock.off_by(others):
                assert await other.lease(ends, "b", LONG) is True
                assert await other.release(f"{ends}/b", "a") is False
