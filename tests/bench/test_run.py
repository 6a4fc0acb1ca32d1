"""The server and the workers, in a small run."""

import json
import sys

import pytest

from bench.pages import ProductList
from bench.processes import serve, start_workers

pytest.importorskip("httpx")

TOTAL = 600
OWN = ("bare", "httpx", "sdk", "sdk_raw")


@pytest.mark.parametrize(("number", "limit"), [(1, 250), (3, 250), (2, 113), (1, 1), (6, 100)])
def test_a_page_has_its_rows_newest_first(number: int, limit: int) -> None:
    rows = json.loads(ProductList(TOTAL).page(number, limit))["data"]
    newest = TOTAL - (number - 1) * limit
    assert [row["id"] for row in rows] == list(range(newest, max(newest - limit, 0), -1))
    assert {row["name"] for row in rows} == {rows[0]["name"]}


def test_a_page_past_the_end_is_empty() -> None:
    assert json.loads(ProductList(TOTAL).page(4, 250)) == {"data": []}


def test_the_pagination_header_has_texts_as_katana_sends_them() -> None:
    header = json.loads(ProductList(TOTAL).pagination(3, 250))
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


def test_a_worker_that_cannot_start_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    pythons = {"unknown": sys.executable}
    with (
        pytest.raises(RuntimeError, match="the worker of unknown ended"),
        start_workers(pythons, ["unknown"], "http://127.0.0.1:9/1/v1", 1),
    ):
        pass
    assert "KeyError: 'unknown'" in capfd.readouterr().err
