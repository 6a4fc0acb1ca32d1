"""Wrong arguments, cursors, mirrors and uses of a feed: errors that name the remedy."""

import json
import random
import re
from collections.abc import Callable, Collection
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import define

from katana_async import CursorRefused, KatanaClient
from katana_async.changes import Key, MemoryMirror, Version
from katana_async.changes.state import Delivery, FeedState, read_cursor, write_cursor
from katana_async.sandbox import ManualClock, Sandbox
from tests.changes.feeds import HOUR, SWEPT, deletions, ids_of, load, resume, run


@pytest.mark.parametrize("name", ["sales_order", "factory", "recipe_rows", "", None, ["customers"]])
def test_a_collection_without_a_list_is_refused(name: Any, katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match=f"no list of {re.escape(repr(name))}"):
        katana.changes(name)


@pytest.mark.parametrize("name", ["sales_order", "Sales_Orders", "salesOrders", "/sales_orders"])
def test_a_misspelt_collection_is_suggested(name: str, katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match=r"Did you mean 'sales_orders'\?$"):
        katana.changes(name)


async def test_a_collection_without_dates_needs_a_mirror(katana: KatanaClient) -> None:
    with pytest.raises(ValueError, match="pass mirror="):
        katana.changes("inventory")


@pytest.mark.parametrize("name", ["overlap", "sweep_every"])
@pytest.mark.parametrize("given", [30, 30.0, None, "30", timedelta])
def test_durations_are_timedeltas(katana: KatanaClient, name: str, given: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{name}= takes a timedelta"):
        katana.changes("products", **{name: given})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("overlap", timedelta(0)),
        ("overlap", timedelta(microseconds=999)),
        ("overlap", timedelta(minutes=-30)),
        ("overlap", timedelta.max),
        ("sweep_every", timedelta(microseconds=-1)),
        ("sweep_requests", -1),
        ("sweep_requests", None),
        ("sweep_requests", "4"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(
    katana: KatanaClient, name: str, given: Any
) -> None:
    with pytest.raises((ValueError, TypeError), match=rf"^{name}= .*, not {given}$"):
        katana.changes("products", **{name: given})


async def test_a_cursor_is_small_and_names_its_owner(katana: KatanaClient) -> None:
    mirror = await load(katana, "variants")
    assert mirror.cursor is not None
    assert len(mirror.cursor) < 400
    factory = await katana.factory.get()
    found = json.loads(mirror.cursor)
    assert (found["version"], found["collection"]) == (2, "variants")
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
        ({"version": 1}, "version 1"),
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


async def test_a_cursor_that_was_edited_to_fit_another_feed_is_refused(
    katana: KatanaClient,
) -> None:
    customers, variants = await load(katana, "customers"), await load(katana, "variants")
    state = json.loads(variants.cursor or "")["state"]
    cursor = json.dumps({**json.loads(customers.cursor or ""), "state": state})
    with pytest.raises(CursorRefused, match="damaged"):
        await run(katana.changes("customers", cursor=cursor))


@pytest.mark.parametrize("cursor", ["", "null", "[]", "{}", "2026-01-01", 7, object()])
async def test_a_text_that_is_no_cursor_is_refused(cursor: Any, katana: KatanaClient) -> None:
    with pytest.raises(CursorRefused, match=r"not a text that `batch\.cursor` returned.*None"):
        await run(katana.changes("customers", cursor=cursor))


@pytest.mark.parametrize("mirror", [{}, MemoryMirror, "products", object()])
def test_a_mirror_without_the_methods_is_refused_at_once(katana: KatanaClient, mirror: Any) -> None:
    with pytest.raises(TypeError, match=r"^mirror= takes an object with the methods"):
        katana.changes("products", mirror=mirror)


@define
class WrongMirror:
    """A mirror whose methods return what a function makes of a mirror's versions."""

    versions: dict[Key, Version]
    reply: Callable[[dict[Key, Version]], Any]

    async def by_keys(self, keys: Collection[Key], /) -> Any:
        return self.reply({key: self.versions[key] for key in keys if key in self.versions})

    async def by_creation(self, after: int, until: int, /) -> Any:
        return self.reply(self.versions)

    async def by_parents(self, field: str, keys: Collection[Key], /) -> Any:
        return self.reply(self.versions)


@define
class SyncMirror:
    def by_keys(self, keys: Collection[Key], /) -> Any:
        return {}

    def by_creation(self, after: int, until: int, /) -> Any:
        return {}


@pytest.mark.parametrize("collection", ["customers", "price_list_rows"])
@pytest.mark.parametrize(
    ("reply", "mistake"),
    [
        (lambda versions: None, "returned None"),
        (lambda versions: list(versions.values()), "returned list"),
        (lambda versions: {key: (key, 0, 0, 0) for key in versions}, ", 0, 0, 0) for"),
        (lambda versions: {key: Version(key, 0, None, 0) for key in versions}, "updated_at=None"),  # type: ignore[arg-type]  # the mistake
        (lambda versions: {str(key): each for key, each in versions.items()}, "the key '"),
    ],
    ids=["None", "list", "tuples", "no times", "keys as text"],
)
async def test_a_reply_of_a_mirror_that_is_no_dict_of_versions_is_refused(
    katana: KatanaClient, collection: str, reply: Any, mistake: str
) -> None:
    wrong = WrongMirror((await load(katana, collection)).versions, reply)
    with pytest.raises(TypeError, match=r"by_(keys|creation)\(\) of the mirror") as caught:
        await run(katana.changes(collection, mirror=wrong))
    assert mistake in str(caught.value)


async def test_uuids_and_pairs_of_keys_are_told_from_other_keys(katana: KatanaClient) -> None:
    recipes, inventory = await load(katana, "recipes"), await load(katana, "inventory")
    wrong = WrongMirror(
        recipes.versions, lambda each: {UUID(str(key)): version for key, version in each.items()}
    )
    with pytest.raises(TypeError, match="keys of recipes are of type str"):
        await run(katana.changes("recipes", mirror=wrong))
    wrong = WrongMirror(
        inventory.versions, lambda each: {str(key): version for key, version in each.items()}
    )
    with pytest.raises(TypeError, match="keys of inventory are of type tuple"):
        await run(katana.changes("inventory", mirror=wrong))


async def test_a_mirror_without_async_methods_is_refused(katana: KatanaClient) -> None:
    with pytest.raises(TypeError, match=r"by_creation\(\) of the mirror must be `async def`"):
        await run(katana.changes("customers", mirror=SyncMirror()))


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
    with pytest.raises(TypeError, match="a key is an int"):
        katana.changes("customers").recheck("7")


def test_the_repr_of_a_feed_names_its_collection(katana: KatanaClient) -> None:
    assert repr(katana.changes("products", cursor="text")) == "<ChangeFeed products>"


async def test_a_feed_is_read_with_async_for(katana: KatanaClient) -> None:
    feed: Any = katana.changes("products")
    with pytest.raises(TypeError, match="async for batch in"):
        await feed
    with pytest.raises(TypeError, match="async for batch in"):
        list(feed)


async def test_the_older_of_two_iterations_over_one_feed_ends(katana: KatanaClient) -> None:
    mirror = MemoryMirror()
    feed = katana.changes("products", mirror=mirror)
    async with aclosing(aiter(feed)) as older:
        await anext(older)
        await run(feed, mirror)
        with pytest.raises(RuntimeError, match="another iteration over this feed has begun"):
            await anext(older)
    assert len(mirror.records) == await katana.products.list().count()


async def test_a_hint_is_kept_if_the_consumer_fails(
    sandbox: Sandbox, clock: ManualClock, katana: KatanaClient
) -> None:
    orders, rows = await load(katana, "sales_orders"), await load(katana, "sales_order_rows")
    hinted, nested, *_ = ids_of(rows)
    clock.advance(HOUR)
    for each in (hinted, nested):
        sandbox.store["sales_order_rows"].erase(each)
    feed = resume(katana, "sales_order_rows", rows, sweep_requests=0)
    feed.recheck(hinted)
    for batch in await run(resume(katana, "sales_orders", orders, **SWEPT)):
        feed.reconcile(batch)
    async with aclosing(aiter(feed)) as batches:
        await anext(batches)  # and then the consumer fails
    assert deletions(await run(feed, rows)) == dict.fromkeys((hinted, nested), "vanished")
