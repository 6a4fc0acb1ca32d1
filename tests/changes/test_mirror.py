"""After quiet, the mirror of every collection equals the account, whatever happened before."""

import asyncio
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from katana_async import KatanaClient
from katana_async.changes import ways
from tests.changes.account import KINDS, Account, Follower, StrictCore

GROUP = 6  # collections of one machine
NAMES = sorted(ways())
GROUPS = [NAMES[start :: -(-len(NAMES) // GROUP)] for start in range(-(-len(NAMES) // GROUP))]
"""Each collection once; the rows of an order are not in the group of the orders."""

EXAMPLES = int(os.environ.get("KATANA_FEED_EXAMPLES", "6"))
STEPS = 200
WAITS = (0.0, 0.001, 1.0, 5.0, 30.0, 60.0, 120.0, 300.0, 1900.0)


class MirrorMachine(RuleBasedStateMachine):
    """Writes, time, and consumers that are killed between batches."""

    group: tuple[str, ...] = ()
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.account: Account | None = None

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @initialize(seed=st.integers(0, 2**32), skew=st.sampled_from((0.0, 0.0, -240.0, 240.0)))
    def open(self, seed: int, skew: float) -> None:
        self.account = StrictCore.account = self.run(Account.open(seed, self.group, skew))
        self.katana: KatanaClient = self.run(self._client())
        self.followers = {name: Follower(self.account, name) for name in self.group}
        self.account.during_reads = self.write_during_a_read

    async def _client(self) -> KatanaClient:
        assert self.account is not None
        return self.account.client()

    def write_during_a_read(self) -> None:
        account = self.account
        assert account is not None
        if account.dice.random() < 0.3:
            account.write(account.dice.choice(self.group), account.dice.choice(KINDS))

    @rule(name=st.integers(0, GROUP - 1), kind=st.sampled_from(KINDS))
    def write(self, name: int, kind: str) -> None:
        type(self).steps += 1
        assert self.account is not None
        self.account.write(self.group[name % len(self.group)], kind)

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        type(self).steps += 1
        assert self.account is not None
        self.account.clock.advance(seconds)

    @rule(name=st.integers(0, GROUP - 1), dies_after=st.sampled_from((None, None, None, 0, 1, 2)))
    def sync(self, name: int, dies_after: int | None) -> None:
        type(self).steps += 1
        follower = self.followers[self.group[name % len(self.group)]]
        self.run(follower.sync(self.katana, dies_after=dies_after))

    @rule(name=st.integers(0, GROUP - 1), rounds=st.integers(2, 8))
    def work(self, name: int, rounds: int) -> None:
        """Change the same records again and again, with a poll after each change."""
        type(self).steps += 1
        assert self.account is not None
        collection = self.group[name % len(self.group)]
        for _ in range(rounds):
            self.account.write(collection, self.account.dice.choice(KINDS))
            self.account.clock.advance(self.account.dice.choice(WAITS[:7]))
            self.run(self.followers[collection].sync(self.katana))

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


@pytest.mark.parametrize("group", GROUPS, ids="-".join)
def test_the_mirror_equals_the_account(group: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("katana_async.changes.feed.FeedCore", StrictCore)

    class Machine(MirrorMachine):
        steps = 0

    Machine.group = tuple(group)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(
                Phase.explicit,
                Phase.reuse,
                Phase.generate,
            ),  # histories of 100 steps shrink slowly
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Machine.steps >= EXAMPLES * STEPS * 0.9
