"""Any token store against a plain model of one: random programs over two handles (hypothesis)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

from attrs import define
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType] - it has no annotations
)

from ..oauth.stores.base import TokenStore

__all__ = ["compare"]

T = TypeVar("T")

LONG = 1e6
"""Seconds that no program lasts, whether its clock is moved or not."""

_keys = st.sampled_from(["a", "A", "a/b", "a_b", "a.b"])
_owners = st.sampled_from(["x", "y", "X"])
_handles = st.integers(0, 1)
_steps = st.sampled_from([1, 1, 1, 0, 2])
_times = st.sampled_from([5.0, 10.0, LONG])


@define
class _Row:
    version: int
    data: bytes
    until: float | None


def compare(
    open_handle: Callable[[], Awaitable[TokenStore]],
    advance: Callable[[float], Awaitable[None]] | None,
    examples: int,
) -> None:
    """Run random programs on a store, and raise AssertionError where it differs from the model.

    Args:
        open_handle: Gives a handle to the store; it is called twice.
        advance: Moves the store's clock. Without it, nothing in a program expires.
        examples: How many programs.
    """
    # Its own loop, which is no one's current loop before or after.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:

        async def open_both() -> list[TokenStore]:
            return [await open_handle(), await open_handle()]

        async def close(handles: list[TokenStore]) -> None:
            for handle in handles:
                await handle.close()

        handles = runner.run(open_both())

        class Machine(_Machine):
            def __init__(self) -> None:
                super().__init__(runner, handles, advance)

        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow],
                ),
            )
        finally:
            runner.run(close(handles))


class _Machine(RuleBasedStateMachine):
    def __init__(
        self,
        runner: asyncio.Runner,
        handles: list[TokenStore],
        advance: Callable[[float], Awaitable[None]] | None,
    ) -> None:
        super().__init__()
        self.runner = runner
        self.handles = handles
        self.advance = advance
        self.prefix = f"machine-{uuid4().hex}/"
        self.clock = 0.0
        self.rows: dict[str, _Row] = {}
        self.leases: dict[str, tuple[str, float]] = {}

    def do(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def row(self, key: str) -> _Row | None:
        row = self.rows.get(key)
        return row if row is None or row.until is None or self.clock < row.until else None

    def holder(self, key: str) -> str | None:
        owner, until = self.leases.get(key, (None, 0.0))
        return owner if self.clock < until else None

    def lasts(self, seconds: float) -> float:
        return seconds if self.advance is not None else LONG

    @rule(
        at=_handles,
        key=_keys,
        step=_steps,
        data=st.binary(max_size=20),
        ttl=st.one_of(st.none(), _times),
    )
    def write(self, at: int, key: str, step: int, data: bytes, ttl: float | None) -> None:
        row = self.row(key)
        version = (row.version if row else 0) + step
        if version < 1:
            return
        lasts = None if ttl is None else self.lasts(ttl)
        written = self.do(self.handles[at].write(self.prefix + key, version, data, ttl=lasts))
        assert written is (step == 1)
        if written:
            until = None if lasts is None else self.clock + lasts
            self.rows[key] = _Row(version, data, until)

    @rule(at=_handles, key=_keys)
    def read(self, at: int, key: str) -> None:
        found, row = self.do(self.handles[at].read(self.prefix + key)), self.row(key)
        assert (found and (found.version, found.data)) == (row and (row.version, row.data))

    @rule(at=_handles, key=_keys, step=st.sampled_from([0, 0, 1, -1]))
    def delete(self, at: int, key: str, step: int) -> None:
        row = self.row(key)
        version = (row.version if row else 1) + step
        deleted = self.do(self.handles[at].delete(self.prefix + key, version))
        assert deleted is (row is not None and step == 0)
        if deleted:
            del self.rows[key]

    @rule(at=_handles, begin=st.sampled_from(["", "a", "a_", "a/", "A", "b", "%", "*"]))
    def keys(self, at: int, begin: str) -> None:
        async def found() -> list[str]:
            return [key async for key in self.handles[at].keys(self.prefix + begin)]

        lasting = [
            self.prefix + key for key in self.rows if self.row(key) and key.startswith(begin)
        ]
        assert sorted(self.do(found())) == sorted(lasting)

    @rule(at=_handles, key=_keys, owner=_owners, seconds=_times)
    def lease(self, at: int, key: str, owner: str, seconds: float) -> None:
        seconds = self.lasts(seconds)
        has = self.do(self.handles[at].lease(self.prefix + key, owner, seconds))
        assert has is (self.holder(key) in (None, owner))
        if has:
            self.leases[key] = (owner, self.clock + seconds)

    @rule(at=_handles, key=_keys, owner=_owners)
    def release(self, at: int, key: str, owner: str) -> None:
        freed = self.do(self.handles[at].release(self.prefix + key, owner))
        assert freed is (self.holder(key) == owner)
        if freed:
            del self.leases[key]

    @precondition(lambda self: self.advance is not None)
    # No sum of these is a time above: what happens at the very moment is left open.
    @rule(seconds=st.sampled_from([1.1, 4.1, 5.1, 6.1]))
    def wait(self, seconds: float) -> None:
        assert self.advance is not None
        self.do(self.advance(seconds))
        self.clock += seconds
