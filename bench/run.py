"""Measure the SDK beside its alternatives.

    python -m bench.run            # about 5 minutes; writes docs/benchmarks.md and its plots
    python -m bench.run --quick    # less than a minute; fails if a figure is far from its target
    python -m bench.run --also python3.11    # with a column for this Python in the targets
    python -m bench.run --render   # write the page and the plots again, from results.json

Other load changes all clients' figures. So the clients take turns in each round, and the figures
are ratios within a round.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import timeit
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.cases import (
    CASES,
    GROWTH,
    LINES,
    START,
    START_LABELS,
    START_ROUNDS,
    STEPS,
    Axis,
    Case,
    Line,
)
from bench.clients import CLIENTS
from bench.processes import (
    COMMUNITY,
    create_community_python,
    create_sdk_python,
    serve,
    start_workers,
)
from bench.results import Results, Sample, spread_of
from bench.startup import measure_start

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/benchmarks.md"
FOLDER = ROOT / "docs/benchmarks"

CONNECTIONS = 500
DEFAULT_TOTAL = 50_000
# A point of a plot is measured three times, unless that takes longer than some seconds.
_GROWTH_ROUNDS = 3
_ENOUGH = 1.0

Pythons = Mapping[str, str]
"""The Python of each client."""


def show(text: str) -> None:
    """Print progress."""
    print(text, file=sys.stderr, flush=True)


def measure_case(
    case: Case, address: str, pythons: Pythons, rounds: int
) -> dict[str, list[Sample]]:
    """Measure a case in rounds, in which the clients take turns."""
    clients = [client for client in case.clients if client in pythons]
    samples: dict[str, list[Sample]] = {client: [] for client in clients}
    base_url = f"{address}/{DEFAULT_TOTAL}/v1"
    for _ in range(rounds if case.fresh else 1):
        with start_workers(pythons, clients, base_url, CONNECTIONS) as workers:
            if not case.fresh:
                for worker in workers.values():
                    worker.measure(case.operation, case.arguments)
            for turn in range(1 if case.fresh else rounds):
                # Each client is the first as often as it is the last.
                for client in clients if turn % 2 else reversed(clients):
                    sample = workers[client].measure(case.operation, case.arguments)
                    samples[client].append(sample)
    return samples


def measure_starts(address: str, pythons: Pythons, rounds: int) -> dict[str, list[Sample]]:
    """Measure new processes, in which the clients take turns."""
    own = dict.fromkeys(("aiohttp", "sdk_import"), pythons["sdk"])
    programs = {name: python for name, python in {**pythons, **own}.items() if name in START_LABELS}
    samples: dict[str, list[Sample]] = {name: [] for name in programs}
    for turn in range(-1, rounds):
        for name, python in programs.items():
            sample = measure_start(python, name, f"{address}/{DEFAULT_TOTAL}/v1")
            if turn >= 0:  # the first one compiles modules
                samples[name].append(sample)
    return samples


def measure_growth(axis: Axis, address: str, pythons: Pythons) -> dict[str, dict[int, Sample]]:
    """Measure each size in new processes."""
    points: dict[str, dict[int, Sample]] = {}
    for size in axis.steps:
        clients = [name for name, most in axis.largest.items() if size <= most and name in pythons]
        total = size if axis.operation == "stream" else DEFAULT_TOTAL
        for client in clients:
            with start_workers(pythons, [client], f"{address}/{total}/v1", CONNECTIONS) as workers:
                arguments = axis.arguments_for(size)
                measured = [workers[client].measure(axis.operation, arguments)]
                while len(measured) < _GROWTH_ROUNDS and measured[0].wall < _ENOUGH:
                    measured.append(workers[client].measure(axis.operation, arguments))
            points.setdefault(client, {})[size] = Sample(
                measured[0].result,
                statistics.median(each.cpu for each in measured),
                statistics.median(each.wall for each in measured),
                measured[-1].peak,
            )
    return points


def describe_run(community: str | None) -> Results:
    """Return results without figures: the versions and the machine."""
    versions = {name: version(name) for name in ("aiohttp", "httpx", "orjson", "msgspec")}
    if community:
        code = f"from importlib.metadata import version; print(version({COMMUNITY!r}))"
        versions[COMMUNITY] = _output(community, "-c", code)
    changed = _output("git", "status", "--porcelain", "--untracked-files=no", "katana_async")
    return Results(
        datetime.now(UTC).date().isoformat(),
        f"{platform.python_implementation()} {platform.python_version()}",
        _output("git", "rev-parse", "--short", "HEAD") + ("+" if changed else ""),
        f"{_cpu()}, {_cores()} cores, {platform.system()}, {_load()}, {_speed()}",
        versions,
    )


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _load() -> str:
    """Return the load by other programs, before anything is measured."""
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load average {os.getloadavg()[0]:.1f} before the run"


def _speed() -> str:
    """Return the time of a loop, for comparing absolute times of two runs."""
    loop = "for number in range(10_000_000): total += number"
    return f"ten million additions in {min(timeit.repeat(loop, 'total = 0', number=1)):.2f} s"


def _cores() -> int:
    return os.cpu_count() or 1


def measure_cases(
    address: str, pythons: Pythons, cases: Iterable[str], *, divisor: int = 1
) -> dict[str, dict[str, list[Sample]]]:
    """Measure cases, in all rounds or a part of them, but at least two."""
    measured: dict[str, dict[str, list[Sample]]] = {}
    for name in cases:
        if name == START:
            show("import and first call")
            rounds = max(START_ROUNDS // divisor, 2)
            measured[name] = measure_starts(address, pythons, rounds)
        else:
            show(CASES[name].label)
            rounds = max(CASES[name].rounds // divisor, 2)
            measured[name] = measure_case(CASES[name], address, pythons, rounds)
    return measured


EVERY_CASE = (*CASES, START)
_OWN: tuple[str, ...] = ("bare", "sdk", "sdk_raw")
"""The clients of the lines with targets."""


def measure_all(other: str | None) -> Results:
    """Measure everything.

    Args:
        other: The name or path of another Python, for which the targets are measured too.
    """
    community = create_community_python()
    pythons = {name: sys.executable for name in CLIENTS if name != "community"}
    if community:
        pythons["community"] = community
    results = describe_run(community)
    with serve() as address:
        results.cases = measure_cases(address, pythons, EVERY_CASE)
        show(STEPS.label)
        results.steps = measure_case(STEPS, address, pythons, STEPS.rounds)
        if other and (found := create_sdk_python(other)):
            version_only = "import platform; print(platform.python_version())"
            results.other_python = f"Python {_output(found, '-c', version_only)}"
            show(f"the lines with targets on {results.other_python}")
            results.other_cases = measure_cases(address, dict.fromkeys(_OWN, found), EVERY_CASE)
        for name, axis in GROWTH.items():
            show(f"growth: {axis.label}")
            results.growth[name] = measure_growth(axis, address, pythons)
    return results


def measure_quickly(cases: Iterable[str]) -> Results:
    """Measure the lines with targets: bare aiohttp and the SDK, in fewer rounds.

    Other load adds to the time by the clock, so that CPU time stands in for it.
    """
    pythons: Pythons = dict.fromkeys(_OWN, sys.executable)
    results = describe_run(None)
    with serve() as address:
        results.cases = measure_cases(address, pythons, cases, divisor=3)
    for case in results.cases.values():
        for sample in (each for samples in case.values() for each in samples):
            sample.wall = sample.cpu
    return results


def check(results: Results, lines: Iterable[Line] = LINES) -> dict[Line, str]:
    """Print each figure; return a complaint for each line that is beyond its bound."""
    complaints: dict[Line, str] = {}
    for line in lines:
        values = line.figures(results)
        # Other load affects both sides of a ratio, and only adds to an absolute cost.
        figure = spread_of(values).median if line.is_ratio else min(values)
        bound = f"{'at least' if line.at_least else 'at most'} {line.bound:g}"
        print(f"{figure:8.2f}{line.unit:16} (bound: {bound:13}) {line.label}")
        if not line.reaches(figure, line.bound):
            complaints[line] = f"{line.label}: {figure:.2f}{line.unit}, not {bound}"
    return complaints


def check_quickly() -> list[str]:
    """Return the complaints that remain after a second measurement of their cases."""
    missed = check(measure_quickly(EVERY_CASE))
    if missed:
        again = dict.fromkeys(line.case for line in missed)
        show(f"once more, because a figure is far from its target: {', '.join(again)}")
        missed = check(measure_quickly(again), missed)
    return list(missed.values())


def write_page(results: Results) -> None:
    """Write the page and its plots."""
    from bench.plots import draw_plots
    from bench.report import render_page

    PAGE.write_text(render_page(results), encoding="utf-8")
    for name, svg in draw_plots(results).items():
        (FOLDER / name).write_bytes(svg)


def main() -> None:
    """Measure, and write or check the results."""
    parser = argparse.ArgumentParser(description="Measure the SDK beside its alternatives.")
    parser.add_argument("--quick", action="store_true", help="check the figures, write nothing")
    parser.add_argument("--render", action="store_true", help="write the page from results.json")
    parser.add_argument("--also", metavar="PYTHON", help="measure the targets on this one too")
    options = parser.parse_args()
    file = FOLDER / "results.json"
    if options.quick:
        complaints = check_quickly()
        sys.exit("\n".join(complaints) if complaints else 0)
    if options.render:
        results = msgspec.json.decode(file.read_bytes(), type=Results)
    else:
        results = measure_all(options.also)
        FOLDER.mkdir(exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
        check(results)
    write_page(results)


if __name__ == "__main__":
    main()
