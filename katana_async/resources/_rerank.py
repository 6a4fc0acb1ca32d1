"""The ranking of orders, which decides the order in which they get stock and production."""

from collections.abc import Sequence
from typing import Literal, TypeVar

from ..models import Reranked
from ..params import OrderRerank
from ._base import Collection, operation

T = TypeVar("T")


class Reranks(Collection[T]):
    """A collection of ranked orders: `rerank(order_ids, ...)` moves open orders to another place.

    Exactly one argument gives the place: `position="top"` or `"bottom"` moves the orders before or
    behind all others, `before_id` and `after_id` before or behind one order. `order_ids` are 1 to
    250 different ids in their new order. No place or several raise TypeError; an order that is
    unknown or not open raises `ValidationFailed`. Repeating the call changes nothing. Lists show
    the new ranking after a short delay.

    It returns the ids in their new order, or None if Katana answers without them, as it did before
    October 2026.
    """

    @operation("POST", "{record}_rerank", body=OrderRerank)
    async def rerank(
        self,
        order_ids: Sequence[int],
        /,
        *,
        position: Literal["top", "bottom"] | None = None,
        before_id: int | None = None,
        after_id: int | None = None,
    ) -> tuple[int, ...] | None:
        """Move open orders to another place in the ranking: see `Reranks`."""
        offered = {"position": position, "before_id": before_id, "after_id": after_id}
        place = {name: value for name, value in offered.items() if value is not None}
        if len(place) != 1:
            given = " and ".join(place) or "none"
            raise TypeError(f"rerank takes one of {', '.join(offered)}, and was given {given}")
        body = {"order_ids": order_ids, "place": place}
        path = f"{self.path.removesuffix('s')}_rerank"
        response = await self._call("POST", path, body, OrderRerank)
        if not response.content.strip():
            return None
        return self._read_one(response, Reranked).order_ids
