"""Collections of stock and its changes. Each module is imported when it is first used."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import changes as changes, levels as levels, places as places, tracking as tracking
