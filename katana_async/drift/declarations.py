"""The facts of the SDK, from the signatures of its methods and their TypedDicts."""

import inspect
from collections.abc import Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from ..http.encoding import Wire, hints_of
from ..http.pages import Pages
from ..models import OpenEnum
from ..params import DateFilters
from ..resources import load
from ..resources.operations import Operation, operations
from .openapi import Declaration, Facts, Schema

_PAGING = "pagination"
_DATES = "dateFilter"
_CUSTOM_FIELD = r"^custom_fields\..+$"  # the document's pattern in searches

_DATE_FILTERS = frozenset(DateFilters.__annotations__)
_WIRE: dict[Wire, Schema] = {
    Wire.NUMBER: {"type": "number"},
    Wire.NUMERIC_STRING: {"type": "string"},
    Wire.INSTANT: {"type": "string"},
    Wire.DAY: {"type": "string", "format": "date"},
}
_PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: {"type": "string"},
    UUID: {"type": "string"},
    datetime: {"type": "string"},
    NoneType: {"type": "null"},
}


def sdk_facts() -> Facts:
    """Return the facts of the SDK. The dates are one parameter, and so is paging."""
    return {(each.method, each.path): _read_operation(each) for each in operations()}


def _read_operation(operation: Operation) -> Declaration[Schema]:
    cls = load(operation.attribute)
    function = getattr(cls, operation.python_method)
    hints = get_type_hints(function, include_extras=True)
    keywords = next(
        (get_args(each)[0] for each in hints.values() if get_origin(each) is Unpack), None
    )
    if operation.python_method == "search":
        return Declaration({}, None, _search_body(hints | hints_of(keywords)))
    body = operation.body
    query: dict[str, Schema] = {}
    if operation.method != "GET":
        body = body or keywords
    elif keywords is not None:
        query = dict(_schema(keywords)["properties"])
        if not _DATE_FILTERS.isdisjoint(query):
            query = {name: each for name, each in query.items() if name not in _DATE_FILTERS}
            query[_DATES] = {}
    if operation.method == "GET" and get_origin(hints["return"]) is Pages and cls.paged:
        query[_PAGING] = {}
    id_name = list(inspect.signature(function).parameters)[1] if "{" in operation.path else None
    return Declaration(
        query=query,
        id=None if id_name is None else _schema(hints[id_name]),
        body=None if body is None else _schema(body),
    )


def _search_body(hints: Mapping[str, Any]) -> Schema:
    """Return the schema of a search's body, to which the SDK adds paging."""
    where, *_ = (*get_args(hints["where"]), hints["where"])
    mapping = next(each for each in get_args(hints["custom_fields"]) if each is not NoneType)
    condition = _schema(get_args(mapping)[1])
    fields: dict[str, Schema] = {
        "filter": {**_schema(where), "patternProperties": {_CUSTOM_FIELD: condition}},
        "order": _schema(str | list[str]),
        "page": _schema(int),
        "limit": _schema(int),
    }
    if "include" in hints:
        fields["include"] = {"type": "array", "items": _schema(get_args(hints["include"])[0])}
    return {"type": "object", "properties": fields}


def _schema(hint: Any) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Required, NotRequired):
        return _schema(arguments[0])
    if origin is Annotated:
        wires = [marker for marker in hint.__metadata__ if isinstance(marker, Wire)]
        return _WIRE[wires[0]] if wires else _schema(arguments[0])
    if origin in (Union, UnionType):
        # A Literal next to an enumeration lists the values that are valid here.
        has_literal = any(get_origin(member) is Literal for member in arguments)
        members = [each for each in arguments if not (has_literal and _is_enumeration(each))]
        return {"anyOf": [_schema(member) for member in members]}
    if origin in (list, tuple):
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is Literal:
        return {**_PLAIN[type(arguments[0])], "enum": arguments}
    if is_typeddict(origin or hint):
        return {
            "type": "object",
            "properties": {name: _schema(each) for name, each in hints_of(hint).items()},
            "required": (origin or hint).__required_keys__,
        }
    if _is_enumeration(hint):
        return {"type": "string", "enum": list(hint)}
    # Any other hint is an object with names that depend on the account.
    return _PLAIN.get(hint, {"type": "object"})


def _is_enumeration(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, OpenEnum)
