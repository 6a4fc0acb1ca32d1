"""Read an OpenAPI document (3.0 or 3.1) into facts about the requests of its operations.

Facts are parameters, bodies, types, bounds and enumerations, without prose. All schemas are plain
JSON Schema (draft 2020-12): references are resolved, and `nullable` and the boolean bounds of 3.0
are converted. `make facts` writes the facts to the sandbox's data file, `check-api` compares them
with the SDK.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from attrs import evolve, frozen

Schema = Mapping[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 60
_MOST_SCHEMAS = 500_000
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf")
_SCHEMA_MAPS = ("properties", "patternProperties")
_PLAIN_WORDS = (
    "format",
    "enum",
    "const",
    "required",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "default",
)
_NUMBERS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


class NotOpenAPI(ValueError):
    """The document is no OpenAPI document, or is malformed."""


@frozen
class OperationFacts:
    """The declaration of one operation.

    Attributes:
        query: The schema of each query parameter.
        id: The schema of the id in the path; None if the path has none.
        body: The schema of the body; None if the operation takes none.
    """

    query: Mapping[str, Schema]
    id: Schema | None
    body: Schema | None


Facts = Mapping[tuple[str, str], OperationFacts]
"""The facts by method and path."""


def read_facts(document: object) -> Facts:
    """Return the facts of a document.

    Args:
        document: The parsed JSON.

    Raises:
        NotOpenAPI: It has no paths, a part of it is malformed, or a reference is broken.
    """
    whole = _object(document, "the document")
    paths = whole.get("paths")
    if not isinstance(paths, Mapping) or not paths:
        raise NotOpenAPI("this is no OpenAPI document: it has no paths")
    return dict(_Reader(whole).operations(cast("Mapping[str, Any]", paths)))


def _object(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise NotOpenAPI(f"{place} must be an object, not {_json_type(value)}")
    return cast("Mapping[str, Any]", value)


def _array(value: object, place: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise NotOpenAPI(f"{place} must be an array, not {_json_type(value)}")
    return cast("Sequence[Any]", value)


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    names = {"dict": "an object", "list": "an array", "str": "a string", "bool": "a boolean"}
    return names.get(type(value).__name__, "a number")


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._count = 0

    def operations(
        self, paths: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[str, str], OperationFacts]]:
        for path, item in paths.items():
            operations = self._resolve(item, path)
            shared = _array(operations.get("parameters") or (), f"{path}: parameters")
            for method in _METHODS:
                if operations.get(method) is not None:
                    place = f"{method.upper()} {path}"
                    operation = _object(operations[method], place)
                    yield (method.upper(), path), self._operation(operation, shared, place)

    def _operation(
        self, operation: Mapping[str, Any], shared: Sequence[Any], place: str
    ) -> OperationFacts:
        query: dict[str, Schema] = {}
        in_path: Schema | None = None
        own = _array(operation.get("parameters") or (), f"{place}: parameters")
        for each in (*shared, *own):
            parameter = self._resolve(each, f"{place}: a parameter")
            name = str(parameter.get("name"))
            position = f"{place}: parameter {name}"
            if parameter.get("in") == "query":
                query[name] = self._parameter_schema(parameter, position)
            elif parameter.get("in") == "path":
                in_path = self._parameter_schema(parameter, position)
        return OperationFacts(query, in_path, self._body(operation, place))

    def _parameter_schema(self, parameter: Mapping[str, Any], place: str) -> Schema:
        # `pagination` and `dateFilter` have a media type instead, but are sent as flat parameters.
        return self._schema(parameter.get("schema") or {}, _Position(place))

    def _body(self, operation: Mapping[str, Any], place: str) -> Schema | None:
        if operation.get("requestBody") is None:
            return None
        describe_sdk = self._resolve(operation["requestBody"], f"{place}: requestBody")
        return self._json_content(describe_sdk, f"{place}: body") or {}

    def _json_content(self, holder: Mapping[str, Any], place: str) -> Schema | None:
        content = _object(holder.get("content") or {}, f"{place}: content")
        for media_type, media in content.items():
            if media_type.partition(";")[0].strip() == "application/json":
                return self._schema(_object(media, place).get("schema") or {}, _Position(place))
        return None

    def _resolve(self, value: Any, place: str) -> Mapping[str, Any]:
        """Return an object with its references resolved; its own members override theirs."""
        found = _object(value, place)
        for _ in range(_DEEPEST):
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
        return _object(found, reference)

    def _schema(self, written: Any, position: "_Position") -> dict[str, Any]:
        """Return a schema in plain JSON Schema."""
        self._count += 1
        if self._count > _MOST_SCHEMAS or position.depth > _DEEPEST:
            raise NotOpenAPI(f"{position.place[:200]}: the schemas are nested without end")
        if isinstance(written, bool):  # 3.1: true allows anything, false nothing
            return {} if written else {"not": {}}
        if (reference := _object(written, position.place).get("$ref")) is not None:
            if str(reference) in position.within:  # a recursive schema, such as a tree
                return {}
            position = evolve(position, within=(*position.within, str(reference)))
        schema = self._resolve(written, position.place)
        found: dict[str, Any] = {}
        if types := _types(schema.get("type"), position.place):
            found["type"] = types[0] if len(types) == 1 else types
        for word in _PLAIN_WORDS:
            if schema.get(word) is not None or (word in ("const", "default") and word in schema):
                found[word] = _check_word(word, schema[word], position.place)
        for word in _SCHEMA_LISTS:
            if word in schema:
                branches = _array(schema[word], f"{position.place}: {word}")
                found[word] = [self._schema(each, position.inner()) for each in branches]
        for word in _SCHEMA_MAPS:
            if word in schema:
                members = _object(schema[word], f"{position.place}: {word}")
                found[word] = {
                    str(name): self._schema(each, position.inner(f".{name}"))
                    for name, each in members.items()
                }
        if "items" in schema:
            found["items"] = self._schema(schema["items"], position.inner("[]"))
        if "not" in schema:
            found["not"] = self._schema(schema["not"], position.inner())
        further = schema.get("additionalProperties")
        if further is False:
            found["additionalProperties"] = False
        elif isinstance(further, Mapping):
            found["additionalProperties"] = self._schema(further, position.inner(".*"))
        return _to_json_schema(found, nullable=schema.get("nullable") is True)


@frozen
class _Position:
    """The position of a schema in the document.

    Attributes:
        place: The operation and the path within it, for errors.
        depth: The number of enclosing schemas.
        within: The references that are being resolved.
    """

    place: str
    depth: int = 0
    within: tuple[str, ...] = ()

    def inner(self, suffix: str = "") -> "_Position":
        return _Position(self.place + suffix, self.depth + 1, self.within)


def _types(written: Any, place: str) -> list[str]:
    if written is None:
        return []
    types = [written] if isinstance(written, str) else list(_array(written, f"{place}: type"))
    for each in types:
        if not isinstance(each, str) or each not in _TYPES:
            raise NotOpenAPI(f"{place}: {each!r} is not a type")
    return types


def _check_word(word: str, value: Any, place: str) -> Any:
    if word in ("enum", "required"):
        return list(_array(value, f"{place}: {word}"))
    if word in ("format", "pattern") and not isinstance(value, str):
        raise NotOpenAPI(f"{place}: {word} must be a string, not {_json_type(value)}")
    if word in _NUMBERS and not isinstance(value, int | float):
        raise NotOpenAPI(f"{place}: {word} must be a number, not {_json_type(value)}")
    return value


def _to_json_schema(schema: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    """Convert OpenAPI 3.0's boolean bounds and `nullable`."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        is_flag = isinstance(schema.get(exclusive), bool)
        if is_flag and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    if not nullable:
        return schema
    if "type" in schema:
        types = _types(schema["type"], "")
        schema["type"] = types if "null" in types else [*types, "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema
