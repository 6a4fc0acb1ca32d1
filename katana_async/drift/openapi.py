"""Read an OpenAPI document (3.0 or 3.1) into facts about the requests of its operations.

Facts are parameters, bodies, types, bounds and enumerations, without prose. All schemas are plain
JSON Schema (draft 2020-12): references are resolved, and `nullable` and the boolean bounds of 3.0
are converted. `make facts` writes the facts to the sandbox's data file, `check-api` compares them
with the SDK.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from attrs import frozen

Schema = Mapping[str, Any]
T = TypeVar("T")

_METHODS = ("get", "post", "put", "patch", "delete")
_LONGEST_CHAIN = 60
_MOST_SCHEMAS = 500_000

_KINDS: dict[str, Any] = {
    "a boolean": bool,
    "a number": (int, float),
    "a string": str,
    "an array": (list, tuple),
    "an object": Mapping,
    "null": type(None),
}
# The words that stay as they are, and their values.
_PLAIN_WORDS = {
    "format": "a string",
    "pattern": "a string",
    "enum": "an array",
    "required": "an array",
    "uniqueItems": "a boolean",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "a number"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), "a number"),
}
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


class NotOpenAPI(ValueError):
    """The document is no OpenAPI document, or is malformed."""


@frozen
class Declaration(Generic[T]):
    """The declaration of one operation: the types of its query parameters, id and body."""

    query: Mapping[str, T]
    id: T | None  # None if the path has none
    body: T | None  # None if the operation takes none


Facts = Mapping[tuple[str, str], Declaration[Schema]]
"""The facts by method and path."""


def read_facts(document: object) -> Facts:
    """Return the facts of a document, the parsed JSON, or raise NotOpenAPI."""
    whole = _check(document, "an object", "the document")
    if not whole.get("paths"):
        raise NotOpenAPI("this is no OpenAPI document: it has no paths")
    paths = _check(whole["paths"], "an object", "paths")
    try:
        return dict(_Reader(whole).read_operations(paths))
    except RecursionError:
        raise NotOpenAPI("the schemas are nested without end") from None


def _check(value: Any, kind: str, place: str) -> Any:
    if not isinstance(value, _KINDS[kind]):
        found = next(name for name, types in _KINDS.items() if isinstance(value, types))
        raise NotOpenAPI(f"{place} must be {kind}, not {found}")
    return value


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._count = 0

    def read_operations(
        self, paths: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str, str], Declaration[Schema]]]:
        for path, written in paths.items():
            item = self._resolve(written, path)
            shared = _check(item.get("parameters") or (), "an array", f"{path}: parameters")
            for method in _METHODS:
                if item.get(method) is not None:
                    place = f"{method.upper()} {path}"
                    operation = _check(item[method], "an object", place)
                    yield (method.upper(), path), self._read_operation(operation, shared, place)

    def _read_operation(self, operation: Any, shared: Any, place: str) -> Declaration[Schema]:
        query: dict[str, Schema] = {}
        in_path: Schema | None = None
        own = _check(operation.get("parameters") or (), "an array", f"{place}: parameters")
        for each in (*shared, *own):
            parameter = self._resolve(each, f"{place}: a parameter")
            name = str(parameter.get("name"))
            # `pagination` and `dateFilter` have a media type, but are sent as flat parameters.
            schema = self._read_schema(parameter.get("schema") or {}, f"{place}: parameter {name}")
            if parameter.get("in") == "query":
                query[name] = schema
            elif parameter.get("in") == "path":
                in_path = schema
        body: Schema | None = None
        if operation.get("requestBody") is not None:
            body = self._read_body(operation["requestBody"], f"{place}: body")
        return Declaration(query, in_path, body)

    def _read_body(self, written: Any, place: str) -> Schema:
        holder = self._resolve(written, place)
        content = _check(holder.get("content") or {}, "an object", f"{place}: content")
        for media_type, media in content.items():
            if media_type.partition(";")[0].strip() == "application/json":
                holder = _check(media, "an object", place)
                return self._read_schema(holder.get("schema") or {}, place)
        return {}

    def _resolve(self, value: Any, place: str) -> Mapping[str, Any]:
        """Return an object with its references resolved; its own members override theirs."""
        found: Mapping[str, Any] = _check(value, "an object", place)
        for _ in range(_LONGEST_CHAIN):
            if "$ref" not in found:
                return found
            own = {word: each for word, each in found.items() if word != "$ref"}
            found = {**self._find_reference(str(found["$ref"])), **own}
        raise NotOpenAPI(f"{place}: the references form a circle")

    def _find_reference(self, reference: str) -> Mapping[str, Any]:
        found: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                raise NotOpenAPI(f"the document refers to {reference}, which is not there")
            found = cast("Mapping[str, Any]", found)[name]
        resolved: Mapping[str, Any] = _check(found, "an object", reference)
        return resolved

    def _read_schema(
        self, written: Any, place: str, within: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Return a schema in plain JSON Schema, within the references that are being resolved."""
        self._count += 1
        if self._count > _MOST_SCHEMAS:
            raise RecursionError
        if isinstance(written, bool):  # 3.1: true allows anything, false nothing
            return {} if written else {"not": {}}
        if (reference := _check(written, "an object", place).get("$ref")) is not None:
            if str(reference) in within:  # a recursive schema, such as a tree
                return {}
            within |= {str(reference)}
        schema = self._resolve(written, place)

        def read(inner: Any, suffix: str = "") -> dict[str, Any]:
            return self._read_schema(inner, place + suffix, within)

        found: dict[str, Any] = {}
        if types := _read_types(schema.get("type"), place):
            found["type"] = types[0] if len(types) == 1 else types
        for word, kind in _PLAIN_WORDS.items():
            if schema.get(word) is not None:
                found[word] = _check(schema[word], kind, f"{place}: {word}")
        for word in ("const", "default"):
            if word in schema:
                found[word] = schema[word]
        for word in ("allOf", "anyOf", "oneOf"):
            if word in schema:
                branches = _check(schema[word], "an array", f"{place}: {word}")
                found[word] = [read(each) for each in branches]
        for word in ("properties", "patternProperties"):
            if word in schema:
                members = _check(schema[word], "an object", f"{place}: {word}")
                found[word] = {str(name): read(each, f".{name}") for name, each in members.items()}
        if "items" in schema:
            found["items"] = read(schema["items"], "[]")
        if "not" in schema:
            found["not"] = read(schema["not"])
        further = schema.get("additionalProperties")
        if further is False:
            found["additionalProperties"] = False
        elif isinstance(further, Mapping):
            found["additionalProperties"] = read(further, ".*")
        return _to_json_schema(found, nullable=schema.get("nullable") is True)


def _read_types(written: Any, place: str) -> list[str]:
    if written is None:
        return []
    types = [written] if isinstance(written, str) else _check(written, "an array", f"{place}: type")
    for each in types:
        if not isinstance(each, str) or each not in _TYPES:
            raise NotOpenAPI(f"{place}: {each!r} is not a type")
    return list(types)


def _to_json_schema(schema: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    """Convert OpenAPI 3.0's boolean bounds and `nullable`."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        is_flag = isinstance(schema.get(exclusive), bool)
        if is_flag and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    if not nullable or not schema:
        return schema
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    types = _read_types(schema["type"], "")
    schema["type"] = types if "null" in types else [*types, "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema
