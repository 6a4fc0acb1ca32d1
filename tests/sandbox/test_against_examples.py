"""Answers have the fields and JSON types of Katana's example answers."""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from katana_async.sandbox import ManualClock, Store
from katana_async.sandbox.account import AccountState
from katana_async.sandbox.endpoints import Call, validate_body
from katana_async.sandbox.registry import endpoints
from katana_async.sandbox.seeds import seed_store

OPERATIONS = {operation.name: operation for operation in endpoints()}
_ENCODER = msgspec.json.Encoder(decimal_format="number")

ADDRESSES = [{"entity_type": "billing"}, {"entity_type": "shipping"}]
ATTRIBUTES = [{"config_name": "Type", "config_value": "Standard"}]
VARIANT = {
    "sku": "EM",
    "config_attributes": ATTRIBUTES,
    "custom_fields": [{"field_name": "Power", "field_value": "Strong"}],
}
ITEM = {
    "name": "New",
    "configs": [{"name": "Type", "values": ["Standard"]}],
    "variants": [VARIANT],
}


class Caller:
    """Calls the endpoints of an account without HTTP."""

    def __init__(self) -> None:
        clock = ManualClock()
        self.store: Store = seed_store(products=200, seed=1, clock=clock)
        self._account = AccountState(self.store, clock)

    def __call__(self, name: str, id: Any = None, body: Any = None, **query: Any) -> Any:
        operation = OPERATIONS[name]
        pairs = [("extend", each) for each in _extensions(name)] + [("limit", "250")]
        pairs += [(param, str(value)) for param, value in query.items()]
        if operation.declaration.body is not None:
            body = validate_body(operation, body)
        payload = operation.run(Call(self._account, operation, pairs, id, body)).payload
        return json.loads(_ENCODER.encode(payload))

    def newest_id(self, table: str) -> Any:
        return self.store[table].ids()[0]

    def read(self, table: str) -> Any:
        """Get the newest records of a table one by one."""
        return [self(f"GET /{table}/{{id}}", each) for each in self.store[table].ids()[:60]]

    def order(self) -> Any:
        row = {
            "variant_id": self.newest_id("variants"),
            "quantity": 2,
            "attributes": [{"key": "key", "value": "value"}],
        }
        body = {
            "customer_id": self.newest_id("customers"),
            "addresses": ADDRESSES,
            "sales_order_rows": [row],
            "custom_fields": {"37460d24-ea57-416d-888e-bea7c0505642": 5},
        }
        return self("POST /sales_orders", None, body)

    def order_row(self) -> Any:
        body = {
            "sales_order_id": self.order()["id"],
            "variant_id": self.newest_id("variants"),
            "quantity": 1,
            "attributes": [{"key": "key", "value": "value"}],
        }
        return self("POST /sales_order_rows", None, body)

    def purchase(self) -> Any:
        row = {"variant_id": self.newest_id("variants"), "quantity": 1, "price_per_unit": 1.5}
        body = {
            "supplier_id": self.newest_id("suppliers"),
            "location_id": self.newest_id("locations"),
            "purchase_order_rows": [row],
        }
        return self("POST /purchase_orders", None, body)

    def prices(self) -> Any:
        row = {"variant_id": self.newest_id("variants"), "adjustment_method": "fixed", "amount": 5}
        body = {"price_list_id": self.newest_id("price_lists"), "price_list_rows": [row]}
        return self("POST /price_list_rows", None, body)


def _extensions(name: str) -> set[str]:
    params = [param for param in OPERATIONS[name].params if param.name == "extend"]
    return {each for param in params for each in param.schema["enum"]}


def delivered_order(call: Caller) -> Any:
    rows = call.store["sales_orders"]
    return next(row["id"] for row in rows if row["status"] == "DELIVERED")


def changed_row(call: Caller) -> Any:
    body = {
        "quantity": 3,
        "batch_transactions": [{"batch_id": 1}],
        "traceability": [{"batch_id": 1, "quantity": "3"}],
        "serial_number_transactions": [{"serial_number_id": 1}],
    }
    return call("PATCH /sales_order_rows/{id}", call.order_row()["id"], body)


