"""Records decoded for tables: fields with a type of their own, and the others as JSON. No I/O."""

import re
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
from attrs import define, frozen

from ..http.decoding.codec import BadRecord, Codec
from ..http.decoding.decimals import are_ordinary
from ..http.options import Stats
from ..models import Model

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError)

_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_lists = msgspec.json.Decoder(list[list[msgspec.Raw]]).decode


@frozen
class Records:
    """Decoded records.

    Attributes:
        plain: The records without their inner fields; None for one that cannot be read.
        inner: The JSON of each record's inner fields, by field; None for null.
        kept: The JSON of the fields that the model lacks, by the index of the record. All fields
            of a record that cannot be read.
    """

    plain: Sequence[Any]
    inner: Mapping[str, Sequence[bytes | None]]
    kept: dict[int, dict[str, Any]]

    def rows_inside(self, name: str) -> list[list[bytes]]:
        """Return the JSON of the rows in an inner field of each record.

        A value that is no list belongs to `kept`, and has no rows.
        """
        texts = [each or b"[]" for each in self.inner[name]]
        try:
            return [list(map(bytes, each)) for each in _decode_lists(_join(texts))]
        except msgspec.ValidationError:
            pass
        rows: list[list[bytes]] = []
        for index, each in enumerate(texts):
            is_list = each.startswith(b"[")
            rows += (
                [list(map(bytes, inside)) for inside in _decode_lists(_join([each]))]
                if is_list
                else [[]]
            )
            if not is_list:
                self.kept.setdefault(index, {})[name] = msgspec.Raw(each)
        return rows


@define
class RecordReader:
    """Reads records of a model, with the JSON of some fields as sent.

    Attributes:
        plain: The model without these inner fields.
        whole: The model with their JSON. It refuses fields that it does not have.
        inner: Their names.
    """

    plain: type[Model]
    whole: type[Model]
    inner: Collection[str]

    @classmethod
    def of(cls, model: type[Model], inner: Collection[str]) -> "RecordReader":
        """Return the reader for a model and some of its fields."""
        return cls(_derive(model, inner, None), _derive(model, inner, msgspec.Raw), inner)

    def read(self, texts: Sequence[bytes]) -> Records:
        """Read JSON objects."""
        content = _join(texts)
        if b"\\" in content and _SURROGATE.search(content):
            texts = [_ESCAPE.sub(_replace_half, each) for each in texts]
            content = _join(texts)
        try:
            found: list[Any] = _decoder(self.whole)(content)  # type: ignore[arg-type]  # a class is hashable
        except _UNREADABLE:
            return self._read_slowly(texts)
        if not are_ordinary(found, self.whole):
            return self._read_slowly(texts)
        inner = {name: _nulls_as_none(map(attrgetter(name), found)) for name in self.inner}
        return Records(found, inner, {})

    def _read_slowly(self, texts: Sequence[bytes]) -> Records:
        """Read records of which one has an unknown field or needs the tolerant reader."""
        rows = Codec(self.plain, self.plain.__name__, Stats()).rows(_join(texts))
        plain = [None if isinstance(each, BadRecord) else each for each in rows]
        fields = [_fields(each) for each in texts]
        inner = {
            name: _nulls_as_none(each.get(name, b"") for each in fields) for name in self.inner
        }
        known = frozenset(self.whole.__struct_fields__)
        kept: dict[int, dict[str, Any]] = {}
        for index, (record, sent) in enumerate(zip(plain, fields, strict=True)):
            unknown = sent if record is None else {k: v for k, v in sent.items() if k not in known}
            if unknown:
                kept[index] = unknown
        return Records(plain, inner, kept)


def _derive(model: type[Model], inner: Collection[str], inner_type: Any) -> type[Model]:
    """Return a model whose inner fields have another type; without them if it is None."""
    namespace: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    for each in msgspec.structs.fields(model):  # type: ignore[arg-type]  # a model is a Struct
        if each.name not in inner:
            hints[each.name] = each.type
            if not each.required:
                namespace[each.name] = each.default
        elif inner_type is not None:
            hints[each.name], namespace[each.name] = inner_type, inner_type()
    namespace["__annotations__"] = hints
    options = {} if inner_type is None else {"forbid_unknown_fields": True}
    return types.new_class(model.__name__, (Model,), options, lambda own: own.update(namespace))


@cache
def _decoder(model: Any) -> Any:
    return msgspec.json.Decoder(types.GenericAlias(list, model), float_hook=Decimal).decode


def _join(texts: Iterable[bytes]) -> bytes:
    return b"[%b]" % b",".join(texts)


def _fields(text: bytes) -> dict[str, Any]:
    try:
        return dict(_decode_fields(text))
    except msgspec.ValidationError:  # a row that is no object
        return {"": msgspec.Raw(text)}


def _nulls_as_none(values: Iterable[Any]) -> list[bytes | None]:
    return [None if each in (b"", b"null") else each for each in map(bytes, values)]


_SURROGATE = re.compile(rb"\\u[dD]")  # four times as fast as `in`

# A whole pair, half a pair, or another escape.
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(?P<half>u[dD][89a-fA-F]\w\w)|.)")


def _replace_half(escape: re.Match[bytes]) -> bytes:
    """Return an escape, or `?` for half a surrogate pair, which UTF-8 cannot have."""
    return b"?" if escape["half"] else escape[0]
