"""Collections of manufacturing. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import bills as bills, orders as orders, work as work
