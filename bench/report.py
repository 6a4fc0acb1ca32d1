"""The page docs/benchmarks.md from the results of a run."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from bench.cases import CASES, GROWTH, LINES, START, START_LABELS, START_WHY, STEP_LABELS
from bench.results import Results, Sample, Spread, ratios, seconds_each, spread_of

CLIENTS = {
    "bare": "aiohttp, orjson",
    "httpx": "httpx, orjson",
    "community": "community",
    "sdk": "SDK",
    "sdk_raw": "SDK `raw()`",
}
"""The heading of each client's column."""

_SLOWER = 1.05
"""The factor from which a difference is worth a line: smaller ones are noise."""


def render_page(results: Results) -> str:
    """Return the page in Markdown."""
    parts = [
        _introduction(results),
        "## Targets\n",
        _targets(results),
        "## Beside the alternatives\n",
        _COMPARED,
        "CPU time of the client's process:\n",
        _comparison(results, "cpu"),
        "Time by the clock:\n",
        _comparison(results, "wall"),
        "## Where the SDK is slower, and why\n",
        _slower(results),
        _steps(results),
        "## Import and first call\n",
        _start(results),
        "## How the cost grows\n",
        _growth(results),
        _REPEAT,
    ]
    return "\n".join(part for part in parts if part)


_INTRODUCTION = """\
# Benchmarks

The cost of the SDK beside bare aiohttp, httpx and the community client, each with orjson if it has
no models of its own. This page is written by `make bench`.

- **Run**: {date}, {pythons}, commit `{commit}`.
- **Machine**: {machine}.
- **Versions**: {versions}.
- **Method**: the server is a process of its own, on the same machine, with pages that it builds by
  one join of bytes, so that the client is the bottleneck. Each client has a process too, on another
  processor than the server's. In each round the clients take turns within milliseconds, and a
  figure is a ratio within a round, because other load changes all clients alike. Figures are
  medians, with the quartiles in brackets. Times in seconds, ms and µs depend on the speed of the
  machine, which "ten million additions" shows.
"""

_COMPARED = """\
The first column is the median time of bare aiohttp for one unit of work; the others are multiples
of it, so that 2.00 takes twice as long.
"""

_REPEAT = """\
## Repeat it

`make bench` measures everything in about five minutes and writes this page, its plots and
`docs/benchmarks/results.json`, which has the figures of all rounds. The targets are also measured
on Python 3.11 if there is one; `.venv/bin/tox -e bench -- --also python3.12` chooses another.
`.venv/bin/tox -e bench -- --render` writes the page again from the results.

`make bench-quick` takes a minute and writes nothing. It compares CPU times only, measures a case
again if a figure is far from its target, and fails if that figure is far from it again.
`make test-all` includes it.

The community client and the other Python have environments of their own. Without a network they
are left out; the community client is also left out on Python 3.11.
The cases, their targets and their bounds are in `bench/cases.py`.
"""


