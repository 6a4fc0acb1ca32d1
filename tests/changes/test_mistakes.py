"""Wrong arguments, cursors, mirrors and uses of a feed: errors that name the remedy."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from katana_async import CursorRefused, KatanaClient
from katana_async.changes import MemoryMirror
from katana_async.changes.state import Delivery, FeedState, read_cursor, write_cursor
from tests.changes.feeds import load, run


@pytest.mark.parametrize("name", ["sales_order", "factory", "recipe_rows"])
async def test_a_collection_without_a_list_is_refused(name: str, katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match=f"no list of {name!r}"):
        katana.changes(name)


async def test_a_collection_without_dates_needs_a_mirror(katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match="pass mirror="):
        katana.changes("inventory")


@pytest.mark.parametrize("name", ["overlap", "sweep_every"])
@pytest.mark.parametrize("given", [30, 30.0, None, "30", timedelta])
def test_durations_are_timedeltas(katana: KatanaClient, name: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{name}= takes a timedelta"):
        katana.changes("products", **{name: given})


async def test_a_cursor_is_small_and_names_its_owner(katana: KatanaClient) -> None:
    mirror = await load(katana, "variants")
    assert mirror.cursor is not None
    assert len(mirror.cursor) < 400
    factory = await katana.factory.get()
    found = json.loads(mirror.cursor)
    assert (found["version"], found["collection"]) == (1, "variants")
    assert found["account"] == factory.factory_id


def test_a_cursor_of_1000_changes_has_less_than_20_kilobytes() -> None:
    dice = random.Random(1)
    state = FeedState(1_700_000_000_000)
    for _ in range(1000):
        at = state.settled_until + dice.randrange(1_800_000)
        key = dice.randrange(10**7, 10**7 + 50_000)
        state.delivered[key] = Delivery(at, at + dice.randrange(60_000), dice.randrange(2**32))
    cursor = write_cursor(state, 123456, "sales_orders")
    assert len(cursor) < 20_000
    assert read_cursor(cursor, 123456, "sales_orders") == state


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"account": 7}, "account 7"),
        ({"collection": "suppliers"}, "collection 'suppliers'"),
        ({"version": 2}, "version 2"),
        ({"state": "e30="}, "damaged"),
        ({"state": 3}, "damaged"),
    ],
)
async def test_a_cursor_of_another_feed_is_refused_by_name(
    changed: dict[str, Any], named: str, katana: KatanaClient
) -> None:
    mirror = await load(katana, "customers")
    cursor = json.dumps({**json.loads(mirror.cursor or ""), **changed})
    with pytest.raises(CursorRefused, match=named):
        await run(katana.changes("customers", cursor=cursor))


@pytest.mark.parametrize("cursor", ["", "null", "[]", "{}", "2026-01-01"])
async def test_a_text_that_is_no_cursor_is_refused(cursor: str, katana: KatanaClient) -> None:
    with pytest.raises(CursorRefused, match=r"not a text that `batch\.cursor` returned"):
        await run(katana.changes("customers", cursor=cursor))


@pytest.mark.parametrize("mirror", [{}, MemoryMirror, "products", object()])
def test_a_mirror_without_the_methods_is_refused_at_once(katana: KatanaClient, mirror: Any) -> None:
    with pytest.raises(TypeError, match=r"^mirror= takes an object with the methods"):
        katana.changes("products", mirror=mirror)


async def test_a_mirror_in_memory_refuses_the_batches_of_another_collection(
    katana: KatanaClient,
) -> None:
    mirror = MemoryMirror()
    await run(katana.changes("products"), mirror)
    before = dict(mirror.records)
    with pytest.raises(ValueError, match=r"^the mirror has products, and the batch customers"):
        await run(katana.changes("customers"), mirror)
    assert (mirror.records, mirror.collection) == (before, "products")


async def test_a_hint_needs_the_filter_ids(katana: KatanaClient) -> None:
    with pytest.raises(TypeError, match="cannot be filtered by ids"):
        katana.changes("recipes").recheck("00000000-0000-0000-0000-000000000000")
    with pytest.raises(TypeError, match="a key is an int"):
        katana.changes("customers").recheck(None)


def test_the_repr_of_a_feed_names_its_collection(katana: KatanaClient) -> None:
    assert repr(katana.changes("products", cursor="text")) == "<ChangeFeed products>"
