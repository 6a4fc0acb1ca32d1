"""Values as text: JSON that is exact whatever the numbers are, and cells of tables and CSV."""

import json
import re
import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec

from ..http.encoding import to_json

_encode_exactly = msgspec.json.Encoder(decimal_format="number").encode
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_INT_64 = range(-(2**63), 2**64)


def json_text(value: object) -> bytes:
    """Return a value as JSON, numbers of any size exact."""
    try:
        return to_json(value)
    except (ValueError, ArithmeticError):
        return _encode_exactly(_encodable(value))


def laid_out_json(value: object) -> bytes:
    """Return a value as JSON on several lines, each field on its own."""
    return msgspec.json.format(json_text(value), indent=2)


def _encodable(value: Any) -> Any:
    """Replace what the encoder does not take: halves of characters, integers above 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {_encodable(name): _encodable(item) for name, item in fields.items()}
    if isinstance(value, list):
        return [_encodable(item) for item in cast("list[object]", value)]
    if isinstance(value, int) and value not in _INT_64:
        return Decimal(value)
    return value


def cell(value: object) -> str:
    """Return a value as text: nothing for null, JSON for what is nested."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json_text(value).decode()


def put_json(content: bytes) -> None:
    """Write JSON to stdout: in UTF-8, but escaped to ASCII for a terminal that is not UTF-8."""
    if sys.stdout.isatty() and not is_utf8(sys.stdout.encoding):
        escaped = _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], content.decode())
        content = escaped.encode()
    put(content)


def put_text(text: str) -> None:
    """Write text to stdout: in UTF-8, but in the encoding of a terminal that is not UTF-8."""
    encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
    put(text.encode(encoding, "replace"))


def put(content: bytes) -> None:
    """Write bytes to stdout at once."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def is_utf8(encoding: str) -> bool:
    """Return whether a stream's encoding is UTF-8, however it is spelled."""
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"
