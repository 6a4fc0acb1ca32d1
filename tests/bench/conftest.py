"""Results of a run with made-up figures."""

import pytest

from bench.cases import CASES, GROWTH, START, START_LABELS, STEPS
from bench.results import Results, Sample

COST = {"aiohttp": 1, "bare": 1, "httpx": 4, "community": 8, "sdk": 2, "sdk_raw": 3}
"""The seconds that each client takes for one unit of work."""


def make_samples(client: str, count: int = 3) -> list[Sample]:
    """Return equal samples of ten units of work each."""
    cost = COST.get(client, 1)
    return [Sample(10, 10 * cost, 20 * cost, cost * 2**20) for _ in range(count)]


@pytest.fixture
def results() -> Results:
    made = Results("2026-11-30", "CPython 3.13.0", "abc1234", "a machine", {"aiohttp": "3.14"})
    for name, case in CASES.items():
        made.cases[name] = {client: make_samples(client) for client in case.clients}
    made.cases[START] = {name: make_samples(name) for name in START_LABELS}
    made.steps = {
        client: [Sample(10, 10e-6 * cost, 1, 1) for _ in range(3)]
        for cost, client in enumerate(STEPS.clients, 4)
    }
    for name, axis in GROWTH.items():
        made.growth[name] = {
            client: {size: make_samples(client)[0] for size in axis.steps if size <= largest}
            for client, largest in axis.largest.items()
        }
    return made
