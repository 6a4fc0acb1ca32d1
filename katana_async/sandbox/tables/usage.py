"""What hangs on a variant: its stock, and the records that stand in the way of deleting it."""

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..store import Id, Record

_USES = (
    ("bom_rows", "ingredient_variant_id", "an ingredient of a bill of materials"),
    ("sales_order_rows", "variant_id", "on a sales order"),
    ("purchase_order_rows", "variant_id", "on a purchase order"),
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
    """Delete the stock and the bill of materials of a variant."""
    for row in account.store["inventory"].children("variant_id", variant["id"]):
        account.store["inventory"].delete(row["id"])
    for row in account.store["bom_rows"].children("product_variant_id", variant["id"]):
        account.store["bom_rows"].delete(row["id"])


def archive_variant(account: Account, variant: Record, at: str | None) -> None:
    """Archive a variant with its stock at a time, or take that back with None."""
    account.store["variants"].update(variant["id"], {"archived_at": at})
    for row in account.store["inventory"].children("variant_id", variant["id"]):
        account.store["inventory"].update(row["id"], {"archived_at": at})


def add_stock(account: Account, variant: Record) -> None:
    """Give a new variant a row of stock, with nothing in it, in each location."""
    for location in account.store["locations"].ids():
        account.store["inventory"].create({"variant_id": variant["id"], "location_id": location})
