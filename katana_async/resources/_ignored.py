"""Filters that Katana's document declares and the live service ignores."""

from collections.abc import Iterable

IGNORED: dict[tuple[str, str], str] = {
    ("/sales_returns", "sales_order_no"): (
        "the service ignores it and returns every sales return (seen 2026-09-20): list without it"
        " and keep those whose sales_order_id is that of the order"
    ),
}
"""By path and filter: the reason to refuse the filter, and an alternative.

Katana answers an ignored filter with the whole collection, as if all records matched.
"""


def refuse_ignored(path: str, names: Iterable[str]) -> None:
    """Raise TypeError, with reason and remedy, if the service ignores one of the filters."""
    for name in names:
        if (path, name) in IGNORED:
            raise TypeError(f"{path} cannot be filtered by {name!r}: {IGNORED[path, name]}")
