"""A server that knows nothing but Katana's documents.

It judges each request by the gateway document, and answers with Katana's own example.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field, frozen

from tests import gateway

encode = msgspec.json.Encoder(decimal_format="number").encode

# Where the documents give no example: as it was seen on the live service, or as its kin answers.
_SEEN = {
    "GET /user_info": {
        "id": 1,
        "email": "ann@example.com",
        "firstName": "Ann",
        "lastName": "Ash",
    },
}
_ALIKE = {
    "PATCH /batch_stocks/{id}": "PATCH /batch_stocks/{batch_id}",
    "GET /serial_numbers/serial_numbers_stock": "GET /serial_numbers_stock",
}
_DELETED = 204


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


@cache
def examples(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(), parse_float=Decimal)
    return found


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

    folder: Path
    base_url: str = ""
    asked: list[Asked] = field(factory=list)

    def example(self, operation: str) -> Example:
        """Return Katana's example answer of an operation."""
        if operation in _SEEN:
            return Example(200, _SEEN[operation])
        answers = examples(self.folder / "response-examples.json")
        answer = answers.get(_ALIKE.get(operation, operation))
        if answer is None:
            assert operation.startswith("DELETE"), operation
            return Example(_DELETED)
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
async def documented_katana(folder: Path) -> AsyncIterator[DocumentedKatana]:
    """Run the server on a free port of this machine."""
    katana = DocumentedKatana(folder)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", katana.handle)
    async with TestServer(app) as server:
        katana.base_url = str(server.make_url("/v1"))
        yield katana
