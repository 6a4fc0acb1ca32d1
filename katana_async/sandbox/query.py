"""Query parameters of lists: parsing, validation, filters of records, and pages."""

import re
from collections.abc import Container, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from typing import Any

import msgspec
from attrs import evolve, frozen

from .amounts import INT32, number
from .clock import moment
from .errors import ErrorDetail, RequestRefused, bad_request
from .gateway import Schema, find_declaration
from .overrides import FILTERS, Comparison, Filter, at_or_after, at_or_before, is_time
from .store import Bound, Predicate, is_within

_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_MOST_PER_PAGE = 250


@frozen
class Param:
    """A query parameter.

    Attributes:
        schema: The schema of one value.
        repeatable: Whether a query may have it several times.
    """

    name: str
    schema: Schema
    repeatable: bool
    filter: Filter

    def read(self, texts: list[str]) -> frozenset[Any]:
        """Return the values of the parameter.

        Raises:
            RequestRefused: 400, a value is not valid, or the parameter must not be repeated.
        """
        if not self.repeatable and len(texts) > 1:
            raise self._error("type", texts[1], "must not be repeated", type=self._type)
        return frozenset(self._read(text) for text in texts)

    @property
    def _type(self) -> str:
        written = self.schema.get("type", "string")
        return written if isinstance(written, str) else str(written[0])

    def _read(self, text: str) -> Any:
        allowed: list[Any] = self.schema.get("enum", [])
        if allowed and text not in map(str, allowed):
            message = f"must be one of {', '.join(map(str, allowed))}"
            raise self._error("enum", text, message, allowedValues=allowed)
        if self._type == "boolean":
            if text not in _FLAGS:
                raise self._error("type", text, "must be true or false", type="boolean")
            return _FLAGS[text]
        if self._type in ("integer", "number"):
            return self._read_number(text)
        pattern: str | None = self.schema.get("pattern")
        if pattern and not re.search(pattern, text):
            raise self._error("pattern", text, f"must fit {pattern}", pattern=pattern)
        return read_moment(self.name, text) if is_time(self.name) else text

    def _read_number(self, text: str) -> int | Decimal:
        try:
            value = int(text) if self._type == "integer" else Decimal(text)
        except (ValueError, InvalidOperation):
            message = f"must be of type {self._type}"
            raise self._error("type", text, message, type=self._type) from None
        if not value.is_finite() if isinstance(value, Decimal) else abs(value) > INT32:
            raise self._error("maximum", text, "is out of range", limit=INT32)
        # The document declares some ids as numbers; records hold them as ints.
        return number(value)

    def _error(self, code: str, text: str, message: str, **info: Any) -> Exception:
        return _parameter_error(self.name, code, text, message, info)


def read_moment(name: str, text: str) -> int:
    """Return a time in a query as milliseconds since the epoch.

    Raises:
        RequestRefused: 400, the text is no time.
    """
    # An offset's plus sign that was not percent-encoded has become a space.
    written = text.replace(" ", "+")
    try:
        return moment(written)
    except ValueError:
        message = "must be a date, or a time in ISO 8601 with an offset from UTC"
        raise _parameter_error(name, "format", written, message, {"format": "date-time"}) from None


def _parameter_error(
    name: str, code: str, text: str, message: str, info: dict[str, Any]
) -> RequestRefused:
    description = f"The parameter {name} cannot be {text!r}: it {message}."
    return bad_request(
        description, ErrorDetail((name,), code, message, info), code="INVALID_PARAMETER_VALUE"
    )


_SWITCHES = ("include_deleted", "include_archived", "extend")
_STAMPS = ("created_at", "updated_at")
_DATES = tuple(f"{name}_{end}" for name in _STAMPS for end in ("min", "max"))


@cache
def query_params(operation: str, fields: frozenset[str]) -> tuple[Param, ...]:
    """Return the query parameters of an operation.

    Args:
        operation: The operation's name, such as `GET /products`.
        fields: The fields of the records that are listed.
    """
    declaration = find_declaration(operation)
    overrides = FILTERS.get(operation, {})
    params: list[Param] = []
    for name, schema in () if declaration is None else declaration.query.items():
        repeatable = schema.get("type") == "array"
        item: Schema = schema["items"] if repeatable else schema
        selects = overrides.get(name) or _filter_of(name, fields)
        if selects.default is None and "default" in item:
            selects = evolve(selects, default=str(item["default"]))
        params.append(Param(name, item, repeatable, selects))
    return tuple(params)


