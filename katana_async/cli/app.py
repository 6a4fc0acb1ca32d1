"""The commands with their arguments, options and help. Calling one imports its implementation."""

import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click
from click import FloatRange, IntRange, argument, option

from ..errors import KatanaError
from ..resources import RESOURCES
from .errors import FAILED, INTERRUPTED, UsageError, describe, print_error, report_output_error
from .options import (
    FILE,
    Output,
    base_url,
    columns,
    connection,
    data,
    filters,
    flag,
    id_or_none,
    key_file,
    login_url,
    output,
    parse_resource,
    resource,
    verbose,
    with_client,
)

if TYPE_CHECKING:
    from .client import Client

Work: TypeAlias = Coroutine[Any, Any, None]

_RESOURCE = "RESOURCE is the kind of record, such as products or sales_orders."


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # not sorted

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            resource, *rest = args
            if resource.replace("-", "_") not in RESOURCES:
                raise
        command = rest[0] if rest and rest[0] in self.commands else "list"
        raise UsageError(f"the command comes first: katana-async {command} {resource}")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:  # click would write an empty line
            return INTERRUPTED
        except OSError as error:  # click ends the process if a pipe is broken
            return report_output_error(error)
        return status


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(package_name="katana-async", message="katana-async %(version)s")
@verbose
@click.pass_context
def app(context: click.Context) -> None:
    """Read and change the records of a Katana account.

    The API key comes from KATANA_API_KEY; without one, the commands use the connection that 'login'
    made.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(arguments: list[str]) -> int:
    """Run the command and return its exit status. Errors become one line on stderr."""
    # Without a handler, Python would write warnings of the log to stderr, which is for progress and
    # errors. aiohttp logs invalid requests to the callback of a login, and sqlalchemy logs
    # connections that Ctrl-C interrupted.
    for name in ("katana_async", "sqlalchemy", "aiohttp"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        status = app(args=arguments, prog_name="katana-async", standalone_mode=False)
    except click.ClickException as error:
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
    except OSError as error:  # --help or --version could not write
        return report_output_error(error)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return status if isinstance(status, int) else 0


@app.command("list", epilog=_RESOURCE)
@resource
@filters
@option("--limit", "-n", type=IntRange(1), help="The largest number of records.")
@output
@columns
@with_client
def list_(client: "Client", **options: Any) -> Work:
    """List records, the newest first."""
    from .records import list_records

    return list_records(client, **options)


@app.command("export", epilog=_RESOURCE)
@resource
@option("--to", "-t", metavar="FILE", required=True, help="The file; - for standard output.")
@option("--format", "file_format", help="Such as 'csv.gz'. Default: the ending of FILE.")
@filters
@with_client
def export_(client: "Client", **options: Any) -> Work:
    """Write a whole list to a file, which is complete or does not exist.

    FILE ends in .parquet, .arrow, .jsonl or .csv, the last two also with .gz or .zst. Parquet and
    Arrow have a fixed type for each column, JSON lines the objects that Katana sent, CSV a column
    for each field. An existing file is replaced at the end.
    """
    from .export import export_list

    return export_list(client, **options)


@app.command("sync")
@argument("resources", metavar="[RESOURCE]...", nargs=-1)
@option("--to", "-t", metavar="URL", default="duckdb:///katana.duckdb", help="The destination.")
@option("--dataset", help="The schema of the tables. Default: main in DuckDB, else katana.")
@flag("--full", help="Delete the tables of the collections first, and copy these again.")
@flag("--follow", help="Go on until Ctrl-C, with a pause of --every.")
@option("--every", type=FloatRange(1), default=300.0, help="Seconds from one start to the next.")
@flag("--tables", help="Tables for rows inside records, instead of JSON.")
@option(
    "--tenant",
    "tenants",
    multiple=True,
    metavar="NAME",
    help="A connection; repeat it for several accounts, which the column 'tenant' then names.",
)
@flag("--schemas", help="A schema for each --tenant, instead of the column.")
@flag("--keep-deleted", help="Keep deleted records, with true in '_deleted'.")
@flag("--allow-mass-deletion", help="Accept that a comparison deletes many records at once.")
@output
@base_url
@key_file
@connection
@verbose
def sync_(
    resources: tuple[str, ...],
    dataset: str | None,
    follow: bool,
    every: float,
    tables: bool,
    tenants: tuple[str, ...],
    schemas: bool,
    output: Output,
    base_url: str | None,
    key_file: Path | None,
    connection: str | None,
    **options: Any,
) -> int:
    """Keep tables equal to an account: copy it once, then load the changes.

    RESOURCE is a collection; by default, all are copied. URL is duckdb:///FILE, postgresql://...,
    or the name of a dlt destination that dlt's configuration describes.

    An interrupted command continues where it was. Exit status 1 if an account or the destination
    failed.
    """
    from .client import client_factory
    from .sync import SyncOptions, sync
    from .sync_progress import WatchedLimits

    names = [parse_resource(name) for name in resources]
    if tenants and (key_file is not None or connection is not None):
        raise UsageError("--tenant cannot be combined with --key-file or --connection")
    if schemas and (not tenants or dataset is not None):
        raise UsageError(
            "--schemas needs --tenant, whose names the schemas get, and excludes --dataset"
        )
    limits = WatchedLimits()
    client = client_factory(base_url, key_file, tenants[0] if tenants else connection, limits)
    accounts = {name: client_factory(base_url, None, name, limits) for name in tenants}
    chosen = SyncOptions(
        resources=names,
        dataset=dataset,
        every=every if follow else None,
        nested="tables" if tables else "columns",
        schemas=schemas,
        **options,
    )
    return sync(chosen, client, accounts or None, limits, output)


@app.command(epilog=_RESOURCE)
@resource
@id_or_none
@filters
@output
@columns
@with_client
def get(client: "Client", **options: Any) -> Work:
    """Get one record. A few resources, such as factory, take no ID."""
    from .records import get_record

    return get_record(client, **options)


@app.command(epilog=_RESOURCE)
@resource
@data("fields", "The fields: JSON, @FILE, or - for standard input.", required=True)
@output
@with_client
def create(client: "Client", **options: Any) -> Work:
    """Create a record, or several, and show Katana's answer."""
    from .records import create_record

    return create_record(client, **options)


