"""The commands that read and change records, after the options are parsed."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from ..http.messages import Response
from ..resources import load
from .arguments import (
    check_fields,
    find_method,
    keyword_types,
    parse_delete_body,
    parse_filters,
    parse_get_filters,
    parse_id,
)
from .client import Client
from .columns import Selection
from .errors import UsageError, usage_errors
from .options import Output, choose_output
from .output import make_writer, put, show
from .progress import show_progress


async def list_records(
    client: Client,
    resource: str,
    filter_texts: Sequence[str],
    limit: int | None,
    output: Output | None,
    columns: Sequence[str],
) -> None:
    """Write the records of a collection as they arrive."""
    chosen = choose_output(output)
    types = keyword_types(find_method(resource, "list"))
    filters = parse_filters(filter_texts, types, resource)
    writer = make_writer(chosen, resource, columns)
    selection = Selection(resource, columns) if columns else None
    async with client as katana:
        with usage_errors():
            pages = getattr(katana, resource).list(**filters)
        with show_progress(resource, chosen) as report:
            read = 0
            async with aclosing(pages.raw_pages(concurrency=4)) as walk:
                async for page in walk:
                    records = page.items if limit is None else page.items[: limit - read]
                    total = page.pagination.total_records if page.pagination else None
                    for record in records:
                        writer.write(selection.select(record) if selection else record)
                    read += len(records)
                    if total is not None and limit is not None:
                        total = min(total, limit)
                    report(read, total)
                    if read == limit:
                        break
        if selection:
            selection.close()
        writer.close()


async def get_record(
    client: Client,
    resource: str,
    id: str | None,
    filter_texts: list[str],
    output: Output | None,
    columns: Sequence[str],
) -> None:
    """Write one record."""
    ids = parse_id(resource, "get", id)
    filters = parse_get_filters(resource, filter_texts)
    async with client as katana:
        with usage_errors():
            call = getattr(katana, resource).get(*ids, **filters)
            answer = await katana.with_response(call)
    record = _find_record(answer.response.json(), resource, ids)
    show(record, choose_output(output), resource, columns)


def _find_record(content: object, resource: str, ids: Sequence[int | str]) -> Any:
    """Return the record in an answer; in the answer of a list, the one with the id."""
    value = _unwrap(content)
    if not isinstance(value, list):
        return value
    records = cast("list[dict[str, Any]]", value)
    if not ids:
        return next(iter(records), records)
    key, wanted = load(resource).key[0], str(ids[0])
    return next((record for record in records if str(record.get(key)) == wanted), records)


def _unwrap(content: object) -> object:
    """Return the records of an answer that has them in an envelope, `{"data": ...}`."""
    if not isinstance(content, dict):
        return content
    fields = cast("dict[str, object]", content)
    return fields.get("data", fields)


async def create_record(
    client: Client, resource: str, fields: dict[str, Any], output: Output | None
) -> None:
    """Create a record, or several, and write Katana's answer, which may be empty."""
    body = check_fields(fields, keyword_types(find_method(resource, "create")), resource)
    async with client as katana:
        with usage_errors():
            answer = await katana.with_response(getattr(katana, resource).create(**body))
    _show_answer(answer.response, resource, output)
    if resource == "serial_numbers":  # the one resource that Katana may create in part
        answer.value.all()


async def update_record(
    client: Client,
    resource: str,
    id: str,
    fields: dict[str, Any],
    preserve: bool,
    output: Output | None,
) -> None:
    """Change a record and write Katana's answer: the changed record, or nothing."""
    types = keyword_types(find_method(resource, "update"))
    options: Mapping[str, Any] = {}
    if not preserve:
        if not load(resource).preserves:
            raise UsageError(f"--no-preserve has no meaning for {resource}")
        options = {"preserve": False}
    body = check_fields(fields, types, resource)
    ids = parse_id(resource, "update", id)
    async with client as katana:
        with usage_errors():
            call = getattr(katana, resource).update(*ids, **body, **options)
            answer = await katana.with_response(call)
    _show_answer(answer.response, resource, output)


async def delete_record(
    client: Client, resource: str, id: str | None, fields: dict[str, Any] | None
) -> None:
    """Delete the record with an id, or the records that the fields select; write nothing."""
    ids = parse_id(resource, "delete", id)
    body = parse_delete_body(resource, fields)
    async with client as katana:
        with usage_errors():
            await getattr(katana, resource).delete(*ids, **body)


def _show_answer(response: Response, resource: str, output: Output | None) -> None:
    if response.content.strip():
        show(_unwrap(response.json()), choose_output(output), resource)


async def send_request(
    client: Client, method: str, path: str, query: Sequence[tuple[str, str]], json_body: object
) -> None:
    """Send any request and write the body of the answer: unchanged, or indented on a terminal."""
    parameters: dict[str, list[str]] = {}
    for name, value in query:
        parameters.setdefault(name, []).append(value)
    async with client as katana:
        with usage_errors():
            response = await katana.request(method, path, query=parameters, json=json_body)
    if not response.content.strip():
        return
    if sys.stdout.isatty():
        try:
            show(response.json(), Output.JSON)
        except (ValueError, ArithmeticError):
            sys.stdout.write(response.text + "\n")
    else:
        put(response.content.rstrip(b"\n") + b"\n")


async def show_identity(client: Client, output: Output | None) -> None:
    """Write the user and the company that the key belongs to."""
    async with client as katana:
        user, factory = await asyncio.gather(katana.user_info.get(), katana.factory.get())
        record = {
            "user": f"{user.first_name} {user.last_name}".strip(),
            "email": user.email,
            "company": factory.display_name,
            "legal_name": factory.legal_name,
            "currency": factory.base_currency_code,
            "base_url": katana.base_url,
        }
    show(record, choose_output(output))


def list_operations(as_json: bool, output: Output | None) -> None:
    """Write every operation of the API that the SDK has a method for."""
    from ..resources.operations import operations

    fields = ("method", "path", "attribute", "python_method")
    records = [{name: getattr(one, name) for name in fields} for one in operations()]
    show(records, Output.JSON if as_json else choose_output(output), "operations")
