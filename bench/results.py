"""The figures of one run, as they stand in results.json."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Sample(msgspec.Struct):
    """The cost of one operation.

    Attributes:
        result: The units of work that were done, or what an operation measured by itself.
        cpu: Seconds of CPU time of the client's process.
        wall: Seconds.
        peak: The most memory that the process has used so far, in bytes.
    """

    result: float
    cpu: float
    wall: float
    peak: int


class Results(msgspec.Struct):
    """All figures of a run.

    Attributes:
        date: The day of the run.
        python: The version of Python.
        commit: The commit of the SDK, with `+` if files were changed.
        machine: The machine and its operating system.
        versions: The versions of the clients and their libraries.
        cases: Case, client and rounds. The samples of a round were taken one after another.
        steps: The rounds of each step of a call.
        growth: Axis, client and size: one sample each.
        other_python: The version of the Python of `other_cases`; empty without one.
        other_cases: The same as `cases`, of bare aiohttp and the SDK on another Python.
    """

    date: str
    python: str
    commit: str
    machine: str
    versions: dict[str, str] = {}
    cases: dict[str, dict[str, list[Sample]]] = {}
    steps: dict[str, list[Sample]] = {}
    growth: dict[str, dict[str, dict[int, Sample]]] = {}
    other_python: str = ""
    other_cases: dict[str, dict[str, list[Sample]]] = {}


class Spread(msgspec.Struct, frozen=True):
    """The median of several rounds, and the quartiles below and above it."""

    median: float
    low: float
    high: float


def spread_of(values: Sequence[float]) -> Spread:
    """Return the spread of one or more values."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def ratios(
    results: Results, case: str, client: str = "sdk", base: str = "bare", *, of: str = "cpu"
) -> list[float]:
    """Return the cost of a client relative to another one, round by round.

    Args:
        results: The figures.
        case: The name of the case.
        client: The client whose cost is the numerator.
        base: The client whose cost is the denominator.
        of: `cpu`, `wall` or `peak`. Times are those of one unit of work.
    """
    rounds = results.cases[case]
    return [
        _cost(ours, of) / _cost(theirs, of)
        for ours, theirs in zip(rounds[client], rounds[base], strict=True)
    ]


def _cost(sample: Sample, of: str) -> float:
    if of == "peak":
        return sample.peak
    return (sample.cpu if of == "cpu" else sample.wall) / sample.result


def seconds_each(samples: Sequence[Sample], of: str = "cpu") -> float:
    """Return the median seconds of one unit of work."""
    return statistics.median(_cost(sample, of) for sample in samples)
