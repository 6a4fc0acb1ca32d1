"""JSON, in and out, with every digit of a number kept."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

_encode = msgspec.json.Encoder(decimal_format="number").encode


def parse_json(data: bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    return json.loads(data, parse_float=Decimal, parse_constant=_refuse)


def write_json(value: Any) -> bytes:
    """Write a value as JSON, half of a surrogate pair included, as JavaScript does."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _write(value).encode()


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _write(value: Any) -> str:
    if isinstance(value, dict):
        fields = cast(Mapping[str, Any], value)
        pairs = (f"{json.dumps(name)}:{_write(each)}" for name, each in fields.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_write(each) for each in cast(Sequence[Any], value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)
