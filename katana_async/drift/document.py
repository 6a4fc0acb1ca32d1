"""Reading an OpenAPI document, as far as it says what operations take."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from .description import Address, Described, Description, Kind, either

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 40


class NotOpenAPI(ValueError):
    """The document is not one that can be compared."""


def read_document(document: object) -> Description:
    """Return what the operations of a document take.

    Raises:
        NotOpenAPI: It has no paths, or refers to what is not there.
    """
    paths = _mapping(document).get("paths")
    if not isinstance(paths, Mapping) or not paths:
        raise NotOpenAPI("this is no OpenAPI document: it has no paths")
    reader = _Reader(_mapping(document))
    return dict(reader.operations(cast("Mapping[str, Any]", paths)))


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise NotOpenAPI(f"expected an object in the document, not {type(value).__name__}")
    return cast("Mapping[str, Any]", value)


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operations(self, paths: Mapping[str, Any]) -> Iterator[tuple[Address, Described]]:
        for path, item in paths.items():
            operations = _mapping(item)
            shared = operations.get("parameters", ())
            for method in _METHODS:
                if method in operations:
                    found = self._operation(_mapping(operations[method]), shared)
                    yield (method.upper(), path), found

    def _operation(self, operation: Mapping[str, Any], shared: Any) -> Described:
        query: dict[str, Kind] = {}
        in_path: Kind | None = None
        for each in (*shared, *operation.get("parameters", ())):
            parameter = self._resolved(each)
            found = self._kind(_mapping(parameter.get("schema", {})))
            if parameter.get("in") == "query":
                query[str(parameter.get("name"))] = found
            elif parameter.get("in") == "path":
                in_path = found
        return Described(query=query, id=in_path, body=self._body(operation))

    def _body(self, operation: Mapping[str, Any]) -> Kind | None:
        if "requestBody" not in operation:
            return None
        content = _mapping(self._resolved(operation["requestBody"]).get("content", {}))
        media = _mapping(content.get("application/json", {}))
        return self._kind(_mapping(media.get("schema", {})))

    def _resolved(self, value: Any) -> Mapping[str, Any]:
        found = _mapping(value)
        for _ in range(_DEEPEST):
            if "$ref" not in found:
                return found
            found = self._referred(str(found["$ref"]))
        raise NotOpenAPI("the document's references go round in a circle")

    def _referred(self, reference: str) -> Mapping[str, Any]:
        found: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            if not isinstance(found, Mapping) or part not in found:
                raise NotOpenAPI(f"the document refers to {reference}, which is not there")
            found = cast("Mapping[str, Any]", found)[part]
        return _mapping(found)

    def _kind(self, written: Mapping[str, Any], depth: int = 0) -> Kind:
        if depth > _DEEPEST:
            raise NotOpenAPI("the document's schemas are nested without an end")
        schema = self._resolved(written)
        for word in ("allOf", "anyOf", "oneOf"):
            if word in schema:
                branches = [self._kind(_mapping(each), depth + 1) for each in schema[word]]
                # Katana's allOf says the same types twice, with other limits: the first will do.
                return branches[0] if word == "allOf" else either(branches)
        name = schema.get("type")
        if name == "null":
            return Kind(types=frozenset(), nullable=True)
        types = {"date"} if schema.get("format") == "date" else {name} if name else set[str]()
        enum = schema.get("enum")
        items = schema.get("items")
        properties = schema.get("properties")
        fields = None
        if properties is not None:
            patterns = _mapping(schema.get("patternProperties", {}))
            fields = {
                field: self._kind(_mapping(each), depth + 1)
                for field, each in (*_mapping(properties).items(), *patterns.items())
            }
        return Kind(
            types=frozenset(types),
            nullable=bool(schema.get("nullable")) or (enum is not None and None in enum),
            values=None
            if enum is None
            else frozenset(str(each) for each in enum if each is not None),
            items=None if items is None else self._kind(_mapping(items), depth + 1),
            fields=fields,
            required=frozenset(schema.get("required") or ()),
        )
