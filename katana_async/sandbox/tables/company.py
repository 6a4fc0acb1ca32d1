"""The account itself: the factory and whose key it is. Single objects, without a table."""

from ..callers import Company
from ..operations import Call, Operation, Reply
from ..store import Record
from .money import BASE_CURRENCY
from .places import LOCATION_LAYOUT
from .settings import USER_LAYOUT

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


# The company whose records the sandbox has. Another that connects an app differs by name only.
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


OPERATIONS = (
    Operation(method="GET", path="/factory", run=_get_factory),
    Operation(method="GET", path="/user_info", run=_get_user),
)
