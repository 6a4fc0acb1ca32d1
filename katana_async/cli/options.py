"""Arguments and options that several commands share, and the output formats."""

import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeAlias

import click
from click import Context, Parameter, argument, option
from click.core import ParameterSource

from ..errors import ConfigurationError
from ..resources import RESOURCES
from .errors import UsageError, unknown_name

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


class Output(StrEnum):
    """The format in which records are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def choose_output(output: str | None) -> Output:
    """Return the given format, or the default: a table on a terminal, else JSON lines."""
    if output is not None:
        return Output(output)
    return Output.TABLE if sys.stdout.isatty() else Output.JSONL


def parse_resource(name: str) -> str:
    """Return the attribute of a collection, which may be written with hyphens."""
    resource = name.replace("-", "_").lower()
    if "," in name:
        raise UsageError(f"{name!r} is not one resource: separate several by blanks, not commas")
    if resource not in RESOURCES:
        raise unknown_name("there is no resource", name, RESOURCES)
    return resource


def _complete_resource(_context: Context, _parameter: Parameter, incomplete: str) -> list[str]:
    return [name for name in RESOURCES if name.startswith(incomplete.replace("-", "_"))]


def _parse_with(parse: Callable[[Any], object]) -> Callable[[Context, Parameter, Any], object]:
    return lambda _context, _parameter, value: parse(value)


def _parse_data(context: Context, parameter: Parameter, value: str | None) -> object:
    from .arguments import parse_body, parse_json_option

    if value is None or context.resilient_parsing:  # a shell's completion must not read `-`
        return None
    return parse_body(value) if parameter.name == "fields" else parse_json_option(value)


def _start_verbose(context: Context, _parameter: Parameter, wanted: bool) -> None:
    if wanted:
        from .progress import show_requests

        context.call_on_close(show_requests())


def _address(name: str, variable: str, example: str, help: str) -> Decorator:
    """Return an option that takes an https address; errors name the option or the variable."""

    def check(context: Context, parameter: Parameter, value: str | None) -> str | None:
        if value is None:
            return None
        from ..http.session import check_base_url

        source = context.get_parameter_source(parameter.name or "")
        place = variable if source is ParameterSource.ENVIRONMENT else name
        try:
            return str(check_base_url(value, place, like=example))
        except ConfigurationError as error:
            problem = str(error)
        raise UsageError(problem)

    return option(name, metavar="URL", envvar=variable, show_envvar=True, callback=check, help=help)


FILE = click.Path(path_type=Path)

flag = partial(option, is_flag=True)
resource = argument(
    "resource",
    callback=_parse_with(parse_resource),
    shell_complete=_complete_resource,
)
id_or_none = argument("id", required=False)
filters = option(
    "--filter",
    "-f",
    "filter_texts",
    multiple=True,
    metavar="NAME=VALUE",
    help="A filter. Repeat a name for an array.",
)
columns = option("--columns", help="The fields to write, such as id,name,variants.sku.")
output = option(
    "--output",
    "-o",
    type=click.Choice([each.value for each in Output]),
    callback=_parse_with(choose_output),
    help="Format. Default: a table on a terminal, else JSON lines.",
)
base_url = _address("--base-url", "KATANA_BASE_URL", "https://api.katanamrp.com/v1", "API address.")
login_url = _address(
    "--login-url", "KATANA_LOGIN_URL", "https://login.katanamrp.com", "Login page."
)
key_file = option("--key-file", type=FILE, help="A file with the key, instead of KATANA_API_KEY.")
connection = option("--connection", help="A connection that 'login' made, instead of an API key.")
verbose = flag(
    "--verbose", "-v", expose_value=False, callback=_start_verbose, help="Show requests on stderr."
)


def data(name: str, help: str, *, required: bool = False) -> Decorator:
    """Return the option `--data`: a JSON object if `name` is `fields`, otherwise any JSON."""
    return option("--data", "-d", name, required=required, callback=_parse_data, help=help)


def with_client(command: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Add the options that choose the client, and run the command's coroutine with it.

    The client is the first argument of the command.
    """

    @base_url
    @key_file
    @connection
    @verbose
    @wraps(command)
    def run(
        base_url: str | None, key_file: Path | None, connection: str | None, **own: Any
    ) -> None:
        from .client import client_factory
        from .runner import run_async

        run_async(command(client_factory(base_url, key_file, connection)(), **own))

    return run
