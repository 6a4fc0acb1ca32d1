"""Arguments and options that several commands share, and the output formats."""

import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from functools import partial, wraps
from inspect import Signature, signature
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from ..errors import ConfigurationError
from ..resources import RESOURCES
from .errors import UsageError, unknown_name

_EXAMPLES = {
    "--base-url": "https://api.katanamrp.com/v1",
    "--login-url": "https://login.katanamrp.com",
}


class Output(StrEnum):
    """The format in which records are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def choose_output(output: Output | None = None) -> Output:
    """Return the given format, or the default: a table on a terminal, else JSON lines."""
    return output or (Output.TABLE if sys.stdout.isatty() else Output.JSONL)


def parse_resource(name: str) -> str:
    """Return the attribute of a collection, which may be written with hyphens."""
    resource = name.replace("-", "_").lower()
    if resource not in RESOURCES:
        raise unknown_name("there is no resource", name, RESOURCES)
    return resource


def _complete_resource(incomplete: str) -> list[str]:
    return [name for name in RESOURCES if name.startswith(incomplete.replace("-", "_"))]


def _start_verbose(context: typer.Context, wanted: bool) -> None:
    if wanted:
        from .progress import show_requests

        context.call_on_close(show_requests())


def _check_url(
    context: typer.Context, option: typer.CallbackParam, value: str | None
) -> str | None:
    """Return an https address without a trailing slash; errors name the option or the variable."""
    if value is None:
        return None
    from ..http.session import check_base_url

    source = context.get_parameter_source(option.name or "")
    from_option = source is None or source.name != "ENVIRONMENT"
    name = option.opts[0] if from_option else str(option.envvar)
    try:
        return str(check_base_url(value, name, like=_EXAMPLES[option.opts[0]]))
    except ConfigurationError as error:
        problem = str(error)
    raise UsageError(problem)


Resource = Annotated[
    str,
    typer.Argument(
        metavar="RESOURCE",
        help="The kind of record, such as products or sales_orders.",
        callback=parse_resource,
        autocompletion=_complete_resource,
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The record's id.")]
IdOrNone = Annotated[str | None, typer.Argument(metavar="ID", help="The id, if records have one.")]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", "-f", metavar="NAME=VALUE", help="A filter. Repeat a name for an array."
    ),
]
Data = Annotated[
    str, typer.Option("--data", "-d", help="The fields: JSON, @FILE, or - for standard input.")
]
DataOrNone = Annotated[
    str | None, typer.Option("--data", "-d", help="A body: JSON, @FILE, or - for standard input.")
]
OutputOption = Annotated[
    Output,
    typer.Option(
        "--output",
        "-o",
        default_factory=choose_output,
        show_default=False,
        help="Format. Default: a table on a terminal, else JSON lines.",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="KATANA_BASE_URL", callback=_check_url, help="API address."),
]
LoginUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="KATANA_LOGIN_URL", callback=_check_url, help="Login page."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="A file with the API key, instead of KATANA_API_KEY."),
]
ConnectionName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A connection that 'login' made, instead of an API key."),
]
Columns = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="The fields to write, such as id,name,variants.sku."),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", callback=_start_verbose, help="Show requests on stderr.")
]

Work: TypeAlias = Coroutine[Any, Any, None]


def with_client(command: Callable[..., Work]) -> Callable[..., None]:
    """Add the options of a client to a command, and run the coroutine that it returns.

    The command's first parameter is a function that makes the client.
    """

    @wraps(command, assigned=["__name__", "__doc__"])  # typer would evaluate the annotations
    def run(
        *,
        base_url: BaseUrl = None,
        key_file: KeyFile = None,
        connection: ConnectionName = None,
        _: Verbose = False,
        **own: object,
    ) -> None:
        from .client import connect
        from .runner import run_async

        run_async(command(partial(connect, base_url, key_file, connection), **own))

    _connect, *parameters = signature(command).parameters.values()
    *options, _own = signature(run, follow_wrapped=False).parameters.values()
    setattr(run, "__signature__", Signature([*parameters, *options]))  # noqa: B010 - for the checker
    return run
