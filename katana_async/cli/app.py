"""The commands with their arguments, options and help. Calling one imports its implementation."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import KatanaError
from .errors import FAILED, INTERRUPTED, UsageError, describe, output_errors, print_error
from .options import (
    BaseUrl,
    Columns,
    ConnectionName,
    Data,
    DataOrNone,
    Filters,
    Id,
    IdOrNone,
    KeyFile,
    LoginUrl,
    Output,
    OutputOption,
    Resource,
    Verbose,
    Work,
    with_client,
)

if TYPE_CHECKING:
    from .client import Connect


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        with output_errors():
            return super().invoke(ctx)


app = typer.Typer(
    name="katana-async",
    cls=_Commands,
    # Plain help: rich would lay it out, and takes as long to load as everything else.
    rich_markup_mode=None,
    help="Read and change the records of a Katana account. The API key comes from KATANA_API_KEY;"
    " without one, the commands use the connection that 'login' made.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: list[str]) -> int:
    """Run the command and return its exit status. Errors become one line on stderr."""
    # Logs are for programs: here, stderr is for progress and errors. aiohttp logs invalid requests
    # to the callback of a login, sqlalchemy connections that Ctrl-C interrupted.
    for name in ("katana_async", "sqlalchemy", "aiohttp"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        status = app(args=arguments, prog_name="katana-async", standalone_mode=False)
    except typer.TyperException as error:
        print_error(error.format_message())
        return error.exit_code
    except KatanaError as error:
        print_error(describe(error))
        return FAILED
    except ImportError as error:
        if error.name not in ("dlt", "pyarrow"):
            raise
        print_error(str(error))  # it names the extra
        return FAILED
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
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
    del version, verbose  # their callbacks did the work
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


@app.command("list")
@with_client
def list_(
    connect: "Connect",
    resource: Resource,
    *,
    filter: Filters = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="The largest number of records.")
    ] = None,
    output: OutputOption,
    columns: Columns = None,
) -> Work:
    """List records, the newest first."""
    from .records import list_records

    return list_records(connect(), resource, filter or [], limit, output, columns)


@app.command("export")
@with_client
def export_(
    connect: "Connect",
    resource: Resource,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            metavar="FILE",
            help="A name that ends in .parquet, .arrow, .jsonl or .csv, the last two also with"
            " .gz or .zst; - for standard output.",
        ),
    ],
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help="Such as 'csv.gz'. Default: the ending of FILE."
        ),
    ] = None,
    filter: Filters = None,
) -> Work:
    """Write a whole list to a file, which is complete or does not exist.

    Parquet and Arrow have a fixed type for each column, JSON lines the objects that Katana sent,
    CSV a column for each field. An existing file is replaced at the end.
    """
    from .export import export_list

    return export_list(connect(), resource, filter or [], to, file_format)


@app.command("sync")
def sync_(
    resources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RESOURCE]...", help="The collections; by default all.", show_default=False
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            "-t",
            metavar="URL",
            help="duckdb:///FILE, postgresql://..., or the name of a dlt destination that dlt's"
            " configuration describes.",
        ),
    ] = "duckdb:///katana.duckdb",
    dataset: Annotated[
        str | None,
        typer.Option(help="The schema of the tables. Default: main in DuckDB, else katana."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Delete the tables of the collections first, and copy these again."
        ),
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until Ctrl-C, with a pause of --every.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="From one start to the next.")
    ] = 300.0,
    tables: Annotated[
        bool, typer.Option("--tables", help="Tables for rows inside records, instead of JSON.")
    ] = False,
    tenants: Annotated[
        list[str] | None,
        typer.Option(
            "--tenant",
            metavar="NAME",
            help="A connection that 'login' made; repeat it for several accounts, which the column"
            " 'tenant' then names.",
        ),
    ] = None,
    schemas: Annotated[
        bool,
        typer.Option("--schemas", help="A schema for each --tenant, instead of the column."),
    ] = False,
    keep_deleted: Annotated[
        bool,
        typer.Option("--keep-deleted", help="Keep deleted records, with true in '_deleted'."),
    ] = False,
    allow_mass_deletion: Annotated[
        bool,
        typer.Option(
            "--allow-mass-deletion", help="Accept that a comparison deletes many records at once."
        ),
    ] = False,
    *,
    output: OutputOption,
    base_url: BaseUrl = None,
    key_file: KeyFile = None,
    connection: ConnectionName = None,
    _: Verbose = False,
) -> None:
    """Keep tables equal to an account: copy it once, then load the changes.

    An interrupted command continues where it was. Exit status 1 if an account or the destination
    failed.
    """
    from .client import client_factory
    from .options import parse_resource
    from .sync import SyncOptions, sync
    from .sync_progress import WatchedLimits

    names = [parse_resource(name) for name in resources or []]
    if tenants and (key_file is not None or connection is not None):
        raise UsageError("--tenant goes without --key-file and --connection")
    if schemas and (not tenants or dataset is not None):
        raise UsageError("--schemas goes with --tenant, whose names are those of the schemas")
    limits = WatchedLimits()
    client = client_factory(base_url, key_file, tenants[0] if tenants else connection, limits)
    accounts = {name: client_factory(base_url, None, name, limits) for name in tenants or ()}
    options = SyncOptions(
        resources=names,
        to=to,
        dataset=dataset,
        full=full,
        every=every if follow else None,
        nested="tables" if tables else "columns",
        keep_deleted=keep_deleted,
        schemas=schemas,
        allow_mass_deletion=allow_mass_deletion,
    )
    raise typer.Exit(sync(options, client, accounts or None, limits, output))


@app.command()
@with_client
def get(
    connect: "Connect",
    resource: Resource,
    id: IdOrNone = None,
    *,
    filter: Filters = None,
    output: OutputOption,
    columns: Columns = None,
) -> Work:
    """Get one record."""
    from .records import get_record

    return get_record(connect(), resource, id, filter or [], output, columns)


@app.command()
@with_client
def create(connect: "Connect", resource: Resource, *, data: Data, output: OutputOption) -> Work:
    """Create a record, or several, and show Katana's answer."""
    from .arguments import parse_body
    from .records import create_record

    fields = parse_body(data)
    return create_record(connect(), resource, fields, output)


