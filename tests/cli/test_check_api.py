"""`check-api` with documents that agree, that differ, and that are invalid."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from katana_async.cli.app import run
from katana_async.sandbox import gateway
from tests.openapi import openapi_document

from .conftest import Katana


@pytest.fixture
def document() -> dict[str, Any]:
    """An OpenAPI document that the SDK agrees with."""
    return openapi_document()


@pytest.fixture
def changed_document(document: dict[str, Any], tmp_path: Path) -> Path:
    """A document without one of the operations."""
    del document["paths"]["/factory"]
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document))
    return path


def test_there_is_no_difference_from_katanas_document(katana: Katana, shared_api: Path) -> None:
    ran = katana("check-api", shared_api / "gateway-openapi.json", "-o", "table")
    assert (ran.status, ran.out) == (0, "")
    assert "no differences between the SDK and" in ran.err
    assert f"the SDK was last checked against {gateway.source_document()}" in ran.err
    answer = katana("check-api", shared_api / "gateway-openapi.json", "--json").json()
    assert answer["differences"] == []
    assert answer["document"] == {"operations": 231}
    assert answer["checked_against"]["operations"] == 231


def test_drift_is_a_table_json_lines_or_json_and_exit_status_one(
    katana: Katana, changed_document: Path
) -> None:
    one = {
        "operation": "GET /factory",
        "place": "",
        "change": "vanished",
        "what": "operation",
        "document": "",
        "sdk": "",
    }
    ran = katana("check-api", changed_document, "--json")
    assert (ran.status, ran.json()["differences"]) == (1, [one])
    assert katana("check-api", changed_document).lines() == [one]
    table = katana("check-api", changed_document, "-o", "table")
    assert table.status == 1
    assert "GET /factory" in table.out
    assert "vanished" in table.out
    assert f"1 difference between the SDK and {changed_document}" in table.err


def test_it_needs_no_key(
    katana: Katana, changed_document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KATANA_API_KEY")
    assert katana("check-api", changed_document, "--json").status == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "the document must be an object, not an array"),
        ("{}", "this is no OpenAPI document: it has no paths"),
        ('{"paths": {}}', "this is no OpenAPI document: it has no paths"),
        ('{"paths": {"/a": {"get": {"parameters": [{"$ref": "#/b"}]}}}}', "refers to #/b"),
    ],
)
def test_a_document_that_is_not_openapi_is_an_error_of_one_line(
    katana: Katana, tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "some.json"
    path.write_text(content)
    ran = katana("check-api", path)
    assert (ran.status, ran.out) == (2, "")
    assert complaint in ran.err
    assert ran.err.count("\n") == 1


def test_a_missing_file_is_named(katana: Katana, tmp_path: Path) -> None:
    ran = katana("check-api", tmp_path / "nothing.json")
    assert ran.status == 2
    assert "nothing.json: No such file or directory" in ran.err


def test_a_document_is_fetched_from_an_address_without_the_key(
    katana: Katana, changed_document: Path, environment: dict[str, str]
) -> None:
    asked: list[Any] = []
    content = changed_document.read_bytes()

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.headers)
        return web.Response(body=content)

    status, out = _check_served(katana, serve)
    assert status == 1
    assert [each["operation"] for each in json.loads(out)["differences"]] == ["GET /factory"]
    assert all(environment["KATANA_API_KEY"] not in str(headers) for headers in asked)
    assert [headers["User-Agent"] for headers in asked] == ["katana-async"]


def test_a_server_error_is_an_error_of_one_line(katana: Katana) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=503)

    status, err = _check_served(katana, refuse, of="err")
    assert status == 2
    assert "the server answers 503" in err


def test_a_server_that_is_not_there_is_an_error_with_the_reason(katana: Katana) -> None:
    ran = katana("check-api", "http://127.0.0.1:9/openapi.json")
    assert ran.status == 2
    assert "cannot be read (Connection refused)" in ran.err


def test_katanas_public_address_is_the_default(
    katana: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def check(source: str, *_: Any) -> int:
        asked.append(source)
        return 0

    monkeypatch.setattr("katana_async.cli.check_api.check_api", check)
    assert run(["check-api"]) == 0
    assert asked == ["https://api.katanamrp.com/v1/openapi.json"]


def _check_served(katana: Katana, handler: Any, of: str = "out") -> tuple[int, str]:
    """Run the check with a server in a thread, and return the exit status and the output."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> TestServer:
        app = web.Application()
        app.router.add_get("/openapi.json", handler)
        server = TestServer(app)
        await server.start_server()
        return server

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        ran = katana("check-api", str(server.make_url("/openapi.json")), "--json")
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
    return ran.status, getattr(ran, of)
