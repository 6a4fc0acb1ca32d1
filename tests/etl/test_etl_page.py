"""The code of docs/etl.md runs against a sandbox, in the order of the page."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import katana_async
from katana_async import KatanaClient
from katana_async.sandbox import Sandbox, threaded
from tests.oauth.pages import oauth_here
from tests.pages import python_blocks

PAGE = "docs/etl.md"

# dlt leaves event loops for the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


class Airflow(ModuleType):
    """The two decorators of `airflow.sdk`, which run tasks at once."""

    def __init__(self) -> None:
        super().__init__("airflow.sdk")
        self.ran: list[str] = []

    def dag(self, **_: Any) -> Callable[[Any], Any]:
        return lambda function: function

    def task(self, **_: Any) -> Callable[[Any], Any]:
        def decorate(function: Any) -> Any:
            def run() -> None:
                function()
                self.ran.append(function.__name__)

            return run

        return decorate


class Dagster(ModuleType):
    """The part of `dagster` that the page uses."""

    def __init__(self) -> None:
        super().__init__("dagster")
        self.assets: list[Any] = []

    def asset(self, **_: Any) -> Callable[[Any], Any]:
        return lambda function: function

    def Definitions(self, assets: list[Any]) -> None:  # noqa: N802 - a class in Dagster
        self.assets += assets


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow, dagster, warehouse = Airflow(), Dagster(), ModuleType("warehouse")
    monkeypatch.setitem(sys.modules, "airflow", ModuleType("airflow"))
    monkeypatch.setitem(sys.modules, "airflow.sdk", airflow)
    monkeypatch.setitem(sys.modules, "dagster", dagster)
    monkeypatch.setitem(sys.modules, "warehouse", warehouse)
    with threaded(Sandbox(products=60, rate_limit=None)) as sandbox:
        monkeypatch.setenv("KATANA_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("KATANA_API_KEY", sandbox.api_key)
        monkeypatch.setenv("DATABASE_URL", "replaced by a file")
        oauth_here(sandbox, tmp_path, monkeypatch)

        class Katana(KatanaClient):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments, base_url=sandbox.base_url)

        monkeypatch.setattr(katana_async, "KatanaClient", Katana)
        names: dict[str, Any] = {}
        for block in python_blocks(PAGE):
            exec(compile(block, PAGE, "exec"), names)
            vars(warehouse).update(sync=names["sync"])  # the first block is warehouse.py
            if "def make_app" in block:
                asyncio.run(connect(names["make_app"], sandbox, "acme", "northwind"))
        [asset] = dagster.assets
        asset()
    assert airflow.ran == ["load"]


async def connect(make_app: Callable[[], Any], sandbox: Sandbox, *connection_ids: str) -> None:
    """Connect accounts as a browser would."""
    async with make_app() as app:
        for each in connection_ids:
            url = await app.begin(connection_id=each, session="a browser's")
            await app.complete(str(sandbox.oauth.approve(url)), session="a browser's")
