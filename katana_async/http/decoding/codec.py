"""Decode answers: whole pages into models, record by record if a page cannot be decoded."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from attrs import define, frozen

from ...errors import DecodingError
from ..messages import parse_json, printable
from ..options import Stats
from .decimals import are_ordinary
from .oddities import mend
from .unknown import count_unknown_fields, is_sampled

log = logging.getLogger("katana_async")

T = TypeVar("T")
R = TypeVar("R")


class _ListEnvelope(msgspec.Struct, Generic[T]):
    data: list[T]


class _Decoders(Generic[T]):
    """The msgspec decoders of one model, created on first use and cached for the process."""

    def __init__(self, model: type[T]) -> None:
        def decoder(kind: Any) -> Callable[[bytes], Any]:
            # The hook keeps numbers in fields without a fixed type (custom fields) exact.
            return msgspec.json.Decoder(kind, float_hook=Decimal).decode

        self.one: Callable[[bytes], T] = decoder(model)
        self._array: Callable[[bytes], list[T]] = decoder(list[model])  # type: ignore[valid-type]  # a type made at run time
        self._envelope: Callable[[bytes], _ListEnvelope[T]] = decoder(_ListEnvelope[model])  # type: ignore[valid-type]  # as above

    def many(self, content: bytes) -> list[T]:
        """Decode an array, or an envelope of one."""
        if content[:64].lstrip()[:1] == b"[":
            return self._array(content)
        return self._envelope(content).data


# The cast is for checkers, to which a class is not Hashable.
_decoders = cast("Callable[[type[Any]], _Decoders[Any]]", cache(_Decoders))

_SHOWN = 40  # characters of a value in a message
_ID_BITS = 128
_GROUP = 16  # records that are decoded together on a page with an unreadable one

_split = _Decoders(msgspec.Raw).many

# Exceptions of msgspec for content that it cannot decode; ArithmeticError comes from `Decimal`.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError)


def _unwrap(value: object) -> object:
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, object]", value)
    return fields.get("data", fields)


@frozen
class BadRecord:
    """A record of a list that cannot be read."""

    raw: Any  # the parsed JSON; numbers that Python cannot represent are texts
    error: DecodingError


def _parse_leniently(content: bytes) -> Any:
    """Parse JSON; numbers that Python cannot represent become texts."""

    def leniently(parse: Callable[[str], object]) -> Callable[[str], object]:
        def number(text: str) -> object:
            try:
                return parse(text)
            except (ValueError, ArithmeticError):
                return text

        return number

    try:
        return json.loads(content, parse_int=leniently(int), parse_float=leniently(Decimal))
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


def _show(value: object) -> str | None:
    """Return a value for a message: short, with possible tokens masked; None for null."""
    if value is None:
        return None
    if isinstance(value, dict):
        return f"{{…}}, {len(cast('dict[str, object]', value))} fields"
    if isinstance(value, list):
        return f"[…], {len(cast('list[object]', value))} elements"
    if isinstance(value, str):
        from ...token_masking import redact_unknown

        text = printable(redact_unknown(value[:1000]), _SHOWN)
        return repr(text).encode("utf-8", "backslashreplace").decode()
    return printable(str(value), _SHOWN)


def _identity(value: object) -> object:
    """Return the id of a JSON object, for a message."""
    found = cast("dict[str, object]", value).get("id") if isinstance(value, dict) else None
    if isinstance(found, str | Decimal):
        return printable(str(found), _SHOWN)
    return found if isinstance(found, int) and found.bit_length() < _ID_BITS else None


def _raise_if_bad(rows: Sequence[T | BadRecord]) -> list[T]:
    for row in rows:
        if isinstance(row, BadRecord):
            raise row.error
    return cast("list[T]", rows)


@define
class Codec(Generic[T]):
    """Decode the answers of one collection. Methods raise DecodingError for unfit content."""

    model: type[T]
    collection: str  # its path, for messages
    stats: Stats

    def many(self, content: bytes) -> list[T]:
        """Read a list: an array, or an envelope `{"data": [...]}`."""
        return _raise_if_bad(self.rows(content))

    def rows(self, content: bytes) -> Sequence[T | BadRecord]:
        """Read a list; a record that the tolerant reader refuses becomes a `BadRecord`."""
        fast = self._many_fast(content)
        records: Sequence[T | BadRecord] = self._many_slowly(content) if fast is None else fast
        if records and is_sampled(self.stats.count_answer(self.model)):
            self._sample((self._split(content) or [b""])[0])
        return records

    def _sample(self, content: bytes) -> None:
        """Count the fields of a JSON object that the model does not have."""
        try:
            value = _unwrap(parse_json(content))
        except (ValueError, RecursionError):
            return
        count_unknown_fields(value, self.model, self.stats.unknown_fields)

    def _many_fast(self, content: bytes) -> list[T] | None:
        """Decode a list at once, with the frequent oddities repaired; None if that fails."""
        records: list[T] | None = None
        forgiven: dict[str, int] = {}
        while records is None:
            try:
                records = _decoders(self.model).many(content)
            except msgspec.ValidationError as error:
                content, found = mend(content, self.model, str(error))
                if not found:
                    return None
                forgiven |= found
            except _UNREADABLE:
                return None
        if not are_ordinary(records, self.model):
            return None
        self._forgave(forgiven)
        return records

    def _many_slowly(self, content: bytes) -> list[T | BadRecord]:
        raws = self._split(content)
        if raws is None:
            # msgspec cannot split it either, for instance because of a lone surrogate in a name.
            return [self._row(value) for value in self._list(self._parse(content))]
        rows: list[T | BadRecord] = []
        for start in range(0, len(raws), _GROUP):
            group = raws[start : start + _GROUP]
            records = self._many_fast(b"[%s]" % b",".join(group))
            rows += [self._record(raw) for raw in group] if records is None else records
        return rows

    def _split(self, content: bytes) -> list[bytes] | None:
        """Return the JSON of each element of a list; None if it cannot be split."""
        try:
            return [bytes(raw) for raw in _split(content)]
        except _UNREADABLE:
            return None

    def _record(self, raw: bytes) -> T | BadRecord:
        record = self._one_fast(raw)
        if record is not None:
            return record
        value = self._parse_record(raw)
        return value if isinstance(value, BadRecord) else self._row(value)

    def _row(self, value: object) -> T | BadRecord:
        try:
            return self._tolerant(value)
        except DecodingError as error:
            return BadRecord(value, error.with_traceback(None))

    def _parse_record(self, raw: bytes) -> object:
        try:
            return parse_json(raw)
        except (ValueError, RecursionError) as error:
            value = _parse_leniently(raw)
            problem = printable(str(error), 120)
        return BadRecord(value, self._error(f"its JSON cannot be read: {problem}", value))

    def _one_fast(self, content: bytes) -> T | None:
        try:
            record = _decoders(self.model).one(content)
        except _UNREADABLE:
            return None
        return record if are_ordinary((record,), self.model) else None

    def raw(self, content: bytes) -> list[dict[str, Any]]:
        """Return the JSON objects of a list as sent, with exact numbers."""
        return _raise_if_bad(self.raw_rows(content))

    def raw_rows(self, content: bytes) -> list[dict[str, Any] | BadRecord]:
        """Return the JSON objects of a list; any other element becomes a `BadRecord`."""
        try:
            values = self._list(self._parse(content))
        except DecodingError:
            # A number that Python cannot represent makes only its own record unreadable.
            if (raws := self._split(content)) is None:
                raise
            values = [self._parse_record(raw) for raw in raws]
        if set(map(type, values)) == {dict}:
            return cast("list[dict[str, Any] | BadRecord]", values)
        return [self._object(value) for value in values]

    def _object(self, value: object) -> dict[str, Any] | BadRecord:
        if isinstance(value, dict | BadRecord):
            return cast("dict[str, Any] | BadRecord", value)
        kind = "null" if value is None else type(value).__name__
        return BadRecord(value, self._error(f"expected an object, not {kind}", shown=_show(value)))

    def _list(self, parsed: object) -> list[object]:
        value = _unwrap(parsed)
        if value is None:
            self._forgave({"data: null for a list": 1})
            return []
        if not isinstance(value, list):
            kind = type(value).__name__
            raise self._error(f"expected a list or an object with a list as data, not {kind}")
        return cast("list[object]", value)

    def one(self, content: bytes) -> T:
        """Read one object, bare or in an envelope `{"data": ...}`."""
        if is_sampled(self.stats.count_answer(self.model)):
            self._sample(content)
        record = self._one_fast(content)
        if record is not None:
            return record
        value = _unwrap(self._parse(content))
        if isinstance(value, list):
            items = cast("list[object]", value)
            if len(items) != 1:
                raise self._error(f"expected one object, not a list of {len(items)}")
            value = items[0]
        return self._tolerant(value)

    def _parse(self, content: bytes) -> object:
        if not content.strip():
            raise self._error("the answer is empty")
        try:
            return parse_json(content)
        except (ValueError, RecursionError) as error:
            problem = str(error) if not content.lstrip().startswith(b"<") else "it looks like HTML"
        raise self._error(f"the answer is not JSON: {printable(problem, 120)}")

    def _tolerant(self, value: object) -> T:
        from .tolerant import Unreadable, read_record  # cattrs loads only where it is needed

        try:
            record, forgiven = read_record(value, self.model)
        except Unreadable as error:
            path, message, shown = error.path, error.message, _show(error.value)
        except RecursionError:
            path, message, shown = "", "it is nested too deeply", None
        else:
            self._forgave(Counter(forgiven))
            return record
        raise self._error(message, value, path, shown)

    def _error(
        self, message: str, record: object = None, field: str = "", shown: str | None = None
    ) -> DecodingError:
        return DecodingError(
            message,
            collection=self.collection,
            record_id=_identity(record),
            field=printable(field, 200) or None,
            value=shown,
        )

    def _forgave(self, oddities: Mapping[str, int]) -> None:
        for oddity, count in oddities.items():
            name = f"{self.model.__name__}.{oddity}"
            if name not in self.stats.tolerated:
                log.warning("%s: tolerated; counted in stats.tolerated", name)
            self.stats.tolerated[name] += count
