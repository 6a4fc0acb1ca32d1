"""A local Katana API for tests and experiments: `async with Sandbox() as sandbox`.

It shares no code with the rest of the SDK, so that the two cannot have the same defects. Names are
loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import faults
    from .clock import Clock, ManualClock, SystemClock
    from .connection import Connections
    from .fault_rules import Faults, Rule
    from .journal import Journal, Seen
    from .limits import RateLimit
    from .server import Sandbox, threaded
    from .store import Record, Store, Table

_HOME = {
    "Clock": "clock",
    "Connections": "connection",
    "Faults": "fault_rules",
    "Journal": "journal",
    "ManualClock": "clock",
    "RateLimit": "limits",
    "Record": "store",
    "Rule": "fault_rules",
    "Sandbox": "server",
    "Seen": "journal",
    "Store": "store",
    "SystemClock": "clock",
    "Table": "store",
    "threaded": "server",
}

__all__ = [
    "Clock",
    "Connections",
    "Faults",
    "Journal",
    "ManualClock",
    "RateLimit",
    "Record",
    "Rule",
    "Sandbox",
    "Seen",
    "Store",
    "SystemClock",
    "Table",
    "faults",
    "threaded",
]


def __getattr__(name: str) -> Any:
    if name == "faults":
        return import_module(".faults", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
