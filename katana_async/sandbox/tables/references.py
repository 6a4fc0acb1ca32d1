"""References between records: their validation, and the deletion and archival of variants."""

from ..account import AccountState
from ..errors import invalid_reference, precondition_failed
from ..store import Id, Record

_USES = (
    ("bom_rows", "ingredient_variant_id", "an ingredient of a bill of materials"),
    ("sales_order_rows", "variant_id", "on a sales order"),
    ("purchase_order_rows", "variant_id", "on a purchase order"),
    ("bin_transfer_rows", "variant_id", "on a bin transfer"),
    ("manufacturing_orders", "variant_id", "made by a manufacturing order"),
    ("manufacturing_order_recipe_rows", "variant_id", "used up by a manufacturing order"),
)


def require(account: AccountState, table: str, id: Id | None, *path: str | int) -> Record:
    """Return the record that a body refers to.

    Raises:
        RequestRefused: 422, no such record.
    """
    record = None if id is None else account.store[table].get(id)
    if record is None:
        raise invalid_reference(f"must be the id of a record in {table}", *path, collection=table)
    return record


def require_all(account: AccountState, body: Record, *path: str | int, **tables: str) -> None:
    """Check that the records exist that a body refers to; absent fields are skipped.

    Args:
        **tables: The tables, by the fields with the ids.

    Raises:
        RequestRefused: 422, no such record.
    """
    for name, table in tables.items():
        if body.get(name) is not None:
            require(account, table, body[name], *path, name)


_ROW_TABLES = {"variant_id": "variants", "location_id": "locations", "tax_rate_id": "tax_rates"}


def require_row_references(account: AccountState, body: Record, *path: str | int) -> None:
    """Check that the records exist that a row of an order refers to.

    Raises:
        RequestRefused: 422, no such record.
    """
    require_all(account, body, *path, **_ROW_TABLES)


def require_product_variant(account: AccountState, id: Id | None, *path: str | int) -> Id:
    """Return the id of a variant's product.

    Raises:
        RequestRefused: 422, no such variant, or it is a material's.
    """
    product: Id | None = require(account, "variants", id, *path)["product_id"]
    if product is None:
        message = "must be the id of a product's variant"
        raise invalid_reference(message, *path, collection="products")
    return product


def delete_children(account: AccountState, table: str, link: str, parent: Id) -> None:
    """Delete the records whose field `link` is the id `parent`."""
    for row in account.store[table].children(link, parent):
        account.delete(table, row["id"])


def refuse_if_used(account: AccountState, variant: Record, what: str) -> None:
    """Prevent the deletion of a variant, or of its item, that other records use.

    Raises:
        RequestRefused: 412, the variant is in use.
    """
    for table, link, use in _USES:
        if account.store[table].children(link, variant["id"]):
            message = f"{what} cannot be deleted: its variant {variant['id']} is {use}."
            raise precondition_failed(message)


def delete_variant(account: AccountState, variant: Record) -> None:
    """Delete a variant with its stock, bill of materials and operations."""
    account.store["variants"].delete(variant["id"])
    delete_stock(account, variant)


def delete_stock(account: AccountState, variant: Record) -> None:
    """Delete the stock, bill of materials and operations of a variant."""
    for table in ("inventory", "batch_stocks", "bin_stocks", "variant_bin_locations"):
        delete_children(account, table, "variant_id", variant["id"])
    for table in ("bom_rows", "product_operation_rows"):
        delete_children(account, table, "product_variant_id", variant["id"])


def archive_variant(account: AccountState, variant: Record, at: str | None) -> None:
    """Set the time at which a variant and its stock were archived; None restores them."""
    account.store["variants"].update(variant["id"], {"archived_at": at})
    for row in account.store["inventory"].children("variant_id", variant["id"]):
        account.store["inventory"].update(row["id"], {"archived_at": at})


def add_stock(account: AccountState, variant: Record) -> None:
    """Create a stock row of a new variant, with quantity 0, in each location."""
    for location in account.store["locations"].ids():
        account.store["inventory"].create({"variant_id": variant["id"], "location_id": location})
