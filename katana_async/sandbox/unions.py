"""Declarations of values that may be one of several things."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen

from .errors import Problem
from .schema import Document, Path, Schema, is_number, number


@frozen(kw_only=True)
class Anything(Schema):
    """Any JSON value, null included."""

    nullable: bool = True

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        return iter(())

    def keywords(self) -> Document:
        return {}

    def document(self) -> Document:
        return {}


@frozen(kw_only=True)
class Spelled(Schema):
    """A string that spells a number.

    Attributes:
        maximum: A bound that the gateway declares, though none binds a string.
    """

    maximum: int | None = None

    @property
    def kind(self) -> str:
        return "string"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(path, "type", "must be of type string", {"type": "string"})
        elif not re.fullmatch(r"-?[0-9]+\.?[0-9]*", value):
            info = {"format": "decimal"}
            yield Problem(path, "format", "must be a string that spells a number", info)

    def take(self, value: Any) -> Any:
        """Return the number that is spelled."""
        return None if value is None else number(value)

    def keywords(self) -> Document:
        words: Document = {"type": "string"}
        return words if self.maximum is None else {**words, "maximum": self.maximum}


@frozen(kw_only=True)
class AnyObject(Schema):
    """An object of which nothing else is declared."""

    @property
    def kind(self) -> str:
        return "object"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(path, "type", "must be of type object", {"type": "object"})

    def keywords(self) -> Document:
        return {"type": "object"}


@frozen(kw_only=True)
class Null(Schema):
    """Null and nothing else, declared as a type of its own."""

    nullable: bool = True

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        yield Problem(path, "type", "must be null", {"type": "null"})

    def document(self) -> Document:
        return {"type": "null"}


@frozen(kw_only=True)
class Either(Schema):
    """A value that fits one of several declarations.

    Attributes:
        of: The declarations.
        keyword: The JSON Schema keyword it is declared with.
    """

    of: tuple[Schema, ...]
    keyword: Literal["anyOf", "oneOf"] = "anyOf"

    def check(self, value: Any, path: Path = ()) -> Iterator[Problem]:
        found = [list(each.check(value, path)) for each in self.of]
        if all(found):
            # The problems of the declaration that is of the value's type say more than "none fits".
            closest = (each for each in found if each[0].path != path or each[0].code != "type")
            none_fits = Problem(path, self.keyword, "must fit one of the things it may be", {})
            yield from next(closest, [none_fits])

    def take(self, value: Any) -> Any:
        fits = (each for each in self.of if not any(each.check(value)))
        return next(fits).take(value)

    def keywords(self) -> Document:
        return {self.keyword: [each.document() for each in self.of]}


@frozen(kw_only=True)
class NonZero(Schema):
    """A number, or a string that spells one, other than nought.

    Attributes:
        signed: Whether it may be less than nought.
    """

    signed: bool = True

    @property
    def kind(self) -> str:
        return "number"

    def check_value(self, value: Any, path: Path) -> Iterator[Problem]:
        sign = "-?" if self.signed else ""
        spelled = isinstance(value, str) and re.fullmatch(sign + r"[0-9]+\.?[0-9]*", value)
        if not spelled and not is_number(value):
            yield Problem(path, "anyOf", "must be a number or a string that spells one", {})
        elif Decimal(value) == 0:
            yield Problem(path, "not", "must not be nought", {})
        elif Decimal(value) < 0 and not self.signed:
            yield Problem(path, "minimum", "must not be less than 0", {"limit": 0})

    def keywords(self) -> Document:
        sign = "(-|)" if self.signed else ""
        digits = {"type": "string", "pattern": rf"^{sign}[0-9]+?\.?[0-9]*$"}
        any_number = {"type": "number"} if self.signed else {"type": "number", "minimum": 0}
        noughts = {"type": "string", "not": {"pattern": r"^(-|)[0]+?\.?[0]*$"}}
        return {
            "allOf": [
                {"anyOf": [any_number, digits]},
                {"anyOf": [{"type": "number", "not": {"const": 0}}, noughts]},
            ]
        }
