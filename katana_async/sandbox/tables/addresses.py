"""The addresses of customers, suppliers and sales orders, in one table for each of these."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from attrs import frozen

from ..account import AccountState
from ..endpoints import CollectionSpec, Presentation
from ..store import Id, Layout, Record
from . import references

_PERSON = ("first_name", "last_name", "company", "phone")
_PLACE = ("line_1", "line_2", "city", "state", "zip", "country")
_BY_KIND = ("billing", "shipping")


@frozen(kw_only=True)
class AddressOwner:
    """A kind of record that has addresses.

    Attributes:
        name: The name of the kind, in the singular.
        default_fields: The owner's fields with the ids of its default addresses, by address type.
        layout: The layout of the table of addresses.
    """

    name: str
    default_fields: Mapping[str | None, str]
    layout: Layout

    @property
    def link(self) -> str:
        """The address's field with the id of its owner."""
        return f"{self.name}_id"

    def addresses_of(self, account: AccountState, owner: Id) -> list[Record]:
        """Return the addresses of an owner, oldest first."""
        return account.store[self.layout.name].children(self.link, owner)

    def present_all(self, account: AccountState, owner: Id) -> list[Record]:
        """Return the addresses of an owner as the answer nests them in it."""
        return [
            _present(Presentation(account, each, "get"))
            for each in self.addresses_of(account, owner)
        ]

    def add(self, account: AccountState, owner: Id, body: Record) -> Record:
        """Add an address to an owner; the first of its type becomes the default."""
        created = account.store[self.layout.name].create({**body, self.link: owner})
        self.update_defaults(account, owner)
        return created

    def update_defaults(self, account: AccountState, owner: Id) -> None:
        """Replace the owner's missing default addresses by the oldest of each type."""
        table = account.store[f"{self.name}s"]
        holder = table.get(owner)
        if holder is None:
            return
        addresses = self.addresses_of(account, owner)
        changes: Record = {}
        for kind, field in self.default_fields.items():
            ids = [each["id"] for each in addresses if each.get("entity_type") == kind]
            if holder[field] not in ids:
                changes[field] = ids[0] if ids else None
        if changes != {name: holder[name] for name in changes}:
            table.update(owner, {**changes, "updated_at": holder["updated_at"]})

    def delete(self, account: AccountState, owner: Id) -> None:
        """Delete the addresses of an owner."""
        references.delete_children(account, self.layout.name, self.link, owner)


def _layout(name: str, first: int, *fields: str) -> Layout:
    link = f"{name.removesuffix('_addresses')}_id"
    return Layout(
        name=name,
        first=first,
        fields={link: None, **dict.fromkeys(fields)},
        links=(link,),
    )


SUPPLIER_OWNER = AddressOwner(
    name="supplier",
    default_fields={None: "default_address_id"},
    layout=_layout("supplier_addresses", 16_000_001, *_PLACE),
)
CUSTOMER_OWNER = AddressOwner(
    name="customer",
    default_fields={kind: f"default_{kind}_id" for kind in _BY_KIND},
    layout=_layout("customer_addresses", 16_200_001, "entity_type", *_PERSON, *_PLACE),
)
SALES_ORDER_OWNER = AddressOwner(
    name="sales_order",
    default_fields={kind: f"{kind}_address_id" for kind in _BY_KIND},
    layout=_layout("sales_order_addresses", 16_400_001, "entity_type", *_PERSON, *_PLACE),
)


def _present(presentation: Presentation) -> Record:
    """Return an address as an answer shows it; only lists have `deleted_at`."""
    result = dict(presentation.record)
    if presentation.action != "list":
        del result["deleted_at"]
    return result


def _collection(owner: AddressOwner) -> CollectionSpec:
    def create(account: AccountState, body: Record) -> Record:
        holder = references.require(account, f"{owner.name}s", body[owner.link], owner.link)
        return owner.add(account, holder["id"], body)

    @contextmanager
    def around_change(account: AccountState, before: Record, _changes: Record) -> Generator[None]:
        yield
        owner.update_defaults(account, before[owner.link])

    return CollectionSpec(
        layout=owner.layout, present=_present, create=create, around_change=around_change
    )


SUPPLIER_ADDRESSES = _collection(SUPPLIER_OWNER)
CUSTOMER_ADDRESSES = _collection(CUSTOMER_OWNER)
SALES_ORDER_ADDRESSES = _collection(SALES_ORDER_OWNER)
