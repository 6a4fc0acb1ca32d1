"""The addresses of customers, suppliers and sales orders: a table of its own for each."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from attrs import frozen

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Id, Record
from . import usage

_PERSON = ("first_name", "last_name", "company", "phone")
_PLACE = ("line_1", "line_2", "city", "state", "zip", "country")
_BY_KIND = ("billing", "shipping")


@frozen(kw_only=True)
class Owner:
    """A kind of record that has addresses.

    Attributes:
        name: The name of the kind.
        shown: The owner's fields that hold the id of its address, by the kind of address.
        layout: The layout of the table of addresses.
    """

    name: str
    shown: Mapping[str | None, str]
    layout: Layout

    @property
    def link(self) -> str:
        """The field of an address with the id of its owner."""
        return f"{self.name}_id"

    def of(self, account: Account, owner: Id) -> list[Record]:
        """Return the addresses of an owner, oldest first."""
        return account.store[self.layout.name].children(self.link, owner)

    def nested(self, account: Account, owner: Id) -> list[Record]:
        """Write the addresses of an owner inside it."""
        return [_present(Showing(account, each, "get")) for each in self.of(account, owner)]

    def add(self, account: Account, owner: Id, given: Record) -> Record:
        """Add an address to an owner, which shows it if it is the first of its kind."""
        made = account.store[self.layout.name].create({**given, self.link: owner})
        self.settle(account, owner)
        return made

    def settle(self, account: Account, owner: Id) -> None:
        """Let an owner show an address of each kind, the oldest unless it shows another."""
        table = account.store[f"{self.name}s"]
        holder = table.get(owner)
        if holder is None:
            return
        there = self.of(account, owner)
        changes: Record = {}
        for kind, field in self.shown.items():
            ids = [each["id"] for each in there if each.get("entity_type") == kind]
            if holder[field] not in ids:
                changes[field] = ids[0] if ids else None
        if changes != {name: holder[name] for name in changes}:
            table.update(owner, {**changes, "updated_at": holder["updated_at"]})

    def delete(self, account: Account, owner: Id) -> None:
        """Delete the addresses of an owner that is deleted."""
        usage.delete_children(account, self.layout.name, self.link, owner)


def _layout(name: str, first: int, *fields: str) -> Layout:
    link = f"{name.removesuffix('_addresses')}_id"
    return Layout(
        name=name,
        first=first,
        fields={link: None, **dict.fromkeys(fields)},
        links=(link,),
    )


OF_SUPPLIER = Owner(
    name="supplier",
    shown={None: "default_address_id"},
    layout=_layout("supplier_addresses", 16_000_001, *_PLACE),
)
OF_CUSTOMER = Owner(
    name="customer",
    shown={kind: f"default_{kind}_id" for kind in _BY_KIND},
    layout=_layout("customer_addresses", 16_200_001, "entity_type", *_PERSON, *_PLACE),
)
OF_SALES_ORDER = Owner(
    name="sales_order",
    shown={kind: f"{kind}_address_id" for kind in _BY_KIND},
    layout=_layout("sales_order_addresses", 16_400_001, "entity_type", *_PERSON, *_PLACE),
)


def _present(showing: Showing) -> Record:
    """Write an address; only a list shows `deleted_at`."""
    shown = dict(showing.record)
    if showing.how != "list":
        del shown["deleted_at"]
    return shown


def _collection(owner: Owner) -> Collection:
    def creating(account: Account, given: Record) -> Record:
        holder = usage.require(account, f"{owner.name}s", given[owner.link], owner.link)
        return owner.add(account, holder["id"], given)

    @contextmanager
    def settling(account: Account, before: Record, _changes: Record) -> Generator[None]:
        yield
        owner.settle(account, before[owner.link])

    return Collection(layout=owner.layout, present=_present, creating=creating, settling=settling)


SUPPLIER_ADDRESSES = _collection(OF_SUPPLIER)
CUSTOMER_ADDRESSES = _collection(OF_CUSTOMER)
SALES_ORDER_ADDRESSES = _collection(OF_SALES_ORDER)
