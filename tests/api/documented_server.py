"""A server built from Katana's documents alone.

It validates each request by Katana's request schemas and answers with Katana's example. Where the
examples are absent, as in a plain clone, it answers like the sandbox.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field, frozen

from tests import request_validation

encode = msgspec.json.Encoder(decimal_format="number").encode

_ROW = {
    "id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "product_item_id": 11,
    "product_variant_id": 12,
    "ingredient_variant_id": 13,
    "quantity": Decimal("1.25"),
    "notes": None,
    "rank": 10000,
    "created_at": "2026-10-01T08:00:00.000Z",
    "updated_at": "2026-10-02T08:00:00.000Z",
}
_BOM_ROW = _ROW | {"custom_fields": {"0b2a1f3e-5d4c-4b6a-8978-0123456789ab": "oak"}}
_RECIPE_ROW = _ROW | {"recipe_row_id": _ROW["id"], "product_id": 11}
# Answers without an example, with the fields of other operations and documents.
_WITHOUT_EXAMPLE = {
    "GET /bom_rows": {"data": [_BOM_ROW]},
    "PATCH /bom_rows/{id}": _BOM_ROW,
    "GET /recipes": {"data": [_RECIPE_ROW]},
    "PATCH /recipe_rows/{id}": _RECIPE_ROW,
    "GET /demand_forecasts": {
        "variant_id": 12,
        "location_id": 21,
        "in_stock": "4.0000000000",
        "periods": [
            {
                "period_start": "2026-10-01T00:00:00.000Z",
                "period_end": "2026-10-31T23:59:59.999Z",
                "in_stock": "3.0000000000",
                "expected": "0.0000000000",
                "committed": "1.0000000000",
            }
        ],
    },
    "GET /user_info": {
        "id": 1,
        "email": "ann@example.com",
        "firstName": "Ann",
        "lastName": "Ash",
    },
    "POST /manufacturing_orders/search": {
        "data": [
            {
                "id": 31,
                "order_no": "MO-1",
                "status": "NOT_STARTED",
                "variant_id": 12,
                "location_id": 21,
                "planned_quantity": 5,
                "total_cost": None,
                "custom_fields": {"0b2a1f3e-5d4c-4b6a-8978-0123456789ab": 2},
                "updated_at": "2026-10-02T08:00:00.000Z",
            }
        ]
    },
}
_WITHOUT_BODY = {
    "POST /bom_rows",
    "POST /bom_rows/batch/create",
    "POST /demand_forecasts",
    "POST /recipes",
}
_OTHER_NAMES = {
    "PATCH /batch_stocks/{id}": "PATCH /batch_stocks/{batch_id}",
    "GET /serial_numbers/serial_numbers_stock": "GET /serial_numbers_stock",
}
_NO_CONTENT = 204


@frozen
class ReceivedRequest:
    """A received request, and how it violates the document; None if it does not."""

    operation: str
    body: Any
    violation: str | None


@frozen
class Example:
    """The answer to an operation."""

    status: int
    payload: Any = None


_EXAMPLES = request_validation.DOCUMENTS / "response-examples.json"


@cache
def _examples() -> dict[str, Any] | None:
    if not _EXAMPLES.exists():
        return None
    found: dict[str, Any] = json.loads(_EXAMPLES.read_text(), parse_float=Decimal)
    return found


@cache
def _answer_of_sandbox(operation: str) -> Example:
    """Return the sandbox's answer to an operation, from the sandbox's tests."""
    from tests.sandbox.test_against_examples import CALLS, Caller, call_of

    if operation in _WITHOUT_BODY or operation.startswith("DELETE"):
        return Example(_NO_CONTENT)
    if operation == "PATCH /batch_stocks/{id}":
        return Example(200, _answer_of_sandbox("GET /batch_stocks").payload["data"][0])
    if operation not in CALLS and not operation.startswith("GET"):
        return Example(_NO_CONTENT)
    payload = call_of(operation)(Caller())
    if operation.startswith("GET") and operation.endswith("/{id}"):
        (payload, *_) = payload
    if payload is None:
        return Example(_NO_CONTENT)
    answer = _without_empty_objects(json.loads(encode(payload), parse_float=Decimal))
    if isinstance(answer, dict) and answer.get("data") and isinstance(answer["data"], list):
        answer["data"] = answer["data"][:2]
        if isinstance(answer["data"][0].get("id"), int):
            answer["data"][0]["id"] = 1  # the id in the examples
    return Example(200, answer)


def _without_empty_objects(value: Any) -> Any:
    """Return an answer with null in place of empty objects."""
    if isinstance(value, list):
        return [_without_empty_objects(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_empty_objects(each) for name, each in value.items()} or None
    return value


def _unlimited_headers() -> dict[str, str]:
    """Return the headers of a very high limit; without them the SDK assumes Katana's limit."""
    return {
        "X-Ratelimit-Limit": "100000",
        "X-Ratelimit-Remaining": "99999",
        "X-Ratelimit-Reset": str(round(time.time() + 60) * 1000),
    }


def _unwrap(payload: Any) -> Any:
    """Return an example without the wrapping object that Katana's page adds to some."""
    if isinstance(payload, dict) and payload.keys() <= {"example", "moOperationRowResponseExample"}:
        (payload,) = payload.values()
    return payload


@define
class DocumentedKatana:
    """The server's address, and the requests it has received."""

    base_url: str = ""
    received: list[ReceivedRequest] = field(factory=list)

    @property
    def has_examples(self) -> bool:
        """Whether Katana's examples are available."""
        return _examples() is not None

    def example(self, operation: str) -> Example:
        """Return the answer to an operation."""
        if operation in _WITHOUT_EXAMPLE:
            return Example(200, _WITHOUT_EXAMPLE[operation])
        if operation in _WITHOUT_BODY:
            return Example(_NO_CONTENT)
        answers = _examples()
        if answers is None:
            return _answer_of_sandbox(operation)
        answer = answers.get(_OTHER_NAMES.get(operation, operation))
        if answer is None:
            assert operation.startswith("DELETE"), operation
            return Example(_NO_CONTENT)
        shown = answer["examples"]
        return Example(answer["status"], _unwrap(shown[0]) if shown else None)

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/v1")
        body = await request.read()
        parsed = json.loads(body, parse_float=Decimal) if body else None
        template = request_validation.match_template(request.method, path) or path
        violation = request_validation.validate_request(
            request.method, path, list(request.query.items()), parsed
        )
        if request.headers.get("Authorization") != "Bearer documented":
            violation = "without the key"
        operation = f"{request.method} {template}"
        self.received.append(ReceivedRequest(operation, parsed, violation))
        if violation is not None:
            refusal = {"statusCode": 422, "message": violation}
            return web.json_response(refusal, status=422, headers=_unlimited_headers())
        answer = self.example(operation)
        if answer.payload is None:
            return web.Response(status=answer.status, headers=_unlimited_headers())
        return web.Response(
            status=answer.status,
            body=encode(answer.payload),
            content_type="application/json",
            headers=_unlimited_headers(),
        )


@asynccontextmanager
async def documented_katana() -> AsyncIterator[DocumentedKatana]:
    """Run the server on a free local port."""
    katana = DocumentedKatana()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", katana.handle)
    async with TestServer(app) as server:
        katana.base_url = str(server.make_url("/v1"))
        yield katana