CALLS: dict[str, Callable[[Caller], Any]] = {
    "GET /sales_orders/{id}/returnable_items": lambda call: call(
        "GET /sales_orders/{id}/returnable_items", delivered_order(call)
    ),
    "POST /products": lambda call: call("POST /products", None, ITEM),
    "POST /materials": lambda call: call("POST /materials", None, ITEM),
    "PATCH /products/{id}": lambda call: call(
        "PATCH /products/{id}", call("POST /products", None, ITEM)["id"], {"is_archived": True}
    ),
    "PATCH /materials/{id}": lambda call: call(
        "PATCH /materials/{id}", call("POST /materials", None, ITEM)["id"], {"name": "Other"}
    ),
    "POST /variants": lambda call: call(
        "POST /variants", None, {"product_id": call.newest_id("products"), **VARIANT}
    ),
    "PATCH /variants/{id}": lambda call: call(
        "PATCH /variants/{id}", call("POST /products", None, ITEM)["variants"][0]["id"], VARIANT
    ),
    "PATCH /bom_rows/{id}": lambda call: call(
        "PATCH /bom_rows/{id}", call.newest_id("bom_rows"), {"quantity": 2}
    ),
    "POST /bin_locations": lambda call: call(
        "POST /bin_locations", None, {"bin_name": "A", "location_id": call.newest_id("locations")}
    ),
    "PATCH /bin_locations/{id}": lambda call: call(
        "PATCH /bin_locations/{id}", call.newest_id("bin_locations"), {"bin_name": "B"}
    ),
    "POST /customers": lambda call: call(
        "POST /customers", None, {"name": "Luke", "addresses": ADDRESSES}
    ),
    "PATCH /customers/{id}": lambda call: call(
        "PATCH /customers/{id}", call.newest_id("customers"), {"name": "Leia"}
    ),
    "POST /price_lists": lambda call: call("POST /price_lists", None, {"name": "Wholesale"}),
    "PATCH /price_lists/{id}": lambda call: call(
        "PATCH /price_lists/{id}", call.newest_id("price_lists"), {"is_active": True}
    ),
    "POST /price_list_rows": Caller.prices,
    "PATCH /price_list_rows/{id}": lambda call: call(
        "PATCH /price_list_rows/{id}", call.newest_id("price_list_rows"), {"amount": 6}
    ),
    "POST /sales_orders": Caller.order,
    "PATCH /sales_orders/{id}": lambda call: call(
        "PATCH /sales_orders/{id}", call.order()["id"], {"status": "PACKED"}
    ),
    "POST /sales_orders/search": lambda call: call("POST /sales_orders/search", None, {}),
    "POST /sales_order_rows": Caller.order_row,
    "PATCH /sales_order_rows/{id}": changed_row,
    "POST /sales_order_rows/search": lambda call: call("POST /sales_order_rows/search", None, {}),
    "POST /purchase_orders": Caller.purchase,
    "PATCH /purchase_orders/{id}": lambda call: call(
        "PATCH /purchase_orders/{id}", call.purchase()["id"], {"status": "RECEIVED"}
    ),
}
# Operations with an empty answer, or without an example.
SILENT = {"POST /bom_rows", "POST /bom_rows/batch/create", "GET /user_info"}
# Paths of examples within fields that are empty in a new record, by operation.
ABSENT: dict[str, str | tuple[str, ...]] = {}
# Each topic has a module with its CALLS, SILENT and ABSENT.
for path in sorted(Path(__file__).parent.glob("calls_*.py")):
    topic = import_module(f".{path.stem}", __package__)
    CALLS |= topic.CALLS
    SILENT |= getattr(topic, "SILENT", set())
    ABSENT |= getattr(topic, "ABSENT", {})
# Lists that are bare either in the examples or on the live service.
BARE = {f"GET /{name}" for name in ("bin_locations", "operators", "serial_numbers")}
BARE.add("GET /serial_numbers_stock")
COMPARED = [name for name in OPERATIONS if not name.startswith("DELETE") and name not in SILENT]


