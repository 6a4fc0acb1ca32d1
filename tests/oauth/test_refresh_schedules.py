"""Refreshes in random orders of steps: none of them uses a refresh token twice.

Except if a process dies, or an answer is lost, between the server's rotation and the row.
"""

import asyncio

from hypothesis import given, settings, strategies as st

from katana_async import ReauthorizationRequired
from katana_async.oauth.records import Status
from katana_async.oauth.tokens.refresh import StoredTokens
from tests.oauth.schedules import TIMING, Simulation, expired, outcome

# A process that is stopped for longer than this may find its intent given up by others.
LONGEST_STOP = TIMING.patience - TIMING.lease

steps = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("step"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("step"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("stop"), st.integers(0, 2), st.floats(0, LONGEST_STOP - 1)),
        st.tuples(st.just("time"), st.integers(0, 2), st.floats(0, 40)),
    ),
    max_size=120,
)


async def follow(simulation: Simulation, script: list[tuple[str, int, float]]) -> None:
    """Let processes go on in the order of a script."""
    for kind, number, seconds in script:
        running = simulation.running()
        if not running:
            return
        process = running[number % len(running)]
        if kind == "step" and process.can_go_on:
            await simulation.step(process)
        elif kind == "stop" and process.stopped_until <= simulation.now:
            process.stopped_until = simulation.now + simulation.at_most(seconds)
        elif kind == "time":
            simulation.now += simulation.at_most(seconds)
        elif kind == "kill":
            await simulation.kill(process)
        elif kind == "lose":
            process.loses_answer = True


@given(script=steps, processes=st.integers(1, 3))
@settings(max_examples=400)
def test_no_order_of_steps_uses_a_token_twice(
    script: list[tuple[str, int, float]], processes: int
) -> None:
    async def run() -> None:
        simulation = Simulation()
        await simulation.connect()
        expired(simulation)
        for number in range(processes):
            await simulation.start(number)
        await follow(simulation, script)
        await simulation.finish()
        assert simulation.server.reused == 0
        assert simulation.server.alive
        record = await simulation.read_record()
        assert record.refresh is not None
        assert record.refresh.reveal() == f"refresh-{simulation.server.current}"
        for process in simulation.processes:
            assert isinstance(outcome(process), StoredTokens)

    asyncio.run(run())


chaos = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("step"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("step"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("stop"), st.integers(0, 2), st.floats(0, LONGEST_STOP - 1)),
        st.tuples(st.just("kill"), st.integers(0, 2), st.just(0.0)),
        st.tuples(st.just("lose"), st.integers(0, 2), st.just(0.0)),
    ),
    max_size=120,
)


@given(script=chaos)
@settings(max_examples=400)
def test_a_grant_ends_only_by_tokens_that_no_process_could_store(
    script: list[tuple[str, int, float]],
) -> None:
    async def run() -> None:
        simulation = Simulation()
        await simulation.connect()
        expired(simulation)
        for number in range(3):
            await simulation.start(number)
        await follow(simulation, script)
        last = await simulation.start(9)  # one more process comes later
        last.loses_answer = False
        for process in simulation.running():
            process.loses_answer = False
        await simulation.finish()
        record = await simulation.read_record()
        assert record.refresh is not None
        if simulation.server.alive:
            assert record.refresh.reveal() == f"refresh-{simulation.server.current}"
            assert isinstance(outcome(last), StoredTokens)
            assert simulation.reauthorizations == 0
            return
        # The row still has the token that was spent for the lost ones.
        assert record.refresh.reveal() != f"refresh-{simulation.server.current}"
        assert record.standing is Status.REAUTHORIZE
        assert isinstance(outcome(last), ReauthorizationRequired)
        assert simulation.reauthorizations <= 1

    asyncio.run(run())


outages = st.lists(
    st.tuples(st.integers(0, 30), st.one_of(st.floats(0, 10), st.floats(80, 130))),
    min_size=1,
    max_size=3,
)


@given(
    order=st.lists(st.integers(0, 2), max_size=80),
    outages=outages,
    late=st.floats(0, 200),
)
@settings(max_examples=400)
def test_no_outage_of_the_store_loses_a_token_that_arrived(
    order: list[int], outages: list[tuple[int, float]], late: float
) -> None:
    """No process is stopped here: each one that can go on does, before time passes."""

    async def run() -> None:
        simulation = Simulation()
        await simulation.connect()
        expired(simulation)
        for number in range(2):
            await simulation.start(number)
        third_at = simulation.now + late  # this process has no state from before
        choices, away = [*order, *[0] * 5000], list(outages)
        steps = since = 0  # since the store came back
        while simulation.running():
            if len(simulation.processes) == 2 and simulation.now >= third_at:
                await simulation.start(2)
            if simulation.now < simulation.store_is_away_until:
                since = steps
            elif away and steps - since >= away[0][0]:
                simulation.store_is_away_until = simulation.now + away.pop(0)[1]
            if ready := simulation.ready():
                await simulation.step(ready[choices[steps] % len(ready)])
                steps += 1
            else:
                simulation.pass_time()
        assert simulation.server.reused == 0
        record = await simulation.read_record()
        assert record.refresh is not None
        assert record.refresh.reveal() == f"refresh-{simulation.server.current}"
        for process in simulation.processes:
            assert isinstance(outcome(process), StoredTokens)

    asyncio.run(run())


def test_a_lease_alone_is_not_enough() -> None:
    """A holder that is stopped before it sends, longer than its lease, and goes on then."""

    async def run(stop: float) -> int:
        simulation = Simulation()
        await simulation.connect()
        expired(simulation)
        holder = await simulation.start(0)
        while not (await simulation.read_record()).intent:
            await simulation.step(holder)
        await simulation.step(holder)  # past the check; it sends next
        holder.stopped_until = simulation.now + stop
        other = await simulation.start(1)
        await simulation.finish()
        assert other.task is not None
        return simulation.server.reused

    assert asyncio.run(run(LONGEST_STOP)) == 0
    # Stops that are longer than `patience` are not covered.
    assert asyncio.run(run(TIMING.patience + 10)) == 1
