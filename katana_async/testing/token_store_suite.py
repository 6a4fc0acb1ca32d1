"""Tests for every token store. Subclass `TokenStoreSuite` to run them on yours.

They need pytest, pytest-asyncio and, for the comparison with a model, hypothesis.

```python
from katana_async.testing.token_store_suite import TokenStoreSuite

class TestMyStore(TokenStoreSuite):
    async def open(self):
        return MyStore("my-database.test")
```
"""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from ..oauth.stores.base import TokenStore
from .token_store_handles import LONG, SOON, Pair
from .token_store_leases import LeaseTests, TimeTests

__all__ = ["TokenStoreSuite"]


class TokenStoreSuite(LeaseTests, TimeTests):
    """Test a store through two handles, like two processes.

    Override `open`, and `advance` if your store's clock can be moved. Otherwise the suite waits in
    real time, about two seconds in all. Each test uses keys of its own, so the store may contain
    other rows.

    While a test uses one handle, it may shift the clock of this process by an hour, like the clock
    of another host. Set `one_clock` if your store uses its clients' clock.

    A subclass may use fixtures like any test class, for instance an autouse fixture that sets
    `self.path`.
    """

    # ---- rows ----------------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_a_missing_row_is_none(self, pair: Pair, key: str) -> None:
        assert await pair[0].read(key) is None

    @pytest.mark.asyncio
    async def test_one_handle_reads_the_writes_of_the_other(self, pair: Pair, key: str) -> None:
        one, other = pair
        for version in range(1, 6):
            assert await one.write(key, version, b"%d" % version) is True
            row = await other.read(key)
            assert row is not None
            assert (row.version, row.data) == (version, b"%d" % version)
            one, other = other, one

    @pytest.mark.asyncio
    async def test_version_1_is_written_only_if_there_is_no_row(self, pair: Pair, key: str) -> None:
        one, other = pair
        assert await one.write(key, 1, b"first") is True
        assert await other.write(key, 1, b"second") is False
        await self._check_row(other, key, 1, b"first")

    @pytest.mark.asyncio
    @pytest.mark.parametrize("version", [1, 2, 4, 5])
    async def test_only_the_next_version_is_written(
        self, pair: Pair, key: str, version: int
    ) -> None:
        one, other = pair
        await one.write(key, 1, b"a")
        await one.write(key, 2, b"b")
        assert await other.write(key, version, b"wrong") is False
        await self._check_row(one, key, 2, b"b")
        assert await other.write(key, 3, b"right") is True

    @pytest.mark.asyncio
    async def test_only_version_1_creates_a_row(self, pair: Pair, key: str) -> None:
        assert await pair[0].write(key, 2, b"x") is False
        assert await pair[0].read(key) is None

    @pytest.mark.asyncio
    async def test_only_the_stored_version_is_deleted(self, pair: Pair, key: str) -> None:
        one, other = pair
        await one.write(key, 1, b"a")
        await one.write(key, 2, b"b")
        assert await other.delete(key, 1) is False
        assert await other.delete(key, 3) is False
        await self._check_row(one, key, 2, b"b")
        assert await other.delete(key, 2) is True
        assert await one.read(key) is None
        assert await one.delete(key, 2) is False

    @pytest.mark.asyncio
    async def test_a_deleted_row_can_be_created_again(self, pair: Pair, key: str) -> None:
        one, other = pair
        await one.write(key, 1, b"a")
        await one.delete(key, 1)
        assert await other.write(key, 2, b"b") is False
        assert await other.write(key, 1, b"c") is True
        await self._check_row(one, key, 1, b"c")
        assert await one.delete(key, 1) is True

    @pytest.mark.asyncio
    @pytest.mark.parametrize(
        "data", [b"", b"\0", bytes(range(256)) * 256], ids=["empty", "NUL", "64 KiB"]
    )
    async def test_any_bytes_are_returned_unchanged(
        self, pair: Pair, key: str, data: bytes
    ) -> None:
        one, other = pair
        assert await one.write(key, 1, data) is True
        await self._check_row(other, key, 1, data)
        assert await one.write(key, 2, data[::-1]) is True
        await self._check_row(other, key, 2, data[::-1])

    @pytest.mark.asyncio
    async def test_keys_differ_by_case_and_each_character(self, pair: Pair, key: str) -> None:
        keys = [f"{key}{end}" for end in ("", "a", "A", "-", ".", "_", "/", ":", "@", "a/", "aa")]
        keys.append(f"{key}/{'x' * (200 - 1 - len(key))}")
        for number, each in enumerate(keys):
            assert await pair[0].write(each, 1, b"%d" % number) is True
        for number, each in enumerate(keys):
            await self._check_row(pair[1], each, 1, b"%d" % number)

    # ---- keys ----------------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_keys_are_found_by_prefix(self, pair: Pair, key: str) -> None:
        one, other = pair
        ends = ("a/1", "a/2", "a", "b/1", "A/1", "a_1", "ab1", "a.1")
        for end in ends:
            await one.write(f"{key}{end}", 1, b"x")
        await one.lease(f"{key}a/leased", "owner", LONG)

        async def found(prefix: str) -> set[str]:
            keys = [each async for each in other.keys(f"{key}{prefix}")]
            assert len(keys) == len(set(keys))
            return {each.removeprefix(key) for each in keys}

        assert await found("") == set(ends)
        assert await found("a/") == {"a/1", "a/2"}
        assert await found("a/1") == {"a/1"}
        assert await found("a_") == {"a_1"}
        assert await found("a.") == {"a.1"}
        assert await found("A") == {"A/1"}
        assert await found("c") == set()

    @pytest.mark.asyncio
    async def test_rows_are_listed_like_they_are_read(self, pair: Pair, key: str) -> None:
        """Skipped for a store without `rows`."""
        one, other = pair
        list_rows = getattr(other, "rows", None)
        if list_rows is None:
            pytest.skip("the store has no rows()")
        for number in range(4):
            await one.write(f"{key}/{number}", 1, b"first")
        await one.write(f"{key}/1", 2, b"second")
        await one.delete(f"{key}/2", 1)
        await one.write(f"{key}x", 1, b"another beginning")
        listed = {name.removeprefix(key): row async for name, row in list_rows(f"{key}/")}
        assert sorted(listed) == ["/0", "/1", "/3"]
        assert [(row.version, row.data) for _, row in sorted(listed.items())] == [
            (1, b"first"),
            (2, b"second"),
            (1, b"first"),
        ]
        assert abs(listed["/0"].now - await one.now()) < LONG

    @pytest.mark.asyncio
    @pytest.mark.parametrize("wildcard", ["%", "*", "?", "[a]", "a*", "\\", "^", "_", "ä", "\0"])
    async def test_no_character_of_a_prefix_is_a_wildcard(
        self, pair: Pair, key: str, wildcard: str
    ) -> None:
        await pair[0].write(f"{key}abc", 1, b"x")
        assert [each async for each in pair[0].keys(f"{key}{wildcard}")] == []
        assert [each async for each in pair[0].keys(f"{wildcard}{key[1:]}")] == []

    @pytest.mark.asyncio
    async def test_existing_keys_are_listed_once_while_others_change(
        self, pair: Pair, key: str
    ) -> None:
        one, other = pair
        stable = {f"{key}/stable/{number}" for number in range(30)}
        for number, each in enumerate(sorted(stable)):
            await one.write(each, 1, b"x")
            await one.write(f"{key}/deleted/{number}", 1, b"x")
        listed: list[str] = []
        async for each in one.keys(f"{key}/"):
            number = len(listed)
            listed.append(each)
            await other.write(f"{key}/created/{number}", 1, b"x")
            await one.delete(f"{key}/deleted/{number}", 1)
            if each in stable:
                assert await one.write(each, 2, b"again") is True
        assert sorted(each for each in listed if each in stable) == sorted(stable)
        assert len(listed) == len(set(listed))

    @pytest.mark.asyncio
    async def test_many_keys_are_all_listed(self, pair: Pair, key: str) -> None:
        keys = {f"{key}/{number}" for number in range(600)}
        writes = [pair[number % 2].write(each, 1, b"x") for number, each in enumerate(keys)]
        assert await asyncio.gather(*writes) == [True] * len(keys)
        listed = [each async for each in pair[0].keys(f"{key}/")]
        assert len(listed) == len(keys)
        assert set(listed) == keys
        assert await asyncio.gather(*[pair[0].delete(each, 1) for each in keys]) == [True] * len(
            keys
        )

    # ---- concurrency ---------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_one_of_many_writers_of_a_version_succeeds(self, pair: Pair, key: str) -> None:
        for version in range(1, 6):
            done = await asyncio.gather(
                *[pair[n % 2].write(key, version, b"%d" % n) for n in range(30)]
            )
            winners = [n for n, won in enumerate(done) if won]
            assert len(winners) == 1
            await self._check_row(pair[version % 2], key, version, b"%d" % winners[0])

    @pytest.mark.asyncio
    async def test_one_of_many_deletes_of_a_row_succeeds(self, pair: Pair, key: str) -> None:
        for _ in range(3):
            await pair[0].write(key, 1, b"x")
            done = await asyncio.gather(*[pair[n % 2].delete(key, 1) for n in range(20)])
            assert sum(done) == 1
            assert await pair[1].read(key) is None

    @pytest.mark.asyncio
    async def test_concurrent_counters_lose_no_count(self, pair: Pair, key: str) -> None:
        async def count(store: TokenStore) -> None:
            for _ in range(4):
                while True:
                    row = await store.read(key)
                    version, total = (row.version, int(row.data)) if row else (0, 0)
                    if await store.write(key, version + 1, b"%d" % (total + 1)):
                        break
                    await asyncio.sleep(0)

        await asyncio.gather(*[count(pair[n % 2]) for n in range(6)])
        await self._check_row(pair[0], key, 24, b"24")

    @pytest.mark.asyncio
    async def test_a_cancelled_operation_leaves_the_store_usable(
        self, pair: Pair, key: str
    ) -> None:
        one, other = pair
        await one.write(key, 1, b"1")

        async def cancel(work: Coroutine[Any, Any, Any], after: float) -> None:
            task = asyncio.ensure_future(work)
            await asyncio.sleep(after)
            task.cancel()
            await asyncio.wait([task])

        chance = random.Random(7)  # noqa: S311 - varies moments only # nosec B311
        for _ in range(30):
            row = await one.read(key)
            assert row is not None
            assert row.data == b"%d" % row.version
            after = chance.choice([0, 0.0005, 0.001, 0.002])
            await asyncio.gather(
                cancel(one.write(key, row.version + 1, b"%d" % (row.version + 1)), after),
                cancel(one.read(key), after),
                cancel(one.lease(key, "cancelled", SOON), after),
                cancel(one.now(), after),
            )
        await self.advance(SOON + 0.05)
        row = await other.read(key)
        assert row is not None
        assert await one.write(key, row.version + 1, b"after all") is True
        await self._check_row(other, key, row.version + 1, b"after all")
        assert await other.lease(key, "another", LONG) is True
        assert await one.delete(key, row.version + 1) is True

    # ---- all operations ------------------------------------------------------------------------

    def test_it_behaves_like_a_model(self) -> None:
        pytest.importorskip("hypothesis")
        from .token_store_machine import compare

        compare(self.open, self.advance if self.can_advance else None, self.machine_examples)
