"""After quiet, the mirror of every collection equals the account, whatever happened before."""

import asyncio
import os
from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from katana_async import KatanaClient
from katana_async.changes import all_traits
from tests.changes.account import KINDS, Account, Follower, StrictCore

GROUP = 6  # collections of one machine
NAMES = sorted(all_traits())
GROUPS = [NAMES[start :: -(-len(NAMES) // GROUP)] for start in range(-(-len(NAMES) // GROUP))]
"""Each collection once; the rows of an order are not in the group of the orders."""
FAMILIES = [
    ["sales_orders", "sales_order_rows", "sales_order_addresses"],
    ["bin_transfers", "bin_transfer_rows", "suppliers", "supplier_addresses"],
    ["products", "materials", "variants", "customers", "customer_addresses"],
]
"""Records and their rows, which are reconciled. Orders may be erased here, and the sandbox cannot
show a purchase order row without its order."""

EXAMPLES = int(os.environ.get("KATANA_FEED_EXAMPLES", "5"))
STEPS = 200
WAITS = (0.0, 0.001, 1.0, 5.0, 30.0, 60.0, 120.0, 300.0, 1900.0)
DIES_AFTER = (0, 0, 1, 1, 2, 4)
OVERLAPS = (20, 30)
"""Minutes; the lag of 15 minutes, the skew of 4 and the time of a walk are within."""
LIMITS = (6, 250)
"""Rows of a page: with 6, polls, lists and sweeps have several pages."""
MIXES = (
    ("work", "sync", "write", "wait", "die"),
    ("work",),
    ("write", "write", "wait", "sync"),
    ("write", "wait", "die"),
)
"""The actions of one account. One rule has them all: hypothesis disables some rules at random."""


class MirrorMachine(RuleBasedStateMachine):
    """Writes, time, and consumers that are killed between batches.

    Attributes:
        group: The collections.
        actions: The number of actions of all examples, by name.
        changes: See `Account`, for all examples.
    """

    group: ClassVar[tuple[str, ...]] = ()
    actions: ClassVar[Counter[str]]
    changes: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.account: Account | None = None

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @initialize(
        seed=st.integers(0, 2**32),
        skew=st.sampled_from((0.0, -240.0, 240.0)),
        overlap=st.sampled_from(OVERLAPS),
        limit=st.sampled_from(LIMITS),
        mix=st.sampled_from(MIXES),
    )
    def open(self, seed: int, skew: float, overlap: int, limit: int, mix: tuple[str, ...]) -> None:
        self.account = StrictCore.account = self.run(Account.open(seed, self.group, skew))
        self.katana: KatanaClient = self.run(self._client())
        self.followers = {
            name: Follower(self.account, name, timedelta(minutes=overlap), limit)
            for name in self.group
        }
        for follower in self.followers.values():
            parents = {each.parent for each in follower.traits.nested_in} & set(self.group)
            for parent in parents:
                self.followers[parent].rows.append(follower)
        self.account.during_reads = self.write_during_a_read
        self.mix = mix

    async def _client(self) -> KatanaClient:
        assert self.account is not None
        return self.account.client()

    def write_during_a_read(self) -> None:
        account = self.account
        assert account is not None
        if account.dice.random() < 0.3:
            account.write(account.dice.choice(self.group), account.dice.choice(KINDS))

    @rule(
        action=st.integers(0, 59),
        name=st.integers(0, GROUP - 1),
        kind=st.sampled_from(KINDS),
        seconds=st.sampled_from(WAITS),
        count=st.integers(0, 5),
    )
    def act(self, action: int, name: int, kind: str, seconds: float, count: int) -> None:
        account = self.account
        assert account is not None
        chosen = self.mix[action % len(self.mix)]
        self.actions[chosen] += 1
        collection = self.group[name % len(self.group)]
        follower = self.followers[collection]
        if chosen == "write":
            account.write(collection, kind)
        elif chosen == "wait":
            account.clock.advance(seconds)
        elif chosen == "sync":
            self.run(follower.sync(self.katana))
        elif chosen == "die":
            self.run(follower.sync(self.katana, dies_after=DIES_AFTER[count]))
        else:
            self.run(self._work(collection, count + 2))

    async def _work(self, collection: str, rounds: int) -> None:
        """Change the same records again and again, with a poll after each change."""
        account = self.account
        assert account is not None
        for _ in range(rounds):
            account.write(collection, account.dice.choice(KINDS))
            account.clock.advance(account.dice.choice(WAITS[:7]))
            await self.followers[collection].sync(self.katana)

    def teardown(self) -> None:
        account = self.account
        try:
            if account is not None:
                self.run(self._finish(account))
        except AssertionError as error:
            assert account is not None
            error.add_note("\n".join(account.log[-60:]))
            raise
        finally:
            if account is not None:
                self.run(self.katana.close())
                self.run(account.sandbox.stop())
            self.runner.close()

    async def _finish(self, account: Account) -> None:
        account.during_reads = lambda: None
        for _ in range(4):
            account.clock.advance(2400)
            for follower in self.followers.values():
                await follower.sync(self.katana, sweep_requests=50)
        account.sandbox.oddities.choose_lag = lambda _collection, _most: 0.0
        for follower in self.followers.values():
            await follower.check(self.katana)
        self.changes.update(account.changes)


@pytest.mark.parametrize("group", GROUPS + FAMILIES, ids="-".join)
def test_the_mirror_equals_the_account(group: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("katana_async.changes.feed.FeedCore", StrictCore)

    class Machine(MirrorMachine):
        actions: ClassVar[Counter[str]] = Counter()
        changes: ClassVar[Counter[str]] = Counter()

    Machine.group = tuple(group)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # Histories of 200 steps shrink slowly.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert all(Machine.changes[name] > 0 for name in group), Machine.changes
    print(f"{Machine.actions.total():,} steps: {dict(Machine.actions)}")
    assert Machine.actions.total() >= EXAMPLES * STEPS * 0.8  # hypothesis ends some early
