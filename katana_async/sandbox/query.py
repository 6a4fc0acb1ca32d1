"""Query parameters: what each may hold, and which records a set of them lets through."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from attrs import frozen

from .clock import moment
from .errors import Problem, bad_request
from .schema import INT32, number
from .store import Accepts, Record

Kind = Literal["integer", "number", "boolean", "string"]

_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_MOST_ROWS = 250


@frozen
class Param:
    """A query parameter.

    Attributes:
        name: Its name.
        kind: The JSON type of its value.
        many: Whether it may be repeated.
        one_of: The values it may have.
        maximum: The greatest value.
        pattern: A regular expression that a text must fit.
        dated: Whether a text is a date, or a time with an offset.
        int32: Whether the gateway declares it as a 32-bit integer.
        field: The record's field it is compared with; None for those that do something else.
        fits: How a record's value is compared with the asked values, when not by equality.
        default: What is asked when the parameter is not given; None asks nothing.
    """

    name: str
    kind: Kind = "string"
    many: bool = False
    one_of: tuple[str, ...] = ()
    maximum: int | None = None
    pattern: str | None = None
    dated: bool = False
    int32: bool = False
    field: str | None = None
    fits: Callable[[Any, frozenset[Any]], bool] | None = None
    default: str | None = None

    def read(self, texts: list[str]) -> frozenset[Any]:
        """Return the values of the parameter.

        Raises:
            Refusal: 400, a value it cannot have, or several where one is meant.
        """
        if not self.many and len(texts) > 1:
            raise self._refused("type", texts[1], "must not be repeated", type=self.kind)
        return frozenset(self._read(text) for text in texts)

    def _read(self, text: str) -> Any:
        if self.one_of and text not in self.one_of:
            allowed = ", ".join(self.one_of)
            raise self._refused(
                "enum", text, f"must be one of {allowed}", allowedValues=list(self.one_of)
            )
        if self.kind == "boolean":
            if text not in _FLAGS:
                raise self._refused("type", text, "must be true or false", type="boolean")
            return _FLAGS[text]
        if self.kind in ("integer", "number"):
            return self._read_number(text)
        if self.pattern and not re.search(self.pattern, text):
            raise self._refused("pattern", text, f"must fit {self.pattern}", pattern=self.pattern)
        return self._read_moment(text) if self.dated else text

    def _read_moment(self, text: str) -> int:
        # An offset's plus sign that was not percent-encoded has become a space.
        written = text.replace(" ", "+")
        try:
            return moment(written)
        except ValueError:
            message = "must be a date, or a time in ISO 8601 with an offset from UTC"
            raise self._refused("format", written, message, format="date-time") from None

    def _read_number(self, text: str) -> int | Decimal:
        try:
            value = int(text) if self.kind == "integer" else Decimal(text)
        except (ValueError, InvalidOperation):
            raise self._refused("type", text, f"must be a {self.kind}", type=self.kind) from None
        if not value.is_finite() if isinstance(value, Decimal) else abs(value) > INT32:
            raise self._refused("maximum", text, "is out of range", limit=INT32)
        # Some ids are declared as numbers, and looked up as the whole numbers they are.
        return number(value)

    def _refused(self, code: str, text: str, message: str, **info: Any) -> Exception:
        problem = Problem((self.name,), code, message, info)
        said = f"The parameter {self.name} cannot be {text!r}: it {message}."
        return bad_request(said, problem, code="INVALID_PARAMETER_VALUE")

    def document(self) -> dict[str, Any]:
        """Write the parameter's schema in the words of OpenAPI 3.0."""
        words: dict[str, Any] = {"type": self.kind}
        if self.one_of:
            words["enum"] = list(self.one_of)
        if self.maximum is not None:
            words["maximum"] = self.maximum
        if self.pattern is not None:
            words["pattern"] = self.pattern
        if self.int32:
            words["format"] = "int32"
        return {"type": "array", "items": words} if self.many else words


def text(name: str, *, one_of: tuple[str, ...] = ()) -> Param:
    """A filter by a text field."""
    return Param(name, "string", one_of=one_of, field=name)


def texts(name: str) -> Param:
    """A filter by a text field that takes several values."""
    return Param(name, "string", many=True, field=name)


def flag(name: str) -> Param:
    """A filter by a field that is true or false."""
    return Param(name, "boolean", field=name)


