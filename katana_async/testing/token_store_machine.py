"""Comparison of a token store with a model: random programs over two handles (hypothesis)."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any, cast
from uuid import uuid4

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType] - it has no annotations
)

from ..oauth.stores.base import TokenStore

LONG = 1e6  # seconds, longer than any program

_keys = st.sampled_from(["a", "A", "a/b", "a_b", "a.b"])
_owners = st.sampled_from(["x", "y", "X"])
_handles = st.integers(0, 1)
_steps = st.sampled_from([1, 1, 1, 0, 2])
_times = st.sampled_from([5.0, 10.0, LONG])


def compare(
    open_handle: Callable[[], Coroutine[Any, Any, TokenStore]],
    advance: Callable[[float], Coroutine[Any, Any, None]] | None,
    examples: int,
) -> None:
    """Run random programs on a store and the model, and raise AssertionError if they differ.

    Without `advance`, which advances the store's clock, nothing expires in a program.
    """
    with asyncio.Runner() as runner:
        handles = [runner.run(open_handle()), runner.run(open_handle())]
        try:
            run_state_machine_as_test(
                cast("type[_Machine]", lambda: _Machine(runner, handles, advance)),
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow],
                ),
            )
        finally:
            for handle in handles:
                runner.run(handle.close())


class _Machine(RuleBasedStateMachine):
    def __init__(
        self,
        runner: asyncio.Runner,
        handles: list[TokenStore],
        advance: Callable[[float], Coroutine[Any, Any, None]] | None,
    ) -> None:
        super().__init__()
        self.run = runner.run
        self.handles = handles
        self.advance = advance
        self.prefix = f"machine-{uuid4().hex}/"
        self.clock = 0.0
        # The model: versions, data and expiries of rows; owners and expiries of leases.
        self.rows: dict[str, tuple[int, bytes, float]] = {}
        self.leases: dict[str, tuple[str, float]] = {}

    def find_row(self, key: str) -> tuple[int, bytes] | None:
        version, data, expires_at = self.rows.get(key, (0, b"", 0.0))
        return (version, data) if self.clock < expires_at else None

    def find_owner(self, key: str) -> str | None:
        owner, expires_at = self.leases.get(key, (None, 0.0))
        return owner if self.clock < expires_at else None

    def limit(self, seconds: float) -> float:
        return seconds if self.advance is not None else LONG

    @rule(
        at=_handles,
        key=_keys,
        step=_steps,
        data=st.binary(max_size=20),
        ttl=st.one_of(st.none(), _times),
    )
    def write(self, at: int, key: str, step: int, data: bytes, ttl: float | None) -> None:
        version, _ = self.find_row(key) or (0, b"")
        if version + step < 1:
            return
        ttl = None if ttl is None else self.limit(ttl)
        writing = self.handles[at].write(self.prefix + key, version + step, data, ttl=ttl)
        assert self.run(writing) is (step == 1)
        if step == 1:
            expires_at = math.inf if ttl is None else self.clock + ttl
            self.rows[key] = (version + 1, data, expires_at)

    @rule(at=_handles, key=_keys)
    def read(self, at: int, key: str) -> None:
        found = self.run(self.handles[at].read(self.prefix + key))
        assert (found and (found.version, found.data)) == self.find_row(key)

    @rule(at=_handles, prefix=st.sampled_from(["", "a", "a_", "a/", "A", "b", "%", "*"]))
    def list_rows(self, at: int, prefix: str) -> None:
        async def collect() -> list[tuple[str, int, bytes]]:
            rows = self.handles[at].rows(self.prefix + prefix)
            return [(key, row.version, row.data) async for key, row in rows]

        expected = [
            (self.prefix + key, *row)
            for key in self.rows
            if (row := self.find_row(key)) and key.startswith(prefix)
        ]
        assert sorted(self.run(collect())) == sorted(expected)

    @rule(at=_handles, key=_keys, owner=_owners, seconds=_times)
    def lease(self, at: int, key: str, owner: str, seconds: float) -> None:
        seconds = self.limit(seconds)
        acquired = self.run(self.handles[at].lease(self.prefix + key, owner, seconds))
        assert acquired is (self.find_owner(key) in (None, owner))
        if acquired:
            self.leases[key] = (owner, self.clock + seconds)

    @rule(at=_handles, key=_keys, owner=_owners)
    def release(self, at: int, key: str, owner: str) -> None:
        released = self.run(self.handles[at].release(self.prefix + key, owner))
        assert released is (self.find_owner(key) == owner)
        if released:
            del self.leases[key]

    @precondition(lambda self: self.advance is not None)
    # No sum of these equals a time above, because the exact moment of expiry is not defined.
    @rule(seconds=st.sampled_from([1.1, 4.1, 5.1, 6.1]))
    def wait(self, seconds: float) -> None:
        assert self.advance is not None
        self.run(self.advance(seconds))
        self.clock += seconds
