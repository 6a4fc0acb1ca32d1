"""Searches (POST .../search): the filter language, its comparisons, and sorting."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, cast

from .account import AccountState
from .amounts import is_number
from .clock import moment
from .endpoints import ApiEndpoint, Call, Presentation, Result
from .errors import ErrorDetail, unprocessable
from .gateway import Schema
from .query import ListPage
from .schema import Path, iter_errors
from .store import Predicate, Record

_DEFAULT_LIMIT = 50
_MOST_NESTED = 2  # levels of `and` and `or`
_CUSTOM_FIELD = "custom_fields."
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

FieldReader = Callable[[AccountState, Record, str], Any]
"""Returns the value of a field by the name that searches use."""


def read_field(_account: AccountState, record: Record, name: str) -> Any:
    """Return the value of a record's own field."""
    return record.get(name)


def search_endpoint(
    collection: str, present: Callable[[Presentation], Record], read: FieldReader = read_field
) -> ApiEndpoint:
    """Return the search endpoint of a collection.

    Args:
        collection: The collection's name.
        present: Returns a record as the answer shows it.
        read: Returns the value of a field other than a single custom field.
    """

    def run(call: Call) -> Result:
        query: Mapping[str, Any] = call.body
        body = call.endpoint.declaration.body
        assert body is not None
        schema: Schema = body["properties"]["filter"]
        value = partial(_read_any, partial(read, call.account))
        include: list[str] = query.get("include", [])
        table = call.account.store[collection]
        predicate = _compile_condition(schema, value, query.get("filter", {}), ("filter",))
        view = table.view(predicate, archived="archived" in include, deleted="deleted" in include)
        rows = list(table.rows(view))
        for name, descending in reversed(list(_parse_order(schema, query.get("order", [])))):
            rows.sort(key=lambda row: _sort_key(value(row, name)), reverse=descending)
        page = ListPage(len(rows), query.get("limit", _DEFAULT_LIMIT), query.get("page", 1))
        results = [
            present(call.presentation(row, "search", frozenset(include)))
            for row in rows[page.offset : page.stop]
        ]
        return Result(200, {"data": results}, (page.header,))

    return ApiEndpoint(method="POST", path=f"/{collection}/search", run=run)


_Value = Callable[[Record, str], Any]


def _read_any(read: _Value, record: Record, name: str) -> Any:
    """Return the value of a field or of a custom field, `custom_fields.<uuid>`."""
    if not name.startswith(_CUSTOM_FIELD):
        return read(record, name)
    custom_fields: Record = read(record, "custom_fields") or {}
    return custom_fields.get(name.removeprefix(_CUSTOM_FIELD))


def _compile_condition(
    schema: Schema, value: _Value, where: Mapping[str, Any], path: Path, depth: int = 0
) -> Predicate:
    """Return a predicate of the records that meet all clauses of a condition.

    Raises:
        RequestRefused: 422, a clause is not valid, or `and` and `or` are nested too deeply.
    """
    problems = list(iter_errors(schema, where, path))
    if depth > _MOST_NESTED:
        message = f"must not be nested deeper than {_MOST_NESTED}"
        problems.append(ErrorDetail(path, "maxDepth", message, {"limit": _MOST_NESTED}))
    if problems:
        raise unprocessable(*problems)

    def clause(name: str, wanted: Any) -> Predicate:
        if name not in ("and", "or"):
            return partial(_test_field, _compile_comparison(wanted), value, name)
        inner = [
            _compile_condition(schema, value, each, (*path, name, index), depth + 1)
            for index, each in enumerate(wanted)
        ]
        if name == "and":
            return lambda record: all(test(record) for test in inner)
        return lambda record: not inner or any(test(record) for test in inner)

    tests = [clause(name, wanted) for name, wanted in where.items()]
    return lambda record: all(test(record) for test in tests)


_Test = Callable[[Any], bool]


