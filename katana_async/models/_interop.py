"""The models' side of other libraries: fields for attrs, a schema for pydantic, cattrs' hooks."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, cast, get_type_hints

import attrs
import msgspec

from ._base import Model, is_model

if TYPE_CHECKING:
    from cattrs import BaseConverter

__all__ = ["configure_converter"]


def _fields(model: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(model)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """Return the default of a field in attrs' form."""
    if field.default_factory is not msgspec.NODEFAULT:
        return attrs.Factory(cast("Callable[[], Any]", field.default_factory))
    return attrs.NOTHING if field.required else field.default


@cache
def attributes(model: type[Model]) -> Any:
    """Build the fields that `attrs.fields` returns for a model."""
    hints = get_type_hints(model, include_extras=True)
    declared = {
        field.name: attrs.field(
            default=_default(field),
            type=hints[field.name],
            repr=field.name not in model.__hidden_fields__,
        )
        for field in _fields(model)
    }
    return attrs.fields(attrs.make_class(model.__name__, declared, frozen=True, kw_only=True))


def configure_converter(converter: "BaseConverter") -> None:
    """Register hooks with which a cattrs converter reads and writes models.

    Every converter (stock, json, orjson, ...) then writes a record as in `to_json`: Decimals, times
    and UUIDs are texts. Without them, stock cattrs has no hooks for Decimal and datetime.

    Args:
        converter: A converter of cattrs; it is changed.
    """
    converter.register_structure_hook_func(is_model, msgspec.convert)
    converter.register_unstructure_hook_func(is_model, msgspec.to_builtins)


_enclosing: ContextVar[tuple[type[Model], ...]] = ContextVar("enclosing", default=())


def pydantic_schema(model: type[Model], handler: Callable[[Any], Any]) -> Any:
    """Return the core schema of a model: read by msgspec, described and written by its fields."""
    from pydantic_core import core_schema

    name = f"{model.__module__}.{model.__qualname__}:{id(model)}"
    enclosing = _enclosing.get()
    if model in enclosing:  # a variant has an item that has variants
        return core_schema.definition_reference_schema(name)
    generate = cast("Any", handler).generate_schema
    hints = get_type_hints(model, include_extras=True)
    token = _enclosing.set((*enclosing, model))
    try:
        fields = {
            field.name: core_schema.typed_dict_field(
                generate(hints[field.name]), required=field.required
            )
            for field in _fields(model)
        }
    finally:
        _enclosing.reset(token)

    def read(value: Any, _: Any) -> Model:
        if isinstance(value, model):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"expected an object, not {type(value).__name__}")
        return model.from_dict(cast("Mapping[str, Any]", value))

    def shallow(record: Model) -> dict[str, Any]:
        return {name: getattr(record, name) for name in fields}

    shape = core_schema.typed_dict_schema(fields, cls_name=model.__name__)
    return core_schema.no_info_wrap_validator_function(
        read,
        shape,
        serialization=core_schema.plain_serializer_function_ser_schema(
            shallow, return_schema=shape
        ),
        ref=name,
    )
