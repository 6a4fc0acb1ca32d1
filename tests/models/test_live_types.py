"""Every JSON type and every null that the live service was seen to send is read, equal in value."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
import pytest

from katana_async import models
from katana_async.http.decoding.codec import Codec
from katana_async.http.options import Stats
from katana_async.resources.operations import operations
from tests.api.arguments import ArgumentGenerator
from tests.api.documented_server import encode
from tests.api.test_every_operation import assert_result, call
from tests.comparison import assert_same
from tests.openapi import openapi_document
from tests.params.example_transport import Client, ExampleTransport
from tests.request_validation import DOCUMENTS

from .objects import answer_objects, known_objects, model_of

OPERATIONS = {f"{each.method} {each.path}": each for each in operations()}
WHOLE = "(the whole answer)"
# The observer lost the names of these fields: an order that is a number cannot be read.
NAMELESS = {
    ("GET /purchase_orders", "data[]"),
    ("GET /purchase_orders/{id}", WHOLE),
    ("POST /purchase_orders", WHOLE),
}


# ---- live-types.json: JSON types, operation by operation ---------------------------------------


def live_types() -> list[tuple[str, str, str]]:
    """Return operation, field and JSON type; none where the documents are not here."""
    path = DOCUMENTS / "live-types.json"
    found: dict[str, dict[str, dict[str, int]]] = (
        json.loads(path.read_text()) if path.exists() else {}
    )
    return [
        (operation, field, kind)
        for operation, fields in found.items()
        for field, kinds in fields.items()
        for kind in kinds
        if (operation, field) not in NAMELESS
    ]


def value_of(kind: str, field: str, shown: Any) -> Any:
    """Return a value of a JSON type for a field, like the one that the example shows."""
    if kind == "number":
        return 7 if field.endswith("id") else Decimal("7.25")
    if kind == "string":
        return "7.2500000000"
    if kind == "array":
        return shown if isinstance(shown, list) else []
    assert kind == "null"
    return None


def places(payload: Any, parts: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of an answer that have the field at the end of a path."""
    first, *rest = parts
    if not rest:
        yield payload
        return
    inner = payload[first.removesuffix("[]")]
    for each in inner if first.endswith("[]") else [inner]:
        yield from places(each, rest)


def answer_with(payload: Any, field: str, kind: str) -> Any:
    """Return an example with a value of a JSON type put in place."""
    answer = copy.deepcopy(payload)
    if field.startswith("stock_adjustment_rows[]"):  # the example of PATCH leaves the rows out
        answer.setdefault("stock_adjustment_rows", [{"id": 7, "variant_id": 7, "quantity": 1}])
    if isinstance(answer, list) and (field == WHOLE or field.startswith("data[]")):
        answer = {"data": answer}  # the live service wraps lists that the examples show bare
    if field == WHOLE:
        assert kind == "object"
        return answer
    found = list(places(answer, field.split(".")))
    assert found, f"the example has nothing at {field}"
    name = field.rpartition(".")[2]
    for each in found:
        each[name] = value_of(kind, name, each.get(name))
    return answer


@pytest.mark.parametrize(("operation", "field", "kind"), live_types())
async def test_a_type_that_was_seen_on_the_live_service_is_read(
    operation: str, field: str, kind: str, shared_api: Path
) -> None:
    katana = ExampleTransport()
    answer = answer_with(katana.documented.example(operation).payload, field, kind)
    katana.answer = encode(answer)
    katana.answered_method = OPERATIONS[operation].method
    document = openapi_document()
    maker = ArgumentGenerator(document, Random(operation), 0)
    result = await call(Client(katana), OPERATIONS[operation], maker)  # type: ignore[arg-type]  # has the same collections
    assert_result(result, answer, operation)


# ---- response-fields.json: every field, every null, numbers as texts and texts as numbers ------

NUMBERS = ("number", "string|number")
TIME = "2026-10-02T08:00:00.000Z"
UUID_TEXT = "0b2a1f3e-5d4c-4b6a-8978-0123456789ab"


def sample(name: str, depth: int = 0) -> dict[str, Any]:
    """Return a record that has every field of an object."""
    return fields_of(known_objects()[name], model_of(name), depth)


def fields_of(fields: dict[str, Any], model: Any, depth: int) -> dict[str, Any]:
    hints = get_type_hints(model)
    return {field: make_value(known, hints[field], depth) for field, known in fields.items()}


