"""The page, from plain results."""

import copy
from collections.abc import Iterable

import msgspec
import pytest

import bench.run
from bench.cases import CASES, GROWTH, LINES, START
from bench.plots import draw_plots
from bench.report import find_cheaper, render_page, show_number, show_spread, show_time
from bench.results import Results, Sample, Spread
from bench.run import check, check_quickly


def rows_of(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    lines = page.split(f"\n## {heading}\n", 1)[1].splitlines()
    table = [line for line in lines if line.startswith("|")]
    end = next((n for n, line in enumerate(lines) if line.startswith("## ")), len(lines))
    assert any(line in lines[:end] for line in table)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_the_page_names_the_run(results: Results) -> None:
    page = render_page(results)
    for fact in ("2026-11-30", "CPython 3.13.0", "`abc1234`", "a machine", "aiohttp 3.14"):
        assert fact in page


def test_each_line_is_reached_or_not(results: Results) -> None:
    rows = rows_of(render_page(results), "Targets")
    reached = {
        label: (figure, target, answer) for label, figure, target, answer in rows[: len(LINES)]
    }
    assert list(reached) == [line.label for line in LINES]
    assert reached["Decode 250 products, relative to `orjson.loads`"] == ("2.00 ×", "≤ 1 ×", "no")
    assert reached["Encode 250 order bodies, relative to `orjson.dumps`"][2] == "yes"
    small = reached["Small GETs in sequence: rate"]
    assert small == ("0.50 of bare aiohttp", "≥ 0.88 of bare aiohttp", "no")
    assert reached["Import and first call over `import aiohttp`: CPU time"][1] == "≤ 60 ms"


def test_another_python_has_a_column_of_the_targets_and_no_other(results: Results) -> None:
    results.other_python = "Python 3.11.7"
    results.other_cases = copy.deepcopy(results.cases)
    for sample in results.other_cases["fifty"]["bare"]:
        sample.cpu *= 1.5
    page = render_page(results)
    assert "CPython 3.13.0 and Python 3.11.7, commit" in page
    assert "| figure | on CPython 3.13.0 | target | reached | on Python 3.11.7 |" in page
    rows = {row[0]: row[1:] for row in rows_of(page, "Targets")}
    fifty = rows["50 GETs at once: rate by CPU time"]
    assert fifty == ["0.50 of bare aiohttp", "≥ 0.68 of bare aiohttp", "no", "0.75 of bare aiohttp"]
    assert "| Small GETs, 50 at once | 1.00 s a call | 4.00 |" in page


def test_a_case_shows_the_time_of_aiohttp_and_multiples_of_it(results: Results) -> None:
    rows = {row[0]: row[1:] for row in rows_of(render_page(results), "Beside the alternatives")}
    calls = ["2.00 s a call", "4.00", "8.00", "2.00", ""]
    assert rows["Small GETs, 50 at once"] == calls, "the last table, by the clock"
    assert "| Small GETs, 50 at once | 1.00 s a call | 4.00 |" in render_page(results)


def test_cases_in_which_another_client_is_faster_have_a_reason(results: Results) -> None:
    assert list(find_cheaper(results, "fifty", "cpu")) == ["2.00 × the CPU time of aiohttp, orjson"]
    page = render_page(results)
    slower = page.split("## Where the SDK is slower, and why")[1].split("\n## ")[0]
    assert "- **Small GETs, 50 at once** (2.00 × the CPU time of aiohttp, orjson): as one" in slower
    assert "2.00 × the memory of aiohttp, orjson at 1,000,000" in slower
    assert "idle tenant" not in slower


def test_each_step_of_a_call_is_the_difference_to_the_step_before(results: Results) -> None:
    results.steps["sdk"][0].cpu *= 100  # one round of three
    rows = rows_of(render_page(results), "The steps of a call")[:5]
    assert [row[1] for row in rows] == ["4.00 µs", "5.00 µs", "1.00 µs", "1.00 µs", "1.00 µs"]
    results.steps = {}
    assert "## The steps of a call" not in render_page(results)


def test_a_case_in_which_no_client_is_faster_is_not_listed(results: Results) -> None:
    for rounds in results.cases.values():
        for samples in rounds.values():
            for sample in samples:
                sample.cpu, sample.peak = 1.0, 1
    results.growth.clear()
    assert "In no case of this run." in render_page(results)


def test_a_page_without_the_community_client_has_empty_cells(results: Results) -> None:
    for rounds in results.cases.values():
        rounds.pop("community", None)
    page = render_page(results)
    assert "| Small GETs, 50 at once | 1.00 s a call | 4.00 |  | 2.00 |" in page
    assert "community client, first call" not in page


def test_the_page_shows_each_plot_that_is_drawn(results: Results) -> None:
    pytest.importorskip("matplotlib")
    plots = draw_plots(results)
    page = render_page(results)
    assert set(plots) == {*(f"{name}.svg" for name in GROWTH), f"{START}.svg"}
    for name, svg in plots.items():
        assert f"](benchmarks/{name})" in page
        assert svg.startswith(b"<?xml")
        assert len(svg) < 100_000
        assert b"this SDK" in svg
    assert draw_plots(results) == plots, "the same results make the same files"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.123, "0.12"), (1.005, "1.00"), (12.34, "12.3"), (123.4, "123")]
)
def test_a_number_has_three_digits(value: float, shown: str) -> None:
    assert show_number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2.5, "2.50 s"), (0.0123, "12.3 ms"), (9.4e-5, "94.0 µs")]
)
def test_a_time_has_a_unit(seconds: float, shown: str) -> None:
    assert show_time(seconds) == shown


