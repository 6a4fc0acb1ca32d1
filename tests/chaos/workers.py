"""Concurrent callers of the SDK that record their results."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from itertools import count
from random import Random
from typing import Any

from attrs import define, field

from katana_async import Auth, KatanaClient
from tests.chaos.consistency import ConsistencyChecker
from tests.chaos.random_faults import LONGEST_LAG

_CANCELLED_SHARE = 0.08
"""The share of actions that are cancelled."""


@define(eq=False)
class Workers:
    """Callers that share one client.

    Args:
        katana: The shared client.
        tenants: The credentials of the tenants.
        variants: The ids of a collection that does not change.
    """

    katana: KatanaClient
    tenants: list[Auth]
    checker: ConsistencyChecker
    random: Random
    variants: frozenset[int]
    _numbers: "count[int]" = field(factory=count)

    async def work(self, until: float) -> None:
        """Run one random action after the other until a time of the loop's clock."""
        loop = asyncio.get_running_loop()
        actions: dict[Callable[[KatanaClient], Awaitable[None]], int] = {
            self._read: 4,
            self._search: 2,
            self._walk: 5,
            self._walk_constant_list: 3,
            self._create: 5,
            self._update: 3,
            self._delete: 4,
        }
        while loop.time() < until:
            (action,) = self.random.choices(list(actions), list(actions.values()))
            client = self._client()
            task = asyncio.ensure_future(self._run_action(client, action))
            if self.random.random() < _CANCELLED_SHARE:
                loop.call_later(self.random.uniform(0.0, 0.15), task.cancel)
            try:
                await task
            except asyncio.CancelledError:
                if not task.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]  # it is in a task
                    raise
                self.checker.cancelled += 1
            await asyncio.sleep(self.random.uniform(0.0, 0.02))

    def _client(self) -> KatanaClient:
        return self.katana.with_auth(self.random.choice(self.tenants)).with_options(
            timeout=self.random.choice([0.5, 1.0, 5.0]),  # shorter and longer than the deadline
            deadline=self.random.uniform(1.0, 3.0),
            priority=self.random.choice(["interactive", "normal", "bulk"]),
            max_retry_after=self.random.choice([2.0, 120.0]),
        )

    async def _run_action(
        self, client: KatanaClient, action: Callable[[KatanaClient], Awaitable[None]]
    ) -> None:
        if self.random.random() < 0.5:
            async with client:  # closing a derived client has no effect
                await action(client)
        else:
            await action(client)

    async def _record(self, kind: str, call: Awaitable[Any], write: str | None = None) -> Any:
        try:
            result = await call
        except Exception as error:  # noqa: BLE001 - the checker reports unexpected ones
            self.checker.record_error(kind, write, error)
            return None
        self.checker.record_result(kind, write)
        return result

    def _choose_record(self) -> int | None:
        """Return the id of a random permanent record; None without one."""
        ids = list(self.checker.alive)[-200:]
        return self.random.choice(ids) if ids else None

    # -- the actions

    async def _read(self, client: KatanaClient) -> None:
        record = self._choose_record()
        if record is not None and self.random.random() < 0.5:
            await self._record("get", client.price_lists.get(record))
        else:
            await self._record("page", client.variants.list().page(1, limit=20))

    async def _search(self, client: KatanaClient) -> None:
        where: Any = {"id": self.random.choice(sorted(self.variants))}
        await self._record("search", client.variants.search(where=where).first())

    async def _create(self, client: KatanaClient) -> None:
        name = f"create {next(self._numbers)}"
        made = await self._record("create", client.price_lists.create(name=name), name)
        if made is not None:
            self.checker.alive[made.id] = asyncio.get_running_loop().time() + LONGEST_LAG + 0.1

    async def _update(self, client: KatanaClient) -> None:
        record, name = self._choose_record(), f"update {next(self._numbers)}"
        if record is not None:
            await self._record("update", client.price_lists.update(record, name=name), name)

    async def _delete(self, client: KatanaClient) -> None:
        record = self._choose_record()
        if record is not None:
            del self.checker.alive[record]
            await self._record("delete", client.price_lists.delete(record), f"delete {record}")

    async def _walk(self, client: KatanaClient) -> None:
        """Walk over a changing list, which must return each permanent record once."""
        now, alive = asyncio.get_running_loop().time(), self.checker.alive
        before = [row for row, since in alive.items() if since <= now]
        ids = await self._record("walk", _ids(client.price_lists.list(), self.random))
        if ids is not None:
            self._check_walk(ids, {row for row in before if row in alive})

    async def _walk_constant_list(self, client: KatanaClient) -> None:
        """Walk over a list or a search that does not change."""
        pages = self.random.choice([client.variants.list(), client.variants.search()])
        if self.random.random() < 0.3:
            pages = pages.plain()
        ids = await self._record("walk", _ids(pages, self.random))
        if ids is not None:
            self._check_walk(ids, set(self.variants))

    def _check_walk(self, ids: list[int], stayed: set[int]) -> None:
        self.checker.walks += 1
        if len(ids) != len(set(ids)):
            self.checker.violations.append(f"a walk gave {len(ids) - len(set(ids))} rows twice")
        if missing := stayed - set(ids):
            self.checker.violations.append(f"a walk lost {len(missing)} of {len(stayed)} rows")


async def _ids(pages: Any, random: Random) -> list[int]:
    """Read a whole list in one of several ways."""
    way = random.choice(["for", "collect", "pages", "raw"])
    if way == "collect":
        return [row.id for row in await pages.collect()]
    if way == "pages":
        async with aclosing(pages.pages(concurrency=random.choice([1, 3]))) as walk:
            return [row.id async for page in walk for row in page.items]
    if way == "raw":
        rows: AsyncIterator[dict[str, Any]] = pages.raw()
        return [int(row["id"]) async for row in rows]
    return [row.id async for row in pages]


async def wait_for_generators() -> None:
    """Let the event loop close the generators of cancelled walks."""

    gc.collect()
    for _ in range(20):
        await asyncio.sleep(0.01)
