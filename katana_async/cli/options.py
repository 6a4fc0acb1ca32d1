"""The arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigurationError
from ..resources import RESOURCES
from .formats import Output
from .problems import UsageProblem, unknown


def _resource(name: str) -> str:
    found = name.replace("-", "_").lower()
    if found not in RESOURCES:
        raise unknown("there is no resource", name, RESOURCES)
    return found


def _resources(incomplete: str) -> list[str]:
    return [name for name in RESOURCES if name.startswith(incomplete.replace("-", "_"))]


def _verbose(context: typer.Context, wanted: bool) -> None:
    if wanted:
        from .tracing import show_requests

        context.call_on_close(show_requests())


def _base_url(context: typer.Context, option: typer.CallbackParam, value: str | None) -> str | None:
    from ..http.session import BASE_URL

    return _address(context, option, value, BASE_URL)


def _login_url(
    context: typer.Context, option: typer.CallbackParam, value: str | None
) -> str | None:
    from .profiles import LOGIN_URL

    return _address(context, option, value, LOGIN_URL)


def _address(
    context: typer.Context, option: typer.CallbackParam, value: str | None, like: str
) -> str | None:
    """Return an address that can be used, without a trailing slash.

    Raises:
        UsageProblem: It cannot be, wherever it comes from, which is said.
    """
    if value is None:
        return None
    from ..http.session import check_base_url

    source = context.get_parameter_source(option.name or "")
    typed = source is None or source.name != "ENVIRONMENT"
    name = option.opts[0] if typed else str(option.envvar)
    try:
        return str(check_base_url(value, name, like=like))
    except ConfigurationError as error:
        problem = str(error)
    raise UsageProblem(problem)


Resource = Annotated[
    str,
    typer.Argument(
        metavar="RESOURCE",
        help="What kind of record, such as products or sales_orders.",
        callback=_resource,
        autocompletion=_resources,
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The record's id.")]
IdOrNone = Annotated[
    str | None, typer.Argument(metavar="ID", help="The record's id; some have none.")
]
Data = Annotated[
    str,
    typer.Option("--data", "-d", help="The fields: JSON, @FILE, or - for standard input."),
]
OutputOption = Annotated[
    Output | None,
    typer.Option(
        "--output", "-o", help="How to write it. Default: a table on a terminal, JSON lines else."
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL", envvar="KATANA_BASE_URL", callback=_base_url, help="Where the API is."
    ),
]
LoginUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL", envvar="KATANA_LOGIN_URL", callback=_login_url, help="Where people log in."
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="A file with the API key, instead of KATANA_API_KEY."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help="The fields to write, with commas between; dots lead into nested ones, as in"
        " variants.sku.",
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", callback=_verbose, help="Show each request on stderr, and each retry."
    ),
]
ConnectionName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A connection that 'login' made, instead of an API key."),
]
