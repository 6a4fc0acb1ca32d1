"""The server and the workers, in a small run."""

import json
import sys

import pytest

from bench.cases import Axis, Case
from bench.pages import ProductList, write_pagination
from bench.processes import serve, start_workers
from bench.run import measure_case, measure_growth
from bench.startup import measure_start

pytest.importorskip("httpx")

TOTAL = 600
OWN: tuple[str, ...] = ("bare", "httpx", "sdk", "sdk_raw")


@pytest.mark.parametrize(("number", "limit"), [(1, 250), (3, 250), (2, 113), (1, 1), (6, 100)])
def test_a_page_has_its_rows_newest_first(number: int, limit: int) -> None:
    rows = json.loads(ProductList(TOTAL).page(number, limit))["data"]
    newest = TOTAL - (number - 1) * limit
    assert [row["id"] for row in rows] == list(range(newest, max(newest - limit, 0), -1))
    assert {row["name"] for row in rows} == {rows[0]["name"]}


def test_a_page_past_the_end_is_empty() -> None:
    assert json.loads(ProductList(TOTAL).page(4, 250)) == {"data": []}


def test_the_pagination_header_has_texts_as_katana_sends_them() -> None:
    header = json.loads(write_pagination(TOTAL, 3, 250))
    assert header == {
        "total_records": "600",
        "total_pages": "3",
        "offset": "500",
        "page": "3",
        "first_page": "false",
        "last_page": "true",
    }


def test_each_client_does_the_same_work() -> None:
    pythons = dict.fromkeys(OWN, sys.executable)
    with serve() as address, start_workers(pythons, OWN, f"{address}/{TOTAL}/v1", 20) as workers:
        for worker in workers.values():
            streamed = worker.measure("stream", {})
            assert streamed.result == TOTAL
            assert streamed.cpu > 0
            assert 2**20 < streamed.peak < 2**30
            assert worker.measure("gets", {"count": 20, "concurrency": 4}).result == 20
            assert worker.measure("tenants", {"count": 3}).result == 3
            assert worker.measure("encode", {"count": 2}).result == 2


def test_a_case_has_a_sample_of_each_client_in_each_round() -> None:
    clients = ("bare", "community", "sdk")
    pythons = {"bare": sys.executable, "sdk": sys.executable}
    with serve() as address:
        for fresh in (False, True):
            case = Case("", "body", "encode", {"count": 5}, clients, 9, fresh)
            samples = measure_case(case, address, pythons, 2)
            assert [len(samples[client]) for client in ("bare", "sdk")] == [2, 2]
            assert "community" not in samples, "it is not installed"


def test_growth_has_a_sample_of_each_size_up_to_the_largest_of_a_client() -> None:
    pythons = {"bare": sys.executable, "sdk": sys.executable}
    largest = {"bare": 2, "httpx": 2, "sdk": 3}
    axis = Axis("", "tenants", {}, "count", largest, (1, 2, 3), "", "")
    with serve() as address:
        points = measure_growth(axis, address, pythons)
    results = {
        client: {size: each.result for size, each in points[client].items()} for client in points
    }
    assert results == {"bare": {1: 1, 2: 2}, "sdk": {1: 1, 2: 2, 3: 3}}


@pytest.mark.parametrize("client", ["bare", "httpx", "sdk"])
def test_a_first_call_in_a_new_process_reads_a_product(client: str) -> None:
    with serve() as address:
        sample = measure_start(sys.executable, client, f"{address}/{TOTAL}/v1")
    assert 0 < sample.cpu < sample.wall + 1


def test_a_worker_that_cannot_start_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    pythons = {"unknown": sys.executable}
    with (
        pytest.raises(RuntimeError, match="the worker of unknown ended"),
        start_workers(pythons, ["unknown"], "http://127.0.0.1:9/1/v1", 1),
    ):
        pass
    assert "KeyError: 'unknown'" in capfd.readouterr().err
