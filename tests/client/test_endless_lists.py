"""Lists of servers that repeat their pages, over real HTTP: a walk ends or raises."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from katana_async import ApiKey, KatanaClient, ListChanged
from katana_async.http.limits import ProcessLimits
from tests.client.peers import http, peer

Rows = Callable[[int, int], Sequence[int]]
"""The ids on a page, by its number and limit."""

IDS = range(700, 0, -1)


def total_of_700(page: int, limit: int) -> dict[str, str]:
    return {"total_records": "700"}


@asynccontextmanager
async def serving(rows: Rows, header: Callable[[int, int], Any] | None) -> AsyncIterator[Any]:
    """Yield a client of a server that answers every list with these rows and this X-Pagination."""

    def answer(request: bytes) -> bytes:
        target = request.split(b" ", 2)[1].decode()
        query = parse_qs(urlsplit(target).query)
        asked = int(query["page"][0]), int(query["limit"][0])
        records = [{"id": number, "name": "A"} for number in rows(*asked)]
        body = json.dumps({"data": records}).encode()
        headers = [("X-Pagination", json.dumps(header(*asked)).encode())] if header else []
        return http("200 OK", body, *headers)

    async with (
        peer(answer) as server,
        KatanaClient(
            auth=ApiKey("k" * 20),
            base_url=f"http://{server.address}/v1",
            limits=ProcessLimits(10_000),
        ) as katana,
    ):
        yield katana.price_lists.list(), server, katana


async def ids(pages: Any) -> list[int]:
    found = [record.id async for record in pages]
    assert len(found) == len(set(found))
    return found


@pytest.mark.parametrize("header", [None, total_of_700])
async def test_a_server_that_repeats_its_first_page_is_refused(header: Any) -> None:
    async with serving(lambda page, limit: IDS[:limit], header) as (pages, server, _):
        with pytest.raises(ListChanged, match="repeats its pages"):
            await ids(pages)
        assert len(server.heard) < 30


async def test_a_repeated_page_is_noticed_in_plain_pages_too() -> None:
    async with serving(lambda page, limit: IDS[:250], total_of_700) as (pages, server, _):
        with pytest.raises(ListChanged, match="after 250 of 700"):
            await ids(pages.plain())
        assert len(server.heard) < 5
    async with serving(lambda page, limit: IDS[:250], None) as (pages, server, _):
        assert await ids(pages.plain()) == list(IDS[:250])


async def test_a_whole_list_that_comes_each_time_is_given_once_though_it_changes() -> None:
    """A page of 3,000 rows holds more than the walk remembers, and each has a new row in front."""
    asked = iter(range(100))

    def rows(page: int, limit: int) -> Sequence[int]:
        return [*range(5000 + next(asked), 5000, -1), *range(3000, 0, -1)]

    async with serving(rows, lambda page, limit: {"total_pages": "2"}) as (pages, server, _):
        found = await ids(pages)
        assert set(range(1, 3001)) <= set(found)
        assert len(server.heard) == 3


async def test_a_size_that_is_ignored_late_is_an_error_and_no_record_comes_twice() -> None:
    """After 1,500 rows it is not known any more which came: reading from the front repeats some."""
    many = range(4000, 0, -1)

    def rows(page: int, limit: int) -> Sequence[int]:
        offset = (page - 1) * limit
        return many[offset : offset + (limit if offset < 2000 else limit + 1)]

    async with serving(rows, None) as (pages, _, _):
        found: list[int] = []

        async def walk() -> None:
            async for record in pages:
                found.append(record.id)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(ListChanged, match="ignored the requested page size"):
            await walk()
        assert len(found) == len(set(found)) > 1500


def two_pages(page: int, limit: int) -> dict[str, str]:
    """Return a number of pages that does not fit `limit`: they are read as they are served."""
    return {"total_records": "6", "total_pages": "2"}


@pytest.mark.parametrize(("header", "given"), [(None, [5, 4, 3]), (two_pages, [5, 4, 3, 2])])
async def test_rows_twice_on_a_page_are_given_once(header: Any, given: list[int]) -> None:
    def rows(page: int, limit: int) -> Sequence[int]:
        return [5, 4, 5, 3, 3] if page == 1 else [3, 2]

    async with serving(rows, header) as (pages, _, _):
        assert await ids(pages) == given


async def test_an_order_that_changes_is_counted_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def rows(page: int, limit: int) -> Sequence[int]:
        offset = (page - 1) * limit
        found = list(IDS[offset : offset + limit])
        unread = [] if page == 1 else [1000 + page, 2000 + page]
        return [*unread, *found][:limit]

    async with serving(rows, None) as (pages, _, katana):
        await ids(pages)
        await ids(pages)
        assert katana.stats.out_of_order >= 4
    warnings = [record for record in caplog.records if "out_of_order" in record.message]
    assert len(warnings) == 2
