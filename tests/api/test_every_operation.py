"""Every operation, over real HTTP, against a server that only knows Katana's documents."""

import os
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any

import pytest

from katana_async import ApiKey, KatanaClient, Page, Pages
from katana_async.http.limits import ProcessLimits
from katana_async.http.oddities import TEXT_NUMBER
from katana_async.resources.operations import Operation, operations
from tests.api.arguments import Maker
from tests.api.katana import Asked, DocumentedKatana, documented_katana
from tests.openapi import openapi_document
from tests.same import assert_same

OPERATIONS = operations()
TAKES_A_BODY = [each for each in OPERATIONS if each.method in ("POST", "PATCH", "DELETE")]
BODIES = int(os.environ.get("KATANA_TEST_BODIES", "200"))
"""How many different bodies each operation is tried with."""

# What Katana's own examples have in another form than the models: read all the same, and counted.
_TEXT_ID = [f"SerialNumberStock.id: {TEXT_NUMBER}"]
ODD = {
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


async def call(client: KatanaClient, operation: Operation, maker: Maker) -> Any:
    """Call the method that an operation is; of a list, read a page."""
    method = getattr(getattr(client, operation.attribute), operation.python_method)
    arguments = maker.arguments(operation)
    result = method(*arguments.positional, **arguments.named)
    return await (result.page(1) if isinstance(result, Pages) else result)


def assert_taken(server: DocumentedKatana, operation: Operation) -> Asked:
    """Return the request of an operation, which nothing may be wrong with."""
    assert not [asked for asked in server.asked if asked.complaint]
    last = server.asked[-1]
    assert last.operation == f"{operation.method} {operation.path}"
    return last


def assert_read(result: Any, payload: Any, where: str) -> None:
    """Hold what a method returned against the example that was answered."""
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
    """Return the fields of an operation's body; none where it is an array."""
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


@pytest.mark.parametrize("odds", [100, 0], ids=["everything", "the least"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
async def test_an_operation_is_called_as_documented_and_its_answer_is_read_whole(
    operation: Operation,
    odds: int,
    document: dict[str, Any],
    server: DocumentedKatana,
    client: KatanaClient,
) -> None:
    maker = Maker(document, Random(operation.path), odds)
    result = await call(client, operation, maker)
    taken = assert_taken(server, operation)
    assert_read(result, server.example(taken.operation).payload, taken.operation)
    if server.has_examples:
        assert list(client.stats.tolerated) == ODD.get(taken.operation, [])


@pytest.mark.parametrize("operation", TAKES_A_BODY, ids=lambda each: f"{each.method} {each.path}")
async def test_whatever_the_document_allows_in_a_body_can_be_sent(
    operation: Operation, document: dict[str, Any], server: DocumentedKatana, client: KatanaClient
) -> None:
    if "requestBody" not in document["paths"][operation.path][operation.method.lower()]:
        await call(client, operation, Maker(document, Random(0), 50))
        assert assert_taken(server, operation).body is None
        return
    random = Random(f"{operation.method} {operation.path}")
    different: set[str] = set()
    for _ in range(BODIES):
        await call(client, operation, Maker(document, random, random.choice([10, 50, 90])))
        different.add(str(assert_taken(server, operation).body))
        server.asked.clear()
    # Where a status is all there is, there are no more than its three values.
    assert len(different) > (
        2 if set(fields_of(document, operation)) == {"status"} else BODIES // 20
    )
