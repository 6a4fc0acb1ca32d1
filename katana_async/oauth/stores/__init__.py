"""Token stores: bytes under keys, with versions and leases. Names load when first used."""

from typing import TYPE_CHECKING

from ..._lazy import attach

if TYPE_CHECKING:
    from .base import *
    from .memory import *
    from .redis import *
    from .sql import *

_NAMES = {
    "base": "Row TokenStore",
    "memory": "MemoryTokenStore",
    "redis": "RedisTokenStore",
    "sql": "SQLTokenStore schema_sql",
}

if not TYPE_CHECKING:  # a checker that saw it would take any misspelt name
    __getattr__, __dir__ = attach(__name__, _NAMES)
