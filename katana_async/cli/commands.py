"""What the commands do, once their arguments are understood. Typer stays outside."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, cast

from ..http.messages import parse_pagination
from ..resources import load
from .connect import CommandClient
from .formats import Output, chosen
from .methods import body_of_delete, filters_of_one, method_of, named
from .output import Writer, select, show, writer
from .problems import UsageProblem, checked
from .progress import reading
from .values import checked_body, filters, keyword_types

Connecting = AbstractAsyncContextManager[CommandClient]


async def list_records(
    connecting: Connecting,
    resource: str,
    texts: Sequence[str],
    limit: int | None,
    output: Output | None,
    columns: Sequence[str],
) -> None:
    """Write the records of a collection as they arrive."""
    form = chosen(output)
    given = filters(texts, keyword_types(method_of(resource, "list")), resource)
    target = writer(form, resource, columns)
    async with connecting as client:
        with checked():
            pages = client.collection(resource).list(**given)
        with reading(resource, form) as report:
            async with aclosing(pages.raw()) as records:
                read = 0
                async for record in records:
                    read += 1
                    target.write(record)
                    report(read, _total(client, limit))
                    if read == limit:
                        break
        target.close()


def _total(client: CommandClient, limit: int | None) -> int | None:
    pagination = parse_pagination(client.newest.headers)
    total = pagination.total_records if pagination else None
    return total if total is None or limit is None else min(total, limit)


async def get_record(
    connecting: Connecting,
    resource: str,
    id: str | None,
    texts: list[str],
    output: Output | None,
    columns: Sequence[str],
) -> None:
    """Write one record."""
    ids = named(resource, "get", id)
    given = filters_of_one(resource, texts)
    async with connecting as client:
        with checked():
            await client.collection(resource).get(*ids, **given)
    record = _record(client.newest.json(), resource, ids)
    show(select(record, resource, columns), chosen(output), resource)


def _record(answer: object, resource: str, ids: Sequence[int | str]) -> Any:
    """Return the record in an answer; in the answer of a list, the one with the id."""
    value = _without_envelope(answer)
    if not isinstance(value, list):
        return value
    records = cast("list[dict[str, Any]]", value)
    if not ids:
        return next(iter(records), records)
    key, wanted = load(resource).key[0], str(ids[0])
    return next((record for record in records if str(record.get(key)) == wanted), records)


def _without_envelope(answer: object) -> object:
    if not isinstance(answer, dict):
        return answer
    fields = cast("dict[str, object]", answer)
    return fields.get("data", fields)


async def create_record(
    connecting: Connecting, resource: str, fields: dict[str, Any], output: Output | None
) -> None:
    """Create a record, or several, and write what Katana answers, which may be nothing.

    Raises:
        PartialFailure: Katana refused a part of them. What it answered is written all the same.
    """
    types = keyword_types(method_of(resource, "create"))
    body = checked_body(fields, types, resource)
    async with connecting as client:
        with checked():
            created = await client.collection(resource).create(**body)
    _show_answer(client, resource, output)
    if resource == "serial_numbers":  # the one create that may do a part
        created.all()


async def update_record(
    connecting: Connecting,
    resource: str,
    id: str,
    fields: dict[str, Any],
    preserve: bool,
    output: Output | None,
) -> None:
    """Change a record and write what Katana answers: the record as it is now, or nothing."""
    types = keyword_types(method_of(resource, "update"))
    options: Mapping[str, Any] = {}
    if not preserve:
        if not load(resource).preserves:
            raise UsageProblem(f"--no-preserve means nothing for {resource}")
        options = {"preserve": False}
    body = checked_body(fields, types, resource)
    ids = named(resource, "update", id)
    async with connecting as client:
        with checked():
            await client.collection(resource).update(*ids, **body, **options)
    _show_answer(client, resource, output)


async def delete_record(
    connecting: Connecting, resource: str, id: str | None, fields: dict[str, Any] | None
) -> None:
    """Delete a record, or what the fields name; write nothing."""
    ids = named(resource, "delete", id)
    body = body_of_delete(resource, fields)
    async with connecting as client:
        with checked():
            await client.collection(resource).delete(*ids, **body)


def _show_answer(client: CommandClient, resource: str, output: Output | None) -> None:
    if client.newest.content.strip():
        show(_without_envelope(client.newest.json()), chosen(output), resource)


async def send_request(
    connecting: Connecting,
    method: str,
    path: str,
    query: Sequence[tuple[str, str]],
    json_body: object,
) -> None:
    """Send any request and write the body of the answer: untouched, or laid out for a terminal."""
    parameters: dict[str, list[str]] = {}
    for name, value in query:
        parameters.setdefault(name, []).append(value)
    async with connecting as client:
        with checked():
            response = await client.request(method, path, query=parameters, json=json_body)
    if not response.content.strip():
        return
    if sys.stdout.isatty():
        try:
            show(response.json(), Output.JSON)
        except (ValueError, ArithmeticError):
            sys.stdout.write(response.text + "\n")
    else:
        sys.stdout.buffer.write(response.content.rstrip(b"\n") + b"\n")
        sys.stdout.buffer.flush()


async def who_am_i(connecting: Connecting, output: Output | None) -> None:
    """Write whose key it is, and of which company."""
    async with connecting as client:
        user, factory = await asyncio.gather(client.user_info.get(), client.factory.get())
    answer = {
        "user": f"{user.first_name} {user.last_name}".strip(),
        "email": user.email,
        "company": factory.display_name,
        "legal_name": factory.legal_name,
        "currency": factory.base_currency_code,
        "base_url": client.base_url,
    }
    show(answer, chosen(output))


def list_operations(as_json: bool, output: Output | None) -> None:
    """Write every operation that the SDK has a method for."""
    from ..resources.operations import operations

    fields = ("method", "path", "attribute", "python_method")
    records = [{name: getattr(one, name) for name in fields} for one in operations()]
    if as_json:
        sys.stdout.write(json.dumps(records, indent=2) + "\n")
        return
    target: Writer = writer(chosen(output), "operations")
    for record in records:
        target.write(record)
    target.close()
