"""Where the SDK knows better than Katana's document: these differences are not reported."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ..resources._ignored import IGNORED
from ..resources.operations import Operation
from .description import Described, Kind, kind

# Texts in the document, truth values on the wire.
_TRUTHS = frozenset({"batch_tracked", "serial_tracked"})
# Any text in the document; which values there are is told by answers and by other operations.
_ENUMERATED = frozenset(
    {
        ("GET /custom_field_definitions", "entity_type"),
        ("GET /custom_field_definitions", "field_type"),
        ("POST /custom_field_definitions", "entity_type"),
        ("POST /custom_field_definitions", "field_type"),
        ("GET /customer_addresses", "entity_type"),
        ("GET /sales_order_addresses", "entity_type"),
        ("GET /sales_orders", "invoicing_status"),
        ("GET /sales_orders", "status"),
    }
)
# Texts in the document, which are the ids of records.
_IDS = frozenset(
    {
        ("GET /bin_inventory", "batch_id"),
        ("GET /bin_inventory", "bin_location_id"),
        ("GET /bin_inventory", "serial_number_id"),
        ("GET /stocktakes", "stock_adjustment_id"),
    }
)
# Optional in the document, and the live service does nothing without it.
_REQUIRED = {"POST /serial_numbers": frozenset({"resource_type"})}
# "number" in the document, and whole by what they count.
_WHOLE = frozenset({"id", "ids", "lead_time", "serial_numbers"})

_INTEGER = frozenset({"integer"})
_NUMBER = frozenset({"number"})
# What the document lets a search compare each field with, whatever the field is.
_VALUE = kind("boolean", "number", "string")
_CONDITION = _VALUE.types | {"integer", "object"}
_COMPARED: dict[str, Kind] = {
    **dict.fromkeys(("neq", "gt", "gte", "lt", "lte"), kind()),
    **dict.fromkeys(
        ("between", "inq", "nin"), evolve(kind("array"), items=evolve(_VALUE, nullable=True))
    ),
}


def documented(operation: Operation, ours: Described) -> Described:
    """Return an operation as the document would say it, had it said what we know."""
    address = f"{operation.method} {operation.path}"
    ignored = {name for path, name in IGNORED if address == f"GET {path}"}
    return Described(
        query={name: _top(address, name, each) for name, each in ours.query.items()}
        | dict.fromkeys(ignored, kind("string")),
        id=ours.id and _also(ours.id, whole=True),
        body=ours.body and _body(address, ours.body),
    )


def _body(address: str, ours: Kind) -> Kind:
    found = _within(ours)
    if ours.fields is None:
        return found
    return evolve(
        found,
        fields={name: _top(address, name, ours.fields[name]) for name in ours.fields},
        required=ours.required - _REQUIRED.get(address, frozenset()),
    )


def _top(address: str, name: str, ours: Kind) -> Kind:
    """Return a parameter, or a field of a body, as the document would say it."""
    if (name in _TRUTHS and address.startswith("GET")) or (address, name) in _IDS:
        return kind("string")
    if (address, name) in _ENUMERATED:
        return evolve(ours, values=None)
    return _field(name, ours)


def _field(name: str, ours: Kind) -> Kind:
    whole = name in _WHOLE or name.endswith(("_id", "_ids"))
    return _within(_also(ours, whole=whole), whole=whole)


def _also(ours: Kind, *, whole: bool) -> Kind:
    if ours.types == _NUMBER:
        # A text with digits is taken in some places; a number is too, and that is what is sent.
        return evolve(ours, also=frozenset({frozenset({"number", "string"})}))
    if whole and ours.types == _INTEGER:
        return evolve(ours, also=frozenset({_NUMBER}))
    return ours


def _within(ours: Kind, *, whole: bool = False) -> Kind:
    changes: dict[str, Any] = {}
    if ours.fields is not None and "neq" in ours.fields and ours.types <= _CONDITION:
        return _condition(ours, ours.fields)
    if ours.fields is not None:
        changes["fields"] = {name: _field(name, each) for name, each in ours.fields.items()}
    if ours.items is not None:
        changes["items"] = _within(_also(ours.items, whole=whole), whole=whole)
    return evolve(ours, **changes) if changes else ours


def _condition(ours: Kind, comparators: Mapping[str, Kind]) -> Kind:
    """Return what a search compares a field with; ours go by what the field is.

    The document does so too for the two enumerations of variants, which are never null.
    """
    compared = {name: _COMPARED.get(name, each) for name, each in comparators.items()}
    if ours.nullable:
        return evolve(ours, types=_VALUE.types | {"object"}, values=None, fields=compared)
    value = evolve(kind("string"), values=ours.values)
    fields = {
        name: each if each.items is None else evolve(each, items=value)
        for name, each in compared.items()
    }
    return evolve(ours, fields=fields)
