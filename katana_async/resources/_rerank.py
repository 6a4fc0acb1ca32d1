"""Moving orders in the ranking that decides which of them gets stock and production first."""

from collections.abc import Sequence
from typing import Literal, TypeVar

from ..models import Reranked
from ..params import OrderRerank
from ._base import Collection

T = TypeVar("T")


class Reranks(Collection[T]):
    """A collection of orders that are ranked against each other."""

    async def _rerank(
        self,
        path: str,
        order_ids: Sequence[int],
        position: Literal["top", "bottom"] | None,
        before_id: int | None,
        after_id: int | None,
    ) -> tuple[int, ...] | None:
        offered = {"position": position, "before_id": before_id, "after_id": after_id}
        place = {name: value for name, value in offered.items() if value is not None}
        if len(place) != 1:
            given = " and ".join(place) or "none"
            raise TypeError(f"rerank takes one of {', '.join(offered)}, and was given {given}")
        body = {"order_ids": order_ids, "place": place}
        response = await self._call("POST", path, body, OrderRerank)
        if not response.content.strip():
            return None
        return self._read_one(response, Reranked).order_ids
