"""The account: factory, users, operators, tax rates, additional costs and webhooks."""

from hashlib import sha256

from ..account import AccountState
from ..amounts import BASE_CURRENCY, TAX_RATE_ID
from ..callers import Company
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Result, without
from ..store import Layout, Record
from . import references
from .locations import LOCATION_LAYOUT

# The first user is the owner of the API key.
USER_LAYOUT = Layout(
    name="users", first=77_001, fields={"firstName": "", "lastName": "", "email": ""}
)
OPERATOR_LAYOUT = Layout(
    name="operators",
    first=12_000_001,
    fields={"operator_name": "", "working_area": "shopFloor", "resource_ids": ()},
)
TAX_RATE_LAYOUT = Layout(
    name="tax_rates",
    first=TAX_RATE_ID,
    fields={
        "name": None,
        "rate": 0,
        "display_name": "",
        "is_default_sales": False,
        "is_default_purchases": False,
    },
)
ADDITIONAL_COST_LAYOUT = Layout(name="additional_costs", first=12_200_001, fields={"name": ""})

WEBHOOK_LAYOUT = Layout(
    name="webhooks",
    first=12_600_001,
    fields={
        "url": "",
        "token": "",
        "enabled": True,
        "description": None,
        "subscribed_events": (),
    },
)

_FACTORY: Record = {
    "legal_address": {
        "line_1": "Mill Lane 7",
        "line_2": "",
        "city": "Tallinn",
        "state": "Harju",
        "country": "Estonia",
        "zip": "10411",
    },
    "legal_name": "Nordwall Furniture Ltd",
    "display_name": "Nordwall",
    "base_currency_code": BASE_CURRENCY,
    "default_so_delivery_time": "14",
    "default_po_lead_time": None,
    "default_mo_lead_time": None,
    "default_manufacturing_location_id": LOCATION_LAYOUT.id(0),
    "default_purchases_location_id": LOCATION_LAYOUT.id(0),
    "default_sales_location_id": LOCATION_LAYOUT.id(0),
    "inventory_closing_date": "2022-01-28T23:59:59.000Z",
}
USER: Record = {
    "id": USER_LAYOUT.id(0),
    "firstName": "Mari",
    "lastName": "Tamm",
    "email": "mari.tamm@nordwall.example",
}
# The company of the records. Other companies that connect an app differ only in names and ids.
COMPANY = Company(
    id=USER["id"],
    name=_FACTORY["display_name"],
    email=USER["email"],
    legal_name=_FACTORY["legal_name"],
)


def _get_factory(call: Call) -> Result:
    company = call.company or COMPANY
    names = {
        "factory_id": company.factory_id,
        "legal_name": company.legal_name,
        "display_name": company.name,
    }
    return Result(200, {**_FACTORY, **names})


def _get_user(call: Call) -> Result:
    company = call.company or COMPANY
    user = {**USER, "id": company.id, "email": company.email}
    return Result(200, {"data": user} if call.account.oddities.user_info_wrapped else user)


def _create_tax_rate(account: AccountState, body: Record) -> Record:
    name = body.get("name") or f"{body['rate']}%"
    return account.store["tax_rates"].create({**body, "name": name, "display_name": name})


def _create_webhook(account: AccountState, body: Record) -> Record:
    created = f"{account.store.next_number('webhook token')} {body['url']} {account.now()}"
    token = sha256(created.encode()).hexdigest()[:16]
    return account.store["webhooks"].create({**body, "token": token})


def _export_logs(call: Call) -> Result:
    """Answer with the URL of a log file, which does not exist."""
    references.require_all(call.account, call.body, webhook_id="webhooks")
    log = call.account.store.next_number("webhook log")
    return Result(200, {"url": f"https://files.sandbox.example/webhook-logs-{log}.csv"})


_STAMPS = ("created_at", "updated_at", "deleted_at")
USERS = CollectionSpec(layout=USER_LAYOUT, present=without(*_STAMPS))
OPERATORS = CollectionSpec(
    layout=OPERATOR_LAYOUT, present=without("working_area", "resource_ids", *_STAMPS)
)
TAX_RATES = CollectionSpec(
    layout=TAX_RATE_LAYOUT, present=without("deleted_at"), create=_create_tax_rate
)
ADDITIONAL_COSTS = CollectionSpec(layout=ADDITIONAL_COST_LAYOUT, present=without())
WEBHOOKS = CollectionSpec(
    layout=WEBHOOK_LAYOUT,
    present=without("deleted_at"),
    create=_create_webhook,
    extra_endpoints=(ApiEndpoint(method="POST", path="/webhook_logs_export", run=_export_logs),),
)
ENDPOINTS = (
    ApiEndpoint(method="GET", path="/factory", run=_get_factory),
    ApiEndpoint(method="GET", path="/user_info", run=_get_user),
)
