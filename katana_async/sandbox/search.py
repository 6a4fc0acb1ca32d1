"""Searches: the filter language of POST .../search, checked, compared and put in order."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, cast

from .account import Account
from .clock import moment
from .errors import Problem, invalid
from .gateway import Schema
from .operations import Call, Operation, Reply, Showing
from .pages import Page
from .schema import Path, check, is_number
from .store import Accepts, Record

_DEFAULT_LIMIT = 50
_DEEPEST = 2
_CUSTOM_FIELD = "custom_fields."
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Read = Callable[[Account, Record, str], Any]
"""Returns the value of a field that a search names."""


def read_field(_account: Account, record: Record, name: str) -> Any:
    """Return the value of a field that the record itself has."""
    return record.get(name)


def search_operation(
    collection: str, present: Callable[[Showing], Record], read: Read = read_field
) -> Operation:
    """Declare the search of a collection.

    Args:
        collection: Its name.
        present: How its records are written.
        read: Returns the value of a field; custom fields are read here.
    """

    def run(call: Call) -> Reply:
        asked: Mapping[str, Any] = call.body
        body = call.operation.declared.body
        assert body is not None
        schema: Schema = body["properties"]["filter"]
        value = partial(_read_any, partial(read, call.account))
        include: list[str] = asked.get("include", [])
        table = call.account.store[collection]
        fits = _condition(schema, value, asked.get("filter", {}), ("filter",))
        view = table.view(fits, archived="archived" in include, deleted="deleted" in include)
        rows = list(table.rows(view))
        for name, descending in reversed(list(_order(schema, asked.get("order", [])))):
            rows.sort(key=lambda row: _sort_key(value(row, name)), reverse=descending)
        page = Page(len(rows), asked.get("limit", _DEFAULT_LIMIT), asked.get("page", 1))
        shown = [
            present(call.showing(row, "search", frozenset(include)))
            for row in rows[page.offset : page.stop]
        ]
        return Reply(200, {"data": shown}, (page.header,))

    return Operation(method="POST", path=f"/{collection}/search", run=run)


_Value = Callable[[Record, str], Any]


def _read_any(read: _Value, record: Record, name: str) -> Any:
    """Return the value of a field, `custom_fields.<uuid>` included."""
    if not name.startswith(_CUSTOM_FIELD):
        return read(record, name)
    held: Record = read(record, "custom_fields") or {}
    return held.get(name.removeprefix(_CUSTOM_FIELD))


def _condition(
    schema: Schema, value: _Value, where: Mapping[str, Any], path: Path, depth: int = 0
) -> Accepts:
    """Return whether a record meets all clauses of a condition.

    Raises:
        Refusal: 422, a clause within `and` or `or` is not valid, or they are nested too deeply.
    """
    problems = list(check(schema, where, path))
    if depth > _DEEPEST:
        message = f"must not be nested deeper than {_DEEPEST}"
        problems.append(Problem(path, "maxDepth", message, {"limit": _DEEPEST}))
    if problems:
        raise invalid(problems)

    def clause(name: str, wanted: Any) -> Accepts:
        if name not in ("and", "or"):
            return partial(_fits, _comparison(wanted), value, name)
        inner = [
            _condition(schema, value, each, (*path, name, index), depth + 1)
            for index, each in enumerate(wanted)
        ]
        if name == "and":
            return lambda record: all(test(record) for test in inner)
        return lambda record: not inner or any(test(record) for test in inner)

    tests = [clause(name, wanted) for name, wanted in where.items()]
    return lambda record: all(test(record) for test in tests)


_Test = Callable[[Any], bool]


def _fits(test: _Test, value: _Value, name: str, record: Record) -> bool:
    """Return whether a value, or one of several, as supplier_item_codes holds, passes a test."""
    found = value(record, name)
    several = isinstance(found, list | tuple)
    return any(map(test, cast("Sequence[Any]", found if several else (found,))))


def _comparison(wanted: Any) -> _Test:
    words = cast("Mapping[str, Any]", wanted if isinstance(wanted, dict) else {"eq": wanted})
    tests = [_COMPARES[word](other) for word, other in words.items()]
    return lambda value: all(test(value) for test in tests)


def _order(schema: Schema, written: str | list[str]) -> Iterator[tuple[str, bool]]:
    """Read `created_at DESC` and the like: the fields, and whether each is descending.

    Raises:
        Refusal: 422, it names no field, or another direction.
    """
    known: Iterable[str] = schema["properties"].keys() - {"and", "or"}
    for each in [written] if isinstance(written, str) else written:
        name, _, way = each.strip().partition(" ")
        way = way.strip().upper()
        if not (name in known or name.startswith(_CUSTOM_FIELD)) or way not in ("", "ASC", "DESC"):
            message = "must be fields, each followed by ASC or DESC"
            raise invalid([Problem(("order",), "order", message, {"order": each})])
        yield name, way == "DESC"


def _sort_key(value: Any) -> tuple[str, Any]:
    """Return what records are sorted by; null is first, and types are kept apart."""
    plain = _plain(value)
    return ("", 0) if plain is None else (type(plain).__name__, plain)


def _equal(value: Any, other: Any) -> bool:
    return bool(_plain(value) == _plain(other))


def _plain(value: Any) -> Any:
    """Return a value so that equal ones are equal: times as moments, numbers exact."""
    if is_number(value):
        return Decimal(str(value))
    if isinstance(value, str) and _DATE.match(value):
        try:
            return moment(value)
        except ValueError:
            return value
    return value


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any], _Test]:
    """Return a comparison by order, which values of different kinds, and null, never meet."""

    def test(bound: Any, value: Any) -> bool:
        try:
            return holds(_plain(value), bound)
        except TypeError:
            return False

    return lambda other: partial(test, _plain(other))


def _between(ends: Sequence[Any]) -> _Test:
    least, most = _COMPARES["gte"](ends[0]), _COMPARES["lte"](ends[1])
    return lambda value: least(value) and most(value)


def _like(flags: int, pattern: str) -> _Test:
    fits = _pattern(pattern, flags)
    return lambda value: isinstance(value, str) and fits.fullmatch(value) is not None


@lru_cache(maxsize=64)
def _pattern(pattern: str, flags: int) -> re.Pattern[str]:
    """Translate a pattern of SQL, where `%` is anything and `_` any one character."""
    marks = {"%": ".*", "_": "."}
    written = "".join(marks.get(each) or re.escape(each) for each in pattern)
    return re.compile(written, flags | re.DOTALL)


_COMPARES: dict[str, Callable[[Any], _Test]] = {
    "eq": lambda other: lambda value: _equal(value, other),
    "neq": lambda other: lambda value: not _equal(value, other),
    "gt": _ordered(lambda value, bound: value > bound),
    "gte": _ordered(lambda value, bound: value >= bound),
    "lt": _ordered(lambda value, bound: value < bound),
    "lte": _ordered(lambda value, bound: value <= bound),
    "between": _between,
    "inq": lambda others: lambda value: any(_equal(value, other) for other in others),
    "nin": lambda others: lambda value: not any(_equal(value, other) for other in others),
    "like": partial(_like, 0),
    "ilike": partial(_like, re.IGNORECASE),
}
