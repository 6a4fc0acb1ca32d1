"""Measure copies of 50,000 products into DuckDB: `katana_source` beside dlt's `rest_api` source.

    python -m bench.etl [--products 50000] [--rounds 3]

Each measurement has a process of its own; the pages come from `bench.etl_server`, another process.
Then both copy a sandbox that changes, and the rows that each has wrong are counted. Prints the
tables of docs/etl.md.
"""

# dlt and duckdb have no complete types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

import argparse
import gc
import importlib.abc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.worker import peak_memory

if TYPE_CHECKING:
    from katana_async.sandbox import Sandbox, Table

ROOT = Path(__file__).parents[1]
SOURCES = ("katana_source", "rest_api")
FILE = "bench.duckdb"


def sync_katana(base_url: str, key: str) -> int:
    """Run `katana_source` until it has caught up; return the number of records."""
    from katana_async import ApiKey, KatanaClient
    from katana_async.etl import katana_source
    from katana_async.etl.sync import Synchronization, make_pipeline
    from katana_async.http.limits import ProcessLimits

    limits = ProcessLimits(1_000_000)
    synchronization = Synchronization(make_pipeline(f"duckdb:///{FILE}"))
    synchronization.run(
        lambda: katana_source(
            lambda: KatanaClient(ApiKey(key), base_url=base_url, limits=limits),
            resources=["products"],
            append_first=synchronization.can_append,
            on_progress=synchronization.report,
        )
    )
    return synchronization.records["products"]


