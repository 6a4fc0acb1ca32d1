"""What a request body may hold: declarations that check values and write themselves as schemas.

The declarations are the sandbox's own. `document()` writes one in the words of OpenAPI 3.0, so that
the tests can compare it with Katana's gateway document.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, cast

from attrs import field, frozen

from .clock import moment, timestamp
from .errors import Problem

Path = tuple[str | int, ...]
Document = dict[str, Any]

INT32 = 2**31 - 1
_LONGEST = 100


def is_number(value: object) -> bool:
    """Tell whether a parsed JSON value is a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def number(value: float | Decimal | str) -> int | Decimal:
    """Return a number as JSON shows it best: an int when it is whole, else without padding."""
    exact = Decimal(str(value))
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _LONGEST:
        return exact
    # By its text: arithmetic would round it to the context's 28 digits.
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text) if "." in text else int(text)


def _problem(path: Path, code: str, message: str, **info: Any) -> Problem:
    return Problem(path, code, message, info)


@frozen(kw_only=True)
class Schema:
    """A declaration of what a value may be.

    Attributes:
        nullable: Whether null is one of them.
    """

    nullable: bool = False

    def check(self, value: Any, path: Path = ()) -> Iterator[Problem]:
        """Yield everything that is wrong with a value."""
        if value is None:
            if not self.nullable:
                yield _problem(path, "type", "must not be null", type=self.kind)
            return
        yield from self.check_value(value, path)

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        """Yield everything that is wrong with a value that is not null."""
        raise NotImplementedError

    def take(self, value: Any) -> Any:
        """Return a valid value as it is kept."""
        return value

    @property
    def kind(self) -> str:
        """The value's JSON type."""
        return ""

    def keywords(self) -> Document:
        """Return the keywords besides `nullable`."""
        raise NotImplementedError

    def document(self) -> Document:
        """Write the declaration as an OpenAPI 3.0 schema."""
        return {**self.keywords(), "nullable": True} if self.nullable else self.keywords()


@frozen(kw_only=True)
class Number(Schema):
    """A number.

    Attributes:
        above: A bound that the number must be greater than.
    """

    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    above: int | None = None

    @property
    def kind(self) -> str:
        return "number"

    def of_type(self, value: object) -> bool:
        """Tell whether a value has the type."""
        return is_number(value)

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not self.of_type(value):
            yield _problem(path, "type", f"must be of type {self.kind}", type=self.kind)
            return
        if self.minimum is not None and value < self.minimum:
            text = f"must not be less than {self.minimum}"
            yield _problem(path, "minimum", text, comparison=">=", limit=self.minimum)
        if self.above is not None and value <= self.above:
            text = f"must be greater than {self.above}"
            yield _problem(path, "exclusiveMinimum", text, comparison=">", limit=self.above)
        if self.maximum is not None and value > self.maximum:
            text = f"must not be greater than {self.maximum}"
            yield _problem(path, "maximum", text, comparison="<=", limit=self.maximum)

    def take(self, value: Any) -> Any:
        """Return the number as JSON shows it best: 7.0 as 7, 2.50 as 2.5."""
        return None if value is None else number(value)

    def keywords(self) -> Document:
        words: Document = {"type": self.kind}
        if self.minimum is not None:
            words["minimum"] = _bound(self.minimum)
        if self.above is not None:
            words |= {"minimum": self.above, "exclusiveMinimum": True}
        if self.maximum is not None:
            words["maximum"] = _bound(self.maximum)
        return words


def _bound(bound: int | Decimal) -> int | float:
    return bound if isinstance(bound, int) else float(bound)


@frozen(kw_only=True)
class Integer(Number):
    """A whole number."""

    @property
    def kind(self) -> str:
        return "integer"

    def of_type(self, value: object) -> bool:
        return is_number(value) and value == int(value)  # type: ignore[call-overload]  # a number


@frozen(kw_only=True)
class Flag(Schema):
    """True or false."""

    @property
    def kind(self) -> str:
        return "boolean"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield _problem(path, "type", "must be of type boolean", type="boolean")

    def keywords(self) -> Document:
        return {"type": "boolean"}


@frozen(kw_only=True)
class Text(Schema):
    """A string.

    Attributes:
        least: The least number of characters.
        most: The greatest number of characters.
        one_of: The values it may have.
        pattern: A regular expression that it must contain a match of.
    """

    least: int | None = None
    most: int | None = None
    one_of: tuple[str, ...] = ()
    pattern: str | None = None

    @property
    def kind(self) -> str:
        return "string"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield _problem(path, "type", "must be of type string", type="string")
            return
        if self.least is not None and len(value) < self.least:
            text = f"must have at least {self.least} characters"
            yield _problem(path, "minLength", text, limit=self.least)
        if self.most is not None and len(value) > self.most:
            text = f"must have at most {self.most} characters"
            yield _problem(path, "maxLength", text, limit=self.most)
        if self.one_of and value not in self.one_of:
            text = f"must be one of {', '.join(self.one_of)}"
            yield _problem(path, "enum", text, allowedValues=list(self.one_of))
        if self.pattern is not None and not re.search(self.pattern, value):
            yield _problem(path, "pattern", f"must fit {self.pattern}", pattern=self.pattern)

    def keywords(self) -> Document:
        words: Document = {"type": "string"}
        if self.least is not None:
            words["minLength"] = self.least
        if self.most is not None:
            words["maxLength"] = self.most
        if self.one_of:
            words["enum"] = list(self.one_of)
        if self.pattern is not None:
            words["pattern"] = self.pattern
        return words