@app.command()
@with_client
def update(
    connect: "Connect",
    resource: Resource,
    id: Id,
    *,
    data: Data,
    preserve: Annotated[
        bool,
        typer.Option(help="Keep additional_info, which Katana clears when an update omits it."),
    ] = True,
    output: OutputOption,
) -> Work:
    """Change a record and show Katana's answer. Omitted fields stay; null clears a field."""
    from .arguments import parse_body
    from .records import update_record

    fields = parse_body(data)
    return update_record(connect(), resource, id, fields, preserve, output)


@app.command()
@with_client
def delete(
    connect: "Connect", resource: Resource, id: IdOrNone = None, data: DataOrNone = None
) -> Work:
    """Delete a record, without confirmation."""
    from .arguments import parse_body
    from .records import delete_record

    fields = None if data is None else parse_body(data)
    return delete_record(connect(), resource, id, fields)


@app.command()
@with_client
def request(
    connect: "Connect",
    method: Annotated[str, typer.Argument(help="GET, POST, PATCH, PUT or DELETE.")],
    path: Annotated[str, typer.Argument(help="The path of the operation, such as /recipes.")],
    query: Annotated[
        list[str] | None,
        typer.Option("--query", "-q", metavar="NAME=VALUE", help="A parameter; may be repeated."),
    ] = None,
    data: DataOrNone = None,
) -> Work:
    """Send any request and write the answer unchanged."""
    from .arguments import parse_json_option, parse_pairs
    from .records import send_request

    parameters = parse_pairs(query or [], "--query")
    body = None if data is None else parse_json_option(data)
    return send_request(connect(), method, path, parameters, body)