def amount(name: str) -> Param:
    """A filter by a number."""
    return Param(name, "number", field=name)


def reference(name: str, field: str | None = None) -> Param:
    """A filter by the id of another record, in a field that may be called otherwise."""
    return Param(name, "integer", int32=True, field=field or name)


def several(name: str, field: str, *, bounded: bool = True) -> Param:
    """A filter by several ids; `bounded` where the gateway declares their maximum."""
    return Param(name, "integer", many=True, maximum=INT32 if bounded else None, field=field)


def since(name: str, field: str) -> Param:
    """A filter by the earliest time of a field."""
    return Param(name, dated=True, field=field, fits=_from_on)


def until(name: str, field: str) -> Param:
    """A filter by the latest time of a field."""
    return Param(name, dated=True, field=field, fits=_up_to)


def _from_on(has: str | None, asked: frozenset[int]) -> bool:
    return has is not None and all(moment(has) >= least for least in asked)


def _up_to(has: str | None, asked: frozenset[int]) -> bool:
    return has is not None and all(moment(has) <= most for most in asked)


IDS = several("ids", "id")
UNBOUNDED_IDS = several("ids", "id", bounded=False)
INCLUDE_DELETED = Param("include_deleted", "boolean")
INCLUDE_ARCHIVED = Param("include_archived", "boolean")

_DATES = ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")


def extend(*names: str) -> Param:
    """The parameter that asks for linked objects to be embedded."""
    return Param("extend", "string", many=True, one_of=names)


@frozen
class Question:
    """What a list is asked for.

    Attributes:
        values: The declared parameters that were given, by name.
        earliest: Dates and the bounds they lie within (field, minimum, maximum), milliseconds.
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
        if param.default is not None:
            given.setdefault(param.name, [param.default])
    values = {param.name: param.read(given[param.name]) for param in params if param.name in given}
    bounds: tuple[tuple[str, int | None, int | None], ...] = ()
    if dates:
        ends = {name: _moment(name, given) for name in _DATES}
        pairs_of_ends = ((name, ends[f"{name}_min"], ends[f"{name}_max"]) for name in _STAMPS)
        bounds = tuple(each for each in pairs_of_ends if each[1:] != (None, None))
    limit, page = 50, 1
    if paging:
        limit = _count("limit", given, 50, _MOST_ROWS)
        page = _count("page", given, 1, INT32)
    return Question(values, bounds, limit, page)


_STAMPS = ("created_at", "updated_at")


def acceptance(question: Question, params: tuple[Param, ...]) -> tuple[Accepts | None, Any]:
    """Return which records a question lets through, and a name for it (see `Table.view`)."""
    tests = list(_tests(question, params))
    if not tests:
        return None, None
    asked = {
        param.name: question.values[param.name]
        for param in params
        if param.field is not None and param.name in question.values
    }
    name = (frozenset(asked.items()), question.bounds)
    return lambda record: all(test(record) for test in tests), name


def _tests(question: Question, params: tuple[Param, ...]) -> Iterator[Accepts]:
    for param in params:
        if param.field is not None and param.name in question.values:
            yield _test(param.field, question.values[param.name], param.fits)
    for name, least, most in question.bounds:
        yield _within(name, least, most)


def _test(
    field: str, asked: frozenset[Any], fits: Callable[[Any, frozenset[Any]], bool] | None
) -> Accepts:
    if fits is None:
        return lambda record: record[field] in asked
    return lambda record: fits(record[field], asked)


def _within(field: str, least: int | None, most: int | None) -> Accepts:
    def test(record: Record) -> bool:
        at = moment(record[field])
        return (least is None or at >= least) and (most is None or at <= most)

    return test


def _moment(name: str, given: Mapping[str, list[str]]) -> int | None:
    if name not in given:
        return None
    [at] = Param(name, dated=True).read(given[name][-1:])
    return int(at)


def _count(name: str, given: Mapping[str, list[str]], default: int, most: int) -> int:
    if name not in given:
        return default
    written = given[name][-1]
    if not written.isdecimal() or not 1 <= int(written) <= most:
        message = f"must be a whole number from 1 to {most}"
        problem = Problem((name,), "maximum", message, {"minimum": 1, "maximum": most})
        said = f"The parameter {name} cannot be {written!r}: it {message}."
        raise bad_request(said, problem, code="INVALID_PARAMETER_VALUE")
    return int(written)
