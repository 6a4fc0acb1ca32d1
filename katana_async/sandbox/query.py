"""Query parameters: what each may hold, and which records a set of them lets through."""

import re
from collections.abc import Container, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from attrs import evolve, frozen

from .clock import moment
from .errors import Problem, Refusal, bad_request
from .gateway import Schema, declaration_of
from .overrides import FILTERS, Filter, Fits, is_time, not_after, not_before
from .schema import INT32, number
from .store import Accepts, Record

_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_MOST_ROWS = 250


@frozen
class Param:
    """A query parameter.

    Attributes:
        name: Its name.
        schema: The schema of one value.
        many: Whether it may be repeated.
        filter: How it selects records.
    """

    name: str
    schema: Schema
    many: bool
    filter: Filter

    def read(self, texts: list[str]) -> frozenset[Any]:
        """Return the values of the parameter.

        Raises:
            Refusal: 400, a value it cannot have, or several where one is allowed.
        """
        if not self.many and len(texts) > 1:
            raise self._refused("type", texts[1], "must not be repeated", type=self._type)
        return frozenset(self._read(text) for text in texts)

    @property
    def _type(self) -> str:
        written = self.schema.get("type", "string")
        return written if isinstance(written, str) else str(written[0])

    def _read(self, text: str) -> Any:
        allowed: list[Any] = self.schema.get("enum", [])
        if allowed and text not in map(str, allowed):
            message = f"must be one of {', '.join(map(str, allowed))}"
            raise self._refused("enum", text, message, allowedValues=allowed)
        if self._type == "boolean":
            if text not in _FLAGS:
                raise self._refused("type", text, "must be true or false", type="boolean")
            return _FLAGS[text]
        if self._type in ("integer", "number"):
            return self._read_number(text)
        pattern: str | None = self.schema.get("pattern")
        if pattern and not re.search(pattern, text):
            raise self._refused("pattern", text, f"must fit {pattern}", pattern=pattern)
        return read_moment(self.name, text) if is_time(self.name) else text

    def _read_number(self, text: str) -> int | Decimal:
        try:
            value = int(text) if self._type == "integer" else Decimal(text)
        except (ValueError, InvalidOperation):
            message = f"must be of type {self._type}"
            raise self._refused("type", text, message, type=self._type) from None
        if not value.is_finite() if isinstance(value, Decimal) else abs(value) > INT32:
            raise self._refused("maximum", text, "is out of range", limit=INT32)
        # Some ids are declared as numbers, and looked up as the whole numbers they are.
        return number(value)

    def _refused(self, code: str, text: str, message: str, **info: Any) -> Exception:
        return _refusal(self.name, code, text, message, info)


def read_moment(name: str, text: str) -> int:
    """Return a time in a query as milliseconds since the epoch.

    Raises:
        Refusal: 400, it is no time.
    """
    # An offset's plus sign that was not percent-encoded has become a space.
    written = text.replace(" ", "+")
    try:
        return moment(written)
    except ValueError:
        message = "must be a date, or a time in ISO 8601 with an offset from UTC"
        raise _refusal(name, "format", written, message, {"format": "date-time"}) from None


def _refusal(name: str, code: str, text: str, message: str, info: dict[str, Any]) -> Refusal:
    said = f"The parameter {name} cannot be {text!r}: it {message}."
    return bad_request(said, Problem((name,), code, message, info), code="INVALID_PARAMETER_VALUE")


_SWITCHES = ("include_deleted", "include_archived", "extend")
_STAMPS = ("created_at", "updated_at")
_DATES = tuple(f"{name}_{end}" for name in _STAMPS for end in ("min", "max"))


@cache
def params_of(operation: str, fields: frozenset[str]) -> tuple[Param, ...]:
    """Return the query parameters of an operation.

    Args:
        operation: Its name, such as `GET /products`.
        fields: The fields of the records that are listed.
    """
    known = declaration_of(operation)
    overrides = FILTERS.get(operation, {})
    params: list[Param] = []
    for name, schema in () if known is None else known.query.items():
        many = schema.get("type") == "array"
        item: Schema = schema["items"] if many else schema
        selects = overrides.get(name) or _filter_of(name, fields)
        if selects.default is None and "default" in item:
            selects = evolve(selects, default=str(item["default"]))
        params.append(Param(name, item, many, selects))
    return tuple(params)


