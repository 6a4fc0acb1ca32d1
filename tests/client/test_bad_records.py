"""Unreadable records over real HTTP: they end a walk, are skipped, or are reported."""

import json
import logging
import pickle
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from katana_async import ApiKey, DecodingError, KatanaClient
from katana_async.http.limits import ProcessLimits
from tests.client.peers import http, peer

BAD = {"id": 3, "name": ["odd"]}
GOOD = [{"id": number, "name": "A"} for number in (5, 4, 2, 1)]


def encode(records: Sequence[object]) -> bytes:
    """Return records as JSON; a text in angle brackets goes out without its quotation marks."""
    return json.dumps({"data": records}).replace('"<', "").replace('>"', "").encode()


@asynccontextmanager
async def serving(records: Sequence[Any], total: bool = True) -> AsyncIterator[KatanaClient]:
    """Yield a client of a server whose lists and searches all have these records."""

    def answer(request: bytes) -> bytes:
        head, _, content = request.partition(b"\r\n\r\n")
        query = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
        asked = json.loads(content) if content else {name: int(query[name][0]) for name in query}
        page, limit = asked.get("page", 1), asked.get("limit", 250)
        headers = [("X-Pagination", json.dumps({"total_records": str(len(records))}).encode())]
        body = encode(records[(page - 1) * limit : page * limit])
        return http("200 OK", body, *(headers if total else []))

    async with (
        peer(answer) as server,
        KatanaClient(
            auth=ApiKey("k" * 20),
            base_url=f"http://{server.address}/v1",
            limits=ProcessLimits(10_000),
        ) as katana,
    ):
        yield katana


async def test_a_bad_record_ends_a_walk_by_default() -> None:
    async with serving([*GOOD[:2], BAD, *GOOD[2:]]) as katana:
        for pages in (katana.price_lists.list(), katana.price_lists.list().on_error("raise")):
            with pytest.raises(DecodingError) as caught:
                await pages.collect()
            error = caught.value
            assert (error.record_id, error.field, error.value) == (3, "name", "[…], 1 elements")
            assert ".raw()" in str(error)
            assert "on_error('skip')" in str(error)
            assert error.response is not None
            assert error.response.status == 200
            assert not error.accepted
            assert str(pickle.loads(pickle.dumps(error))) == str(error)
        assert katana.stats.skipped == 0


async def test_skip_omits_a_bad_record_counts_and_logs_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving([*GOOD[:2], BAD, BAD | {"id": 9}, *GOOD[2:]]) as katana:
        pages = katana.price_lists.list().on_error("skip")
        with caplog.at_level(logging.WARNING, "katana_async"):
            assert [record.id async for record in pages] == [5, 4, 2, 1]
        assert katana.stats.skipped == 2
        assert katana.stats.records == 4
        assert len(caplog.records) == 1
        assert "id 3, field name" in caplog.text
        plain = [record.id async for record in pages.plain()]
        assert plain == [5, 4, 2, 1]
        assert await pages.count() == 6
        assert [record.id for record in (await pages.page(1)).items] == [5, 4, 2, 1]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_error_function_receives_the_raw_record_and_the_error(asynchronous: bool) -> None:
    seen: list[tuple[Any, DecodingError]] = []

    def note(raw: dict[str, Any], error: DecodingError) -> None:
        seen.append((raw, error))

    async def note_later(raw: dict[str, Any], error: DecodingError) -> None:
        note(raw, error)

    async with serving([*GOOD[:2], BAD, *GOOD[2:]]) as katana:
        pages = katana.price_lists.list().on_error(note_later if asynchronous else note)
        assert [record.id async for record in pages] == [5, 4, 2, 1]
        ((raw, error),) = seen
        assert raw == BAD
        assert error.field == "name"
        assert error.response is not None
        assert katana.stats.skipped == 1


async def test_an_exception_of_the_error_function_ends_the_walk() -> None:
    def refuse(raw: object, error: DecodingError) -> None:
        raise LookupError("enough")

    async with serving([BAD]) as katana:
        with pytest.raises(LookupError, match="enough"):
            await katana.price_lists.list().on_error(refuse).collect()


@pytest.mark.parametrize("action", ["ignore", None, 5])
async def test_another_action_is_refused(action: Any) -> None:
    async with serving([]) as katana:
        with pytest.raises(TypeError, match='on_error takes "raise", "skip" or a function'):
            katana.price_lists.list().on_error(action)


async def test_first_skips_bad_records() -> None:
    async with serving([BAD, *GOOD]) as katana:
        first = await katana.price_lists.list().on_error("skip").first()
        assert first is not None
        assert first.id == 5
        assert katana.stats.skipped == 1
        with pytest.raises(DecodingError):
            await katana.price_lists.list().first()
    async with serving([BAD]) as katana:
        assert await katana.price_lists.list().on_error("skip").first() is None


async def test_count_reads_no_record() -> None:
    for total in (True, False):
        async with serving([BAD, *GOOD, {}, 7], total) as katana:
            assert await katana.price_lists.list().count() == 7


