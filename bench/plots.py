"""The plots of a run, as SVG files."""

import io
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from matplotlib.figure import Figure

from bench.cases import GROWTH, START, START_LABELS
from bench.results import Results, Sample, seconds_each

LABELS = {
    "bare": "aiohttp and orjson",
    "httpx": "httpx and orjson",
    "community": "community client",
    "sdk": "this SDK",
    "sdk_raw": "this SDK, raw()",
}
_COLOURS = {
    "bare": "#7f7f7f",
    "httpx": "#ff7f0e",
    "community": "#2ca02c",
    "sdk": "#1f77b4",
    "sdk_raw": "#9467bd",
}

_SETTINGS = {
    "svg.fonttype": "none",  # text stays text, and the files small
    "svg.hashsalt": "katana_async",  # the same ids in each run
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

# Many of matplotlib's parameters have no types.
_matplotlib: Any = import_module("matplotlib")

Points = Mapping[str, Mapping[int, Sample]]


def draw_plots(results: Results) -> dict[str, bytes]:
    """Return the SVG files of all plots, by name."""
    with _matplotlib.rc_context(_SETTINGS):
        files = {
            f"{name}.svg": _draw_growth(GROWTH[name].label, points)
            for name, points in results.growth.items()
        }
        if START in results.cases:
            files["start.svg"] = _draw_start(results.cases[START])
    return files


def _draw_growth(label: str, points: Points) -> bytes:
    figure: Any = Figure(figsize=(8, 3.2), layout="constrained")
    time, memory = figure.subplots(1, 2)
    _draw_lines(time, points, lambda sample: sample.cpu)
    _draw_lines(memory, points, lambda sample: sample.peak / 2**20)
    time.set(title="CPU time in seconds", xlabel=label, xscale="log", yscale="log")
    memory.set(title="Peak memory in MiB", xlabel=label, xscale="log", ylim=(0, None))
    for axes in (time, memory):
        axes.minorticks_off()
    time.legend(frameon=False, fontsize=8)
    return _to_svg(figure)


def _draw_lines(axes: Any, points: Points, value: Callable[[Sample], float]) -> None:
    for client, samples in points.items():
        sizes = sorted(samples)
        heights = [value(samples[size]) for size in sizes]
        axes.plot(sizes, heights, ".-", label=LABELS[client], color=_COLOURS[client])


def _draw_start(samples: Mapping[str, list[Sample]]) -> bytes:
    figure: Any = Figure(figsize=(8, 2.2), layout="constrained")
    axes = figure.subplots()
    names = [name for name in reversed(START_LABELS) if name in samples]
    axes.barh(
        [START_LABELS[name].replace("`", "") for name in names],
        [seconds_each(samples[name]) * 1e3 for name in names],
        color=[_COLOURS.get(name, "#7f7f7f") for name in names],
        height=0.6,
    )
    axes.set(title="CPU time of a new process in ms, the start of Python included")
    axes.grid(visible=False, axis="y")
    return _to_svg(figure)


def _to_svg(figure: Any) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    lines = [line.rstrip() for line in content.getvalue().splitlines()]
    return b"\n".join(lines) + b"\n"
