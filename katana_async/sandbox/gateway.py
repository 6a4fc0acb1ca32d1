"""The requests that Katana's OpenAPI document declares, read from `gateway.json`.

`make facts` writes the file from a document. All schemas in it are plain JSON Schema.
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
class Document:
    """The document that the file was made from.

    Attributes:
        version: Its version.
        date: Its date, `2026-10` or `2026-10-07`.
        operations: The number of its operations.
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
class Declared:
    """The declaration of one operation.

    Attributes:
        query: The schemas of the query parameters, except those of paging and dates.
        paging: Whether it takes `limit` and `page`.
        dates: Whether it takes `created_at_min` and the like.
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


def document() -> Document:
    """Return the version, date and size of the document that the file was made from."""
    return Document(**_content()["document"])


def names() -> frozenset[str]:
    """Return all operations of the document, such as `GET /products/{id}`."""
    return frozenset(_content()["operations"])


@cache
def declaration_of(name: str) -> Declared | None:
    """Return the declaration of an operation; None if the document has no such operation."""
    written = _content()["operations"].get(name)
    if written is None:
        return None
    query: dict[str, Any] = resolve(written.get("query", {}))
    in_path: Schema = resolve(written.get("id", {}))
    return Declared(
        query={name: each for name, each in query.items() if name not in (_PAGING, _DATES)},
        paging=_PAGING in query,
        dates=_DATES in query,
        body=resolve(written["body"]) if "body" in written else None,
        uuid=in_path.get("type") == "string",
    )


def resolve(schema: Any) -> Any:
    """Return a schema of the file with its references to shared schemas written out."""
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
