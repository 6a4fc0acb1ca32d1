"""Services: what is sold without being kept in stock. Each has one variant."""

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage

SERVICE_LAYOUT = Layout(
    name="services",
    first=12_800_001,
    fields={
        "name": "",
        "uom": "pcs",
        "category_name": None,
        "additional_info": None,
        "is_sellable": True,
        "custom_field_collection_id": None,
        "archived_at": None,
    },
)

# What a service's variant has; the service's own PATCH changes some of it.
_OF_VARIANT = (
    *("id", "sku", "type", "service_id", "sales_price", "default_cost", "custom_fields"),
    *("created_at", "updated_at", "deleted_at"),
)
_CHANGED_WITH_SERVICE = ("sku", "sales_price", "default_cost", "custom_fields")


def _present(showing: Showing) -> Record:
    """Write a service, with its variant."""
    variants = _variants_of(showing.account, showing.record)
    return {
        **showing.record,
        "type": "service",
        "variants": [{name: each[name] for name in _OF_VARIANT} for each in variants],
    }


def _variants_of(account: Account, service: Record) -> list[Record]:
    deleted = service["deleted_at"] is not None
    return account.store["variants"].children("service_id", service["id"], deleted=deleted)


def _require_collection(account: Account, given: Record) -> None:
    name = "custom_field_collection_id"
    if given.get(name) is not None:
        usage.require(account, "custom_fields_collections", given[name], name)


def _creating(account: Account, given: Record) -> Record:
    _require_collection(account, given)
    values = dict(given)
    [variant] = values.pop("variants")
    service = account.store["services"].create(values)
    links = {"type": "service", "service_id": service["id"]}
    account.store["variants"].create({**variant, **links})
    return service


def _updating(account: Account, before: Record, given: Record) -> Record:
    _require_collection(account, given)
    changes = dict(given)
    of_variant = {name: changes.pop(name) for name in _CHANGED_WITH_SERVICE if name in changes}
    if (archive := changes.pop("is_archived", None)) is not None:
        at = (before["archived_at"] or account.now()) if archive else None
        changes["archived_at"] = of_variant["archived_at"] = at
    for variant in _variants_of(account, before) if of_variant else ():
        account.store["variants"].update(variant["id"], of_variant)
    return changes


def _deleting(account: Account, record: Record) -> None:
    variants = _variants_of(account, record)
    for variant in variants:
        usage.refuse_if_used(account, variant, f"The service {record['id']}")
    for variant in variants:
        account.store["variants"].delete(variant["id"])


SERVICES = Collection(
    layout=SERVICE_LAYOUT,
    present=_present,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
)
