"""Each of the five commands with each resource: it works, or Katana has no such call."""

import asyncio
import csv
import io
import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from attrs import fields_dict

from katana_async.cli.arguments import COMMANDS, find_keywords
from katana_async.cli.columns import table_columns
from katana_async.http.encoding import encode_body, query_pairs, to_json
from katana_async.resources import RESOURCES, load
from katana_async.resources.operations import operations
from tests.api.arguments import ArgumentGenerator, Arguments
from tests.api.documented_server import DocumentedKatana, documented_katana
from tests.openapi import openapi_document

from .conftest import Katana, Ran

OPERATIONS = {(one.attribute, one.python_method): one for one in operations()}
EVERY = [(command, resource) for command in COMMANDS for resource in RESOURCES]
OFFERED = [(command, name) for command, name in EVERY if hasattr(load(name), command)]
NOT_OFFERED = [pair for pair in EVERY if pair not in OFFERED]
LISTS = [name for command, name in OFFERED if command == "list"]
FOUND = [name for command, name in OFFERED if (name, command) not in OPERATIONS]
"""Resources whose records `get` finds in their list, since Katana has no call for one record."""


@contextmanager
def running_documented_katana() -> Generator[DocumentedKatana]:
    """Run a server of Katana's documents in a thread, since commands have their own event loop."""
    up = Event()
    running: list[tuple[DocumentedKatana, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        async with documented_katana() as katana:
            end = asyncio.Event()
            running.append((katana, asyncio.get_running_loop(), end))
            up.set()
            await end.wait()

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert up.wait(10), "the server does not start"
    katana, loop, end = running[0]
    try:
        yield katana
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


@pytest.fixture(scope="module")
def shared_server() -> Iterator[DocumentedKatana]:
    with running_documented_katana() as katana:
        yield katana


@pytest.fixture
def server(
    shared_server: DocumentedKatana, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> DocumentedKatana:
    """A server that checks requests by Katana's documents and answers from them."""
    monkeypatch.setenv("KATANA_BASE_URL", shared_server.base_url)
    monkeypatch.setenv("KATANA_API_KEY", "documented")
    shared_server.received.clear()
    return shared_server


def to_words(command: str, arguments: Arguments) -> list[str]:
    """Return the arguments of a method as the words of a command."""
    words = [str(each) for each in arguments.positional]
    if command in ("list", "get"):
        pairs = query_pairs(arguments.named)
        return [*words, *(word for name, text in pairs for word in ("--filter", f"{name}={text}"))]
    if command == "delete" and not arguments.named:
        return words
    return [*words, "--data", to_json(arguments.named).decode()]


def records_of(payload: Any) -> list[dict[str, Any]]:
    """Return the records of an example."""
    match payload:
        case None:
            return []
        case {"data": [*records]} | [*records]:
            return records
        case _:
            return [payload]


def assert_shown(done: Ran, payload: Any) -> None:
    records: list[dict[str, Any]] = []
    for record in records_of(payload):
        # Katana's example of shipping fees has two records with one id: a walk gives the first.
        if "id" not in record or record["id"] not in [each.get("id") for each in records]:
            records.append(record)
    assert done.lines() == records
    if any(record.get("failed") for record in records):
        assert (done.status, done.err.count("\n")) == (1, 1)
    else:
        assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("odds", [100, 0], ids=["everything", "the least"])
@pytest.mark.parametrize(
    ("command", "resource"), [pair for pair in OFFERED if pair[::-1] in OPERATIONS]
)
def test_an_offered_command_sends_a_documented_request_and_shows_the_answer(
    command: str,
    resource: str,
    odds: int,
    document: dict[str, Any],
    server: DocumentedKatana,
    katana: Katana,
) -> None:
    operation = OPERATIONS[resource, command]
    arguments = ArgumentGenerator(document, Random(f"{command} {resource}"), odds).arguments(
        operation
    )
    done = katana(command, resource, *to_words(command, arguments))
    assert server.received, done.err
    assert not [request.violation for request in server.received if request.violation]
    last = server.received[-1]
    assert last.operation == f"{operation.method} {operation.path}"
    if command in ("create", "update", "delete") and arguments.named:
        keywords = find_keywords(getattr(load(resource), command))
        sent = json.loads(encode_body(arguments.named, keywords), parse_float=Decimal)
        assert {name: last.body[name] for name in sent} == sent
    assert_shown(done, server.example(last.operation).payload)


@pytest.mark.parametrize("resource", FOUND)
def test_a_record_that_katana_only_lists_is_found_by_its_key(
    resource: str, server: DocumentedKatana, katana: Katana
) -> None:
    payload = server.example(f"GET {load(resource).path}").payload
    wanted = records_of(payload)[0]
    done = katana("get", resource, wanted[load(resource).key[0]])
    assert_shown(done, wanted)
    assert len(server.received) == 1
    assert server.received[0].violation is None


@pytest.mark.parametrize(("command", "resource"), NOT_OFFERED)
def test_a_command_that_katana_does_not_offer_is_an_error_with_the_offered_ones(
    command: str, resource: str, katana: Katana
) -> None:
    data = ["--data", "{}"] if command in ("create", "update") else []
    done = katana(command, resource, *([] if command in ("list", "create") else ["1"]), *data)
    assert (done.status, done.out) == (2, "")
    assert f"Katana offers no '{command}' for {resource}" in done.err
    assert done.err.count("\n") == 1
    for name, method in OPERATIONS:
        if name == resource:
            assert method in done.err.partition("it has")[2]


@pytest.mark.parametrize("resource", LISTS)
def test_a_table_shows_a_few_fields_that_records_have(
    resource: str, server: DocumentedKatana, katana: Katana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")  # the terminal's, so that no name is folded
    known = fields_dict(load(resource).model)
    assert [name for name in table_columns()[resource] if name not in known] == []
    assert len(table_columns()[resource]) <= 9
    done = katana("list", resource, "--output", "table", "-n", "1")
    assert (done.status, done.err) == (0, "")
    (record, *_) = records_of(server.example(f"GET {load(resource).path}").payload)
    shown = [name for name in table_columns()[resource] if name in record]
    assert len(shown) >= 2
    assert done.out.splitlines()[0].split() == shown


@pytest.mark.parametrize("resource", LISTS)
def test_every_filter_has_a_text_form(
    resource: str, document: dict[str, Any], server: DocumentedKatana, katana: Katana
) -> None:
    random = Random(resource)
    for _ in range(10):
        maker = ArgumentGenerator(document, random, 50)
        arguments = maker.arguments(OPERATIONS[resource, "list"])
        done = katana("list", resource, "-n", "1", *to_words("list", arguments))
        assert done.status == 0, done.err
    assert not [request.violation for request in server.received if request.violation]


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
def test_no_table_shows_a_secret(server: DocumentedKatana, katana: Katana) -> None:
    (webhook,) = katana("list", "webhooks").lines()
    shown = katana("list", "webhooks", "--output", "table").out
    assert webhook["url"][:8] in shown
    assert webhook["token"]
    assert "token" not in shown
    assert webhook["token"] not in shown


@pytest.mark.usefixtures("shared_api")  # compares with Katana's examples
def test_refused_serial_numbers_are_listed_after_the_answer(
    server: DocumentedKatana, katana: Katana
) -> None:
    body = {"resource_type": "ManufacturingOrder", "resource_id": 2, "serial_numbers": ["SN1"]}
    done = katana("create", "serial_numbers", "--data", json.dumps(body))
    answer = done.lines()[0]
    assert [each["serial_number"] for each in answer["successful"]] == ["SN1"]
    assert [each["serial_number"] for each in answer["failed"]] == ["SN2"]
    assert done.status == 1
    assert done.err.startswith("katana-async: 1 of 2 serial numbers were not assigned: SN2")
    assert done.err.count("\n") == 1


def test_serial_numbers_are_deleted_by_data_and_not_by_an_id(
    server: DocumentedKatana, katana: Katana
) -> None:
    body = {"resource_type": "ManufacturingOrder", "resource_id": 2, "ids": [1, 2]}
    assert katana("delete", "serial_numbers", "--data", json.dumps(body)).status == 0
    assert [(request.operation, request.body) for request in server.received] == [
        ("DELETE /serial_numbers", body)
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["get", "recipes"], "get recipes needs an id"),
        (["get", "factory", "1"], "get factory takes no id: leave '1' out"),
        (["get", "demand_forecasts", "7"], "get demand_forecasts takes no id: leave '7' out"),
        (
            ["get", "demand_forecasts", "--filter", "variant_id=7"],
            "get demand_forecasts needs a filter that selects the record: --filter location_id=...",
        ),
        (["get", "variants", "7", "-f", "extnd=x"], "get variants has no filter 'extnd': did you"),
        (["get", "variants", "7", "-f", "extend=x"], "is one of product_or_material, not 'x'"),
        (["get", "customers", "7", "-f", "extend=x"], "get customers has no filter 'extend'"),
        (["list", "users", "-f", "ids=7"], "users has no filter 'ids'"),
        (
            ["list", "bin_inventory", "-f", "batch_id=none"],
            "'batch_id' takes a whole number or null, not 'none'",
        ),
        (
            ["delete", "demand_forecasts"],
            "it has get, create; send with 'request': clear (DELETE /demand_forecasts)",
        ),
        (["delete", "products"], "delete products needs an id"),
        (["delete", "products", "7", "-d", "{}"], "delete products takes no --data"),
        (["delete", "serial_numbers", "7"], "delete serial_numbers takes no id: leave '7' out"),
        (
            ["delete", "serial_numbers"],
            "delete serial_numbers needs --data, with ids, resource_id, resource_type",
        ),
        (["delete", "serial_numbers", "-d", '{"id": 1}'], "takes no field 'id': did you mean"),
        (["delete", "serial_numbers", "-d", '{"ids": [1]}'], "missing: resource_id, resource_type"),
    ],
)
def test_a_command_without_meaning_is_a_usage_error_and_sends_nothing(
    arguments: list[str], problem: str, server: DocumentedKatana, katana: Katana
) -> None:
    done = katana(*arguments)
    assert (done.status, done.out) == (2, ""), done.err
    assert problem in done.err
    assert done.err.count("\n") == 1
    assert server.received == []


def test_get_takes_filters_that_add_fields(katana: Katana) -> None:
    newest = katana("list", "variants", "-n", "1").lines()[0]["id"]
    plain = katana("get", "variants", newest).lines()[0]
    more = katana("get", "variants", newest, "--filter", "extend=product_or_material").lines()[0]
    assert not plain.get("product_or_material")
    assert more["product_or_material"]["id"]


def test_get_selects_a_forecast_by_variant_and_location(katana: Katana) -> None:
    level = katana("list", "inventory", "-n", "1").lines()[0]
    ids = {name: level[name] for name in ("variant_id", "location_id")}
    words = [word for name, value in ids.items() for word in ("--filter", f"{name}={value}")]
    done = katana("get", "demand_forecasts", *words)
    assert done.status == 0, done.err
    forecast = done.lines()[0]
    assert {name: forecast[name] for name in ids} == ids


def test_rows_are_created_together_and_shown_one_by_one(katana: Katana) -> None:
    variants = [record["id"] for record in katana("list", "variants", "-n", "2").lines()]
    location = katana("list", "locations", "-n", "1").lines()[0]["id"]
    stocktake = {"stocktake_number": "ST-CLI", "location_id": location, "reason": "monthly"}
    made = katana("create", "stocktakes", "-d", json.dumps(stocktake))
    assert made.status == 0, made.err
    rows = {
        "stocktake_id": made.lines()[0]["id"],
        "stocktake_rows": [{"variant_id": each} for each in variants],
    }
    done = katana("create", "stocktake_rows", "-d", json.dumps(rows), "-o", "csv")
    assert done.status == 0, done.err
    shown = list(csv.DictReader(io.StringIO(done.out)))
    assert sorted(int(row["variant_id"]) for row in shown) == sorted(variants)


def test_an_update_with_an_empty_answer_shows_nothing(katana: Katana) -> None:
    stocktake = katana("list", "stocktakes", "-n", "1").lines()[0]["id"]
    done = katana("update", "stocktakes", stocktake, "-d", '{"reason": "Audit"}')
    assert (done.status, done.out, done.err) == (0, "", "")
    assert katana("get", "stocktakes", stocktake).lines()[0]["reason"] == "Audit"


def test_operations_lists_all_of_the_api(document: dict[str, Any], katana: Katana) -> None:
    listed = {(one["method"], one["path"]) for one in katana("operations").lines()}
    documented = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert listed == documented
    assert len(listed) == 231
