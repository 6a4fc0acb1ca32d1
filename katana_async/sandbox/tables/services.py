"""Services: what is sold without being kept in stock. Each has one variant."""

from ..account import Account
from ..layout import Layout
from ..operations import Collection, Showing
from ..store import Record
from . import usage
from .item_shapes import check_custom_fields, form_of, present_custom_fields

SERVICE_LAYOUT = Layout(
    name="services",
    first=12_800_001,
    fields={
        "name": "",
        "uom": "pcs",
        "category_name": "",
        "additional_info": "",
        "is_sellable": True,
        "custom_field_collection_id": None,
        "archived_at": None,
    },
)

# What a service's variant has; the service's own PATCH changes some of it.
_OF_VARIANT = (
    *("id", "sku", "type", "service_id", "sales_price", "default_cost"),
    *("created_at", "updated_at", "deleted_at"),
)
_CHANGED_WITH_SERVICE = ("sku", "sales_price", "default_cost", "custom_fields")


def _present(showing: Showing) -> Record:
    """Write a service, with its variant."""
    account, record = showing.account, showing.record
    form = form_of(account, showing.format)
    shown = {
        **record,
        "type": "service",
        "category_name": record["category_name"] or "",
        "additional_info": record["additional_info"] or "",
        "variants": [
            {
                **{name: each[name] for name in _OF_VARIANT},
                "custom_fields": present_custom_fields(account, each["custom_fields"], form),
            }
            for each in _variants_of(account, record)
        ],
    }
    if form != "legacy":
        del shown["custom_field_collection_id"]
    return shown


def _variants_of(account: Account, service: Record) -> list[Record]:
    return account.store["variants"].children("service_id", service["id"])


def _creating(account: Account, given: Record) -> Record:
    usage.require_named(account, given, custom_field_collection_id="custom_fields_collections")
    values = dict(given)
    [variant] = values.pop("variants")
    service = account.store["services"].create(values)
    links = {"type": "service", "service_id": service["id"]}
    account.store["variants"].create({**variant, **links})
    return service


def _updating(account: Account, before: Record, given: Record) -> Record:
    usage.require_named(account, given, custom_field_collection_id="custom_fields_collections")
    changes = dict(given)
    of_variant = {name: changes.pop(name) for name in _CHANGED_WITH_SERVICE if name in changes}
    if (archive := changes.pop("is_archived", None)) is not None:
        at = (before["archived_at"] or account.now()) if archive else None
        changes["archived_at"] = of_variant["archived_at"] = at
    for variant in _variants_of(account, before) if of_variant else ():
        account.store["variants"].update(variant["id"], of_variant)
    return changes


def _deleting(account: Account, record: Record) -> None:
    for variant in _variants_of(account, record):
        usage.refuse_if_used(account, variant, f"The service {record['id']}")
        account.store["variants"].delete(variant["id"])


SERVICES = Collection(
    layout=SERVICE_LAYOUT,
    present=_present,
    checking=check_custom_fields,
    creating=_creating,
    updating=_updating,
    deleting=_deleting,
)
