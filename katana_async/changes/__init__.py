"""The change feed: every change of a collection, exactly, although reads lag behind writes."""

from .batch import ChangeBatch, Deletion
from .commands import Reason, Version
from .feed import ChangeFeed
from .mirror import MemoryMirror, Mirror, RowMirror
from .state import Key
from .traits import Nesting, Traits, all_traits, traits_of

__all__ = [
    "ChangeBatch",
    "ChangeFeed",
    "Deletion",
    "Key",
    "MemoryMirror",
    "Mirror",
    "Nesting",
    "Reason",
    "RowMirror",
    "Traits",
    "Version",
    "all_traits",
    "traits_of",
]