def _introduction(results: Results) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return _INTRODUCTION.format(
        date=results.date,
        pythons=" and ".join(filter(None, (results.python, results.other_python))),
        commit=results.commit,
        machine=results.machine,
        versions=versions,
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, whose columns after the first are numbers."""
    rules = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rules, *rows))


def _targets(results: Results) -> str:
    head = ["figure", f"on {results.python}", "target", "reached"]
    other = msgspec.structs.replace(results, cases=results.other_cases)
    if results.other_cases:
        head.append(f"on {results.other_python}")
    rows: list[Sequence[str]] = []
    for line in LINES:
        spread = spread_of(line.figures(results))
        sign = "≥" if line.at_least else "≤"
        reached = "yes" if line.reaches(spread.median, line.target) else "no"
        target = f"{sign} {line.target:g}{line.unit}"
        row = [line.label, f"{show_spread(spread)}{line.unit}", target, reached]
        if results.other_cases:
            row.append(f"{show_number(spread_of(line.figures(other)).median)}{line.unit}")
        rows.append(row)
    return _table(head, rows)


def show_spread(spread: Spread) -> str:
    """Return a median with its quartiles, or alone if there was one round."""
    median = show_number(spread.median)
    if spread.low == spread.high:
        return median
    return f"{median} ({show_number(spread.low)} to {show_number(spread.high)})"


def show_number(value: float) -> str:
    """Return a number with three digits, at most two of them after the point."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.{1 if abs(value) >= 10 else 2}f}"


def show_time(seconds: float) -> str:
    """Return a time with its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{show_number(seconds / size)} {unit}"
    return f"{show_number(seconds / 1e-6)} µs"


def _comparison(results: Results, of: str) -> str:
    columns = [name for name in CLIENTS if name != "bare"]
    rows: list[list[str]] = []
    for name, samples in results.cases.items():
        if name not in CASES or "bare" not in samples:
            continue
        case = CASES[name]
        cells = [
            show_spread(spread_of(ratios(results, name, client, of=of)))
            if client in samples
            else ""
            for client in columns
        ]
        base = f"{show_time(seconds_each(samples['bare'], of))} a {case.unit}"
        rows.append([_capital(case.label), base, *cells])
    return _table(["case", *CLIENTS.values()], rows)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slower(results: Results) -> str:
    """Return a list of the cases in which another client needs less CPU time or memory."""
    lines: list[str] = []
    for name, case in CASES.items():
        faster = list(find_cheaper(results, name, "cpu"))
        if case.fresh:
            faster += find_cheaper(results, name, "peak")
        lines.append(_explain(case.label, faster, case.why))
    lines.append(_explain("import and first call", find_cheaper(results, START, "cpu"), START_WHY))
    for name, points in results.growth.items():
        axis = GROWTH[name]
        found = list(find_cheaper_growth(points))
        lines.append(_explain(axis.label, found, axis.why))
    lines = [line for line in lines if line]
    return "\n".join(lines) + "\n" if lines else "In no case of this run.\n"


def _explain(label: str, faster: Iterable[str], why: str) -> str:
    factors = ", ".join(faster)
    return f"- **{_capital(label)}** ({factors}): {why}" if factors else ""


def find_cheaper(results: Results, case: str, of: str) -> Iterator[str]:
    """Yield each client that costs less than the SDK, with the factor."""
    samples = results.cases[case]
    for client, name in CLIENTS.items():
        if client in samples and not client.startswith("sdk"):
            factor = statistics.median(ratios(results, case, base=client, of=of))
            if factor > _SLOWER:
                what = "memory" if of == "peak" else "CPU time"
                yield f"{show_number(factor)} × the {what} of {name}"


def find_cheaper_growth(points: Mapping[str, Mapping[int, Sample]]) -> Iterator[str]:
    """Yield each client that needs less memory than the SDK at the largest size of both."""
    for client, name in CLIENTS.items():
        if client in points and not client.startswith("sdk"):
            size = max(points["sdk"].keys() & points[client].keys())
            factor = points["sdk"][size].peak / points[client][size].peak
            if factor > _SLOWER:
                yield f"{show_number(factor)} × the memory of {name} at {size:,}"


_STEPS = """\
## The steps of a call

CPU time of a small GET, one after another. Each step is measured by a client that ends after it, so
that a row is the difference to the row before. Between two calls the processor works for the server
and the kernel, so that each step begins with cold caches: in a loop without a network the SDK's own
steps take a third of this.

"""


def _steps(results: Results) -> str:
    """Return a table of the steps of a call; empty without them."""
    if not results.steps:
        return ""
    bare = results.steps["bare"]
    rows = [["bare aiohttp and `orjson.loads`, for comparison", show_time(seconds_each(bare))]]
    before = [0.0] * len(bare)
    for client, label in STEP_LABELS.items():
        costs = [sample.cpu / sample.result for sample in results.steps[client]]
        added = statistics.median(cost - less for cost, less in zip(costs, before, strict=True))
        rows.append([label, show_time(added)])
        before = costs
    return _STEPS + _table(["step", "CPU time"], rows)


_START = """\
Each is a new process, which reads one product with its model, if the client has one. CPU time over
`import aiohttp`, which itself takes {base} with the start of Python:

"""


def _start(results: Results) -> str:
    samples = results.cases[START]
    base = samples["aiohttp"]
    rows: list[list[str]] = []
    for name, label in START_LABELS.items():
        if name not in samples or name == "aiohttp":
            continue
        over = [
            (each.cpu - other.cpu) * 1e3 for each, other in zip(samples[name], base, strict=True)
        ]
        rows.append([label, f"{show_spread(spread_of(over))} ms"])
    table = _table(["program", "over `import aiohttp`"], rows)
    plot = "\n![CPU time of a new process](benchmarks/start.svg)\n"
    return _START.format(base=show_time(seconds_each(base))) + table + plot


def _growth(results: Results) -> str:
    parts: list[str] = []
    for name in results.growth:
        axis = GROWTH[name]
        image = f"![CPU time and memory by {axis.label}](benchmarks/{name}.svg)"
        parts.append(f"### {_capital(axis.label)}\n\n{axis.caption}\n\n{image}\n")
    return "\n".join(parts)
