"""Tests for every token store. Subclass `TokenStoreSuite` to run them on yours.

They need pytest, pytest-asyncio and hypothesis.

```python
from katana_async.testing.token_store_suite import TokenStoreSuite

class TestMyStore(TokenStoreSuite):
    async def open(self):
        return MyStore("my-database.test")
```
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from ..oauth.stores.base import TokenStore
from .client_clock import ClientClock

__all__ = ["TokenStoreSuite"]

# Seconds: a short time to live; longer than any test; and the shift of a client's clock, which is
# longer than any duration in the tests.
SOON, LONG, HOUR = 0.2, 600.0, 3600.0

Handles = tuple[TokenStore, TokenStore, str]
"""Two handles to the same rows, and a key of this test only, which is no prefix of another key."""


@pytest.mark.asyncio
class TokenStoreSuite:
    """Test a store through two handles to the same rows, as two processes would use it.

    Override `open`, and `advance` if your store's clock can be moved. Otherwise the suite waits in
    real time, about three seconds in all. Each test uses keys of its own, so the store may contain
    other rows.

    While a test uses one handle, it may shift the clock of this process by an hour, like the clock
    of another host. Set `one_clock` if your store uses its clients' clock.

    A subclass may have fixtures, for instance an autouse fixture that sets `self.path`.
    """

    machine_examples = 25
    """The number of programs for the comparison with the model."""

    one_clock = False
    """Whether all clients of the store share one clock: those of one process, or of one host.

    The tests with two different clocks are skipped then.
    """

    async def open(self) -> TokenStore:
        """Return a handle to the store, in the running event loop. The suite closes it.

        Each test calls this twice, and both handles must reach the same rows. A store with a single
        handle, such as one in memory, may be returned twice.
        """
        raise NotImplementedError

    async def advance(self, seconds: float) -> None:
        """Advance the store's clock. By default, wait in real time."""
        await asyncio.sleep(seconds)

    @pytest_asyncio.fixture
    async def handles(self) -> AsyncIterator[Handles]:
        one, other = await self.open(), await self.open()
        yield one, other, f"suite-{uuid4().hex}"
        await one.close()
        await other.close()

    @pytest_asyncio.fixture
    async def client_clock(self, handles: Handles, monkeypatch: pytest.MonkeyPatch) -> ClientClock:
        if self.one_clock:
            pytest.skip("all clients of this store share one clock")
        for each in handles[:2]:
            await each.now()  # modules that a store imports lazily must be loaded before
        return ClientClock(monkeypatch, handles[:2])

    async def _check_row(self, store: TokenStore, key: str, version: int, data: bytes) -> None:
        row = await store.read(key)
        assert row is not None
        assert type(row.data) is bytes
        assert (row.version, row.data) == (version, data)

    async def _list_keys(self, store: TokenStore, prefix: str) -> list[str]:
        return [key async for key, _ in store.rows(prefix)]

    async def test_only_version_1_creates_a_row(self, handles: Handles) -> None:
        one, other, key = handles
        assert await one.read(key) is None
        assert await one.write(key, 2, b"x") is False
        assert await one.read(key) is None
        assert await one.write(key, 1, b"first") is True
        assert await other.write(key, 1, b"second") is False
        await self._check_row(other, key, 1, b"first")

    @pytest.mark.parametrize("version", [1, 2, 4, 5])
    async def test_only_the_next_version_is_written(self, handles: Handles, version: int) -> None:
        one, other, key = handles
        await one.write(key, 1, b"a")
        await one.write(key, 2, b"b")
        assert await other.write(key, version, b"wrong") is False
        await self._check_row(one, key, 2, b"b")
        assert await other.write(key, 3, b"right") is True

    @pytest.mark.parametrize(
        "data", [b"", b"\0", bytes(range(256)) * 256], ids=["empty", "NUL", "64 KiB"]
    )
    async def test_any_bytes_are_returned_unchanged(self, handles: Handles, data: bytes) -> None:
        one, other, key = handles
        assert await one.write(key, 1, data) is True
        await self._check_row(other, key, 1, data)
        assert await one.write(key, 2, data[::-1]) is True
        await self._check_row(other, key, 2, data[::-1])

    async def test_keys_differ_by_case_and_each_character(self, handles: Handles) -> None:
        one, other, key = handles
        keys = [f"{key}{end}" for end in ("", "a", "A", "-", ".", "_", "/", ":", "@", "a/", "aa")]
        keys.append(f"{key}/{'x' * (200 - 1 - len(key))}")
        for each in keys:
            assert await one.write(each, 1, each.encode()) is True
        for each in keys:
            await self._check_row(other, each, 1, each.encode())

    async def test_rows_are_found_by_the_prefix_of_their_keys(self, handles: Handles) -> None:
        one, other, key = handles
        ends = ("a/1", "a/2", "a", "b/1", "A/1", "a_1", "ab1", "a.1")
        for end in ends:
            await one.write(f"{key}{end}", 1, b"x")
        await one.lease(f"{key}a/leased", "owner", LONG)
        for prefix in ("", "a/", "a/1", "a_", "a.", "A", "c"):
            expected = [f"{key}{end}" for end in ends if end.startswith(prefix)]
            assert sorted(await self._list_keys(other, f"{key}{prefix}")) == sorted(expected)

    async def test_rows_are_listed_like_they_are_read(self, handles: Handles) -> None:
        one, other, key = handles
        for number in range(3):
            await one.write(f"{key}/{number}", 1, b"first")
        await one.write(f"{key}/1", 2, b"second")
        await one.write(f"{key}x", 1, b"another beginning")
        listed = {name.removeprefix(key): row async for name, row in other.rows(f"{key}/")}
        assert [(name, row.version, row.data) for name, row in sorted(listed.items())] == [
            ("/0", 1, b"first"),
            ("/1", 2, b"second"),
            ("/2", 1, b"first"),
        ]
        assert abs(listed["/0"].now - await one.now()) < LONG

    @pytest.mark.parametrize("wildcard", ["%", "*", "?", "[a]", "a*", "\\", "^", "_", "ä", "\0"])
    async def test_no_character_of_a_prefix_is_a_wildcard(
        self, handles: Handles, wildcard: str
    ) -> None:
        one, _, key = handles
        await one.write(f"{key}abc", 1, b"x")
        assert await self._list_keys(one, f"{key}{wildcard}") == []
        assert await self._list_keys(one, f"{wildcard}{key[1:]}") == []

    async def test_existing_rows_are_listed_once_while_others_change(
        self, handles: Handles
    ) -> None:
        one, other, key = handles
        stable = {f"{key}/stable/{number}" for number in range(30)}
        for number, each in enumerate(sorted(stable)):
            await one.write(each, 1, b"x")
            await one.write(f"{key}/ending/{number}", 1, b"x")
        listed: list[str] = []
        async for each, _ in one.rows(f"{key}/"):
            number = len(listed)
            listed.append(each)
            await other.write(f"{key}/created/{number}", 1, b"x")
            await one.write(f"{key}/ending/{number}", 2, b"x", ttl=0.001)
            if each in stable:
                assert await one.write(each, 2, b"again") is True
        assert sorted(each for each in listed if each in stable) == sorted(stable)
        assert len(listed) == len(set(listed))

    async def test_many_rows_are_all_listed(self, handles: Handles) -> None:
        one, other, key = handles
        keys = [f"{key}/{number:03}" for number in range(600)]
        stores = (one, other) * 300
        writes = [
            store.write(each, 1, b"x", ttl=LONG) for store, each in zip(stores, keys, strict=True)
        ]
        assert await asyncio.gather(*writes) == [True] * len(keys)
        assert sorted(await self._list_keys(one, f"{key}/")) == keys

    async def test_one_of_many_writers_of_a_version_succeeds(self, handles: Handles) -> None:
        one, other, key = handles
        for version in range(1, 6):
            written = await asyncio.gather(
                *[store.write(key, version, b"%d" % n) for n, store in enumerate((one, other) * 15)]
            )
            assert written.count(True) == 1
            await self._check_row(other, key, version, b"%d" % written.index(True))

    async def test_concurrent_counters_lose_no_count(self, handles: Handles) -> None:
        one, other, key = handles

        async def count(store: TokenStore) -> None:
            for _ in range(4):
                while True:
                    row = await store.read(key)
                    version, total = (row.version, int(row.data)) if row else (0, 0)
                    if await store.write(key, version + 1, b"%d" % (total + 1)):
                        break
                    await asyncio.sleep(0)

        await asyncio.gather(*map(count, (one, other) * 3))
        await self._check_row(one, key, 24, b"24")

    async def test_a_cancelled_operation_leaves_the_store_usable(self, handles: Handles) -> None:
        one, other, key = handles
        await one.write(key, 1, b"1")

        async def cancel(work: Coroutine[Any, Any, Any], after: float) -> None:
            task = asyncio.ensure_future(work)
            await asyncio.sleep(after)
            task.cancel()
            await asyncio.wait([task])

        for after in [0, 0.0005, 0.001, 0.002] * 8:
            row = await one.read(key)
            assert row is not None
            assert row.data == b"%d" % row.version
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

    async def test_a_lease_has_one_owner(self, handles: Handles) -> None:
        one, other, key = handles
        assert await one.lease(key, "a", LONG) is True
        assert await other.lease(key, "b", LONG) is False
        assert await one.lease(f"{key}/other", "b", LONG) is True
        assert await other.lease(key, "A", LONG) is False
        assert await other.lease(key, "a", LONG) is True

    async def test_only_the_owner_releases_a_lease(self, handles: Handles) -> None:
        one, other, key = handles
        assert await one.release(key, "a") is False
        await one.lease(key, "a", LONG)
        assert await other.release(key, "b") is False
        assert await other.lease(key, "b", LONG) is False
        assert await other.release(key, "a") is True
        assert await one.release(key, "a") is False
        assert await other.lease(key, "b", LONG) is True
        assert await one.lease(key, "a", LONG) is False

    async def test_a_renewal_sets_the_duration_of_a_lease(self, handles: Handles) -> None:
        one, other, key = handles
        for each, first, second in (("shorter", LONG, SOON), ("longer", SOON, LONG)):
            assert await one.lease(f"{key}/{each}", "a", first) is True
            assert await one.lease(f"{key}/{each}", "a", second) is True
        await self.advance(SOON + 0.05)
        assert await one.release(f"{key}/shorter", "a") is False
        assert await other.lease(f"{key}/shorter", "b", LONG) is True
        assert await one.lease(f"{key}/shorter", "a", LONG) is False
        assert await other.lease(f"{key}/longer", "b", LONG) is False

    async def test_a_lease_is_independent_of_the_row(self, handles: Handles) -> None:
        one, other, key = handles
        assert await one.lease(key, "a", LONG) is True
        assert await other.read(key) is None
        assert await self._list_keys(other, key) == []
        assert await other.write(key, 1, b"x") is True
        assert await other.lease(key, "b", LONG) is False
        assert await one.release(key, "a") is True
        await self._check_row(other, key, 1, b"x")

    async def test_one_of_many_owners_acquires_a_lease(self, handles: Handles) -> None:
        one, other, key = handles
        await one.lease(f"{key}/expired", "x", SOON)
        await self.advance(SOON + 0.05)
        for each in (key, key, key, f"{key}/expired"):
            acquired = await asyncio.gather(
                *[store.lease(each, f"{n}", LONG) for n, store in enumerate((one, other) * 15)]
            )
            assert acquired.count(True) == 1
            assert await one.release(each, f"{acquired.index(True)}") is True

    async def test_an_expired_row_is_absent(self, handles: Handles) -> None:
        one, other, key = handles
        keys = [f"{key}/{number}" for number in range(3)]
        for each in keys:
            assert await one.write(each, 1, b"later", ttl=LONG) is True
            await self._check_row(other, each, 1, b"later")
            assert await one.write(each, 2, b"soon", ttl=SOON) is True
        await self.advance(SOON + 0.05)
        assert await other.read(keys[0]) is None
        assert await other.write(keys[1], 3, b"next") is False
        assert await self._list_keys(other, f"{key}/") == []
        # Each can be created again.
        for each in keys:
            assert await other.write(each, 1, b"anew") is True
            await self._check_row(one, each, 1, b"anew")

    async def test_each_write_sets_the_ttl(self, handles: Handles) -> None:
        one, other, key = handles
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

    async def test_rows_carry_the_time_of_the_stores_clock(self, handles: Handles) -> None:
        one, other, key = handles
        await one.write(key, 1, b"x")
        before = await one.now()
        row = await other.read(key)
        after = await other.now()
        assert row is not None
        assert before - 0.002 <= row.now <= after + 0.002
        await self.advance(SOON)
        assert before + SOON - 0.01 <= await one.now() <= before + SOON + 60

    async def test_clients_with_different_clocks_read_the_same_clock(
        self, handles: Handles, client_clock: ClientClock
    ) -> None:
        one, other, key = handles
        await one.write(key, 1, b"x")
        before = await one.now()
        for seconds in (-HOUR, HOUR):
            with client_clock.shift(seconds):
                now, row = await other.now(), await other.read(key)
            assert abs(now - before) < 60
            assert row is not None
            assert abs(row.now - before) < 60

    @pytest.mark.parametrize(
        ("first", "second"), [(-HOUR, 0.0), (HOUR, 0.0), (0.0, -HOUR), (0.0, HOUR)]
    )
    async def test_clients_with_different_clocks_agree_on_expiry(
        self, handles: Handles, client_clock: ClientClock, first: float, second: float
    ) -> None:
        one, other, key = handles
        lasts, ends = f"{key}/lasts", f"{key}/ends"
        with client_clock.shift(first):
            for each, seconds in ((lasts, LONG), (ends, SOON)):
                assert await one.write(each, 1, b"later", ttl=LONG) is True
                assert await one.write(each, 2, b"x", ttl=seconds) is True
                for leased in (each, f"{each}/b"):
                    assert await one.lease(leased, "a", LONG) is True
                    assert await one.lease(leased, "a", seconds) is True
        with client_clock.shift(second):
            await self._check_row(other, lasts, 2, b"x")
            assert await self._list_keys(other, lasts) == [lasts]
            assert await other.write(lasts, 1, b"anew") is False
            assert await other.write(lasts, 3, b"next") is True
            assert await other.lease(lasts, "b", LONG) is False
            assert await other.release(lasts, "a") is True
        await self.advance(SOON + 0.05)
        with client_clock.shift(second):
            assert await other.read(ends) is None
            assert await self._list_keys(other, ends) == []
            assert await other.write(ends, 3, b"next") is False
            assert await other.write(ends, 1, b"anew") is True
            assert await other.lease(ends, "b", LONG) is True
            assert await other.release(f"{ends}/b", "a") is False

    async def test_it_behaves_like_a_model(self) -> None:
        from .token_store_machine import compare

        can_advance = type(self).advance is not TokenStoreSuite.advance
        advance = self.advance if can_advance else None
        # hypothesis runs its programs in an event loop of another thread.
        await asyncio.to_thread(compare, self.open, advance, self.machine_examples)