@frozen(kw_only=True)
class Moment(Text):
    """A time in ISO 8601 with an offset, or a date.

    Attributes:
        declared_date: Whether the gateway declares it with `format: date` (it takes times as well).
        declared_time: Whether the gateway declares it with `format: date-time`.
    """

    declared_date: bool = False
    declared_time: bool = False

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        problems = list(super().check_value(value, path))
        yield from problems
        if problems:
            return
        try:
            moment(value)
        except ValueError:
            text = "must be a date, or a time in ISO 8601 with an offset from UTC"
            yield _problem(path, "format", text, format="date-time")

    def take(self, value: Any) -> Any:
        """Return the time as Katana writes times, in UTC with milliseconds."""
        return None if value is None else timestamp(moment(value))

    def keywords(self) -> Document:
        words = super().keywords()
        if self.declared_date:
            return {**words, "format": "date"}
        return {**words, "format": "date-time"} if self.declared_time else words


@frozen(kw_only=True)
class Items(Schema):
    """An array."""

    of: Schema
    least: int | None = None
    most: int | None = None

    @property
    def kind(self) -> str:
        return "array"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield _problem(path, "type", "must be of type array", type="array")
            return
        items = cast(Sequence[Any], value)
        if self.least is not None and len(items) < self.least:
            text = f"must have at least {self.least} items"
            yield _problem(path, "minItems", text, limit=self.least)
        if self.most is not None and len(items) > self.most:
            text = f"must have at most {self.most} items"
            yield _problem(path, "maxItems", text, limit=self.most)
        for index, item in enumerate(items):
            yield from self.of.check(item, (*path, index))

    def take(self, value: Any) -> Any:
        return None if value is None else [self.of.take(item) for item in value]

    def keywords(self) -> Document:
        words: Document = {"type": "array", "items": self.of.document()}
        if self.least is not None:
            words["minItems"] = self.least
        if self.most is not None:
            words["maxItems"] = self.most
        return words


@frozen(kw_only=True)
class Object(Schema):
    """An object of known fields.

    Attributes:
        fields: What each may hold.
        required: Those that must be there.
        open: Whether further fields are let through.
        patterns: What fields may hold whose names fit a regular expression.
    """

    fields: Mapping[str, Schema] = field(factory=dict[str, Schema])
    required: tuple[str, ...] = ()
    open: bool = False
    patterns: Mapping[str, Schema] = field(factory=dict[str, Schema])

    @property
    def kind(self) -> str:
        return "object"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield _problem(path, "type", "must be of type object", type="object")
            return
        given = cast(Mapping[str, Any], value)
        for name in self.required:
            if name not in given:
                yield _problem(path, "required", f"must have {name}", missingProperty=name)
        for name, item in given.items():
            schema = self._schema_of(name)
            if schema is not None:
                yield from schema.check(item, (*path, name))
            elif not self.open:
                text = f"must not have {name}"
                yield _problem(path, "additionalProperties", text, additionalProperty=name)

    def take(self, value: Any) -> Any:
        if value is None:
            return None
        given = cast(Mapping[str, Any], value)
        return {
            name: schema.take(item) if (schema := self._schema_of(name)) else item
            for name, item in given.items()
        }

    def _schema_of(self, name: str) -> Schema | None:
        if name in self.fields:
            return self.fields[name]
        fitting = (schema for mark, schema in self.patterns.items() if re.search(mark, name))
        return next(fitting, None)

    def keywords(self) -> Document:
        words: Document = {"type": "object", "additionalProperties": self.open}
        if self.fields:
            words["properties"] = {name: each.document() for name, each in self.fields.items()}
        if self.required:
            words["required"] = list(self.required)
        if self.patterns:
            words["patternProperties"] = {
                mark: each.document() for mark, each in self.patterns.items()
            }
        return words

    def plus(self, fields: Mapping[str, Schema], required: tuple[str, ...] = ()) -> "Object":
        """Return this object with more fields."""
        return Object(
            fields={**self.fields, **fields},
            required=(*self.required, *required),
            open=self.open,
            patterns=self.patterns,
            nullable=self.nullable,
        )


def body(required: tuple[str, ...] = (), **fields: Schema) -> Object:
    """Declare a request body."""
    return Object(fields=fields, required=required)


id_of: Callable[..., Integer] = partial(Integer, minimum=1, maximum=INT32)
