"""Katana's gateway document as plain schemas, and the Python side of each of its operations."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Required, Union, Unpack, get_args, get_origin, get_type_hints

from attrs import frozen

from katana_async.resources import RESOURCES, load
from katana_async.resources.operations import Operation

# Declared as blobs, and sent flat: paging by `Pages`, dates by four filters.
PAGING = "pagination"
DATES = "dateFilter"
DATE_FILTERS = {"created_at_min", "created_at_max", "updated_at_min", "updated_at_max"}


@frozen
class Gateway:
    """What the document says, with references resolved."""

    document: dict[str, Any]

    def operation(self, method: str, path: str) -> dict[str, Any]:
        declared: dict[str, Any] = self.document["paths"][path][method.lower()]
        return declared

    def addresses(self) -> set[tuple[str, str]]:
        """Return the method and path of every operation of the collections that we have."""
        return {
            (method.upper(), path)
            for path, methods in self.document["paths"].items()
            if path.split("/")[1] in RESOURCES
            for method in methods
        }

    def parameters(self, method: str, path: str) -> dict[str, dict[str, Any]]:
        """Return the schemas of an operation's query parameters by name."""
        return {
            parameter["name"]: parameter.get("schema", {})
            for parameter in self.operation(method, path).get("parameters", ())
            if parameter["in"] == "query"
        }

    def body(self, method: str, path: str) -> dict[str, Any] | None:
        """Return the schema of an operation's body, None when it takes none."""
        declared = self.operation(method, path).get("requestBody")
        if declared is None:
            return None
        schema: dict[str, Any] = self.resolve(declared["content"]["application/json"]["schema"])
        return schema

    def resolve(self, schema: Any) -> Any:
        """Return a schema without references, and with null where it is allowed."""
        if isinstance(schema, list):
            return [self.resolve(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/schemas/")
            return self.resolve(self.document["components"]["schemas"][name])
        return {name: self.resolve(part) for name, part in schema.items()}


@cache
def read_gateway(path: Path) -> Gateway:
    return Gateway(json.loads(path.read_text()))


def function_of(operation: Operation) -> Any:
    return getattr(load(operation.attribute), operation.python_method)


def keywords_of(function: Any) -> Any:
    """Return the TypedDict of a method's keyword arguments, None when it takes none."""
    for hint in get_type_hints(function, include_extras=True).values():
        if get_origin(hint) is Unpack:
            return get_args(hint)[0]
    return None


def fields_of(typed_dict: Any) -> dict[str, Any]:
    """Return the annotations of a TypedDict, with `Wire` marks and without `Required`."""
    hints = get_type_hints(typed_dict, include_extras=True)
    return {
        name: get_args(hint)[0] if get_origin(hint) is Required else hint
        for name, hint in hints.items()
    }


def members_of(hint: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation; a marked type is one."""
    if get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from members_of(member)
    else:
        yield hint


def without_null(hint: Any) -> tuple[list[Any], bool]:
    """Return an annotation's alternatives except None, and whether None is one."""
    members = list(members_of(hint))
    return [member for member in members if member is not NoneType], NoneType in members


def wire_of(hint: Any) -> Any:
    """Return the `Wire` mark of an annotation, None when it has none."""
    return hint.__metadata__[0] if get_origin(hint) is Annotated else None
