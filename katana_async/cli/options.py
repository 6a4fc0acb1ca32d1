"""The arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from ..resources import RESOURCES
from .output import Output
from .problems import unknown


def _resource(name: str) -> str:
    found = name.replace("-", "_").lower()
    if found not in RESOURCES:
        raise unknown("there is no resource", name, RESOURCES)
    return found


def _resources(incomplete: str) -> list[str]:
    return [name for name in RESOURCES if name.startswith(incomplete.replace("-", "_"))]


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
    typer.Option(metavar="URL", envvar="KATANA_BASE_URL", help="Where the API is."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="A file with the API key, instead of KATANA_API_KEY."),
]
ConnectionName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A connection that 'login' made, instead of an API key."),
]
