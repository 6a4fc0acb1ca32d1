"""Which operation of Katana's API is which Python method."""

import inspect
from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from . import RESOURCES, load
from ._base import Collection, Route, Single

# What a method of this name does on a collection, and on which path.
_REGULAR = {
    "list": ("GET", ""),
    "get": ("GET", "/{id}"),
    "create": ("POST", ""),
    "update": ("PATCH", "/{id}"),
    "delete": ("DELETE", "/{id}"),
}


@frozen(order=True)
class Operation:
    """One operation, and how it is called here.

    Attributes:
        path: Its path, with `{id}` where an id goes.
        method: Its HTTP method.
        attribute: The collection's attribute on the client.
        python_method: The method of the collection.
        body: The annotation of its body, where the method's keyword arguments do not say it.
    """

    path: str
    method: str
    attribute: str
    python_method: str
    body: Any = field(default=None, order=False, eq=False, repr=False)


def operations() -> list[Operation]:
    """List every operation that has a method, sorted by path. Loads every area.

    Each is listed once: where `get` goes through a list, the operation is that of `list`.
    """
    found: dict[tuple[str, str], Operation] = {}
    for attribute in RESOURCES:
        for operation, is_regular in operations_of(attribute):
            address = (operation.method, operation.path)
            if is_regular or address not in found:
                found[address] = operation
    return sorted(found.values())


def operations_of(attribute: str) -> Iterator[tuple[Operation, bool]]:
    """Yield the operation of each method of a collection.

    The truth value is False where a `list` or `get` of another route has precedence in
    `operations`.
    """
    cls = load(attribute)
    for name, function in inspect.getmembers(cls, inspect.isfunction):
        if name.startswith("_"):
            continue
        marked: Route | None = getattr(function, "__operation__", None)
        route = marked or _regular(cls, name)
        is_regular = marked is None and not _is_found(cls, name)
        yield Operation(route.path, route.method, attribute, name, route.body), is_regular


def _regular(cls: type[Any], name: str) -> Route:
    method, suffix = _REGULAR[name]
    at_the_list = issubclass(cls, Single) or _is_found(cls, name)
    return Route(method, cls.path + ("" if at_the_list else suffix))


def _is_found(cls: type[Any], name: str) -> bool:
    """Return whether a method reads one record through the list."""
    return name == "get" and issubclass(cls, Collection) and cls.found_by is not None
