"""Reading the SDK's own declarations: its methods, and the TypedDicts of what they take."""

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
from .description import CUSTOM_FIELD, DATES, PAGING, Described, Description, Kind, either, kind
from .known import documented

_WIRE = {
    Wire.NUMBER: kind("number"),
    Wire.NUMERIC_STRING: kind("string"),
    Wire.INSTANT: kind("string"),
    Wire.DAY: kind("date"),
}
_PLAIN = {
    bool: kind("boolean"),
    int: kind("integer"),
    str: kind("string"),
    UUID: kind("string"),
    datetime: kind("string"),
}
_DATES = frozenset(DateFilters.__annotations__)


@cache
def declared() -> Description:
    """Return what every operation of the SDK takes. Loads every area."""
    return {
        (operation.method, operation.path): documented(operation, _described(operation))
        for operation in operations()
    }


def _described(operation: Operation) -> Described:
    cls = load(operation.attribute)
    function = getattr(cls, operation.python_method)
    hints = get_type_hints(function, include_extras=True)
    keywords = next((get_args(each)[0] for each in hints.values() if _is(each, Unpack)), None)
    body = operation.body
    if operation.python_method == "search":
        return Described(body=_search(hints))
    query: dict[str, Kind] = {}
    if operation.method == "GET":
        if keywords is not None:
            query = dict(_object(keywords).fields or {})
        if not _DATES.isdisjoint(query):
            query = {name: each for name, each in query.items() if name not in _DATES}
            query[DATES] = kind()
        if get_origin(hints["return"]) is Pages and cls.paged:
            query[PAGING] = kind()
    elif body is None:
        body = keywords
    return Described(
        query=query,
        id=_id(function, hints) if "{" in operation.path else None,
        body=None if body is None else _kind(body),
    )


def _is(hint: Any, origin: Any) -> bool:
    return get_origin(hint) is origin


def _id(function: Any, hints: Mapping[str, Any]) -> Kind:
    """Return what a method takes as the id, which is its first argument."""
    name = list(inspect.signature(function).parameters)[1]
    return _kind(hints[name])


def _search(hints: Mapping[str, Any]) -> Kind:
    """Return the body of a search, whose paging is ours."""
    conditions = dict(_kind(hints["where"]).fields or {})
    mapping = next(each for each in get_args(hints["custom_fields"]) if each is not NoneType)
    conditions[CUSTOM_FIELD] = _kind(get_args(mapping)[1])
    fields = {
        "filter": _fields(**conditions),
        "order": _kind(str | list[str]),
        "page": kind("integer"),
        "limit": kind("integer"),
    }
    if "include" in hints:
        item = _kind(get_args(hints["include"])[0])
        fields["include"] = evolve(kind("array"), items=item)
    return _fields(**fields)


def _fields(**fields: Kind) -> Kind:
    return Kind(types=frozenset({"object"}), fields=fields)


@cache
def _object(typed_dict: Any) -> Kind:
    plain = get_origin(typed_dict) or typed_dict
    fields = {name: _kind(hint) for name, hint in hints_of(typed_dict).items()}
    return Kind(
        types=frozenset({"object"}), fields=fields, required=frozenset(plain.__required_keys__)
    )


def _kind(hint: Any) -> Kind:
    origin = get_origin(hint)
    if origin in (Required, NotRequired):
        return _kind(get_args(hint)[0])
    if origin is Annotated:
        wires = [marker for marker in hint.__metadata__ if isinstance(marker, Wire)]
        return _WIRE[wires[0]] if wires else _kind(get_args(hint)[0])
    if origin in (Union, UnionType):
        return _union(get_args(hint))
    if origin in (list, tuple):
        return Kind(types=frozenset({"array"}), items=_kind(get_args(hint)[0]))
    if origin is Literal:
        name = "integer" if isinstance(get_args(hint)[0], int) else "string"
        return evolve(kind(name), values=frozenset(map(str, get_args(hint))))
    if is_typeddict(origin or hint):
        return _object(hint)
    if _is_enumeration(hint):
        return evolve(kind("string"), values=frozenset(str(member) for member in hint))
    # A plain object, whose names each account decides.
    return _PLAIN.get(hint, kind("object"))


def _union(members: tuple[Any, ...]) -> Kind:
    """Return what is allowed by any of several annotations."""
    nullable = NoneType in members
    others = [member for member in members if member is not NoneType]
    # With an enumeration stands the list of the values that fit here, which may be fewer.
    if any(get_origin(member) is Literal for member in others):
        others = [member for member in others if not _is_enumeration(member)]
    return evolve(either([_kind(member) for member in others]), nullable=nullable)


def _is_enumeration(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, OpenEnum)
