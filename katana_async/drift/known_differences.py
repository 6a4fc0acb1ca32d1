"""Intended differences between the SDK and Katana's document, which are not reported."""

from collections.abc import Mapping

from attrs import evolve

from ..resources._hints import IGNORED
from .description import ValueType
from .openapi import Declaration

# Strings in the document, booleans in reality.
_BOOLEAN_FILTERS = frozenset({"batch_tracked", "serial_tracked"})
# Strings in the document; the SDK has the values of answers and of other operations.
_ENUMERATIONS = frozenset(
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
# Strings in the document, ids of records in reality.
_NUMERIC_IDS = frozenset(
    {
        ("GET /bin_inventory", "batch_id"),
        ("GET /bin_inventory", "bin_location_id"),
        ("GET /bin_inventory", "serial_number_id"),
        ("GET /stocktakes", "stock_adjustment_id"),
    }
)
# Optional in the document; without it the live service does nothing.
_REQUIRED = frozenset({("POST /serial_numbers", "resource_type")})

# The types of the document's comparisons in searches, which are the same for all fields.
_VALUE = ValueType({"boolean", "number", "string"})
_COMPARED: dict[str, ValueType] = {
    **dict.fromkeys(("neq", "gt", "gte", "lt", "lte"), ValueType()),
    **dict.fromkeys(
        ("between", "inq", "nin"), ValueType({"array"}, items=evolve(_VALUE, nullable=True))
    ),
}


def apply_known_differences(address: str, ours: Declaration[ValueType]) -> Declaration[ValueType]:
    """Return an operation of the SDK as the document declares it, apart from true differences."""
    query = _adapt_members(address, ours.query)
    query |= {name: ValueType({"string"}) for path, name in IGNORED if address == f"GET {path}"}
    body = ours.body
    if body is not None and body.fields is not None:
        body = evolve(body, fields=_adapt_members(address, body.fields))
    return Declaration(query, ours.id, body)


def _adapt_members(address: str, ours: Mapping[str, ValueType]) -> dict[str, ValueType]:
    """Return the parameters, or the fields of a body, as the document declares them."""
    return {name: _adapt_member(address, name, each) for name, each in ours.items()}


def _adapt_member(address: str, name: str, ours: ValueType) -> ValueType:
    if (name in _BOOLEAN_FILTERS and address.startswith("GET")) or (address, name) in _NUMERIC_IDS:
        return ValueType({"string"})
    if (address, name) in _ENUMERATIONS:
        return evolve(ours, values=None)
    if (address, name) in _REQUIRED:
        return evolve(ours, required=False)
    return _adapt_conditions(ours)


def _adapt_conditions(ours: ValueType) -> ValueType:
    """Return a type with the search conditions in it as the document declares them.

    The SDK's type of a condition depends on the field. The document's does so only for the two
    enumerations of variants, which are never null.
    """
    if ours.fields is None:
        return ours
    if "neq" not in ours.fields:
        fields = {name: _adapt_conditions(each) for name, each in ours.fields.items()}
        return evolve(ours, fields=fields)
    compared = {name: _COMPARED.get(name, each) for name, each in ours.fields.items()}
    if ours.nullable:
        return evolve(ours, types=_VALUE.types | {"object"}, values=None, fields=compared)
    value = ValueType({"string"}, values=ours.values)
    fields = {
        name: each if each.items is None else evolve(each, items=value)
        for name, each in compared.items()
    }
    return evolve(ours, fields=fields)
