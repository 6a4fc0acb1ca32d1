"""References between records: checks, and the effects of deleting a variant."""

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..store import Id, Record

_USES = (
    ("bom_rows", "ingredient_variant_id", "an ingredient of a bill of materials"),
    ("sales_order_rows", "variant_id", "on a sales order"),
    ("purchase_order_rows", "variant_id", "on a purchase order"),
    ("bin_transfer_rows", "variant_id", "on a bin transfer"),
    ("manufacturing_orders", "variant_id", "made by a manufacturing order"),
    ("manufacturing_order_recipe_rows", "variant_id", "used up by a manufacturing order"),
)


def require(account: Account, table: str, id: Id | None, *path: str | int) -> Record:
    """Return the record a body refers to.

    Raises:
        Refusal: 422, there is none.
    """
    record = None if id is None else account.store[table].get(id)
    if record is None:
        message = f"must be the id of a record in {table}"
        raise invalid([Problem(path, "reference", message, {"collection": table})])
    return record


def require_named(account: Account, given: Record, *path: str | int, **tables: str) -> None:
    """Check that the records are there that a body refers to, where it refers to any.

    Args:
        **tables: The table of the records, by the field that refers to one.

    Raises:
        Refusal: 422, one is not.
    """
    for name, table in tables.items():
        if given.get(name) is not None:
            require(account, table, given[name], *path, name)


_OF_A_ROW = {"variant_id": "variants", "location_id": "locations", "tax_rate_id": "tax_rates"}


def require_of_row(account: Account, given: Record, *path: str | int) -> None:
    """Check that what a row of an order refers to is there.

    Raises:
        Refusal: 422, it is not.
    """
    require_named(account, given, *path, **_OF_A_ROW)


def require_made(account: Account, id: Id | None, *path: str | int) -> Id:
    """Return the product of which a body names a variant that is to be made.

    Raises:
        Refusal: 422, there is no such variant, or it is a material's.
    """
    product: Id | None = require(account, "variants", id, *path)["product_id"]
    if product is None:
        message = "must be the id of a product's variant"
        raise invalid([Problem(path, "reference", message, {"collection": "products"})])
    return product


def delete_children(account: Account, table: str, link: str, parent: Id) -> None:
    """Delete the records of a table that belong to another."""
    for row in account.store[table].children(link, parent):
        account.delete(table, row["id"])


def refuse_if_used(account: Account, variant: Record, what: str) -> None:
    """Stop the deletion of something that other records are made of.

    Raises:
        Refusal: 412, the variant is in use.
    """
    for table, link, use in _USES:
        if account.store[table].children(link, variant["id"]):
            raise blocked(f"{what} cannot be deleted: its variant {variant['id']} is {use}.")


def delete_variant(account: Account, variant: Record) -> None:
    """Delete a variant with its stock and its bill of materials."""
    account.store["variants"].delete(variant["id"])
    delete_stock(account, variant)


def delete_stock(account: Account, variant: Record) -> None:
    """Delete the stock of a variant, and how it is made."""
    for table in ("inventory", "batch_stocks", "bin_stocks", "variant_bin_locations"):
        delete_children(account, table, "variant_id", variant["id"])
    for table in ("bom_rows", "product_operation_rows"):
        delete_children(account, table, "product_variant_id", variant["id"])


def archive_variant(account: Account, variant: Record, at: str | None) -> None:
    """Archive a variant with its stock at a time, or take that back with None."""
    account.store["variants"].update(variant["id"], {"archived_at": at})
    for row in account.store["inventory"].children("variant_id", variant["id"]):
        account.store["inventory"].update(row["id"], {"archived_at": at})


def add_stock(account: Account, variant: Record) -> None:
    """Give a new variant a row of stock, with nothing in it, in each location."""
    for location in account.store["locations"].ids():
        account.store["inventory"].create({"variant_id": variant["id"], "location_id": location})
