"""Ratios and their spread."""

import msgspec
import pytest

from bench.results import Results, Sample, Spread, ratios, seconds_each, spread_of


def test_a_spread_is_the_median_and_the_quartiles() -> None:
    assert spread_of([1, 5, 2, 4, 3]) == Spread(3, 2, 4)


def test_one_round_has_no_spread() -> None:
    assert spread_of([7.0]) == Spread(7, 7, 7)


def test_a_ratio_compares_a_unit_of_work_within_a_round() -> None:
    results = Results("", "", "", "")
    results.cases["case"] = {
        "bare": [Sample(10, 1.0, 2.0, 100), Sample(10, 3.0, 4.0, 100)],
        "sdk": [Sample(20, 4.0, 4.0, 120), Sample(20, 12.0, 16.0, 150)],
    }
    assert ratios(results, "case") == [2.0, 2.0]
    assert ratios(results, "case", of="wall") == [1.0, 2.0]
    assert ratios(results, "case", of="peak") == [1.2, 1.5]
    assert ratios(results, "case", "bare", "sdk") == [0.5, 0.5]
    assert seconds_each(results.cases["case"]["sdk"]) == pytest.approx(0.4)


def test_results_survive_their_file(results: Results) -> None:
    assert msgspec.json.decode(msgspec.json.encode(results), type=Results) == results
