"""A server that knows nothing but Katana's documents.

It judges each request by Katana's request schemas, and answers with Katana's own example. Where the
examples are absent, as in a plain clone, it answers as the sandbox does.
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

from tests import gateway

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
# Where the documents give no example: by the fields that other operations and documents show.
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
_ALIKE = {
    "PATCH /batch_stocks/{id}": "PATCH /batch_stocks/{batch_id}",
    "GET /serial_numbers/serial_numbers_stock": "GET /serial_numbers_stock",
}
_NO_CONTENT = 204


@frozen
class Asked:
    """A request that arrived, and what is wrong with it by the document."""

    operation: str
    body: Any
    complaint: str | None


@frozen
class Example:
    """What the server answers to an operation."""

    status: int
    payload: Any = None


_EXAMPLES = gateway.FOLDER / "response-examples.json"


@cache
def _examples() -> dict[str, Any] | None:
    if not _EXAMPLES.exists():
        return None
    found: dict[str, Any] = json.loads(_EXAMPLES.read_text(), parse_float=Decimal)
    return found


@cache
def _sandbox_answer(operation: str) -> Example:
    """Return the answer of the sandbox to an operation, as it is in its own tests."""
    from tests.sandbox.test_against_examples import CALLS, Caller, call_of

    if operation in _WITHOUT_BODY or operation.startswith("DELETE"):
        return Example(_NO_CONTENT)
    if operation == "PATCH /batch_stocks/{id}":
        return Example(200, _sandbox_answer("GET /batch_stocks").payload["data"][0])
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
            answer["data"][0]["id"] = 1  # as in the examples, for records that are read first
    return Example(200, answer)


def _without_empty_objects(value: Any) -> Any:
    """Return an answer with null for the empty objects that stand for it."""
    if isinstance(value, list):
        return [_without_empty_objects(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_empty_objects(each) for name, each in value.items()} or None
    return value


def _unlimited() -> dict[str, str]:
    """Return the headers of a limit that is never met: without any, the SDK keeps to Katana's."""
    return {
        "X-Ratelimit-Limit": "100000",
        "X-Ratelimit-Remaining": "99999",
        "X-Ratelimit-Reset": str(round(time.time() + 60) * 1000),
    }


def _unwrapped(payload: Any) -> Any:
    """Return an example without the name that Katana's page gives to some, which is not sent."""
    if isinstance(payload, dict) and payload.keys() <= {"example", "moOperationRowResponseExample"}:
        (payload,) = payload.values()
    return payload


@define
class DocumentedKatana:
    """The server's state.

    Attributes:
        base_url: Where it is.
        asked: What it was asked.
    """

    base_url: str = ""
    asked: list[Asked] = field(factory=list)

    @property
    def has_examples(self) -> bool:
        """Whether it answers with Katana's own examples."""
        return _examples() is not None

    def example(self, operation: str) -> Example:
        """Return Katana's example answer of an operation."""
        if operation in _WITHOUT_EXAMPLE:
            return Example(200, _WITHOUT_EXAMPLE[operation])
        if operation in _WITHOUT_BODY:
            return Example(_NO_CONTENT)
        answers = _examples()
        if answers is None:
            return _sandbox_answer(operation)
        answer = answers.get(_ALIKE.get(operation, operation))
        if answer is None:
            assert operation.startswith("DELETE"), operation
            return Example(_NO_CONTENT)
        shown = answer["examples"]
        return Example(answer["status"], _unwrapped(shown[0]) if shown else None)

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/v1")
        body = await request.read()
        parsed = json.loads(body, parse_float=Decimal) if body else None
        template = gateway.template(request.method, path) or path
        complaint = gateway.verdict(request.method, path, list(request.query.items()), parsed)
        if request.headers.get("Authorization") != "Bearer documented":
            complaint = "without the key"
        operation = f"{request.method} {template}"
        self.asked.append(Asked(operation, parsed, complaint))
        if complaint is not None:
            refusal = {"statusCode": 422, "message": complaint}
            return web.json_response(refusal, status=422, headers=_unlimited())
        answer = self.example(operation)
        if answer.payload is None:
            return web.Response(status=answer.status, headers=_unlimited())
        return web.Response(
            status=answer.status,
            body=encode(answer.payload),
            content_type="application/json",
            headers=_unlimited(),
        )


@asynccontextmanager
async def documented_katana() -> AsyncIterator[DocumentedKatana]:
    """Run the server on a free port of this machine."""
    katana = DocumentedKatana()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", katana.handle)
    async with TestServer(app) as server:
        katana.base_url = str(server.make_url("/v1"))
        yield katana
