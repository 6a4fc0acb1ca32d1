"""The account itself: its factory, users, operators, tax rates and additional costs."""

from ..account import Account
from ..callers import Company
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, without
from ..store import Record
from .money import BASE_CURRENCY, TAX_RATE_ID
from .places import LOCATION_LAYOUT

# The first of them is the owner of the API key.
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
# The company whose records the sandbox has. Another that connects an app differs by name and ids.
COMPANY = Company(
    id=USER["id"],
    name=_FACTORY["display_name"],
    email=USER["email"],
    legal_name=_FACTORY["legal_name"],
)


def _get_factory(call: Call) -> Reply:
    company = call.company or COMPANY
    names = {
        "factory_id": company.factory_id,
        "legal_name": company.legal_name,
        "display_name": company.name,
    }
    return Reply(200, {**_FACTORY, **names})


def _get_user(call: Call) -> Reply:
    company = call.company or COMPANY
    user = {**USER, "id": company.id, "email": company.email}
    return Reply(200, {"data": user} if call.account.oddities.user_info_wrapped else user)


def _creating_tax_rate(account: Account, given: Record) -> Record:
    name = given.get("name") or f"{given['rate']}%"
    return account.store["tax_rates"].create({**given, "name": name, "display_name": name})


_STAMPS = ("created_at", "updated_at", "deleted_at")
USERS = Collection(layout=USER_LAYOUT, present=without(*_STAMPS))
OPERATORS = Collection(
    layout=OPERATOR_LAYOUT, present=without("working_area", "resource_ids", *_STAMPS)
)
TAX_RATES = Collection(
    layout=TAX_RATE_LAYOUT, present=without("deleted_at"), creating=_creating_tax_rate
)
ADDITIONAL_COSTS = Collection(layout=ADDITIONAL_COST_LAYOUT, present=without())
OPERATIONS = (
    Operation(method="GET", path="/factory", run=_get_factory),
    Operation(method="GET", path="/user_info", run=_get_user),
)
