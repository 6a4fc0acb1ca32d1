"""The change feed: every change of a collection, exactly, although reads lag behind writes."""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .batch import ChangeBatch, Deletion
    from .core import Reason, Version
    from .feed import ChangeFeed
    from .mirror import MemoryMirror, Mirror
    from .state import Key
    from .way import Nesting, Way, way_of, ways

_NAMES = {
    "batch": "ChangeBatch Deletion",
    "core": "Reason Version",
    "feed": "ChangeFeed",
    "mirror": "MemoryMirror Mirror",
    "state": "Key",
    "way": "Nesting Way way_of ways",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(__name__, _NAMES)
