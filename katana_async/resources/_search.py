"""Searches: `POST {collection}/search`, implemented once for all searchable collections."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from ..http.encoding import Coder, coder_of, shape_of, write_json
from ..http.messages import Repeat, Response
from ..http.pages import Pages
from ..http.walk import Window
from ..params.search import CustomFieldCondition, Search
from ._base import Collection

T = TypeVar("T")

LARGEST_SEARCH_PAGE = 200
_MOST_VALUES = 100
_DEEPEST = 2
_CUSTOM = "custom_fields"


class Searches(Collection[T]):
    """A collection with `search`, whose conditions are richer than the filters of `list`.

    All searches are in beta at Katana: conditions and answers may change.

    `where` has conditions by field: a value that the field must equal, None for null, or a dict of
    comparators such as `{"gte": 10}`. `custom_fields` has conditions by the UUID of a custom
    field's definition. A record must match all of them. `and` and `or` in `where` combine further
    conditions, at most 2 levels deep; there, a custom field is the key `custom_fields.<uuid>`.

    An unknown field or comparator raises TypeError, at every level. More than 100 values in `inq`
    or `nin` raise ValueError. A value or an order that Katana refuses raises `ValidationFailed`
    when the search is read.

    `order` has one sort key or several, each a field and a direction such as "created_at DESC". The
    id is added as the last key, so that records that are equal in all other keys keep their places.
    The search then reads each record once, like a list, unless a record changes in a field of the
    order meanwhile. Without `order`, Katana's own order applies.
    """

    def _search(
        self, query: Mapping[str, Any], shape: type[Any], arguments: type[Any] = Search
    ) -> Pages[T]:
        for name in query:
            shape_of(arguments).check_name(name)
        body = search_body(query, shape)
        include = query.get("include", ())
        if isinstance(include, str):
            raise TypeError("include takes a list: put a single text in [ ]")
        if include:
            body["include"] = list(include)

        async def read(window: Window) -> Response:
            paged = write_json({**body, "page": window.page, "limit": window.limit})
            return await self._send("POST", f"{self.path}/search", body=paged, repeat=Repeat.READ)

        return self._pages(read, LARGEST_SEARCH_PAGE)


def search_body(query: Mapping[str, Any], shape: type[Any]) -> dict[str, object]:
    """Return the body of a search, without its page and limit; `shape` is that of `where`."""
    where, order = query.get("where"), query.get("order")
    conditions = {} if where is None else _conditions(shape, where, "where")
    custom_fields: Mapping[UUID | str, object] = query.get("custom_fields") or {}
    for field, condition in custom_fields.items():
        name = f"{_CUSTOM}.{field}"
        conditions[name] = _condition(_custom_field, condition, f"where.{name}")
    body: dict[str, object] = {"filter": conditions}
    if order is not None and (keys := total_order(order)):
        body["order"] = keys
    return body


def total_order(order: object) -> list[str]:
    """Return the sort keys, with the id added in the direction of the last key.

    Without it, records that are equal in all keys could change places from page to page.
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
    """Check and encode conditions. Katana's document leaves those within `and` and `or` open."""
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
                " split the search into several calls"
            )
