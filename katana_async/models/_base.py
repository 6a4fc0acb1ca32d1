"""What every area's models are made of: a repr, aware times, open enumerations, the JSON edge."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from attrs import fields, frozen
from msgspec import Meta

__all__ = [
    "JSONValue",
    "OpenEnum",
    "Reranked",
    "Timestamp",
]


Timestamp = Annotated[datetime, Meta(tz=True)]
"""An aware time. Katana writes UTC; a text without an offset does not pass as one."""

JSONValue = Any
"""A value as JSON has it, where each account decides what that is (custom fields)."""


class Model:
    """What every model has: a repr of what the answer said, without what it did not.

    The repr is written once: attrs' own, for every class, is a third of the cost of loading them.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        own = fields(type(self))  # type: ignore[arg-type]  # attrs, all
        names = [field.name for field in own if field.repr]
        values = ((name, getattr(self, name)) for name in names)
        said = (f"{name}={value!r}" for name, value in values if value is not None and value != ())
        return f"{type(self).__name__}({', '.join(said)})"


class OpenEnum(StrEnum):
    """An enumeration that keeps the values it does not know.

    Katana adds values unannounced. Such a value becomes a member of its own that is equal to its
    text, is not listed among the class's members, and says so by `known`. It is made anew each
    time it is read: compare with `==`, not with `is`.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = str(value)
        return member

    @property
    def known(self) -> bool:
        """Whether this SDK lists the value."""
        return self._value_ in type(self)._value2member_map_

    def __repr__(self) -> str:
        if self.known:
            return super().__repr__()
        return f"<{type(self).__name__} unknown: {self._value_!r}>"


@frozen(kw_only=True, repr=False)
class Reranked(Model):
    """The answer to a change of the ranking of orders."""

    #: In their new order.
    order_ids: tuple[int, ...]
