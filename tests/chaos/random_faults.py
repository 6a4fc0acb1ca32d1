"""Random faults of the network, the gateway and the account."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from attrs import define, field

from katana_async.sandbox import Sandbox, faults
from katana_async.sandbox.fault_rules import Rule

CHANGING_COLLECTION = "/price_lists"
"""The collection that changes during the run."""

LONGEST_LAG = 0.4
"""Maximum of seconds by which reads of that collection lag behind writes."""

REQUESTS_PER_FAULT = 6
_TICK = 0.02

_MOST_MARKED = 500
"""The number of deleted records that lists show and hide together. A walk keeps 1,500 ids: if more
rows appear among those it has passed, it may return some of them twice."""

RULES: dict[str, Callable[[Random], faults.Fault]] = {
    "reset before read": lambda _: faults.ResetBeforeRead(),
    "reset after read": lambda _: faults.ResetAfterRead(),
    "reset after processing": lambda _: faults.ResetAfterRead(processed=True),
    "idle close at next request": lambda _: faults.IdleClose(),
    "idle close after answer": lambda _: faults.IdleClose("after_answer"),
    "late answer": lambda random: faults.Latency(random.uniform(0.02, 0.4)),
    "late processing": lambda random: faults.Latency(random.uniform(0.02, 0.4), processed=False),
    "answer past the timeout": lambda _: faults.Latency(5),
    "processing past the timeout": lambda _: faults.Latency(5, processed=False),
    "clock skew": lambda random: faults.ClockSkew(random.uniform(-3, 3)),
    "cut body": lambda random: faults.CutBody(at=random.randrange(60)),
    "length too large": lambda random: faults.WrongContentLength(random.randint(1, 50)),
    "length too small": lambda random: faults.WrongContentLength(-random.randint(1, 50)),
    "gzip garbage": lambda _: faults.GzipGarbage(),
    "gzip bomb": lambda _: faults.GzipBomb(2**22),
    "html 502": lambda _: faults.Html(),
    "html 200": lambda _: faults.Html(200, processed=True),
    "html 503 after processing": lambda _: faults.Html(503, processed=True),
    "empty 200": lambda _: faults.Empty(200, processed=True),
    "empty 502": lambda random: faults.Empty(502, processed=random.random() < 0.5),
    "odd json": lambda _: faults.Status(200, json={"id": "?"}, processed=True),
    "408": lambda random: faults.Status(408, processed=random.random() < 0.5),
    "425": lambda _: faults.Status(425),
    "500": lambda random: faults.Status(500, processed=random.random() < 0.5),
    "503": lambda random: faults.Status(503, processed=random.random() < 0.5),
    "520": lambda random: faults.Status(520, processed=random.random() < 0.5),
    "524": lambda random: faults.Status(524, processed=random.random() < 0.5),
    "429": lambda _: faults.TooMany(),
    "429 with Retry-After": lambda random: faults.TooMany(random.choice([0.1, 1, 7])),
    "redirect": lambda random: faults.Redirect(status=random.choice([301, 302, 303, 307, 308])),
}
"""Faults of single requests. A request that a fault answers with 2xx is always carried out."""

_RARE = {"429": 0.3, "429 with Retry-After": 0.1, "gzip bomb": 0.3}


@define(eq=False)
class Tenant:
    """A tenant's key, which may be revoked; with `rotates`, another one can be fetched."""

    key: str
    rotates: bool

    async def fetch(self) -> str:
        """Return the key after a delay, like a secret manager."""
        await asyncio.sleep(0.02)
        return self.key


@define(eq=False)
class RandomFaults:
    """Applies random faults to a sandbox.

    Attributes:
        hits: The number of applications of each fault.
    """

    sandbox: Sandbox
    tenants: list[Tenant]
    random: Random
    hits: Counter[str] = field(factory=Counter)
    _rules: list[tuple[str, Rule]] = field(factory=list)
    _lags: bool = False
    _pending: set["asyncio.Future[None]"] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.sandbox.oddities.read_lag = {CHANGING_COLLECTION[1:]: LONGEST_LAG}
        self.sandbox.oddities.choose_lag = self._choose_lag
        # Records are deleted without a mark, except for up to _MOST_MARKED.
        self.sandbox.oddities.hard_deletes.add(CHANGING_COLLECTION[1:])

    async def run(self) -> None:
        """Apply all faults, each at intervals of its own, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for kind in (
                    self._apply_request_faults(),
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
            self._clear_rules()

    async def _apply_request_faults(self) -> None:
        kinds = list(RULES)
        weights = [_RARE.get(kind, 1.0) for kind in kinds]
        seen = len(self.sandbox.journal)
        while True:
            await asyncio.sleep(_TICK)
            while len(self.sandbox.journal) - seen >= REQUESTS_PER_FAULT:
                seen += REQUESTS_PER_FAULT
                (kind,) = self.random.choices(kinds, weights)
                fault = RULES[kind](self.random)
                method = self.random.choice([None, None, "POST", "PATCH", "DELETE"])
                self._rules.append((kind, self.sandbox.faults.add(fault, method=method)))
            if len(self._rules) > 40:
                self._clear_rules()

    def _clear_rules(self) -> None:
        """Count the hits of the rules, and remove them."""
        for kind, rule in self._rules:
            self.hits[kind] += rule.hits
        self._rules.clear()
        self.sandbox.faults.clear()

    async def _repeat(
        self, mean: float, kind: str, apply: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        while True:
            await asyncio.sleep(self.random.uniform(0.2, 1.8) * mean)
            self.hits[kind] += 1
            # Cancellation must not interrupt it: a stopped sandbox has to start again.
            applying = asyncio.ensure_future(apply())
            self._pending.add(applying)
            applying.add_done_callback(self._pending.discard)
            await asyncio.shield(applying)

    async def _refuse_key(self) -> None:
        tenant = self.random.choice(self.tenants)
        self.sandbox.revoke_key(tenant.key)
        await asyncio.sleep(self.random.uniform(0.05, 0.4))
        if tenant.rotates:
            tenant.key = self.sandbox.add_key()
        else:
            self.sandbox.add_key(tenant.key)

    async def _draw(self) -> None:
        self.sandbox.draw(self.random.randint(20, 60), self.random.choice(self.tenants).key)

    async def _restart(self) -> None:
        await self.sandbox.stop()
        await asyncio.sleep(self.random.uniform(0.0, 0.3))
        await self.sandbox.start()

    async def _let_reads_lag(self) -> None:
        self._lags = not self._lags

    def _choose_lag(self, _collection: str, most: float) -> float:
        return self.random.choice([0.0, self.random.uniform(0.0, most)]) if self._lags else 0.0

    async def _show_deleted(self) -> None:
        self.sandbox.oddities.shows_deleted ^= {CHANGING_COLLECTION[1:]}

    async def _change_records(self) -> None:
        """Create and delete records like another user, some without a mark."""
        table = self.sandbox.store[CHANGING_COLLECTION[1:]]
        own = [table.create({"name": "another user's"})["id"] for _ in range(60)]
        marked = 0
        while True:
            await asyncio.sleep(self.random.uniform(0.0, 0.2))
            for _ in range(self.random.choice([1, 1, 5, 40])):
                if own and self.random.random() < 0.5:
                    gone = own.pop(self.random.randrange(len(own)))
                    if marked < _MOST_MARKED and self.random.random() < 0.3:
                        table.delete(gone)
                        marked += 1
                    else:
                        table.erase(gone)
                    self.hits["vanishing record"] += 1
                elif len(own) < 300:
                    own.append(table.create({"name": "another user's"})["id"])
