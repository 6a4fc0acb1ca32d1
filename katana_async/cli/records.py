"""The commands that read and change records, after the options are parsed."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from ..http.answers import WithResponse
from ..resources import load
from .arguments import (
    check_fields,
    find_method,
    keyword_types,
    parse_delete_body,
    parse_filters,
    parse_get_filters,
    parse_id,
    parse_pairs,
)
from .client import Client
from .columns import Selection, parse_columns
from .errors import UsageError, usage_errors
from .options import Output
from .output import make_writer, put, show
from .progress import show_progress


async def list_records(
    client: Client,
    resource: str,
    filter_texts: Sequence[str],
    limit: int | None,
    output: Output,
    columns: str | None,
) -> None:
    """Write the records of a collection as they arrive."""
    names = parse_columns(columns)
    types = keyword_types(find_method(resource, "list"))
    filters = parse_filters(filter_texts, types, resource)
    writer = make_writer(output, resource, names)
    selection = Selection(resource, names) if names else None
    async with client as katana:
        with usage_errors():
            pages = getattr(katana, resource).list(**filters)
        with show_progress(resource, output) as report:
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
    filter_texts: Sequence[str],
    output: Output,
    columns: str | None,
) -> None:
    """Write one record."""
    names = parse_columns(columns)
    ids = parse_id(resource, "get", id)
    filters = parse_get_filters(resource, filter_texts)
    answer = await _call(client, resource, "get", ids, filters)
    show(_find_record(answer, resource), output, resource, names)


async def _call(
    client: Client,
    resource: str,
    command: str,
    ids: Sequence[int | str],
    named: Mapping[str, object],
) -> WithResponse[Any]:
    """Call the method behind a command."""
    async with client as katana:
        method = getattr(getattr(katana, resource), command)
        with usage_errors():
            return await katana.with_response(method(*ids, **named))


def _find_record(answer: WithResponse[Any], resource: str) -> Any:
    """Return the JSON object of a record, which the answer of a list contains among others."""
    content = _unwrap(answer.response.json())
    if not isinstance(content, list):
        return content
    records = cast("list[dict[str, Any]]", content)
    key = load(resource).key[0]
    wanted = str(getattr(answer.value, key, None))
    return next((record for record in records if str(record.get(key)) == wanted), records)


def _unwrap(content: object) -> object:
    """Return the records of an answer that has them in an envelope, `{"data": ...}`."""
    if not isinstance(content, dict):
        return content
    fields = cast("dict[str, object]", content)
    return fields.get("data", fields)


async def create_record(
    client: Client, resource: str, fields: dict[str, Any], output: Output
) -> None:
    """Create a record, or several, and write Katana's answer, which may be empty."""
    body = check_fields(resource, "create", fields)
    answer = await _call(client, resource, "create", (), body)
    _show_answer(answer, resource, output)
    if resource == "serial_numbers":  # the one resource that Katana may create in part
        answer.value.all()


async def update_record(
    client: Client,
    resource: str,
    id: str,
    fields: dict[str, Any],
    preserve: bool,
    output: Output,
) -> None:
    """Change a record and write Katana's answer: the changed record, or nothing."""
    named = check_fields(resource, "update", fields)
    if not preserve:
        if not load(resource).preserves:
            raise UsageError(f"--no-preserve has no meaning for {resource}")
        named = {**named, "preserve": False}
    answer = await _call(client, resource, "update", parse_id(resource, "update", id), named)
    _show_answer(answer, resource, output)


async def delete_record(
    client: Client, resource: str, id: str | None, fields: dict[str, Any] | None
) -> None:
    """Delete the record with an id, or the records that the fields select; write nothing."""
    ids = parse_id(resource, "delete", id)
    await _call(client, resource, "delete", ids, parse_delete_body(resource, fields))


def _show_answer(answer: WithResponse[Any], resource: str, output: Output) -> None:
    if answer.response.content.strip():
        show(_unwrap(answer.response.json()), output, resource)


async def send_request(
    client: Client, method: str, path: str, query: Sequence[str], json_body: object
) -> None:
    """Send any request and write the body of the answer: unchanged, or indented on a terminal."""
    parameters = parse_pairs(query, "--query")
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


async def show_identity(client: Client, output: Output) -> None:
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
    show(record, output)


def list_operations(output: Output) -> None:
    """Write every operation of the API that the SDK has a method for."""
    from ..resources.operations import operations

    fields = ("method", "path", "attribute", "python_method")
    records = [{name: getattr(one, name) for name in fields} for one in operations()]
    show(records, output, "operations")
