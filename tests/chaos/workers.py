"""Callers of the SDK that do everything at once and note what comes of it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from itertools import count
from random import Random
from typing import Any

from attrs import define, field

from katana_async import Auth, KatanaClient
from tests.chaos.ledger import Ledger
from tests.chaos.weather import LONGEST_LAG

_CANCELLED = 0.08
"""The share of actions whose caller goes away."""


@define(eq=False)
class Workers:
    """Callers that share one client.

    Args:
        katana: The client of all.
        tenants: Whose accounts they use.
        variants: The ids of a collection that does not change.
    """

    katana: KatanaClient
    tenants: list[Auth]
    ledger: Ledger
    dice: Random
    variants: frozenset[int]
    _numbers: "count[int]" = field(factory=count)

    async def work(self, until: float) -> None:
        """Do one action after the other until a time of the loop's clock."""
        loop = asyncio.get_running_loop()
        actions: dict[Callable[[KatanaClient], Awaitable[None]], int] = {
            self._read: 4,
            self._search: 2,
            self._walk: 5,
            self._walk_what_stays: 3,
            self._create: 5,
            self._update: 3,
            self._delete: 4,
        }
        while loop.time() < until:
            (action,) = self.dice.choices(list(actions), list(actions.values()))
            client = self._client()
            task = asyncio.ensure_future(self._with(client, action))
            if self.dice.random() < _CANCELLED:
                loop.call_later(self.dice.uniform(0.0, 0.15), task.cancel)
            try:
                await task
            except asyncio.CancelledError:
                if not task.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]  # it is in a task
                    raise
                self.ledger.cancelled += 1
            await asyncio.sleep(self.dice.uniform(0.0, 0.02))

    def _client(self) -> KatanaClient:
        return self.katana.with_auth(self.dice.choice(self.tenants)).with_options(
            timeout=self.dice.choice([0.5, 1.0, 5.0]),  # shorter and longer than the deadline
            deadline=self.dice.uniform(1.0, 3.0),
            priority=self.dice.choice(["interactive", "normal", "bulk"]),
            max_retry_after=self.dice.choice([2.0, 120.0]),
        )

    async def _with(
        self, client: KatanaClient, action: Callable[[KatanaClient], Awaitable[None]]
    ) -> None:
        if self.dice.random() < 0.5:
            async with client:  # a derived client: closing it closes nothing
                await action(client)
        else:
            await action(client)

    async def _note(self, kind: str, call: Awaitable[Any], write: str | None = None) -> Any:
        try:
            result = await call
        except Exception as error:  # noqa: BLE001 - it is judged there
            self.ledger.note_error(kind, write, error)
            return None
        self.ledger.note_result(kind, write)
        return result

    def _any_of_ours(self) -> int | None:
        """Return the id of a record that a worker made."""
        ids = list(self.ledger.alive)[-200:]
        return self.dice.choice(ids) if ids else None

    # -- the actions

    async def _read(self, client: KatanaClient) -> None:
        ours = self._any_of_ours()
        if ours is not None and self.dice.random() < 0.5:
            await self._note("get", client.price_lists.get(ours))
        else:
            await self._note("page", client.variants.list().page(1, limit=20))

    async def _search(self, client: KatanaClient) -> None:
        where: Any = {"id": self.dice.choice(sorted(self.variants))}
        await self._note("search", client.variants.search(where=where).first())

    async def _create(self, client: KatanaClient) -> None:
        name = f"create {next(self._numbers)}"
        made = await self._note("create", client.price_lists.create(name=name), name)
        if made is not None:
            self.ledger.alive[made.id] = asyncio.get_running_loop().time() + LONGEST_LAG + 0.1

    async def _update(self, client: KatanaClient) -> None:
        ours, name = self._any_of_ours(), f"update {next(self._numbers)}"
        if ours is not None:
            await self._note("update", client.price_lists.update(ours, name=name), name)

    async def _delete(self, client: KatanaClient) -> None:
        ours = self._any_of_ours()
        if ours is not None:
            del self.ledger.alive[ours]
            await self._note("delete", client.price_lists.delete(ours), f"delete {ours}")

    async def _walk(self, client: KatanaClient) -> None:
        """Walk over a list that changes. A record that stays must come, and once."""
        now, alive = asyncio.get_running_loop().time(), self.ledger.alive
        before = [row for row, since in alive.items() if since <= now]
        ids = await self._note("walk", _ids(client.price_lists.list(), self.dice))
        if ids is not None:
            self._judge_walk(ids, {row for row in before if row in alive})

    async def _walk_what_stays(self, client: KatanaClient) -> None:
        """Walk over a list or a search that does not change."""
        pages = self.dice.choice([client.variants.list(), client.variants.search()])
        if self.dice.random() < 0.3:
            pages = pages.plain()
        ids = await self._note("walk", _ids(pages, self.dice))
        if ids is not None:
            self._judge_walk(ids, set(self.variants))

    def _judge_walk(self, ids: list[int], stayed: set[int]) -> None:
        self.ledger.walks += 1
        if len(ids) != len(set(ids)):
            self.ledger.violations.append(f"a walk gave {len(ids) - len(set(ids))} rows twice")
        if missing := stayed - set(ids):
            self.ledger.violations.append(f"a walk lost {len(missing)} of {len(stayed)} rows")


async def _ids(pages: Any, dice: Random) -> list[int]:
    """Read a whole list in one of the ways that there are."""
    way = dice.choice(["for", "collect", "pages", "raw"])
    if way == "collect":
        return [row.id for row in await pages.collect()]
    if way == "pages":
        async with aclosing(pages.pages(concurrency=dice.choice([1, 3]))) as walk:
            return [row.id async for page in walk for row in page.items]
    if way == "raw":
        rows: AsyncIterator[dict[str, Any]] = pages.raw()
        return [int(row["id"]) async for row in rows]
    return [row.id async for row in pages]


async def wait_for_generators() -> None:
    """Let the loop close the walks whose caller was cancelled."""
    gc.collect()
    for _ in range(20):
        await asyncio.sleep(0.01)
