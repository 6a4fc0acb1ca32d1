"""Every text is read alike: by msgspec and by `json`, fast and record by record."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

import pytest
from hypothesis import example, given, settings, strategies as st

from katana_async.errors import DecodingError
from katana_async.http.decoding.codec import BadRecord, Codec
from katana_async.http.decoding.tolerant import Unreadable, read_record
from katana_async.http.messages import parse_json
from katana_async.http.options import Stats
from katana_async.models._base import Model, OpenEnum, Timestamp

NUMBERS = ["0", "-0", "-0.0", "7", "1.10", "1e5", "1E400", "1e1000000", "-1e-1000000", "1E+2",
           "1e99999999999999999999", "18446744073709551615", "18446744073709551616",
           "-9223372036854775808", "-9223372036854775809", "12345678901234567890.5", "5e-324",
           "9" * 400, "9" * 4300, "9" * 4301, "9" * 5000 + ".5", "NaN", "nan", "Infinity",
           "-Infinity", "01", "-01", "1.", ".5", "+1", "-", "1e", "1e+", "1_0", "0x1",
           "\u0661"]  # fmt: skip
TEXTS = ["", "a", "NaN", r"\u004eaN", "sNaN", "-inf", "1e1000000", "7", "7.0", "1.10", "true",
         "null", "undefined", r"\ud800", r"\udc00\ud800", r"\ud83d\ude00", r"\ud800x", r"\u0000",
         r"\x", r"\u12g4", "\t", "\x00", "\x7f", "2026-01-31T08:30:00Z", "2026-01-31T08:30:00",
         "2026-01-31 08:30+02:00", "9999-12-31T23:59:59-23:59", "\u0661", r"\"supplier\":{}",
         "6afe78d2-2b95-4d71-92f5-1bc2be852afe"]  # fmt: skip


class Kind(OpenEnum):
    """A word."""

    ONE = "one"


class Inner(Model):
    """A record within another."""

    id: int
    number: Decimal | None = None


class Outer(Model):
    """A field of each type that the models have."""

    id: int
    number: Decimal | None = None
    text: str | None = None
    flag: bool | None = None
    when: Timestamp | None = None
    kind: Kind | None = None
    unique: UUID | None = None
    anything: Any = None
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    fields: tuple[Inner, ...] | dict[str, Any] | None = None


# The repair of a page takes `"inner":{}` within a value without a type for the field `inner`.
# Accounts choose no names there: custom fields are keyed by UUID.
_names = st.sampled_from(["id", "number", "text", "a", r"\u0069d", r"\ud800"])
_fields = st.sampled_from(Outer.__struct_fields__) | _names
_space = st.sampled_from(["", "", "", " ", "\n\t\r ", "\x0b", "\ufeff"])
_scalars = (
    st.sampled_from(NUMBERS)
    | st.sampled_from(TEXTS).map('"{}"'.format)
    | st.text(max_size=5).map(json.dumps)
    | st.integers().map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(["null", "true", "false", "{}", "[]", "True", ""])
)


def _object(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"


def _extend(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaced = st.tuples(_space, values).map("".join)
    arrays = st.lists(spaced, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
    return arrays | st.lists(st.tuples(_names, spaced), max_size=4).map(_object)


_json = st.recursive(_scalars, _extend, max_leaves=12)
_texts = st.tuples(_space, _json, _space).map("".join)


@st.composite
def contents(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> bytes:
    """Return the bytes of a JSON text; some are damaged, some are in another encoding."""
    text = draw(texts)
    content = text.encode(draw(st.sampled_from(["utf-8"] * 8 + ["utf-16", "utf-32"])), "replace")
    if draw(st.integers(0, 9)):
        return content
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.binary(max_size=2)) + content[at + draw(st.integers(0, 2)) :]


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def parse_by_json(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal, parse_constant=refuse_constant)


def outcome(parse: Callable[[bytes], Any], content: bytes) -> str:
    """Return the value with its types, order of keys and digits; or the kind of the error."""
    try:
        return repr(parse(content))
    except (ValueError, ArithmeticError):
        return "no JSON"


@settings(max_examples=200)
@given(contents(_texts))
def test_msgspec_and_json_parse_every_text_alike(content: bytes) -> None:
    assert outcome(parse_json, content) == outcome(parse_by_json, content)


@pytest.mark.parametrize(
    "content",
    [*(number.encode() for number in NUMBERS), *(f'"{text}"'.encode() for text in TEXTS),
     b'{"a":1,"b":2,"a":3}', b'"\xed\xa0\x80"', b'"\xff"', b"\xef\xbb\xbf1", b"[1,]", b"", b"1 2",
     b'{"a":1e99999999999999999999}', b'{"\\ud800":[1.10]}'],
)  # fmt: skip
def test_msgspec_and_json_agree_on_what_servers_get_wrong(content: bytes) -> None:
    assert outcome(parse_json, content) == outcome(parse_by_json, content)
    within = b'{"a":[%s]}' % content
    assert outcome(parse_json, within) == outcome(parse_by_json, within)


def read_singly(content: bytes, stats: Stats) -> list[Any]:
    """Return what the tolerant reader makes of each record of an array."""
    rows: list[Any] = []
    for value in parse_json(content):
        try:
            record, forgiven = read_record(value, Outer)
        except Unreadable:
            rows.append(None)
        else:
            rows.append(record)
            stats.tolerated.update(f"Outer.{oddity}" for oddity in forgiven)
    return rows


_records = st.lists(st.tuples(_fields, _json), max_size=6).map(
    lambda pairs: _object([("id", "1"), *pairs])
)
_pages = st.lists(_records | _json, max_size=5).map(lambda rows: f"[{','.join(rows)}]")


@settings(max_examples=200)
@given(contents(_pages))
@example(b'[{"id":1,"inner":{}},{"id":2,"several":null}]')
@example(b'[{"id":1,"fields":{},"inner":{}}]')
@example(b'[{"id":1,"fields":{"id":0}}]')
@example(b'[{"id":1,"fields":[{"id":1,"number":"1e1000000"}]}]')
@example(b'[{"id":1,"inner":{},"inner":{}}]')
@example(b'[{"id":1},{"id":1,"number":"\\u004eaN"}]')
@example(b'[{"id":1,"number":1E400},{"id":1,"number":1e1000000}]')
@example(b'[{"id":1,"text":"\\ud800"}]')
def test_a_page_is_read_as_its_records_are(content: bytes) -> None:
    stats, singly = Stats(), Stats()
    try:
        rows = Codec(Outer, "/things", stats).rows(content)
    except DecodingError:
        rows = None
    try:
        expected = read_singly(content, singly)
    except (ValueError, TypeError, RecursionError):
        expected = None
    if expected is None or rows is None:
        # A number that Python cannot hold makes its own record unreadable, and not the page.
        assert expected is None
        assert rows is None or any(isinstance(row, BadRecord) for row in rows)
        return
    assert [None if isinstance(row, BadRecord) else repr(row) for row in rows] == [
        None if row is None else repr(row) for row in expected
    ]
    # Of a name that an object has twice, the repair counts both values.
    assert stats.tolerated.keys() == singly.tolerated.keys()
    assert stats.tolerated >= singly.tolerated
