"""What LIVE.md states of items, contacts, sales, prices and the account: one test each."""

from typing import Any

import pytest

from katana_async.sandbox import ManualClock

from .conftest import Api


async def listed(api: Api) -> list[int]:
    """Return the ids of the open sales orders in the order of their list."""
    rows = (await api.get("/sales_orders?limit=250")).rows
    return [row["id"] for row in rows if row["status"] != "DELIVERED"]


async def rerank(api: Api, ids: list[int], **place: Any) -> Any:
    return await api.post("/sales_order_rerank", {"order_ids": ids, "place": place})


async def test_a_rerank_moves_orders_to_a_place_and_answers_their_ids(api: Api) -> None:
    a, b, *rest, y, z = await listed(api)
    answer = await rerank(api, [z, y], position="top")
    assert (answer.status, answer.json) == (200, {"order_ids": [z, y]})
    assert await listed(api) == [z, y, a, b, *rest]
    await rerank(api, [z, a], position="bottom")
    assert await listed(api) == [y, b, *rest, z, a]
    await rerank(api, [a], before_id=y)
    await rerank(api, [z], after_id=b)
    assert await listed(api) == [a, y, b, z, *rest]


async def test_a_repeated_rerank_changes_nothing(api: Api) -> None:
    a, b, *_ = await listed(api)
    await rerank(api, [b], before_id=a)
    once = (await api.get("/sales_orders?limit=250")).json
    await rerank(api, [b], before_id=a)
    assert (await api.get("/sales_orders?limit=250")).json == once


@pytest.mark.parametrize("place", [{}, {"position": "top", "before_id": 5_000_001}])
async def test_a_rerank_takes_exactly_one_place(api: Api, place: Any) -> None:
    [order, *_] = await listed(api)
    assert (await rerank(api, [order], **place)).status == 422


async def test_only_known_and_open_orders_have_a_rank(api: Api) -> None:
    [order, *_] = await listed(api)
    delivered = next(
        row["id"] for row in api.sandbox.store["sales_orders"] if row["status"] == "DELIVERED"
    )
    for wrong in (delivered, 77):
        assert (await rerank(api, [wrong], position="top")).status == 422
        assert (await rerank(api, [order], before_id=wrong)).status == 422
    assert (await rerank(api, [order], before_id=order)).status == 422


async def test_a_new_rank_may_show_later(api: Api, clock: ManualClock) -> None:
    api.sandbox.oddities.rank_lag = 30
    a, b, *rest = before = await listed(api)
    await rerank(api, [b], position="top")
    assert await listed(api) == before
    clock.advance(30)
    assert await listed(api) == [b, a, *rest]


async def test_a_rerank_may_answer_nothing_as_it_once_did(api: Api) -> None:
    api.sandbox.oddities.rerank_answers = False
    [order, *_] = await listed(api)
    answer = await rerank(api, [order], position="top")
    assert (answer.status, answer.body) == (204, b"")