def sync_rest_api(base_url: str, key: str) -> int:
    """Run a `rest_api` source as its documentation has it: pages, merge, incremental by a date."""
    import dlt
    from dlt.sources.rest_api import rest_api_source

    source = rest_api_source(
        {
            "client": {
                "base_url": base_url + "/",
                "auth": {"type": "bearer", "token": key},
                "paginator": {"type": "page_number", "base_page": 1, "total_path": None},
            },
            "resources": [
                {
                    "name": "products",
                    "primary_key": "id",
                    "write_disposition": "merge",
                    # Rows within records as JSON, as in the tables of `katana_source`.
                    "max_table_nesting": 0,
                    "endpoint": {
                        "path": "products",
                        "params": {"limit": 250, "include_archived": "true"},
                        "data_selector": "data",
                        "incremental": {
                            "start_param": "updated_at_min",
                            "cursor_path": "updated_at",
                            "initial_value": "2000-01-01T00:00:00Z",
                        },
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline("rest", destination=dlt.destinations.duckdb(FILE), dataset_name="main")
    pipeline.run(source)
    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT count(*) FROM products") or []
    return int(rows[0][0])


_SYNCS: dict[str, Callable[[str, str], int]] = {
    "katana_source": sync_katana,
    "rest_api": sync_rest_api,
}


def measure(name: str, base_url: str, key: str) -> None:
    """Copy once, and print the cost as JSON. Imports of other packages are not measured."""
    sys.meta_path.insert(0, _WithoutPandas())
    for module in _IMPORTS:
        importlib.import_module(module)
    # As the command `sync` does: garbage collections need not visit the modules.
    gc.collect()
    gc.freeze()
    base = peak_memory()
    wall, cpu = time.perf_counter(), time.process_time()
    records = _SYNCS[name](base_url, key)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    sample = {"records": records, "wall": wall, "cpu": cpu, "peak": peak_memory(), "base": base}
    print(json.dumps(sample))


_IMPORTS = (
    "aiohttp",
    "dlt.common.libs.pyarrow",
    "dlt.common.libs.sql_alchemy_compat",
    "dlt.sources.rest_api",
    "duckdb",
    "katana_async.etl.source",
)


class _WithoutPandas(importlib.abc.MetaPathFinder):
    """Refuse pandas, which pyarrow and dlt import if it is there: neither needs it."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Raise ImportError for pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)


@contextmanager
def folder() -> Generator[dict[str, str]]:
    """Yield the environment of processes whose files are in a folder of their own."""
    with tempfile.TemporaryDirectory() as path:
        yield {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": "0",
            "DLT_DATA_DIR": str(Path(path, "dlt")),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "CRITICAL",
            "FOLDER": path,
        }


def run(name: str, base_url: str, key: str, environment: dict[str, str]) -> dict[str, float]:
    """Copy once in a process of its own, and return the cost."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.etl", "--measure", name, base_url, key],
        env=environment,
        cwd=environment["FOLDER"],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    sample: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return sample


def compare_costs(products: int, rounds: int) -> Iterator[str]:
    """Yield the lines of the table of costs: medians of rounds, in which both take turns."""
    arguments = [sys.executable, "-m", "bench.etl_server", str(products)]
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in SOURCES}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        base_url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        for _ in range(rounds):
            for name in SOURCES:
                with folder() as environment:
                    samples[name].append(run(name, base_url, "key", environment))
        server.terminate()
    yield "| source | records/s | records per CPU second | time | CPU time | peak memory |"
    yield "|---|---:|---:|---:|---:|---:|"
    medians = {
        name: {each: median(sample[each] for sample in taken) for each in taken[0]}
        for name, taken in samples.items()
    }
    for name, each in medians.items():
        yield (
            f"| `{name}` | {each['records'] / each['wall']:,.0f}"
            f" | {each['records'] / each['cpu']:,.0f} | {each['wall']:.1f} s"
            f" | {each['cpu']:.1f} s | {each['peak'] / 2**20:.0f} MiB |"
        )
    ours, theirs = (medians[name] for name in SOURCES)
    ratios = {each: theirs[each] / ours[each] for each in ("wall", "cpu", "peak")}
    yield (
        f"| ratio | {ratios['wall']:.1f} × | {ratios['cpu']:.1f} × | {1 / ratios['wall']:.2f} ×"
        f" | {1 / ratios['cpu']:.2f} × | {1 / ratios['peak']:.2f} × |"
    )


_COPIES = 8
"""Copies after the first one, an hour apart, the second of them a day later: sweeps are daily."""


def compare_rows(products: int) -> Iterator[str]:
    """Yield the lines of the table of rows that each source has wrong in the end."""
    from katana_async.sandbox import ManualClock, Sandbox, threaded

    yield "| source | missing | deleted, still there | old version | type of a decimal |"
    yield "|---|---:|---:|---:|---|"
    for name in SOURCES:
        clock = ManualClock()
        sandbox = Sandbox(products=products, rate_limit=None, clock=clock)
        with threaded(sandbox), folder() as files:
            table = sandbox.store["products"]
            ids = table.ids()
            with _deletions_while_paging(sandbox, ids[20:25]):
                run(name, sandbox.base_url, sandbox.api_key, files)
            table.delete(ids[0])
            table.erase(ids[1])  # without a mark
            table.update(ids[2], {"name": "Changed"})
            table.create({"name": "New", "uom": "pcs"})
            for copy in range(_COPIES):
                clock.advance(26 * 3600 if copy == 1 else 3600)
                run(name, sandbox.base_url, sandbox.api_key, files)
            yield f"| `{name}` | {_count_wrong_rows(Path(files['FOLDER'], FILE), table)} |"


@contextmanager
def _deletions_while_paging(sandbox: "Sandbox", ids: Sequence[Any]) -> Generator[None]:
    """Delete products of the first page as soon as it was read: the rows behind them move up."""

    def delete() -> None:
        while not sandbox.journal.count(path="/products"):
            time.sleep(0.001)
        for each in ids:
            sandbox.store["products"].delete(each)

    thread = threading.Thread(target=delete)
    thread.start()
    yield
    thread.join()


def _count_wrong_rows(file: Path, table: "Table") -> str:
    import duckdb

    with duckdb.connect(str(file)) as database:
        rows = database.execute("SELECT id, name FROM products").fetchall()
        [[kind]] = database.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = 'products'"
            " AND table_schema = 'main' AND column_name = 'purchase_uom_conversion_rate'"
        ).fetchall()
    found = dict(rows)
    wanted = {each: table.get(each) for each in table.ids(archived=True)}
    missing = len(wanted.keys() - found.keys())
    extra = len(found.keys() - wanted.keys())
    shared = [(row, found[key]) for key, row in wanted.items() if row and key in found]
    old = sum(row["name"] != name for row, name in shared)
    return f"{missing} | {extra} | {old} | `{kind}`"


def main() -> None:
    """Print both tables."""
    made = argparse.ArgumentParser(description="Measure copies of products into DuckDB.")
    made.add_argument("--products", type=int, default=50_000)
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = made.parse_args()
    if given.measure:
        measure(*given.measure)
        return
    for lines in (compare_costs(given.products, given.rounds), compare_rows(600)):
        for line in lines:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
