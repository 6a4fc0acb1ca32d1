"""Where the SDK knows better than the gateway document, which is said here and is no drift."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ..resources.operations import Operation
from .description import Described, Kind, kind

# Texts in the document, truth values on the wire.
_TRUTHS = frozenset({"batch_tracked", "serial_tracked"})
# Any text in the document; which values there are is told by answers and by other operations.
_ENUMERATED = frozenset(
    {
        ("/sales_orders", "status"),
        ("/sales_orders", "invoicing_status"),
    }
)
# In the document as filters, and not offered: the server was seen to ignore them.
_IGNORED: Mapping[str, Mapping[str, Kind]] = {
    "/sales_returns": {"sales_order_id": kind("integer")},
}
# "number" in the document, and whole by what they count.
_WHOLE = frozenset({"id", "lead_time"})

_INTEGER = frozenset({"integer"})
_NUMBER = frozenset({"number"})
_CONDITION = frozenset({"condition"})


def documented(operation: Operation, ours: Described) -> Described:
    """Return an operation as the document would say it, had it said what we know."""
    query = {
        name: _filter(operation.path, name, each)
        for name, each in {**ours.query, **_ignored(operation)}.items()
    }
    return Described(
        query=query,
        id=ours.id and _also(ours.id, whole=True),
        body=ours.body and _body(ours.body),
    )


def _ignored(operation: Operation) -> Mapping[str, Kind]:
    return _IGNORED.get(operation.path, {}) if operation.python_method == "list" else {}


def _filter(path: str, name: str, ours: Kind) -> Kind:
    if name in _TRUTHS:
        return kind("string")
    if (path, name) in _ENUMERATED:
        return evolve(ours, values=None)
    return _field(name, ours)


def _field(name: str, ours: Kind) -> Kind:
    whole = name in _WHOLE or name.endswith(("_id", "_ids")) or name == "ids"
    return _body(_also(ours, whole=whole), whole=whole)


def _also(ours: Kind, *, whole: bool) -> Kind:
    if ours.types == _NUMBER:
        # A text with digits is taken in some places; a number is too, and that is what is sent.
        return evolve(ours, also=frozenset({frozenset({"number", "string"})}))
    if whole and ours.types == _INTEGER:
        return evolve(ours, also=frozenset({_NUMBER}))
    return ours


def _body(ours: Kind, *, whole: bool = False) -> Kind:
    changes: dict[str, Any] = {}
    if ours.fields is not None and ours.types != _CONDITION:
        changes["fields"] = {name: _field(name, each) for name, each in ours.fields.items()}
    if ours.items is not None:
        changes["items"] = _body(_also(ours.items, whole=whole), whole=whole)
    return evolve(ours, **changes) if changes else ours
