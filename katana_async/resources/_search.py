"""What a search sends: its conditions and its order, with every name checked before it goes."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from ..http.encoding import shape_of

_CUSTOM = "custom_fields"
_JOINED = ("and", "or")


def search_filter(
    shape: type[Any],
    where: Mapping[str, object] | None,
    custom_fields: Mapping[UUID | str, object] | None,
    order: str | Sequence[str] | None,
) -> dict[str, object]:
    """Return the filter of a search.

    Args:
        shape: The TypedDict of the conditions.
        where: Conditions by field, joined by `and` and `or` as deep as one likes.
        custom_fields: Conditions by the UUID of a custom field's definition.
        order: The fields to sort by.

    Raises:
        TypeError: There is no such field or comparator, or a value is of the wrong kind.
        ValueError: A value cannot be sent, such as a time without an offset.
    """
    custom = {f"{_CUSTOM}.{field}": each for field, each in (custom_fields or {}).items()}
    conditions = {} if where is None else _conditions(shape, where, "where")
    conditions |= _conditions(shape, custom, "where")
    body: dict[str, object] = {}
    if conditions:
        body["where"] = conditions
    if order is not None:
        body["order"] = order if isinstance(order, str) else list(order)
    return body


def _conditions(shape: type[Any], given: object, where: str) -> dict[str, object]:
    """Check conditions, those within `and` and `or` too: the document leaves these open."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{where} takes a dict of conditions, not {type(given).__name__}")
    conditions = cast("Mapping[str, object]", given)
    known = shape_of(shape)
    named: dict[str, object] = {}
    others: dict[str, object] = {}
    for name, value in conditions.items():
        place = f"{where}.{name}"
        if name.startswith(f"{_CUSTOM}."):
            others[name] = None if value is None else known.fields[_CUSTOM](value, place)
        elif name in _JOINED and isinstance(value, list | tuple):
            elements = cast("Sequence[object]", value)
            others[name] = [
                _conditions(shape, element, f"{place}[{index}]")
                for index, element in enumerate(elements)
            ]
        else:
            named[name] = value
    return known.apply(named, where) | others