def test_a_spread_shows_its_quartiles() -> None:
    assert show_spread(Spread(2, 1.5, 2.5)) == "2.00 (1.50 to 2.50)"


def test_figures_far_from_their_targets_are_complaints(results: Results) -> None:
    complaints = list(check(results).values())
    raw = "Stream 50,000 products by `raw()`: CPU time"
    assert f"{raw}: 3.00 ×, not at most 2.6" in complaints
    assert not [each for each in complaints if "GETs" in each or "models" in each]
    start = "Import and first call over `import aiohttp`: CPU time"
    assert f"{start}: 10000.00 ms, not at most 120" in complaints
    results.cases[START]["sdk"][1].cpu = results.cases[START]["aiohttp"][1].cpu
    assert start not in {line.label for line in check(results)}, "the best round counts"


def test_only_the_cases_of_missed_lines_are_measured_again(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = Sample(10, 1.0, 1.0, 2**20)
    better = {"stream": {client: [fast] for client in ("bare", "sdk", "sdk_raw")}}
    runs = [results, msgspec.structs.replace(results, cases=better)]
    measured: list[list[str]] = []

    def measure_quickly(cases: Iterable[str]) -> Results:
        measured.append(list(cases))
        return runs[len(measured) - 1]

    streamed = [line for line in LINES if line.case == "stream"]
    monkeypatch.setattr(bench.run, "measure_quickly", measure_quickly)
    monkeypatch.setattr(check, "__defaults__", (streamed,))
    assert check_quickly() == []
    assert measured == [[*CASES, START], ["stream"]]


def test_a_line_that_is_missed_twice_is_a_complaint(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure_quickly(cases: Iterable[str]) -> Results:
        return results

    monkeypatch.setattr(bench.run, "measure_quickly", measure_quickly)
    assert "Stream 50,000 products by `raw()`: CPU time: 3.00 ×, not at most 2.6" in check_quickly()


def test_the_bound_of_a_rate_is_below_its_target() -> None:
    for line in LINES:
        assert line.reaches(line.target, line.bound)
        assert not line.reaches(line.bound, line.target)
