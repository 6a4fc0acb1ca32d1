"""Custom fields: their definitions, and collections of those on items."""

from collections.abc import Sequence
from typing import Any, cast

from ..account import Account
from ..errors import Refusal
from ..layout import Layout
from ..operations import Call, Collection, Operation, Reply, without
from ..store import Record

DEFINITION_LAYOUT = Layout(
    name="custom_field_definitions",
    first=None,
    fields={
        "label": "",
        "field_type": "shortText",
        "entity_type": "SalesOrder",
        "source": "",
        "description": None,
        "options": None,
    },
)
COLLECTION_LAYOUT = Layout(name="custom_fields_collections", first=12_400_001, fields={"name": ""})
_MOST = 50


def _choices(options: Record | None) -> list[Record]:
    """Return the choices of options, which may be any object."""
    choices = (options or {}).get("choices")
    given = cast(Sequence[Any], choices) if isinstance(choices, list) else ()
    return [each for each in given if isinstance(each, dict)]


def _numbered(options: Record | None, before: Record | None = None) -> Record | None:
    """Return options whose choices have ids; a new choice gets the next that is free.

    Choices that were there and are left out stay, marked as deleted, for the orders that have them.
    """
    if options is None or "choices" not in options:
        return options
    old = {each["id"]: {**each, "deleted": True} for each in _choices(before)}
    choices = dict(old)
    for choice in _choices(options):
        key = choice["id"] if choice.get("id") in list(old) else max(choices, default=0) + 1
        choices[key] = {**choice, "id": key}
    return {**options, "choices": [choices[key] for key in sorted(choices)]}


def _creating(account: Account, given: Record) -> Record:
    table = account.store["custom_field_definitions"]
    if len(table) >= _MOST:
        message = f"An account has at most {_MOST} custom field definitions."
        raise Refusal(422, "UnprocessableEntityError", message)
    return table.create({**given, "options": _numbered(given.get("options"))})


def _updating(_account: Account, before: Record, given: Record) -> Record:
    if "options" not in given:
        return given
    return {**given, "options": _numbered(given["options"], before["options"])}


CUSTOM_FIELD_DEFINITIONS = Collection(
    layout=DEFINITION_LAYOUT, present=without(), creating=_creating, updating=_updating
)


def _list_collections(call: Call) -> Reply:
    """Answer with all collections: this list is not paged."""
    rows: list[Any] = list(call.account.store["custom_fields_collections"])
    return Reply(200, {"data": rows})


OPERATIONS = (Operation(method="GET", path="/custom_fields_collections", run=_list_collections),)