def call_of(name: str) -> Callable[[Caller], Any]:
    if name in CALLS:
        return CALLS[name]
    path = name.removeprefix("GET /")
    if path.endswith("/{id}"):
        return lambda call: call.read(path.removesuffix("/{id}"))
    return lambda call: call(name)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of every field and the JSON type of its value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}", kind(inner)
            if name != "custom_fields" or isinstance(inner, list):
                yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


class Examples(dict[str, Any]):
    """Katana's examples by operation; a test of an operation without one is skipped."""

    def __missing__(self, name: str) -> Any:
        pytest.skip(f"Katana shows no example of {name}")


@pytest.fixture(scope="module")
def examples(shared_api: Path) -> dict[str, Any]:
    document = json.loads((shared_api / "response-examples.json").read_text())
    return Examples(document)


@pytest.fixture(scope="module")
def seen_live(shared_api: Path) -> set[str]:
    """Return the names of all fields that were observed on the live service."""
    document = json.loads((shared_api / "response-fields.json").read_text())
    return {name for fields in document["objects"].values() for name in fields}


@pytest.fixture(scope="module")
def live_types(shared_api: Path) -> Callable[[str, str], set[str]]:
    """Return a function that returns the JSON types of a field on the live service."""
    live = json.loads((shared_api / "live-types.json").read_text())
    document = json.loads((shared_api / "response-fields.json").read_text())

    def types(name: str, path: str) -> set[str]:
        seen = {
            "." + field.removeprefix("data[].").replace("[]", ""): set(kinds)
            for field, kinds in live.get(name, {}).items()
        }
        field = path.rpartition(".")[2]
        specs = [each[field] for each in document["objects"].values() if field in each]
        specs += [each for spec in specs for each in spec.get("any_of", ())]
        written = {each for spec in specs for each in spec.get("type", "").split("|")}
        return seen.get(path, written)

    return types


def unwrap(payload: Any) -> Any:
    # Some examples are in a wrapping object, which is not part of the answer.
    if isinstance(payload, dict) and payload.keys() <= {"example", "moOperationRowResponseExample"}:
        [payload] = payload.values()
    return payload["data"] if isinstance(payload, dict) and "data" in payload else payload


@pytest.mark.parametrize("name", COMPARED)
def test_an_answer_has_the_fields_of_katanas_example(
    name: str, examples: dict[str, Any], seen_live: set[str]
) -> None:
    wanted = set(leaves([unwrap(each) for each in examples[name]["examples"]]))
    given = set(leaves(unwrap(call_of(name)(Caller()))))
    paths = {path for path, _ in given}
    missing = {path for path, _ in wanted} - paths
    assert {path for path in missing if not path.startswith(ABSENT.get(name, "?"))} == set()
    invented = paths - {path for path, _ in wanted}
    assert {path for path in invented if path.rsplit(".", 1)[1] not in seen_live} == set()


@pytest.mark.parametrize("name", COMPARED)
def test_a_field_has_the_json_type_of_katanas_example(
    name: str, examples: dict[str, Any], live_types: Callable[[str, str], set[str]]
) -> None:
    wanted: dict[str, set[str]] = {}
    for path, found in leaves([unwrap(each) for each in examples[name]["examples"]]):
        wanted.setdefault(path, {"null"}).add(found)
    given = set(leaves(unwrap(call_of(name)(Caller()))))
    wrong = {
        (path, found)
        for path, found in given
        if wanted.get(path, {"null"}) != {"null"}
        if found not in wanted[path] | live_types(name, path)
    }
    assert wrong == set()


@pytest.mark.parametrize("name", [name for name in COMPARED if name not in BARE])
def test_an_answer_is_wrapped_as_katanas_example_is(name: str, examples: dict[str, Any]) -> None:
    example, *_ = examples[name]["examples"]
    given = call_of(name)(Caller())
    if name.startswith("GET") and name.endswith("/{id}"):
        given = given[0]
    assert kind(given) == kind(example)
    if isinstance(example, dict):
        assert ("data" in given) is ("data" in example)


def test_bins_come_as_a_bare_array() -> None:
    assert isinstance(Caller()("GET /bin_locations"), list)