@app.command(epilog=_RESOURCE)
@resource
@argument("id")
@data("fields", "The fields: JSON, @FILE, or - for standard input.", required=True)
@option(
    "--preserve/--no-preserve", default=True, help="Keep additional_info if the fields omit it."
)
@output
@with_client
def update(client: "Client", **options: Any) -> Work:
    """Change a record and show Katana's answer. Omitted fields stay; null clears a field."""
    from .records import update_record

    return update_record(client, **options)


@app.command(epilog=_RESOURCE)
@resource
@id_or_none
@data("fields", "A body: JSON, @FILE, or - for standard input.")
@with_client
def delete(client: "Client", **options: Any) -> Work:
    """Delete a record, without confirmation."""
    from .records import delete_record

    return delete_record(client, **options)


@app.command()
@argument("method")
@argument("path")
@option("--query", "-q", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@data("json_body", "A body: JSON, @FILE, or - for standard input.")
@with_client
def request(client: "Client", **options: Any) -> Work:
    """Send any request and write the answer unchanged.

    METHOD is GET, POST, PATCH, PUT or DELETE; PATH is that of the operation, such as /recipes.
    """
    from .records import send_request

    return send_request(client, **options)


@app.command()
@output
@with_client
def whoami(client: "Client", output: Output) -> Work:
    """Show the user and the company that the key belongs to."""
    from .records import show_identity

    return show_identity(client, output)


@app.command()
@flag("--json", "as_json", help="Write one JSON array.")
@output
def operations(as_json: bool, output: Output) -> None:
    """List every operation of the API, with the method of the SDK that calls it."""
    from .records import list_operations

    list_operations(Output.JSON if as_json else output)


@app.command("check-api")
@argument("source", metavar="[FILE|URL]", required=False)
@flag("--json", "as_json", help="Write one JSON object.")
@output
def check_api(source: str | None, as_json: bool, output: Output) -> int:
    """Compare the SDK with Katana's OpenAPI document.

    The exit status is 0 without differences, 1 with differences, and 2 if the document cannot be
    read. By default, Katana's document is fetched from its public address; no key is needed.
    """
    from ..resources.operations import DOCUMENT
    from .check_api import check_api as compare

    return compare(source or DOCUMENT, as_json, output)


@app.command()
@option("--port", type=IntRange(0, 65535), default=0, help="The port; 0 for any free one.")
@option("--host", default="127.0.0.1", help="The address to listen on.")
@option("--products", type=IntRange(0), default=2_000, help="The number of products.")
@option("--seed", type=int, default=1, help="Another seed gives other records.")
@option(
    "--rate-limit",
    type=IntRange(0),
    default=60,
    help="Requests a minute for each key; 0: no limit.",
)
@option("--redirect-uri", "redirect_uris", multiple=True, help="A redirect URI; may be repeated.")
@option(
    "--access-token-life", type=FloatRange(0), default=86_400, help="Seconds of an access token."
)
def sandbox(**options: Any) -> None:
    """Run a local server that behaves like Katana, until Ctrl-C. Its records are not stored."""
    from .runner import run_async
    from .sandbox import run_sandbox

    run_async(run_sandbox(**options))


@app.command()
def demo() -> int:
    """Show the SDK at work against a sandbox. The demo takes seconds and needs no account."""
    from .demo import run_demo

    return run_demo()


@app.command()
@option("--name", help="The connection's name. Default: 'default'.")
@option("--client-id", envvar="KATANA_CLIENT_ID", show_envvar=True, help="The app's client id.")
@option("--client-secret-file", type=FILE, help="A file with the app's client secret.")
@option(
    "--redirect-port",
    "port",
    type=IntRange(0, 65535),
    metavar="PORT",
    help="The app's redirect URI is http://127.0.0.1:PORT/callback. Default: 8642; 0 is any free"
    " port, for servers that allow it (RFC 8252).",
)
@option("--browser/--no-browser", default=True, help="Open the browser.")
@option("--timeout", type=FloatRange(0.1), default=300.0, help="Seconds to wait for approval.")
@output
@base_url
@login_url
@verbose
def login(name: str | None, output: Output, base_url: str | None, **options: Any) -> None:
    """Connect your Katana account with the browser; later commands then need no API key.

    An existing connection is renewed; options that are not given keep their values.
    """
    from .connections import connection_name
    from .login import LoginOptions, log_in

    log_in(LoginOptions(name=connection_name(name), api_url=base_url, **options), output)


@app.command()
@output
def connections(output: Output) -> None:
    """List the connections, and whether they can be used."""
    from .connections import list_connections

    list_connections(output)


@app.command()
@argument("name", required=False)
@flag("--all", "every", help="Log out of every connection.")
@output
@verbose
def logout(name: str | None, every: bool, output: Output) -> int:
    """Delete a connection, and revoke its tokens if the server offers that.

    The tokens are not revoked if another connection may be of the same user, since it would end
    too. Without NAME, the connection of KATANA_CONNECTION is deleted, else 'default'.
    """
    from .connections import connection_name, log_out

    if name is not None and every:
        raise UsageError("--all takes no name")
    return 0 if log_out(None if every else connection_name(name), output) else FAILED


@app.command("new-key")
def new_key() -> None:
    """Write a new key for KATANA_TOKEN_KEY."""
    from ..oauth import new_key as make_key

    sys.stdout.write(make_key() + "\n")
