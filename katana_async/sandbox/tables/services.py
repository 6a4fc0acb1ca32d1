"""Services, which are not stocked; each has one variant."""

from ..account import AccountState
from ..endpoints import CollectionSpec, Presentation
from ..store import Layout, Record
from . import references
from .item_presentation import check_custom_fields, custom_fields_format, present_custom_fields

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

# The fields of a service's variant, some of which the service's PATCH changes.
_VARIANT_FIELDS = (
    *("id", "sku", "type", "service_id", "sales_price", "default_cost"),
    *("created_at", "updated_at", "deleted_at"),
)
_CHANGED_WITH_SERVICE = ("sku", "sales_price", "default_cost", "custom_fields")


def _present(presentation: Presentation) -> Record:
    """Return a service as an answer shows it, with its variant."""
    account, record = presentation.account, presentation.record
    form = custom_fields_format(account, presentation.format)
    result = {
        **record,
        "type": "service",
        "category_name": record["category_name"] or "",
        "additional_info": record["additional_info"] or "",
        "variants": [
            {
                **{name: each[name] for name in _VARIANT_FIELDS},
                "custom_fields": present_custom_fields(account, each["custom_fields"], form),
            }
            for each in _variants_of(account, record)
        ],
    }
    if form != "legacy":
        del result["custom_field_collection_id"]
    return result


def _variants_of(account: AccountState, service: Record) -> list[Record]:
    return account.store["variants"].children("service_id", service["id"])


def _create_record(account: AccountState, body: Record) -> Record:
    references.require_all(account, body, custom_field_collection_id="custom_fields_collections")
    values = dict(body)
    [variant] = values.pop("variants")
    service = account.store["services"].create(values)
    links = {"type": "service", "service_id": service["id"]}
    account.store["variants"].create({**variant, **links})
    return service


def _read_changes(account: AccountState, before: Record, body: Record) -> Record:
    references.require_all(account, body, custom_field_collection_id="custom_fields_collections")
    changes = dict(body)
    of_variant = {name: changes.pop(name) for name in _CHANGED_WITH_SERVICE if name in changes}
    if (archive := changes.pop("is_archived", None)) is not None:
        at = (before["archived_at"] or account.now()) if archive else None
        changes["archived_at"] = of_variant["archived_at"] = at
    for variant in _variants_of(account, before) if of_variant else ():
        account.store["variants"].update(variant["id"], of_variant)
    return changes


def _before_delete(account: AccountState, record: Record) -> None:
    for variant in _variants_of(account, record):
        references.refuse_if_used(account, variant, f"The service {record['id']}")
        account.store["variants"].delete(variant["id"])


SERVICES = CollectionSpec(
    layout=SERVICE_LAYOUT,
    present=_present,
    check_call=check_custom_fields,
    create=_create_record,
    read_changes=_read_changes,
    before_delete=_before_delete,
)
