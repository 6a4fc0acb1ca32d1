"""JSON values as the text of files: lines of JSON and cells of tables."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast

import msgspec

from ..http.encoding import to_json

_encode_exactly = msgspec.json.Encoder(decimal_format="number").encode
_INT_64 = range(-(2**63), 2**64)


def to_json_text(value: object) -> bytes:
    """Return a value as JSON, with numbers of any size exact.

    Half a surrogate pair, which UTF-8 cannot have, becomes `?`.
    """
    # The first encoder is ten times as fast, and refuses some values, such as mappings but dicts.
    for encode in (_encode_exactly, to_json):
        with suppress(ValueError, TypeError, ArithmeticError):
            return encode(value)
    return _encode_exactly(_replace_unencodable(value))


def to_cell(value: object) -> str:
    """Return a value as the text of a cell: empty for null, JSON for nested values."""
    if value is None:
        return ""
    return value if isinstance(value, str) else to_json_text(value).decode()


def _replace_unencodable(value: Any) -> Any:
    """Replace values that the encoder refuses: lone surrogates, integers above 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {
            _replace_unencodable(name): _replace_unencodable(item) for name, item in fields.items()
        }
    if isinstance(value, list):
        return [_replace_unencodable(item) for item in cast("list[object]", value)]
    if isinstance(value, int) and value not in _INT_64:
        return Decimal(value)
    return value
