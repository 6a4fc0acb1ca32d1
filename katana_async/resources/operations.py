"""The operations of Katana's API, by Python method."""

import inspect
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import field, frozen

from . import RESOURCES, load
from ._base import Collection, Route, Single

# The HTTP method and the suffix of the path, by the name of the Python method.
_REGULAR = {
    "list": ("GET", ""),
    "search": ("POST", "/search"),
    "get": ("GET", "/{id}"),
    "create": ("POST", ""),
    "update": ("PATCH", "/{id}"),
    "delete": ("DELETE", "/{id}"),
}

DOCUMENT = "https://api.katanamrp.com/v1/openapi.json"
"""The address of Katana's OpenAPI document. It needs no key."""


@frozen(order=True)
class Operation:
    """One operation of the API and the method that calls it."""

    path: str  # with `{id}` in the place of an id
    method: str  # of HTTP
    attribute: str  # the collection's, on the client
    python_method: str  # of the collection
    # The annotation of the body if the method's keyword arguments are not the body.
    body: Any = field(default=None, order=False, eq=False, repr=False)
    # The address of Katana's page, or `DOCUMENT` if it has none; None for inherited methods.
    page: str | None = field(default=None, order=False, eq=False, repr=False)


def operations() -> list[Operation]:
    """Return every operation that has a method, sorted by path. This imports every area.

    Each operation appears once. If `get` uses the list, the operation belongs to `list`.
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

    The second value is True for a regular method. It has precedence in `operations` over another
    method with the same operation.
    """
    cls = load(attribute)
    for name, function in inspect.getmembers(cls, inspect.isfunction):
        if name.startswith("_"):
            continue
        marked: Route | None = getattr(function, "__operation__", None)
        route = marked or _regular_route(cls, name)
        is_regular = marked is None and not _reads_list(cls, name)
        path = route.path.replace("{record}", cls.path.removesuffix("s"))
        page = katana_pages().get(attribute, {}).get(name)
        yield Operation(path, route.method, attribute, name, route.body, page), is_regular


@cache
def katana_pages() -> Mapping[str, Mapping[str, str]]:
    """Return the addresses of Katana's pages, by attribute and Python method.

    The page of the collection itself is under `object`.
    """
    text = (files("katana_async.resources") / "katana_pages.toml").read_text(encoding="utf-8")
    return {
        attribute: {
            name: f"https://developer.katanamrp.com/reference/{page}" if page else DOCUMENT
            for name, page in pages.items()
        }
        for attribute, pages in tomllib.loads(text).items()
    }


def _regular_route(cls: type[Any], name: str) -> Route:
    method, suffix = _REGULAR[name]
    without_id = issubclass(cls, Single) or _reads_list(cls, name)
    return Route(method, cls.path + ("" if without_id else suffix))


def _reads_list(cls: type[Any], name: str) -> bool:
    """Return whether a method reads one record through the list."""
    return name == "get" and issubclass(cls, Collection) and cls.found_by is not None
