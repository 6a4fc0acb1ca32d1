"""Rows of the feed, read from the answer to a list request. No I/O."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from json import JSONDecoder
from operator import attrgetter
from typing import Any, cast
from zlib import crc32

import msgspec

from ..errors import DecodingError
from ..http.messages import parse_json
from ..models._base import Timestamp
from .commands import Row
from .state import Key
from .traits import Traits

_COMPUTED = re.compile(
    rb'"\w+(?:_availability|_expected_date)":\s*(?:"(?:[^"\\]|\\.)*"|[\w.+-]+),?'
)
"""Fields that Katana computes anew at each read and that change no `updated_at`.

Fingerprints leave them out; otherwise each sweep would deliver most open orders again.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class _Envelope(msgspec.Struct):
    data: list[msgspec.Raw]


_split_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_split_envelope = msgspec.json.Decoder(_Envelope).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError)


def read_rows(content: bytes, traits: Traits) -> list[Row]:
    """Return the rows of a list, an array or an envelope of one.

    Raises:
        DecodingError: The content is no list of objects, a record has no key, or a time in it
            cannot be read.
    """
    read_head, key_of_head = _head_readers(traits)
    rows: list[Row] = []
    for text in _split(content, traits):
        try:
            head = read_head(text)
        except _UNREADABLE:
            rows.append(_read_slowly(text, traits))
            continue
        rows.append(
            Row(
                key=key_of_head(head),
                created=to_milliseconds(head.created_at) if traits.has_created_at else 0,
                updated=to_milliseconds(head.updated_at) if traits.has_updated_at else 0,
                deleted=traits.has_deleted_at and head.deleted_at is not None,
                fingerprint=fingerprint(text),
                record=text,
            )
        )
    return rows


def _split(content: bytes, traits: Traits) -> list[bytes]:
    """Return the JSON of each record of a list, as sent."""
    try:
        content.decode()  # msgspec does not check the texts that it skips
        if content[:64].lstrip()[:1] == b"[":
            return list(map(bytes, _split_array(content)))
        return list(map(bytes, _split_envelope(content).data))
    except _UNREADABLE:
        return _split_slowly(content, traits)


_BEGINNING = re.compile(r'\s*(?:\{\s*"data"\s*:\s*)?\[\s*')
_BETWEEN = re.compile(r"\s*(,?)\s*")
_scan = JSONDecoder().raw_decode


def _split_slowly(content: bytes, traits: Traits) -> list[bytes]:
    """Split a list that msgspec refuses, for instance because of half a surrogate pair."""
    try:
        parse_json(content)
        text = content.decode()
        if (found := _BEGINNING.match(text)) is not None:
            records: list[bytes] = []
            while text[(start := found.end())] != "]":
                _, end = _scan(text, start)
                records.append(text[start:end].encode())
                found = cast("re.Match[str]", _BETWEEN.match(text, end))
            return records
    except (ValueError, RecursionError):
        pass
    raise DecodingError("expected a list of objects", collection=traits.collection)


@cache
def _head_readers(traits: Traits) -> tuple[Any, Any]:
    """Return a decoder of the fields that the feed needs, and a getter of the key."""
    fields: list[Any] = [(name, int | str) for name in traits.key[:1]]
    fields += [(name, int | str | None, None) for name in traits.key[1:]]
    has_times = {"created_at": traits.has_created_at, "updated_at": traits.has_updated_at}
    fields += [(name, Timestamp) for name, is_there in has_times.items() if is_there]
    if traits.has_deleted_at:
        fields.append(("deleted_at", str | None, None))
    head = msgspec.defstruct("Head", fields, kw_only=True, gc=False)
    return msgspec.json.Decoder(head).decode, attrgetter(*traits.key)


def _read_slowly(text: bytes, traits: Traits) -> Row:
    try:
        record = parse_json(text)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise DecodingError("expected a list of objects", collection=traits.collection)
    fields = cast("dict[str, Any]", record)
    return Row(
        key=_read_key(fields, traits),
        created=_read_time(fields, "created_at", traits) if traits.has_created_at else 0,
        updated=_read_time(fields, "updated_at", traits) if traits.has_updated_at else 0,
        deleted=traits.has_deleted_at and fields.get("deleted_at") is not None,
        fingerprint=fingerprint(text),
        record=text,
    )


def fingerprint(text: bytes) -> int:
    """Return a checksum of 32 bits of the JSON of a record without its computed fields.

    A change with the same checksum is missed, which happens once in 2**32. Only changes that do not
    raise `updated_at` depend on the checksum.
    """
    if b'_availability"' in text or b'_expected_date"' in text:
        text = _COMPUTED.sub(b"", text).replace(b",}", b"}")
    return crc32(text)


def key_of(record: Mapping[str, Any], fields: Sequence[str]) -> Key | None:
    """Return the key of a record; None if its first field is absent."""
    values = [_scalar(record.get(name)) for name in fields]
    if values[0] is None:
        return None
    return values[0] if len(values) == 1 else tuple(values)


def _scalar(value: Any) -> int | str | None:
    return value if isinstance(value, int) or value is None else str(value)


def _read_key(record: dict[str, Any], traits: Traits) -> Key:
    key = key_of(record, traits.key)
    if key is None:
        raise DecodingError(
            "the record has no key", collection=traits.collection, field=traits.key[0]
        )
    return key


def _read_time(record: dict[str, Any], name: str, traits: Traits) -> int:
    """Return a time in milliseconds since the epoch."""
    value = record.get(name)
    try:
        return to_milliseconds(datetime.fromisoformat(cast("str", value)))
    except (TypeError, ValueError):
        pass
    if value is None and not traits.has_dates:
        return 0
    raise DecodingError(
        f"{name} is no time, and the feed orders versions by it",
        collection=traits.collection,
        record_id=key_of(record, traits.key),
        field=name,
    )


def to_milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from the epoch to a time."""
    return (moment - _EPOCH) // _MILLISECOND


def format_time(milliseconds: int) -> str:
    """Return a time as Katana writes it: 2020-10-23T10:37:05.085Z."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
