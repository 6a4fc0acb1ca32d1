"""Strategies for records as Katana sends them, made from the models."""

import types
import typing
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_number = st.decimals(
    allow_nan=False, allow_infinity=False, places=10, min_value=-(10**12), max_value=10**12
)


def records_of(model: type[Any], depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of JSON objects that fit a model, optional fields left out or not."""
    hints = get_type_hints(model)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in attrs.fields(model):
        values = _values(hints[field.name], depth)
        (required if field.default is attrs.NOTHING else optional)[field.name] = values
    return st.fixed_dictionaries(required, optional=optional)


def _values(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    origin = get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [part for part in get_args(kind) if part is not type(None)]
        nothing = [st.none()] if type(None) in get_args(kind) else []
        if nothing and attrs.has(inner[0]) and depth > 0:
            return st.none()
        return st.one_of(*nothing, *(_values(part, depth) for part in inner))
    if origin is tuple:
        inner = get_args(kind)[0]
        return st.lists(_values(inner, depth), max_size=0 if depth > 0 else 2)
    if origin is dict:
        values = st.none() | st.booleans() | st.integers() | _text
        return st.dictionaries(_text, values, max_size=2)
    if attrs.has(kind):
        return records_of(kind, depth + 1)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([member.value for member in kind]) | _text
    plain: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(-(2**53), 2**53),
        str: _text,
        bool: st.booleans(),
        # Katana sends a number as JSON's number or as padded text, field by field.
        Decimal: st.integers(-(10**9), 10**9) | _number.map(str),
        datetime: st.datetimes(
            datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
        ).map(lambda when: when.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
        uuid.UUID: st.uuids().map(str),
        Any: st.none() | st.integers() | _text,
    }
    return plain[kind]
