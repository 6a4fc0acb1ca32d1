"""The traits of collections agree with Katana's document, and with the table of docs/changes.md.

`python -m tests.changes.test_traits` prints the table.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from katana_async.changes import all_traits
from katana_async.resources import load

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = json.loads((ROOT / "katana_async/sandbox/gateway.json").read_text())["operations"]

COMPARED = {
    "bin_locations": "its filters are `ids` and `include_deleted` only",
    "manufacturing_order_production_ingredients": "its list omits the times",
    "price_list_customers": "it has the filter `ids` only",
    "price_list_rows": "it has the filter `ids` only",
    "price_lists": "it has the filter `ids` only",
    "sales_order_fulfillments": "its list omits the times",
    "sales_order_shipping_fee": "its records have no times",
    "webhooks": "it has the filter `ids` only",
}
"""Collections that are compared although their lists have a filter of the feed, and why."""


@pytest.mark.parametrize("name", all_traits())
def test_a_way_uses_the_filters_that_katana_declares(name: str) -> None:
    traits = all_traits()[name]
    filters = OPERATIONS[f"GET {load(name).path}"].get("query", {})
    declared = ("dateFilter" in filters, "include_deleted" in filters, "ids" in filters)
    used = (traits.has_dates, traits.has_marks, traits.has_keys)
    if name in COMPARED:
        assert any(declared)
        assert not any(used)
    else:
        assert used == declared
    assert traits.has_archive == ("include_archived" in filters)
    assert traits.key_type is int or not traits.has_keys  # `ChangeFeed.recheck` takes ints


def test_the_numbers_of_collections_by_way() -> None:
    found = Counter(
        (each.changes_by, each.deletes_by, each.has_keys) for each in all_traits().values()
    )
    assert found == {
        ("dates", ("marks", "sweeps"), True): 27,
        ("dates", ("sweeps",), True): 4,
        ("dates", ("sweeps",), False): 4,
        ("comparison", ("comparison",), False): 20,
    }


def table_of_ways() -> list[str]:
    """Return the lines of the table of all collections."""
    rows = [
        "| collection | new versions | deletions | hints | rows inside |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, traits in all_traits().items():
        parents = ", ".join(f"`{each.parent}`" for each in traits.nested_in)
        hints = "yes" if traits.has_keys else ""
        deletes = " and ".join(traits.deletes_by)
        rows.append(f"| `{name}` | {traits.changes_by} | {deletes} | {hints} | {parents} |")
    return rows


def test_the_page_has_the_traits_of_each_collection() -> None:
    page = (ROOT / "docs/changes.md").read_text(encoding="utf-8")
    assert "\n".join(table_of_ways()) in page


if __name__ == "__main__":
    print("\n".join(table_of_ways()))
