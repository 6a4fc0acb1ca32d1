"""Price lists, their rows and their customers."""

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Presentation, Result
from ..store import Layout, Record
from . import references

PRICE_LIST_LAYOUT = Layout(
    name="price_lists", first=9_000_001, fields={"name": "", "is_active": True}
)
PRICE_LIST_ROW_LAYOUT = Layout(
    name="price_list_rows",
    first=9_100_001,
    fields={"price_list_id": None, "variant_id": None, "adjustment_method": "fixed", "amount": 0},
    links=("price_list_id",),
)
PRICE_LIST_CUSTOMER_LAYOUT = Layout(
    name="price_list_customers",
    first=16_600_001,
    fields={"price_list_id": None, "customer_id": None},
    links=("price_list_id", "customer_id"),
)


def _present(presentation: Presentation) -> Record:
    """Return a price list or its row as an answer shows it; new lists lack `is_active`."""
    result = dict(presentation.record)
    del result["deleted_at"]
    if presentation.action == "create":
        result.pop("is_active", None)
    return result


def _create_record(account: AccountState, body: Record) -> Record:
    return account.store["price_lists"].create(body)


def _before_delete(account: AccountState, record: Record) -> None:
    for table in ("price_list_rows", "price_list_customers"):
        references.delete_children(account, table, "price_list_id", record["id"])


def _rows(layout: Layout, field: str, parents: str) -> CollectionSpec:
    """Return a collection whose POST adds several records to a price list and answers an array.

    Args:
        field: The field of the added records with the id of another record.
        parents: The table of that record.
    """
    table = layout.name

    def add_records(call: Call) -> Result:
        account, link = call.account, {"price_list_id": call.body["price_list_id"]}
        references.require_all(account, link, price_list_id="price_lists")
        for index, body in enumerate(call.body[table]):
            references.require_all(account, body, table, index, **{field: parents})
        rows = [account.store[table].create({**body, **link}) for body in call.body[table]]
        return Result(200, [_present(call.presentation(row, "create")) for row in rows])

    def read_changes(account: AccountState, _before: Record, body: Record) -> Record:
        references.require_all(account, body, **{field: parents})
        return body

    post = ApiEndpoint(method="POST", path=f"/{table}", run=add_records)
    return CollectionSpec(
        layout=layout, present=_present, read_changes=read_changes, extra_endpoints=(post,)
    )


PRICE_LISTS = CollectionSpec(
    layout=PRICE_LIST_LAYOUT, present=_present, create=_create_record, before_delete=_before_delete
)
PRICE_LIST_ROWS = _rows(PRICE_LIST_ROW_LAYOUT, "variant_id", "variants")
PRICE_LIST_CUSTOMERS = _rows(PRICE_LIST_CUSTOMER_LAYOUT, "customer_id", "customers")
