"""Customers and their addresses."""

from typing import Any

from ..account import Account
from ..errors import Problem, blocked, invalid
from ..layout import Layout
from ..operations import Collection, Showing
from ..query import IDS, INCLUDE_DELETED, text
from ..schema import Flag, Items, Number, Object, Schema, Text, body, id_of
from ..store import Record

CUSTOMER_LAYOUT = Layout(
    name="customers",
    first=4_000_001,
    fields={
        "name": "",
        "first_name": None,
        "last_name": None,
        "company": None,
        "email": None,
        "phone": None,
        "comment": None,
        "currency": "USD",
        "reference_id": None,
        "category": None,
        "discount_rate": None,
        "default_billing_id": None,
        "default_shipping_id": None,
        "addresses": (),
    },
)

ADDRESS_FIELDS = (
    "first_name",
    "last_name",
    "company",
    "phone",
    "line_1",
    "line_2",
    "city",
    "state",
    "zip",
    "country",
)


def address_body(**more: Schema) -> Object:
    """Declare what an address in a body may hold."""
    optional = {name: Text(nullable=True) for name in ADDRESS_FIELDS}
    kind = Text(one_of=("billing", "shipping"))
    return body(("entity_type",), entity_type=kind).plus({**optional, **more})


def new_addresses(account: Account, given: list[Record], what: str) -> list[Record]:
    """Return the addresses of a body with ids and times.

    Args:
        what: What they are addresses of; each kind is counted by itself.
    """
    now = account.now()
    return [
        {
            "id": account.store.next(f"{what} address"),
            "entity_type": address["entity_type"],
            **{name: address.get(name) for name in ADDRESS_FIELDS},
            "created_at": now,
            "updated_at": now,
        }
        for address in given
    ]


def _present(showing: Showing) -> Record:
    """Write a customer; the answer to a PATCH is without addresses."""
    shown = dict(showing.record)
    addresses = shown.pop("addresses")
    if showing.how != "update":
        shown["addresses"] = [{**address, "customer_id": shown["id"]} for address in addresses]
    return shown


def _creating(account: Account, given: Record) -> Record:
    wanted: list[Record] = given.get("addresses", [])
    addresses = new_addresses(account, wanted, "customer")
    values = {**given, "addresses": addresses}
    for kind in ("billing", "shipping"):
        values[f"default_{kind}_id"] = _default(kind, wanted, addresses)
    return account.store["customers"].create(values)


def _default(kind: str, given: list[Record], addresses: list[Record]) -> Any:
    """Return the id of the address of a kind that says it is the default, else of the first."""
    pairs = zip(given, addresses, strict=True)
    of_kind = [(wanted, address) for wanted, address in pairs if address["entity_type"] == kind]
    of_kind.sort(key=lambda pair: not pair[0].get("default"))
    return of_kind[0][1]["id"] if of_kind else None


def _updating(_account: Account, before: Record, given: Record) -> Record:
    wanted = given.get("default_shipping_id")
    shipping = (each["id"] for each in before["addresses"] if each["entity_type"] == "shipping")
    if wanted is not None and wanted not in shipping:
        message = "must be the id of a shipping address of this customer"
        raise invalid([Problem(("default_shipping_id",), "reference", message, {})])
    return given


def _deleting(account: Account, record: Record) -> None:
    if account.store["sales_orders"].children("customer_id", record["id"]):
        raise blocked(f"The customer {record['id']} cannot be deleted: there are orders of theirs.")


_CHANGED = Text(least=1, nullable=True)
_RATE = Number(minimum=0, maximum=100, nullable=True)

CUSTOMERS = Collection(
    layout=CUSTOMER_LAYOUT,
    present=_present,
    params=(
        IDS,
        text("name"),
        text("first_name"),
        text("last_name"),
        text("company"),
        text("email"),
        text("reference_id"),
        text("category"),
        text("currency"),
        text("phone"),
        INCLUDE_DELETED,
    ),
    dates=True,
    gets=False,
    create=body(
        ("name",),
        addresses=Items(of=address_body(default=Flag())),
        category=Text(),
        comment=Text(),
        company=Text(),
        currency=Text(),
        discount_rate=_RATE,
        email=Text(),
        first_name=Text(),
        last_name=Text(),
        name=Text(least=1),
        phone=Text(),
        reference_id=Text(),
    ),
    update=body(
        category=_CHANGED,
        comment=_CHANGED,
        company=_CHANGED,
        currency=_CHANGED,
        default_shipping_id=id_of(nullable=True),
        discount_rate=_RATE,
        email=_CHANGED,
        first_name=_CHANGED,
        last_name=_CHANGED,
        name=_CHANGED,
        phone=_CHANGED,
        reference_id=_CHANGED,
    ),
    deletes=True,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
)
