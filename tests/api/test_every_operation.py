"""Every operation over real HTTP, against a server built from Katana's documents."""

import os
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any

import pytest

from katana_async import ApiKey, KatanaClient, Page, Pages
from katana_async.http.decoding.oddities import TEXT_NUMBER
from katana_async.http.limits import ProcessLimits
from katana_async.resources.operations import Operation, operations
from tests.api.arguments import ArgumentGenerator
from tests.api.documented_server import DocumentedKatana, ReceivedRequest, documented_katana
from tests.comparison import assert_same
from tests.openapi import openapi_document

OPERATIONS = operations()
TAKES_A_BODY = [each for each in OPERATIONS if each.method in ("POST", "PATCH", "DELETE")]
BODIES = int(os.environ.get("KATANA_TEST_BODIES", "200"))
"""The number of random bodies for each operation."""

# Values of Katana's examples that differ from the models' types; they are read and counted.
_TEXT_ID = [f"SerialNumberStock.id: {TEXT_NUMBER}"]
TOLERATED = {
    "GET /serial_numbers_stock": _TEXT_ID,
    "GET /serial_numbers/serial_numbers_stock": _TEXT_ID,
}


@pytest.fixture
async def server() -> AsyncIterator[DocumentedKatana]:
    async with documented_katana() as katana:
        yield katana


@pytest.fixture
async def client(server: DocumentedKatana) -> AsyncIterator[KatanaClient]:
    async with KatanaClient(
        auth=ApiKey("documented"), base_url=server.base_url, limits=ProcessLimits(100_000)
    ) as katana:
        yield katana


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


async def call(client: KatanaClient, operation: Operation, generator: ArgumentGenerator) -> Any:
    """Call the method of an operation; read one page of a list."""
    method = getattr(getattr(client, operation.attribute), operation.python_method)
    arguments = generator.arguments(operation)
    result = method(*arguments.positional, **arguments.named)
    return await (result.page(1) if isinstance(result, Pages) else result)


def assert_accepted(server: DocumentedKatana, operation: Operation) -> ReceivedRequest:
    """Assert that all requests were valid, and return the last one."""
    assert not [request for request in server.received if request.violation]
    last = server.received[-1]
    assert last.operation == f"{operation.method} {operation.path}"
    return last


def assert_result(result: Any, payload: Any, where: str) -> None:
    """Assert that a method's result has all values of the example that was sent."""
    if isinstance(payload, dict) and payload.keys() == {"order_ids"}:
        payload = payload["order_ids"]
    if isinstance(result, Sequence) and isinstance(payload, dict):
        payload = [payload]
    if isinstance(result, Page):
        records = payload["data"] if isinstance(payload, dict) else payload
        assert_same(tuple(result.items), records, where)
    elif isinstance(result, Sequence):
        assert_same(tuple(result), payload, where)
    elif payload is None:
        assert result is None, where
    else:
        assert result is not None, f"{where}: the answer is lost"
        assert_same(result, payload, where)


def fields_of(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """Return the fields of an operation's body; none if it is an array."""
    declared = document["paths"][operation.path][operation.method.lower()]
    schema = declared["requestBody"]["content"]["application/json"]["schema"]
    fields: dict[str, Any] = schema.get("properties", {})
    return fields


def test_there_is_a_method_for_each_of_the_231_operations(document: dict[str, Any]) -> None:
    wanted = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert len(wanted) == 231
    assert {(each.method, each.path) for each in OPERATIONS} == wanted


@pytest.mark.parametrize("optional_percent", [100, 0], ids=["everything", "the least"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
async def test_an_operation_is_called_as_documented_and_its_answer_is_read_whole(
    operation: Operation,
    optional_percent: int,
    document: dict[str, Any],
    server: DocumentedKatana,
    client: KatanaClient,
) -> None:
    generator = ArgumentGenerator(document, Random(operation.path), optional_percent)
    result = await call(client, operation, generator)
    taken = assert_accepted(server, operation)
    assert_result(result, server.example(taken.operation).payload, taken.operation)
    if server.has_examples:
        assert list(client.stats.tolerated) == TOLERATED.get(taken.operation, [])


@pytest.mark.parametrize("operation", TAKES_A_BODY, ids=lambda each: f"{each.method} {each.path}")
async def test_every_body_that_the_document_allows_can_be_sent(
    operation: Operation, document: dict[str, Any], server: DocumentedKatana, client: KatanaClient
) -> None:
    if "requestBody" not in document["paths"][operation.path][operation.method.lower()]:
        await call(client, operation, ArgumentGenerator(document, Random(0), 50))
        assert assert_accepted(server, operation).body is None
        return
    random = Random(f"{operation.method} {operation.path}")
    different: set[str] = set()
    for _ in range(BODIES):
        await call(
            client, operation, ArgumentGenerator(document, random, random.choice([10, 50, 90]))
        )
        different.add(str(assert_accepted(server, operation).body))
        server.received.clear()
    # A body that is only a status has three values.
    assert len(different) > (
        2 if set(fields_of(document, operation)) == {"status"} else BODIES // 20
    )
