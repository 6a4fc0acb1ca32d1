"""The requests that Katana's OpenAPI document declares, read from `gateway.json`.

`make facts` writes that file from a document. Its schemas are plain JSON Schema.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

from attrs import frozen

Schema = Mapping[str, Any]

_PAGING = "pagination"
_DATES = "dateFilter"


@frozen
class SourceDocument:
    """The OpenAPI document that the file was written from.

    Attributes:
        date: `2026-10` or `2026-10-07`.
        operations: The number of operations.
    """

    version: str
    date: str
    operations: int

    def __str__(self) -> str:
        return (
            f"Katana's OpenAPI document {self.version} of {self.date}"
            f" ({self.operations} operations)"
        )


@frozen
class Declaration:
    """The declaration of one operation.

    Attributes:
        query: The schemas of the query parameters, except those of paging and dates.
        paging: Whether the operation takes `limit` and `page`.
        dates: Whether it takes `created_at_min`, `updated_at_max` and so on.
        body: The schema of the body; None if it takes none.
        uuid: Whether the id in the path is a UUID.
    """

    query: Mapping[str, Schema]
    paging: bool
    dates: bool
    body: Schema | None
    uuid: bool


@cache
def _content() -> Mapping[str, Any]:
    text = (files("katana_async.sandbox") / "gateway.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


def source_document() -> SourceDocument:
    """Return the version, date and size of the document."""
    return SourceDocument(**_content()["document"])


def operation_names() -> frozenset[str]:
    """Return the names of all operations, such as `GET /products/{id}`."""
    return frozenset(_content()["operations"])


@cache
def find_declaration(name: str) -> Declaration | None:
    """Return the declaration of an operation; None if the document has no such operation."""
    written = _content()["operations"].get(name)
    if written is None:
        return None
    query: dict[str, Any] = resolve(written.get("query", {}))
    in_path: Schema = resolve(written.get("id", {}))
    return Declaration(
        query={name: each for name, each in query.items() if name not in (_PAGING, _DATES)},
        paging=_PAGING in query,
        dates=_DATES in query,
        body=resolve(written["body"]) if "body" in written else None,
        uuid=in_path.get("type") == "string",
    )


def resolve(schema: Any) -> Any:
    """Return a schema of the file with its references resolved."""
    if isinstance(schema, list):
        return [resolve(each) for each in cast("Sequence[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    members = cast("dict[str, Any]", schema)
    if "$ref" in members:
        return _shared_schema(members["$ref"].rpartition("/")[2])
    return {name: resolve(each) for name, each in members.items()}


@cache
def _shared_schema(name: str) -> Any:
    return resolve(_content()["schemas"][name])