@app.command()
@with_client
def whoami(connect: "Connect", *, output: OutputOption) -> Work:
    """Show the user and the company that the key belongs to."""
    from .records import show_identity

    return show_identity(connect(), output)


@app.command()
def operations(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON array.")] = False,
    output: OutputOption,
) -> None:
    """List every operation of the API, with the method of the SDK that calls it."""
    from .records import list_operations

    list_operations(Output.JSON if as_json else output)


@app.command("check-api")
def check_api(
    source: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="An OpenAPI document.", show_default=False)
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object.")] = False,
    output: OutputOption,
) -> None:
    """Compare the SDK with Katana's OpenAPI document.

    The exit status is 0 without differences, 1 with differences, and 2 if the document cannot be
    read. By default, Katana's document is fetched from its public address; no key is needed.
    """
    from ..resources.operations import DOCUMENT
    from .check_api import check_api as compare

    raise typer.Exit(compare(source or DOCUMENT, as_json, output))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any free one.")] = 0,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    products: Annotated[int, typer.Option(min=0, help="The number of products.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Another seed gives other records.")] = 1,
    rate_limit: Annotated[
        int, typer.Option(min=0, help="Requests a minute for each key; 0 for no limit.")
    ] = 60,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(metavar="URI", help="A redirect URI; may be repeated. Default: loopback."),
    ] = None,
    access_token_life: Annotated[
        float, typer.Option(min=0, help="Seconds for which an OAuth access token is valid.")
    ] = 86_400,
) -> None:
    """Run a local server that behaves like Katana, until Ctrl-C. Its records are not stored."""
    from .runner import run_async
    from .sandbox import run_sandbox

    run_async(
        run_sandbox(host, port, products, seed, rate_limit, redirect_uri or [], access_token_life)
    )


@app.command()
def demo() -> None:
    """Show the SDK at work against a sandbox. The demo takes seconds and needs no account."""
    from .demo import run_demo

    raise typer.Exit(run_demo())


@app.command()
def login(
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The connection's name. Default: 'default'.")
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(metavar="ID", envvar="KATANA_CLIENT_ID", help="The app's client id."),
    ] = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A file with the app's client secret."),
    ] = None,
    redirect_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="PORT",
            help="The port of http://127.0.0.1:PORT/callback, which is registered for the app."
            " Default: 8642. 0 is any free port, for servers that allow it (RFC 8252).",
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for approval.")] = 300.0,
    output: OutputOption,
    base_url: BaseUrl = None,
    login_url: LoginUrl = None,
    _: Verbose = False,
) -> None:
    """Connect your Katana account with the browser; later commands then need no API key.

    An existing connection is renewed; options that are not given keep their values.
    """
    from .connections import connection_name
    from .login import LoginOptions, log_in

    options = LoginOptions(
        name=connection_name(name),
        client_id=client_id,
        secret_file=client_secret_file,
        login_url=login_url,
        api_url=base_url,
        port=redirect_port,
        browser=browser,
        timeout=timeout,
    )
    log_in(options, output)


@app.command()
def connections(*, output: OutputOption) -> None:
    """List the connections, and whether they can be used."""
    from .connections import list_connections

    list_connections(output)


@app.command()
def logout(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The connection. Default: 'default'.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Log out of every connection.")] = False,
    output: OutputOption,
    _: Verbose = False,
) -> None:
    """Delete a connection, and revoke its tokens if the server offers that.

    Tokens of a user who may have another connection are not revoked: it would end too.
    """
    from .connections import connection_name, log_out

    if name is not None and every:
        raise UsageError("--all takes no name")
    succeeded = log_out(None if every else connection_name(name), output)
    raise typer.Exit(0 if succeeded else FAILED)


@app.command("new-key")
def new_key() -> None:
    """Write a new key for KATANA_TOKEN_KEY."""
    from ..oauth import new_key as make_key

    sys.stdout.write(make_key() + "\n")
