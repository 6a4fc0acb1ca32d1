"""Reading answers: bytes straight into models, record by record where something does not fit."""

import logging
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

import msgspec
from attrs import define

from ..errors import DecodingError
from .decimals import are_ordinary
from .messages import parse_json, printable
from .oddities import EMPTY_OBJECT, NULL_LIST, mend
from .stats import Stats

log = logging.getLogger("katana_async")

T = TypeVar("T")
R = TypeVar("R")


class _Envelope(msgspec.Struct, Generic[T]):
    data: list[T]


class _Decoders(Generic[T]):
    """The msgspec decoders of one model, made when first used and kept for the process."""

    def __init__(self, model: type[T]) -> None:
        def decoder(kind: Any) -> Callable[[bytes | msgspec.Raw], Any]:
            # In fields of no fixed type (custom fields), numbers stay exact too.
            return msgspec.json.Decoder(kind, float_hook=Decimal).decode

        self.one: Callable[[bytes | msgspec.Raw], T] = decoder(model)
        self.array: Callable[[bytes], list[T]] = decoder(list[model])  # type: ignore[valid-type]  # a type made at run time
        self.envelope: Callable[[bytes], _Envelope[T]] = decoder(_Envelope[model])  # type: ignore[valid-type]  # as above


_made: dict[type[Any], _Decoders[Any]] = {}


def _decoders(model: type[T]) -> _Decoders[T]:
    found = _made.get(model)
    if found is None:
        found = _made[model] = _Decoders(model)
    return found


_split_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_split_envelope = msgspec.json.Decoder(_Envelope[msgspec.Raw]).decode


def _is_array(content: bytes) -> bool:
    return content[:64].lstrip()[:1] == b"["


# What msgspec raises for content that it cannot read; ArithmeticError comes from `Decimal`.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError)


def _unwrap(value: object) -> object:
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, object]", value)
    return fields.get("data", fields)


@define
class Codec(Generic[T]):
    """Read the answers of one collection.

    Attributes:
        model: The attrs class of a record.
        collection: The collection's path, for messages.
        stats: Where records and forgiven oddities are counted.
    """

    model: type[T]
    collection: str
    stats: Stats

    def many(self, content: bytes) -> list[T]:
        """Read a list: an array, or an envelope `{"data": [...]}`.

        Raises:
            DecodingError: It is neither, or a record cannot be read even tolerantly.
        """
        records = self._many_fast(content)
        if records is not None:
            return records
        mended, forgiven = content, list[str]()
        for oddity in (EMPTY_OBJECT, NULL_LIST):
            mended, found = mend(mended, self.model, oddity)
            forgiven += found
            records = self._many_fast(mended) if found else None
            if records is not None:
                self._forgave(forgiven)
                return records
        return self._many_slowly(content)

    def _many_fast(self, content: bytes) -> list[T] | None:
        decoders = _decoders(self.model)
        try:
            if _is_array(content):
                records = decoders.array(content)
            else:
                records = decoders.envelope(content).data
        except _UNREADABLE:
            return None
        return records if are_ordinary(records, self.model) else None

    def _many_slowly(self, content: bytes) -> list[T]:
        try:
            raws = _split_array(content) if _is_array(content) else _split_envelope(content).data
        except _UNREADABLE:
            # Not even msgspec's splitter can read it, for instance a lone surrogate in a name.
            return [self._tolerant(value) for value in self.raw(content)]
        return [self._record(bytes(raw)) for raw in raws]

    def _record(self, raw: bytes) -> T:
        record = self._one_fast(raw)
        return self._tolerant(self._parse(raw)) if record is None else record

    def _one_fast(self, content: bytes) -> T | None:
        try:
            record = _decoders(self.model).one(content)
        except _UNREADABLE:
            return None
        return record if are_ordinary((record,), self.model) else None

    def raw(self, content: bytes) -> list[dict[str, Any]]:
        """Return the JSON objects of a list untouched, numbers exact.

        Raises:
            DecodingError: It is not a list of objects.
        """
        value = _unwrap(self._parse(content))
        if value is None:
            self._forgave(["data: null for a list"])
            return []
        if not isinstance(value, list):
            kind = type(value).__name__
            raise self._error(f"expected a list or an object with a list as data, not {kind}")
        items = cast("list[object]", value)
        for item in items:
            if not isinstance(item, dict):
                raise self._error(f"expected a list of objects, not of {type(item).__name__}")
        return cast("list[dict[str, Any]]", items)

    def one(self, content: bytes) -> T:
        """Read one object, bare or in an envelope `{"data": ...}`.

        Raises:
            DecodingError: There is none, or it cannot be read even tolerantly.
        """
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
        from .tolerant import (
            Unreadable,
            read_record,
        )  # cattrs loads only where it is needed

        try:
            record, forgiven = read_record(value, self.model)
        except Unreadable as error:
            path, message = error.path, error.message
        except RecursionError:
            path, message = "", "it is nested too deeply"
        else:
            if forgiven:
                self._forgave(forgiven)
            return record
        identity: object = None
        if isinstance(value, dict):
            identity = cast("dict[str, object]", value).get("id")
        raise self._error(message, identity, path)

    def _error(self, message: str, record_id: object = None, field: str = "") -> DecodingError:
        return DecodingError(
            message,
            collection=self.collection,
            record_id=record_id,
            field=field or None,
        )

    def _forgave(self, oddities: Sequence[str]) -> None:
        for oddity in oddities:
            name = f"{self.model.__name__}.{oddity}"
            if name not in self.stats.tolerated:
                log.warning("%s: read anyway; counted in stats.tolerated", name)
            self.stats.tolerated[name] += 1
