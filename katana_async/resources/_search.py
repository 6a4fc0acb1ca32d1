"""Searches: POST {collection}/search, one implementation for all collections that have one."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from ..http.encoding import Coder, coder_of, shape_of, to_json
from ..http.messages import Repeat, Response
from ..http.pages import Pages
from ..http.walk import Window
from ..params.search import CustomFieldCondition
from ._base import Collection

T = TypeVar("T")

LARGEST_SEARCH_PAGE = 200
_MOST_VALUES = 100
_DEEPEST = 2
_CUSTOM = "custom_fields"


class Searches(Collection[T]):
    """A collection that can be searched by conditions on its fields.

    All searches are in beta at Katana: conditions and answers may change.

    The conditions stand in `where`, by field; those on custom fields may stand in `custom_fields`,
    by the UUID of the definition. All must hold. Names are checked before anything is sent.

    Given an `order`, the id is added as the last key: records that are equal in all other keys
    then keep their places, and the search is read as exactly as a list, as long as no record
    changes in a field of the order meanwhile. Without one, Katana's own order applies.
    """

    def _search(
        self,
        shape: type[Any],
        where: Mapping[str, object] | None,
        custom_fields: Mapping[UUID | str, object] | None,
        order: str | Sequence[str] | None,
        include: Sequence[str] = (),
    ) -> Pages[T]:
        body = search_body(shape, where, custom_fields, order)
        if isinstance(include, str):
            raise TypeError("include takes a list: put the one text in [ ]")
        if include:
            body["include"] = list(include)

        async def read(window: Window) -> Response:
            paged = to_json({**body, "page": window.page, "limit": window.limit})
            return await self._send("POST", f"{self.path}/search", body=paged, repeat=Repeat.READ)

        return self._pages(read, LARGEST_SEARCH_PAGE)


def search_body(
    shape: type[Any],
    where: Mapping[str, object] | None,
    custom_fields: Mapping[UUID | str, object] | None,
    order: str | Sequence[str] | None,
) -> dict[str, object]:
    """Return the body of a search, without its page.

    Args:
        shape: The TypedDict of the conditions.
        where: Conditions by field, and `and` and `or`.
        custom_fields: Conditions by the UUID of a custom field's definition.
        order: The fields to sort by.

    Raises:
        TypeError: There is no such field or comparator, or a value is of the wrong kind.
        ValueError: A value cannot be sent, such as a time without an offset, or there are more
            values or levels than Katana takes.
    """
    conditions = {} if where is None else _conditions(shape, where, "where")
    for field, condition in (custom_fields or {}).items():
        name = f"{_CUSTOM}.{field}"
        conditions[name] = _condition(_custom_field, condition, f"where.{name}")
    body: dict[str, object] = {"filter": conditions}
    if order is not None and (keys := total_order(order)):
        body["order"] = keys
    return body


def total_order(order: object) -> list[str]:
    """Return the keys of an order with the id as the last one, in the direction of the one before.

    Records that are equal in all keys would otherwise change places from page to page.
    """
    keys: list[str] = []
    for key in cast("Sequence[object]", order if isinstance(order, list | tuple) else [order]):
        if not isinstance(key, str) or not key.strip():
            raise TypeError(f"order takes texts such as 'created_at DESC', not {key!r}")
        keys.append(key)
    if not keys or "id" in [key.split()[0].lower() for key in keys]:
        return keys
    _, *direction = keys[-1].split()
    return [*keys, " ".join(["id", *direction])]


_custom_field: Coder = coder_of(CustomFieldCondition)


def _conditions(shape: type[Any], given: object, where: str, level: int = 0) -> dict[str, object]:
    """Check conditions, those within `and` and `or` too: Katana's document leaves these open."""
    if not isinstance(given, Mapping):
        raise TypeError(f"{where} takes a dict of conditions, not {type(given).__name__}")
    known = shape_of(shape)
    coded: dict[str, object] = {}
    for name, value in cast("Mapping[str, object]", given).items():
        place = f"{where}.{name}"
        if name.startswith(f"{_CUSTOM}."):
            coded[name] = _condition(_custom_field, value, place)
        elif name in ("and", "or"):
            coded[name] = _alternatives(shape, value, place, level + 1)
        else:
            known.check_name(name, where)
            coded[name] = _condition(known.fields[name], value, place)
    return coded


def _alternatives(shape: type[Any], given: object, where: str, level: int) -> list[object]:
    if not isinstance(given, list | tuple):
        raise TypeError(f"{where} takes a list, not {type(given).__name__}")
    if level > _DEEPEST:
        raise ValueError(f"{where} is nested too deeply: Katana takes {_DEEPEST} levels of and/or")
    elements = cast("Sequence[object]", given)
    return [
        _conditions(shape, element, f"{where}[{index}]", level)
        for index, element in enumerate(elements)
    ]


def _condition(code: Coder, value: object, where: str) -> object:
    if value is None:
        return None
    coded = code(value, where)
    _check_counts(coded, where)
    return coded


def _check_counts(coded: object, where: str) -> None:
    comparators = cast("Mapping[str, object]", coded if isinstance(coded, dict) else {})
    for word in ("inq", "nin"):
        count = len(cast("Sequence[object]", comparators.get(word, ())))
        if count > _MOST_VALUES:
            raise ValueError(
                f"{where}.{word} has {count} values, and Katana takes {_MOST_VALUES} at most:"
                " search in several calls"
            )
