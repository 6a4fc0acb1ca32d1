"""Faults that strike a sandbox at random: of the network, the gateway and the account."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from attrs import define, field

from katana_async.sandbox import Sandbox, faults
from katana_async.sandbox.fault_rules import Rule

RESTLESS = "/price_lists"
"""The collection that changes during the run."""

LONGEST_LAG = 0.4
"""Seconds by which reads of that collection lag behind at most."""

REQUESTS_PER_FAULT = 6
_TICK = 0.02

_MOST_MARKED = 500
"""Deleted records that are shown and hidden at once. A walk remembers 1,500 ids: where more rows
than that come into its past at a stroke, it may give some of those rows twice."""

RULES: dict[str, Callable[[Random], faults.Fault]] = {
    "reset before read": lambda _: faults.ResetBeforeRead(),
    "reset after read": lambda _: faults.ResetAfterRead(),
    "reset after processing": lambda _: faults.ResetAfterRead(processed=True),
    "idle close at next request": lambda _: faults.IdleClose(),
    "idle close after answer": lambda _: faults.IdleClose("after_answer"),
    "late answer": lambda dice: faults.Latency(dice.uniform(0.02, 0.4)),
    "late processing": lambda dice: faults.Latency(dice.uniform(0.02, 0.4), processed=False),
    "answer past the timeout": lambda _: faults.Latency(5),
    "processing past the timeout": lambda _: faults.Latency(5, processed=False),
    "clock skew": lambda dice: faults.ClockSkew(dice.uniform(-3, 3)),
    "cut body": lambda dice: faults.CutBody(at=dice.randrange(60)),
    "length too large": lambda dice: faults.WrongContentLength(dice.randint(1, 50)),
    "length too small": lambda dice: faults.WrongContentLength(-dice.randint(1, 50)),
    "gzip garbage": lambda _: faults.GzipGarbage(),
    "gzip bomb": lambda _: faults.GzipBomb(2**22),
    "html 502": lambda _: faults.Html(),
    "html 200": lambda _: faults.Html(200, processed=True),
    "html 503 after processing": lambda _: faults.Html(503, processed=True),
    "empty 200": lambda _: faults.Empty(200, processed=True),
    "empty 502": lambda dice: faults.Empty(502, processed=dice.random() < 0.5),
    "odd json": lambda _: faults.Status(200, json={"id": "?"}, processed=True),
    "408": lambda dice: faults.Status(408, processed=dice.random() < 0.5),
    "425": lambda _: faults.Status(425),
    "500": lambda dice: faults.Status(500, processed=dice.random() < 0.5),
    "503": lambda dice: faults.Status(503, processed=dice.random() < 0.5),
    "520": lambda dice: faults.Status(520, processed=dice.random() < 0.5),
    "524": lambda dice: faults.Status(524, processed=dice.random() < 0.5),
    "429": lambda _: faults.TooMany(),
    "429 with Retry-After": lambda dice: faults.TooMany(dice.choice([0.1, 1, 7])),
    "redirect": lambda dice: faults.Redirect(status=dice.choice([301, 302, 303, 307, 308])),
}
"""Faults of single requests. A fault that answers 2xx is of a request that was carried out."""

_RARE = {"429": 0.3, "429 with Retry-After": 0.1, "gzip bomb": 0.3}


@define(eq=False)
class Tenant:
    """An account's key, which may be revoked, and replaced where its owner can fetch another."""

    key: str
    rotates: bool

    async def fetch(self) -> str:
        """Be a secret manager that takes a moment."""
        await asyncio.sleep(0.02)
        return self.key


