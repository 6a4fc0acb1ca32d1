"""Changes of the fields and comparisons of searches are reported."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings, strategies as st

from katana_async.drift import Drift, find_drift, read_facts
from tests.openapi import body_of

SEARCHES = (
    "/customers/search",
    "/manufacturing_orders/search",
    "/purchase_orders/search",
    "/sales_order_rows/search",
    "/sales_orders/search",
    "/variants/search",
)


def where_of(document: dict[str, Any], path: str) -> dict[str, Any]:
    body = body_of(document["paths"][path]["post"])
    assert body is not None
    where: dict[str, Any] = body["properties"]["filter"]
    return where


def conditions(where: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the schema of each field, including that of custom fields."""
    named = {**where["properties"], **where["patternProperties"]}
    return {name: schema for name, schema in named.items() if "anyOf" in schema}


def branch(condition: dict[str, Any], type_name: str) -> dict[str, Any]:
    [found] = [each for each in condition["anyOf"] if each["type"] == type_name]
    assert isinstance(found, dict)
    return found


def comparators(condition: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = branch(condition, "object")["properties"]
    return found


@frozen
class Change:
    """A change of a field's comparisons, and the expected report."""

    apply: Callable[[dict[str, Any]], object]
    change: str
    what: str
    suffix: str = ""


def _without(type_name: str) -> Callable[[dict[str, Any]], object]:
    return lambda schema: schema["anyOf"].remove(branch(schema, type_name))


CHANGES: dict[str, Change] = {
    "no text": Change(_without("string"), "changed", "type"),
    "no number": Change(_without("number"), "changed", "type"),
    "no truth value": Change(_without("boolean"), "changed", "type"),
    "no comparators": Change(_without("object"), "changed", "type"),
    "no null": Change(_without("null"), "changed", "null"),
    "an array as well": Change(
        lambda schema: schema["anyOf"].append({"type": "array"}), "changed", "type"
    ),
    "a new comparator": Change(
        lambda schema: comparators(schema).update(matches={"type": "string"}),
        "missing",
        "field",
        ".matches",
    ),
    "a comparator less": Change(
        lambda schema: comparators(schema).pop("ilike"), "vanished", "field", ".ilike"
    ),
    "a pattern that is a number": Change(
        lambda schema: comparators(schema)["like"].update(type="number"),
        "changed",
        "type",
        ".like",
    ),
    "greater than numbers only": Change(
        lambda schema: comparators(schema)["gt"].update(type="number"), "changed", "type", ".gt"
    ),
    "between truth values no longer": Change(
        lambda schema: _without("boolean")(comparators(schema)["between"]["items"]),
        "changed",
        "type",
        ".between[]",
    ),
    "one of, null no longer among them": Change(
        lambda schema: _without("null")(comparators(schema)["inq"]["items"]),
        "changed",
        "null",
        ".inq[]",
    ),
}


def applies(change: Change, condition: dict[str, Any]) -> bool:
    """Return whether a change applies to a field: enumerations have fewer comparisons."""
    try:
        change.apply(copy.deepcopy(condition))
    except (KeyError, ValueError):
        return False
    return True


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_only_the_change_of_a_comparison_is_reported(
    name: str, gateway: dict[str, Any], data: st.DataObject
) -> None:
    change = CHANGES[name]
    changed = copy.deepcopy(gateway)
    path = data.draw(st.sampled_from(SEARCHES))
    able = conditions(where_of(changed, path))
    field = data.draw(st.sampled_from(sorted(n for n in able if applies(change, able[n]))))
    change.apply(able[field])
    [drift] = find_drift(read_facts(changed))
    place = f"body.filter.{field}{change.suffix}"
    assert (drift.operation, drift.place) == (f"POST {path}", place)
    assert (drift.change, drift.what) == (change.change, change.what)


def test_new_and_removed_search_fields_are_reported(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    where = where_of(changed, "/sales_orders/search")
    where["properties"]["colour"] = {"type": "string"}
    del where["properties"]["status"]
    del where["patternProperties"]
    operation, place = "POST /sales_orders/search", "body.filter"
    found = [
        (each.operation, each.place, each.change, each.what)
        for each in find_drift(read_facts(changed))
    ]
    assert found == [
        (operation, rf"{place}.^custom_fields\..+$", "vanished", "field"),
        (operation, f"{place}.colour", "missing", "field"),
        (operation, f"{place}.status", "vanished", "field"),
    ]


def test_a_reported_comparison_has_the_types(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    condition = where_of(changed, "/sales_orders/search")["properties"]["status"]
    _without("number")(condition)
    assert find_drift(read_facts(changed)) == [
        Drift(
            "POST /sales_orders/search",
            "body.filter.status",
            "changed",
            "type",
            "boolean or object or string",
            "boolean or number or object or string",
        )
    ]


def test_new_and_removed_parts_of_a_search_are_reported(gateway: dict[str, Any]) -> None:
    changed = copy.deepcopy(gateway)
    body = body_of(changed["paths"]["/variants/search"]["post"])
    assert body is not None
    del body["properties"]["order"]
    body["properties"]["include"]["items"]["enum"].append("stock")
    found = [(each.place, each.change, each.what) for each in find_drift(read_facts(changed))]
    assert found == [
        ("body.include[]", "missing", "value"),
        ("body.order", "vanished", "field"),
    ]
