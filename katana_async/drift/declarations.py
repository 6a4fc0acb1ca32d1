"""The description of the SDK, from the signatures of its methods and their TypedDicts."""

import inspect
from collections.abc import Mapping
from datetime import datetime
from functools import cache
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

from attrs import evolve

from ..http.encoding import Wire, hints_of
from ..http.pages import Pages
from ..models import OpenEnum
from ..params import DateFilters
from ..resources import load
from ..resources.operations import Operation, operations
from .description import (
    CUSTOM_FIELD,
    DATES,
    PAGING,
    Description,
    ValueType,
    union_of,
    value_type,
)
from .known_differences import apply_known_differences
from .openapi import Declaration

_WIRE = {
    Wire.NUMBER: value_type("number"),
    Wire.NUMERIC_STRING: value_type("string"),
    Wire.INSTANT: value_type("string"),
    Wire.DAY: value_type("date"),
}
_PLAIN = {
    bool: value_type("boolean"),
    int: value_type("integer"),
    str: value_type("string"),
    UUID: value_type("string"),
    datetime: value_type("string"),
}
_DATES = frozenset(DateFilters.__annotations__)


@cache
def describe_sdk() -> Description:
    """Return the description of the SDK. Loads all areas."""
    return {
        (operation.method, operation.path): apply_known_differences(
            operation, _describe_operation(operation)
        )
        for operation in operations()
    }


def _describe_operation(operation: Operation) -> Declaration[ValueType]:
    cls = load(operation.attribute)
    function = getattr(cls, operation.python_method)
    hints = get_type_hints(function, include_extras=True)
    keywords = next(
        (get_args(each)[0] for each in hints.values() if get_origin(each) is Unpack), None
    )
    if operation.python_method == "search":
        return Declaration({}, None, _search_body(hints | hints_of(keywords)))
    body = operation.body
    query: dict[str, ValueType] = {}
    if operation.method != "GET":
        body = body or keywords
    elif keywords is not None:
        query = dict(_object_type(keywords).fields or {})
        if not _DATES.isdisjoint(query):
            query = {name: each for name, each in query.items() if name not in _DATES}
            query[DATES] = value_type()
    if operation.method == "GET" and get_origin(hints["return"]) is Pages and cls.paged:
        query[PAGING] = value_type()
    id_name = list(inspect.signature(function).parameters)[1] if "{" in operation.path else None
    return Declaration(
        query=query,
        id=None if id_name is None else _value_type(hints[id_name]),
        body=None if body is None else _value_type(body),
    )


def _search_body(hints: Mapping[str, Any]) -> ValueType:
    """Return the type of a search's body, to which the SDK adds paging."""
    conditions = dict(_value_type(hints["where"]).fields or {})
    mapping = next(each for each in get_args(hints["custom_fields"]) if each is not NoneType)
    conditions[CUSTOM_FIELD] = _value_type(get_args(mapping)[1])
    fields = {
        "filter": evolve(value_type("object"), fields=conditions),
        "order": _value_type(str | list[str]),
        "page": value_type("integer"),
        "limit": value_type("integer"),
    }
    if "include" in hints:
        item = _value_type(get_args(hints["include"])[0])
        fields["include"] = evolve(value_type("array"), items=item)
    return evolve(value_type("object"), fields=fields)


@cache
def _object_type(typed_dict: Any) -> ValueType:
    plain = get_origin(typed_dict) or typed_dict
    fields = {name: _value_type(hint) for name, hint in hints_of(typed_dict).items()}
    required = frozenset(plain.__required_keys__)
    return evolve(value_type("object"), fields=fields, required=required)


def _value_type(hint: Any) -> ValueType:
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return _value_type(get_args(hint)[0])
    if origin is Annotated:
        wires = [marker for marker in hint.__metadata__ if isinstance(marker, Wire)]
        return _WIRE[wires[0]] if wires else _value_type(get_args(hint)[0])
    if origin in (Union, UnionType):
        return _union_type(get_args(hint))
    if origin in (list, tuple):
        return evolve(value_type("array"), items=_value_type(get_args(hint)[0]))
    if origin is Literal:
        name = "integer" if isinstance(get_args(hint)[0], int) else "string"
        return evolve(value_type(name), values=frozenset(map(str, get_args(hint))))
    if is_typeddict(origin or hint):
        return _object_type(hint)
    if _is_enumeration(hint):
        return evolve(value_type("string"), values=frozenset(str(member) for member in hint))
    # Any other hint is an object with names that depend on the account.
    return _PLAIN.get(hint, value_type("object"))


def _union_type(members: tuple[Any, ...]) -> ValueType:
    """Return the type of a union of annotations."""
    nullable = NoneType in members
    others = [member for member in members if member is not NoneType]
    # A Literal next to an enumeration lists the values that are valid here.
    if any(get_origin(member) is Literal for member in others):
        others = [member for member in others if not _is_enumeration(member)]
    return evolve(union_of([_value_type(member) for member in others]), nullable=nullable)


def _is_enumeration(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, OpenEnum)
