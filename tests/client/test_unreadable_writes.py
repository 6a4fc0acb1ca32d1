"""A successful write with an unreadable answer: the error contains both facts."""

import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from katana_async import ApiKey, DecodingError, KatanaClient
from katana_async.http.limits import ProcessLimits

UNREADABLE = {
    "nothing": (204, b"", None),
    "an empty 200": (200, b"", "application/json"),
    "HTML": (200, b"<html>Katana</html>", "text/html"),
    "an array of two": (200, b'[{"id": 1}, {"id": 2}]', "application/json"),
    "a field of another kind": (200, b'{"id": 1, "name": {"first": "A"}}', "application/json"),
    "cut off JSON": (200, b'{"id": 1, "na', "application/json"),
}


@asynccontextmanager
async def answering(
    status: int, body: bytes, content_type: str | None
) -> AsyncIterator[tuple[KatanaClient, list[str]]]:
    """Run a server that carries out each request and always sends the same answer."""
    done: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        done.append(request.method)
        return web.Response(status=status, body=body, content_type=content_type)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    async with (
        TestServer(app) as server,
        KatanaClient(
            auth=ApiKey("k"), base_url=str(server.make_url("/v1")), limits=ProcessLimits(1000)
        ) as katana,
    ):
        yield katana, done


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("write", ["create", "update"])
async def test_the_error_of_an_accepted_write_has_the_fact_and_the_answer(
    case: str, write: str
) -> None:
    status, body, content_type = UNREADABLE[case]
    async with answering(status, body, content_type) as (katana, done):
        customers = katana.customers
        call = customers.create(name="A") if write == "create" else customers.update(1, name="A")
        with pytest.raises(DecodingError) as caught:
            await call
    error = caught.value
    assert done == ["POST" if write == "create" else "PATCH"]
    assert error.accepted
    assert not error.outcome_unknown
    assert (error.response.status, error.response.content) == (status, body)
    assert f"was carried out (status {status})" in str(error)
    assert "Do not send it again" in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


async def test_the_error_of_a_read_has_the_answer_only() -> None:
    async with answering(*UNREADABLE["HTML"]) as (katana, _):
        for call in (
            katana.customers.get(1),
            katana.customers.list().page(1),
            katana.customers.search(where={"id": 1}).page(1),
        ):
            with pytest.raises(DecodingError) as caught:
                await call
            assert not caught.value.accepted
            assert caught.value.response.text == "<html>Katana</html>"
            assert "carried out" not in str(caught.value)


async def test_a_delete_needs_no_readable_answer() -> None:
    async with answering(*UNREADABLE["HTML"]) as (katana, done):
        await katana.customers.delete(1)
        assert done == ["DELETE"]
