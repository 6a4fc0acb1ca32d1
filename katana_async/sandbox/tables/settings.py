"""What is set up once in an account: its users, operators, tax rates and additional costs."""

from ..account import Account
from ..layout import Layout
from ..operations import Collection, without
from ..store import Record
from .money import TAX_RATE_ID

# The first of them is the one that a key belongs to.
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


def _creating_tax_rate(account: Account, given: Record) -> Record:
    name = given.get("name") or f"{given['rate']}%"
    return account.store["tax_rates"].create({**given, "name": name, "display_name": name})


USERS = Collection(
    layout=USER_LAYOUT,
    present=without("created_at", "updated_at", "deleted_at"),
)
OPERATORS = Collection(
    layout=OPERATOR_LAYOUT,
    present=without("working_area", "resource_ids", "created_at", "updated_at", "deleted_at"),
    bare=True,
)
TAX_RATES = Collection(
    layout=TAX_RATE_LAYOUT,
    present=without("deleted_at"),
    creating=_creating_tax_rate,
)
ADDITIONAL_COSTS = Collection(
    layout=ADDITIONAL_COST_LAYOUT,
    present=without(),
)
