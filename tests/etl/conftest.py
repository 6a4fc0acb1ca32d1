"""Fixtures: dlt without telemetry, with files in the test's folder; a sandbox; destinations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from katana_async.sandbox import Sandbox, threaded
from tests.services import postgres_database

from .warehouse import Warehouse


@pytest.fixture(autouse=True)
def dlt_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def duckdb(tmp_path: Path) -> Warehouse:
    return Warehouse(f"duckdb:///{tmp_path}/katana.duckdb")


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    if request.param == "duckdb":
        yield Warehouse(f"duckdb:///{tmp_path}/katana.duckdb")
        return
    with postgres_database() as url:
        yield Warehouse(url)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with threaded(Sandbox(products=300, rate_limit=None)) as sandbox:
        yield sandbox
