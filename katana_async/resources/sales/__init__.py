"""Collections of sales. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import fulfillments as fulfillments, orders as orders, returns as returns
