"""Rows of the feed, read from the answer to a list request. No I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, cast

import msgspec

from ..errors import DecodingError
from ..http.messages import Response, parse_json
from .commands import Row
from .state import Key
from .way import Way

_COMPUTED = ("_availability", "_expected_date")
"""Endings of fields that Katana computes anew at each read and that change no `updated_at`.

Fingerprints leave them out; otherwise each sweep would deliver most open orders again.
"""

_COMPUTED_BYTES = tuple(ending.encode() + b'":' for ending in _COMPUTED)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_encode_numbers = msgspec.json.Encoder(decimal_format="number").encode


def read_records(response: Response, path: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a list, with exact numbers.

    Raises:
        DecodingError: The answer is no list of objects.
    """
    try:
        content: object = _decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        content = _parse_slowly(response)
    if isinstance(content, dict):
        envelope = cast("dict[str, object]", content)
        content = envelope.get("data", envelope)
    rows = cast("list[object]", content) if isinstance(content, list) else [content]
    if all(isinstance(row, dict) for row in rows):
        return cast("list[dict[str, Any]]", rows)
    raise DecodingError("expected a list of objects", collection=path)


def _parse_slowly(response: Response) -> object:
    try:
        return parse_json(response.content)
    except (ValueError, RecursionError):
        return None


def make_row(record: dict[str, Any], way: Way) -> Row:
    """Return the row of a record.

    Raises:
        DecodingError: The record has no key, or a time in it cannot be read.
    """
    return Row(
        key=_key(record, way),
        created=_moment(record, "created_at", way) if way.has_created_at else 0,
        updated=_moment(record, "updated_at", way) if way.has_updated_at else 0,
        deleted=way.has_deleted_at and record.get("deleted_at") is not None,
        fingerprint=fingerprint(record),
        record=record,
    )


def fingerprint(record: Mapping[str, Any]) -> int:
    """Return 32 bits of a hash of a record without its computed fields.

    A change that has the same hash is missed once in 2**32; only changes that raise no
    `updated_at` depend on it.
    """
    content = _encode_sorted(record)
    if any(ending in content for ending in _COMPUTED_BYTES):
        content = _encode_sorted(_without_computed(record))
    return int.from_bytes(blake2b(content, digest_size=4).digest(), "big")


def _without_computed(value: Any) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {
            name: _without_computed(each)
            for name, each in fields.items()
            if not name.endswith(_COMPUTED)
        }
    if isinstance(value, list):
        return [_without_computed(each) for each in cast("list[object]", value)]
    return value


def key_of(record: Mapping[str, Any], fields: Sequence[str]) -> Key | None:
    """Return the key of a record; None if its first field is absent."""
    values = [_scalar(record.get(name)) for name in fields]
    if values[0] is None:
        return None
    return values[0] if len(values) == 1 else tuple(values)


def _scalar(value: Any) -> int | str | None:
    return value if isinstance(value, int) or value is None else str(value)


def _key(record: dict[str, Any], way: Way) -> Key:
    key = key_of(record, way.key)
    if key is None:
        raise DecodingError("the record has no key", collection=way.collection, field=way.key[0])
    return key


def _moment(record: dict[str, Any], name: str, way: Way) -> int:
    """Return a time in milliseconds since the epoch."""
    value = record.get(name)
    try:
        return to_milliseconds(datetime.fromisoformat(cast("str", value)))
    except (TypeError, ValueError):
        pass
    if value is None and not way.has_dates:
        return 0
    raise DecodingError(
        f"{name} is no time, and the feed orders versions by it",
        collection=way.collection,
        record_id=key_of(record, way.key),
        field=name,
    )


def to_milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from the epoch to a time."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def format_time(milliseconds: int) -> str:
    """Return a time as Katana writes it: 2020-10-23T10:37:05.085Z."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def encode_record(record: Mapping[str, Any]) -> bytes:
    """Return a record of `read_records` as JSON."""
    return _encode_numbers(record)
