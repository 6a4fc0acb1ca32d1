"""Collections of purchasing. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import costs as costs, orders as orders