def _filter_of(name: str, fields: Container[str]) -> Filter:
    if name in _SWITCHES:
        return Filter()
    stem, _, end = name.rpartition("_")
    if end in ("min", "max") and stem in fields:
        return Filter(stem, at_or_after if end == "min" else at_or_before)
    for field in ("id" if name == "ids" else name, name.removesuffix("s")):
        if field in fields:
            return Filter(field)
    return Filter()


@frozen
class ListQuery:
    """The parsed query of a list.

    Attributes:
        values: The values of each declared parameter that the query has.
        bounds: Fields with dates, and their minimum and maximum in milliseconds.
        limit: Records per page.
        page: The page's number, from 1.
    """

    values: Mapping[str, frozenset[Any]]
    bounds: tuple[Bound, ...]
    limit: int
    page: int

    def is_on(self, name: str) -> bool:
        """Return whether a boolean parameter (`include_deleted`) is true."""
        return True in self.values.get(name, ())

    @property
    def extended(self) -> frozenset[str]:
        """The names of the linked objects to embed."""
        return self.values.get("extend", frozenset[str]())


def parse_list_query(
    pairs: list[tuple[str, str]], params: tuple[Param, ...], *, dates: bool, paging: bool
) -> ListQuery:
    """Parse the query of a list. Undeclared parameters are ignored, as by Katana.

    Raises:
        RequestRefused: 400, the value of a declared parameter is not valid.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    for param in params:
        if param.filter.default is not None:
            given.setdefault(param.name, [param.filter.default])
    values = {param.name: param.read(given[param.name]) for param in params if param.name in given}
    bounds: tuple[Bound, ...] = ()
    if dates:
        ends = {name: read_moment(name, given[name][-1]) for name in _DATES if name in given}
        pairs_of_ends = (
            (name, ends.get(f"{name}_min"), ends.get(f"{name}_max")) for name in _STAMPS
        )
        bounds = tuple(each for each in pairs_of_ends if each[1:] != (None, None))
    limit, page = 50, 1
    if paging:
        limit = _count("limit", given, 50, _MOST_PER_PAGE)
        page = _count("page", given, 1, INT32)
    return ListQuery(values, bounds, limit, page)


def build_predicate(
    list_query: ListQuery, params: tuple[Param, ...], *, dates: bool = True
) -> tuple[Predicate | None, Any]:
    """Return a predicate of the records that match a query, and its key (see `Table.view`).

    Args:
        dates: Whether the predicate tests the bounds; the key contains them in any case.
    """
    tests = list(_tests(list_query, params, dates=dates))
    if not tests and not list_query.bounds:
        return None, None
    asked = {
        param.name: list_query.values[param.name]
        for param in params
        if param.filter.field is not None and param.name in list_query.values
    }
    name = (frozenset(asked.items()), list_query.bounds)
    return (lambda record: all(test(record) for test in tests)) if tests else None, name


def _tests(list_query: ListQuery, params: tuple[Param, ...], *, dates: bool) -> Iterator[Predicate]:
    for param in params:
        if param.filter.field is not None and param.name in list_query.values:
            yield _test(param.filter.field, list_query.values[param.name], param.filter.compare)
    for bound in list_query.bounds if dates else ():
        yield partial(is_within, bounds=(bound,))


def _test(field: str, asked: frozenset[Any], compare: Comparison | None) -> Predicate:
    if compare is None:
        return lambda record: record[field] in asked
    return lambda record: compare(record[field], asked)


def _count(name: str, given: Mapping[str, list[str]], default: int, most: int) -> int:
    if name not in given:
        return default
    written = given[name][-1]
    if not written.isdecimal() or not 1 <= int(written) <= most:
        message = f"must be a whole number from 1 to {most}"
        raise _parameter_error(name, "maximum", written, message, {"minimum": 1, "maximum": most})
    return int(written)


@frozen
class ListPage:
    """One page of a list.

    Attributes:
        total: Records in the whole list.
        limit: Records per page; 0 makes every page empty.
        number: The page's number, from 1.
    """

    total: int
    limit: int
    number: int

    @property
    def offset(self) -> int:
        """The number of records before the page."""
        return (self.number - 1) * self.limit

    @property
    def stop(self) -> int:
        """The position of the first record after the page."""
        return self.offset + self.limit

    @property
    def header(self) -> tuple[str, str]:
        """The header X-Pagination: a JSON object whose values, flags included, are strings."""
        pages = -(-self.total // self.limit) if self.limit else 0
        values = {
            "total_records": str(self.total),
            "total_pages": str(pages),
            "offset": str(self.offset),
            "page": str(self.number),
            "first_page": "true" if self.number == 1 else "false",
            "last_page": "true" if self.number >= pages else "false",
        }
        return "X-Pagination", msgspec.json.encode(values).decode()
