"""Definitions of custom fields, and the collections of those of items."""

from collections.abc import Sequence
from typing import Any, cast

from ..account import AccountState
from ..endpoints import ApiEndpoint, Call, CollectionSpec, Result, without
from ..errors import RequestRefused
from ..store import Layout, Record

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
_MOST_DEFINITIONS = 50


def _choices(options: Record | None) -> list[Record]:
    """Return the choices of options; these may be any object."""
    choices = (options or {}).get("choices")
    values = cast(Sequence[Any], choices) if isinstance(choices, list) else ()
    return [each for each in values if isinstance(each, dict)]


def _number_choices(options: Record | None, before: Record | None = None) -> Record | None:
    """Return options whose choices have ids.

    Earlier choices that the options lack are kept and marked `deleted`, since orders may have them.
    """
    if options is None or "choices" not in options:
        return options
    old = {each["id"]: {**each, "deleted": True} for each in _choices(before)}
    choices = dict(old)
    for choice in _choices(options):
        key = choice["id"] if choice.get("id") in list(old) else max(choices, default=0) + 1
        choices[key] = {**choice, "id": key}
    return {**options, "choices": [choices[key] for key in sorted(choices)]}


def _create_record(account: AccountState, body: Record) -> Record:
    table = account.store["custom_field_definitions"]
    if len(table) >= _MOST_DEFINITIONS:
        message = f"An account has at most {_MOST_DEFINITIONS} custom field definitions."
        raise RequestRefused(422, "UnprocessableEntityError", message)
    return table.create({**body, "options": _number_choices(body.get("options"))})


def _read_changes(_account: AccountState, before: Record, body: Record) -> Record:
    if "options" not in body:
        return body
    return {**body, "options": _number_choices(body["options"], before["options"])}


CUSTOM_FIELD_DEFINITIONS = CollectionSpec(
    layout=DEFINITION_LAYOUT, present=without(), create=_create_record, read_changes=_read_changes
)


def _list_collections(call: Call) -> Result:
    """Answer with all collections; this list has no pages."""
    rows: list[Any] = list(call.account.store["custom_fields_collections"])
    return Result(200, {"data": rows})


ENDPOINTS = (ApiEndpoint(method="GET", path="/custom_fields_collections", run=_list_collections),)