def _test_field(test: _Test, value: _Value, name: str, record: Record) -> bool:
    """Return whether a value passes a test; of an array (`supplier_item_codes`), one element."""
    found = value(record, name)
    several = isinstance(found, list | tuple)
    return any(map(test, cast("Sequence[Any]", found if several else (found,))))


def _compile_comparison(wanted: Any) -> _Test:
    words = cast("Mapping[str, Any]", wanted if isinstance(wanted, dict) else {"eq": wanted})
    tests = [_COMPARATORS[word](other) for word, other in words.items()]
    return lambda value: all(test(value) for test in tests)


def _parse_order(schema: Schema, written: str | list[str]) -> Iterator[tuple[str, bool]]:
    """Parse an order such as `created_at DESC` into fields, and whether each is descending.

    Raises:
        RequestRefused: 422, an unknown field or direction.
    """
    fields: Iterable[str] = schema["properties"].keys() - {"and", "or"}
    for each in [written] if isinstance(written, str) else written:
        name, _, direction = each.strip().partition(" ")
        direction = direction.strip().upper()
        is_field = name in fields or name.startswith(_CUSTOM_FIELD)
        if not is_field or direction not in ("", "ASC", "DESC"):
            message = "must be fields, each followed by ASC or DESC"
            raise unprocessable(ErrorDetail(("order",), "order", message, {"order": each}))
        yield name, direction == "DESC"


def _sort_key(value: Any) -> tuple[str, Any]:
    """Return a sort key: nulls first, then values grouped by type."""
    plain = _normalize(value)
    return ("", 0) if plain is None else (type(plain).__name__, plain)


def _equal(value: Any, other: Any) -> bool:
    return bool(_normalize(value) == _normalize(other))


def _normalize(value: Any) -> Any:
    """Return a value in comparable form: times in milliseconds, numbers as Decimal."""
    if is_number(value):
        return Decimal(str(value))
    if isinstance(value, str) and _DATE.match(value):
        try:
            return moment(value)
        except ValueError:
            return value
    return value


def _compare_order(holds: Callable[[Any, Any], bool]) -> Callable[[Any], _Test]:
    """Return a comparison by order, which is false for nulls and for values of other types."""

    def test(bound: Any, value: Any) -> bool:
        try:
            return holds(_normalize(value), bound)
        except TypeError:
            return False

    return lambda other: partial(test, _normalize(other))


def _test_between(ends: Sequence[Any]) -> _Test:
    least, most = _COMPARATORS["gte"](ends[0]), _COMPARATORS["lte"](ends[1])
    return lambda value: least(value) and most(value)


def _test_like(flags: int, pattern: str) -> _Test:
    predicate = _compile_pattern(pattern, flags)
    return lambda value: isinstance(value, str) and predicate.fullmatch(value) is not None


@lru_cache(maxsize=64)
def _compile_pattern(pattern: str, flags: int) -> re.Pattern[str]:
    """Translate a pattern of SQL, in which `%` is any text and `_` any character."""

    marks = {"%": ".*", "_": "."}
    written = "".join(marks.get(each) or re.escape(each) for each in pattern)
    return re.compile(written, flags | re.DOTALL)


_COMPARATORS: dict[str, Callable[[Any], _Test]] = {
    "eq": lambda other: lambda value: _equal(value, other),
    "neq": lambda other: lambda value: not _equal(value, other),
    "gt": _compare_order(lambda value, bound: value > bound),
    "gte": _compare_order(lambda value, bound: value >= bound),
    "lt": _compare_order(lambda value, bound: value < bound),
    "lte": _compare_order(lambda value, bound: value <= bound),
    "between": _test_between,
    "inq": lambda others: lambda value: any(_equal(value, other) for other in others),
    "nin": lambda others: lambda value: not any(_equal(value, other) for other in others),
    "like": partial(_test_like, 0),
    "ilike": partial(_test_like, re.IGNORECASE),
}