@define(eq=False)
class Weather:
    """Let faults strike until it is stopped.

    Attributes:
        struck: How often each kind of fault has struck.
    """

    sandbox: Sandbox
    tenants: list[Tenant]
    dice: Random
    struck: Counter[str] = field(factory=Counter)
    _rules: list[tuple[str, Rule]] = field(factory=list)
    _lags: bool = False
    _pending: set["asyncio.Future[None]"] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.sandbox.oddities.read_lag = {RESTLESS[1:]: LONGEST_LAG}
        self.sandbox.oddities.choose_lag = self._choose_lag
        # Without a mark, except for _MOST_MARKED: see there.
        self.sandbox.oddities.hard_deletes.add(RESTLESS[1:])

    async def blow(self) -> None:
        """Let everything happen, each kind in its own rhythm, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for kind in (
                    self._strike_requests(),
                    self._repeat(0.7, "refused key", self._refuse_key),
                    self._repeat(1.1, "foreign draw", self._draw),
                    self._repeat(2.5, "listener restart", self._restart),
                    self._repeat(0.9, "read lag", self._let_reads_lag),
                    self._repeat(1.3, "deleted records shown", self._show_deleted),
                    self._change_records(),
                ):
                    group.create_task(kind)
        finally:
            await asyncio.gather(*self._pending)
            self._lags = False
            self._settle()

    async def _strike_requests(self) -> None:
        kinds = list(RULES)
        weights = [_RARE.get(kind, 1.0) for kind in kinds]
        seen = len(self.sandbox.journal)
        while True:
            await asyncio.sleep(_TICK)
            while len(self.sandbox.journal) - seen >= REQUESTS_PER_FAULT:
                seen += REQUESTS_PER_FAULT
                (kind,) = self.dice.choices(kinds, weights)
                fault = RULES[kind](self.dice)
                method = self.dice.choice([None, None, "POST", "PATCH", "DELETE"])
                self._rules.append((kind, self.sandbox.faults.add(fault, method=method)))
            if len(self._rules) > 40:
                self._settle()

    def _settle(self) -> None:
        """Count the hits of the rules, and switch them off."""
        for kind, rule in self._rules:
            self.struck[kind] += rule.hits
        self._rules.clear()
        self.sandbox.faults.clear()

    async def _repeat(
        self, mean: float, kind: str, strike: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(0.2, 1.8) * mean)
            self.struck[kind] += 1
            # It ends even if the weather does: a listener that stopped has to start again.
            happening = asyncio.ensure_future(strike())
            self._pending.add(happening)
            happening.add_done_callback(self._pending.discard)
            await asyncio.shield(happening)

    async def _refuse_key(self) -> None:
        tenant = self.dice.choice(self.tenants)
        self.sandbox.revoke_key(tenant.key)
        await asyncio.sleep(self.dice.uniform(0.05, 0.4))
        if tenant.rotates:
            tenant.key = self.sandbox.add_key()
        else:
            self.sandbox.add_key(tenant.key)

    async def _draw(self) -> None:
        self.sandbox.draw(self.dice.randint(20, 60), self.dice.choice(self.tenants).key)

    async def _restart(self) -> None:
        await self.sandbox.stop()
        await asyncio.sleep(self.dice.uniform(0.0, 0.3))
        await self.sandbox.start()

    async def _let_reads_lag(self) -> None:
        self._lags = not self._lags

    def _choose_lag(self, _collection: str, most: float) -> float:
        return self.dice.choice([0.0, self.dice.uniform(0.0, most)]) if self._lags else 0.0

    async def _show_deleted(self) -> None:
        self.sandbox.oddities.shows_deleted ^= {RESTLESS[1:]}

    async def _change_records(self) -> None:
        """Be another user, who makes records and deletes them, some without a mark."""
        table = self.sandbox.store[RESTLESS[1:]]
        own = [table.create({"name": "another user's"})["id"] for _ in range(60)]
        marked = 0
        while True:
            await asyncio.sleep(self.dice.uniform(0.0, 0.2))
            for _ in range(self.dice.choice([1, 1, 5, 40])):
                if own and self.dice.random() < 0.5:
                    gone = own.pop(self.dice.randrange(len(own)))
                    if marked < _MOST_MARKED and self.dice.random() < 0.3:
                        table.delete(gone)
                        marked += 1
                    else:
                        table.erase(gone)
                    self.struck["vanishing record"] += 1
                elif len(own) < 300:
                    own.append(table.create({"name": "another user's"})["id"])