def bad_with_id(number: int) -> object:
    return {"id": number, "name": None}


def bad_with_text_id(number: int) -> object:
    return {"id": str(number), "name": None}


def bad_without_id(number: int) -> object:
    return {"name": f"A{number}", "id": None}


def bad_with_odd_id(number: int) -> object:
    return {"id": {"x": [number]}, "name": "A"}


def bad_with_huge_number(number: int) -> object:
    return {"id": number, "name": "<1e99999999999999999999>"}


def no_object(number: int) -> object:
    return f"text {number}"


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize(
    "bad",
    [bad_with_id, bad_with_text_id, bad_without_id, bad_with_odd_id, bad_with_huge_number,
     no_object],
)  # fmt: skip
async def test_paging_stays_exact_over_bad_records(
    bad: Callable[[int], object], total: bool
) -> None:
    numbers = list(range(1300, 0, -1))
    odd = {number for number in numbers if number % 50 in (0, 1) or 400 < number < 720}
    records = [bad(number) if number in odd else {"id": number, "name": "A"} for number in numbers]
    seen: list[object] = []

    def note(raw: object, error: DecodingError) -> None:
        seen.append(raw)

    async with serving(records, total) as katana:
        for pages in (katana.price_lists.list(), katana.price_lists.list().plain()):
            seen.clear()
            found = [record.id async for record in pages.on_error(note)]
            assert found == [number for number in numbers if number not in odd]
            assert len(seen) == len(odd)
            assert len({repr(raw) for raw in seen}) == len(odd)


async def test_on_error_works_for_searches_too() -> None:
    async with serving([*GOOD[:2], BAD, {"id": 1}]) as katana:
        pages = katana.customers.search(where={}).on_error("skip")
        assert [customer.id async for customer in pages] == [5, 4]
        assert katana.stats.skipped == 2


async def test_raw_needs_no_key_and_no_model() -> None:
    records: list[Any] = [{"name": "without"}, {}, {"id": []}, {"id": None}, BAD, *GOOD]
    async with serving(records) as katana:
        for pages in (katana.price_lists.list(), katana.price_lists.list().plain()):
            assert [record async for record in pages.raw()] == records


async def test_raw_raises_for_or_skips_an_item_that_is_no_object() -> None:
    async with serving([*GOOD[:2], 7, "<1e99999999999999999999>", None, *GOOD[2:]]) as katana:
        with pytest.raises(DecodingError, match=r"expected an object, not int \(7\)"):
            [record async for record in katana.price_lists.list().raw()]
        seen: list[object] = []
        pages = katana.price_lists.list().on_error(lambda raw, error: seen.append(raw))
        assert [record async for record in pages.raw()] == GOOD
        assert seen == [7, "1e99999999999999999999", None]


async def test_an_answer_that_is_no_list_ends_the_walk_in_spite_of_skip() -> None:
    async with (
        peer(lambda request: http("200 OK", b"<html>")) as server,
        KatanaClient(auth=ApiKey("k" * 20), base_url=f"http://{server.address}/v1") as katana,
    ):
        with pytest.raises(DecodingError, match="HTML"):
            await katana.price_lists.list().on_error("skip").collect()


TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("oak", "'oak'"),
        (TOKEN, "'***'"),
        (f"Bearer {TOKEN}", "'Bearer ***'"),
        ("a\x1b[31m\nb", "'a [31m b'"),
        (7, "7"),
        (True, "True"),
        ({"token": TOKEN}, "{…}, 1 fields"),
        ([TOKEN], "[…], 1 elements"),
        (None, None),
    ],
)
async def test_the_value_is_shown_short_and_without_secrets(value: Any, shown: str | None) -> None:
    async with serving([{"id": 1, "name": "A", "created_at": value}, {"id": 2}]) as katana:
        pages = katana.price_lists.list()
        with pytest.raises(DecodingError) as caught:
            [price_list async for price_list in pages]
    if value is None:
        assert caught.value.field == "name"  # null is a time that is not there
    assert caught.value.value == shown
    assert TOKEN not in str(caught.value)
    assert TOKEN[-20:] not in str(caught.value)
    assert shown is None or f"({shown})" in str(caught.value)


async def test_long_values_and_ids_are_cut() -> None:
    async with serving([{"id": "9 " * 5000, "name": "A", "created_at": "x " * 5000}]) as katana:
        with pytest.raises(DecodingError) as caught:
            await katana.price_lists.list().collect()
    assert len(str(caught.value)) < 400


async def test_one_record_that_cannot_be_read_names_its_answer() -> None:
    async with (
        peer(lambda request: http("200 OK", b'{"id":1,"name":7}')) as server,
        KatanaClient(auth=ApiKey("k" * 20), base_url=f"http://{server.address}/v1") as katana,
    ):
        with pytest.raises(DecodingError, match=r"field name.*\(7\).*\.response\.json\(\)"):
            await katana.price_lists.get(1)
