"""The commands as typer sees them: their arguments, options and help."""

import logging
import sys
from typing import Annotated

import typer

from ..errors import KatanaError
from . import problems
from .account_commands import add_to
from .options import (
    BaseUrl,
    Columns,
    ConnectionName,
    Data,
    Id,
    IdOrNone,
    KeyFile,
    OutputOption,
    Resource,
    Verbose,
)
from .problems import advised, complain

app = typer.Typer(
    name="katana-async",
    # Plain help: rich, which lays it out otherwise, takes as long to load as all the rest.
    rich_markup_mode=None,
    help="Read and change what is in a Katana account. The API key comes from KATANA_API_KEY;"
    " without one, the connection is used that 'login' made.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: list[str]) -> int:
    """Run the command and return its exit status. Errors become one line on stderr."""
    # What the SDK logs is for programs: here stderr has the progress, and errors are said below.
    # So is what its store logs of a connection that Ctrl-C tore.
    for name in ("katana_async", "sqlalchemy"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        status = app(args=arguments, prog_name="katana-async", standalone_mode=False)
    except typer.TyperException as error:
        complain(error.format_message())
        return error.exit_code
    except KatanaError as error:
        complain(advised(error))
        return problems.FAILED
    except (typer.Abort, KeyboardInterrupt):
        return problems.INTERRUPTED
    return status if isinstance(status, int) else 0


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"katana-async {version('katana-async')}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    del version, verbose  # their callbacks have done it
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


@app.command("list")
def list_(
    resource: Resource,
    filter: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            "-f",
            metavar="NAME=VALUE",
            help="Only records like this. Repeat for more; arrays: repeat the name.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="At most so many.")
    ] = None,
    output: OutputOption = None,
    columns: Columns = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """List records, the newest first."""
    from .commands import list_records
    from .connect import connect
    from .fields import parse_columns
    from .running import do

    names = parse_columns(columns)
    with connect(base_url, key_file, connection) as client:
        do(list_records(client, resource, filter or [], limit, output, names))


@app.command()
def get(
    resource: Resource,
    id: IdOrNone = None,
    filter: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            "-f",
            metavar="NAME=VALUE",
            help="What to show with it, such as extend=variant, or which it is, without an id.",
        ),
    ] = None,
    output: OutputOption = None,
    columns: Columns = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Get one record."""
    from .commands import get_record
    from .connect import connect
    from .fields import parse_columns
    from .running import do

    names = parse_columns(columns)
    with connect(base_url, key_file, connection) as client:
        do(get_record(client, resource, id, filter or [], output, names))


@app.command()
def create(
    resource: Resource,
    data: Data,
    output: OutputOption = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Create a record, or several, and show what Katana answers."""
    from .commands import create_record
    from .connect import connect
    from .running import do
    from .values import body

    fields = body(data)
    with connect(base_url, key_file, connection) as client:
        do(create_record(client, resource, fields, output))


@app.command()
def update(
    resource: Resource,
    id: Id,
    data: Data,
    preserve: Annotated[
        bool,
        typer.Option(help="Keep additional_info, which Katana wipes when an update leaves it out."),
    ] = True,
    output: OutputOption = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Change a record and show what Katana answers. What is not named stays; null clears."""
    from .commands import update_record
    from .connect import connect
    from .running import do
    from .values import body

    fields = body(data)
    with connect(base_url, key_file, connection) as client:
        do(update_record(client, resource, id, fields, preserve, output))


@app.command()
def delete(
    resource: Resource,
    id: IdOrNone = None,
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", help="Which, where no id says it: JSON, @FILE, or -."),
    ] = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Delete a record, without asking."""
    from .commands import delete_record
    from .connect import connect
    from .running import do
    from .values import body

    fields = None if data is None else body(data)
    with connect(base_url, key_file, connection) as client:
        do(delete_record(client, resource, id, fields))


@app.command()
def request(
    method: Annotated[str, typer.Argument(help="GET, POST, PATCH, PUT or DELETE.")],
    path: Annotated[str, typer.Argument(help="Below the API's address, such as /recipes.")],
    query: Annotated[
        list[str] | None,
        typer.Option("--query", "-q", metavar="NAME=VALUE", help="A parameter; may be repeated."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", "-d", help="The body: JSON, @FILE, or - for standard input."),
    ] = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Send any request and write the answer as it is."""
    from .commands import send_request
    from .connect import connect
    from .running import do
    from .values import json_value, pairs

    parameters = pairs(query or [], "--query")
    body = None if data is None else json_value(data)
    with connect(base_url, key_file, connection) as client:
        do(send_request(client, method, path, parameters, body))


@app.command()
def whoami(
    output: OutputOption = None,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Show whose key it is, and of which company."""
    from .commands import who_am_i
    from .connect import connect
    from .running import do

    with connect(base_url, key_file, connection) as client:
        do(who_am_i(client, output))


@app.command()
def operations(
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON array.")] = False,
    output: OutputOption = None,
) -> None:
    """List every operation of the API that has a method here, and which."""
    from .commands import list_operations
    from .running import writing

    with writing():
        list_operations(as_json, output)


@app.command("check-api")
def check_api(
    source: Annotated[
        str, typer.Argument(metavar="[FILE|URL]", help="An OpenAPI document.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
    output: OutputOption = None,
) -> None:
    """Compare the SDK with Katana's OpenAPI document.

    Exit status 0 without differences, 1 with some, 2 if there is no document to compare. Without a
    document, Katana's own is fetched from its public address; no key is needed.
    """
    from .check import PUBLIC_ADDRESS, check_api as compare
    from .running import writing

    with writing():
        status = compare(source or PUBLIC_ADDRESS, as_json, output)
    raise typer.Exit(status)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for a free one.")] = 0,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    products: Annotated[int, typer.Option(min=0, help="How many products there are.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Another seed, other records.")] = 1,
    rate_limit: Annotated[
        int, typer.Option(min=0, help="Requests a minute for each key; 0 for no limit.")
    ] = 60,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URI",
            help="Where the OAuth app's customers may be sent back to; may be repeated. Default: "
            "/callback and /katana/callback on any loopback port.",
        ),
    ] = None,
    access_token_life: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long OAuth access tokens live.")
    ] = 86_400,
) -> None:
    """Run a Katana on this machine, until Ctrl-C. What is in it is gone then."""
    from .local import run_sandbox
    from .running import do

    do(run_sandbox(host, port, products, seed, rate_limit, redirect_uri or [], access_token_life))


@app.command()
def demo() -> None:
    """Watch the SDK work against a Katana on this machine. Takes seconds, needs no account."""
    import asyncio

    from .demo import demo as run_demo

    raise typer.Exit(asyncio.run(run_demo()))


add_to(app)
