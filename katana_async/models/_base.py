"""The base of every area's models: the class `Model`, aware times, open enumerations."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Self,
    TypeGuard,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

import msgspec
from msgspec import Meta

__all__ = [
    "CustomizableRecord",
    "DatedRecord",
    "DeletableRecord",
    "JSONValue",
    "Model",
    "OpenEnum",
    "Reranked",
    "Timestamp",
]


Timestamp = Annotated[datetime, Meta(tz=True)]
"""An aware time. Katana writes UTC; a text without an offset is refused."""

JSONValue = Any
"""A JSON value whose type depends on the account (custom fields)."""


if TYPE_CHECKING:
    from attrs import frozen

    # Checkers see an attrs class: mypy then checks the arguments of attrs.evolve by name and type.
    @frozen(kw_only=True)
    class _Record:
        __struct_fields__: ClassVar[tuple[str, ...]]
        __hidden_fields__: ClassVar[frozenset[str]]

else:

    class _RecordMeta(msgspec.StructMeta):
        """Create frozen Structs, with the fields that attrs looks for made on first access."""

        def __new__(mcls, name, bases, namespace, **config):
            if isinstance(namespace.get("__attrs_attrs__"), tuple):
                raise TypeError(f"{name} is a model already: leave out the decorator of attrs")
            config = {"frozen": True, "kw_only": True, "gc": False} | config
            return super().__new__(mcls, name, bases, namespace, **config)

        @property
        def __attrs_attrs__(cls):  # noqa: N805 - a metaclass
            from ._interop import attributes

            return attributes(cls)

    class _Record(msgspec.Struct, metaclass=_RecordMeta):
        __attrs_attrs__ = property(lambda self: type(self).__attrs_attrs__)  # pytest asks records
        __hidden_fields__ = frozenset()  # secrets: no repr has them; to_dict and to_json do


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Model(_Record):
    """Base class of all models: immutable records that are equal when their fields are.

    A model is a msgspec Struct, which decodes fastest, and attrs and cattrs treat it as an attrs
    class. A subclass with more fields needs no decorator. The garbage collector does not track
    records, so one that is part of a reference cycle (a dict of custom fields that contains its own
    order) is never freed. Records cannot be referred to weakly.
    """

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:
        """Build a record from a dict in the form of `to_dict`, or of Katana's JSON.

        Unknown keys are ignored.

        Raises:
            ValueError: A required field is missing, or a value has the wrong type.
        """
        return msgspec.convert(value, cls)

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """Build a record from a JSON object, in the form of `to_json` or of Katana's answers.

        Numbers keep every digit. Unknown keys are ignored. Unlike the client, this does not forgive
        what `katana.stats.tolerated` counts.

        Raises:
            ValueError: It is not JSON, a required field is missing, or a value has the wrong type.
        """
        record: Self = _decoder(cls).decode(content)  # type: ignore[arg-type]  # a class is hashable
        return record

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as a dict.

        Nested records become dicts and enumerations become str; Decimal, datetime and UUID stay.
        """
        fields: dict[str, Any] = msgspec.to_builtins(self, builtin_types=_KEPT_TYPES)
        return fields

    def to_json(self) -> str:
        """Return all fields as a JSON object.

        Decimals are written as strings, which keep every digit, and times as in Katana's JSON, with
        `Z` for UTC. A fraction within custom fields is read back as str, since nothing declares its
        type.

        Raises:
            ValueError: A text has half a surrogate pair, which UTF-8 cannot hold.
        """
        return msgspec.json.encode(self).decode()

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        for name in field_names(type(self)):
            value = getattr(self, name)
            if value is not None and value != () and name not in self.__hidden_fields__:
                yield name, value

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"

    def __hash__(self) -> int:
        try:
            return super().__hash__()
        except TypeError:  # custom fields may be a dict: equal records are equal without it too
            values = (getattr(self, name) for name in self.__struct_fields__)
            return hash(tuple(value for value in values if not isinstance(value, dict | list)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:
        from ._interop import pydantic_schema

        return pydantic_schema(cls, handler)


_AT_THE_END = ("created_at", "updated_at", "deleted_at", "custom_fields")
_KEPT_TYPES = (Decimal, datetime, UUID)


@cache
def _decoder(model: type[Any]) -> Any:
    return msgspec.json.Decoder(model, float_hook=Decimal)


def is_model(kind: object) -> TypeGuard[type[Model]]:
    """Return whether a type is a model."""
    return isinstance(kind, type) and issubclass(kind, Model)


def field_names(model: Any) -> list[str]:
    """Return the names of a model's fields, those that most records have at the end."""
    return sorted(model.__struct_fields__, key=_AT_THE_END.__contains__)


def field_types(model: Any) -> dict[str, Any]:
    """Return the types of a model's fields by name; Timestamp as datetime."""
    hints = get_type_hints(model)
    return {name: hints[name] for name in field_names(model)}


def types_within(hint: Any) -> list[Any]:
    """Return the types of a field's values other than None; of the elements if it is a tuple."""
    if get_origin(hint) in (Union, UnionType, tuple):
        inner = [arg for arg in get_args(hint) if arg is not NoneType and arg is not ...]
        return [part for arg in inner for part in types_within(arg)]
    return [hint]


class OpenEnum(StrEnum):
    """An enumeration that keeps values which it does not list.

    Katana adds values unannounced. Such a value becomes a member that is equal to its text, is not
    in the list of the class's members, and has the property `known` False. Each reading creates a
    new one: compare with `==`, not with `is`.
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

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        shape: dict[str, Any] = handler.resolve_ref_schema(handler(schema))
        shape["examples"] = shape.pop("enum")  # there may be more
        return shape

    def __repr__(self) -> str:
        if self.known:
            return super().__repr__()
        return f"<{type(self).__name__} unknown: {self._value_!r}>"


class DatedRecord(Model):
    """A record with an id and the times of its creation and last change."""

    id: int
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class DeletableRecord(DatedRecord):
    """A record that keeps the time of its deletion. Lists have it with `include_deleted`."""

    deleted_at: Timestamp | None = None


class CustomizableRecord(DeletableRecord):
    """A record that can have custom fields."""

    #: By the UUID of the field's definition.
    custom_fields: dict[str, JSONValue] | None = None


class Reranked(Model):
    """The answer to a change of the ranking of orders."""

    #: In their new order.
    order_ids: tuple[int, ...]