def _filter_of(name: str, fields: Container[str]) -> Filter:
    if name in _SWITCHES:
        return Filter()
    stem, _, end = name.rpartition("_")
    if end in ("min", "max") and stem in fields:
        return Filter(stem, not_before if end == "min" else not_after)
    for field in ("id" if name == "ids" else name, name.removesuffix("s")):
        if field in fields:
            return Filter(field)
    return Filter()


@frozen
class Question:
    """What a list is asked for.

    Attributes:
        values: The declared parameters that were given, by name.
        bounds: Dates and the bounds they lie within (field, minimum, maximum), milliseconds.
        limit: Records per page.
        page: Which page, from 1.
    """

    values: Mapping[str, frozenset[Any]]
    bounds: tuple[tuple[str, int | None, int | None], ...]
    limit: int
    page: int

    def asks(self, name: str) -> bool:
        """Tell whether a switch (`include_deleted`) is on."""
        return True in self.values.get(name, ())

    @property
    def extended(self) -> frozenset[str]:
        """The names of the linked objects to embed."""
        return self.values.get("extend", frozenset[str]())


def read_question(
    pairs: list[tuple[str, str]], params: tuple[Param, ...], *, dates: bool, paging: bool
) -> Question:
    """Read the query of a list. What is not declared is ignored, as Katana does.

    Raises:
        Refusal: 400, a declared parameter with a value it cannot have.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    for param in params:
        if param.filter.default is not None:
            given.setdefault(param.name, [param.filter.default])
    values = {param.name: param.read(given[param.name]) for param in params if param.name in given}
    bounds: tuple[tuple[str, int | None, int | None], ...] = ()
    if dates:
        ends = {name: read_moment(name, given[name][-1]) for name in _DATES if name in given}
        pairs_of_ends = (
            (name, ends.get(f"{name}_min"), ends.get(f"{name}_max")) for name in _STAMPS
        )
        bounds = tuple(each for each in pairs_of_ends if each[1:] != (None, None))
    limit, page = 50, 1
    if paging:
        limit = _count("limit", given, 50, _MOST_ROWS)
        page = _count("page", given, 1, INT32)
    return Question(values, bounds, limit, page)


def acceptance(question: Question, params: tuple[Param, ...]) -> tuple[Accepts | None, Any]:
    """Return which records a question lets through, and a name for it (see `Table.view`)."""
    tests = list(_tests(question, params))
    if not tests:
        return None, None
    asked = {
        param.name: question.values[param.name]
        for param in params
        if param.filter.field is not None and param.name in question.values
    }
    name = (frozenset(asked.items()), question.bounds)
    return lambda record: all(test(record) for test in tests), name


def _tests(question: Question, params: tuple[Param, ...]) -> Iterator[Accepts]:
    for param in params:
        if param.filter.field is not None and param.name in question.values:
            yield _test(param.filter.field, question.values[param.name], param.filter.fits)
    for name, least, most in question.bounds:
        yield _within(name, least, most)


def _test(field: str, asked: frozenset[Any], fits: Fits | None) -> Accepts:
    if fits is None:
        return lambda record: record[field] in asked
    return lambda record: fits(record[field], asked)


def _within(field: str, least: int | None, most: int | None) -> Accepts:
    def test(record: Record) -> bool:
        at = moment(record[field])
        return (least is None or at >= least) and (most is None or at <= most)

    return test


def _count(name: str, given: Mapping[str, list[str]], default: int, most: int) -> int:
    if name not in given:
        return default
    written = given[name][-1]
    if not written.isdecimal() or not 1 <= int(written) <= most:
        message = f"must be a whole number from 1 to {most}"
        raise _refusal(name, "maximum", written, message, {"minimum": 1, "maximum": most})
    return int(written)
