"""A run that ends at any write of dlt's local files is completed by the next one."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from katana_async.sandbox import Sandbox, threaded

from .warehouse import Warehouse, client_of, differences

# dlt copies its context into threads, and leaves event loops for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with threaded(Sandbox(products=50, rate_limit=None)) as sandbox:
        yield sandbox


def run(warehouse: Warehouse, sandbox: Sandbox) -> None:
    warehouse.run(lambda: client_of(sandbox), resources=["products"])


def write_until(last: int, patch: pytest.MonkeyPatch) -> list[Any]:
    """Leave the file beside its place, and raise, at the write with this number; list all writes.

    dlt writes a small file beside its place, and renames it.
    """
    writes: list[Any] = []
    replace = os.replace

    def interrupt(source: str, target: str) -> None:
        writes.append(target)
        if len(writes) == last:
            raise KeyboardInterrupt
        replace(source, target)

    patch.setattr(os, "replace", interrupt)
    return writes


@pytest.mark.parametrize(("is_first", "step"), [(True, 1), (False, 3)])
async def test_a_run_that_ends_at_any_write_of_a_local_file_is_completed(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool, step: int
) -> None:
    products = sandbox.store["products"]
    for last in count(1, step):
        warehouse = Warehouse(f"duckdb:///{tmp_path}/{last}.duckdb")
        if not is_first:
            run(warehouse, sandbox)
            products.delete(products.ids()[0])
        with monkeypatch.context() as patch:
            writes = write_until(last, patch)
            with suppress(BaseException):
                run(warehouse, sandbox)
        run(warehouse, sandbox)
        assert await differences(warehouse, sandbox, "products") == [], writes[-1]
        if len(writes) < last:
            break
    assert last > 20