def make_value(known: dict[str, Any], hint: Any, depth: int) -> Any:
    """Return a value of a field, as response-fields.json describes it."""
    kinds = get_args(hint) if get_origin(hint) is not tuple else (hint,)
    kinds = kinds or (hint,)
    if "any_of" in known:
        return make_value(known["any_of"][0], hint, depth)
    if "object" in known:
        if known["object"] == "CustomFieldOptions":
            return {"choices": [{"id": 1, "label": "Oak"}], "appearsOn": [], "brandNew": 1}
        return None if depth > 1 else sample(known["object"], depth + 1)
    if "enum" in known:
        return 1 if known["enum"] == "InventorySignalStockRisk" else "KNOWN_OR_NOT"
    seen = known.get("type")
    if seen == "array":
        (item,) = (get_args(kind)[0] for kind in kinds if get_origin(kind) is tuple)
        if "fields" in known["items"]:
            return [fields_of(known["items"]["fields"], item, depth)]
        if "object" in known["items"] and depth > 1:
            return []
        return [make_value(known["items"], item, depth)]
    if UUID in kinds:
        return UUID_TEXT
    if seen == "string" and Decimal not in kinds:
        return TIME if known.get("format") == "date-time" else "text"
    if seen == "object":
        nested = next((kind for kind in kinds if attrs.has(kind)), None)
        return {"line_1": None} if nested is models.LegalAddress else {}
    if int in kinds or seen == "integer":
        return 7
    plain: dict[Any, Any] = {"boolean": True, "null": None, "string": "7.2500000000"}
    return plain.get(seen, Decimal("7.25"))


def read(name: str, record: dict[str, Any]) -> Any:
    return Codec(model_of(name), f"/{name}", Stats()).one(encode(record))


@pytest.mark.parametrize("name", answer_objects())
def test_a_record_with_every_known_field_is_read_whole(name: str) -> None:
    record = sample(name)
    assert_same(read(name, record), record, name)


def paths(fields: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field of an object, those of the objects within its lists included."""
    for field, known in fields.items():
        yield field, known
        for inner, each in known.get("items", {}).get("fields", {}).items():
            yield f"{field}[].{inner}", each


def cases(kind: str) -> list[tuple[str, str]]:
    """Return the objects and fields that a kind of change can be made to."""
    return [
        (name, path)
        for name in answer_objects()
        for path, known in paths(known_objects()[name])
        if (known.get("nullable") if kind == "null" else known.get("type") in NUMBERS)
    ]


@pytest.mark.parametrize(("name", "path"), cases("null"))
def test_a_field_that_may_be_null_is_read_as_none_or_as_an_empty_list(name: str, path: str) -> None:
    record = sample(name)
    field = path.rpartition(".")[2]
    for place in places(record, path.split(".")):
        place[field] = None
    result = read(name, record)
    found = getattr(result, path.partition("[]")[0])
    if "[]" in path:
        assert [getattr(each, field) for each in found] == [None]
        return
    assert found in (None, ())
    record[field] = [] if found == () else None
    assert_same(result, record, name)


@pytest.mark.parametrize("text", ["7.2500000000", Decimal("7.2500000000")])
@pytest.mark.parametrize(("name", "path"), cases("number"))
def test_a_number_is_read_from_a_text_and_from_a_number(name: str, path: str, text: Any) -> None:
    record = sample(name)
    field = path.rpartition(".")[2]
    is_whole = int in get_args(get_type_hints(model_of(name)).get(field))
    for place in places(record, path.split(".")):
        place[field] = ("7" if isinstance(text, str) else 7) if is_whole else text
    assert_same(read(name, record), record, name)


# ---- Objects outside the files ------------------------------------------------------------------


def test_every_object_is_a_model_or_known_to_be_none() -> None:
    if not known_objects():
        pytest.skip("Katana's documents are not here (../shared/katana-api/2026-10)")
    for name in answer_objects():
        assert attrs.has(model_of(name))


@pytest.mark.parametrize("identity", [7, "7"])
def test_ids_of_serial_numbers_in_stock_are_read_as_numbers_and_as_texts(identity: object) -> None:
    move = {"id": identity, "quantity_change": 1, "resource_id": 2, "resource_type": "Production"}
    record = {"id": identity, "in_stock": True, "serial_number": "S", "transactions": [move]}
    found = Codec(models.SerialNumberStock, "/serial_numbers_stock", Stats()).one(encode(record))
    assert found.id == 7
    assert found.transactions[0].id == identity


def test_the_word_undefined_is_read_as_the_id_of_a_transaction() -> None:
    record = {"id": 7, "transaction_id": "undefined"}
    found = Codec(models.SerialNumber, "/serial_numbers", Stats()).one(encode(record))
    assert found.transaction_id == "undefined"
